"""Drawings of protection, light, heat and paint."""

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


def glove(look: Look) -> str:
    """Draw a glove with coated palm and coloured cuff."""
    hand = path(
        "M70 184V126L40 96Q32 84 42 78Q52 74 62 86L72 98V40Q72 30 81 30Q90 30 90 40V30Q90 20 99 20Q108 20 108 30V40"
        "Q108 32 117 32Q126 32 126 42V60Q126 52 134 52Q142 52 142 62V126L134 184Z",
        METAL,
    )
    fingers = lines((90, 42, 90, 84), (108, 40, 108, 84), (126, 60, 126, 88))
    cuff = path("M68 150H139L134 186H70Z", look.accent) + lines(
        (80, 158, 80, 180), (94, 158, 94, 180), (108, 158, 108, 180), (122, 158, 122, 180)
    )
    return sized(hand + fingers + path("M76 108Q104 96 138 108", NONE, 2) + cuff, 0.86 + 0.14 * look.scale)


def helmet(look: Look) -> str:
    """Draw a safety helmet."""
    shell = path("M30 132Q30 54 100 48Q170 54 170 132Z", look.accent) + path(
        "M88 48Q84 84 86 132M112 48Q116 84 114 132", NONE, 2.5
    )
    return (
        shell
        + rect(88, 40, 24, 20, 6, look.accent)
        + path("M20 132H180Q190 134 184 146Q142 152 100 150Q58 152 16 146Q10 134 20 132Z", look.accent)
        + path("M46 150Q54 178 100 180Q146 178 154 150", NONE, 2.5)
    )


def glasses(look: Look) -> str:
    """Draw safety glasses."""
    lens = path("M24 84Q58 74 92 84Q94 122 74 130H44Q26 126 24 84Z", METAL) + path(
        "M38 96L52 118M52 94L66 116", NONE, 1.5
    )
    arm = tube("M26 84Q16 80 14 92L30 150", 8, look.accent)
    return arm + mirrored(arm) + lens + mirrored(lens) + tube("M22 80Q60 66 100 78Q140 66 178 80", 9, look.accent)


def ear_defenders(look: Look) -> str:
    """Draw ear defenders."""
    cup = rect(28, 92, 34, 72, 16, look.accent) + rect(58, 98, 14, 60, 7, INK)
    return (
        tube("M46 100Q44 34 100 32Q156 34 154 100", 12, METAL)
        + cup
        + mirrored(cup)
        + line(45, 112, 45, 144)
        + line(155, 112, 155, 144)
    )


def mask(look: Look) -> str:
    """Draw a dust mask with valve."""
    straps = path("M40 84Q14 60 40 40M160 84Q186 60 160 40M42 128Q12 140 26 166M158 128Q188 140 174 166", NONE, 2.5)
    body = path("M38 76Q70 70 100 48Q130 70 162 76Q168 146 100 162Q32 146 38 76Z")
    return (
        straps
        + body
        + path("M44 112Q100 92 156 112", NONE, 2)
        + rect(84, 58, 32, 8, 4, METAL, 2)
        + rect(82, 108, 36, 30, 8, look.accent)
        + lines((90, 118, 110, 118), (90, 127, 110, 127))
    )


def boot(look: Look) -> str:
    """Draw a safety shoe, high or low by model."""
    top = 30 if look.model else 62
    upper = path(f"M52 {top}H112V86Q126 104 158 108Q182 112 184 146H46Z", INK)
    cap = path("M142 106Q182 106 184 146H134Q130 122 142 106Z", look.accent)
    eyes = "".join(circle(106 + 3 * p, 74 + 10 * p, 2.5, METAL, 1) for p in range(4))
    laces = "".join(
        f'<path d="M{90 + 5 * p} {76 + 9 * p}L{106 + 5 * p} {70 + 9 * p}" stroke="{METAL}" fill="none"/>'
        for p in range(4)
    )
    return (
        upper
        + cap
        + laces
        + eyes
        + path("M40 146H188V158Q186 166 176 166H110L104 158H92L88 166H50Q40 166 40 156Z", STEEL)
        + path(f"M52 {top + 12}H112", NONE, 2)
        + rect(50, top - 6, 64, 14, 6, look.accent)
    )


def vest(look: Look) -> str:
    """Draw a high-visibility vest."""
    half = (
        path("M98 40L84 24H66Q70 58 44 74V180H98Z", look.accent)
        + path("M44 116H98V130H44ZM44 146H98V160H44Z", METAL, 2)
        + path("M70 24L78 116H92L84 24Z", METAL, 2)
    )
    return sized(half + mirrored(half) + line(100, 44, 100, 180, 3), 0.86 + 0.14 * look.scale)


def knee_pads(look: Look) -> str:
    """Draw a pair of knee pads."""
    pad = (
        path("M34 50Q60 34 86 50Q96 96 84 146Q60 164 36 146Q24 96 34 50Z", INK)
        + path("M42 70Q60 58 78 70Q84 100 76 128Q60 140 44 128Q36 100 42 70Z", look.accent)
        + lines((48, 92, 72, 92), (48, 106, 72, 106))
    )
    strap = tube("M30 76H14M30 124H14M90 76H98M90 124H98", 8, METAL)
    return strap + mirrored(strap) + pad + mirrored(pad)


def headlamp(look: Look) -> str:
    """Draw a headlamp with its band."""
    band = tube("M48 112Q20 64 70 46Q100 38 130 46Q180 64 152 112", 13, look.accent)
    return (
        band
        + tube("M100 42V92", 10, look.accent)
        + rect(50, 90, 100, 62, 16, METAL)
        + circle(100, 121, 24, INK)
        + circle(100, 121, 15)
        + lines((100, 160, 100, 178), (70, 158, 60, 174), (130, 158, 140, 174))
        + circle(64, 104, 4, look.accent, 2)
    )


def torch(look: Look) -> str:
    """Draw a torch with its beam."""
    head = (
        path("M76 28H124V58L112 76H88L76 58Z", METAL)
        + line(76, 42, 124, 42)
        + rect(88, 76, 24, 108, 4, look.accent)
        + rect(94, 90, 12, 20, 6, INK)
    )
    knurl = lines(*[(90, y, 110, y) for y in range(124, 172, 7)], width=1.5)
    return sized(
        turned(head + knurl + lines((84, 20, 78, 6), (100, 18, 100, 2), (116, 20, 122, 6)), 45),
        0.98 + 0.16 * look.scale,
    )


def floodlight(look: Look) -> str:
    """Draw a site light on its stand."""
    stand = tube("M40 104V150H160V104", 9, METAL) + tube("M40 150L28 182M160 150L172 182M28 182H172", 8, METAL)
    lamp = (
        rect(30, 36, 140, 92, 8, look.accent)
        + rect(44, 50, 112, 64, 3)
        + lines(*[(44 + 28 * p, 50, 44 + 28 * p, 114) for p in (1, 2, 3)], (44, 82, 156, 82), width=1.5)
    )
    return sized(stand + lamp, 0.84 + 0.16 * look.scale)


def cable_reel(look: Look) -> str:
    """Draw a cable reel."""
    stand = tube("M60 30Q100 14 140 30L164 182H36L60 30", 9, METAL)
    reel = circle(100, 108, 58, look.accent) + circle(100, 108, 42, INK) + circle(100, 108, 30)
    plugs = "".join(
        circle(x, y, 8, METAL, 2) + circle(x - 2.5, y, 1, INK, 1) + circle(x + 2.5, y, 1, INK, 1)
        for x, y in around(4, 17, 100, 108, 45)
    )
    return sized(stand + reel + plugs, 0.86 + 0.14 * look.scale)


def lead(look: Look) -> str:
    """Draw an extension lead."""
    coil = "".join(tube(f"M100 {104 - r}A{r} {r * 0.86:g} 0 1 1 99.9 {104 - r}Z", 9, look.accent) for r in (64, 54))
    plug = rect(140, 140, 34, 26, 6, INK) + lines((174, 147, 184, 147), (174, 159, 184, 159), width=4)
    return (
        coil
        + tube("M136 140Q124 156 142 153", 9, look.accent)
        + plug
        + rect(20, 144, 44, 28, 8, INK)
        + tube("M62 158Q76 156 70 148", 9, look.accent)
        + rect(84, 34, 32, 18, 4, METAL)
    )


def fan_heater(look: Look) -> str:
    """Draw a fan heater."""
    grill = (
        circle(100, 96, 54, INK)
        + "".join(f'<circle cx="100" cy="96" r="{r}" fill="none" stroke="{look.accent}"/>' for r in (44, 32, 20))
        + circle(100, 96, 9, METAL)
    )
    grip = tube("M74 32Q76 16 100 16Q124 16 126 32", 9, METAL)
    return sized(
        grip
        + rect(34, 28, 132, 138, 16, look.accent)
        + grill
        + circle(152, 150, 6, METAL, 2)
        + circle(50, 150, 6, METAL, 2)
        + rect(48, 166, 22, 14, 3, STEEL)
        + rect(130, 166, 22, 14, 3, STEEL),
        0.84 + 0.16 * look.scale,
    )


def bleed_key(look: Look) -> str:
    """Draw a radiator bleed key."""
    wings = path(
        "M100 130L54 112Q34 112 34 134Q34 156 54 156L100 140L146 156Q166 156 166 134Q166 112 146 112Z", look.accent
    )
    return sized(
        turned(rect(90, 38, 20, 96, 4, METAL) + rect(94, 30, 12, 22, 0, INK) + wings + circle(100, 135, 12, METAL), 20),
        0.9 + 0.1 * look.scale,
    )


def pipe_lagging(look: Look) -> str:
    """Draw a length of pipe insulation with its slit."""
    r = 24 + 14 * look.scale
    body = path(f"M{100 - r} 40V166A{r} {r * 0.4:g} 0 0 0 {100 + r} 166V40Z", look.accent) + line(
        100 + r * 0.5, 44, 100 + r * 0.5, 176
    )
    end = ellipse(100, 40, r, r * 0.4, METAL) + ellipse(100, 40, r * 0.5, r * 0.2, INK)
    return turned(body + end, 36)


def brush(look: Look) -> str:
    """Draw a flat brush as wide as its size says."""
    half = 16 + 30 * look.scale
    hair = path(f"M{100 - half} 76L{100 - half + 4} 20Q100 10 {100 + half - 4} 20L{100 + half} 76Z") + lines(
        *[(100 + half * f, 70, 100 + half * f * 0.9, 28) for f in (-0.6, -0.2, 0.2, 0.6)], width=1.2
    )
    handle = path(
        f"M{100 - half} 102Q{100 - half} 116 94 124Q84 160 92 182"
        f"Q100 192 108 182Q116 160 106 124Q{100 + half} 116 {100 + half} 102Z",
        look.accent,
    )
    return turned(
        hair + handle + rect(100 - half - 2, 74, 2 * half + 4, 30, 2, METAL) + circle(100, 172, 4, PAPER, 2), 40
    )


def roller(look: Look) -> str:
    """Draw a paint roller as wide as its size says."""
    width = 64 + 56 * look.scale
    wire = tube(f"M{54 + width} 62H178V104H100V128", 7, METAL)
    fleece = rect(40, 38, width, 48, 14) + lines(
        *[(40 + width * f, 46, 40 + width * f, 78) for f in (0.25, 0.5, 0.75)], width=1.2
    )
    return wire + fleece + rect(88, 124, 24, 64, 10, look.accent) + lines((95, 136, 95, 176), (105, 136, 105, 176))


def spray_can(look: Look) -> str:
    """Draw a marking spray."""
    can = path("M62 74Q64 56 84 52H116Q136 56 138 74V180Q138 186 132 186H68Q62 186 62 180Z", METAL)
    drops = "".join(circle(x, y, 2, look.accent, 1) for x, y in ((58, 24), (46, 16), (44, 30), (32, 22), (30, 36)))
    return (
        drops
        + can
        + rect(62, 92, 76, 66, 0, look.accent)
        + rect(84, 40, 32, 14, 3, STEEL)
        + rect(90, 20, 20, 22, 4, look.accent)
        + lines((76, 112, 124, 112), (76, 124, 110, 124))
    )


def tape_roll(look: Look) -> str:
    """Draw a roll of tape, broader with its size."""
    depth = 18 + 30 * look.scale
    ring = path(f"M34 84V{84 + depth}A62 40 0 0 0 158 {84 + depth}V84Z", look.accent) + ellipse(
        96, 84, 62, 40, look.accent
    )
    core = ellipse(96, 84, 34, 21, METAL) + ellipse(96, 86, 28, 16)
    return (
        ring
        + core
        + path(f"M158 {84 + depth * 0.2:g}L188 {70 + depth * 0.2:g}V{70 + depth}L158 {84 + depth}", look.accent)
        + path("M50 70Q66 54 96 52", NONE, 1.5)
    )


def cartridge(look: Look) -> str:
    """Draw a cartridge with nozzle, its colour on the label."""
    nozzle = poly((94, 60), (106, 60), (103, 14), (97, 14), fill=PAPER) + rect(86, 56, 28, 12, 2, METAL)
    return turned(
        nozzle
        + rect(74, 66, 52, 120, 5)
        + rect(74, 88, 52, 74, 0, look.accent)
        + rect(84, 102, 32, 22, 2)
        + line(74, 176, 126, 176),
        24,
    )


def putty_knife(look: Look) -> str:
    """Draw a putty knife as wide as its size says."""
    half = 20 + 34 * look.scale
    blade = path(f"M{100 - half} 16H{100 + half}L{100 + half * 0.8:g} 64L108 96H92L{100 - half * 0.8:g} 64Z", METAL)
    handle = path("M90 94H110L114 170Q114 188 100 188Q86 188 86 170Z", look.accent)
    return turned(blade + line(100 - half, 26, 100 + half, 26, 1.2) + handle + circle(100, 172, 4, PAPER, 2), 40)
