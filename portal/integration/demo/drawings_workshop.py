"""Drawings of saws, chisels, knives, clamps, measuring tools and workshop furniture."""

from __future__ import annotations

from itertools import pairwise

from portal.integration.demo.families import Look
from portal.integration.demo.sketch import (
    INK,
    METAL,
    NONE,
    PAPER,
    STEEL,
    circle,
    line,
    lines,
    moved,
    path,
    poly,
    rect,
    sized,
    tube,
    turned,
)


def _teeth(x: float, y: float, count: int, step: float, depth: float = 5) -> str:
    return "".join(
        f"L{x - step * place - step / 2:g} {y + depth:g}L{x - step * (place + 1):g} {y:g}" for place in range(count)
    )


def hand_saw(look: Look) -> str:
    """Draw a hand saw."""
    blade = path("M10 104L140 62V130" + "L136 130" + _teeth(136, 130, 15, 8) + "L10 130Z", METAL)
    grip = path("M132 56Q150 48 172 54Q190 60 186 80L180 128Q178 142 160 140H134Q128 96 132 56Z", look.accent)
    return sized(
        turned(blade + grip + path("M150 78Q166 70 170 82L166 112Q160 124 148 118Q144 96 150 78Z"), -18),
        0.86 + 0.14 * look.scale,
    )


def japanese_saw(look: Look) -> str:
    """Draw a Japanese saw."""
    blade = path("M88 16H118V96H88V92" + "".join(f"L83 {90 - 8 * p}L88 {86 - 8 * p}" for p in range(9)) + "Z", METAL)
    handle = path("M94 96H112L114 188H92Z", look.accent) + lines(
        *[(93, y, 113, y + 8) for y in (112, 126, 140, 154, 168)]
    )
    return sized(turned(blade + handle, 45), 1.12 + 0.12 * look.scale)


def hacksaw(look: Look) -> str:
    """Draw a hacksaw."""
    frame = tube("M24 128V70Q24 58 36 58H146Q156 58 156 70V128", 11, METAL)
    blade = path("M22 122H152V130" + _teeth(152, 130, 16, 8, 4) + "Z", STEEL, 2)
    grip = path("M146 116L170 108Q182 106 184 118L190 158Q190 170 178 170H166Q158 170 156 160Z", look.accent)
    return sized(turned(moved(frame + blade + grip, -8, 0), -14), 0.92)


def chisel(look: Look) -> str:
    """Draw a wood chisel as wide as its size says."""
    half = 6 + 12 * look.scale
    blade = poly(
        (100 - half, 14), (100 + half, 14), (100 + half, 84), (104, 100), (96, 100), (100 - half, 84), fill=METAL
    )
    bevel = line(100 - half, 30, 100 + half, 30)
    handle = path("M92 104Q88 120 84 140Q82 184 100 188Q118 184 116 140Q112 120 108 104Z", look.accent)
    return sized(turned(blade + bevel + rect(92, 96, 16, 12, 2, STEEL) + handle + line(86, 172, 114, 172), 45), 1.2)


def cold_chisel(look: Look) -> str:
    """Draw a chisel for stone, with a guard for the hand."""
    bar = path("M90 14H110L112 36L108 52V188H92V52L88 36Z", METAL) + lines(
        (97, 54, 97, 184), (103, 54, 103, 184), width=1.2
    )
    guard = path("M76 120H124L118 136H82Z", look.accent) + rect(86, 134, 28, 38, 6, look.accent)
    return sized(turned(bar + guard, 45), 1 + 0.25 * look.scale)


def file(look: Look) -> str:
    """Draw a file with its cut."""
    blade = path("M92 14H108L112 106H88Z", METAL)
    cut = lines(*[(90, 24 + 9 * place, 110, 31 + 9 * place) for place in range(9)], width=1.2)
    handle = path("M90 116Q84 140 86 160Q84 188 100 188Q116 188 114 160Q116 140 110 116Z", look.accent)
    return sized(turned(blade + cut + rect(92, 104, 16, 14, 2, STEEL) + handle, 45), 1.02 + 0.22 * look.scale)


def knife(look: Look) -> str:
    """Draw a cutter with snap-off blade."""
    half = 10 + 5 * look.scale
    blade = poly((100 - half + 4, 70), (100 - half + 4, 34), (100 + half - 4, 12), (100 + half - 4, 70), fill=METAL)
    snaps = lines(*[(100 - half + 4, y, 100 + half - 4, y - 8) for y in (44, 56)], width=1.2)
    body = path(f"M{100 - half} 62H{100 + half}V172L{100 + half - 8} 186H{100 - half}Z", look.accent)
    return sized(
        turned(
            blade
            + snaps
            + body
            + rect(95, 88, 10, 26, 4, METAL)
            + lines((94, 146, 106, 146), (94, 154, 106, 154), (94, 162, 106, 162)),
            45,
        ),
        1.12 + 0.1 * look.scale,
    )


def blades(look: Look) -> str:
    """Draw a dispenser of blades."""
    out = poly((62, 52), (110, 14), (126, 14), (126, 60), (62, 76), fill=METAL) + lines(
        (78, 40, 78, 70), (94, 28, 94, 66), (110, 15, 110, 62), width=1.2
    )
    return turned(
        out
        + rect(48, 58, 104, 118, 10, look.accent)
        + rect(62, 84, 76, 52, 4)
        + lines((74, 124, 104, 96), (88, 124, 118, 96))
        + line(62, 154, 138, 154),
        12,
    )


def scissors(look: Look) -> str:
    """Draw scissors."""
    one = (
        path("M94 108L112 14Q122 50 108 112Z", METAL)
        + tube("M98 108Q86 126 80 134", 10, look.accent)
        + tube("M66 170Q56 146 74 136Q94 132 94 154Q92 182 74 180Q68 178 66 170Z", 9, look.accent)
    )
    other = f'<g transform="translate(200 0) scale(-1 1)">{one}</g>'
    return sized(turned(other + one + circle(100, 106, 4, STEEL), 30), 0.9 + 0.1 * look.scale)


def screw_clamp(look: Look) -> str:
    """Draw a screw clamp."""
    span = 50 + 52 * look.scale
    rail = rect(52, 20, 14, 164, 2, METAL) + lines(*[(54, y, 64, y) for y in range(60, 180, 8)], width=1.2)
    top = path("M46 16H140V36H126V46H112V36H46Z", STEEL)
    arm = path(f"M44 {46 + span}H132V{66 + span}H44Z", STEEL)
    spindle = rect(116, 26 + span, 7, 62, 1, METAL) + rect(110, 20 + span, 19, 8, 2, METAL)
    return rail + top + spindle + arm + rect(109, min(70 + span, 152), 21, 38, 8, look.accent)


def quick_clamp(look: Look) -> str:
    """Draw a one-hand clamp."""
    bar = rect(14, 58, 172, 14, 2, METAL)
    left = path("M22 50H44V72L52 122Q52 134 40 134H30Q26 100 22 72Z", look.accent)
    x = 84 + 22 * look.scale
    right = path(
        f"M{x} 46H{x + 44}V84L{x + 62} 148Q{x + 50} 158 {x + 42} 150L{x + 22} 92L{x + 10} 132Q{x} 136 {x - 8} 130Z",
        look.accent,
    )
    return turned(bar + left + right + line(x + 6, 66, x + 38, 66), -12)


def tape_measure(look: Look) -> str:
    """Draw a tape measure."""
    body = path("M42 46Q42 30 58 30H112Q150 34 150 86V142H58Q42 142 42 126Z", look.accent)
    tape = path("M118 132H184V150H118Z") + lines(
        *[(126 + 8 * p, 150, 126 + 8 * p, 144 - 3 * (p % 2)) for p in range(7)], width=1.5
    )
    magnet = circle(96, 86, 9, INK) if look.model else circle(96, 86, 9, METAL)
    hook = path("M184 128V166H176", NONE, 5)
    return sized(
        body + circle(96, 86, 30) + magnet + tape + hook + rect(96, 20, 28, 14, 4, METAL), 0.82 + 0.2 * look.scale
    )


def long_tape(look: Look) -> str:
    """Draw a long tape in its open frame."""
    reel = circle(92, 84, 58, look.accent) + circle(92, 84, 40) + circle(92, 84, 29) + circle(92, 84, 10, METAL)
    grip = tube("M92 140V186", 16, INK) + tube("M92 84L116 62", 8, METAL)
    return reel + grip + path("M146 104L188 128L182 138L136 112Z") + path("M186 122L192 144", NONE, 4)


def folding_rule(look: Look) -> str:
    """Draw a folding rule, half open."""
    ends = [(24, 150), (66, 42), (98, 158), (136, 44), (178, 150)]
    parts = []
    for (x1, y1), (x2, y2) in pairwise(ends):
        parts.append(tube(f"M{x1} {y1}L{x2} {y2}", 18, look.accent))
        for part in range(1, 8):
            x, y = x1 + (x2 - x1) * part / 8, y1 + (y2 - y1) * part / 8
            parts.append(line(x - 4, y, x + 1, y, 1.5))
    return "".join(parts) + "".join(circle(x, y, 4, METAL, 2) for x, y in ends[1:-1])


def level(look: Look) -> str:
    """Draw a spirit level as long as its size says."""
    half = 58 + 32 * look.scale
    bar = rect(100 - half, 82, 2 * half, 36, 4, look.accent) + lines(
        (100 - half, 90, 100 + half, 90), (100 - half, 110, 100 + half, 110), width=1.2
    )
    vial = (
        rect(84, 86, 32, 18, 6)
        + lines((95, 86, 95, 104), (105, 86, 105, 104), width=1.5)
        + circle(100, 95, 3.5, METAL, 1.5)
    )
    ends = "".join(
        circle(100 + side * (half - 20), 100, 11)
        + line(94 + side * (half - 20), 100, 106 + side * (half - 20), 100, 1.5)
        for side in (-1, 1)
    )
    magnet = rect(100 - half + 36, 112, 2 * half - 72, 6, 0, INK) if look.model else ""
    return turned(bar + magnet + vial + ends, -24)


def torpedo_level(look: Look) -> str:
    """Draw a short level with pointed ends."""
    body = path("M16 96L40 78H160L184 96V118H16Z", look.accent)
    return turned(
        body
        + rect(82, 84, 36, 18, 6)
        + lines((95, 84, 95, 102), (105, 84, 105, 102), width=1.5)
        + circle(50, 98, 11)
        + circle(150, 98, 11)
        + rect(30, 112, 140, 6, 0, INK),
        -20,
    )


def square(look: Look) -> str:
    """Draw a carpenter's square."""
    reach = 130 + 40 * look.scale
    blade = path(f"M24 24H50V{reach}H24Z", METAL) + lines(
        *[(50, 52 + 10 * p, 42 - 4 * (p % 2), 52 + 10 * p) for p in range(int((reach - 60) / 10))], width=1.5
    )
    stock = path(f"M20 20H{reach}V46H20Z", look.accent) + "".join(circle(34 + 10 * p, 33, 2, INK, 1) for p in (0, 2))
    return moved(blade + stock, 8, 8)


def calliper(look: Look) -> str:
    """Draw a vernier calliper."""
    bar = path("M28 60H184V84H52V150Q38 140 34 96L28 84Z", METAL) + path("M34 60L46 30V60Z", METAL)
    slide = path("M82 54H134V98H96Q94 136 74 150V84H82Z", look.accent) + path("M74 60L64 30L84 54Z", METAL)
    ticks = lines(*[(140 + 7 * p, 84, 140 + 7 * p, 76 - 3 * (p % 2)) for p in range(6)], width=1.5)
    return sized(turned(bar + slide + rect(92, 62, 34, 16, 2) + ticks, -16), 0.9 + 0.1 * look.scale)


def pencil(look: Look) -> str:
    """Draw three flat pencils."""
    one = (
        poly((92, 40), (108, 40), (102, 14), (98, 14), fill=PAPER)
        + rect(90, 40, 20, 144, 2, look.accent)
        + line(100, 42, 100, 182, 1.2)
        + path("M97.5 20L100 12L102.5 20Z", INK, 1)
    )
    return sized(turned(moved(one, -30, 8) + moved(one, 30, 8) + one, 32), 0.9)


def chalk_line(look: Look) -> str:
    """Draw a chalk line with its hook."""
    body = path("M100 40Q152 66 146 122Q138 176 100 180Q62 176 54 122Q48 66 100 40Z", look.accent)
    return turned(
        tube("M100 44V16", 9, METAL)
        + body
        + circle(100, 120, 30)
        + tube("M100 120L120 100", 7, METAL)
        + path("M100 14L88 6M100 14L112 6", NONE),
        24,
    )


def laser(look: Look) -> str:
    """Draw a cross-line laser and its cross."""
    cross = f'<path d="M100 8V192M8 78H192" fill="none" stroke="{look.accent}" stroke-width="4"/>'
    return (
        cross
        + rect(62, 46, 76, 92, 12, METAL)
        + rect(80, 60, 40, 36, 6, INK)
        + circle(100, 78, 9, look.accent)
        + path("M62 116H138V138Q138 150 126 150H74Q62 150 62 138Z", look.accent)
        + rect(74, 150, 12, 16, 2, STEEL)
        + rect(114, 150, 12, 16, 2, STEEL)
    )


def distance_meter(look: Look) -> str:
    """Draw a laser distance meter."""
    body = (
        rect(66, 26, 68, 152, 14, look.accent)
        + rect(76, 44, 48, 52, 4)
        + lines((84, 60, 108, 60), (84, 72, 116, 72), (84, 84, 100, 84))
    )
    keys = circle(100, 114, 9, INK) + "".join(circle(x, y, 5, METAL, 2) for y in (138, 156) for x in (84, 100, 116))
    return turned(f'<path d="M88 26V4" fill="none" stroke="{look.accent}" stroke-width="4"/>' + body + keys, 18)


def tool_box(look: Look) -> str:
    """Draw a tool box."""
    grip = tube("M70 74V56Q70 48 78 48H122Q130 48 130 56V74", 9, METAL)
    return sized(
        grip
        + path("M24 84L40 70H160L176 84V104H24Z", look.accent)
        + rect(24, 102, 152, 62, 4, look.accent)
        + rect(90, 94, 20, 22, 3, METAL)
        + lines((34, 134, 80, 134), (120, 134, 166, 134)),
        0.88 + 0.14 * look.scale,
    )


def system_case(look: Look) -> str:
    """Draw a stackable case, higher with its size."""
    top = 96 - 40 * look.scale
    grip = tube(f"M76 {top}V{top - 10}Q76 {top - 18} 84 {top - 18}H116Q124 {top - 18} 124 {top - 10}V{top}", 8, INK)
    return (
        grip
        + rect(24, top, 152, 170 - top, 8, METAL)
        + rect(24, top, 152, 26, 8, look.accent)
        + rect(48, top + 16, 20, 24, 4, look.accent)
        + rect(132, top + 16, 20, 24, 4, look.accent)
        + line(24, 150, 176, 150)
    )


def parts_case(look: Look) -> str:
    """Draw a cabinet of small drawers."""
    count = 2 + round(2 * look.scale)
    height = 120 / count
    drawers = "".join(
        rect(36 + 43 * column, 40 + height * row, 40, height - 5, 3)
        + rect(50 + 43 * column, 40 + height * row + height / 2 - 4, 12, 6, 2, INK, 1)
        for row in range(count)
        for column in range(3)
    )
    return rect(26, 30, 148, 138, 8, look.accent) + drawers


def trolley(look: Look) -> str:
    """Draw a workshop trolley."""
    drawers = "".join(
        rect(46, 58 + 18 * row, 108, 14, 2) + line(84, 65 + 18 * row, 116, 65 + 18 * row, 3) for row in range(5)
    )
    return (
        tube("M38 52H20V76", 7, METAL)
        + rect(36, 46, 128, 116, 6, look.accent)
        + rect(32, 38, 136, 12, 3, METAL)
        + drawers
        + circle(56, 174, 11, INK)
        + circle(144, 174, 11, INK)
        + circle(56, 174, 4, METAL, 1)
        + circle(144, 174, 4, METAL, 1)
    )


def workbench(look: Look) -> str:
    """Draw a workbench with vice."""
    legs = rect(30, 90, 14, 84, 0, METAL) + rect(156, 90, 14, 84, 0, METAL) + rect(44, 146, 112, 10, 0, METAL)
    drawer = (
        rect(98, 90, 58, 40, 2, look.accent)
        + line(98, 110, 156, 110)
        + lines((120, 100, 134, 100), (120, 120, 134, 120), width=3)
    )
    return (
        legs
        + drawer
        + rect(16, 72, 168, 18, 2)
        + lines((30, 79, 100, 79), (110, 84, 170, 84), width=1.2)
        + path("M34 72V54H50V60H58V54H74V72Z", STEEL)
        + line(74, 62, 92, 62, 4)
    )


def padlock(look: Look) -> str:
    """Draw a padlock."""
    body = (
        rect(54, 92, 92, 84, 12, look.accent)
        + circle(100, 128, 10, INK)
        + path("M97 132H103L106 154H94Z", INK, 1)
        + line(56, 106, 144, 106)
    )
    return sized(tube("M72 94V64Q72 30 100 30Q128 30 128 64V94", 15, METAL) + body, 0.72 + 0.3 * look.scale)


def tarpaulin(look: Look) -> str:
    """Draw a folded tarpaulin with eyelets."""
    folded = (
        path("M24 78L120 46L178 76L82 112Z", look.accent)
        + path("M24 78V106Q22 112 26 116L82 146V112Z", look.accent)
        + path("M82 112L178 76V106L82 146Z", look.accent)
    )
    folds = lines(
        (24, 92, 82, 124), (24, 104, 82, 136), (82, 124, 178, 86), (82, 136, 178, 97), (50, 67, 108, 103), width=1.5
    )
    return sized(
        folded
        + folds
        + circle(42, 79, 4, METAL, 2)
        + circle(120, 55, 4, METAL, 2)
        + circle(160, 76, 4, METAL, 2)
        + circle(82, 104, 4, METAL, 2),
        0.86 + 0.16 * look.scale,
    )
