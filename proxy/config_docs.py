"""`config.yaml` and `docs/configuration.md`, written from the declarations of the settings."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, BeforeValidator, SecretStr

from proxy import config_shape as shape
from proxy.config import FilesystemStorage, Mount, S3Storage, Settings
from proxy.config_errors import dotted, variable
from proxy.config_hosting import EagerSize, HostingKey, UploadPreset
from proxy.config_security import SigningKey
from proxy.config_types import read_bytes, write_bytes

YAML_HEAD = """\
# The settings of Calotype, each with its default: leave out what you do not change.
#
# Every key can be set from the environment too, which goes before this file: CALOTYPE_SERVER__PORT=8123,
# lists and mappings as JSON. `calotype check` says what is wrong and what is really there.
# Amounts of bytes are numbers, or have a unit: 50 MB, 2 GiB. Folders are relative to the working folder.
#
# Written by `calotype reference config.yaml`.
"""

MARKDOWN_HEAD = """\
# Configuration

`calotype serve` reads `config.yaml` in the working folder, or the file that `--config` or `CALOTYPE_CONFIG`
names; without one the defaults hold. The environment goes before the file, the file before the defaults.

- A key `section.key` is the variable `CALOTYPE_SECTION__KEY`. Lists and mappings are given as JSON: a mapping
  is laid over the file's key by key, a list replaces the file's, a storage of another kind replaces the
  storage. An empty value empties a key that may be empty.
- An unknown key, an unknown `CALOTYPE_…` variable or a wrong value stops the start with exit status 2.
  Everything that is wrong is said at once, each thing on one line. `calotype check` says it without serving,
  and looks at codecs and services too; `calotype check --schema` prints a JSON schema for editors.
- Amounts of bytes are numbers or have a unit: `50 MB` (powers of 1000), `2 GiB` (of 1024).
- Folders are relative to the working folder.

[config.yaml](../config.yaml) holds every key with its default. Both are written from the declarations in
`proxy/config.py`, by `make reference`.
"""


def as_yaml() -> str:
    """The documented twin: every key with its default and what it means."""
    return YAML_HEAD + "\n".join(_yaml_lines(Settings())) + "\n"


def as_markdown() -> str:
    """The page of the documentation: a table for each section."""
    parts = [MARKDOWN_HEAD, *_section("The top level", Settings, ())]
    parts += ["## Each of mounts\n", f"{Mount.__doc__}\n", *_table(Mount, ("mounts",), listed=True)]
    parts += ["## Each of security.keys\n", f"{SigningKey.__doc__}\n"]
    parts += _table(SigningKey, ("security", "keys"), listed=True)
    for title, record, path in (
        ("Each of hosting.keys", HostingKey, ("hosting", "keys")),
        ("Each of hosting.presets", UploadPreset, ("hosting", "presets")),
        ("Each of hosting.eager", EagerSize, ("hosting", "eager")),
    ):
        parts += [f"## {title}\n", f"{record.__doc__}\n", *_table(record, path, listed=True)]
    for storage in (FilesystemStorage, S3Storage):
        parts += [f"## A storage of kind {storage.model_fields['kind'].default}\n", f"{storage.__doc__}\n"]
        parts += _table(storage, ("storage",), listed=True)
    return "\n".join(parts)


def documentation(record: Any) -> dict[str, str]:
    """What is written below each field of a section, by name."""
    if isinstance(record, type) and issubclass(record, BaseModel):
        return {name: field.description or "" for name, field in record.model_fields.items()}
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = following.value.value if _is_text(following) else ""  # type: ignore[union-attr]
            found[statement.target.id] = inspect.cleandoc(text)
    return found


def _is_text(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _yaml_lines(section: Any, depth: int = 0) -> Iterator[str]:
    texts = documentation(type(section))
    for name, annotation in shape.keys_of(type(section)).items():
        value = getattr(section, name)
        if depth == 0:
            yield ""
        yield from (f"{'  ' * depth}# {line}".rstrip() for line in texts[name].splitlines())
        yield from _yaml_entry(name, value, annotation, depth)


def _yaml_entry(name: str, value: Any, annotation: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if shape.is_record(type(value)):
        yield f"{indent}{name}:"
        yield from _yaml_lines(value, depth + 1)
    elif value and isinstance(value, tuple) and shape.is_record(type(value[0])):
        yield f"{indent}{name}:"
        for item in value:
            first, *others = _without_comments(_yaml_lines(item, depth + 2))
            yield f"{indent}  - {first.strip()}"
            yield from others
    elif value and isinstance(value, Mapping):
        yield f"{indent}{name}:"
        for key, inner in value.items():
            if shape.is_record(type(inner)):
                yield f"{indent}  {key}:"
                yield from _without_comments(_yaml_lines(inner, depth + 2))
            else:
                yield f"{indent}  {key}: {scalar(inner, None)}"
    else:
        yield f"{indent}{name}: {scalar(value, annotation)}".rstrip()


def _without_comments(lines: Iterator[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith("#")]


def scalar(value: Any, annotation: Any) -> str:
    """A value without sections in it, as YAML on one line; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(scalar(item, None) for item in value)}]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if takes_bytes(annotation):
        return write_bytes(value)
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True)
    return text.removesuffix("...\n").strip()


def takes_bytes(annotation: Any) -> bool:
    """Is it an amount of bytes, which may have a unit?"""
    return any(
        isinstance(item, BeforeValidator) and item.func is read_bytes
        for item in getattr(annotation, "__metadata__", ())
    )


def _section(title: str, record: Any, path: tuple[str, ...]) -> Iterator[str]:
    keys = shape.keys_of(record)
    inner = {name: shape.bare(kind) for name, kind in keys.items() if shape.is_record(shape.bare(kind))}
    plain = set(keys) - set(inner)
    if plain:
        yield f"## {dotted(path) or title}\n"
        if path and record.__doc__:
            yield f"{inspect.cleandoc(record.__doc__)}\n"
        yield from _table(record, path, only=plain)
    for name, annotation in inner.items():
        yield from _section(name, annotation, (*path, name))


def _table(
    record: Any, path: tuple[str, ...], *, only: set[str] | None = None, listed: bool = False
) -> list[str]:
    texts, lines = documentation(record), ["| key | default | takes | meaning |", "|---|---|---|---|"]
    for name, annotation in shape.keys_of(record).items():
        if only is None or name in only:
            key = f"`{name}`" if listed else f"`{name}`<br>`{variable((*path, name))}`"
            cells = [
                key,
                _default(record, name, annotation),
                _takes(annotation),
                texts[name].split("\n\n")[0],
            ]
            lines.append(
                f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"
            )
    return ["\n".join(lines) + "\n"]


def _default(record: Any, name: str, annotation: Any) -> str:
    if dataclasses.is_dataclass(record):
        (value,) = [field.default for field in dataclasses.fields(record) if field.name == name]
    else:
        field = record.model_fields[name]
        if field.is_required():
            return "required"
        value = field.get_default(call_default_factory=True)
    if shape.is_record(type(value)) or (
        isinstance(value, tuple) and value and shape.is_record(type(value[0]))
    ):
        return "see below"
    if isinstance(value, Mapping):
        return "<br>".join(f"`{key}: {_told(inner)}`" for key, inner in value.items()) or "`{}`"
    text = scalar(value, annotation)
    return f"`{text}`" if text not in ("", "''") else "empty"


def _told(value: Any) -> str:
    """A value of a mapping in few words: of a section, its first key."""
    return str(next(iter(value.model_dump().values())) if isinstance(value, BaseModel) else value)


def _takes(annotation: Any) -> str:
    if takes_bytes(annotation):
        return "bytes"
    if shape.keys_of(annotation):
        return "a section"
    if any(shape.keys_of(shape.below(choice, 0)) for choice in shape.choices(annotation)):
        return "keys, each with a section" if shape.key_of(annotation) else "a list of sections"
    return shape.expected(annotation)
