"""The words of a text layer: how they are escaped in a URL, and the variables in them.

    text as the SDKs send it     what they escape first    and then everything
    50% off, today               50% off%2C today          50%25%20off%252C%20today

A comma parts parameters and a slash parts components, so those two are escaped before the whole URL is: they
arrive escaped twice. Some callers escape all of a text twice. Both read alike: what is still an escape after
the first decoding is decoded once more, where that gives UTF-8; `50%25de` is `50%de`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from transforms.errors import InvalidValue, printable
from transforms.kinds.base import Misread, nearest

_BYTE = "%[89AB][0-9A-F]"
_ESCAPE = re.compile(
    f"%[0-7][0-9A-F]|%[CD][0-9A-F]{_BYTE}|%E[0-9A-F](?:{_BYTE}){{2}}|%F[0-4](?:{_BYTE}){{3}}", re.IGNORECASE
)
"""One character, as its bytes in UTF-8, escaped; whether they are UTF-8 in truth is seen on decoding."""

_VARIABLE = re.compile(r"\$\(([A-Za-z][A-Za-z0-9]*)\)")
_PART = re.compile(r"(\$\([A-Za-z][A-Za-z0-9]*\))")
_BREAKS = {0x2028: "\n", 0x2029: "\n"}
_ALLOWED_CONTROLS = "\n\t"
_UNESCAPED = ":"
"""What is left as it is, beside letters, digits and `_.-~`, as by the SDKs."""


def read_text(raw: str) -> str:
    """The words that `raw`, as it stands in a URL, is to show. Variables stay: `$(name)`.

    Raises Misread for what is not UTF-8, and for control characters other than tab and line break.
    """
    try:
        once = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise Misread("is not UTF-8") from error
    text = _ESCAPE.sub(_character, once).replace("\r\n", "\n").replace("\r", "\n").translate(_BREAKS)
    if any((ord(c) < 32 and c not in _ALLOWED_CONTROLS) or 0x7F <= ord(c) < 0xA0 for c in text):
        raise Misread("holds a control character, which no text can show")
    return text


def write_text(text: str) -> str:
    """The escaped text that reads back to `text`, as the SDKs would write it."""
    parts = _PART.split(text)
    parts[::2] = [quote(_first_escaped(part), safe=_UNESCAPED) for part in parts[::2]]
    return "".join(parts)


def variables_in(text: str) -> tuple[str, ...]:
    """The names of the variables in `text`, without `$`, each once, in the order they come."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def fill(text: str, values: Mapping[str, str | float]) -> str:
    """`text` with the `values` of its variables, by name without `$`; what comes in is not filled again.

    Raises InvalidValue for a variable that has none.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            raise InvalidValue(
                f"the text asks for $({printable(name)}), and no variable is called so",
                code="unknown_variable",
                nearest=nearest(name, values),
            )
        return _shown(values[name])

    return _VARIABLE.sub(value, text)


def _shown(value: str | float) -> str:
    """A number as a person writes it: 3 rather than 3.0."""
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")


def _character(escape: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(escape[0]).decode()
    except UnicodeDecodeError:
        return escape[0]


def _first_escaped(text: str) -> str:
    """Commas and slashes escaped, and what would otherwise be taken for an escape."""
    return _ESCAPE.sub(_kept, text).replace(",", "%2C").replace("/", "%2F")


def _kept(escape: re.Match[str]) -> str:
    """What looks like an escape and is meant as it stands, so written that it reads back."""
    decodes = _character(escape) != escape[0]
    return escape[0].replace("%", "%25", 1) if decodes else escape[0]
