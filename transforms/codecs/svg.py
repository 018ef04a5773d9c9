"""SVG: drawn by librsvg at the size that is wanted. Read only."""

from __future__ import annotations

import re

from transforms.codecs.base import Codec, Options
from transforms.plan import Load

_SEARCHED_BYTES = 4096
_START = re.compile(rb"<(?:[A-Za-z]{1,16}:)?svg[\s>/]")


class Svg(Codec):
    name = "svg"
    loader = "svgload_buffer"

    def recognises(self, data: bytes) -> bool:
        """XML with an `svg` element near its start, after a prolog, comments or a document type."""
        head = data[:_SEARCHED_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
        return head.startswith(b"<") and b"\0" not in head and _START.search(head) is not None

    def load_options(self, load: Load) -> Options:
        return {"scale": load.scale}
