"""The command line, as people meet it: each test runs the installed `calotype`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.commands.services import without_password

CALOTYPE = Path(sys.executable).with_name("calotype")
SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
DOGS = str(SAMPLES / "dogs.jpg")


@pytest.fixture
def calotype(tmp_path):
    """Runs `calotype` in an empty folder, without any settings of the machine's own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CALOTYPE_")}

    def run(*arguments: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> tuple[int, bytes, str]:
        done = subprocess.run(
            [CALOTYPE, *arguments], cwd=tmp_path, env=clean | (env or {}), input=stdin, capture_output=True
        )
        return done.returncode, done.stdout, done.stderr.decode()

    return run


def test_help_names_every_command(calotype):
    status, out, _ = calotype("--help")

    names = ["serve", "worker", "render", "explain", "check", "reference"]
    assert (0, []) == (status, [name for name in names if f"    {name}" not in out.decode()])


@pytest.mark.parametrize("command", ["serve", "worker", "render", "explain", "check", "reference"])
def test_help_of_a_command_has_examples(calotype, command):
    status, out, _ = calotype(command, "--help")

    assert (0, True) == (status, f"examples:\n  calotype {command}" in out.decode())


def test_help_loads_nothing_heavy():
    code = "import sys; from proxy.cli import make_parser; make_parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert set() == {"pydantic", "aiohttp", "pyvips", "yaml", "asyncio"} & set(loaded.split())


def test_version(calotype):
    status, out, _ = calotype("--version")

    assert (0, b"calotype 0.") == (status, out[:11])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["sreve"], "invalid choice: 'sreve'"),
        (["serve", "--port", "0"], "argument --port: expected a port from 1 to 65535, got '0'"),
        (["serve", "--port", "٨٠"], "argument --port: expected a port from 1 to 65535"),
        (["explain", "w_1", "--size", "4000"], "expected a size such as 4000x3000, got '4000'"),
        (["explain", "w_1", "--size", "0x5"], "expected a size such as 4000x3000, got '0x5'"),
    ],
)
def test_wrong_usage_is_told(calotype, arguments, message):
    status, _, err = calotype(*arguments)

    assert (2, True) == (status, message in err)


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["check"]])
def test_every_mistake_in_the_settings_is_told(calotype, tmp_path, command):
    (tmp_path / "config.yaml").write_text("server: {prot: 1}\n")

    status, _, err = calotype(*command, env={"CALOTYPE_LOG__FORMAT": "xml"})

    assert (
        2,
        "calotype: 2 mistakes in the settings:\n"
        "  config.yaml:1: server.prot: unknown key, did you mean server.port?\n"
        "  CALOTYPE_LOG__FORMAT: Expected one of `json`, `text`, got 'xml' - at $.log.format\n",
    ) == (status, err)


def test_render_takes_the_format_of_the_extension(calotype, tmp_path):
    status, _, err = calotype("render", DOGS, "c_fill,h_150,w_200", "thumb.webp")

    body = (tmp_path / "thumb.webp").read_bytes()
    assert (0, b"RIFF", b"WEBP", "thumb.webp: webp 200x150") == (status, body[:4], body[8:12], err[:24])


def test_render_prefers_the_format_of_the_transformation(calotype, tmp_path):
    calotype("render", DOGS, "w_100,f_png", "thumb.webp")

    assert b"\x89PNG" == (tmp_path / "thumb.webp").read_bytes()[:4]


def test_render_reads_and_writes_pipes(calotype):
    status, out, err = calotype("render", "-", "w_100,f_gif", "-", "--quiet", stdin=Path(DOGS).read_bytes())

    assert (0, b"GIF89a", "") == (status, out[:6], err)


def test_render_takes_a_folder(calotype, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "dogs.jpg").write_bytes(Path(DOGS).read_bytes())
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    (tmp_path / "in" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    status, _, err = calotype("render", "in", "w_50,f_webp", "out")

    assert (1, ["out/dogs.webp"], True) == (
        status,
        [str(path.relative_to(tmp_path)) for path in (tmp_path / "out").iterdir()],
        "calotype: in/broken.png: " in err,
    )


def test_render_knows_the_named_transformations_of_the_settings(calotype, tmp_path):
    (tmp_path / "my.yaml").write_text("named_transformations: {small: 'w_40'}")

    status, _, err = calotype("render", DOGS, "t_small", "thumb.png", "--config", "my.yaml")

    assert (0, "thumb.png: png 40x") == (status, err[:18])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((DOGS, "c_fill,w_x", "a.png"), "calotype: w: x is not a size"),
        (("nowhere.jpg", "w_1", "a.png"), "calotype: nowhere.jpg: No such file or directory\n"),
        ((DOGS, "w_1", "nowhere/a.png"), "calotype: nowhere/a.png: No such file or directory\n"),
        (("-", "w_1", "a.png"), "calotype: -: the original is empty"),
        ((DOGS, "w_1", "a.svg"), "calotype: a.svg: .svg is no format that is written here"),
        ((DOGS, "w_9000", "a.png"), f"calotype: {DOGS}: the result would be 9000x"),
    ],
)
def test_render_says_in_one_line_what_failed(calotype, arguments, message):
    status, _, err = calotype("render", *arguments)

    assert (1, message) == (status, err[: len(message)])


@pytest.mark.parametrize("command", [["render", DOGS], ["explain"]])
def test_a_mark_stands_under_the_place(calotype, command):
    text = "w_200/c_fil,h_10"

    _, _, err = calotype(*command, text, *(["a.png"] if command[0] == "render" else []))

    assert ["  w_200/c_fil,h_10", "        ^^^^^"] == err.splitlines()[1:]


def test_explain_prints_the_canonical_form(calotype):
    told = b"canonical  c_fill,h_100,w_200/f_png\n\nc_fill h_100 w_200\nf_png\n"

    status, out, err = calotype("explain", "w_0200,c_fill,h_100/f_png")

    assert (0, told, "") == (status, out[: len(told)], err)
    assert b"note" not in out


@pytest.mark.parametrize("original", [[DOGS], ["--size", "2056x3088"]])
def test_explain_plans(calotype, original):
    status, out, _ = calotype("explain", "c_fill,h_150,w_200", *original, "--to", "webp")

    lines = [line.split() for line in out.decode().splitlines()]
    assert (0, ["original", "2056x3088", "jpg"], ["save", "webp", "q=80"]) == (status, lines[4], lines[-3])
    assert ["costs", "about"] == lines[-1][:2]


def test_check_tells_what_is_there(calotype, tmp_path):
    status, out, _ = calotype("check")

    lines = [line.split(maxsplit=2) for line in out.decode().splitlines()]
    assert (0, {"ok"}) == (status, {line[0] for line in lines})
    assert [] == list(tmp_path.iterdir()), "check only looks"


def test_check_looks_at_the_database_that_is_there(calotype):
    calotype("db", "upgrade")

    status, out, _ = calotype("check")

    lines = [line.split(maxsplit=2) for line in out.decode().splitlines()]
    (database,) = [line for line in lines if line[1] == "database"]
    assert (0, "ok", True) == (status, database[0], database[2].endswith(" answers"))
    assert "hosting" in [line[1] for line in lines]


def test_check_tells_what_is_not_there(calotype):
    mounts = [{"storage": {"kind": "filesystem", "path": "nowhere"}}]
    env = {
        "CALOTYPE_MOUNTS": json.dumps(mounts),
        "CALOTYPE_REDIS__URL": "redis://:hunter2@127.0.0.1:1",
        "CALOTYPE_METADATA__URL": "postgresql://u:hunter2@127.0.0.1:1/db",
    }

    status, out, err = calotype("check", env=env)

    failed = [line.split()[1] for line in out.decode().splitlines() if line.startswith("FAILED")]
    assert (1, ["redis", "database", "mount"], False) == (status, failed, "hunter2" in out.decode() + err)


@pytest.mark.parametrize("command", ["serve", "check"])
@pytest.mark.parametrize(
    ("placeholder", "told"),
    [
        ("gone.png", "gone.png cannot be read: No such file or directory"),
        ("config.yaml", "Expected a jpg, png, webp, avif or gif, got config.yaml"),
    ],
)
def test_a_placeholder_that_cannot_be_sent_is_told(calotype, command, placeholder, told):
    status, _, err = calotype(command, env={"CALOTYPE_DELIVERY__PLACEHOLDER": placeholder})

    assert (2, f"calotype: 1 mistake in the settings:\n  delivery.placeholder: {told}\n") == (status, err)


def test_check_tells_a_codec_that_is_missing(calotype, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if sys.argv[0] in ('-m', ''):\n"
        "    import pyvips\n"
        "    write = pyvips.Image.write_to_buffer\n"
        "    def refuse(self, name, **options):\n"
        "        if name == '.avif':\n"
        "            raise pyvips.Error('no encoder')\n"
        "        return write(self, name, **options)\n"
        "    pyvips.Image.write_to_buffer = refuse\n"
    )

    status, _, err = calotype("check", env={"PYTHONPATH": str(tmp_path)})

    assert (2, True) == (status, "delivery.auto_formats[0]: avif cannot be written by libvips" in err)


async def test_check_asks_the_real_services(calotype, s3_bucket, postgres_url):
    storage = {"kind": "s3", "bucket": s3_bucket.bucket, **s3_bucket.settings}
    env = {
        "CALOTYPE_MOUNTS": json.dumps([{"storage": storage}]),
        "CALOTYPE_CACHE__DERIVED__STORAGE": json.dumps(storage),
        "CALOTYPE_METADATA__URL": postgres_url,
    }

    status, out, err = calotype("check", env=env)

    assert (0, "") == (status, err), out.decode()


def test_a_schema_for_editors(calotype):
    status, out, _ = calotype("check", "--schema")

    schema = json.loads(out)
    assert (0, False, "integer") == (
        status,
        schema["additionalProperties"],
        schema["$defs"]["Server"]["properties"]["port"]["type"],
    )


@pytest.mark.parametrize("page", ["transformations", "configuration", "config.yaml"])
def test_reference_writes_its_pages(calotype, tmp_path, page):
    _, printed, _ = calotype("reference", page)
    status, _, _ = calotype("reference", page, "--output", "page")

    assert (0, printed, True) == (status, (tmp_path / "page").read_bytes(), printed.startswith(b"# "))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@host:6379/0", "redis://:…@host:6379/0"),
        ("postgresql://me:p@ss@host/db", "postgresql://me:…@host/db"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock"),
    ],
)
def test_passwords_are_not_shown(url, shown):
    assert shown == without_password(url)


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("transformations", "docs/transformations.md"),
        ("configuration", "docs/configuration.md"),
        ("config.yaml", "config.yaml"),
    ],
)
def test_the_pages_kept_here_are_what_reference_prints(calotype, page, kept):
    _, printed, _ = calotype("reference", page)

    assert (Path(__file__).parents[2] / kept).read_bytes() == printed
