"""Whether a client would rather have a page or JSON, by what its Accept says (RFC 9110, section 12.5.1)."""

from __future__ import annotations

_MOST_CHARACTERS = 1024
_PAGES = ("text/html", "application/xhtml+xml", "text/*")
_DATA = ("application/json", "application/*")


def prefers_json(accept: str) -> bool:
    """Whether JSON is named, no page as dearly, and nothing more. Who takes anything gets the page."""
    weights = _weights(accept)
    json = _best(weights, _DATA)
    return json > _best(weights, _PAGES) and json >= weights.get("*/*", 0.0)


def accepts_html(accept: str) -> bool:
    """Whether a page is named: by a browser that goes somewhere, not by one that wants a picture."""
    return _best(_weights(accept), _PAGES[:2]) > 0


def _best(weights: dict[str, float], names: tuple[str, ...]) -> float:
    """That of the first of these names that is there; 0 for none."""
    return next((weights[name] for name in names if name in weights), 0.0)


def _weights(accept: str) -> dict[str, float]:
    weights = {}
    for part in accept[:_MOST_CHARACTERS].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights[name] = next((_weight(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    return weights


def _weight(text: str) -> float:
    """`0.8`; what is no weight is none."""
    plain = len(text) <= 5 and text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit()
    return min(1.0, float(text)) if plain else 0.0
