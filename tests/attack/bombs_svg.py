"""SVGs made to hurt: a drawing is a program."""

from __future__ import annotations

import base64
import random

from tests.attack import bombs_png
from tests.attack.making import Make, Makes, cuts, picture

_ROOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="{0}" height="{0}">'
)
_ALL = '<rect width="100%" height="100%" {}/>'


def svg(body: str, *, head: str = "", size: int | str = 300) -> bytes:
    return (head + _ROOT.format(size) + body + "</svg>").encode()


def filtered(primitives: str, times: int = 1, size: int = 300) -> bytes:
    """The whole picture, through a filter."""
    return svg(f'<filter id="f">{primitives}</filter>' + _ALL.format('filter="url(#f)"') * times, size=size)


def used(levels: int, times: int = 2, leaf: str = '<rect width="1" height="1"/>') -> str:
    """Groups that each use the next one so often."""
    groups = "".join(
        f'<g id="g{n}">' + f'<use xlink:href="#g{n + 1}"/>' * times + "</g>" for n in range(levels)
    )
    return groups + f'<g id="g{levels}">{leaf}</g>'


def patterned(levels: int) -> str:
    made = "".join(
        f'<pattern id="p{n}" width="9" height="9" patternUnits="userSpaceOnUse">'
        + f'<rect width="9" height="9" fill="url(#p{n + 1})"/>' * 3
        + "</pattern>"
        for n in range(levels)
    )
    return made + _ALL.format('fill="url(#p0)"')


def embedded(data: bytes, kind: str = "image/png", times: int = 1) -> bytes:
    link = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return svg(f'<image width="9" height="9" xlink:href="{link}"/>' * times)


def crossing(points: int) -> bytes:
    """A line that goes to and fro over the whole picture."""
    chance = random.Random(points)
    corners = (f"L{chance.randint(0, 299)} {chance.randint(0, 299)}" for _ in range(points))
    return svg(f'<path d="M0 0{"".join(corners)}"/>')


def laughs(levels: int) -> str:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n + 1};" * 10}">' for n in range(levels))
    return f'<!DOCTYPE svg [{names}<!ENTITY e{levels} "ha">]>'


_FILTERS: Makes = {
    f"svg through {name}": filtered(primitive)
    for name, primitive in {
        "turbulence": '<feTurbulence baseFrequency=".1"/>',
        "turbulence of 1,000 octaves": '<feTurbulence numOctaves="1000" baseFrequency=".9"/>',
        "a blur": '<feGaussianBlur stdDeviation="5"/>',
        "a blur of 100,000": '<feGaussianBlur stdDeviation="100000"/>',
        "light": '<feSpecularLighting><fePointLight x="1" y="1" z="9"/></feSpecularLighting>',
        "displacement": '<feDisplacementMap in="SourceGraphic" in2="SourceGraphic" scale="99"/>',
        "flood": '<feFlood flood-color="red"/>',
        "an image of itself": '<feImage xlink:href="#f"/>',
        "tiles": '<feFlood width="1" height="1"/><feTile/>',
        "a shadow": '<feDropShadow dx="3" dy="3" stdDeviation="2"/>',
    }.items()
}
_ELSEWHERE: Makes = {
    "svg with a script": svg("<script>while(true){}</script><rect width='9' height='9'/>"),
    "svg with a handler": svg('<rect width="9" height="9" onload="alert(1)"/>'),
    "svg with a foreign object": svg(
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>"
    ),
    "svg with a picture from elsewhere": svg(
        '<image width="9" height="9" xlink:href="http://127.0.0.1:9/x.png"/>'
    ),
    "svg with a picture from disk": svg('<image width="9" height="9" xlink:href="file:///etc/passwd"/>'),
    "svg with a style from elsewhere": svg("<style>@import url(http://127.0.0.1:9/x.css);</style>"),
    "svg that uses elsewhere": svg('<use xlink:href="http://127.0.0.1:9/x.svg#a"/>'),
    "svg with a sheet from elsewhere": svg("", head='<?xml-stylesheet href="http://127.0.0.1:9/x.css"?>'),
    "svg with a link": svg('<a xlink:href="javascript:alert(1)"><rect width="9" height="9"/></a>'),
    "svg with a type": svg(
        "<rect width='9' height='9'/>",
        head='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
    ),
    "svg with names for spaces": svg(
        "<rect width='9' height='9'/>", head='<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>'
    ),
}
_SHOWN: dict[str, Make] = {
    "svg plain": picture("logo.svg"),
    "svg of 2,000 rectangles": svg('<rect width="9" height="9" opacity=".5"/>' * 2_000),
    "svg of 100 uses": svg(used(1, 100)),
    "svg with a picture in it": embedded(picture("alpha.png")),
    "svg with a broken picture in it": embedded(b"\x00" * 100),
}

MAKES: dict[str, Makes] = {
    "too_large": {
        "svg of 11 MB": lambda: svg("<!--" + "x" * 11_000_000 + "-->"),
        "svg of 60,000 elements": lambda: svg("<g/>" * 60_000),
        "svg of 2^20 uses": svg(used(20)),
        "svg of 10^9 uses": svg(used(9, 10)),
        "svg of 2^40 uses": svg(used(40)),
        "svg of 10^6 uses of a path": svg(used(3, 100, '<path d="M0 0L9 9"/>')),
        "svg nested 300 deep": svg("<g>" * 300 + "</g>" * 300),
        "svg nested 200,000 deep": lambda: svg("<g>" * 200_000 + "</g>" * 200_000),
        "svg of a path of 3 MB": lambda: svg(f'<path d="M0 0{"h1v1" * 800_000}"/>'),
        "svg of lines of 3 MB": lambda: svg(f'<polyline points="{"1,1 " * 800_000}"/>'),
        "svg of a long word": svg("<text>" + "a" * 200_000 + "</text>"),
        "svg of 5,000 texts": svg(("<text>" + "a" * 50 + "</text>") * 5_000),
        "svg of laughs": svg("<text>&e0;</text>", head=laughs(9)),
        "svg of quadratic laughs": lambda: svg(
            "<text>" + "&e;" * 100_000 + "</text>", head=f'<!DOCTYPE svg [<!ENTITY e "{"h" * 900}">]>'
        ),
        "svg with 150 entities": svg(
            "", head="<!DOCTYPE svg [" + "".join(f'<!ENTITY e{n} "x">' for n in range(150)) + "]>"
        ),
        "svg with very many rules": svg(
            "<style>" + ".a g>rect{fill:red}" * 5_000 + "</style>" + '<g class="a"><rect/></g>' * 5_000
        ),
        "svg with 2 MB of style": lambda: svg("<style>" + "/*" + "x" * 2_000_000 + "*/</style>"),
        "svg of a marker on every corner": svg(
            '<marker id="m">' + '<rect width="9" height="9"/>' * 100 + "</marker>"
            f'<path marker-mid="url(#m)" d="M0 0{"L1 1L2 2" * 5_000}"/>'
        ),
        "svg of patterns of patterns": svg(patterned(20)),
        "svg with a picture of 10001x10000 in it": embedded(bombs_png.claimed(10_001, 10_000)),
        "svg with a picture of 65535x65535 in it": embedded(bombs_png.claimed(65_535, 65_535)),
        "svg with a text of 20 MB in a picture": lambda: embedded(
            bombs_png.with_chunks(bombs_png.packed_text(20_000_000))
        ),
        "svg with pictures of 100 megapixels": lambda: embedded(bombs_png.flat(4_900, 4_900, 1), times=5),
        "svg of 1000x1": svg(_ALL.format(""), size=1000).replace(b'height="1000"', b'height="1"'),
        "svg through a wide matrix": filtered(
            f'<feConvolveMatrix order="99" kernelMatrix="{"1 " * 9801}"/>', 90
        ),
        "svg through 1,000 turbulences": filtered('<feTurbulence baseFrequency=".1"/>' * 1_000),
        "svg through a wide brush": filtered('<feMorphology operator="dilate" radius="500"/>', 9),
        "svg of rules that filter everything": svg(
            '<style>rect{filter:url(#f)}</style><filter id="f"><feTurbulence/></filter>'
            + _ALL.format("") * 500
        ),
    },
    "broken": {
        **cuts("logo.svg", 12, least=120),
        "svg that is no xml": svg("<g></h>"),
        "svg with zeros": svg("\0"),
        "svg in a code that is none": svg("", head='<?xml version="1.0" encoding="klingon"?>'),
        "svg with an entity that is none": svg("<text>&nope;</text>"),
        "svg that uses itself": svg('<g id="a"><use xlink:href="#a"/></g>'),
        "svg of uses in a circle": svg(
            '<g id="a"><use xlink:href="#b"/></g><g id="b"><use xlink:href="#a"/></g>'
        ),
        "svg of a pattern in itself": svg(
            '<pattern id="p" width="9" height="9"><rect width="9" height="9" fill="url(#p)"/></pattern>'
            + _ALL.format('fill="url(#p)"')
        ),
    },
    "unsupported": {
        "svg with an entity from disk": svg(
            "<text>&e;</text>", head='<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        ),
        "svg with an entity from elsewhere": svg(
            "<text>&e;</text>", head='<!DOCTYPE svg [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>'
        ),
        "svg with a parameter entity": svg(
            "", head='<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
        ),
        "svg that includes": svg(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        "svg in an svg": embedded(picture("logo.svg"), "image/svg+xml"),
        "svg zipped in an svg": embedded(b"\x1f\x8b\x08" + b"\0" * 50, "image/svg+xml"),
        "svg zipped": b"\x1f\x8b\x08" + b"\0" * 50,
    },
    "served": {
        **_SHOWN,
        **{name: made for name, made in _FILTERS.items() if "itself" not in name},
        **_ELSEWHERE,
    },
    "any": {
        "svg through an image of itself": _FILTERS["svg through an image of itself"],
        "svg of 10^9 pixels a side": svg(_ALL.format(""), size=1_000_000_000),
        "svg of 100,000 pixels a side": svg(_ALL.format(""), size=100_000),
        "svg of no size": svg(_ALL.format(""), size=0),
        "svg of a size that is none": svg(_ALL.format(""), size="nan"),
        "svg of a negative size": svg(_ALL.format(""), size=-5),
        "svg without a size": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "svg of a line to and fro": crossing(2_000),
        "svg of a line to and fro for long": crossing(20_000),
        "svg of 400 KB of steps": lambda: svg(f'<path stroke="red" d="M0 0{"h1v1" * 100_000}"/>'),
        "svg of tiny dashes": svg('<path stroke="red" stroke-dasharray=".00001" d="M0 0L300 300"/>'),
        "svg of wide lines": svg(
            f'<path stroke="red" stroke-linejoin="round" stroke-width="99999" d="M0 0{"L1 1L2 2" * 1_000}"/>'
        ),
        "svg of a far curve": svg('<path stroke="red" d="M0 0C1e9 1e9 -1e9 1e9 9 9"/>'),
        "svg of tiny tiles": svg(
            '<pattern id="p" width=".001" height=".001" patternUnits="userSpaceOnUse">'
            '<rect width="1" height="1"/></pattern>' + _ALL.format('fill="url(#p)"')
        ),
        "svg of 200 masks": svg(
            '<mask id="m"><circle r="300" fill="#fff"/></mask>' + _ALL.format('mask="url(#m)"') * 200
        ),
        "svg of masks in masks": svg(
            "".join(
                f'<mask id="m{n}"><rect width="99" height="99" mask="url(#m{n + 1})"/></mask>'
                for n in range(150)
            )
            + _ALL.format('mask="url(#m0)"')
        ),
        "svg of 20 blurs": filtered('<feGaussianBlur stdDeviation="50"/>', 20),
        "svg through a wide filter": svg(
            '<filter id="f" x="-9999%" y="-9999%" width="99999%" height="99999%">'
            '<feTurbulence baseFrequency=".1"/></filter>' + _ALL.format('filter="url(#f)"')
        ),
        "svg of a view far away": svg(_ALL.format("")).replace(
            b"width=", b'viewBox="1e30 1e30 1e-30 1e-30" width=', 1
        ),
        "svg through a transform of nan": svg(
            '<g transform="scale(1e300) rotate(nan)"><rect width="9" height="9"/></g>'
        ),
    },
}
