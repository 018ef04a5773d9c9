"""Who sends a request: every way of saying so, and every way of saying it wrongly."""

import base64
import itertools
import time

import cloudinary.utils
import pytest

from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.principal import Principal, ScopeMissing
from origin.hosting.signatures import SOMETIMES_SIGNED, sign, verifies
from proxy.errors import error_code, rule_for
from proxy.hosting.auth import Authenticator
from proxy.hosting.params import Params
from tests.hosting.door import KEY, PRESETS, READER, SECRET, keyring

NOW = 1_790_000_000


@pytest.fixture
def authenticator():
    return Authenticator(keys=keyring(), preset=PRESETS.get, clock=lambda: NOW)


def basic(pair):
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def outcome(asking):
    """Who it is and how they said so, or status and code of the refusal."""
    try:
        found = await asking
    except Exception as error:
        return rule_for(error).status, error_code(error)
    return found and (found.key, found.how)


HEADERS = {
    basic(f"{KEY}:{SECRET}"): (KEY, "basic"),
    f"Bearer {SECRET}": (KEY, "bearer"),
    f"bearer   {SECRET} ": (KEY, "bearer"),
    f"Bearer {KEY}:{SECRET}": (KEY, "bearer"),
    "": None,
    basic(f"{KEY}:wrong"): (401, "invalid_credentials"),
    basic(f"{KEY}:"): (401, "invalid_credentials"),
    basic(KEY): (401, "invalid_credentials"),
    basic(f"{KEY}:{SECRET}x"): (401, "invalid_credentials"),
    basic(f"nobody:{SECRET}"): (401, "invalid_credentials"),
    "Basic !!!": (401, "invalid_credentials"),
    "Basic /w==": (401, "invalid_credentials"),
    "Bearer": (401, "invalid_credentials"),
    f"Bearer {KEY}": (401, "invalid_credentials"),
    "Bearer \udcff": (401, "invalid_credentials"),
    f"Digest {SECRET}": (401, "invalid_credentials"),
}


@pytest.mark.parametrize("header", HEADERS)
async def test_a_header_names_a_key(authenticator, header):
    assert HEADERS[header] == await outcome(authenticator.by_header(header))


def signed(params=None, *, secret=SECRET, key=KEY, at=NOW, algorithm="sha1", version=2):
    """Parameters as the SDK would send them."""
    sent = {"timestamp": str(at), **(params or {})}
    signature = cloudinary.utils.api_sign_request(sent, secret, algorithm, version)
    return {**sent, "api_key": key, "signature": signature}


PARAMS = [
    {},
    {"public_id": "a/b", "tags": "x,y"},
    {"context": "alt=Tom & Jerry|caption=a=b", "eager": "w_100|w_200/jpg"},
    {"transformation": "", "overwrite": "0", "public_id": "ä ö/✓"},
]


@pytest.mark.parametrize(
    ("params", "algorithm", "version"), list(itertools.product(PARAMS, ("sha1", "sha256"), (1, 2)))
)
async def test_signatures_of_the_sdk_verify(authenticator, params, algorithm, version):
    sent = Params(signed(params, algorithm=algorithm, version=version))

    assert (KEY, "signature") == await outcome(authenticator.by_signature(sent))


@pytest.mark.parametrize(("params", "version"), list(itertools.product(PARAMS, (1, 2))))
def test_ours_are_those_of_the_sdk(params, version):
    theirs = cloudinary.utils.api_sign_request(params, SECRET, "sha256", version)

    assert theirs == sign(params, SECRET, algorithm="sha256", version=version)


def test_items_of_a_list_are_signed_with_commas_between():
    sent = signed({"public_ids": ["a", "b"]}) | {"public_ids": ("a", "b")}
    params = Params(sent)

    assert verifies(sent["signature"], {n: params.get(n) for n in params}, SECRET)


async def test_what_the_sdk_leaves_out_is_left_out_where_that_is_said(authenticator):
    sent = Params({**signed({"tag": "x"}), "notification_url": "https://example.com"})

    assert (401, "invalid_signature") == await outcome(authenticator.by_signature(sent))
    assert (KEY, "signature") == await outcome(authenticator.by_signature(sent, left_out=SOMETIMES_SIGNED))


def changed(name, value):
    return {**signed({"public_id": "a", "tags": "x"}), name: value}


def resigned(change):
    """Rightly signed, but for how the signature is written."""
    sent = signed({"public_id": "a"})
    return {**sent, "signature": change(sent["signature"])}


WRONG = {
    "another value": (changed("public_id", "b"), "invalid_signature"),
    "one more": (changed("overwrite", "true"), "invalid_signature"),
    "one less": ({k: v for k, v in signed({"tags": "x"}).items() if k != "tags"}, "invalid_signature"),
    "cut off": (resigned(lambda text: text[:-1]), "invalid_signature"),
    "upper case": (
        changed("signature", signed({"public_id": "a"})["signature"].upper()),
        "invalid_signature",
    ),
    "no hexadecimal": (resigned(lambda text: "ä" * 40), "invalid_signature"),
    "of an empty secret": (signed(secret="x"), "invalid_signature"),
    "an hour and a second ago": (signed(at=NOW - 3601), "stale_request"),
    "of tomorrow": (signed(at=NOW + 86_400), "stale_request"),
    "no number": (signed(at="now"), "stale_request"),
    "digits of another script": (signed(at="١٧٩٠"), "stale_request"),
    "of a key that is none": (signed(key="nobody"), "invalid_credentials"),
    "no key": ({k: v for k, v in signed().items() if k != "api_key"}, "unauthenticated"),
    "no time": ({k: v for k, v in signed().items() if k != "timestamp"}, "unauthenticated"),
    "no signature": ({k: v for k, v in signed().items() if k != "signature"}, "unauthenticated"),
}


@pytest.mark.parametrize("how", WRONG)
async def test_what_was_not_signed_so_is_not_believed(authenticator, how):
    params, code = WRONG[how]

    assert (401, code) == await outcome(authenticator.by_signature(Params(params)))


async def test_a_signature_of_the_second_version_cannot_be_split(authenticator):
    sent = signed({"context": "a=b&public_id=stolen"})
    split = {**sent, "context": "a=b", "public_id": "stolen"}

    assert (401, "invalid_signature") == await outcome(authenticator.by_signature(Params(split)))


async def test_signatures_count_for_an_hour(authenticator):
    for at in (NOW - 3599, NOW, NOW + 200):
        assert (KEY, "signature") == await outcome(authenticator.by_signature(Params(signed(at=at))))


async def test_the_clock_is_that_of_the_world():
    sent = Params(signed(at=int(time.time())))

    assert (KEY, "signature") == await outcome(
        Authenticator(keys=keyring(), preset=PRESETS.get).by_signature(sent)
    )


UPLOADS = {
    "signed": ("", signed({"public_id": "a"}), (KEY, "signature")),
    "with a header": (f"Bearer {SECRET}", {"public_id": "a"}, (KEY, "bearer")),
    "by an unsigned preset": ("", {"upload_preset": "open", "tags": "x"}, (None, "unsigned")),
    "by a preset that wants a key": ("", {"upload_preset": "shut"}, (401, "preset_not_unsigned")),
    "by no preset there is": ("", {"upload_preset": "none"}, (400, "unknown_preset")),
    "unsigned, asking for more": (
        "",
        {"upload_preset": "open", "overwrite": "true"},
        (400, "not_allowed_unsigned"),
    ),
    "unsigned, asking for eager": (
        "",
        {"upload_preset": "open", "eager": "w_9"},
        (400, "not_allowed_unsigned"),
    ),
    "signed with a preset": ("", signed({"upload_preset": "shut"}), (KEY, "signature")),
    "signed wrongly with an open preset": (
        "",
        {**signed({"upload_preset": "open"}), "tags": "x"},
        (401, "invalid_signature"),
    ),
    "by nobody": ("", {"public_id": "a"}, (401, "unauthenticated")),
    "by a key that only reads": (basic(f"{READER}:reads-only"), {}, (403, "scope_missing")),
    "signed by a key that only reads": (
        "",
        signed(secret="reads-only", key=READER),
        (403, "scope_missing"),
    ),
}


@pytest.mark.parametrize("how", UPLOADS)
async def test_who_may_upload(authenticator, how):
    header, params, expected = UPLOADS[how]

    assert expected == await outcome(authenticator.of_upload(header, Params(params)))


async def test_a_header_is_looked_at_before_the_body(authenticator):
    with pytest.raises(ScopeMissing):
        await authenticator.for_upload(basic(f"{READER}:reads-only"))
    authorize = await authenticator.for_upload(f"Bearer {SECRET}")

    assert KEY == (await authorize(Params({}))).key


async def test_a_refusal_says_how_to_come_in(authenticator):
    with pytest.raises(Exception, match="key or its secret") as refused:
        await authenticator.by_header("Bearer x")

    assert "Basic" in refused.value.headers["WWW-Authenticate"]


def test_admin_is_all_of_it():
    admin = Principal(owner="main", scopes=frozenset({"admin"}), key="1", how="basic")
    reader = Principal(owner="main", scopes=frozenset({"read"}), key="2", how="basic")

    assert [True] * 3 == [admin.allows(scope) for scope in ("read", "upload", "delete")]
    assert (True, False, False) == (admin.administers, reader.administers, reader.allows("delete"))


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("1", True), ("False", False), ("0", False), ("", None)]
)
def test_flags_are_read_as_the_sdks_write_them(text, flag):
    assert flag is Params({"overwrite": text}).flag("overwrite")


def test_a_flag_that_is_none_is_told():
    with pytest.raises(UploadMalformed, match="expected true or false, got 'perhaps'"):
        Params({"overwrite": "perhaps"}).flag("overwrite")
