"""Walking the typed tree of settings: what may stand below a key, and what a key expects.

Annotations are all there is to know, so the environment, the error messages, the schema and the
documentation cannot disagree with the tree.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

Path = tuple[str | int, ...]
"""Keys from the root of the settings; a whole number counts the items of a list."""

_NAMES = {str: "str", int: "int", float: "float", bool: "bool"}


def bare(annotation: Any) -> Any:
    """The annotation without `Annotated`."""
    return bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def choices(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, each bare; any other annotation is the only one of its kind."""
    annotation = bare(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return tuple(member for item in get_args(annotation) for member in choices(item))
    return (annotation,)


def is_optional(annotation: Any) -> bool:
    """May it be empty?"""
    return NoneType in choices(annotation)


def is_record(annotation: Any) -> bool:
    """Is it a section: a model, or a dataclass of the core?"""
    if not isinstance(annotation, type):
        return False
    return issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation)


def holds(annotation: Any, kind: type) -> bool:
    """Is it of that kind, or is there one anywhere below it?"""
    inner = [*keys_of(annotation).values()]
    inner += [
        item
        for choice in choices(annotation)
        if get_origin(choice) in (list, dict, tuple)
        for item in get_args(choice)
    ]
    return kind in choices(annotation) or any(holds(item, kind) for item in inner)


def is_nested(annotation: Any) -> bool:
    """Does it hold keys or items, so that the environment gives it as JSON?"""
    return any(
        is_record(choice) or get_origin(choice) in (list, dict, tuple) for choice in choices(annotation)
    )


def keys_of(annotation: Any) -> dict[str, Any]:
    """The keys of a section (of all its kinds, where it has several) with their annotations."""
    found: dict[str, Any] = {}
    for choice in choices(annotation):
        if is_record(choice):
            for name, inner in _fields(choice).items():
                found[name] = Union[found[name], inner] if name in found else inner  # noqa: UP007 - made at run time
    return found


def _fields(record: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(record):
        return get_type_hints(record, include_extras=True)
    # Rebuilt, because pydantic moves the outermost `Annotated` of a field into its metadata.
    return {
        name: Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        for name, field in record.model_fields.items()
    }


def below(annotation: Any, key: str | int) -> Any:
    """The annotation of what stands under `key`, or None when nothing can stand there."""
    keys = keys_of(annotation)
    if key in keys:
        return keys[str(key)]
    for choice in choices(annotation):
        if get_origin(choice) is dict:
            return get_args(choice)[1]
        if get_origin(choice) in (list, tuple) and isinstance(key, int):
            return get_args(choice)[0]
    return None


def key_of(annotation: Any) -> Any:
    """The annotation of the keys themselves of a mapping, or None for what is none."""
    return next((get_args(choice)[0] for choice in choices(annotation) if get_origin(choice) is dict), None)


def at(annotation: Any, path: Path) -> Any:
    """The annotation of what stands at `path`, or None."""
    for key in path:
        annotation = below(annotation, key)
    return annotation


def leaves(annotation: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key that is not itself a section, in the order of the tree; lists are not entered."""
    for name, inner in keys_of(annotation).items():
        if keys_of(inner):
            yield from leaves(inner, (*path, name))
        else:
            yield (*path, name)


def expected(annotation: Any) -> str:
    """What a key takes, for people: `int` (1 to 65535)."""
    metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    kinds = [choice for choice in choices(annotation) if choice is not NoneType]
    words = [word for choice in kinds if get_origin(choice) is Literal for word in get_args(choice)]
    told = [_kind(choice) for choice in kinds if get_origin(choice) is not Literal]
    if words:
        told.insert(0, f"one of {', '.join(f'`{word}`' for word in words)}")
    text = " or ".join(dict.fromkeys(told)) + _bounds(_constraints(metadata))
    return f"{text}, or nothing" if is_optional(annotation) else text


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin in (list, tuple):
        return f"a list, each {expected(get_args(annotation)[0])}"
    if origin is dict:
        return f"keys, each with {expected(get_args(annotation)[1])}"
    if is_record(annotation):
        return f"a section with {', '.join(keys_of(annotation))}"
    return f"`{_NAMES.get(annotation, 'str')}`"


def _constraints(metadata: tuple[Any, ...]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for item in metadata:
        for inner in getattr(item, "metadata", (item,)):
            for name in ("ge", "gt", "le", "lt", "min_length", "max_length"):
                value = getattr(inner, name, None)
                if value is not None:
                    found[name] = value
    return found


def _bounds(limits: Mapping[str, Any]) -> str:
    low, high = limits.get("ge"), limits.get("le")
    if low is not None and high is not None:
        return f" ({low} to {high})"
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    told = [f"{word} {limits[name]}" for name, word in words.items() if name in limits]
    return f" ({', '.join(told)})" if told else ""
