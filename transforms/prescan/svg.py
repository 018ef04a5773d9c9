"""SVG before it is drawn: how much there is of everything, with what is used again counted as often as used.

A drawing is a program. Two hundred bytes of it can keep a renderer for half a minute, and its claimed size
tells nothing. So it is read here by expat, which holds nothing and recurses nowhere, and counted: elements,
depth, text, paths, what `use` multiplies, what filters take of each pixel. Scripts, links and foreign objects
are never run or drawn, so that they are nothing to refuse.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from urllib.parse import unquote_to_bytes
from xml.parsers import expat

from transforms.errors import OriginalTooLarge, UnsupportedFormat
from transforms.frame import ImageInfo
from transforms.limits import Limits, check_original
from transforms.prescan.base import Scan, broken, too_much
from transforms.prescan.gif import scan as scan_gif
from transforms.prescan.jpeg import scan as scan_jpeg
from transforms.prescan.png import scan as scan_png
from transforms.prescan.svg_cost import REFERENCE, Usage, filter_cost, styled
from transforms.prescan.webp import scan as scan_webp

_MOST_ENTITIES, _MOST_ENTITY, _MOST_EXPANDED = 100, 1000, 10_000_000
_BYTES_A_VERTEX = 4
"""The least that a corner of a path takes, which a marker is drawn at."""
_SILENT = frozenset(("title", "desc", "metadata", "script"))
_TARGETS = frozenset(("use", "feImage", "pattern", "filter", "tref"))
_INNER: tuple[tuple[bytes, Scan], ...] = (
    (b"\x89PNG\r\n\x1a\n", scan_png),
    (b"\xff\xd8\xff", scan_jpeg),
    (b"GIF8", scan_gif),
    (b"RIFF", scan_webp),
)


class _Reader:
    """What a drawing is made of, counted while expat reads it."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._limits = limits
        self._references = data.count(b"&")
        self._elements = self._depth = self._paths = self._images = self._pixels = self._entities = 0
        self._text = self._run = self._style_depth = 0
        self._silent: int | None = None
        self._style: list[str] = []
        self._holders: list[str | None] = []
        self.usage = Usage(styled=b"style" in data)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        self._parser = parser

    def read(self, data: bytes) -> None:
        try:
            # In one piece: what is long would be gone over again with each piece of it.
            self._parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise broken("svg", f"it is no XML: {error}") from error
        rules, style = styled("".join(self._style), self._limits)
        if rules * self._elements > self._limits.max_svg_style_matches:
            raise _too_complex(
                "matches very many rules of style against very many elements", "svg_style_too_large"
            )
        self.usage.apply_style(style)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        self._elements += 1
        self._depth += 1
        if self._elements > self._limits.max_svg_elements:
            raise _too_complex(
                f"has more than {self._limits.max_svg_elements:,} elements", "svg_too_many_elements"
            )
        if self._depth > self._limits.max_svg_depth:
            raise _too_complex(f"is nested deeper than {self._limits.max_svg_depth}", "svg_too_deep")
        if name == "include":
            raise UnsupportedFormat("the original is an svg that includes other files", code="svg_includes")
        if name in _SILENT and self._silent is None:
            self._silent = self._depth
        if name == "style":
            self._style_depth = self._depth
        if name in ("text", "svg", "g"):
            self._run = 0
        self._path(attributes)
        self.usage.start(name, attributes, self._targets(name, attributes), filter_cost(name, attributes))

    def _end(self, name: str) -> None:
        if self._silent == self._depth:
            self._silent = None
        if self._style_depth == self._depth:
            self._style_depth = 0
        self._depth -= 1
        self.usage.end()

    def _path(self, attributes: dict[str, str]) -> None:
        if "d" not in attributes and "points" not in attributes:
            return
        self._paths += len(attributes.get("d", "")) + len(attributes.get("points", ""))
        if self._paths > self._limits.max_svg_path_bytes:
            raise _too_complex(
                f"has more than {self._limits.max_svg_path_bytes:,} bytes of paths", "svg_path_too_long"
            )

    def _targets(self, name: str, attributes: dict[str, str]) -> Counter[str] | None:
        """The elements that this one uses, by id."""
        targets: Counter[str] | None = None
        for key, value in attributes.items():
            if key.endswith("href"):
                if name == "image" or (name == "feImage" and not value.startswith("#")):
                    self._image(value)
                elif name in _TARGETS and value.startswith("#"):
                    targets = targets or Counter()
                    targets[value[1:]] += 1
            elif "url(" in value:
                corners = len(attributes.get("d", "")) // _BYTES_A_VERTEX if "marker" in key + value else 0
                targets = targets or Counter()
                for target in REFERENCE.findall(value):
                    targets[target] += 1 + corners
        return targets

    def _image(self, address: str) -> None:
        """Hold an embedded picture to what any original is held to; one from elsewhere is never fetched."""
        head, comma, body = address.partition(",")
        if not (comma and head[:5].lower() == "data:"):
            return
        self._images += 1
        if self._images > self._limits.max_items:
            raise _too_complex(f"embeds more than {self._limits.max_items} pictures", "too_many_items")
        picture = _decoded(head, body)
        for start, scan in _INNER:
            if picture.startswith(start):
                inner = scan(picture, self._limits)
                check_original(inner, self._limits)
                self._pixels += inner.pixels
                if self._pixels > self._limits.max_whole_pixels:
                    raise _too_complex(
                        f"embeds more than {self._limits.max_whole_pixels:,} pixels", "original_too_large"
                    )
                return
        if b"<svg" in picture[:4096] or picture.startswith(b"\x1f\x8b"):
            raise UnsupportedFormat("the original is an svg that embeds another", code="svg_in_svg")

    def _characters(self, text: str) -> None:
        if self._style_depth:
            self._style.append(text)
        elif self._silent is None:
            length = len(text.strip())
            self._text += length
            self._run += length
            if self._run > self._limits.max_svg_text or self._text > 20 * self._limits.max_svg_text:
                raise _too_complex("has very long texts", "svg_text_too_long")

    def _entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        base: str | None,
        system_id: str | None,
        public_id: str | None,
        notation: str | None,
    ) -> None:
        self._entities += 1
        if value is None or is_parameter:
            raise UnsupportedFormat(
                "the original is an svg with entities from elsewhere", code="svg_entities"
            )
        if (
            "&" in value
            or self._entities > _MOST_ENTITIES
            or len(value) > _MOST_ENTITY
            or len(value) * self._references > _MOST_EXPANDED
        ):
            raise _too_complex("has entities that expand without end", "svg_entities")


def scan(data: bytes, limits: Limits) -> ImageInfo:
    """What drawing it takes. Its size is for the renderer to find: it is drawn as large as wanted."""
    if len(data) > limits.max_svg_bytes:
        raise _too_complex(f"is larger than {limits.max_svg_bytes:,} bytes", "svg_too_many_bytes")
    reader = _Reader(data, limits)
    reader.read(data)
    elements, toll = reader.usage.total(limits.max_svg_elements)
    if elements > limits.max_svg_elements:
        raise _too_complex(
            f"uses its elements again until they are more than {limits.max_svg_elements:,}",
            "svg_uses_too_many",
        )
    return ImageInfo("svg", 1, 1, toll=toll)


def _decoded(head: str, body: str) -> bytes:
    """The bytes of a `data:` address; what does not decode is nothing, and is drawn as nothing."""
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode("".join(body.split()) + "==")
    except (binascii.Error, ValueError):
        return b""


def _too_complex(what: str, code: str) -> OriginalTooLarge:
    return too_much(what, code, "svg")
