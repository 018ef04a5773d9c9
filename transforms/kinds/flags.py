"""Flags: names joined by dots, some with an argument behind a colon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from transforms.errors import NotOffered
from transforms.kinds.base import Kind, Misread, UnknownName
from transforms.kinds.numbers import Keyword
from transforms.known import KNOWN_FLAGS
from transforms.values import Flag

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class FlagDeclaration:
    """One flag: what it does, and what may follow its colon."""

    doc: str
    argument: Kind[str] | None = None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagsKind(Kind[tuple[Flag, ...]]):
    """Any of the `offered` flags."""

    offered: Mapping[str, FlagDeclaration] = field(hash=False)

    @property
    def expected(self) -> str:
        return f"a flag: one of {', '.join(self.offered)}"

    def read(self, text: str) -> tuple[Flag, ...]:
        return tuple(self._flag(item) for item in text.split("."))

    def _flag(self, item: str) -> Flag:
        name, colon, argument = item.partition(":")
        declared = self.offered.get(name)
        if declared is None and name in KNOWN_FLAGS:
            raise NotOffered(f"fl_{name} {KNOWN_FLAGS[name]}")
        if declared is None and "$" in item:
            raise Misread("holds a variable: flags are written out, and an if_ chooses between them")
        if declared is None:
            raise UnknownName(f"is not {self.expected}", near=name, known=(*self.offered, *KNOWN_FLAGS))
        if not colon:
            return Flag(name)
        if declared.argument is None:
            raise Misread(f"gives {name} an argument, which it does not take")
        return Flag(name, declared.argument.read(argument))

    def write(self, value: tuple[Flag, ...]) -> str:
        return ".".join(map(str, value))


@dataclass(frozen=True, slots=True)
class FileName(Kind[str]):
    """A name to save under, percent-encoded; its dots are encoded twice (`holiday%252Ejpg`)."""

    @property
    def expected(self) -> str:
        return f"a file name of at most {_LONGEST_NAME} characters, without / and \\"

    def read(self, text: str) -> str:
        try:
            name = unquote_to_bytes(text).decode().replace("%2E", ".").replace("%2e", ".")
        except UnicodeDecodeError as error:
            raise Misread("is not UTF-8") from error
        if (
            not name.isprintable()
            or len(name) > _LONGEST_NAME
            or set(name) & set('/\\"')
            or not name.strip(". ")
        ):
            raise self.misread()
        return name


STEPS = Keyword(("semi", "steep", "none"))
"""How a progressive JPEG builds up."""
