from __future__ import annotations

import io
import json
import math
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.wire import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    REFUSALS,
    Answer,
    Failure,
    Ready,
    WireError,
    checked_lengths,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
    lengths,
    prefix,
    read_frame,
)
from transforms.errors import BrokenImage, TransformError
from transforms.frame import ImageInfo
from transforms.rendition import Rendition

RENDITION = Rendition(
    body=b"\x00\xff",
    format="avif",
    width=300,
    height=200,
    pages=1,
    timings={"decode": 0.5},
    notes=(("q", 63), ("ssim", 98.25), ("missed", 1)),
)
INFO = ImageInfo(
    "webp",
    400,
    300,
    pages=3,
    animated=True,
    alpha=True,
    color="p3",
    has_profile=True,
    delays=(40, 0, 90),
    loop=2,
)


def answer_of(changes: dict[str, Any], answer: Answer = RENDITION) -> Answer:
    """An answer as a worker would tell it, but for some fields."""
    head, body = encode_answer(answer)
    return decode_answer(json.dumps(json.loads(head) | changes).encode(), body)


def test_a_request() -> None:
    argument = (INFO, ["anything", {"at": "all"}])

    assert ("render", argument) == decode_request(encode_request("render", argument))


@pytest.mark.parametrize(
    "answer", [Ready(), Ready(("rlimits", "landlock:7")), Failure("Traceback …\nValueError"), RENDITION, INFO]
)
def test_answers_come_through(answer: Answer) -> None:
    assert answer == decode_answer(*encode_answer(answer))


@pytest.mark.parametrize(
    "confined",
    [None, "seccomp", ["seccomp"] * 9, ["x" * 17], ["landlock:seven"], ["Seccomp"], [7], ["a\n"], {"a": 1}],
)
def test_nonsense_about_the_sandbox_is_refused(confined: object) -> None:
    with pytest.raises(WireError):
        answer_of({"confined": confined}, Ready(("rlimits",)))


def test_timings_come_through() -> None:
    actual = decode_answer(*encode_answer(RENDITION))

    assert isinstance(actual, Rendition)
    assert {"decode": 0.5} == actual.timings


@pytest.mark.parametrize("error", REFUSALS.values())
def test_refusals_come_through(error: type[TransformError]) -> None:
    given = error("w_0: 0 is not …", code="zero", parameter="w_0", position=4, component=1, nearest="w")
    actual = decode_answer(*encode_answer(given))

    assert type(given) is type(actual)
    assert vars(given) == vars(actual)


def test_a_refusal_of_a_private_class_comes_as_the_nearest_known() -> None:
    class LateScan(BrokenImage):
        pass

    actual = decode_answer(*encode_answer(LateScan("scan 3")))

    assert BrokenImage is type(actual)


def test_a_message_is_made_printable_and_short() -> None:
    actual = decode_answer(*encode_answer(BrokenImage("a\r\nb\x1b[31m" + "c" * 10_000)))

    assert isinstance(actual, BrokenImage)
    assert actual.message.isprintable()
    assert 500 == len(actual.message)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"kind":null}',
        b'{"kind":["info"]}',
        b'{"kind":"pickle"}',
        b'{"kind":"failure"}',
        b'{"kind":"info"}',
        b'{"kind":"refusal"}',
        b"[" * 100_000,
        b'{"kind":"failure","traceback":' + b"9" * 10_000 + b"}",
        pickle.dumps(RENDITION),
    ],
)
def test_what_is_no_answer(head: bytes) -> None:
    with pytest.raises(WireError):
        decode_answer(head, b"")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": None},
        {"format": "../../etc"},
        {"format": "jpg\n"},
        {"format": "x" * 17},
        {"width": -1},
        {"width": 1.0},
        {"width": True},
        {"width": "300"},
        {"height": 2**31},
        {"pages": None},
        {"notes": None},
        {"notes": {"q": 1}},
        {"notes": [["q", "1"]]},
        {"notes": [["q", True]]},
        {"notes": [["q", -1]]},
        {"notes": [["q", math.nan]]},
        {"notes": [["q"]]},
        {"notes": [["a b", 1]]},
        {"notes": [["a\r\nSet-Cookie", 1]]},
        {"notes": [["q", 1]] * 17},
        {"timings": []},
        {"timings": {"decode": "1"}},
        {"timings": {"decode": -1}},
        {"timings": {"decode": True}},
        {"timings": {"decode": math.nan}},
        {"timings": {"decode": math.inf}},
        {"timings": {str(number): 1 for number in range(33)}},
    ],
)
def test_a_rendition_that_is_off(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        answer_of(changes)


def test_a_rendition_needs_a_body_and_nothing_else_has_one() -> None:
    with pytest.raises(WireError):
        decode_answer(*encode_answer(replace(RENDITION, body=b"")))
    with pytest.raises(WireError):
        decode_answer(encode_answer(INFO)[0], b"more")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 1},
        {"width": None},
        {"animated": 1},
        {"delays": [1, -1]},
        {"delays": "12"},
        {"delays": None},
        {"loop": 0.5},
    ],
)
def test_facts_that_are_off(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        answer_of(changes, INFO)


@pytest.mark.parametrize(
    "changes",
    [
        {"class": "SystemExit"},
        {"class": "__class__"},
        {"class": ["BrokenImage"]},
        {"message": None},
        {"code": 422},
        {"parameter": ["w_1"]},
        {"nearest": 1},
        {"position": "1"},
        {"component": -1},
    ],
)
def test_a_refusal_that_is_off(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        answer_of(changes, BrokenImage("no"))


def test_fields_nobody_asked_for_are_ignored() -> None:
    assert INFO == answer_of({"shrink": 3, "__init__": 1}, INFO)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_no_value_of_a_field_gets_past_the_checks(value: Any) -> None:
    for answer in (RENDITION, INFO, BrokenImage("no"), Failure("no")):
        names = json.loads(encode_answer(answer)[0])
        for name in names:
            try:
                actual = answer_of({name: value}, answer)
            except WireError:
                continue
            assert isinstance(actual, type(answer) if name != "class" else TransformError)


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_arbitrary_bytes_are_refused(head: bytes, body: bytes) -> None:
    with pytest.raises(WireError):
        decode_answer(head, body)


def test_lengths() -> None:
    assert (3, 4) == lengths(prefix(b"abc", b"defg"))
    assert (3, 4) == checked_lengths(prefix(b"abc", b"defg"))


@pytest.mark.parametrize(
    ("head", "body"), [(MAX_HEAD_BYTES + 1, 0), (0, MAX_BODY_BYTES + 1), (2**32 - 1, 2**64 - 1)]
)
def test_lengths_past_the_limits(head: int, body: int) -> None:
    with pytest.raises(WireError):
        checked_lengths(head.to_bytes(4, "big") + body.to_bytes(8, "big"))


def test_frames_are_read_until_the_end() -> None:
    stream = io.BytesIO(prefix(b"ab", b"c") + b"abc" + prefix(b"", b""))

    assert (b"ab", b"c") == read_frame(stream)
    assert (b"", b"") == read_frame(stream)
    assert read_frame(stream) is None


@pytest.mark.parametrize("cut", range(15))
def test_a_frame_cut_short_is_the_end(cut: int) -> None:
    assert read_frame(io.BytesIO((prefix(b"ab", b"c") + b"abc")[:cut])) is None
