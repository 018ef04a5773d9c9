"""What has to be installed beside the core for some formats, and whether it is."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from transforms.errors import NotOffered

EXTRAS: dict[str, tuple[str, ...]] = {
    "jxl": ("pylibjxl", "imagecodecs"),
    "formats": ("PIL",),
    "pdf": ("pypdfium2",),
    "heic": ("pi_heif",),
}
"""The modules that each extra brings."""


@cache
def installed(extra: str) -> bool:
    """Whether the modules of `extra` are there. They are not imported, and looked for once."""
    return all(find_spec(module) is not None for module in EXTRAS[extra])


def require(extra: str | None, subject: str) -> None:
    """Raise NotOffered when `extra` is not installed; `subject` is what needs it, as in "f_jxl"."""
    if extra is not None and not installed(extra):
        raise NotOffered(
            f"{subject} needs what is not installed here: pip install 'calotype[{extra}]'",
            code="extra_missing",
        )
