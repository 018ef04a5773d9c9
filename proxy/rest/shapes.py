"""What the REST API takes and answers is made of: models that refuse what they do not know."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

T = TypeVar("T")

MOST_LISTED = 500
MOST_TAGS = 200
MOST_PAIRS = 200
MOST_CHARACTERS = 4096


class Query(BaseModel):
    """The parameters behind the question mark; this one takes none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """A JSON object that is sent. Numbers are numbers: `"5"` is not 5."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Shape(BaseModel):
    """A JSON object that is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Listed(Shape, Generic[T]):
    """A page of a list."""

    items: tuple[T, ...]
    next_cursor: str | None = Field(
        description="Leads on, with the same filters; null at the end of the list."
    )


def _integer(given: Any) -> Any:
    """Digits alone: pydantic would take `1_000` and spaces too."""
    if isinstance(given, str) and not re.fullmatch(r"[0-9]{1,9}", given, re.ASCII):
        raise ValueError("expected digits")
    return given


DIGITS = BeforeValidator(_integer)
"""Of a whole number in a query."""

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=MOST_CHARACTERS)]
"""Text without NUL, which no database takes."""
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$", max_length=255)]
"""Text that is not empty."""

Limit = Annotated[
    int, Field(ge=1, le=MOST_LISTED, description=f"How many at most, 1 to {MOST_LISTED}."), DIGITS
]
Cursor = Annotated[
    str | None,
    Field(max_length=2000, description="`next_cursor` of the page before. The filters have to be the same."),
]
When = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-22T20:43:21.512Z"])]


def unsaid(schema: dict[str, Any]) -> None:
    """Change the schema of a member that is left out where there is nothing to say: it is never null."""
    schema.pop("default", None)
    said = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    schema.update(said[0] if said else {})


class Paged(Query):
    """What every list takes."""

    limit: Limit = 50
    cursor: Cursor = None


def when(at: float) -> str:
    """Epoch seconds as `2026-11-22T20:43:21.512Z` (RFC 3339)."""
    thousandths = round(at * 1000)
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(thousandths // 1000))
    return f"{seconds}.{thousandths % 1000:03d}Z"
