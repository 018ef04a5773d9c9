"""Layers as they stand behind `l_` and `u_`."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from transforms.errors import NotOffered
from transforms.kinds.base import Kind, Misread
from transforms.kinds.publicids import decoded, public_id
from transforms.knowledge import SourceId
from transforms.known import KNOWN_LAYERS
from transforms.layers import LayerValue, PictureLayer, TableLayer, TextLayer
from transforms.text import read_style, read_text, split_layer

_BASE64URL = re.compile(r"[A-Za-z0-9_+/-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class LayerKind(Kind[LayerValue]):
    """What a layer shows."""

    @property
    def expected(self) -> str:
        return "a public id with : for /, text:<font>_<size>:<text>, or fetch:<URL in base64url>"

    def read(self, text: str) -> LayerValue:
        head, colon, rest = text.partition(":")
        if head in KNOWN_LAYERS and colon:
            raise NotOffered(f"l_{head} {KNOWN_LAYERS[head]}")
        if head == "text" and colon:
            style, words = split_layer(rest)
            return TextLayer(read_style(style), read_text(words), text)
        if head == "fetch" and colon:
            return PictureLayer(SourceId("fetch", _url(rest)), text)
        if head == "lut" and colon:
            return TableLayer(SourceId("file", public_id(rest)), text)
        return PictureLayer(SourceId("image", public_id(text)), text)


def _url(text: str) -> str:
    """The URL behind `fetch:`, which is base64url with or without its padding (RFC 4648, section 5)."""
    text = decoded(text).rstrip("=")
    if not text:
        # As it stands in documentation; nothing is fetched from nowhere.
        return ""
    try:
        # Python's decoder skips what is no base64: anything at all would be an address then.
        found = _BASE64URL.fullmatch(text) is not None
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode() if found else ""
    except (binascii.Error, UnicodeError) as error:
        raise Misread("is not a URL in base64url") from error
    if not url.lower().startswith(("http:", "https:")):
        raise Misread("is not a URL in base64url")
    return url
