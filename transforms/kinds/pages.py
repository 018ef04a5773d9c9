"""Pages of a document and frames of an animation: numbers and spans, joined by semicolons."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.kinds.base import Kind
from transforms.kinds.numbers import normal_number
from transforms.values import Pages

MOST_PAGES = 10_000
_MOST_SPANS = 32
_PSD = {
    "name": "(a layer of a PSD by its name) is known, but not offered here: PSD is not read",
    "embedded": "(an object inside a PSD) is known, but not offered here: PSD is not read",
}


@dataclass(frozen=True, slots=True)
class PagesKind(Kind[Pages]):
    """`3`, `5-7`, `3;5-7;9-`, `-11;15`."""

    @property
    def expected(self) -> str:
        return (
            f"a page from 1 to {MOST_PAGES}, a span of them (5-7, 9- or -11), "
            f"or up to {_MOST_SPANS} of these joined by semicolons"
        )

    def read(self, text: str) -> Pages:
        name, colon, _ = text.partition(":")
        if colon and name in _PSD:
            raise NotOffered(f"pg_{name}: {_PSD[name]}; give the number of a page")
        parts = text.split(";")
        if len(parts) > _MOST_SPANS:
            raise self.misread()
        spans = tuple(map(self._span, parts))
        return Pages(spans, written=";".join(map(_written, parts)))

    def _span(self, text: str) -> tuple[int, int | None]:
        first, dash, last = text.partition("-")
        if not dash:
            return self._number(first), self._number(first)
        if not first and not last:
            raise self.misread()
        start, end = self._number(first) if first else 1, self._number(last) if last else None
        if end is not None and end < start:
            raise self.misread()
        return start, end

    def _number(self, text: str) -> int:
        number = normal_number(text)
        if number is None or not number.isdigit() or not 1 <= int(number) <= MOST_PAGES:
            raise self.misread()
        return int(number)


def _written(text: str) -> str:
    """A span without zeros that say nothing."""
    return "-".join(normal_number(number) or "" for number in text.split("-"))
