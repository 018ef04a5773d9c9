"""Keys of the database: made, listed, revoked; what is kept of them, and by whom it can be read."""

import sqlite3
import stat

import pytest

from origin.hosting.credentials import Credential
from origin.hosting.keyring import KeyRing
from origin.hosting.keys import KeyStore, token_hash
from origin.hosting.sealing import (
    SealBroken,
    Sealer,
    SealingKeyProblem,
    make_sealing_key,
    read_sealing_key,
    sealing_key,
)
from origin.metadata.store import MetadataStore
from tests.services import commands


@pytest.fixture
async def metadata(tmp_path):
    store = MetadataStore(f"sqlite:///{tmp_path / 'calotype.db'}")
    await store.open()
    await store.migrate()
    yield store
    await store.close()


@pytest.fixture
def keys(metadata):
    return KeyStore(metadata, Sealer(b"k" * 32))


async def test_a_key_is_found_by_its_name_and_by_its_token(keys):
    made = await keys.create(owner="press", scopes=["upload", "read"], name="a laptop")
    expected = Credential(
        key=made.key, owner="press", scopes=frozenset({"read", "upload"}), secret=made.secret
    )

    assert expected == await keys.by_key(made.key) == await keys.by_token(made.token)
    assert None is await keys.by_key("0") is await keys.by_token(made.secret)


async def test_no_secret_lies_in_the_open(keys, tmp_path):
    made = await keys.create(owner="press", scopes=["upload"])
    with sqlite3.connect(tmp_path / "calotype.db") as database:
        kept = str(list(database.execute("SELECT * FROM api_keys")))
    database.close()

    assert token_hash(made.token) in kept
    assert not any(secret in kept for secret in (made.secret, made.token))
    assert not any(secret in repr(made) for secret in (made.secret, made.token))


async def test_lists_show_keys_and_no_secrets(keys):
    made = await keys.create(owner="press", scopes=["delete", "read"], name="a laptop")
    other = await keys.create(owner="press", scopes=["admin"])
    assert await keys.revoke(other.key)
    assert not await keys.revoke(other.key)

    one, two = await keys.all()

    assert (made.key, "press", "a laptop", ("read", "delete"), None) == (
        one.key,
        one.owner,
        one.name,
        one.scopes,
        one.revoked_at,
    )
    assert two.revoked_at is not None


async def test_a_revoked_key_counts_no_more_after_a_moment(keys):
    now = 0.0
    ring = KeyRing(store=keys, fresh_seconds=2.0, clock=lambda: now)
    made = await keys.create(owner="press", scopes=["upload"])
    assert None is not await ring.by_key(made.key)
    await keys.revoke(made.key)
    assert None is not await ring.by_key(made.key)
    now = 2.5

    assert None is await ring.by_key(made.key) is await ring.by_token(made.token)


async def test_a_new_key_counts_after_a_moment_where_it_was_asked_for_before(keys):
    now = 0.0
    ring = KeyRing(store=keys, clock=lambda: now)
    assert None is await ring.by_key("1")
    made = await keys.create(owner="press", scopes=["upload"])

    assert made.secret == (await ring.by_key(made.key)).secret


async def test_keys_of_the_settings_go_before_those_of_the_database(keys):
    made = await keys.create(owner="press", scopes=["upload"])
    configured = Credential(key=made.key, owner="main", scopes=frozenset({"read"}), secret="s")

    assert configured == await KeyRing(configured=[configured], store=keys).by_key(made.key)


async def test_a_secret_sealed_under_another_key_is_told_and_its_token_still_counts(keys, metadata, caplog):
    made = await keys.create(owner="press", scopes=["upload"])
    elsewhere = KeyStore(metadata, Sealer(b"o" * 32))

    found = await elsewhere.by_token(made.token)

    assert (made.key, None) == (found.key, found.secret)
    assert "another hosting.encryption_key" in caplog.text


def test_what_is_sealed_opens_for_its_purpose_only():
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal("a secret", purpose="key 1")

    assert "a secret" == sealer.open(sealed, purpose="key 1")
    assert sealed != sealer.seal("a secret", purpose="key 1")
    for wrong, purpose in ((sealed, "key 2"), (sealed[:-4] + "AAA=", "key 1"), ("1:", "key 1"), ("é", "")):
        with pytest.raises(SealBroken):
            sealer.open(wrong, purpose=purpose)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("00" * 32, True),
        ("A" * 43 + "=", True),
        ("A" * 43, True),
        ("-_" * 21 + "A", True),
        ("A" * 42, False),
        ("zz" * 32, False),
        ("", False),
        ("a passphrase", False),
    ],
)
def test_a_sealing_key_is_32_bytes(text, reads):
    assert reads == (sealing_key(text) is not None)


def test_a_sealing_key_is_made_once_and_for_nobody_else(tmp_path):
    path = tmp_path / "data" / "hosting.key"

    assert [True, False] == [make_sealing_key(path), make_sealing_key(path)]
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 32 == len(read_sealing_key(path))
    assert [path] == list(path.parent.iterdir())


def test_a_file_that_holds_no_key_is_told(tmp_path):
    path = tmp_path / "key"
    with pytest.raises(SealingKeyProblem, match="cannot be read"):
        read_sealing_key(path)
    path.write_text("a passphrase")
    with pytest.raises(SealingKeyProblem, match="Expected 32 random bytes"):
        read_sealing_key(path)


def calotype(tmp_path, *arguments, **settings):
    environment = {"CALOTYPE_DATA_DIR": str(tmp_path / "data"), **settings}
    done = commands.run("keys", *arguments, folder=tmp_path, environment=environment)
    return done.returncode, done.stdout, done.stderr


async def test_the_command_makes_lists_and_revokes(tmp_path):
    status, made, _ = calotype(
        tmp_path, "create", "--owner", "press", "--scopes", "upload,read", "--name", "a laptop"
    )
    told = dict(line.split(None, 1) for line in made.splitlines() if line and not line.startswith("#"))

    assert (0, {"key", "secret", "token"}) == (status, {*told} & {"key", "secret", "token"})
    metadata = MetadataStore(f"sqlite:///{tmp_path / 'data' / 'calotype.db'}")
    await metadata.open()
    sealer = Sealer(read_sealing_key(tmp_path / "data" / "hosting.key"))
    found = await KeyStore(metadata, sealer).by_token(told["token"])
    assert (told["key"], told["secret"], "press") == (found.key, found.secret, found.owner)
    _, listed, _ = calotype(tmp_path, "list")
    assert told["key"] in listed and "a laptop" in listed and told["secret"] not in listed
    assert 0 == calotype(tmp_path, "revoke", told["key"])[0]
    assert None is await KeyStore(metadata, sealer).by_key(told["key"])
    assert "revoked" in calotype(tmp_path, "list")[1]
    assert (1, True) == (lambda s, o, e: (s, "there is no key" in e))(*calotype(tmp_path, "revoke", "9"))
    await metadata.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "--scopes", "fly"], "expected some of read, upload, delete, admin"),
        (["create", "--owner", "a b"], "an owner has 1 to 64"),
        (["create", "--name", "x" * 201], "a name has at most 200"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, arguments, told):
    status, _, said = calotype(tmp_path, *arguments)

    assert (True, True) == (status != 0, told in said)
