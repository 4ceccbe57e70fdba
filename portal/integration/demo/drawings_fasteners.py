"""Drawings of fasteners."""

from __future__ import annotations

from portal.integration.demo.families import Look
from portal.integration.demo.sketch import (
    INK,
    METAL,
    NONE,
    STEEL,
    circle,
    ellipse,
    hexagon,
    lines,
    moved,
    path,
    poly,
    rect,
    sized,
    tube,
    turned,
)


def _screw(length: float, head: str) -> str:
    thread = lines(*[(94, y, 106, y - 5) for y in range(70, int(58 + length), 8)], width=2)
    return path(head, METAL) + path(f"M95 62H105V{50 + length}L100 {66 + length}L95 {50 + length}Z", METAL) + thread


_COUNTERSUNK = "M84 48H116L105 64H95Z"


def screw_box(look: Look) -> str:
    """Draw a box of screws with a screw on its label."""
    box = path("M20 84L104 62L180 84V166L96 190L20 166Z", look.accent) + path("M20 84L96 106V190M96 106L180 84", NONE)
    label = poly((30, 98), (86, 114), (86, 176), (30, 159))
    loose = moved(turned(_screw(70 + 40 * look.scale, _COUNTERSUNK), 70), 38, -40, 0.8)
    inside = path("M34 84L104 66L166 84L96 102Z", INK) + loose
    small = moved(turned(_screw(62, _COUNTERSUNK), -16), 8, 94, 0.46)
    return sized(box + inside + label + small, 0.94)


def _box(look: Look, item: str) -> str:
    carton = (
        rect(26, 104, 148, 72, 4, look.accent) + rect(44, 118, 112, 44, 3) + path("M26 104L40 90H160L174 104", METAL)
    )
    return carton + lines((58, 134, 142, 134), (58, 146, 116, 146)) + item


def wall_plug(look: Look) -> str:
    """Draw wall plugs before their box."""
    half = 8 + 6 * look.scale
    one = path(
        f"M{100 - half} 30H{100 + half}V38H{100 + half - 3}V88L100 100L{100 - half + 3} 88V38H{100 - half}Z", METAL
    )
    one += lines(
        (100, 52, 100, 92),
        (100 - half + 4, 48, 100 + half - 4, 48),
        (100 - half + 2, 62, 97, 66),
        (103, 66, 100 + half - 2, 62),
    )
    return _box(look, moved(one, -36, -8) + moved(one, 0, -14) + moved(one, 36, -8))


def heavy_anchor(look: Look) -> str:
    """Draw a bolt anchor."""
    rod = (
        rect(91, 20, 18, 130, 1, METAL)
        + lines(*[(91, y, 109, y - 4) for y in range(30, 76, 7)])
        + hexagon(100, 62, 22, METAL)
    )
    tip = (
        path("M91 132L84 168Q84 184 100 184Q116 184 116 168L109 132Z", STEEL)
        + rect(88, 118, 24, 26, 3, look.accent)
        + rect(74, 78, 52, 8, 2, STEEL)
    )
    return sized(turned(rod + tip, 40), 1 + 0.2 * look.scale)


def bolt(look: Look) -> str:
    """Draw a hexagon bolt."""
    end = 120 + 66 * look.scale
    head = path("M68 24H132V60H68Z", METAL) + lines((86, 26, 86, 58), (114, 26, 114, 58))
    thread = rect(86, 60, 28, end - 60, 2, METAL) + lines(*[(86, y, 114, y - 6) for y in range(76, int(end), 9)])
    return turned(thread + head + rect(62, 58, 76, 9, 3, look.accent), 40)


def washer(look: Look) -> str:
    """Draw washers."""
    r = 34 + 16 * look.scale
    pair = "".join(
        circle(x, y, r, fill) + circle(x, y, r * 0.5) for x, y, fill in ((74, 116, METAL), (132, 82, look.accent))
    )
    return pair + ellipse(118, 156, r, r * 0.4, STEEL) + ellipse(118, 154, r * 0.5, r * 0.18)


def nut(look: Look) -> str:
    """Draw hexagon nuts."""
    r = 36 + 16 * look.scale
    one = hexagon(82, 92, r, METAL) + circle(82, 92, r * 0.6, STEEL) + circle(82, 92, r * 0.48)
    two = path("M94 132H168V164H94Z", look.accent) + lines((116, 134, 116, 162), (146, 134, 146, 162))
    return one + two


def nail(look: Look) -> str:
    """Draw nails."""
    one = path("M84 26H116V34H104V168L100 186L96 168V34H84Z", METAL) + lines(
        (97, 44, 103, 44), (97, 52, 103, 52), width=1.5
    )
    fan = turned(one, -34) + turned(one, 34) + one
    return sized(fan, 0.82 + 0.16 * look.scale) + rect(66, 112, 68, 18, 4, look.accent)


def cable_tie(look: Look) -> str:
    """Draw a cable tie, closed, with its tail."""
    r = 36 + 20 * look.scale
    loop = tube(f"M{100 - r} 112A{r} {r} 0 1 1 {100 - r} 112.1", 11, look.accent) + tube(
        f"M{100 - r} 112V168", 11, look.accent
    )
    return (
        loop
        + rect(100 - r - 14, 96, 28, 26, 4, METAL)
        + lines(*[(97 - r, 134 + 8 * p, 103 - r, 134 + 8 * p) for p in range(4)], width=1.5)
    )
