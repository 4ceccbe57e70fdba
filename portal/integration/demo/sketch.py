"""The pencil of the demo's pictures: shapes as SVG text, ink lines, paper and metal fills, one accent.

Only presentation attributes are used: no style, no script, no reference, so that the pictures work under a strict
content security policy and as `<img>` on any background.
"""

from __future__ import annotations

import math
import re

INK = "#26241f"
PAPER = "#f8f5ee"
METAL = "#dcd8ce"
STEEL = "#b9b4a8"
NONE = "none"
LINE = 3.0

_LONG_NUMBER = re.compile(r"\d+\.\d{4,}")

Point = tuple[float, float]


def _n(value: float) -> str:
    return f"{round(value, 1):g}"


def _stroke(width: float) -> str:
    return "" if width == LINE else f' stroke-width="{_n(width)}"'


def path(d: str, fill: str = PAPER, width: float = LINE) -> str:
    """Draw an outline from SVG path data."""
    return f'<path d="{d}" fill="{fill}"{_stroke(width)}/>'


def rect(x: float, y: float, w: float, h: float, r: float = 0, fill: str = PAPER, width: float = LINE) -> str:
    """Draw a rectangle with its corners rounded by `r`."""
    corner = f' rx="{_n(r)}"' if r else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{corner} fill="{fill}"{_stroke(width)}/>'


def circle(x: float, y: float, r: float, fill: str = PAPER, width: float = LINE) -> str:
    """Draw a circle around (x, y)."""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" fill="{fill}"{_stroke(width)}/>'


def ellipse(x: float, y: float, rx: float, ry: float, fill: str = PAPER, width: float = LINE) -> str:
    """Draw an ellipse around (x, y)."""
    return f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(rx)}" ry="{_n(ry)}" fill="{fill}"{_stroke(width)}/>'


def line(x1: float, y1: float, x2: float, y2: float, width: float = 2) -> str:
    """Draw a thin line."""
    return path(f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}", NONE, width)


def lines(*ends: tuple[float, float, float, float], width: float = 2) -> str:
    """Draw several thin lines as one path."""
    d = "".join(f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" for x1, y1, x2, y2 in ends)
    return path(d, NONE, width)


def poly(*points: Point, fill: str = PAPER, width: float = LINE) -> str:
    """Draw a closed polygon."""
    return path("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + "Z", fill, width)


def tube(d: str, thick: float, fill: str) -> str:
    """Draw a rod along a path: an ink line with a narrower filled line on top."""
    outer = f'<path d="{d}" fill="none" stroke-width="{_n(thick + 3)}"/>'
    return outer + f'<path d="{d}" fill="none" stroke="{fill}" stroke-width="{_n(thick - 3)}"/>'


def moved(inner: str, x: float, y: float, factor: float = 1) -> str:
    """Shift by (x, y) after scaling around the origin."""
    scale = "" if factor == 1 else f" scale({round(factor, 3):g})"
    return f'<g transform="translate({_n(x)} {_n(y)}){scale}">{inner}</g>'


def turned(inner: str, degrees: float) -> str:
    """Turn around the centre of the picture."""
    return f'<g transform="rotate({_n(degrees)} 100 100)">{inner}</g>'


def mirrored(inner: str) -> str:
    """Mirror at the vertical axis of the picture."""
    return f'<g transform="translate(200 0) scale(-1 1)">{inner}</g>'


def sized(inner: str, factor: float) -> str:
    """Scale around the centre of the picture."""
    return moved(inner, 100 - 100 * factor, 100 - 100 * factor, factor)


def around(count: int, radius: float, x: float = 100, y: float = 100, start: float = 0) -> list[Point]:
    """Give points on a circle, evenly spread."""
    angles = [math.radians(start + 360 * place / count) for place in range(count)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def hexagon(x: float, y: float, radius: float, fill: str = PAPER, width: float = LINE) -> str:
    """Draw a regular hexagon."""
    return poly(*around(6, radius, x, y), fill=fill, width=width)


def document(inner: str) -> str:
    """Wrap shapes into a complete picture of 200 by 200 units."""
    opening = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200">'
    group = f'<g stroke="{INK}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">{inner}</g>'
    return _LONG_NUMBER.sub(lambda found: _n(float(found.group())), f"{opening}{group}</svg>\n")
