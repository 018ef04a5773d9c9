"""An album's page as HTML: no scripts, nothing from elsewhere, and nothing that jumps while it loads."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from urllib.parse import urlencode, urlsplit

from proxy.albums.sizes import Source
from proxy.albums.style import STYLE
from proxy.albums.view import Shown, View

_LEAST_SHAPE, _MOST_SHAPE = 0.45, 3.2
"""Width over height of what a picture is shown in: beyond that it is cut, else a banner were a line."""
_AT_ONCE = 4
"""Pictures that are not loaded lazily: those that are in sight at first."""
_MOST_TOLD = 300
"""Characters of a description in the head of the page."""


@dataclass(frozen=True, slots=True)
class Html:
    """A page, and the Content-Security-Policy that lets it have its own style and its pictures alone."""

    text: str
    policy: str


def page(view: View) -> Html:
    """A page of an album."""
    body = [_header(view), "<main>", *_rows(view), *_pager(view), "</main>"]
    return _html(view.title, _head(view), "".join(_lines(view.pictures)), body, _places(view))


def problem_page(title: str, text: str) -> Html:
    """A page that says that there is no album."""
    head = ['<meta name="robots" content="noindex">']
    body = [f"<header><h1>{escape(title)}</h1><p>{escape(text)}</p></header>"]
    return _html(title, head, "", body, ())


def _html(title: str, head: Sequence[str], lines: str, body: Sequence[str], places: Sequence[str]) -> Html:
    style = STYLE + lines
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    pictures = " ".join(("'self'", "data:", *places))
    policy = (
        f"default-src 'none'; img-src {pictures}; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    opening = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{_text(title)}</title><link rel="icon" href="data:,">'
    )
    return Html(
        "\n".join([opening, *head, f"<style>{style}</style></head><body>", *body, "</body></html>"]), policy
    )


def _head(view: View) -> list[str]:
    described = view.look.album.description[:_MOST_TOLD]
    told = {
        "og:type": "website",
        "og:title": view.title,
        "og:url": view.url,
        "og:description": described or _number(view.look.pictures),
    }
    card = "summary"
    if view.cover is not None:
        largest, card = view.cover.largest, "summary_large_image"
        told |= {"og:image": largest.url, "og:image:width": str(largest.width)}
        told |= {"og:image:height": str(largest.height), "og:image:alt": view.cover.alt or view.cover.caption}
    lines = [f'<meta property="{name}" content="{_text(text)}">' for name, text in told.items() if text]
    lines.append(f'<meta name="twitter:card" content="{card}">')
    if described:
        lines.append(f'<meta name="description" content="{_text(described)}">')
    if not view.listed:
        lines.append('<meta name="robots" content="noindex">')
    lines.append(f'<link rel="canonical" href="{escape(view.url)}">')
    lines.append(f'<link rel="alternate" type="application/json" href="{escape(view.url)}.json">')
    return lines


def _header(view: View) -> str:
    description = view.look.album.description
    said = f'<p class="said" dir="auto">{_text(description)}</p>' if description else ""
    counted = _number(view.look.pictures)
    if view.pictures and len(view.pictures) < view.look.pictures:
        counted = f"{view.before + 1:,}–{view.before + len(view.pictures):,} of {counted}"
    return f'<header><h1 dir="auto">{_text(view.title)}</h1>{said}<p class="dim">{counted}</p></header>'


def _rows(view: View) -> Iterator[str]:
    if not view.pictures:
        nothing = "That was all." if view.before else "There are no pictures here yet."
        yield f'<p class="empty">{nothing}</p>'
        return
    yield '<ul class="rows one">' if view.look.pictures == 1 else '<ul class="rows">'
    for index, picture in enumerate(view.pictures):
        yield _figure(index, picture, number=view.before + index + 1)
    yield "</ul>"


def _figure(index: int, picture: Shown, *, number: int) -> str:
    alt = picture.alt or picture.caption or f"Picture {number}"
    below = f'<span class="below" dir="auto">{_text(picture.caption)}</span>' if picture.caption else ""
    lazy = index >= _AT_ONCE
    # Of what is not lazy a browser does not know how wide it will be: there `auto` is the whole window.
    auto = "auto, " if lazy else ""
    sizes = f'sizes="{auto}(max-width: 40rem) 95vw, {round(_shape(picture) * 312)}px"'
    better = "".join(
        f'<source type="{each[0].type}" srcset="{_srcset(each)}" {sizes}>' for each in picture.better
    )
    srcset = f' srcset="{_srcset(picture.sources)}" {sizes}' if picture.sources else ""
    smallest = picture.sources[0].url if picture.sources else picture.url
    loading = ' loading="lazy"' if lazy else ""
    image = (
        f'<img src="{escape(smallest)}"{srcset} width="{picture.width}" height="{picture.height}" '
        f'alt="{_text(alt)}"{loading} decoding="async">'
    )
    shown = f"<picture>{better}{image}</picture>" if better else image
    return f'<li class="p{index}"><a href="{escape(picture.url)}">{shown}{below}</a></li>'


def _lines(pictures: Sequence[Shown]) -> Iterator[str]:
    """Of every picture its shape, and what is seen before it is there."""
    for index, picture in enumerate(pictures):
        shape = round(_shape(picture), 4)
        seen = f"background-color:{picture.color};" if picture.color and not picture.alpha else ""
        seen += f"background-image:url({picture.preview});" if picture.preview and not picture.alpha else ""
        width = f"width:min(100%,{picture.width}px,{round(shape * 80, 2)}vh);" if len(pictures) == 1 else ""
        yield f".p{index}{{flex:{shape} 1 calc({shape}*var(--row));aspect-ratio:{shape};{width}{seen}}}\n"


def _pager(view: View) -> Iterator[str]:
    links = []
    if view.before:
        links.append(f'<a rel="first" href="{escape(_path(view))}">From the beginning</a>')
    if view.cursor is not None:
        following = f"{_path(view)}?{urlencode({'cursor': view.cursor})}"
        links.append(f'<a rel="next" href="{escape(following)}">Next pictures</a>')
    if links:
        yield f'<nav aria-label="Pages">{"".join(links)}</nav>'


def _path(view: View) -> str:
    """Where the first page is, on whichever host this one was asked for."""
    return f"/a/{view.look.album.called}"


def _places(view: View) -> tuple[str, ...]:
    """Where the pictures come from."""
    found = (urlsplit(picture.url) for picture in view.pictures)
    return tuple(dict.fromkeys(f"{each.scheme}://{each.netloc}" for each in found))


def _srcset(sources: Sequence[Source]) -> str:
    # A comma ends an address only where white space follows, or at its end: ours end with an extension.
    return escape(", ".join(f"{source.url} {source.width}w" for source in sources))


def _shape(picture: Shown) -> float:
    return min(_MOST_SHAPE, max(_LEAST_SHAPE, picture.width / max(1, picture.height)))


def _number(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures:,} pictures"


def _text(text: str) -> str:
    """What people said, as text: control characters are spaces."""
    return escape("".join(c if c == "\n" or not (c < " " or "\x7f" <= c <= "\x9f") else " " for c in text))
