"""Quality chosen by looking at the picture."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from pyvips import Image
from ssimulacra2 import compute_ssimulacra2

from tests.transforms.rendering import framed, patch, pixels, rendered, shown
from transforms.codecs import CODECS
from transforms.formats import FORMATS
from transforms.likeness import losses, opaque, sample, ssim
from transforms.output import OutputDefaults
from transforms.quality import predicted
from transforms.quality_model import QUALITIES, WEIGHTS
from transforms.rendition import Rendition
from transforms.save import Save
from transforms.searching import between

SAMPLES = sorted((Path(__file__).parents[2] / "origin" / "samples").rglob("*.jpg"))
LOSSY = [format.name for format in FORMATS.values() if format.lossy]
LEVELS = sorted(OutputDefaults().auto_quality, key=OutputDefaults().looks)
ORIGINALS = ("photo.webp", "gray.jpg", "gray-alpha.png", "alpha.png", "p3.png", "cmyk.jpg", "logo.svg")


def note(made: Rendition, name: str) -> float:
    return dict(made.notes)[name]


def score(transformation: str, original: bytes, folder: Path) -> float:
    """SSIMULACRA2 of a result against the same without loss."""
    exact, result = str(folder / "exact.png"), str(folder / "result.png")
    shown(f"{transformation}/f_png", original).pngsave(exact, keep="none")
    shown(transformation, original).pngsave(result, keep="none")
    return float(compute_ssimulacra2(exact, result))


def test_every_lossy_format_has_a_model() -> None:
    assert set(LOSSY) == set(QUALITIES) == set(WEIGHTS)
    for format in LOSSY:
        assert len(QUALITIES[format]) == len(WEIGHTS[format])
        assert {4} == {len(weights) for weights in WEIGHTS[format]}


@pytest.mark.parametrize("format", LOSSY)
def test_more_is_asked_with_more_quality(format: str) -> None:
    """Whatever the picture: also for losses that no picture has."""
    for found in ((-2.0, -4.0, -5.0), (0.0, 0.0, 0.0), (-5.0, -9.2, -9.2), (2.0, 3.0, 3.0)):
        qualities = [predicted(format, looks, found) for looks in range(1, 101)]

        assert sorted(qualities) == qualities
        assert min(QUALITIES[format]) <= qualities[0] and qualities[-1] <= max(QUALITIES[format])


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_levels_differ_as_they_say(format: str) -> None:
    sizes = [
        len(rendered(f"f_{format},q_auto:{level},w_400", SAMPLES[0].read_bytes()).body) for level in LEVELS
    ]

    assert ["low", "eco", "good", "sensitive", "best"] == LEVELS
    assert sorted(set(sizes)) == sizes


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_pictures_come_out_alike(format: str, tmp_path: Path) -> None:
    """What the model is for: scores lie closer together than at one quality for all, and near the target."""
    found: dict[str, list[float]] = {"q_auto": [], "fixed": []}
    fixed = {"jpg": 74, "webp": 81, "avif": 59}[format]
    for path in SAMPLES:
        for name, quality in (("q_auto", "q_auto"), ("fixed", f"q_{fixed}")):
            text = f"c_fit,f_{format},h_500,{quality},w_500"
            found[name].append(score(text, path.read_bytes(), tmp_path))
    target = OutputDefaults().looks("good")

    assert statistics.pstdev(found["q_auto"]) < 0.8 * statistics.pstdev(found["fixed"])
    assert all(abs(looks - target) < 8 for looks in found["q_auto"])


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
@pytest.mark.parametrize("original", ORIGINALS)
def test_whatever_the_picture_a_quality_is_found(format: str, original: str) -> None:
    made = rendered(f"f_{format},q_auto,w_90", original)

    assert min(QUALITIES[format]) <= note(made, "q") <= max(QUALITIES[format])
    assert len(made.body) == note(made, "bytes")


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (9, 40)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_odd_sizes(size: tuple[int, int], channels: int) -> None:
    mode = "b-w" if channels < 3 else "srgb"
    original = patch((200, 90, 40, 120)[:channels], *size, interpretation=mode).pngsave_buffer()

    for quality in ("auto", "auto:bytes_1k", "auto:ssim_95"):
        made = rendered(f"f_webp,q_{quality}", original)
        assert size == (made.width, made.height) and note(made, "q") >= 1


def test_the_choice_is_that_of_a_fixed_quality() -> None:
    auto = rendered("f_webp,q_auto,w_200", "photo.webp")
    same = rendered(f"f_webp,q_{note(auto, 'q')},w_200", "photo.webp")

    assert same.body == auto.body
    assert () == same.notes


def test_an_animation_is_looked_at_once() -> None:
    still = patch((10, 200, 30), 60, 60)
    noisy = Image.gaussnoise(60, 60, mean=128, sigma=60, seed=3).cast("uchar").copy(interpretation="b-w")
    calm, wild = (
        framed([first, still], [90, 90]).webpsave_buffer(lossless=True)
        for first in (still, noisy.colourspace("srgb"))
    )

    assert note(rendered("f_webp,q_auto", calm), "q") != note(rendered("f_webp,q_auto", wild), "q")


@pytest.mark.parametrize("format", LOSSY)
@pytest.mark.parametrize("size", [4_000, 12_000])
def test_a_file_fits(format: str, size: int) -> None:
    made = rendered(f"f_{format},q_auto:bytes_{size},w_250", "photo.webp")
    quality = int(note(made, "q"))
    better = rendered(f"f_{format},fl_progressive,q_{min(quality + 4, 100)},w_250", "photo.webp")

    assert len(made.body) == note(made, "bytes") <= size
    assert len(better.body) > size or quality == 100
    assert "missed" not in dict(made.notes)


@pytest.mark.parametrize("written", ["40k", "40000", "0.04m"])
def test_sizes_are_counted_in_thousands(written: str) -> None:
    data = SAMPLES[0].read_bytes()

    assert 38_000 < len(rendered(f"f_jpg,q_auto:bytes_{written},w_600", data).body) <= 40_000


@pytest.mark.parametrize("format", ["jpg", "webp"])
def test_what_does_not_fit_is_told(format: str) -> None:
    made = rendered(f"f_{format},q_auto:bytes_100,w_250", "photo.webp")

    assert (("q", 1), ("bytes", len(made.body)), ("missed", 1)) == made.notes


@pytest.mark.parametrize("format", LOSSY)
@pytest.mark.parametrize("percent", [90, 97.5])
def test_a_likeness_is_kept(format: str, percent: float) -> None:
    made = rendered(f"f_{format},q_auto:ssim_{percent},w_250", "photo.webp")
    lossless = shown("f_png,w_250", "photo.webp")
    found = ssim(lossless, CODECS[format].open(made.body).copy_memory())

    assert percent <= note(made, "ssim") < percent + 2.5
    assert round(found * 100, 2) == note(made, "ssim")


def test_a_likeness_out_of_reach_is_told() -> None:
    made = rendered("f_jpg,q_auto:ssim_100,w_250", "photo.webp")

    assert (100, 1) == (note(made, "q"), note(made, "missed"))


@pytest.mark.parametrize("quality", ["auto:bytes_9k", "auto:ssim_96", "auto"])
def test_encodes_are_few(quality: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    save = type(CODECS["webp"]).save

    def counting(self: object, image: Image, how: Save, *, keep: str) -> bytes:
        tried.append(how.quality)
        return save(self, image, how, keep=keep)  # type: ignore[arg-type]

    monkeypatch.setattr(type(CODECS["webp"]), "save", counting)
    rendered(f"f_webp,q_{quality},w_250", "photo.webp")

    assert 1 <= len(tried) == len(set(tried)) <= (1 if quality == "auto" else 7)


@pytest.mark.parametrize("format", ["png", "gif", "tiff"])
def test_what_has_no_quality_stays_as_it_is(format: str) -> None:
    made, plain = (rendered(f"f_{format}{text},w_60", "photo.webp") for text in (",q_auto", ""))

    assert plain == made


@pytest.mark.parametrize("format", ["png", "gif"])
@pytest.mark.parametrize(("most", "colors"), [(90_000, 128), (30_000, 16), (12_000, 4), (4_000, 2)])
def test_fewer_colours_make_it_fit(format: str, most: int, colors: int) -> None:
    made = rendered(f"f_{format},q_auto:bytes_{most}", "photo.webp")
    used = pixels(made.body)

    assert len(made.body) == note(made, "bytes") <= most
    assert colors <= note(made, "colors") <= 4 * colors
    assert (320, 252) == (used.width, used.height)
    assert "missed" not in dict(made.notes)


@pytest.mark.parametrize("format", ["png", "gif"])
def test_colours_go_as_far_as_looks_allow(format: str) -> None:
    few, many = (rendered(f"f_{format},q_auto:ssim_{percent}", "photo.webp") for percent in (50, 75))

    assert 2 < note(few, "colors") < note(many, "colors")
    assert 50 <= note(few, "ssim") < 75 <= note(many, "ssim")
    assert len(few.body) < len(many.body)


def test_without_a_palette_nothing_is_lost() -> None:
    made, plain = (rendered(f"f_png{quality}", "photo.webp") for quality in (",q_auto:ssim_100", ""))

    assert plain.body == made.body
    assert (("ssim", 100.0), ("bytes", len(made.body))) == made.notes


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("f_tiff,q_auto:bytes_1k", True),
        ("f_bmp,q_auto:bytes_1k", True),
        ("f_tiff,q_auto:bytes_9m", False),
        ("f_tiff,q_auto:ssim_98", False),
        ("f_tiff,fl_group4,q_auto:ssim_98", True),
        ("f_png,fl_png24,q_auto:bytes_1k", True),
        ("f_png,fl_png8,q_auto:ssim_99.9", True),
        ("f_png,q_auto:bytes_100", True),
        ("f_gif,q_auto:ssim_100", True),
    ],
)
def test_an_aim_out_of_reach_is_told(text: str, missed: bool) -> None:
    made = rendered(f"{text},w_60", "photo.webp")

    assert missed == ("missed" in dict(made.notes))
    assert len(made.body) == note(made, "bytes")


def test_an_animation_fits_with_fewer_colours() -> None:
    plain = rendered("f_gif,w_100", "spinner.gif")
    made = rendered(f"f_gif,q_auto:bytes_{len(plain.body) * 2 // 3},w_100", "spinner.gif")

    assert plain.pages == made.pages
    assert len(made.body) <= len(plain.body) * 2 // 3


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Encoding as slow as of a picture a hundred times as large; the sizes of what is encoded."""
    sizes: list[tuple[int, int]] = []
    monkeypatch.setattr("transforms.rates.TRIES_MILLISECONDS", 40.0)
    monkeypatch.setattr("transforms.aims._TILE", 64)
    monkeypatch.setattr("transforms.likeness._SSIM_TILE", 100)
    for kind in {type(CODECS[format]) for format in (*LOSSY, "gif")}:
        _count(kind, sizes, monkeypatch)
    return sizes


def _count(kind: type, sizes: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    save = kind.save  # type: ignore[attr-defined]

    def counting(self: object, image: Image, how: Save, *, keep: str) -> bytes:
        sizes.append((image.width, image.height))
        return save(self, image, how, keep=keep)  # type: ignore[no-any-return]

    monkeypatch.setattr(kind, "save", counting)


@pytest.mark.parametrize("format", ["avif", "jxl", "jp2", "webp"])
@pytest.mark.parametrize("aim", ["bytes_60k", "ssim_92"])
def test_a_slow_encoder_tries_a_sample(format: str, aim: str, hasty: list[tuple[int, int]]) -> None:
    made = rendered(f"c_fill,f_{format},h_700,q_auto:{aim},w_900", SAMPLES[0].read_bytes())
    whole = [size for size in hasty if size == (900, 700)]

    assert 1 == len(whole)
    assert len(hasty) > 2
    if aim == "bytes_60k":
        assert 40_000 < len(made.body) < 66_000
    else:
        assert 90 < note(made, "ssim") < 95.5


def test_a_large_picture_of_few_colours_tries_a_sample(
    hasty: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.rates.TRIES_MILLISECONDS", 1_000.0)
    made = rendered("c_fill,f_gif,h_700,q_auto:bytes_120k,w_900", SAMPLES[0].read_bytes())

    assert 1 == hasty.count((900, 700))
    assert 40_000 < len(made.body)
    assert note(made, "colors") in (2, 4, 8, 16, 32, 64)


@pytest.mark.parametrize("chroma", ["420", "444"])
def test_chroma_goes_with_it(chroma: str) -> None:
    bodies = {
        name: rendered(f"f_jpg,q_auto:{aim}:{chroma},w_500", SAMPLES[0].read_bytes()).body
        for name, aim in (("looks", "good"), ("bytes", "bytes_30k"), ("ssim", "ssim_95"))
    }

    for body in bodies.values():
        assert {"420": "4:2:0", "444": "4:4:4"}[chroma] == pixels(body).get("jpeg-chroma-subsample")


@pytest.mark.parametrize("limit", [0.5, 3.0, 50.5, 99.5, 100.5])
def test_the_search_ends_between_two_neighbours(limit: float) -> None:
    asked = []

    def value(quality: int) -> float:
        asked.append(quality)
        return float(quality)

    low, high = between(value, limit, 80, 12)

    assert (int(limit), int(limit) + 1) == (low, high)
    assert len(set(asked)) == len(asked)


def test_likeness_is_one_only_of_the_same() -> None:
    image = opaque(pixels("photo.webp")).copy_memory()
    likenesses = [ssim(image, image.gaussblur(sigma)) for sigma in (0.1, 0.6, 1.2, 3)]

    assert ssim(image, image) == pytest.approx(1)
    assert sorted(likenesses, reverse=True) == likenesses and likenesses[-1] < 0.7


@pytest.mark.parametrize("size", [(1, 1), (3, 5000), (5000, 3), (900, 700), (1300, 40)])
def test_a_sample_is_bounded(size: tuple[int, int]) -> None:
    part = sample(patch((1, 2, 3), *size), 100, 4)

    assert part.width * part.height <= 1.5 * 4 * 100 * 100
    assert 3 == len(losses(patch((1, 2, 3), *size)))
