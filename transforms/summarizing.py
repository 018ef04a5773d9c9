"""The one look at an upload: its facts, its hashes and its tiny preview. Worker side: this loads libvips.

The picture is decoded once, as small as its format lets it be, and everything is measured on that.
"""

from __future__ import annotations

import pyvips
from pyvips import Image

from transforms.codecs import CODECS
from transforms.decode import Job, decode
from transforms.drawing import operate
from transforms.exif import exif
from transforms.hashes import blurhash, preview, thumbhash_text
from transforms.metadata import without_orientation
from transforms.pages import still
from transforms.parser import parse
from transforms.phash import phash
from transforms.plan import make_plan
from transforms.predominant import predominant
from transforms.probe import broken, probe
from transforms.summary import Summary, SummaryTerms
from transforms.values import AutoBackground

_LOOKED_AT = parse("c_limit,h_256,w_256/f_png")
_WHITE = [255, 255, 255]
_ANYWHERE = AutoBackground(rim=False)
_COLORS_SIDE = 64


def summarize(data: bytes, terms: SummaryTerms) -> Summary:
    """What there is to say of a picture. Its bytes are scanned before a decoder sees them.

    Of an animation or a document, the first page is looked at. Raises what `probe` raises, and BrokenImage
    for pixels that do not decode.
    """
    info = probe(data, terms.limits)
    plan = make_plan(_LOOKED_AT, info, limits=terms.limits, drop_scans=False)
    try:
        decoded = decode(Job(plan.original, plan.load, plan.operations, False), data)
        first = operate(decoded, {"": data}, wide=False)[0].colourspace("srgb")
        # It stands upright already, and libvips would turn it again to measure it.
        image = still(without_orientation(first)).copy_memory()
        told = exif(CODECS[info.format].header(data), keep_gps=terms.keep_gps)
        opaque = image.flatten(background=_WHITE) if image.hasalpha() else image
        return Summary(
            info=info,
            blurhash=blurhash(opaque),
            thumbhash=thumbhash_text(image),
            color=_color(image),
            preview=preview(image),
            phash=phash(opaque),
            exif=told,
        )
    except pyvips.Error as error:
        raise broken(info.format, error) from error


def _color(image: Image) -> str:
    """The colour that most of the picture has; white where all of it is see-through."""
    small = image.thumbnail_image(_COLORS_SIDE, height=_COLORS_SIDE, size="down").copy_memory()
    (color,) = predominant(small, _ANYWHERE)
    return "#" + bytes(round(channel) for channel in color[:3]).hex()
