"""SVG: drawn by librsvg at the size that is wanted. Read only."""

from __future__ import annotations

import re

from transforms.codecs.base import Codec, Options
from transforms.plan import Load

_SEARCHED_BYTES = 4096
# Atomic, so that many comments cannot be grouped in exponentially many ways.
_ROOT = re.compile(
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?>\[.*?\]\s*)?>)*+<(?:[A-Za-z]{1,16}:)?svg[\s>/]",
    re.DOTALL,
)


class Svg(Codec):
    name = "svg"
    loader = "svgload_buffer"

    def recognises(self, data: bytes) -> bool:
        """XML whose root is an `svg` element; prolog, comments and a document type may stand before it."""
        head = data[:_SEARCHED_BYTES].removeprefix(b"\xef\xbb\xbf")
        return _ROOT.match(head) is not None

    def load_options(self, load: Load) -> Options:
        return {"scale": load.scale}
