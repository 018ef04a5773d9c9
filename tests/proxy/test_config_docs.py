"""`config.yaml` and its page say what the declarations say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from proxy import config_shape as shape
from proxy.config import Settings, load_settings
from proxy.config_docs import as_markdown, as_yaml, documentation
from proxy.config_errors import variable
from proxy.config_types import read_bytes, write_bytes

ROOT = Path(__file__).parents[2]
HOW = "run `make reference`"


def keys(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        if isinstance(value, dict) and value and all(isinstance(key, str) for key in value):
            yield from keys(value, (*path, name))
        else:
            yield (*path, name)


def test_the_file_is_current():
    assert as_yaml() == (ROOT / "config.yaml").read_text(encoding="utf-8"), HOW


def test_the_page_is_current():
    assert as_markdown() == (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8"), HOW


def test_the_file_reads_as_the_defaults():
    assert Settings() == load_settings(ROOT / "config.yaml", {})


def test_the_file_holds_every_key():
    values = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    del values["cache"]["derived"]["storage"], values["hosting"]["storage"]
    values["hosting"]["eager"] = {}  # its keys are names that people choose

    found = set(keys(values))

    storages = {("cache", "derived", "storage"), ("hosting", "storage")}
    assert {leaf for leaf in shape.leaves(Settings) if not {leaf[:3], leaf[:2]} & storages} == found


def test_the_page_names_every_variable():
    page = as_markdown()

    missing = [variable(leaf) for leaf in shape.leaves(Settings) if f"`{variable(leaf)}`" not in page]

    storages = ("CALOTYPE_CACHE__DERIVED__STORAGE__", "CALOTYPE_HOSTING__STORAGE__")
    assert [] == [name for name in missing if not name.startswith(storages)]


def records(annotation: Any) -> Iterator[Any]:
    for choice in shape.choices(annotation):
        if shape.is_record(choice):
            yield choice
        for inner in shape.keys_of(choice).values():
            yield from records(inner)
        if (item := shape.below(choice, 0)) is not None:
            yield from records(item)


SPEAKS_FOR_ITSELF = {"kind", "jpg", "webp", "avif", "best", "eco", "low"}


@pytest.mark.parametrize("record", dict.fromkeys(records(Settings)), ids=lambda record: record.__name__)
def test_every_key_is_documented(record):
    undocumented = {name for name, text in documentation(record).items() if not text}
    if record.__module__.startswith("transforms."):
        # The class's own sentence speaks for all: bounds in pixels, unless they say otherwise.
        undocumented = set()

    assert (True, set()) == (bool(record.__doc__), undocumented - SPEAKS_FOR_ITSELF)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (1, "1"), (1000, "1 KB"), (50_000_000, "50 MB"), (4_000_000_000, "4 GB"), (2**21, "2 MiB")],
)
def test_bytes_are_written_short_and_read_back(amount, text):
    assert (text, amount) == (write_bytes(amount), int(str(read_bytes(text))))
