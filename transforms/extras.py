"""What has to be installed beside the core for some formats, and whether it is."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from transforms.errors import NotOffered

EXTRAS: dict[str, str] = {"jxl": "pylibjxl", "formats": "PIL", "pdf": "pypdfium2", "heic": "pi_heif"}
"""The module that each extra brings."""


@cache
def installed(extra: str) -> bool:
    """Whether the module of `extra` is there. It is not imported, and looked for once."""
    return find_spec(EXTRAS[extra]) is not None


def require(extra: str | None, subject: str) -> None:
    """Raise NotOffered when `extra` is not installed; `subject` is what needs it, as in "f_jxl"."""
    if extra is not None and not installed(extra):
        raise NotOffered(
            f"{subject} needs what is not installed here: pip install 'calotype[{extra}]'",
            code="extra_missing",
        )
