"""What every action is: one frozen class with a code as in the URL, examples, and typed arguments.

    class Blur(Action, code="e_blur", examples=("e_blur", "e_blur:800")):
        \"\"\"Blur the whole image.\"\"\"

        strength: int = argument(Integer(1, 2000, beyond="clamp"), default=100)

        def operations(self, frame: Frame) -> Sequence[Operation]: ...

The docstring is the documentation; the arguments are what follows the code, separated by colons. A crop
mode has plain fields instead, which the planner fills from the qualifiers beside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from transforms.frame import Frame
from transforms.kinds.base import Kind, Misread
from transforms.operations import Operation

T = TypeVar("T")

Rows = tuple[tuple[float, ...], ...]
"""What looking at pixels answers: rows of numbers, such as left, top, width and height of each face."""


def argument(kind: Kind[T], *, default: Any = MISSING) -> Any:
    """A field that is read from the URL as `kind`; without a default it must be written."""
    return field(default=default, metadata={"kind": kind})


def looked(*, default: Any = ()) -> Any:
    """A field for the answer to `question`; until it is asked it holds its default."""
    return field(default=default, metadata={"looked": True})


@dataclass(frozen=True, slots=True)
class Argument:
    """One declared argument of an action, as the parser and the reference see it."""

    name: str
    kind: Kind[Any]
    default: Any = MISSING

    @property
    def required(self) -> bool:
        return self.default is MISSING


@dataclass_transform(frozen_default=True, field_specifiers=(argument, looked, field))
class Action(ABC):
    """A parameter that does something to the image. Every subclass is a frozen dataclass."""

    code: ClassVar[str] = ""
    """The key and name as in the URL: `c_fill`, `e_blur`."""
    examples: ClassVar[tuple[str, ...]] = ()
    """Components that show it, each of which parses."""

    def __init_subclass__(cls, *, code: str = "", examples: tuple[str, ...] = (), **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.code = code or cls.code
        cls.examples = examples or cls.examples
        dataclass(frozen=True)(cls)

    @abstractmethod
    def operations(self, frame: Frame) -> Sequence[Operation]:
        """What has to be done to an image that measures `frame`; empty when nothing has."""

    def question(self, frame: Frame) -> tuple[str, str] | None:
        """What only the pixels of an image that measures `frame` can tell, and has to be known before
        `operations` is asked: an entry of `LOOKS` and its argument; None when nothing has."""
        return None

    def answered(self, rows: Rows) -> Self:
        """This action with the answer to its question in the field that `looked` declared."""
        names = [f.name for f in fields(self) if "looked" in f.metadata]  # type: ignore[arg-type]
        return replace(self, **dict.fromkeys(names, rows))  # type: ignore[type-var]

    @classmethod
    def arguments(cls) -> tuple[Argument, ...]:
        """The arguments in the order they are written."""
        return tuple(
            Argument(f.name, f.metadata["kind"], f.default)
            for f in fields(cls)  # type: ignore[arg-type]  # every subclass is made a dataclass above
            if "kind" in f.metadata
        )

    @classmethod
    def read(cls, text: str) -> Self:
        """The action whose arguments are `text`, the part after `code:`; empty for all defaults.

        Raises `Misread` when an argument is wrong, missing or one too many.
        """
        declared = cls.arguments()
        written = text.split(":") if text else []
        if len(written) > len(declared):
            raise Misread(f"has more than the {len(declared)} arguments {cls.code} takes")
        if any(argument.required for argument in declared[len(written) :]):
            raise Misread(f"is not complete: {cls.code} needs {declared[len(written)].kind.expected}")
        return cls(**{a.name: a.kind.read(part) for a, part in zip(declared, written, strict=False)})

    def __str__(self) -> str:
        """The canonical text: trailing arguments that hold their default are left out."""
        declared = list(self.arguments())
        while declared and getattr(self, declared[-1].name) == declared[-1].default:
            declared.pop()
        return ":".join((self.code, *(a.kind.write(getattr(self, a.name)) for a in declared)))


def summary(action: type[Action]) -> str:
    """The first sentence of an action's documentation."""
    return (action.__doc__ or "").strip().partition("\n")[0]
