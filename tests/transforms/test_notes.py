"""What a plan tells: every number that was moved to a limit, every effect that found nothing to do, every
fall-back; and nothing of what is only spelled otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.transforms.inventing import planned
from transforms.errors import NotOffered, TransformError
from transforms.fontbook import FontBook, shipped
from transforms.frame import ImageInfo
from transforms.knowledge import Details, Known, Unsettled
from transforms.parser import parse
from transforms.plan import digest_text, make_plan

PHOTO = ImageInfo("jpg", 900, 600)


def notes(text: str) -> tuple[str, ...]:
    return planned(parse(text), PHOTO, details=Details()).notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dn_9999", "dn_9999: 9999 counts as 2400"),
        ("q_0.5", "q_0.5: 0.5 counts as 1"),
        ("e_blur:10000", "e_blur:10000: 10000 counts as 2000"),
        ("e_blur:%31%30000", "e_blur:%31%30000: 10000 counts as 2000"),
        ("dl_200.6", "dl_200.6: 200.6 counts as 201"),
        ("e_vectorize:colors:99", "e_vectorize:colors:99: 99 counts as 30"),
        ("e_replace_color:red:999", "e_replace_color:red:999: 999 counts as 200"),
        ("o_400", "o_400: 400 counts as 100"),
        ("c_thumb,g_north,h_20,w_20,z_200", "z_200: 200 counts as 100"),
        ("c_thumb,g_north,h_20,w_20,z_0", "z_0: 0 counts as 0.01"),
        ("b_blurred:3:900,c_pad,h_50,w_90", "b_blurred:3:900: 900 counts as 100"),
        ("$b_9999/e_blur:$b", "e_blur:$b comes to e_blur:9999: 9999 counts as 2000"),
        ("l_text:Arial_99999:Hi", "l_text:Arial_99999:Hi: 99999 counts as 2000"),
        (
            "$s_9999/l_text:Arial_$s:Hi",
            "l_text:Arial_$s:Hi comes to l_text:Arial_9999:Hi: 9999 counts as 2000",
        ),
        (
            "bo_500px_solid_red,l_text:Arial_20_stroke:Hi",
            "bo_500px_solid_red: an outline of 500 pixels counts as 100",
        ),
        ("l_logo/e_displace,fl_layer_apply,x_5000,y_-2000", "e_displace: x of 5000 counts as 999"),
        ("l_logo/e_displace,fl_layer_apply,x_5000,y_-2000", "e_displace: y of -2000 counts as -999"),
    ],
)
def test_every_number_past_a_limit_is_told(text: str, expected: str) -> None:
    assert expected in notes(text)


@pytest.mark.parametrize(
    "text",
    [
        "w_007",
        "e_sharpen:100",
        "f_JPEG",
        "ar_16.0:9.0,w_20",
        "b_RED,c_pad,h_20,w_20",
        "w_300,",
        "r_0,o_100",
        "ar_ignore",
    ],
)
def test_another_spelling_is_not_told(text: str) -> None:
    assert () == notes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e_blur_faces", "e_blur_faces: no face was found, and nothing is done"),
        ("e_pixelate_faces", "e_pixelate_faces: no face was found, and nothing is done"),
        ("e_redeye", "e_redeye: no face was found, and nothing is done"),
        ("e_trim", "e_trim has nothing to do here"),
        ("e_brightness:0", "e_brightness:0 has nothing to do here"),
        ("e_blur_region,h_10,w_10,x_5000", "e_blur_region has nothing to do here"),
        ("e_loop:3", "e_loop:3: the picture does not move"),
        ("c_auto,g_ocr_text,h_90,w_90", "g_ocr_text is not looked for here: g_auto instead"),
        ("c_thumb,g_cat:face,h_90,w_90", "g_cat is not looked for here: g_north instead"),
        (
            "$t_ctx:!title!/l_text:Arial_20:$(t)%20/w_10/fl_layer_apply",
            "l_text:Arial_20:$(t)%20: its variables leave no text, and the layer is left out",
        ),
    ],
)
def test_what_does_nothing_or_falls_back_is_told(
    text: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("effect", "mode"):
        monkeypatch.setattr(f"transforms.actions.{module}.faces_available", lambda: True)

    assert expected in notes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t_$t", "t: $t holds a variable"),
        ("fl_$fl", "fl: $fl holds a variable: flags are written out"),
        ("if_!a!_in_ctx/w_10/if_end", "'ctx', should be ctx:!…!"),
        ("e_tint:red", "the amount comes before the colours, as in e_tint:60:red"),
        ("l_text:Ariel_20:Hi", "did you mean Arial?"),
        ("l_text:Arial_20:%20", "the text is empty"),
    ],
)
def test_a_refusal_says_what_would_read(text: str, expected: str) -> None:
    with pytest.raises(TransformError) as refused:
        planned(parse(text), PHOTO)

    assert expected in refused.value.message


def test_a_background_that_is_asked_for_as_an_effect_is_named() -> None:
    with pytest.raises(NotOffered, match="b_gen_fill"):
        parse("e_gen_fill")


def test_shapes_that_nothing_traces_have_a_key_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plans = []
    for name in ("vtracer", ""):
        monkeypatch.setattr("transforms.actions.vectorize.tracer", lambda name=name: name)
        plans.append(planned(parse("e_vectorize"), PHOTO))

    traced, flat = plans
    assert () == traced.notes
    assert ("e_vectorize: shapes are not traced: that needs pip install calotype[vectorize]",) == flat.notes
    assert digest_text(traced) != digest_text(flat)


def test_where_a_font_lies_is_in_no_key() -> None:
    keys, digests = set(), set()
    for folder in ("/srv/one", "/srv/another"):
        entries = (replace(e, face=replace(e.face, path=f"{folder}/{e.face.path}")) for e in shipped())
        book = FontBook(tuple(entries))
        with pytest.raises(Unsettled) as lacking:
            make_plan(parse("l_text:Arial_20:Hi"), PHOTO, fonts=book)
        question = lacking.value.question
        assert question is not None
        assert folder in question.argument
        keys.add(question.key("content"))
        known = Known(answers={question: ((30.0, 20.0),)})
        digests.add(digest_text(make_plan(parse("l_text:Arial_20:Hi"), PHOTO, fonts=book, known=known)))

    assert (1, 1) == (len(keys), len(digests))


def test_a_ratio_that_is_ignored_is_the_flag() -> None:
    plans = [
        planned(parse(f"{ignored},c_scale,w_200"), PHOTO)
        for ignored in ("ar_ignore", "fl_ignore_aspect_ratio")
    ]

    assert [(200, 600)] * 2 == [(plan.result.width, plan.result.height) for plan in plans]
