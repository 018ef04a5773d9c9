"""What codecs outside libvips have in common: each is an extra, and hands its pixels over whole."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar

import pyvips
from pyvips import GValue, Image

from transforms.codecs.base import Codec
from transforms.color import PROFILE
from transforms.errors import TransformError
from transforms.extras import require
from transforms.plan import Load, Save

P = ParamSpec("P")
T = TypeVar("T")

_INTERPRETATIONS = {1: "b-w", 2: "b-w", 3: "srgb", 4: "srgb"}


class Foreign(Codec):
    """A format that a library of its own reads, and perhaps writes."""

    loader = None
    extra: ClassVar[str]

    @property
    def writes(self) -> bool:
        return type(self).encode is not Foreign.encode

    @abstractmethod
    def decode(self, data: bytes) -> Image:
        """The whole picture. May raise anything."""

    def facts(self, data: bytes) -> Image:
        """An image with the size, channels and fields of the picture, but not its pixels."""
        return self.decode(data)

    def encode(self, image: Image, save: Save) -> bytes:
        """The bytes of `image`. May raise anything."""
        raise AssertionError(f"{self.name} is not written")

    def header(self, data: bytes) -> Image:
        require(self.extra, f"an original in {self.name}")
        return told(self.facts)(data)

    def open(self, data: bytes, **options: Any) -> Image:
        require(self.extra, f"an original in {self.name}")
        return told(self.decode)(data)

    def load(self, data: bytes, load: Load) -> Image:
        return self.open(data)

    def save(self, image: Image, save: Save, *, keep: str) -> bytes:
        require(self.extra, f"f_{self.name}")
        return told(self.encode)(image, save)


def told(work: Callable[P, T]) -> Callable[P, T]:
    """`work`, with every failure of a foreign library told as libvips tells its own."""

    @wraps(work)
    def careful(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except (pyvips.Error, TransformError, MemoryError):
            raise
        except Exception as error:
            # Each library has exceptions of its own, and not all of them have a class in common.
            raise pyvips.Error(f"{type(error).__name__}: {error}") from error

    return careful


def from_bytes(data: Any, width: int, height: int, bands: int, profile: bytes | None = None) -> Image:
    """Pixels of 8 bits a channel as an image."""
    image = Image.new_from_memory(data, width, height, bands, "uchar")
    image = image.copy(interpretation=_INTERPRETATIONS[bands]).copy()
    if profile:
        image.set_type(GValue.blob_type, PROFILE, profile)
    return image


def blank(width: int, height: int, bands: int, *, pages: int = 1) -> Image:
    """An image of that size that takes no memory."""
    image = Image.black(width, height, bands=bands).copy(interpretation=_INTERPRETATIONS[bands]).copy()
    image.set_type(GValue.gint_type, "n-pages", pages)
    return image
