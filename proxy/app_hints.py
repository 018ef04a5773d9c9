"""What clients may say of themselves, by the settings."""

from __future__ import annotations

from proxy.client import HintBuckets
from proxy.config import Settings


def make_buckets(settings: Settings) -> HintBuckets:
    """The few widths and pixel ratios that hints are read as."""
    hints = settings.delivery.client_hints
    return HintBuckets(
        widths=tuple(hints.widths),
        dprs=tuple(hints.dprs),
        default_width=hints.default_width,
        default_dpr=hints.default_dpr,
    )
