"""Which font a name leads to, what helps out, and what font files say."""

import shutil
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.fonts import load_fonts
from transforms.errors import InvalidValue, UnsupportedFormat
from transforms.fontbook import FontBook, clusters, shipped
from transforms.fontfile import read_font, renamed
from transforms.fonts import FILES, STAND_INS
from transforms.fonts import FOLDER as SHIPPED_FOLDER
from transforms.text import read_style

FOLDER = Path(SHIPPED_FOLDER)
SHIPPED = FontBook(shipped())
SANS = (FOLDER / "LiberationSans-Regular.ttf").read_bytes()
SERIF = (FOLDER / "LiberationSerif-Regular.ttf").read_bytes()


def file_of(style: str, text: str = "Hello", book: FontBook = SHIPPED) -> list[str]:
    return [Path(face.path).name for _, face in book.runs(text, read_style(style))]


@pytest.mark.parametrize(
    ("style", "file"),
    [
        ("Arial_20", "LiberationSans-Regular.ttf"),
        ("arial_20", "LiberationSans-Regular.ttf"),
        ("Roboto_65_bold", "LiberationSans-Bold.ttf"),
        ("Open%20Sans_20_light", "LiberationSans-Regular.ttf"),
        ("Liberation%20Sans_20_bold_italic", "LiberationSans-BoldItalic.ttf"),
        ("Times%20New%20Roman_20_italic", "LiberationSerif-Italic.ttf"),
        ("georgia_20_thin", "LiberationSerif-Regular.ttf"),
    ],
)
def test_names_lead_to_files(style, file):
    assert file_of(style) == [file]


def test_every_stand_in_is_shipped():
    assert set(STAND_INS.values()) == {entry.face.family for entry in shipped()}
    assert {Path(entry.face.path).name for entry in shipped()} == set(FILES)


@pytest.mark.parametrize(
    ("font", "meant"), [("Arail", "Arial"), ("Open Sanz", "Open Sans"), ("Impact", None)]
)
def test_an_unknown_font_is_told_with_the_nearest(font, meant):
    with pytest.raises(InvalidValue, match="known are Arial, ") as refusal:
        SHIPPED.runs("x", read_style(f"{font}_20"))

    assert (refusal.value.code, refusal.value.nearest) == ("unknown_font", meant)


def test_a_style_that_was_uploaded_is_not_offered():
    with pytest.raises(InvalidValue, match=r"text:caption names a style .* write <font>_<size>"):
        SHIPPED.runs("x", read_style("caption"))


def test_configured_fonts_come_first(tmp_path):
    (tmp_path / "brand").mkdir()
    (tmp_path / "brand" / "arial.ttf").write_bytes(renamed(SERIF, "Arial"))
    (tmp_path / "fancy.TTF").write_bytes(renamed(SERIF, "Fancy"))
    (tmp_path / "readme.txt").write_text("no font")
    book = load_fonts([tmp_path])

    assert file_of("Arial_20", book=book) == ["arial.ttf"]
    assert file_of("fancy_20", book=book) == ["fancy.TTF"]
    assert file_of("Verdana_20", book=book) == ["LiberationSans-Regular.ttf"]
    assert {"Fancy", "Arial", "Verdana"} <= set(book.names)


def test_a_file_that_is_no_font_is_named(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"MZ")

    with pytest.raises(UnsupportedFormat, match=r"broken\.ttf: .*no TrueType"):
        load_fonts([tmp_path])


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotADirectoryError, match="nowhere"):
        load_fonts([tmp_path / "nowhere"])


def test_fonts_are_the_same_wherever_they_lie(tmp_path):
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    moved, here = load_fonts([tmp_path]), SHIPPED
    style = read_style("Arial_20_bold")

    assert moved.runs("Hello", style)[0][1].path != here.runs("Hello", style)[0][1].path
    assert moved.runs("Hello", style) == here.runs("Hello", style)


def test_another_font_helps_out_where_a_glyph_is_missing(tmp_path):
    (tmp_path / "helper.ttf").write_bytes(renamed(SANS, "Helper"))
    serif = tuple(entry for entry in shipped() if entry.face.family == "Liberation Serif")
    mercury = "\N{MERCURY}\N{COMBINING ACUTE ACCENT}"
    book = FontBook((*serif, *load_fonts([tmp_path]).entries))
    runs = book.runs(f"ab {mercury} c", read_style("Times_20"))

    assert [(text, face.family) for text, face in runs] == [
        ("ab ", "Liberation Serif"),
        (mercury, "Helper"),
        (" c", "Liberation Serif"),
    ]


def _has(font: bytes, character: int) -> bool:
    return any(first <= character <= last for first, last in read_font(font)[0].characters)


def test_what_no_font_has_is_told():
    assert SHIPPED.missing("Hé 中😍中\u200d\ufe0f\n") == "中😍"
    assert file_of("Arial_20", "a中b") == ["LiberationSans-Regular.ttf"]


def test_clusters_are_not_torn():
    woman = "\U0001f469\u200d\U0001f680"
    text = f"e\u0301x\U0001f44d\U0001f3fd{woman}\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"

    assert clusters(text) == [
        "e\u0301",
        "x",
        "\U0001f44d\U0001f3fd",
        woman,
        "\U0001f1e9\U0001f1ea",
        "\U0001f1eb\U0001f1f7",
    ]


@pytest.mark.parametrize(
    ("file", "family", "weight", "italic"),
    [
        ("LiberationSans-Regular.ttf", "Liberation Sans", 400, False),
        ("LiberationSans-BoldItalic.ttf", "Liberation Sans", 700, True),
        ("LiberationSerif-Italic.ttf", "Liberation Serif", 400, True),
    ],
)
def test_a_file_says_what_it_is(file, family, weight, italic):
    (facts,) = read_font((FOLDER / file).read_bytes())

    assert (facts.families, facts.weight, facts.heaviest, facts.italic) == ((family,), weight, weight, italic)
    assert _has((FOLDER / file).read_bytes(), ord("ж"))
    assert not _has((FOLDER / file).read_bytes(), ord("中"))


def test_a_renamed_font_is_the_same_otherwise():
    before, after = read_font(SANS)[0], read_font(renamed(SANS, "calotype 123"))[0]

    assert after.families == ("calotype 123",)
    assert (after.weight, after.italic, after.characters) == (before.weight, before.italic, before.characters)


CHANGES = st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), max_size=4)


@given(CHANGES, st.integers(0))
@example([], 0)
@example([(0, b"ttcf")], 1 << 20)
def test_a_broken_font_is_refused_in_our_words(changes, cut):
    data = bytearray(SANS[: cut % len(SANS)] if cut % 3 else SANS)
    for place, bytes_there in changes:
        data[place : place + len(bytes_there)] = bytes_there
    try:
        facts = read_font(bytes(data))
    except UnsupportedFormat:
        return

    assert all(face.families for face in facts)


def test_runs_of_characters_may_not_overlap_for_ever():
    """Format 4 with 30,000 runs of all characters: 2 billion, if they were looked at one by one."""
    at = SANS.index(b"cmap")
    start = int.from_bytes(SANS[at + 8 : at + 12], "big")
    subtable = b"".join(
        (
            (4).to_bytes(2, "big") + bytes(4) + (60_000).to_bytes(2, "big") + bytes(6),
            b"\xff\xfe" * 30_000 + bytes(2),
            bytes(60_000) + bytes(60_000) + b"\0\x02" * 30_000,
        )
    )
    cmap = bytes(2) + (1).to_bytes(2, "big") + bytes.fromhex("0003 0001 0000000c") + subtable
    data = SANS[:start] + cmap + SANS[start + len(cmap) :]

    with pytest.raises(UnsupportedFormat):
        read_font(data)
