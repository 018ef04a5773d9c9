"""Commands on named transformations, details, layers and fonts: each test runs `calotype` as a user does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips

from tests.services import commands
from tests.services.calotype import DATABASE, empty_database
from transforms.fonts import FILES, FOLDER

SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
FONT = Path(FOLDER) / FILES[0]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def calotype(tmp_path: Path) -> Run:
    """Runs `calotype` in a folder with a few pictures; answers status, output and complaints."""
    shutil.copy(SAMPLES / "dogs.jpg", tmp_path / "dogs.jpg")
    (tmp_path / "brand").mkdir()
    red = pyvips.Image.black(40, 20, bands=3).linear(1, [255, 0, 0]).cast("uchar").copy(interpretation="srgb")
    red.write_to_file(str(tmp_path / "logo.png"))
    red.invert().write_to_file(str(tmp_path / "brand" / "logo.png"))
    (tmp_path / "data").mkdir()
    shutil.copy(empty_database(), tmp_path / "data" / DATABASE)

    def run(*arguments: str, **env: str) -> tuple[int, str, str]:
        done = commands.run(*arguments, folder=tmp_path, environment=env)
        return done.returncode, done.stdout, done.stderr

    return run


class TestNamed:
    def test_versions_count_up_and_the_list_tells_all(self, calotype: Run) -> None:
        said = [calotype("named", "set", "card", text)[1] for text in ("w_30", "h_40,w_30")]
        env = {"CALOTYPE_NAMED_TRANSFORMATIONS": '{"fixed": "w_9"}'}
        _, listed, _ = calotype("named", "list", **env)

        assert ["card is version 1: w_30\n", "card is version 2: h_40,w_30\n"] == said
        assert [["fixed", "settings", "w_9"], ["card", "version", "2", "h_40,w_30"]] == [
            line.split() for line in listed.splitlines()
        ]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("a.b", "w_1"), "'a.b': Expected a name without comma, dot and slash"),
            (("fixed", "w_1"), "fixed is one of the settings' own; change it there"),
            (("card", "w_x"), "w: x is not a size"),
            (("card", "t_card/w_1"), "t_card contains itself: card → card"),
            (("card", "t_crd/w_1"), "t: there is no named transformation 'crd'"),
            (("card", ""), "card: expected a transformation such as c_fill,h_150,w_150, got nothing"),
        ],
    )
    def test_what_is_refused(self, calotype: Run, arguments: tuple[str, str], message: str) -> None:
        env = {"CALOTYPE_NAMED_TRANSFORMATIONS": '{"fixed": "w_9"}'}
        status, _, err = calotype("named", "set", *arguments, **env)
        _, listed, _ = calotype("named", "list")

        assert (1, "") == (status, listed)
        assert message in err

    def test_who_uses_what_is_deleted_is_told(self, calotype: Run) -> None:
        calotype("named", "set", "small", "w_30")
        calotype("named", "set", "framed", "t_small/bo_1px_solid_red")
        deleted = calotype("named", "delete", "small")
        again = calotype("named", "delete", "small")

        assert (0, "small is gone\nt_framed uses it, and is refused from now on\n", "") == deleted
        assert (1, "calotype: there is no named transformation 'small' in the database\n") == again[::2]

    def test_a_database_that_is_away(self, calotype: Run) -> None:
        url = "postgresql://nobody@127.0.0.1:1/nothing"
        status, _, err = calotype("named", "list", CALOTYPE_METADATA__URL=url)

        assert (1, True) == (status, err.startswith("calotype: the database does not answer: "))


class TestDetails:
    def test_what_is_not_given_stays(self, calotype: Run) -> None:
        calotype("details", "set", "dogs.jpg", "--tag", "b", "--tag", "a", "--context", "x=1")
        calotype("details", "set", "dogs", "--context", "y=a=b", "--custom", "1,2,3.5,4")
        shown = calotype("details", "show", "dogs.webp")
        changed = calotype("details", "set", "dogs", "--tag", "", "--context", "x=", "--field", "z=9")

        assert (0, "tags     a b\ncontext  x=1\ncontext  y=a=b\ncustom   1,2,3.5,4\n", "") == shown
        assert "tags     none\ncontext  y=a=b\nfield    z=9\ncustom   1,2,3.5,4\n" == changed[1]

    def test_nothing_is_said_at_first_and_after_deletion(self, calotype: Run) -> None:
        first = calotype("details", "show", "dogs")
        calotype("details", "set", "dogs", "--tag", "a")
        calotype("details", "delete", "dogs")

        assert ["tags     none\n"] * 2 == [first[1], calotype("details", "show", "dogs")[1]]

    @pytest.mark.parametrize(
        "arguments", [("--context", "x"), ("--custom", "1,2,3"), ("--custom", "-1,2,3,4"), ("--field", "=1")]
    )
    def test_wrong_usage(self, calotype: Run, arguments: tuple[str, str]) -> None:
        status, _, err = calotype("details", "set", "dogs", *arguments)

        assert (2, True) == (status, "expected" in err)


def pixel(path: Path, x: int, y: int) -> list[int]:
    return [round(value) for value in pyvips.Image.new_from_file(str(path))(x, y)]


class TestLayers:
    def test_layers_lie_beside_the_picture_or_where_it_is_said(self, calotype: Run, tmp_path: Path) -> None:
        transformation = "w_100/l_logo,w_20/fl_layer_apply,g_north_west"
        calotype("render", "dogs.jpg", transformation, "own.png")
        status, _, _ = calotype("render", "dogs.jpg", transformation, "other.png", "--layers", "brand")

        assert (0, [255, 0, 0]) == (status, pixel(tmp_path / "own.png", 5, 5))
        assert [0, 255, 255] == pixel(tmp_path / "other.png", 5, 5)

    def test_what_leads_out_of_the_folder_is_refused(self, calotype: Run) -> None:
        status, _, err = calotype("render", "dogs.jpg", "w_100/l_..:logo", "a.png", "--layers", "brand")

        assert (1, "  w_100/l_..:logo") == (status, err.splitlines()[1])
        assert "..:logo is not a public id" in err

    @pytest.mark.parametrize("layer", ["l_none", "l_lut:none.cube", "l_text:none.ttf_20:Hi"])
    def test_what_is_not_there_is_named(self, calotype: Run, layer: str) -> None:
        status, _, err = calotype("render", "dogs.jpg", f"w_100/{layer}", "a.png", "--layers", "brand")

        assert (1, 1) == (status, len(err.splitlines()))
        assert "and there is no such file in brand" in err

    def test_texts_faces_and_fonts(self, calotype: Run, tmp_path: Path) -> None:
        shutil.copy(FONT, tmp_path / "own.ttf")
        plain = calotype("render", "dogs.jpg", "w_100", "plain.png")
        text = calotype("render", "dogs.jpg", "w_100/l_text:Arial_30:Hi", "text.png")
        own = calotype("render", "dogs.jpg", "w_100/l_text:own.ttf_30:Hi", "own.png")
        face = calotype("render", "dogs.jpg", "c_thumb,g_face,h_50,w_50", "face.png")

        assert [0] * 4 == [status for status, _, _ in (plain, text, own, face)]
        assert (tmp_path / "plain.png").read_bytes() != (tmp_path / "text.png").read_bytes()
        drawn = [pyvips.Image.new_from_file(str(tmp_path / name)) for name in ("text.png", "own.png")]
        assert (drawn[0] - drawn[1]).abs().max() == 0, "the uploaded font is the one that stands in for Arial"

    def test_explain_looks_as_render_does(self, calotype: Run) -> None:
        status, out, err = calotype("explain", "w_300/l_logo/w_20/fl_layer_apply,g_west/e_trim", "dogs.jpg")

        assert (0, "") == (status, err)
        assert "\nlayer l_logo\n  w_20\nput on fl_layer_apply g_west\ne_trim\n" in out
        assert "\ncosts      about " in out

    def test_explain_of_a_size_says_what_it_cannot_know(self, calotype: Run) -> None:
        status, _, err = calotype("explain", "w_300/e_trim", "--size", "900x600")

        assert (1, True) == (
            status,
            "what is seen in the picture decides (trim): give the picture itself" in err,
        )


class TestFonts:
    def test_configured_fonts_are_used_everywhere(self, calotype: Run, tmp_path: Path) -> None:
        (tmp_path / "fonts" / "deep").mkdir(parents=True)
        shutil.copy(FONT, tmp_path / "fonts" / "deep" / "a.TTF")
        (tmp_path / "my.yaml").write_text("render: {fonts: [fonts]}")
        checked = calotype("check", "--config", "my.yaml")
        text = "w_100/l_text:Liberation%20Sans_20:Hi"
        explained = calotype("explain", text, "dogs.jpg", "--config", "my.yaml")

        assert 0 == checked[0], checked
        assert [True] == ["Liberation Sans" in line for line in checked[1].splitlines() if "  fonts " in line]
        assert 0 == explained[0], explained

    @pytest.mark.parametrize("command", ["serve", "check", "worker"])
    def test_fonts_that_cannot_be_used_are_told(self, calotype: Run, tmp_path: Path, command: str) -> None:
        (tmp_path / "fonts").mkdir()
        (tmp_path / "fonts" / "bad.otf").write_text("no font")
        status, _, err = calotype(command, CALOTYPE_RENDER__FONTS='["nowhere", "fonts"]')

        assert 2 == status
        assert [
            "calotype: 2 mistakes in the settings:",
            "  render.fonts[0]: nowhere is no folder of fonts",
            "  render.fonts[1]: fonts/bad.otf: the file is no TrueType or OpenType font (.ttf or .otf)",
        ] == err.splitlines()
