"""What every codec is: how a format is recognised, opened, loaded small and saved. This loads libvips."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import pyvips
from pyvips import Image

from transforms.clipping import clipped
from transforms.color import PROFILE
from transforms.errors import UnsupportedFormat
from transforms.pages import pick
from transforms.plan import Load, Save
from transforms.save import own_chroma

Options = dict[str, Any]
"""Keyword arguments of a libvips operation."""


class Codec(ABC):
    """One format. Everything is read from buffers: an SVG opened as a file reads its neighbours on disk."""

    name: ClassVar[str]
    """As in `FORMATS`."""
    loader: ClassVar[str | None]
    """The libvips operation that reads it; None where libvips cannot."""
    saver: ClassVar[str | None] = None
    """The libvips operation that writes it; None where we only read."""
    fail_on: ClassVar[str] = "truncated"
    """What libvips is to give up at; by default it makes up what is missing."""

    @property
    def writes(self) -> bool:
        return self.saver is not None

    @abstractmethod
    def recognises(self, data: bytes) -> bool:
        """Whether these bytes claim to be this format. Names and content types are never asked."""

    def load_options(self, load: Load) -> Options:
        """How the loader is told which pages, and how small."""
        return {}

    def save_options(self, image: Image, save: Save) -> Options:
        """How the saver is told what the plan asks for."""
        return {}

    def open(self, data: bytes, **options: Any) -> Image:
        """The image, decoded as it is consumed, top to bottom.

        Strict: by default libvips makes up the missing part of a truncated file. Raises `pyvips.Error`
        here or when pixels are drawn.
        """
        assert self.loader is not None, self.name
        return getattr(Image, self.loader)(data, access="sequential", fail_on=self.fail_on, **options)

    def header(self, data: bytes) -> Image:
        """The image as far as its facts need it: pixels are not to be drawn from it."""
        return self.open(data)

    def load(self, data: bytes, load: Load) -> Image:
        """The pages the plan asks for, as one image; several pages stand below each other."""
        image = self.open(data, **self.load_options(load))
        if load.clip is not None:
            image = clipped(image, load.clip)
        return pick(image, load.picked, load.span) if load.picked else image

    def save(self, image: Image, save: Save, *, keep: str) -> bytes:
        """The bytes of `image`, 8 bits a channel; `keep` names the metadata that stay: `none`, `icc:iptc` …

        Raises `pyvips.Error`, and UnsupportedFormat where we only read.
        """
        if self.saver is None:
            raise UnsupportedFormat(f"{self.name} is read, not written")
        options = self.save_options(image, save)
        if save.profile and not image.get_typeof(PROFILE):
            options["profile"] = "srgb"
        body: bytes = getattr(image, self.saver)(keep=keep, **options)
        return body


def loader_class(loader: str) -> str:
    """The name libvips' block list knows a loader by."""
    name: str = pyvips.type_name(pyvips.type_find("VipsForeignLoad", loader))
    return name


def full_chroma(image: Image, save: Save) -> bool:
    """Whether colour keeps the resolution of light: as asked for, else as suits format and size."""
    chroma = save.chroma or own_chroma(save.format, image.width, image.get_page_height())
    return chroma == "444"
