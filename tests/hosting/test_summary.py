"""The one look at an upload: facts, hashes, preview, EXIF; in a worker as in a server."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from proxy.renderer import RenderPool
from proxy.wire import WireError, decode_answer, encode_answer
from tests.services.render_pool import until
from transforms.errors import BrokenImage, OriginalTooLarge, UnsupportedFormat
from transforms.limits import Limits
from transforms.summarizing import summarize
from transforms.summary import Summary, SummaryTerms, distance

PICTURES = Path(__file__).parents[1] / "data" / "pictures"
SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
TERMS = SummaryTerms()


def looked_at(path: Path, **terms: object) -> Summary:
    return summarize(path.read_bytes(), SummaryTerms(**terms))


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    body = io.BytesIO()
    image.save(body, format, **options)
    return body.getvalue()


def hash_of(data: bytes) -> int:
    return summarize(data, TERMS).phash


def test_a_photograph_is_told_in_few_words():
    told = looked_at(PICTURES / "gps.jpg")

    assert ("jpg", 320, 252) == (told.info.format, told.info.width, told.info.height)
    assert "#" == told.color[0] and len(told.color) == 7
    assert 28 == len(told.blurhash)
    assert len(base64.b64decode(told.thumbhash)) > 15
    tiny = Image.open(io.BytesIO(base64.b64decode(told.preview.removeprefix("data:image/webp;base64,"))))
    assert (32, 25) == tiny.size


def test_it_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    lying, standing = Image.new("RGB", (90, 60), "white"), Image.new("RGB", (60, 90), "white")
    lying.paste("black", (0, 0, 45, 60))
    standing.paste("black", (0, 0, 60, 45))

    turned = summarize(encoded(lying, exif=exif), TERMS)

    assert (60, 90) == (turned.info.width, turned.info.height)
    assert hash_of(encoded(standing)) == turned.phash


def test_exif_tells_the_camera_and_no_place():
    told = looked_at(PICTURES / "gps.jpg").exif

    assert ("Camera Works", "A Painter") == (told["Make"], told["Artist"])
    assert [] == [name for name in told if name.startswith("GPS")]


def test_a_place_is_told_when_that_is_asked_for():
    told = looked_at(PICTURES / "gps.jpg", keep_gps=True).exif

    assert ("N", "48/1 8/1 30/1") == (told["GPSLatitudeRef"], told["GPSLatitude"])


def test_exif_with_brackets_is_read_to_its_end():
    exif = Image.Exif()
    exif[0x010E] = "A boat (red), Venice"
    exif[0x0110] = "X-100 (b) (c)"
    told = summarize(encoded(Image.new("RGB", (9, 9)), "JPEG", exif=exif), TERMS).exif

    assert ("A boat (red), Venice", "X-100 (b) (c)") == (told["ImageDescription"], told["Model"])


def test_the_color_is_that_of_most_of_the_picture():
    image = Image.new("RGB", (100, 100), (200, 30, 40))
    image.paste((20, 60, 230), (0, 0, 100, 30))

    assert "#c81e28" == summarize(encoded(image), TERMS).color


@pytest.mark.parametrize("name", ["brushes.jpg", "dandelion.jpg", "portrait.jpg"])
def test_a_picture_scaled_recompressed_or_toned_is_near_itself(name):
    original = Image.open(SAMPLES / name).convert("RGB")
    original.thumbnail((400, 400))
    here = hash_of(encoded(original))
    smaller = original.resize((original.width // 3, original.height // 3))
    wider = original.resize((original.width, original.height * 4 // 5))

    versions = {
        "smaller": encoded(smaller),
        "poor jpeg": encoded(original, "JPEG", quality=20),
        "webp": encoded(smaller, "WEBP", quality=50),
        "wider": encoded(wider),
        "brighter": encoded(ImageEnhance.Brightness(original).enhance(1.2)),
        "gray": encoded(original.convert("L")),
    }

    far = {what: distance(here, hash_of(data)) for what, data in versions.items()}
    assert {} == {what: bits for what, bits in far.items() if bits > 6}


def test_different_pictures_are_far_from_each_other():
    names = ("brushes.jpg", "dandelion.jpg", "dogs.jpg", "fig.jpg", "portrait.jpg", "logo.png")
    hashes = [looked_at(SAMPLES / name).phash for name in names]

    apart = [distance(one, other) for at, one in enumerate(hashes) for other in hashes[at + 1 :]]

    assert min(apart) > 16


def test_stripes_of_two_directions_are_different_pictures():
    across, down = Image.new("L", (256, 256)), Image.new("L", (256, 256))
    for place in range(256):
        ImageDraw.Draw(across).line((place, 0, place, 255), place)
        ImageDraw.Draw(down).line((0, place, 255, place), 255 - place)

    assert distance(hash_of(encoded(across)), hash_of(encoded(down))) >= 4


def test_a_plain_picture_has_no_bit():
    assert 0 == hash_of(encoded(Image.new("RGB", (50, 40), (90, 12, 200))))


def test_a_hash_is_a_signed_integer_of_64_bits():
    assert all(0 <= looked_at(path).phash < 2**63 for path in sorted(SAMPLES.glob("*.jpg")))


def test_the_first_frame_speaks_for_an_animation():
    told = looked_at(PICTURES / "spinner.gif")

    assert (True, (100, 100)) == (told.info.animated, (told.info.width, told.info.height))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnsupportedFormat),
        (b"plain text", UnsupportedFormat),
        ((PICTURES / "gps.jpg").read_bytes()[:9000], BrokenImage),
        ((PICTURES / "alpha.png").read_bytes()[:300], BrokenImage),
    ],
)
def test_what_does_not_read_is_refused(data, error):
    with pytest.raises(error):
        summarize(data, TERMS)


def test_limits_hold():
    with pytest.raises(OriginalTooLarge):
        looked_at(PICTURES / "gps.jpg", limits=Limits(max_original_pixels=100))


def test_a_summary_goes_over_the_wire():
    told = looked_at(PICTURES / "gps.jpg", keep_gps=True)

    assert told == decode_answer(*encode_answer(told))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("color", "red"),
        ("color", "#12345G"),
        ("blurhash", '"><script>'),
        ("thumbhash", "<"),
        ("preview", "data:text/html;base64,AAAA"),
        ("preview", "data:image/webp;base64,AAAA\n"),
        ("phash", -1),
        ("phash", 2**64),
        ("phash", True),
        ("exif", []),
        ("exif", {"Make": 3}),
        ("exif", {str(number): "" for number in range(1000)}),
        ("info", None),
        ("info", {}),
    ],
)
def test_a_worker_that_was_taken_over_cannot_say_anything(name, value):
    head, body = encode_answer(looked_at(PICTURES / "flat.png"))
    told = json.loads(head) | {name: value}

    with pytest.raises(WireError):
        decode_answer(json.dumps(told).encode(), body)


async def test_a_worker_looks():
    pool = RenderPool(workers=1, queue=4, deadline_seconds=20, blocked=["gif"])
    await pool.start()
    try:
        await until(lambda: pool.alive == 1)
        data = (PICTURES / "gps.jpg").read_bytes()

        assert looked_at(PICTURES / "gps.jpg") == await pool.summarize(data, content_hash="a" * 64)
        with pytest.raises(UnsupportedFormat, match="for the time being"):
            await pool.summarize((PICTURES / "spinner.gif").read_bytes(), content_hash="b" * 64)
        with pytest.raises(BrokenImage):
            await pool.summarize(data[:9000], content_hash="c" * 64)
    finally:
        await pool.close()
