"""The kinds of value that settings have."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.ASCII)


class Told(ValueError):
    """A refusal whose message says everything: the value is not repeated, since it may hold a password."""


def read_bytes(value: object) -> object:
    """`50 MB` or `1.5 GiB` as a number of bytes; whatever is not text stays as it is.

    Raises:
        ValueError: it does not read as an amount of bytes.
    """
    if not isinstance(value, str):
        return value
    match = _BYTES.fullmatch(value.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise ValueError("Expected an amount of bytes such as 1048576, 50 MB or 2 GiB")
    return int(float(match[1]) * _UNITS[match[2]])


def write_bytes(amount: int) -> str:
    """The shortest exact spelling of an amount of bytes: 50000000 is `50 MB`."""
    for unit in ("GiB", "GB", "MiB", "MB", "KiB", "KB"):
        whole, rest = divmod(amount, _UNITS[unit.lower()])
        if whole and not rest:
            return f"{whole} {unit}"
    return str(amount)


def _check_scheme(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        if url and not url.startswith(schemes):
            raise Told(f"Expected an address that begins with {' or '.join(schemes)}")
        return url

    return AfterValidator(check)


def _is_network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise Told(f"Expected a network such as 10.1.2.0/24 or fd00:1::/64: {error}") from error
    return text


Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, BeforeValidator(read_bytes, json_schema_input_type=int | str), Field(ge=0)]
"""A whole number, or text with a unit: KB MB GB are powers of 1000, KiB MiB GiB of 1024."""
HttpUrl = Annotated[str, _check_scheme("http://", "https://")]
RedisUrl = Annotated[str, _check_scheme("redis://", "rediss://", "unix://")]
DatabaseUrl = Annotated[
    str,
    _check_scheme(
        "postgresql://", "postgres://", "postgresql+asyncpg://", "sqlite://", "sqlite+aiosqlite://"
    ),
]
Network = Annotated[str, AfterValidator(_is_network)]
"""An IPv4 or IPv6 network, or a single address."""
HeaderLine = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]
"""The value of a response header: printable ASCII, so that no setting can split a response."""


class Section(BaseModel):
    """A part of the settings: frozen, and no key that is not declared."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_default=True,
        protected_namespaces=(),
    )
