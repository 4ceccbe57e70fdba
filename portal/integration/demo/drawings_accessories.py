"""Drawings of what goes into power tools: drill bits, discs, blades, abrasives."""

from __future__ import annotations

from portal.integration.demo.families import Look
from portal.integration.demo.sketch import (
    INK,
    METAL,
    NONE,
    PAPER,
    STEEL,
    around,
    circle,
    ellipse,
    lines,
    moved,
    path,
    poly,
    rect,
    sized,
    turned,
)


def _twist(x: float, half: float, top: float, bottom: float) -> str:
    count = max(3, round((bottom - top) / (half * 2.6)))
    step = (bottom - top) / count
    return "".join(
        path(
            f"M{x - half} {top + step * (p + 0.75):g}Q{x} {top + step * (p + 0.1):g} {x + half} {top + step * (p + 0.15):g}",
            NONE,
            2,
        )
        for p in range(count)
    )


def _bit(look: Look, tip: str, extra: str = "", least: float = 4) -> str:
    half = least + 8 * look.scale
    body = rect(100 - half, 30, 2 * half, 92, 0, METAL) + _twist(100, half, 30, 122)
    shank = rect(100 - half * 0.8, 122, half * 1.6, 62, 1, STEEL) + rect(
        100 - half * 0.8, 146, half * 1.6, 10, 0, look.accent
    )
    tip_path = path(tip.format(l=100 - half, r=100 + half), STEEL)
    return sized(turned(body + shank + tip_path + extra, 45), 1.2)


def drill_bit(look: Look) -> str:
    """Draw a twist drill."""
    return _bit(look, "M{l} 30L100 18L{r} 30Z", least=2.5)


def masonry_bit(look: Look) -> str:
    """Draw a masonry drill with carbide tip."""
    half = 4 + 8 * look.scale
    return _bit(look, "M{l} 30L100 20L{r} 30Z", poly((97 - half, 34), (100, 14), (103 + half, 34), fill=look.accent))


def sds_bit(look: Look) -> str:
    """Draw an SDS drill with its slotted shank."""
    return _bit(look, "M{l} 30L100 14L{r} 30Z", lines((98, 162, 98, 178), (103, 162, 103, 178), width=2.5))


def wood_bit(look: Look) -> str:
    """Draw a wood drill with centre point."""
    return _bit(look, "M{l} 32V20L96 28L100 10L104 28L{r} 20V32Z")


def spade_bit(look: Look) -> str:
    """Draw a flat wood bit."""
    half = 12 + 18 * look.scale
    blade = path(f"M{100 - half} 70V36L96 42L100 12L104 42L{100 + half} 36V70L106 82H94Z", METAL)
    return sized(
        turned(
            rect(95, 78, 10, 108, 1, STEEL) + rect(95, 140, 10, 12, 0, look.accent) + blade + circle(100, 58, 5), 45
        ),
        1.16,
    )


def hole_saw(look: Look) -> str:
    """Draw a hole saw."""
    r = 30 + 28 * look.scale
    teeth = "".join(
        f"L{100 + r - (p + 0.5) * r / 5:g} {150 + (5 - abs(p - 4.5)) * 2.4 + 6:g}"
        f"L{100 + r - (p + 1) * r / 5:g} {150 + (5 - abs(p - 4)) * 2.4:g}"
        for p in range(10)
    )
    body = path(f"M{100 - r} 74V150" + f"M{100 + r} 74V150{teeth}L{100 - r} 150V74Z", look.accent)
    return (
        rect(95, 22, 10, 44, 1, STEEL)
        + body
        + ellipse(100, 74, r, r * 0.32, METAL)
        + circle(100, 72, 7, STEEL)
        + rect(100 - r * 0.5, 104, r * 0.3, 24, 4)
        + rect(100 + r * 0.2, 104, r * 0.3, 24, 4)
    )


def bit(look: Look) -> str:
    """Draw three screwdriver bits."""
    one = (
        path("M86 98H114V166L108 174H92L86 166Z", METAL)
        + lines((95, 100, 95, 172), (105, 100, 105, 172), width=1.5)
        + rect(86, 112, 28, 14, 0, look.accent)
        + path("M90 98L94 60L98 42L100 26L102 42L106 60L110 98Z", STEEL)
    )
    return moved(one, -52, 10, 0.96) + moved(one, 60, 10, 0.96) + one


def bit_set(look: Look) -> str:
    """Draw an open bit box."""
    rows = "".join(
        rect(42 + 15 * p, y, 9, 26, 1, METAL, 2)
        + poly((43 + 15 * p, y), (46.5 + 15 * p, y - 10), (50 + 15 * p, y), fill=STEEL, width=2)
        for y in (76, 128)
        for p in range(8)
    )
    return (
        rect(26, 48, 148, 118, 10, look.accent)
        + rect(34, 56, 132, 48, 4)
        + rect(34, 110, 132, 48, 4)
        + rows
        + rect(86, 160, 28, 10, 4, METAL)
    )


def disc(look: Look) -> str:
    """Draw a cutting disc."""
    r = 54 + 32 * look.scale
    ring = circle(100, 100, r, INK) + circle(100, 100, r - 8, STEEL, 2)
    label = (
        circle(100, 100, r * 0.56, look.accent if not look.model else METAL)
        + circle(100, 100, 15, METAL)
        + circle(100, 100, 9)
    )
    return (
        ring
        + label
        + lines(
            (100 - r * 0.42, 100, 100 - r * 0.3, 100),
            (100 + r * 0.3, 100, 100 + r * 0.42, 100),
            (100, 100 - r * 0.44, 100, 100 - r * 0.3),
            (100, 100 + r * 0.3, 100, 100 + r * 0.44),
        )
    )


def diamond_disc(look: Look) -> str:
    """Draw a diamond disc with segments."""
    r = 54 + 32 * look.scale
    slots = lines(*[(*outer, *inner) for outer, inner in zip(around(14, r), around(14, r - 14), strict=True)], width=4)
    return (
        circle(100, 100, r, look.accent)
        + circle(100, 100, r - 12, METAL)
        + slots
        + "".join(circle(x, y, 4, PAPER, 2) for x, y in around(7, r * 0.55))
        + circle(100, 100, 11)
    )


def flap_disc(look: Look) -> str:
    """Draw a flap disc."""
    flaps = lines(*[(*outer, *inner) for outer, inner in zip(around(30, 82), around(30, 46, start=16), strict=True)])
    return (
        circle(100, 100, 82, look.accent)
        + flaps
        + circle(100, 100, 42, METAL)
        + circle(100, 100, 26, STEEL)
        + circle(100, 100, 10)
    )


def saw_blade(look: Look) -> str:
    """Draw a circular saw blade."""
    r = 56 + 30 * look.scale
    tips = [point for pair in zip(around(24, r), around(24, r - 9, start=4), strict=True) for point in pair]
    slots = lines(
        *[
            (*outer, *inner)
            for outer, inner in zip(around(4, r - 10, start=34), around(4, r - 26, start=40), strict=True)
        ],
        width=3,
    )
    return poly(*tips, fill=METAL) + slots + circle(100, 100, r * 0.5, look.accent) + circle(100, 100, 11)


def _blade_fan(look: Look, count: int) -> str:
    one = path(
        "M92 20H108V34H104V44H108V184H100L92 176"
        + "".join(f"L86 {172 - 9 * p}L92 {167 - 9 * p}" for p in range(13))
        + "V44H96V34H92Z",
        METAL,
        2.5,
    )
    return "".join(turned(one + rect(95, 60, 10, 40, 0, look.accent, 2), 14 + 16 * place) for place in range(count))


def jigsaw_blade(look: Look) -> str:
    """Draw jigsaw blades as a fan."""
    return sized(_blade_fan(look, 3), 1.04)


def sabre_blade(look: Look) -> str:
    """Draw sabre saw blades."""
    return sized(_blade_fan(look, 2), 0.96 + 0.1 * look.scale)


def abrasive_sheet(look: Look) -> str:
    """Draw a stack of abrasive sheets, coarser with fewer and larger grains."""
    sheets = (
        rect(48, 52, 116, 128, 2, METAL)
        + rect(40, 40, 116, 128, 2, METAL)
        + path("M32 28H148V128L120 156H32Z", look.accent)
        + path("M148 128H120V156Z", PAPER)
    )
    step = 12 + 8 * (1 - look.scale)
    dots = "".join(
        circle(44 + step * c, 42 + step * r, 1 + (1 - look.scale), INK, 1)
        for c in range(int(96 / step))
        for r in range(int(84 / step))
    )
    return sheets + dots


def abrasive_disc(look: Look) -> str:
    """Draw abrasive discs with holes for the dust."""
    holes = "".join(circle(x, y, 6, PAPER, 2) for x, y in [*around(8, 54, 92, 94), *around(5, 26, 92, 94, 18)])
    return (
        circle(112, 112, 76, METAL)
        + circle(102, 103, 76, METAL)
        + circle(92, 94, 76, look.accent)
        + holes
        + circle(92, 94, 6, PAPER, 2)
    )
