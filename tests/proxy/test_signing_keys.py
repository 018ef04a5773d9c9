"""Keys: from the settings and from files, made, chosen, and never shown."""

import json
from pathlib import Path

import pytest
import yaml

from proxy.cli import main
from proxy.config import load_settings
from proxy.config_errors import ConfigErrors
from proxy.config_security import Security, is_loopback
from proxy.keys import KeyProblem, key_problems, key_remarks, load_keys, signing_key
from proxy.signing import Key

SECRET = "hunter2-hunter2-hunter2"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SIGNING", "STRICT", "KEYS"):
        monkeypatch.delenv(f"CALOTYPE_SECURITY__{name}", raising=False)
    monkeypatch.delenv("CALOTYPE_CONFIG", raising=False)
    return tmp_path


def configured(home: Path, *keys: dict[str, str], signing: str = "required") -> None:
    text = yaml.safe_dump({"security": {"signing": signing, "keys": list(keys)}})
    (home / "config.yaml").write_text(text, encoding="utf-8")


def settings(*keys: dict[str, str], **security: object) -> Security:
    values = {"CALOTYPE_SECURITY__KEYS": json.dumps(keys)}
    values |= {f"CALOTYPE_SECURITY__{name.upper()}": str(value) for name, value in security.items()}
    return load_settings(None, values).security


def test_secrets_come_from_the_settings_or_a_file(home):
    (home / "secret").write_text(f"\n {SECRET} \n", encoding="utf-8")
    security = settings(
        {"id": "a", "secret": "b"},
        {"id": "f", "secret_file": str(home / "secret"), "algorithm": "hmac", "state": "retired"},
    )

    expected = (Key("a", b"b", "any", True), Key("f", SECRET.encode(), "hmac", False))

    assert expected == load_keys(security.keys)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"", "the secret is empty"),
        (b" \n", "the secret is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 5000, "too long"),
    ],
)
def test_files_that_hold_no_secret(home, content, message):
    if content is not None:
        (home / "secret").write_bytes(content)
    security = settings({"id": "f", "secret_file": "secret"})

    (problem,) = key_problems(security.keys)

    assert message in problem
    assert problem.startswith("security.keys: f: ")


def test_a_token_key_is_hexadecimal(home):
    keys = (
        {"id": "t", "secret": f"{SECRET}", "algorithm": "token"},
        {"id": "u", "secret": "00ff", "algorithm": "token"},
    )

    assert ["security.keys: t: the secret of a token key is hexadecimal"] == key_problems(
        settings(*keys).keys
    )


@pytest.mark.parametrize(
    ("security", "message"),
    [
        ({"signing": "required"}, "Expected security.keys to hold a key, since security.signing is required"),
        ({"signing": "optional", "keys": []}, "since security.signing is optional"),
        ({"signing": "sometimes"}, "Expected one of `off`, `optional`, `required`, got 'sometimes'"),
        ({"keys": [{"id": "a"}]}, "Expected one of secret and secret_file for the key a"),
        (
            {"keys": [{"id": "a", "secret": SECRET, "secret_file": "x"}]},
            "Expected one of secret and secret_file",
        ),
        ({"keys": [{"id": "a", "secret": SECRET}] * 2}, "Expected keys that differ, got the id 'a' 2 times"),
        ({"keys": [{"id": "a~b", "secret": SECRET}]}, "that matches"),
        ({"keys": [{"id": "a", "secret": SECRET, "algorithm": "md5"}]}, "got 'md5'"),
        ({"keys": [{"id": "a", "secret": [SECRET]}]}, "got something else"),
        ({"keys": [{"id": "a", "secret": 123456}]}, "got something else"),
        ({"keys": [SECRET]}, "got something else"),
        ({"keys": {"id": "a", "secret": SECRET}}, "got something else"),
        ({"keys": SECRET}, "got something else"),
        ({"keys": [{"id": "a", "sceret": SECRET}]}, "unknown key"),
        ({"keys": [{"secret": SECRET}]}, "got nothing"),
    ],
)
def test_mistakes_are_told_without_the_secret(home, security, message):
    (home / "config.yaml").write_text(yaml.safe_dump({"security": security}), encoding="utf-8")

    with pytest.raises(ConfigErrors) as told:
        load_settings(None, {})

    assert message in str(told.value)
    assert "hunter2" not in str(told.value)
    assert "123456" not in str(told.value)


def test_settings_do_not_show_secrets():
    security = settings({"id": "a", "secret": SECRET})

    assert "hunter2" not in f"{security!r} {security} {security.model_dump_json()}"


class TestChoice:
    KEYS = (
        Key("token", b"00", "token"),
        Key("old", b"b", "sha1", active=False),
        Key("sdk", b"b", "sha1"),
        Key("own", b"b", "hmac"),
    )

    @pytest.mark.parametrize(
        ("id", "form", "expected"),
        [
            (None, None, "sdk"),
            (None, "own", "own"),
            (None, "cloudinary8", "sdk"),
            ("own", None, "own"),
            ("sdk", "cloudinary32", "sdk"),
        ],
    )
    def test_the_key(self, id, form, expected):
        assert expected == signing_key(self.KEYS, id=id, form=form).id

    @pytest.mark.parametrize(
        ("id", "form", "message"),
        [
            ("none", None, "there is no key none; there are: token, old, sdk, own"),
            ("old", None, "old is retired"),
            ("own", "cloudinary8", "own is a key of hmac, which signs own"),
            ("token", None, "which signs no paths"),
        ],
    )
    def test_none(self, id, form, message):
        with pytest.raises(KeyProblem, match=message):
            signing_key(self.KEYS, id=id, form=form)

    def test_none_at_all(self):
        with pytest.raises(KeyProblem, match="no active key that signs own"):
            signing_key(self.KEYS[:3], form="own")


def test_remarks():
    assert ["a: the secret has 1 bytes; 16 or more cannot be guessed"] == key_remarks([Key("a", b"b")])
    assert ["every key is retired: nothing new can be signed"] == key_remarks(
        [Key("a", b"b" * 16, active=False)]
    )
    assert [] == key_remarks([])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True)),
        *(("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("203.0.113.5", False)),
        *(("", False), ("img.example.com", False), ("fe80::1%eth0", False)),
    ],
)
def test_loopback(host, expected):
    assert expected is is_loopback(host)


@pytest.mark.parametrize(
    ("host", "security", "warns"),
    [
        ("0.0.0.0", {}, True),
        ("127.0.0.1", {}, False),
        ("0.0.0.0", {"signing": "required"}, False),
        ("0.0.0.0", {"strict": True}, False),
    ],
)
def test_warnings(host, security, warns):
    assert warns is bool(settings({"id": "a", "secret": SECRET}, **security).warnings(host))


class TestCommands:
    def test_generate_prints_a_key_that_works(self, home, capsys):
        assert 0 == main(["keys", "generate", "--id", "site"])
        printed = capsys.readouterr().out
        (home / "config.yaml").write_text(
            f"security:\n  signing: required\n  keys:\n{printed}", encoding="utf-8"
        )

        assert 0 == main(["keys", "check"])
        assert 0 == main(["sign", "/w_300/cat.jpg"])
        assert capsys.readouterr().out.endswith("--/w_300/cat.jpg\n")

    def test_generated_secrets_differ(self, capsys):
        for _ in range(20):
            main(["keys", "generate"])
        secrets = {line for line in capsys.readouterr().out.splitlines() if "secret" in line}

        assert 20 == len(secrets)

    def test_a_token_key_is_made_hexadecimal(self, home, capsys):
        main(["keys", "generate", "--id", "t", "--algorithm", "token"])
        printed = capsys.readouterr().out
        (home / "config.yaml").write_text(f"security:\n  keys:\n{printed}", encoding="utf-8")

        assert [] == key_problems(load_settings(None, {}).security.keys)

    def test_an_id_that_no_url_could_hold(self, capsys):
        assert 1 == main(["keys", "generate", "--id", "a~b"])

    def test_list_shows_no_secret(self, home, capsys):
        (home / "secret").write_text(SECRET, encoding="utf-8")
        configured(
            home, {"id": "a", "secret": SECRET}, {"id": "f", "secret_file": "secret", "state": "retired"}
        )
        assert 0 == main(["keys", "list"])
        printed = capsys.readouterr().out

        assert "hunter2" not in printed
        assert ["a", "f"] == [line.split()[0] for line in printed.splitlines()]
        assert "retired" in printed

    def test_check_tells_what_cannot_be_used(self, home, capsys):
        configured(home, {"id": "f", "secret_file": "nowhere"})

        assert 1 == main(["keys", "check"])
        assert "f: secret_file nowhere cannot be read" in capsys.readouterr().err

    def test_check_tells_what_is_unwise(self, home, capsys):
        configured(home, {"id": "b", "secret": "b"})

        assert 0 == main(["keys", "check"])
        assert "unwise: b: the secret has 1 bytes" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (
                ["/c_crop,h_20,w_10/image.jpg", "--form", "cloudinary8"],
                "/s--Ai4Znfl3--/c_crop,h_20,w_10/image.jpg",
            ),
            (["/sample.jpg", "--form", "cloudinary8", "--key", "two"], "/s--2hbrSMPO--/sample.jpg"),
            (
                ["https://img.example.com/demo/image/upload/v3/image.jpg?_a=x", "--form", "cloudinary8"],
                "https://img.example.com/demo/image/upload/s----SjmNDA--/v3/image.jpg?_a=x",
            ),
            (["/s--2hbrSMPO--/image.jpg", "--form", "cloudinary8"], "/s----SjmNDA--/image.jpg"),
            (
                ["/fetch/http://google.com/path/to/image.png", "--form", "cloudinary8"],
                "/fetch/s--hH_YcbiS--/http://google.com/path/to/image.png",
            ),
        ],
    )
    def test_sign(self, home, capsys, arguments, expected):
        configured(home, {"id": "one", "secret": "b"}, {"id": "two", "secret": "b", "algorithm": "sha256"})

        assert 0 == main(["sign", *arguments])
        assert f"{expected}\n" == capsys.readouterr().out

    def test_what_no_url_holds_is_encoded_before_it_is_signed(self, home, capsys):
        configured(home, {"id": "one", "secret": "b"})
        main(["sign", "/w_10/a b/ä.jpg"])

        assert capsys.readouterr().out.endswith("--/w_10/a%20b/%C3%A4.jpg\n")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["/cat.jpg", "--form", "cloudinary8", "--expires", "1h"], "cloudinary8 has no expiry"),
            (["/cat.jpg", "--key", "none"], "there is no key none"),
            (["/w_1200%2Fcat.jpg/../x"], "dotted folder"),
            (["/-/live"], "not a delivery path"),
            (["/http:/a.example/b.jpg", "--form", "cloudinary32"], "sign with --form own"),
            (["/"], "names no picture"),
        ],
    )
    def test_what_cannot_be_signed(self, home, capsys, arguments, message):
        configured(home, {"id": "one", "secret": SECRET})

        assert 1 == main(["sign", *arguments])
        told = capsys.readouterr().err
        assert message in told
        assert "hunter2" not in told

    @pytest.mark.parametrize("text", ["0", "-1", "1y", "h", "", "1.5h", "²", "9999999999"])
    def test_times_that_are_none(self, home, capsys, text):
        configured(home, {"id": "one", "secret": "b"})

        with pytest.raises(SystemExit):
            main(["sign", "/cat.jpg", "--expires", text])
