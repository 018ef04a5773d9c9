"""Signed URLs over HTTP: as Cloudinary's SDK signs them, as we do, and as nobody did."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cloudinary.auth_token import generate
from cloudinary.utils import cloudinary_url

from tests.edge.conftest import put_originals
from tests.services.calotype import Server, serving

SECRET = "sdk-secret"
HEX = "00112233445566778899aabbccddeeff"
KEYS = [
    {"id": "own", "secret": "a secret of our own", "algorithm": "hmac"},
    {"id": "sdk", "secret": SECRET, "algorithm": "sha1"},
    {"id": "sdk256", "secret": "other-" + SECRET, "algorithm": "sha256", "state": "retired"},
    {"id": "token", "secret": HEX, "algorithm": "token"},
]
NAMED = '{"thumb": "c_fill,h_50,w_50"}'


def started(folder: Path, **security: str) -> Any:
    put_originals(folder / "originals")
    (folder / "originals" / "what ever?.jpg").write_bytes((folder / "originals" / "cat.jpg").read_bytes())
    settings = {f"CALOTYPE_SECURITY__{name.upper()}": value for name, value in security.items()}
    return serving(
        folder,
        CALOTYPE_SECURITY__KEYS=json.dumps(KEYS),
        CALOTYPE_NAMED_TRANSFORMATIONS=NAMED,
        **settings,
    )


@pytest.fixture(scope="module")
def required(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that delivers nothing unsigned."""
    with started(tmp_path_factory.mktemp("required"), signing="required") as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in strict mode, with optional signatures."""
    with started(tmp_path_factory.mktemp("strict"), signing="optional", strict="true") as running:
        yield running


def path_of(source: str, secret: str = SECRET, **options: Any) -> str:
    """The path of what the SDK signs."""
    url, _ = cloudinary_url(source, sign_url=True, cloud_name="demo", api_secret=secret, **options)
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


SIGNED_BY_THE_SDK: list[tuple[str, dict[str, Any]]] = [
    ("cat.jpg", {}),
    ("cat", {"format": "png"}),
    ("cat.jpg", {"width": 100, "height": 80, "crop": "fill"}),
    ("photos/pets/dog.jpg", {"width": 0.5, "effect": "sepia:40"}),
    ("photos/pets/dog.jpg", {"version": 1712345678, "transformation": [{"width": 90}, {"angle": 20}]}),
    ("cat.jpg", {"type": "authenticated", "width": 60}),
    ("cat.jpg", {"transformation": "thumb"}),
    ("cat", {"url_suffix": "warm-cat", "format": "jpg", "width": 61, "private_cdn": True}),
    ("cat.jpg", {"shorten": True, "width": 62, "private_cdn": True}),
    ("cat.jpg", {"use_root_path": True, "width": 63, "private_cdn": True}),
    ("what ever?.jpg", {"width": 64}),
    ("cat.jpg", {"fetch_format": "auto", "quality": "auto", "width": 65}),
    (
        "cat.jpg",
        {
            "transformation": [
                {"overlay": {"font_family": "Arial", "font_size": 20, "text": "a, b/c é"}, "color": "red"},
                {"flags": "layer_apply", "gravity": "south"},
            ]
        },
    ),
]


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(("source", "options"), SIGNED_BY_THE_SDK)
def test_what_the_sdk_signs_is_delivered(
    required: Server, source: str, options: dict[str, Any], long: bool
) -> None:
    path = path_of(source, long_url_signature=long, **dict(options))

    answer = required.get(path)

    assert 200 == answer.status, answer.body[:300]
    assert re.search(r"/s--[A-Za-z0-9_-]{32}--/" if long else r"/s--[A-Za-z0-9_-]{8}--/", path)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"secret": "other-" + SECRET, "signature_algorithm": "sha256"}, 200),
        ({"secret": "other-" + SECRET, "long_url_signature": True}, 200),
        ({"secret": "other-" + SECRET}, 401),
        ({"signature_algorithm": "sha256"}, 401),
        ({"secret": "nobody's"}, 401),
        ({"secret": "nobody's", "long_url_signature": True}, 401),
        ({"secret": "nobody's", "signature_algorithm": "sha256"}, 401),
        ({"secret": SECRET + " "}, 401),
    ],
)
def test_the_secret_and_the_algorithm_have_to_be_right(
    required: Server, options: dict[str, Any], status: int
) -> None:
    assert status == required.get(path_of("cat.jpg", width=70, **dict(options))).status


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/cat.jpg", "signature_required"),
        ("/w_10/cat.jpg", "signature_required"),
        ("/t_thumb/cat.jpg", "signature_required"),
        ("/missing.jpg", "signature_required"),
        ("/w_nonsense/cat.jpg", "signature_required"),
        ("/s--AAAAAAAA--/w_10/cat.jpg", "invalid_signature"),
        (f"/s--v1~own~0~{'A' * 43}--/cat.jpg", "invalid_signature"),
        ("/s--AAAA--/cat.jpg", "invalid_signature"),
        ("/w_10/s--AAAAAAAA--/cat.jpg", "invalid_signature"),
        ("/cat.jpg?__cld_token__=exp=1~hmac=0", "invalid_token"),
    ],
)
def test_unsigned_is_401(required: Server, path: str, code: str) -> None:
    answer = required.get(path)

    assert (401, code, "no-store") == (answer.status, answer.error["code"], answer.headers["cache-control"])
    assert answer.headers["x-cld-error"] == answer.error["message"]
    assert 401 == required.get("/-/explain" + path).status
    assert 401 == required.get(path, method="HEAD").status


def test_explanations_are_for_whom_the_picture_is(required: Server) -> None:
    answer = required.get("/-/explain" + path_of("cat.jpg", width=71))

    assert (200, b"recipe     w_71") == (answer.status, re.findall(rb"recipe .*", answer.body)[0])


def signed(server: Server, *arguments: str) -> str:
    return server.run("sign", *arguments).strip()


def test_our_own_signature(required: Server) -> None:
    path = signed(required, "/c_fill,h_40,w_72/v3/cat.jpg")

    assert 200 == required.get(path).status
    assert 401 == required.get(path.replace("w_72", "w_73")).status
    assert 401 == required.get(path.replace("v3", "v4")).status
    assert 401 == required.get("/image/private" + path).status
    assert 200 == required.get("/image/upload" + path).status


def test_spellings_of_one_picture_share_it(required: Server) -> None:
    first = required.get(signed(required, "/c_fill,h_40,w_74/cat.jpg"))
    second = required.get(signed(required, "/w_0074,h_40,c_fill/cat.jpg", "--expires", "1h"))

    assert first.headers["etag"] == second.headers["etag"]
    assert "hit" in second.headers["cache-status"]


def test_caches_keep_nothing_past_the_expiry(required: Server) -> None:
    for path in (
        "/w_75/v3/cat.jpg",
        "/w_75/cat.jpg",
        "/fl_immutable_cache,w_75/cat.jpg",
        "/w_75/missing.jpg",
    ):
        answer = required.get(signed(required, path, "--expires", "30s"))
        ages = [
            int(age)
            for name in ("cache-control", "cdn-cache-control")
            for age in re.findall(r"max-?age=(\d+)", answer.headers.get(name, ""))
        ]

        assert ages and max(ages) <= 30
        assert "stale-" not in answer.headers["cache-control"]
        assert "immutable" not in answer.headers["cache-control"]


def test_an_expired_one_is_401_though_it_was_served(required: Server) -> None:
    path = signed(required, "/w_76/cat.jpg", "--expires", "1s")
    first = required.get(path)
    time.sleep(8)
    later = required.get(path)

    assert 200 == first.status
    assert (401, "signature_expired") == (later.status, later.error["code"])
    assert "no-store" == later.headers["cache-control"]


def test_the_sdks_tokens(required: Server) -> None:
    path = "/demo/image/authenticated/w_77/v1/cat.jpg"
    good = generate(url=path, duration=60, key=HEX)
    answer = required.get(f"{path}?{good}")

    assert 200 == answer.status
    assert int(re.findall(r"max-age=(\d+)", answer.headers["cache-control"])[0]) <= 60
    assert 401 == required.get(f"{path.replace('w_77', 'w_78')}?{good}").status
    assert 401 == required.get(f"{path}?{generate(url=path, duration=60, key='00')}").status
    assert 501 == required.get(f"{path}?{generate(url=path, duration=60, key=HEX, ip='127.0.0.1')}").status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/cat.jpg", 200),
        ("/cat.png", 200),
        ("/t_thumb/cat.jpg", 200),
        ("/t_unknown/cat.jpg", 400),
        ("/w_10/cat.jpg", 401),
        ("/t_thumb/w_10/cat.jpg", 401),
        ("/t_thumb,w_10/cat.jpg", 401),
        ("/f_auto/cat.jpg", 401),
        ("/fl_explain/cat.jpg", 401),
        ("/s--AAAAAAAA--/t_thumb/cat.jpg", 401),
    ],
)
def test_strict_mode(strict: Server, path: str, status: int) -> None:
    assert status == strict.get(path).status


def test_strict_mode_lets_by_what_is_signed(strict: Server) -> None:
    assert 200 == strict.get(path_of("cat.jpg", width=80)).status


def test_no_secret_is_anywhere_in_the_log(required: Server, strict: Server) -> None:
    for server in (required, strict):
        log = server.log.read_text(errors="replace")

        assert [] == [key["id"] for key in KEYS if key["secret"] in log]


def test_nothing_is_said_where_signing_is_on(required: Server) -> None:
    assert [] == json.loads(required.get("/-/ready").body)["warnings"]


def test_a_public_address_without_signing_is_warned_of(tmp_path: Path) -> None:
    put_originals(tmp_path / "originals")
    with serving(tmp_path, CALOTYPE_SERVER__HOST="0.0.0.0") as server:
        ready = json.loads(server.get("/-/ready").body)
        log = server.log.read_text()

    assert ["security.signing is off" in warning for warning in ready["warnings"]] == [True]
    assert "calotype: WARNING: this server listens on 0.0.0.0" in log
    assert any(
        json.loads(line).get("level") == "warning" for line in log.splitlines() if line.startswith("{")
    )


def test_a_laptop_is_left_alone(server: Server) -> None:
    assert [] == json.loads(server.get("/-/ready").body)["warnings"]
    assert "WARNING" not in server.log.read_text()


def test_a_secret_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    keys = '[{"id": "a", "secret_file": "nowhere"}]'
    with (
        pytest.raises(RuntimeError, match="a: secret_file nowhere cannot be read"),
        serving(tmp_path, CALOTYPE_SECURITY__KEYS=keys),
    ):
        pass
