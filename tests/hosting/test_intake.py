"""Uploads as they come in: every way of sending one, in bounds, whole and in parts."""

import asyncio
import base64
import hashlib
import io
import os
import random
import time
from urllib.parse import quote

import aiohttp
import cloudinary.uploader
import cloudinary.utils
import pytest

from origin.errors import AssetNotFound, FetchForbidden
from origin.fetch import Fetched, Version
from origin.guard import Gate, Rules
from origin.hosting.chunks import Chunks, ContentRange, Partial, Settled, read_range
from origin.hosting.intake import Intake, clean_filename
from origin.hosting.intake_errors import UploadMalformed, UploadTooLarge
from proxy.hosting.remote import RemoteFiles
from tests.hosting.door import KEY, SECRET, open_bodies, opened

DATA = random.Random(5).randbytes(300_001)
SIZE = len(DATA)
BEARER = {"Authorization": f"Bearer {SECRET}"}
JPEG = {**BEARER, "Content-Type": "image/jpeg"}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path / "staging", memory_bytes=1_000_000, max_bytes=5_000_000) as door:
        yield door


async def post(door, path="/upload", **options):
    async with aiohttp.ClientSession() as session, session.post(door.url + path, **options) as answer:
        return answer.status, await answer.json()


def file_form(data=DATA, name="cat.jpg", **fields):
    form = aiohttp.FormData()
    for key, value in fields.items():
        form.add_field(key, value)
    form.add_field("file", io.BytesIO(data), filename=name)
    return form


def in_field(text, **fields):
    """`file` as a field without a file name, as SDKs send data URIs and addresses."""
    form = aiohttp.FormData(default_to_multipart=True)
    for key, value in fields.items():
        form.add_field(key, value)
    form.add_field("file", text)
    return form


def in_base64(data=DATA):
    return base64.b64encode(data).decode()


WAYS = {
    "multipart": lambda: {"data": file_form(), "headers": BEARER},
    "raw": lambda: {"data": DATA, "headers": JPEG},
    "raw of no type": lambda: {"data": DATA, "headers": BEARER},
    "base64 in a field": lambda: {"data": in_field(in_base64()), "headers": BEARER},
    "data URI in a field": lambda: {
        "data": in_field(f"data:image/png;base64,{in_base64()}"),
        "headers": BEARER,
    },
    "base64 in the URL's alphabet, without padding": lambda: {
        "data": in_field(base64.urlsafe_b64encode(DATA).decode().rstrip("=")),
        "headers": BEARER,
    },
    "base64 in lines": lambda: {
        "data": in_field(base64.encodebytes(DATA).decode()),
        "headers": BEARER,
    },
    "bytes in a field without a name": lambda: {
        "data": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + DATA + b"\r\n--x--\r\n",
        "headers": {**BEARER, "Content-Type": "multipart/form-data; boundary=x"},
    },
    "percent-encoded data URI": lambda: {
        "data": in_field(f"data:image/svg+xml,{quote(DATA)}"),
        "headers": BEARER,
    },
    "data URI in a URL-encoded form": lambda: {
        "data": {"file": f"data:;base64,{in_base64()}"},
        "headers": BEARER,
    },
    "JSON": lambda: {"json": {"file": in_base64()}, "headers": BEARER},
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_brings_the_bytes(door, way):
    status, told = await post(door, **WAYS[way]())

    assert (200, hashlib.sha256(DATA).hexdigest()) == (status, told.get("sha256"))
    assert (hashlib.md5(DATA).hexdigest(), len(DATA)) == (told["md5"], told["size"])
    assert [DATA] == door.got
    assert [] == door.left_behind()


async def test_an_upload_without_a_length_is_taken(door):
    async def drip():
        for at in range(0, len(DATA), 50_000):
            yield DATA[at : at + 50_000]

    assert 200 == (await post(door, data=drip(), headers=JPEG))[0]
    assert [DATA] == door.got


async def test_a_large_upload_is_staged_and_removed(door):
    data = os.urandom(3_000_000)
    _, told = await post(door, data=file_form(data), headers=BEARER)

    assert (True, hashlib.sha256(data).hexdigest()) == (told["staged"], told["sha256"])
    assert [] == door.left_behind()


async def test_fields_are_told_with_the_file(door):
    form = file_form(public_id="a/b", context="alt=A & B|caption=c", tags="x,y")
    form.add_field("public_ids[]", "one")
    form.add_field("public_ids[]", "two")
    _, told = await post(door, data=form, headers=BEARER)

    assert {
        "public_id": "a/b",
        "context": "alt=A & B|caption=c",
        "tags": "x,y",
        "public_ids": ["one", "two"],
    } == told["params"]


async def test_the_query_speaks_for_a_raw_body(door):
    _, told = await post(door, "/upload?public_id=a%2Fb&filename=x.jpg", data=DATA, headers=JPEG)

    assert ({"public_id": "a/b", "filename": "x.jpg"}, "x.jpg") == (told["params"], told["filename"])


async def test_what_is_in_query_and_form_is_refused(door):
    status, told = await post(door, "/upload?public_id=a", data=file_form(public_id="b"), headers=BEARER)

    assert (400, "invalid_parameter") == (status, told["error"]["code"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("cat.jpg", "cat.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\cat.jpg", "cat.jpg"),
        ("a\x00b\nc\u202e.jpg", "abc.jpg"),
        ("..", None),
        ("", None),
        (None, None),
        ("x" * 1000, "x" * 255),
        ("  Größe 1.png ", "Größe 1.png"),
    ],
)
def test_file_names_are_for_showing_only(given, kept):
    assert kept == clean_filename(given)


async def test_an_upload_of_the_most_bytes_is_taken_and_one_more_refused(tmp_path):
    async with opened(tmp_path, max_bytes=100_000) as door:
        assert 200 == (await post(door, data=DATA[:100_000], headers=JPEG))[0]
        assert 413 == (await post(door, data=DATA[:100_001], headers=JPEG))[0]
        assert 413 == (await post(door, data=file_form(DATA[:100_001]), headers=BEARER))[0]
        assert 413 == (await post(door, data=in_field(in_base64(DATA[:100_001])), headers=BEARER))[0]
        assert [] == door.left_behind()


async def test_no_file_is_told(door):
    for body in (aiohttp.FormData({"public_id": "x"}), file_form(b""), b""):
        status, told = await post(door, data=body, headers=BEARER)
        assert (400, "missing_file") == (status, told["error"]["code"])


async def test_what_is_not_base64_is_told(door):
    status, told = await post(door, data=in_field("A" * 70 + "!!!!"), headers=BEARER)

    assert (400, "invalid_base64") == (status, told["error"]["code"])


async def test_uploads_wait_for_their_turn_but_not_for_ever(tmp_path):
    async with opened(tmp_path, concurrency=1, queue_seconds=0.2) as door:
        async with door.intake.turn():
            status, told = await post(door, data=DATA, headers=JPEG)
        assert (503, "too_many_uploads") == (status, told["error"]["code"])
        assert 200 == (await post(door, data=DATA, headers=JPEG))[0]


async def test_forms_without_files_are_read(door):
    assert {"a": "1", "b": ["x", "y"]} == (
        await post(door, "/form", data=[("a", "1"), ("b[]", "x"), ("b[0]", "y")])
    )[1]
    assert {"a": "1", "q": "2"} == (await post(door, "/form?q=2", json={"a": 1}))[1]
    assert {"tags": ["x", "y"]} == (await post(door, "/form", json={"tags": ["x", "y"]}))[1]
    assert {} == (await post(door, "/form"))[1]


@pytest.mark.parametrize("body", [b"[1]", b"{", b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b"[" * 100_000])
async def test_a_body_that_is_no_object_of_texts_is_refused(door, body):
    status, _ = await post(door, "/form", data=body, headers={"Content-Type": "application/json", **BEARER})

    assert 400 == status


# --- By address ------------------------------------------------------------


class Elsewhere:
    """Answers fetches from a table."""

    def __init__(self, files):
        self.files = files

    async def fetch(self, address, known=None):
        if str(address) not in self.files:
            raise AssetNotFound("the remote server has no such original")
        return Fetched(self.files[str(address)], Version())

    def close(self):
        pass


def remote(rules):
    return RemoteFiles(
        gate=Gate(rules), fetcher=Elsewhere({"https://img.example.com/cat.jpg": DATA}) if rules else None
    )


async def by_address(tmp_path, url, rules, **form):
    async with opened(tmp_path, remote=remote(rules)) as door:
        headers = {} if "upload_preset" in form else BEARER
        status, told = await post(door, data=in_field(url, **form), headers=headers)
        return (200, told["filename"]) if status == 200 else (status, told["error"]["code"])


async def test_an_address_is_fetched_by_the_rules(tmp_path):
    listed, any_host = Rules.of(["img.example.com"]), Rules.of([], signed=True)
    url = "https://img.example.com/cat.jpg"

    assert (200, "cat.jpg") == await by_address(tmp_path, url, listed)
    assert (200, "cat.jpg") == await by_address(tmp_path, url, any_host)
    assert (200, "cat.jpg") == await by_address(tmp_path, url, listed, upload_preset="open")
    assert (403, "host_not_allowed") == await by_address(tmp_path, url, any_host, upload_preset="open")
    assert (403, "fetch_disabled") == await by_address(tmp_path, url, None)
    assert (403, "host_not_allowed") == await by_address(tmp_path, "https://other.example/x", listed)
    assert (403, "address_not_allowed") == await by_address(tmp_path, "http://127.0.0.1/x", any_host)
    assert (400, "source_not_offered") == await by_address(tmp_path, "ftp://img.example.com/x", listed)
    assert (400, "source_not_offered") == await by_address(tmp_path, "s3://bucket/x", listed)
    assert (404, "not_found") == await by_address(tmp_path, "https://img.example.com/no", listed)


async def test_nothing_is_fetched_for_who_has_no_key(tmp_path):
    fetched = []

    class Watched(Elsewhere):
        async def fetch(self, address, known=None):
            fetched.append(address)
            return await super().fetch(address)

    files = RemoteFiles(gate=Gate(Rules.of(["img.example.com"])), fetcher=Watched({}))
    async with opened(tmp_path, remote=files) as door:
        status, _ = await post(door, data=in_field("https://img.example.com/cat.jpg"))

    assert (401, []) == (status, fetched)


# --- In parts --------------------------------------------------------------


def part(first, last, total, upload_id="u-1"):
    return {**JPEG, "Content-Range": f"bytes {first}-{last}/{total}", "X-Unique-Upload-Id": upload_id}


async def send_parts(door, ranges, total=SIZE, **options):
    return [
        (await post(door, data=DATA[first : last + 1], headers=part(first, last, total, **options)))[1]
        for first, last in ranges
    ]


LAST = len(DATA) - 1
ORDERS = {
    "in order": [(0, 99_999), (100_000, 199_999), (200_000, LAST)],
    "backwards": [(200_000, LAST), (100_000, 199_999), (0, 99_999)],
    "twice": [(0, 99_999), (0, 99_999), (100_000, 199_999), (200_000, LAST)],
    "begun anew with longer parts": [(0, 99_999), (0, 149_999), (150_000, LAST)],
    "one part": [(0, LAST)],
}


@pytest.mark.parametrize("order", ORDERS)
async def test_parts_become_the_whole_in_any_order(door, order):
    *between, last = await send_parts(door, ORDERS[order])

    assert [False] * len(between) == [told["done"] for told in between]
    assert hashlib.sha256(DATA).hexdigest() == last["sha256"]
    assert [DATA] == door.got


@pytest.mark.parametrize("unknown", ["-1", "*"])
async def test_the_total_may_be_told_with_the_last_part(door, unknown):
    (first,) = await send_parts(door, [(0, 99_999)], total=unknown)
    (last,) = await send_parts(door, [(100_000, LAST)])

    assert (False, 100_000, len(DATA)) == (first["done"], first["size"], last["size"])


async def test_parts_land_on_different_processes(tmp_path):
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        await send_parts(one, [(0, 99_999)])
        await send_parts(other, [(200_000, LAST)])
        (told,) = await send_parts(one, [(100_000, 199_999)])

    assert hashlib.sha256(DATA).hexdigest() == told["sha256"]


async def test_parts_sent_at_once_are_put_together_once(door):
    ranges = [(at, min(at + 9_999, LAST)) for at in range(0, len(DATA), 10_000)]
    answers = await asyncio.gather(*(send_parts(door, [each]) for each in ranges))

    assert [DATA] == door.got
    assert any("sha256" in answer for (answer,) in answers)


async def test_who_did_not_hear_is_told_again(door):
    await send_parts(door, [(0, 99_999)])
    first, again = await send_parts(door, [(100_000, LAST), (100_000, LAST)])

    assert first == again
    assert [DATA] == door.got


async def test_a_failure_to_store_leaves_the_parts(door):
    await send_parts(door, [(0, 99_999)])
    door.failing = AssetNotFound("the storage is away")
    status, _ = await post(door, data=DATA[100_000:], headers=part(100_000, LAST, len(DATA)))
    door.failing = None
    (told,) = await send_parts(door, [(100_000, LAST)])

    assert (404, hashlib.sha256(DATA).hexdigest()) == (status, told["sha256"])
    assert [] == door.left_behind()


@pytest.mark.parametrize(
    ("range", "size", "status"),
    [
        ("bytes 0-9/100", 10, 200),
        ("bytes 0-9/100", 9, 400),
        ("bytes 0-9/100", 11, 400),
        ("bytes 9-0/100", 10, 400),
        ("bytes 0-9/9", 10, 400),
        ("bytes -1-9/100", 10, 400),
        ("bytes 0-9", 10, 400),
        ("0-9/100", 10, 400),
        ("bytes 0-9/99999999999999999999", 10, 400),
        ("bytes ٠-9/100", 10, 400),
        ("bytes 0-9/9000000", 10, 413),
        ("bytes 8999990-8999999/*", 10, 413),
    ],
)
async def test_a_range_is_held_to_its_word(door, range, size, status):
    headers = {**JPEG, "Content-Range": range, "X-Unique-Upload-Id": "u"}

    assert status == (await post(door, data=b"x" * size, headers=headers))[0]


async def test_two_totals_are_one_too_many(door):
    await send_parts(door, [(0, 99_999)])
    status, told = await post(door, data=DATA[100_000:], headers=part(100_000, LAST, len(DATA) + 1))

    assert (400, "invalid_range") == (status, told["error"]["code"])


@pytest.mark.parametrize("upload_id", ["", "x" * 201])
async def test_a_part_needs_the_id_of_its_upload(door, upload_id):
    headers = {**JPEG, "Content-Range": "bytes 0-9/100", "X-Unique-Upload-Id": upload_id}

    assert 400 == (await post(door, data=b"x" * 10, headers=headers))[0]


async def test_nobody_adds_parts_to_the_uploads_of_others(tmp_path):
    chunks = Chunks(Intake(staging=tmp_path, max_bytes=1000))
    intake = Intake(staging=tmp_path, max_bytes=1000)
    whole = ContentRange(0, 3, 8), ContentRange(4, 7, 8)
    came = []
    for sender, range in (("key a", whole[0]), ("key b", whole[1])):
        received = await intake.receive(b"1234")
        async with chunks.take(sender=sender, upload_id="../x", range=range, part=received) as what:
            came.append(type(what))

    assert [Partial, Partial] == came
    assert all(path.parent == tmp_path for path in tmp_path.iterdir())


async def test_parts_that_overlap_without_end_are_refused(tmp_path):
    intake = Intake(staging=tmp_path, max_bytes=100)
    chunks = Chunks(intake)

    with pytest.raises(UploadTooLarge):
        for last in range(99, 20, -1):
            received = await intake.receive(b"x" * last)
            async with chunks.take(
                sender="a", upload_id="u", range=ContentRange(1, last, None), part=received
            ) as what:
                assert not isinstance(what, Settled)


def test_ranges_read_as_the_sdks_write_them():
    assert ContentRange(0, 19_999_999, 45_000_000) == read_range("bytes 0-19999999/45000000")
    with pytest.raises(UploadMalformed, match="first <= last < total"):
        read_range("bytes 5-4/9")


async def test_what_nobody_finishes_is_swept(tmp_path):
    intake, _ = open_bodies(tmp_path)
    old, young = tmp_path / ("0" * 32), tmp_path / ("1" * 32)
    parts = tmp_path / "parts-2"
    parts.mkdir()
    for path in (old, young, parts / "000000000000000-000000000000009"):
        path.write_bytes(b"x")
    for path in (old, parts / "000000000000000-000000000000009", parts):
        os.utime(path, (time.time() - 90_000,) * 2)

    assert 2 == await intake.sweep(older_than_seconds=86_400)
    assert [young] == list(tmp_path.iterdir())
    assert 0 == await intake.sweep(older_than_seconds=86_400)


# --- The untouched SDK ------------------------------------------------------


async def call_sdk(door, monkeypatch, call, *arguments, **options):
    monkeypatch.setattr(cloudinary.utils, "cloudinary_api_url", lambda action, **_: f"{door.url}/upload")
    keys = {"api_key": KEY, "api_secret": SECRET, "cloud_name": "test"}
    return await asyncio.to_thread(call, *arguments, **keys, **options)


async def test_the_sdk_uploads_files_data_and_parts(door, monkeypatch, tmp_path):
    path = tmp_path / "kätzchen.jpg"
    path.write_bytes(DATA)
    uploader = cloudinary.uploader
    told = [
        await call_sdk(door, monkeypatch, uploader.upload, str(path), public_id="a", tags=["x", "y"]),
        await call_sdk(door, monkeypatch, uploader.upload, DATA, context={"alt": "Tom & Jerry"}),
        await call_sdk(door, monkeypatch, uploader.upload, f"data:image/png;base64,{in_base64()}"),
        await call_sdk(door, monkeypatch, uploader.upload_large, str(path), chunk_size=90_000),
        await call_sdk(door, monkeypatch, uploader.unsigned_upload, str(path), "open"),
    ]

    assert ["signature"] * 4 + ["unsigned"] == [each["how"] for each in told]
    assert [DATA] * 5 == door.got
    assert ("x,y", "crowd") == (told[0]["params"]["tags"], told[4]["owner"])


async def test_forbidden_addresses_are_the_fetch_rules_own(tmp_path):
    with pytest.raises(FetchForbidden):
        await remote(Rules.of([])).fetch("https://img.example.com/cat.jpg", trusted=True)
