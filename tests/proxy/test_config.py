"""The settings: defaults, file, environment, and what is said when they are wrong."""

from operator import attrgetter
from pathlib import Path

import pytest

from proxy.config import FilesystemStorage, S3Storage, Settings, load_settings
from proxy.config_errors import ConfigErrors
from transforms.output import OutputDefaults


def write(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def refusals(path: Path | None, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load_settings(path, env or {})
    return list(caught.value.lines)


def told(tmp_path: Path, text: str) -> list[str]:
    """What is said of a file with that text, without the file's name."""
    file = write(tmp_path, text)
    return [line.replace(f"{file}:", "") for line in refusals(file)]


def test_without_anything_the_defaults_hold(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    settings = load_settings(None, {})

    assert Settings() == settings


def test_the_file_of_the_working_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "server: {port: 8123}")

    assert 8123 == load_settings(None, {}).server.port


def test_the_environment_can_name_the_file(tmp_path):
    file = write(tmp_path, "server: {port: 8123}")

    assert 8123 == load_settings(None, {"CALOTYPE_CONFIG": str(file)}).server.port


def test_the_environment_goes_before_the_file(tmp_path):
    file = write(tmp_path, "server: {port: 8123, host: 0.0.0.0}\nlog: {level: debug}")

    server = load_settings(file, {"CALOTYPE_SERVER__PORT": "8124"}).server

    assert ("0.0.0.0", 8124) == (server.host, server.port)


def test_an_empty_file_is_a_file(tmp_path):
    assert Settings() == load_settings(write(tmp_path, "# nothing yet\n"), {})


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("DATA_DIR", "/srv/pictures", "data_dir", Path("/srv/pictures")),
        ("CACHE__DERIVED__ENABLED", "false", "cache.derived.enabled", False),
        ("CACHE__MEMORY_BYTES", "1 GiB", "cache.memory_bytes", 2**30),
        ("NAMED_TRANSFORMATIONS__THUMB", "w_100", "named_transformations", {"thumb": "w_100"}),
        ("NAMED_TRANSFORMATIONS", '{"Big": "w_900"}', "named_transformations", {"Big": "w_900"}),
        ("EAGER", '["w_100"]', "eager", ("w_100",)),
        ("DELIVERY__QUALITY__JPG", "75", "delivery.quality.jpg", 75),
        ("RENDER__LIMITS__MAX_FRAMES", "7", "render.limits.max_frames", 7),
        ("DELIVERY__PLACEHOLDER", "no.png", "delivery.placeholder", Path("no.png")),
    ],
)
def test_every_kind_of_key_can_be_set_from_the_environment(tmp_path, monkeypatch, name, text, path, value):
    monkeypatch.chdir(tmp_path)

    settings = load_settings(None, {f"CALOTYPE_{name}": text})

    assert value == attrgetter(path)(settings)


def test_mounts_from_the_environment_are_json(tmp_path):
    file = write(tmp_path, "mounts: [{prefix: old, storage: {kind: filesystem}}]")
    mounts = '[{"prefix": "press/", "storage": {"kind": "s3", "bucket": "b"}, "revalidate_seconds": 5}]'

    (mount,) = load_settings(file, {"CALOTYPE_MOUNTS": mounts}).resolved_mounts

    assert ("press", "press", S3Storage(bucket="b"), 5) == (
        mount.name,
        mount.prefix,
        mount.storage,
        mount.revalidate_seconds,
    )


def test_a_storage_of_another_kind_replaces_the_whole_storage(tmp_path):
    file = write(tmp_path, "cache: {derived: {storage: {kind: s3, bucket: b, prefix: p}}}")
    env = {"CALOTYPE_CACHE__DERIVED__STORAGE": '{"kind": "filesystem", "path": "/srv/derived"}'}

    assert FilesystemStorage(path=Path("/srv/derived")) == load_settings(file, env).derived_storage


def test_an_empty_variable_empties_an_optional_key(tmp_path):
    file = write(tmp_path, "delivery: {placeholder: no.png}")

    assert None is load_settings(file, {"CALOTYPE_DELIVERY__PLACEHOLDER": ""}).delivery.placeholder


def test_places_follow_the_data_folder():
    settings = Settings(data_dir=Path("/srv/calotype"))

    (mount,) = settings.resolved_mounts

    assert (
        "sqlite:////srv/calotype/calotype.db",
        FilesystemStorage(path=Path("/srv/calotype/originals")),
        FilesystemStorage(path=Path("/srv/calotype/derived")),
        "default",
        60,
    ) == (
        settings.database_url,
        mount.storage,
        settings.derived_storage,
        mount.name,
        mount.revalidate_seconds,
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_postgres_is_spelled_as_people_do(tmp_path, scheme):
    file = write(tmp_path, f"metadata: {{url: '{scheme}://u@h/d'}}")

    assert "postgresql+asyncpg://u@h/d" == load_settings(file, {}).database_url


def test_a_named_transformation_may_use_another(tmp_path):
    file = write(tmp_path, "named_transformations: {big: w_900, framed: t_big/b_red}\neager: [t_framed]")

    assert ("t_framed",) == load_settings(file, {}).eager


def test_defaults_are_those_of_the_core():
    delivery = Settings().delivery

    assert OutputDefaults() == OutputDefaults(
        quality=delivery.quality.model_dump(), auto_quality=delivery.quality_auto.model_dump()
    )


def test_an_error_line_keeps_the_other_defaults(tmp_path):
    file = write(tmp_path, "delivery: {cache_control: {errors: {404: no-store}}}")

    errors = load_settings(file, {}).delivery.cache_control.errors

    assert ("no-store", "public, max-age=300") == (errors[404], errors[400])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("server:\n  prot: 80", "2: server.prot: unknown key, did you mean server.port?"),
        (
            "mounts: [{prefix: a, storage: {kind: filesystem, pth: b}}]",
            "1: mounts[0].storage.pth: unknown key, did you mean mounts[0].storage.path?",
        ),
        (
            "delivery: {cache_control: {errors: {soon: no-store}}}",
            "1: delivery.cache_control.errors.soon: Expected `int`, got 'soon'",
        ),
        ("port: 80", "1: port: unknown key, did you mean server.port?"),
        ("xylophone: 1", "1: xylophone: unknown key"),
        ("server:\n  port: abc", "2: server.port: Expected `int` (1 to 65535), got 'abc'"),
        ("server: {port: 70000}", "1: server.port: Expected `int` (1 to 65535), got 70000"),
        ("log: {format: xml}", "1: log.format: Expected one of `json`, `text`, got 'xml'"),
        ("log: text", "1: log: Expected a section with level, format, access, got 'text'"),
        (
            "mounts:\n- prefix: a\n  storage: {kind: s3}",
            "3: mounts[0].storage.bucket: Expected `str`, got nothing",
        ),
        (
            "mounts:\n- storage: {kind: ftp}",
            "2: mounts[0].storage.kind: Expected one of `filesystem`, `s3`, got 'ftp'",
        ),
        (
            "mounts: [{storage: {path: x}}]",
            "1: mounts[0].storage.kind: Expected one of `filesystem`, `s3`, got nothing",
        ),
        (
            "mounts: [{prefix: a}, {prefix: a/}]",
            "1: mounts: Expected mounts that differ, got the prefix 'a' 2 times",
        ),
        (
            "mounts: [{prefix: ../a}]",
            "1: mounts[0].prefix: Expected a path such as photos or press/2026, "
            "without empty segments, . or .., got '../a'",
        ),
        (
            "cache: {memory_bytes: much}",
            "1: cache.memory_bytes: Expected an amount of bytes such as 1048576, 50 MB or 2 GiB, got 'much'",
        ),
        (
            "delivery: {auto_formats: [jxl]}",
            "1: delivery.auto_formats[0]: Expected one of `avif`, `webp`, got 'jxl'",
        ),
        (
            'delivery: {cache_control: {mutable: "a\\r\\nSet-Cookie: b"}}',
            r"1: delivery.cache_control.mutable: Expected `str` that matches ^[\x20-\x7e]*$, "
            r"got 'a\r\nSet-Cookie: b'",
        ),
        (
            "delivery: {client_hints: {dprs: [2, 1]}}",
            "1: delivery.client_hints.dprs: Expected values in ascending order, each once, got [2, 1]",
        ),
        (
            "named_transformations: {thumb: c_fil}",
            "1: named_transformations.thumb: c: fil is not a crop mode: one of scale, fit, limit, mfit, "
            "fill, lfill, pad, lpad, mpad, crop, thumb, fill_pad, auto, auto_pad, imagga_crop, "
            "imagga_scale; did you mean fill?, at character 1 of 'c_fil'",
        ),
        (
            "named_transformations:\n  a.b: w_100",
            "2: named_transformations.a.b: Expected a name without comma, dot and slash",
        ),
        (
            "named_transformations: {a: ''}",
            "1: named_transformations.a: Expected a transformation such as c_fill,h_150,w_150, got nothing",
        ),
        (
            "eager: [w_100, 'w_1/t_x']",
            "1: eager[1]: t: there is no named transformation 'x' "
            "(a folder called t_x is reached with v1/ before it), at character 5 of 'w_1/t_x'",
        ),
        (
            "render: {limits: {max_output_side: 0}}",
            "1: render.limits: Expected every limit to be at least 1, got max_output_side: 0",
        ),
        (
            "render: {limits: {max_output_sid: 1}}",
            "1: render.limits.max_output_sid: unknown key, did you mean render.limits.max_output_side?",
        ),
        ("server: {port: 1}\nserver: {port: 2}", "2: server: is given twice"),
        ("server: {port: 1", "1:17: not YAML: expected ',' or '}', but got '<stream end>'"),
        ("- 1", "1: Expected keys such as `server:`"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, text, line):
    assert [line] == [said.strip() for said in told(tmp_path, text)]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("SERVER__PORT", "abc", "Expected `int` (1 to 65535), got 'abc' - at $.server.port"),
        ("SERVER__PROT", "80", "unknown variable, did you mean CALOTYPE_SERVER__PORT?"),
        ("SERVR__PORT", "80", "unknown variable, did you mean CALOTYPE_SERVER__PORT?"),
        ("PORT", "80", "unknown variable, did you mean CALOTYPE_SERVER__PORT?"),
        ("EAGER", "w_100", "Expected JSON, a list, each `str` - at $.eager"),
        ("MOUNTS__0__PREFIX", "a", "unknown variable, did you mean CALOTYPE_MOUNTS?"),
        ("LOG", '{"levle": "debug"}', "log.levle: unknown key, did you mean log.level?"),
        ("LOG", '{"format": "xml"}', "Expected one of `json`, `text`, got 'xml' - at $.log.format"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path, monkeypatch, name, text, line):
    monkeypatch.chdir(tmp_path)

    assert [f"CALOTYPE_{name}: {line}"] == refusals(None, {f"CALOTYPE_{name}": text})


def test_everything_wrong_is_said_at_once(tmp_path):
    file = write(tmp_path, "server: {port: x}\ncahce: {}\nrender: {deadline_seconds: 0}")
    env = {"CALOTYPE_LOG__FORMAT": "xml", "CALOTYPE_NOPE": "1", "CALOTYPE_TEST_URL": "kept for tests"}

    lines = refusals(file, env)

    assert [
        "CALOTYPE_NOPE: unknown variable",
        f"{file}:1: server.port: Expected `int` (1 to 65535), got 'x'",
        f"{file}:3: render.deadline_seconds: Expected `float` (more than 0), got 0",
        "CALOTYPE_LOG__FORMAT: Expected one of `json`, `text`, got 'xml' - at $.log.format",
        f"{file}:2: cahce: unknown key, did you mean cache?",
    ] == lines


def test_a_missing_file_is_said(tmp_path):
    file = tmp_path / "nowhere.yaml"

    assert [f"{file}: cannot be read: No such file or directory"] == refusals(file)


def test_a_file_that_is_not_text_is_said(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xff\xfe\xfa")

    assert [f"{file}: is not UTF-8 text, at byte 0"] == refusals(file)


def test_no_password_is_repeated(tmp_path):
    file = write(
        tmp_path,
        "redis: {url: 'http://:hunter2@host'}\n"
        "metadata: {url: 'mysql://root:hunter2@host/db'}\n"
        "mounts: [{storage: {kind: s3, bucket: b, secret_access_key: [hunter2]}}]",
    )

    lines = refusals(file)

    assert (3, False) == (len(lines), "hunter2" in " ".join(lines))
