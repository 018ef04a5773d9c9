"""What of an original's metadata may stay: nothing, or who made it and under what terms. Never where.

Positions stand in EXIF and in XMP, and any writer may invent further places, so what stays is listed and all
else goes. IPTC has no field for a position; but in a JPEG it comes in a Photoshop block, which may also hold
copies of the EXIF and the XMP, and a thumbnail of what was cropped away.
"""

from __future__ import annotations

import struct
from xml.etree import ElementTree

from pyvips import GValue, Image

from transforms.photoshop import HEAD, RESOURCE, resources

_EXIF = ("exif-ifd0-Artist", "exif-ifd0-Copyright")
_XMP = "xmp-data"
_IPTC = "iptc-data"
_IPTC_RESOURCE = 0x0404
_MAX_XMP_BYTES = 65_536
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ATTRIBUTION = {
    "http://purl.org/dc/elements/1.1/": {"creator", "rights", "title", "description"},
    "http://ns.adobe.com/xap/1.0/rights/": {"Certificate", "Marked", "Owner", "UsageTerms", "WebStatement"},
    "http://ns.adobe.com/photoshop/1.0/": {
        "AuthorsPosition",
        "CaptionWriter",
        "Credit",
        "Headline",
        "Source",
    },
    "http://creativecommons.org/ns#": {"attributionName", "attributionURL", "license"},
}
"""The XMP properties that stay, by namespace."""

# Some readers look for the usual prefix instead of the namespace.
ElementTree.register_namespace("x", "adobe:ns:meta/")

KEPT = "exif:xmp:iptc"
"""The kinds of metadata a saver is told to keep of an image that went through `only_attribution`."""


def without_orientation(image: Image) -> Image:
    """`image` with nothing that asks for a turn: savers write one even when told to keep nothing."""
    if not image.get_typeof("orientation"):
        return image
    image = image.copy()
    image.remove("orientation")
    return image


def only_attribution(image: Image, format: str) -> Image:
    """`image`, to be saved as `format`, with what EXIF, XMP and (in a JPEG) IPTC say of author and rights."""
    image = image.copy()
    iptc = _iptc(bytes(image.get(_IPTC))) if image.get_typeof(_IPTC) else None
    attribution = _attribution(bytes(image.get(_XMP))) if image.get_typeof(_XMP) else None
    for field in image.get_fields():
        private = field.startswith("exif-") and field not in _EXIF
        if private or field in (_XMP, _IPTC, "photoshop-data") or "thumbnail" in field:
            image.remove(field)
    if iptc and format == "jpg":
        # Elsewhere XMP says the same; libvips' TIFF saver cuts IPTC short.
        image.set_type(GValue.blob_type, _IPTC, _photoshop(iptc))
    if attribution:
        image.set_type(GValue.blob_type, _XMP, attribution)
    return image


def _iptc(block: bytes) -> bytes | None:
    """The IPTC in a Photoshop block; a TIFF has it by itself."""
    if not block.startswith(HEAD):
        return block
    return next((item.data for item in resources(block) if item.kind == _IPTC_RESOURCE), None)


def _photoshop(iptc: bytes) -> bytes:
    """The block that JPEG wants around it."""
    head = HEAD + RESOURCE + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc))
    return head + iptc + b"\0" * (len(iptc) % 2)


def _attribution(xmp: bytes) -> bytes | None:
    """An XMP packet with only the listed properties of the given one; None when it has none of them."""
    if len(xmp) > _MAX_XMP_BYTES or b"<!" in xmp:
        # A document type can make a few bytes expand to gigabytes, and no packet needs one.
        return None
    try:
        root = ElementTree.fromstring(xmp)
    except ElementTree.ParseError:
        return None
    kept = ElementTree.Element(f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    for description in root.iter(f"{{{_RDF}}}Description"):
        kept.attrib.update({name: value for name, value in description.items() if _is_attribution(name)})
        kept.extend(child for child in description if _is_attribution(child.tag))
    return _packet(kept) if len(kept) or len(kept.attrib) > 1 else None


def _is_attribution(name: str) -> bool:
    namespace, _, local = name.removeprefix("{").rpartition("}")
    return local in _ATTRIBUTION.get(namespace, ())


def _packet(description: ElementTree.Element) -> bytes:
    meta = ElementTree.Element("{adobe:ns:meta/}xmpmeta")
    ElementTree.SubElement(meta, f"{{{_RDF}}}RDF").append(description)
    packet: bytes = ElementTree.tostring(meta, encoding="utf-8")
    return packet
