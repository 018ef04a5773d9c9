"""Where settings are read: a YAML file, and over it the environment; every value remembers its place.

A mapping of the environment is laid over the file's key by key; a list or a scalar replaces it. A storage of
another kind replaces the whole storage, since no key of one kind means anything to the other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from proxy import config_shape as shape
from proxy.config_errors import PREFIX, ConfigErrors, dotted, explain, unknown_variable

DEFAULT_FILE = Path("config.yaml")
RESERVED = "CALOTYPE_CONFIG"
RESERVED_PREFIX = "CALOTYPE_TEST_"

Model = TypeVar("Model", bound=BaseModel)
Check = Callable[[Mapping[str, Any]], Iterable[tuple[shape.Path, str]]]
"""Given the values as read, the path and the message of everything wrong."""


@dataclass
class Layer:
    """What one source says: its values, the place each was read at, and what could not be read at all."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[shape.Path, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def depth(self, path: shape.Path) -> int:
        """How many keys of `path`, from the root, this source gives."""
        values: Any = self.values
        for count, key in enumerate(path):
            try:
                values = values[key]
            except (KeyError, IndexError, TypeError):
                return count
        return len(path)

    def place(self, path: shape.Path) -> str | None:
        """Where the value at `path`, or the nearest one above it, was read."""
        found = (self.places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.places)
        return next(found, None)


def read_settings(model: type[Model], path: Path | None, env: Mapping[str, str], check: Check) -> Model:
    """`model` made of the file and the environment. `check` finds what types cannot say.

    Raises:
        ConfigErrors: everything that is wrong.
    """
    file = read_file(chosen_file(path, env))
    variables = read_variables(model, env)
    problems = [*file.problems, *variables.problems]
    values = merge(file.values, variables.values)
    problems += [_located(file, variables, where, message) for where, message in check(values)]
    try:
        settings = model.model_validate(values)
    except ValidationError as error:
        found = [explain(model, detail) for detail in error.errors(include_url=False)]
        problems += [
            _located(file, variables, where, message)
            for where, message in found
            # A list with a wrong item is also reported as too short: its items say enough.
            if not any(other[: len(where)] == where != other for other, _ in found)
        ]
    if problems:
        raise ConfigErrors(problems)
    return settings


def chosen_file(path: Path | None, env: Mapping[str, str] = os.environ) -> Path | None:
    """The file that settings are read from: the one that is asked for, or else the first there is."""
    if path is not None:
        return path
    if env.get(RESERVED):
        return Path(env[RESERVED])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _located(file: Layer, variables: Layer, path: shape.Path, message: str) -> str:
    if variables.depth(path) >= max(1, file.depth(path)):
        suffix = "" if message.startswith("unknown key") else f" - at $.{dotted(path)}"
        prefix = f"{dotted(path)}: " if not suffix else ""
        return f"{variables.place(path)}: {prefix}{message}{suffix}"
    place = file.place(path)
    return f"{place}: {dotted(path)}: {message}" if place else f"{dotted(path)}: {message}"


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `under`: mappings key by key, everything else replaced."""
    merged = dict(under)
    for key, value in over.items():
        old: Any = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(old, value) if both and value.get("kind") in (None, old.get("kind")) else value
    return merged


def read_file(path: Path | None) -> Layer:
    """What a YAML file says; a file that cannot be read is a problem, not an exception."""
    layer = Layer()
    if path is None:
        return layer
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
    except OSError as error:
        layer.problems.append(f"{path}: cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        layer.problems.append(f"{path}: is not UTF-8 text, at byte {error.start}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        layer.problems.append(f"{path}{where}: not YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        layer.problems.append(f"{path}: not YAML: {' '.join(str(error).split())}")
    else:
        _read_root(layer, path, node)
    return layer


def _read_root(layer: Layer, path: Path, node: yaml.Node | None) -> None:
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        layer.problems.append(f"{path}:{node.start_mark.line + 1}: Expected keys such as `server:`")
        return
    layer.values = _plain(layer, path, node, ())


def _plain(layer: Layer, file: Path, node: yaml.Node, path: shape.Path) -> Any:
    """A YAML node as plain values with text keys, each place noted in `layer`."""
    if path:
        layer.places[path] = f"{file}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in values:
                place = f"{file}:{key_node.start_mark.line + 1}"
                layer.problems.append(f"{place}: {dotted((*path, key))}: is given twice")
            values[key] = _plain(layer, file, value_node, (*path, key))
            layer.places[*path, key] = f"{file}:{key_node.start_mark.line + 1}"
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_plain(layer, file, item, (*path, index)) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    finally:
        loader.dispose()


def read_variables(model: type[BaseModel], env: Mapping[str, str]) -> Layer:
    """What the environment says; where one variable gives a section and another a key of it, the key wins."""
    layer = Layer()
    for name, text in sorted(_ours(env), key=lambda item: item[0].count("__")):
        path = _spelled(model, name)
        annotation = shape.at(model, path)
        if annotation is None:
            layer.problems.append(unknown_variable(model, name))
            continue
        try:
            value = _parsed(annotation, text)
        except ValueError:
            wanted = shape.expected(annotation)
            layer.problems.append(f"{name}: Expected JSON, {wanted} - at $.{dotted(path)}")
            continue
        layer.places[path] = name
        layer.values = merge(layer.values, _nested(path, value))
    return layer


def _ours(env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return (
        (name, text)
        for name, text in env.items()
        if name.startswith(PREFIX) and name != RESERVED and not name.startswith(RESERVED_PREFIX)
    )


def _spelled(model: type[BaseModel], name: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(PREFIX).lower().split("__"))


def _parsed(annotation: Any, text: str) -> Any:
    if shape.is_optional(annotation) and text in ("", "null"):
        return None
    return json.loads(text) if shape.is_nested(annotation) else text


def _nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value  # type: ignore[no-any-return]
