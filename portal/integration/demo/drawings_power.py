"""Drawings of power tools, their batteries and chargers."""

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
    path,
    poly,
    rect,
    sized,
    tube,
    turned,
)


def _vents(x: float, y: float) -> str:
    return lines(*[(x + 7 * place, y, x + 7 * place, y + 16) for place in range(4)])


def cordless_drill(look: Look) -> str:
    """Draw a cordless drill; without its battery where the model has none."""
    chuck = (
        poly((36, 60), (62, 52), (62, 90), (36, 82), fill=METAL) + line(50, 56, 50, 86) + rect(10, 68, 28, 6, 1, STEEL)
    )
    body = (
        path("M62 48H136Q158 50 160 72Q160 90 142 94H62Z", look.accent) + _vents(126, 60) + rect(60, 46, 12, 50, 3, INK)
    )
    handle = path("M106 94H142L152 148H120Z", METAL) + path("M104 96H96Q94 112 110 116Z", look.accent)
    battery = rect(108, 146, 58, 26, 5, INK if look.model else PAPER) + (
        line(116, 160, 158, 160, 1.2) if not look.model else ""
    )
    return sized(chuck + handle + body + battery, 0.92 + 0.08 * look.scale)


def corded_drill(look: Look) -> str:
    """Draw an impact drill with cable and side handle."""
    chuck = poly((34, 56), (58, 50), (58, 86), (34, 80), fill=METAL) + rect(8, 65, 28, 6, 1, STEEL)
    body = path("M58 44H150Q170 46 172 68Q172 88 152 92H58Z", look.accent) + _vents(138, 58)
    handle = path("M122 92H158L170 152Q170 162 160 162H146Q138 162 136 152Z", look.accent) + path(
        "M120 94H112Q110 112 126 116Z", INK
    )
    side = tube("M72 90V136", 15, INK)
    return (
        tube("M154 162Q156 186 126 184Q100 180 84 190", 7, STEEL)
        + chuck
        + side
        + handle
        + body
        + line(60, 68, 120, 68, 1.5)
    )


def rotary_hammer(look: Look) -> str:
    """Draw a rotary hammer with D-handle."""
    bit = rect(4, 72, 46, 7, 1, STEEL) + poly((40, 66), (66, 56), (66, 96), (40, 86), fill=INK)
    body = path("M64 50H132V124H108L96 100H64Z", look.accent) + path("M104 116H136V158H112Q104 158 104 148Z", METAL)
    grip = tube("M132 60H156Q172 62 172 80V122Q172 140 154 142H134", 16, INK)
    return sized(
        grip + bit + body + path("M70 62H120", NONE, 2) + _vents(108, 70) + line(104, 136, 136, 136),
        0.94 + 0.06 * look.scale,
    )


def angle_grinder(look: Look) -> str:
    """Draw an angle grinder."""
    disc = ellipse(46, 118, 40, 12, STEEL) + path("M10 112A40 16 0 0 1 82 106L78 92Q46 78 14 98Z", METAL)
    body = path("M60 74Q62 58 80 58L170 66Q186 68 186 84Q186 100 170 100L84 106Q62 104 60 92Z", look.accent)
    side = tube("M66 66L40 30", 16, INK)
    return sized(
        disc + side + body + rect(92, 62, 10, 42, 3, INK) + _vents(148, 74) + rect(112, 68, 22, 10, 4, METAL, 2),
        0.84 + 0.16 * look.scale,
    )


def sander(look: Look) -> str:
    """Draw a random orbit sander."""
    pad = rect(30, 150, 112, 14, 4, STEEL) + path("M42 150L48 130H124L130 150Z", INK)
    body = path("M52 130Q44 92 56 66Q70 40 106 44Q130 48 126 78L122 130Z", look.accent) + lines(
        (62, 104, 116, 104), (60, 114, 118, 114)
    )
    dust = path("M124 96H142V84H176Q184 84 184 92V136H142V116H124Z", METAL)
    return sized(dust + pad + body + circle(88, 66, 8, METAL), 0.92 + 0.08 * look.scale)


def circular_saw(look: Look) -> str:
    """Draw a circular saw."""
    blade = circle(92, 118, 46, METAL) + circle(92, 118, 10, STEEL)
    guard = path("M40 122A52 52 0 0 1 146 122H126A34 34 0 0 0 58 122Z", look.accent)
    grip = tube("M84 74Q94 40 128 46Q160 54 156 104", 18, look.accent) + circle(66, 76, 12, INK)
    return sized(
        blade + grip + guard + rect(12, 140, 172, 9, 3, STEEL) + rect(128, 96, 36, 32, 6, INK), 0.9 + 0.1 * look.scale
    )


def jigsaw(look: Look) -> str:
    """Draw a jigsaw."""
    body = path("M44 76Q44 58 62 54L148 40Q172 38 174 58Q176 74 160 78L118 86V132H52Z", look.accent)
    hole = path("M84 84L140 72V66L84 72Z", PAPER)
    blade = path("M60 142H70V186L64 192V186L60 182L64 178L60 174L64 170L60 166Z", METAL, 2)
    return sized(
        blade + body + hole + rect(30, 132, 122, 10, 3, STEEL) + _vents(62, 100) + circle(106, 112, 8, INK),
        0.92 + 0.08 * look.scale,
    )


def sabre_saw(look: Look) -> str:
    """Draw a reciprocating saw."""
    blade = path("M6 92H54V104L48 108L42 104L36 108L30 104L24 108L18 104L10 104Z", METAL, 2)
    body = path("M52 82L76 74H140L160 84Q188 92 188 120Q188 142 170 142H146L134 116H76L52 112Z", look.accent)
    return turned(
        blade
        + path("M46 80H62V120H46Z", STEEL)
        + body
        + path("M146 106Q166 104 168 120Q166 130 152 128Z")
        + _vents(96, 86)
        + rect(80, 108, 44, 14, 5, INK),
        -10,
    )


def battery(look: Look) -> str:
    """Draw a slide-on battery, higher with its capacity."""
    top = 88 - 22 * look.scale
    lamps = "".join(
        circle(78 + 15 * place, 148, 4, look.accent if place <= 3 * look.scale + 0.5 else PAPER, 2)
        for place in range(4)
    )
    rail = path(f"M60 {top}V{top - 18}H140V{top}Z", METAL) + lines(
        *[(76 + 16 * p, top - 14, 76 + 16 * p, top - 4) for p in range(4)], width=3
    )
    return (
        rail
        + rect(42, top, 116, 166 - top, 10, INK)
        + rect(42, top + 12, 116, 22, 0, look.accent)
        + rect(68, 138, 64, 20, 6, PAPER, 2)
        + lamps
    )


def charger(look: Look) -> str:
    """Draw a charger."""
    body = path("M30 108Q30 96 42 96H158Q170 96 170 108L176 160H24Z", look.accent)
    bay = rect(62, 62, 76, 40, 5, METAL) + lines(*[(78 + 15 * p, 70, 78 + 15 * p, 84) for p in range(4)], width=3)
    return (
        tube("M172 146Q194 148 186 176Q180 190 150 186", 6, STEEL)
        + bay
        + body
        + circle(50, 128, 5, METAL, 2)
        + circle(68, 128, 5, PAPER, 2)
        + _vents(124, 122)
    )


def heat_gun(look: Look) -> str:
    """Draw a heat gun."""
    nozzle = path("M26 62H60V92H26Q20 77 26 62Z", STEEL)
    body = path("M58 52H150Q172 54 172 76Q172 98 150 102H58Z", look.accent)
    handle = path("M100 102H134L144 170Q144 178 136 178H118Q110 178 110 170Z", look.accent) + path(
        "M98 104H92Q90 120 104 124Z", INK
    )
    heat = lines((16, 66, 6, 62), (14, 77, 2, 77), (16, 88, 6, 92))
    return heat + nozzle + handle + body + _vents(140, 68)


def vacuum(look: Look) -> str:
    """Draw a wet and dry vacuum."""
    hose = tube("M60 92Q14 90 16 140Q18 176 44 184", 13, STEEL)
    tub = path("M52 94H152L146 164H58Z", METAL) + path("M48 94Q50 48 102 46Q154 48 156 94Z", look.accent)
    grip = tube("M82 48V36Q82 30 88 30H118Q124 30 124 36V48", 8, INK)
    return sized(
        grip
        + hose
        + tub
        + circle(70, 174, 10, INK)
        + circle(134, 174, 10, INK)
        + rect(90, 70, 26, 12, 5)
        + line(60, 106, 145, 106),
        0.86 + 0.16 * look.scale,
    )
