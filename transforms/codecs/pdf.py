"""PDF: a page drawn by PDFium at the size that is wanted (the extra `pdf`). Read only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pyvips
from pyvips import Image

from transforms.codecs.foreign import Foreign, blank, from_bytes, told
from transforms.extras import require
from transforms.geometry import whole_pixels
from transforms.load import NATURAL_DPI
from transforms.plan import Load

_POINTS = 72
"""To an inch: what PDF measures in."""
_SEARCHED_BYTES = 1024
_CHANNELS = 4
_MOST_POINTS = 100_000


class Pdf(Foreign):
    name = "pdf"
    extra = "pdf"

    def recognises(self, data: bytes) -> bool:
        """The header may stand behind other bytes (ISO 32000-1, annex H.3.4.1)."""
        return b"%PDF-" in data[:_SEARCHED_BYTES]

    def facts(self, data: bytes) -> Image:
        with _document(data) as document:
            width, height = natural_size(document)
            return blank(width, height, 3, pages=len(document))

    def decode(self, data: bytes) -> Image:
        with _document(data) as document:
            return _drawn(document, 0, *natural_size(document))

    def load(self, data: bytes, load: Load) -> Image:
        require(self.extra, "an original in pdf")
        return told(_page)(data, load)


def _page(data: bytes, load: Load) -> Image:
    with _document(data) as document:
        if load.first >= len(document):
            raise pyvips.Error(f"there is no page {load.first + 1}")
        return _drawn(document, load.first, load.width, load.height)


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    import pypdfium2

    with closing(pypdfium2.PdfDocument(data)) as document:
        yield document


def natural_size(document: Any) -> tuple[int, int]:
    """The first page in pixels, at the density a PDF is rendered at unless another is asked for."""
    points = document.get_page_size(0)
    if not all(0 < length <= _MOST_POINTS for length in points):
        raise pyvips.Error("the first page has no size")
    across, down = (max(1, whole_pixels(length * NATURAL_DPI["pdf"] / _POINTS)) for length in points)
    return across, down


def _drawn(document: Any, number: int, width: int, height: int) -> Image:
    """A page on a white sheet of that size. Pages of another shape than the first's are fitted into it."""
    from pypdfium2 import PdfBitmap, raw

    page = document[number]
    try:
        across, down = page.get_size()
        scale = min(width / across, height / down)
        wide, high = max(1, whole_pixels(across * scale)), max(1, whole_pixels(down * scale))
        if abs(wide - width) <= 1 and abs(high - height) <= 1:
            wide, high = width, height
        bitmap = PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGRx, rev_byteorder=True)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
        left, top = (width - wide) // 2, (height - high) // 2
        raw.FPDF_RenderPageBitmap(bitmap, page, left, top, wide, high, 0, flags)
        image = from_bytes(bytes(bitmap.buffer), width, height, _CHANNELS).extract_band(0, n=3)
        bitmap.close()
        return image.copy_memory()
    finally:
        page.close()
