"""Drawings of garden tools."""

from __future__ import annotations

from portal.integration.demo.families import Look
from portal.integration.demo.sketch import (
    INK,
    METAL,
    NONE,
    PAPER,
    STEEL,
    circle,
    ellipse,
    line,
    lines,
    mirrored,
    path,
    poly,
    rect,
    sized,
    tube,
    turned,
)


def secateurs(look: Look) -> str:
    """Draw bypass secateurs."""
    left = tube("M94 96C76 116 70 146 80 186", 17, look.accent) + path(
        "M104 98L88 90Q76 50 104 14Q116 60 108 96Z", METAL
    )
    right = path("M96 98Q112 92 128 62Q134 44 124 32Q120 60 100 76Z", STEEL) + tube(
        "M106 96C126 116 130 146 118 186", 17, look.accent
    )
    spring = path("M92 122L110 126L90 132L110 137", NONE, 2.5)
    return sized(turned(right + left + spring + circle(100, 92, 9, METAL), 40), 0.96 + 0.14 * look.scale)


def loppers(look: Look) -> str:
    """Draw loppers with long arms."""
    arm = tube("M94 70L76 130", 10, METAL) + tube("M77 126L64 186", 16, look.accent)
    head = path("M96 74Q74 48 92 12Q112 40 106 72Z", METAL) + path("M100 72Q122 60 124 32L114 28Q112 50 98 60Z", STEEL)
    return sized(turned(arm + mirrored(arm) + head + circle(100, 70, 8, METAL), 45), 0.9 + 0.14 * look.scale)


def hedge_shears(look: Look) -> str:
    """Draw hedge shears."""
    blade = path("M98 104L86 96L96 8Q110 50 106 100Z", METAL) + line(98, 20, 98, 90, 1.2)
    arm = tube("M96 104L78 132", 10, STEEL) + tube("M79 130L58 184", 16, look.accent)
    return sized(
        turned(blade + mirrored(turned(blade, 7)) + arm + mirrored(arm) + circle(100, 104, 7, STEEL), 45),
        0.92 + 0.08 * look.scale,
    )


def _pole(look: Look, top: float) -> str:
    return rect(95, top, 10, 186 - top, 3) + rect(95, 158, 10, 28, 3, look.accent)


def spade(look: Look) -> str:
    """Draw a spade with T-handle."""
    handle = rect(95, 24, 10, 88, 0) + rect(74, 14, 52, 13, 6, look.accent) + line(100, 34, 100, 100, 1.2)
    blade = (
        path("M72 108H128V156Q126 182 100 190Q74 182 72 156Z", METAL)
        + path("M92 84H108V116Q100 124 92 116Z", STEEL)
        + line(100, 122, 100, 180, 1.2)
    )
    return sized(turned(handle + blade, 35), 0.88 + 0.14 * look.scale)


def shovel(look: Look) -> str:
    """Draw a shovel with pointed blade."""
    blade = path("M70 72Q66 30 100 10Q134 30 130 72Q116 80 104 82H96Q84 80 70 72Z", METAL) + path(
        "M84 60Q84 40 100 28", NONE, 1.5
    )
    return sized(turned(_pole(look, 78) + blade + rect(94, 72, 12, 24, 2, STEEL), 45), 1.02 + 0.12 * look.scale)


def rake(look: Look) -> str:
    """Draw a garden rake."""
    count = 7 + round(4 * look.scale)
    left, step = 100 - (count - 1) * 5, 10
    teeth = "".join(tube(f"M{left + step * p} 44V18", 6, METAL) for p in range(count))
    return turned(
        _pole(look, 70)
        + teeth
        + rect(left - 6, 40, (count - 1) * step + 12, 10, 3, METAL)
        + path("M92 50H108L105 78H95Z", STEEL),
        45,
    )


def leaf_rake(look: Look) -> str:
    """Draw a leaf rake with spring tines."""
    tines = "".join(
        path(f"M100 92L{52 + 12 * p} {30 - 10 + abs(p - 4) * 3}L{50 + 12.5 * p} {12 + abs(p - 4) * 3}", NONE, 3.5)
        for p in range(9)
    )
    return sized(
        turned(
            _pole(look, 92)
            + tines
            + path("M66 58Q100 44 134 58", NONE, 4)
            + path("M88 84H112L106 108H94Z", look.accent),
            45,
        ),
        0.92 + 0.1 * look.scale,
    )


def hose(look: Look) -> str:
    """Draw a coiled hose."""
    rings = "".join(
        tube(f"M100 {100 - r}A{r} {r} 0 1 1 99.9 {100 - r}Z", 13, look.accent)
        for r in (74, 61, 48)[: 2 + round(look.scale)]
    )
    return rings + tube("M148 148Q168 168 186 158", 13, look.accent) + turned(rect(168, 92, 22, 16, 3, METAL), 38)


def watering_can(look: Look) -> str:
    """Draw a watering can."""
    spout = tube("M70 140L30 70", 13, METAL) + turned(
        poly((30, 36), (58, 36), (50, 54), (38, 54), fill=look.accent), -24
    )
    grip = tube("M112 74Q124 28 152 44Q184 66 154 140", 10, METAL)
    return sized(
        grip
        + spout
        + path("M64 78H148L156 172H56Z", METAL)
        + ellipse(106, 78, 42, 10, STEEL)
        + lines((62, 108, 150, 108), (60, 150, 153, 150)),
        0.84 + 0.16 * look.scale,
    )


def snow_shovel(look: Look) -> str:
    """Draw a snow shovel."""
    half = 44 + 18 * look.scale
    blade = path(f"M{100 - half} 20H{100 + half}L{100 + half - 4} 76Q100 92 {100 - half + 4} 76Z", look.accent)
    ribs = lines(*[(100 + half * f, 32, 100 + half * f * 0.94, 72) for f in (-0.6, -0.2, 0.2, 0.6)])
    return sized(
        turned(
            rect(95, 80, 10, 86, 0)
            + blade
            + ribs
            + rect(100 - half, 14, 2 * half, 9, 1, METAL)
            + path("M78 186Q76 164 100 162Q124 164 122 186Z", INK)
            + path("M90 180Q90 174 100 173Q110 174 110 180Z", PAPER),
            40,
        ),
        0.88,
    )


def ice_scraper(look: Look) -> str:
    """Draw an ice scraper."""
    head = path("M58 20H142L132 66Q120 84 108 92H92Q80 84 68 66Z", look.accent) + rect(54, 14, 92, 12, 1, METAL)
    return turned(
        rect(90, 88, 20, 98, 10, INK) + head + lines((80, 36, 84, 64), (100, 36, 100, 70), (120, 36, 116, 64)), 40
    )
