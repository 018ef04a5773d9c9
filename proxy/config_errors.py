"""What is wrong with a configuration: one line a thing, all of it at once.

config.yaml:3: server.prot: unknown key, did you mean server.port?
CALOTYPE_SERVER__PORT: Expected `int` (1 to 65535), got 'abc' - at $.server.port
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr
from pydantic_core import ErrorDetails

from proxy import config_shape as shape
from proxy.config_types import Told

PREFIX = "CALOTYPE_"
_ECHO_LIMIT = 60


class ConfigErrors(Exception):
    """Everything that is wrong with a configuration; `lines` holds one message for each thing."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def dotted(path: shape.Path) -> str:
    """A path as people write it: `mounts[0].storage.bucket`."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def variable(path: shape.Path) -> str:
    """The environment variable that sets the key at `path`."""
    return PREFIX + "__".join(str(key).upper() for key in path)


def nearest(tree: Any, path: shape.Path) -> shape.Path | None:
    """The known key that `path` was most likely meant to be: a sibling, else one of that name anywhere.

    Inside a list, which is given whole, it is the list.
    """
    *parents, last = path
    for end in range(1, len(path)):
        above = shape.at(tree, path[:end])
        if shape.is_nested(above) and shape.below(above, path[end]) is None and not shape.keys_of(above):
            return path[:end]
    siblings = shape.keys_of(shape.at(tree, tuple(parents)))
    close = difflib.get_close_matches(str(last), siblings, n=1)
    if close:
        return (*parents, close[0])
    known = {".".join(leaf): leaf for leaf in shape.leaves(tree)}
    same_name = (leaf for leaf in known.values() if leaf[-1] == last)
    found = next(same_name, None)
    if found is not None:
        return found
    close = difflib.get_close_matches(dotted(path), known, n=1, cutoff=0.8)
    return known[close[0]] if close else None


def _hint(suggestion: str | None) -> str:
    return f", did you mean {suggestion}?" if suggestion else ""


def unknown_key(tree: Any, path: shape.Path) -> str:
    """The message for a key that is not in the tree."""
    meant = nearest(tree, path)
    return f"unknown key{_hint(dotted(meant) if meant else None)}"


def unknown_variable(tree: Any, name: str) -> str:
    """The message for an environment variable that sets nothing."""
    path = tuple(name.removeprefix(PREFIX).lower().split("__"))
    meant = nearest(tree, path)
    return f"{name}: unknown variable{_hint(variable(meant) if meant else None)}"


def echo(value: object, annotation: Any) -> str:
    """`value` as it may be repeated: shortened, and never a secret."""
    if shape.holds(annotation, SecretStr):
        return "something else"
    text = repr(value)
    return text if len(text) <= _ECHO_LIMIT else f"{text[: _ECHO_LIMIT - 1]}…"


def real_path(tree: Any, location: shape.Path) -> shape.Path:
    """A location as pydantic gives it without the names of union members and the `[key]` of mappings."""
    path: shape.Path = ()
    annotation, member_named = tree, False
    for key in location:
        inner = shape.below(annotation, key)
        if inner is None and (key == "[key]" or (len(shape.choices(annotation)) > 1 and not member_named)):
            # Only the first can be the member's name: the next is a key that the member does not have.
            member_named = True
            continue
        path, annotation, member_named = (*path, key), inner, False
    return path


def explain(tree: Any, error: ErrorDetails) -> tuple[shape.Path, str]:
    """One of pydantic's findings in our words, with the path of the key at fault."""
    path = real_path(tree, error["loc"])
    if error["type"] in ("union_tag_not_found", "union_tag_invalid"):
        path = (*path, "kind")
    return path, _message(tree, path, error)


def _message(tree: Any, path: shape.Path, error: ErrorDetails) -> str:
    annotation, kind, context = shape.at(tree, path), error["type"], error.get("ctx", {})
    if error["loc"][-1] == "[key]":
        annotation = shape.key_of(shape.at(tree, path[:-1]))
    wanted = f"Expected {shape.expected(annotation)}"
    got = echo(error["input"], annotation)
    match kind:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return unknown_key(tree, path)
        case "missing" | "union_tag_not_found":
            return f"{wanted}, got nothing"
        case "union_tag_invalid":
            return f"{wanted}, got {context['tag']!r}"
        case "value_error" if isinstance(context["error"], Told):
            return str(context["error"])
        case "value_error":
            return f"{context['error']}, got {got}"
        case "too_short" | "too_long" | "string_too_short" | "string_too_long":
            return f"{wanted}, {error['msg'].replace(' should ', ' must ')}, got {got}"
        case "string_pattern_mismatch":
            return f"{wanted} that matches {context['pattern']}, got {got}"
    return f"{wanted}, got {got}"
