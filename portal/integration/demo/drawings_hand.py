"""Drawings of hammers, drivers, pliers, spanners and sockets. Long tools are drawn upright and turned by 45 degrees."""

from __future__ import annotations

from portal.integration.demo.families import Look
from portal.integration.demo.sketch import (
    INK,
    METAL,
    PAPER,
    STEEL,
    circle,
    ellipse,
    hexagon,
    line,
    lines,
    mirrored,
    moved,
    path,
    poly,
    rect,
    sized,
    tube,
    turned,
)

# The third model of a family: a hammer's fibreglass handle, insulated pliers.
_BEST = 2


def _leaning(look: Look, inner: str, least: float = 0.78) -> str:
    # Turned to the diagonal there is room to draw it larger.
    return sized(turned(inner, 45), 1.07 * (least + (1.02 - least) * look.scale))


def shaft(look: Look, top: float, bottom: float = 188) -> str:
    """Draw a hammer's handle: ash, hickory with painted end, or fibreglass with grip, by model."""
    wood = path(
        f"M94 {top}H106L110 {bottom - 22}Q111 {bottom} 100 {bottom}Q89 {bottom} 90 {bottom - 22}Z",
        INK if look.model == _BEST else PAPER,
    )
    if look.model == _BEST:
        grip = path(
            f"M91 118H109L112 {bottom - 20}Q112 {bottom} 100 {bottom}Q88 {bottom} 88 {bottom - 20}Z", look.accent
        )
        return wood + grip + lines((93, 132, 107, 132), (92, 142, 108, 142), (92, 152, 108, 152))
    end = path(
        f"M90.5 {bottom - 30}H109.5L110 {bottom - 22}Q111 {bottom} 100 {bottom}Q89 {bottom} 90 {bottom - 22}Z",
        look.accent,
    )
    return wood + (end if look.model == 0 else "") + lines((98, 80, 97, 130), (103, 92, 103, 148), width=1.2)


def claw_hammer(look: Look) -> str:
    """Draw a hammer with claw."""
    head = path("M48 32Q44 32 44 36V60Q44 64 48 64H62L70 58H112Q136 56 158 78Q152 44 118 38H70L62 32Z", METAL)
    return _leaning(look, shaft(look, 40) + head + line(58, 33, 58, 63) + line(140, 50, 152, 66, 1.5))


def hammer(look: Look) -> str:
    """Draw an engineer's hammer with pein."""
    head = path("M54 34Q50 34 50 38V62Q50 66 54 66H116L156 54V46L116 34Z", METAL)
    return _leaning(look, shaft(look, 40) + head + lines((62, 35, 62, 65), (116, 36, 116, 64)))


def sledge_hammer(look: Look) -> str:
    """Draw a heavy hammer with two faces."""
    head = poly((52, 30), (60, 24), (140, 24), (148, 30), (148, 64), (140, 70), (60, 70), (52, 64), fill=METAL)
    return _leaning(look, moved(shaft(look, 40) + head + lines((64, 25, 64, 69), (136, 25, 136, 69)), 0, 6), 0.8)


def mallet(look: Look) -> str:
    """Draw a rubber mallet."""
    head = rect(52, 22, 96, 50, 10, look.accent) + lines((66, 23, 66, 71), (134, 23, 134, 71))
    plain = Look(look.scale, 1, look.accent)
    return _leaning(look, moved(shaft(plain, 40) + head, 0, 6), 0.7)


def axe(look: Look) -> str:
    """Draw an axe with curved handle."""
    handle = path("M94 26H108Q106 110 114 168L116 186H96Q88 110 94 26Z") + path("M98 160H112L116 186H96Z", look.accent)
    head = path("M114 34V64H96Q76 64 58 88Q40 52 58 12Q76 34 96 34Z", METAL) + path("M62 20Q52 52 62 80", "none", 1.5)
    return sized(turned(handle + head, 45), 0.88 + 0.14 * look.scale)


def splitting_maul(look: Look) -> str:
    """Draw a splitting maul."""
    head = poly((46, 26), (110, 34), (146, 30), (146, 70), (110, 66), (46, 74), fill=METAL)
    marks = lines((110, 35, 110, 65), (60, 30, 60, 70), width=1.5)
    return sized(turned(shaft(look, 40) + head + marks, 45), 0.96 + 0.06 * look.scale)


def _grip(look: Look) -> str:
    body = path(
        "M90 96Q84 104 88 116L84 130V168Q84 188 100 188Q116 188 116 168V130L112 116Q116 104 110 96Z", look.accent
    )
    return body + lines((94, 134, 94, 170), (100, 134, 100, 174), (106, 134, 106, 170)) + lines((88, 117, 112, 117))


def screwdriver(look: Look) -> str:
    """Draw a screwdriver; the insulated model has a sleeve on its blade."""
    half = 2.5 + 2.5 * look.scale
    blade = poly((100 - half, 96), (100 - half, 26), (100 - half / 2, 14), (100 + half / 2, 14), (100 + half, 26), (100 + half, 96),
                 fill=METAL)  # fmt: skip
    sleeve = rect(100 - half - 2, 34, 2 * half + 4, 64, 2, look.accent) if look.model else ""
    return _leaning(look, blade + sleeve + _grip(look))


def nut_driver(look: Look) -> str:
    """Draw a nut driver with hollow head."""
    head = rect(91, 14, 18, 26, 2, METAL) + lines((97, 16, 97, 30), (103, 16, 103, 30), width=1.5)
    return _leaning(look, rect(96, 38, 8, 60, 0, METAL) + head + _grip(look))


def t_handle(look: Look) -> str:
    """Draw a hex key with cross handle."""
    grip = rect(48, 146, 104, 26, 13, look.accent) + lines((66, 159, 82, 159), (118, 159, 134, 159))
    return _leaning(look, rect(97, 16, 6, 132, 2, METAL) + circle(100, 18, 5, METAL) + grip)


def driver_set(look: Look) -> str:
    """Draw screwdrivers in a rack."""
    single = screwdriver_upright(look)
    row = "".join(moved(single, x, 18, 0.86) for x in (-42, -9, 24, 57))
    return row + rect(18, 92, 164, 22, 6, METAL) + circle(32, 103, 3, INK) + circle(168, 103, 3, INK)


def screwdriver_upright(look: Look) -> str:
    """Draw one plain screwdriver, tip up."""
    return rect(97, 14, 6, 84, 1, METAL) + _grip(look)


def hex_keys(look: Look) -> str:
    """Draw L-keys that open like a fan."""
    keys = "".join(
        moved(turned(tube(f"M100 130V{34 + 12 * place}H{128 - 5 * place}", 9 - place, METAL), -44 + 26 * place), 0, 8)
        for place in range(4)
    )
    return keys + path("M76 120Q100 104 124 120L116 180Q100 188 84 180Z", look.accent) + circle(100, 140, 6, METAL)


_JAWS = {
    "combination": "M99 94H84Q76 66 88 22H99V52L95 56V70L99 74Z",
    "long": "M99 94H85Q80 70 92 22L95 6H99Z",
    "cutter": "M99 94H84Q64 62 92 38H99Z",
    "nipper": "M99 94H88Q54 70 64 34L72 30H99V42H90Q82 58 99 76Z",
    "strip": "M99 94H80L74 58V34H99V48L94 52L99 56L94 60L99 64Z",
}


def _pliers(look: Look, jaw: str, reach: float = 0) -> str:
    arm = f"M92 100C78 112 66 {130 + reach} 76 186"
    thick = 12 if look.model == 0 else 17
    half = tube("M96 92L88 106", 12, METAL) + tube(arm, thick, look.accent)
    if look.model == 1:
        half += path(f"M82 114C74 128 70 {140 + reach} 76 176", "none", 4)
    if look.model == _BEST:
        half += tube("M92 108L78 104", 6, look.accent)
    jaws = path(_JAWS[jaw], METAL)
    teeth = (
        lines((92, 28, 98, 28), (92, 34, 98, 34), (92, 40, 98, 40), width=1.2) if jaw in {"combination", "long"} else ""
    )
    side = half + jaws + teeth
    return side + mirrored(side) + circle(100, 92, 16, METAL) + circle(100, 92, 5, STEEL, 2)


def combination_pliers(look: Look) -> str:
    """Draw combination pliers."""
    return _leaning(look, _pliers(look, "combination"), 0.86)


def long_nose_pliers(look: Look) -> str:
    """Draw long-nose pliers."""
    return _leaning(look, _pliers(look, "long"), 0.86)


def side_cutters(look: Look) -> str:
    """Draw side cutters."""
    return _leaning(look, moved(_pliers(look, "cutter"), 0, -12), 0.82)


def end_nippers(look: Look) -> str:
    """Draw pincers."""
    return _leaning(look, moved(_pliers(look, "nipper"), 0, -10), 0.84)


def wire_strippers(look: Look) -> str:
    """Draw wire strippers."""
    return _leaning(look, moved(_pliers(Look(look.scale, 1, look.accent), "strip"), 0, -10), 0.9)


def pump_pliers(look: Look) -> str:
    """Draw water pump pliers with their head at an angle."""
    thick = 12 if look.model == 0 else 17
    arms = tube("M98 84C84 104 72 140 80 188", thick, look.accent) + tube(
        "M106 92C118 112 124 146 116 188", thick, look.accent
    )
    lower = path("M84 96Q78 70 100 60L134 44L138 54L108 76L116 100Z", METAL)
    upper = path("M88 84L82 50Q88 26 124 18L128 30Q104 38 104 52L110 76Z", METAL)
    teeth = lines((110, 46, 114, 40), (118, 42, 122, 36), (106, 66, 110, 60), (116, 60, 120, 54), width=1.5)
    return _leaning(look, arms + upper + lower + teeth + circle(100, 82, 8, STEEL), 0.84)


def bolt_cutters(look: Look) -> str:
    """Draw bolt cutters with long arms."""
    side = tube("M94 84Q82 96 78 132", 11, METAL) + tube("M78 128L74 188", 15, look.accent)
    jaw = path("M99 70H86L80 56Q80 30 98 16L99 30Z", METAL)
    joint = path("M99 62H84L80 90L90 98L99 88Z", STEEL)
    return _leaning(
        look, side + mirrored(side) + jaw + mirrored(jaw) + joint + mirrored(joint) + circle(100, 76, 5, METAL)
    )


_JAW = "M92 62Q74 56 74 36Q74 24 82 14L91 18V36L100 42L109 36V18L118 14Q126 24 126 36Q126 56 108 62Z"


def _ring(look: Look, *, toothed: bool = False) -> str:
    hole = circle(100, 164, 12) if toothed else hexagon(100, 164, 13)
    lever = rect(94, 134, 12, 8, 2, look.accent) if toothed else ""
    return circle(100, 164, 22, METAL) + hole + lever


def _spanner_body(look: Look, *, toothed: bool = False) -> str:
    bar = rect(92, 56, 16, 92, 0, METAL) + rect(96, 70, 8, 60, 4, look.accent, 2)
    return bar + path(_JAW, METAL) + _ring(look, toothed=toothed)


def spanner(look: Look) -> str:
    """Draw a combination spanner."""
    return _leaning(look, _spanner_body(look), 0.7)


def ratchet_spanner(look: Look) -> str:
    """Draw a combination spanner with ratchet ring."""
    return _leaning(look, _spanner_body(look, toothed=True), 0.72)


def open_spanner(look: Look) -> str:
    """Draw a spanner with two open ends."""
    bar = rect(92, 56, 16, 88, 0, METAL) + rect(96, 72, 8, 56, 4, look.accent, 2)
    return _leaning(look, bar + path(_JAW, METAL) + turned(path(_JAW, METAL), 180), 0.72)


def adjustable_wrench(look: Look) -> str:
    """Draw an adjustable wrench."""
    body = path("M90 64L74 48V16L88 12V40L96 46H124V60L112 66L108 176Q108 188 100 188Q92 188 92 176Z", METAL)
    jaw = path("M104 46V18L118 22L126 46Z", METAL)
    return _leaning(look, body + jaw + circle(108, 56, 6, look.accent) + rect(95, 110, 10, 58, 5, look.accent, 2), 0.76)


def spanner_set(look: Look) -> str:
    """Draw a row of spanners in a roll."""
    row = "".join(
        moved(_spanner_body(look), 8 + 34 * place, 30 + 16 * place, 0.62 - 0.08 * place) for place in range(4)
    )
    return (
        path("M20 96H180V172Q180 180 172 180H28Q20 180 20 172Z", look.accent)
        + moved(row, -18, -8)
        + path("M20 132H180V172Q180 180 172 180H28Q20 180 20 172Z", METAL)
    )


def socket(look: Look) -> str:
    """Draw a socket."""
    r = 26 + 24 * look.scale
    body = path(f"M{100 - r} 64V136A{r} {r * 0.36} 0 0 0 {100 + r} 136V64Z", METAL)
    band = path(
        f"M{100 - r} 104A{r} {r * 0.36} 0 0 0 {100 + r} 104V118A{r} {r * 0.36} 0 0 1 {100 - r} 118Z", look.accent
    )
    hole = poly(*[(100 + (x - 100) * 0.72, 64 + (y - 64) * 0.26) for x, y in _flat_hexagon(r)], fill=INK)
    return body + band + ellipse(100, 64, r, r * 0.36, METAL) + hole


def _flat_hexagon(r: float) -> list[tuple[float, float]]:
    return [
        (100 - r, 64),
        (100 - r / 2, 64 - r),
        (100 + r / 2, 64 - r),
        (100 + r, 64),
        (100 + r / 2, 64 + r),
        (100 - r / 2, 64 + r),
    ]


def ratchet(look: Look) -> str:
    """Draw a reversible ratchet."""
    head = (
        path("M88 74L76 54Q70 16 100 14Q130 16 124 54L112 74Z", METAL)
        + circle(100, 42, 14, STEEL)
        + rect(94, 36, 12, 12, 1, METAL)
    )
    grip = path("M90 118H110L114 176Q114 188 100 188Q86 188 86 176Z", look.accent) + lines(
        (95, 130, 93, 174), (105, 130, 107, 174)
    )
    return _leaning(look, rect(94, 72, 12, 50, 0, METAL) + head + grip, 0.8)


def torque_wrench(look: Look) -> str:
    """Draw a torque wrench with its scale."""
    head = circle(100, 28, 16, METAL) + rect(94, 22, 12, 12, 1, STEEL)
    scale = (
        rect(91, 42, 18, 96, 2, METAL)
        + rect(95, 96, 10, 34, 2)
        + lines((97, 104, 103, 104), (97, 112, 103, 112), (97, 120, 103, 120), width=1.2)
    )
    grip = rect(88, 136, 24, 52, 6, look.accent) + lines((94, 144, 94, 180), (100, 144, 100, 180), (106, 144, 106, 180))
    return _leaning(look, scale + head + grip, 0.86)


def socket_set(look: Look) -> str:
    """Draw an open case with sockets."""
    case = rect(20, 30, 160, 140, 10, look.accent) + rect(30, 40, 140, 120, 5)
    rows = "".join(circle(44 + 22 * column, 58 + 0 * column, 7 + 0.4 * column, METAL, 2) for column in range(6))
    small = "".join(circle(44 + 16 * column, 84, 5, METAL, 2) for column in range(8))
    wrench = moved(turned(rect(94, 40, 12, 96, 6, METAL) + circle(100, 48, 14, STEEL), 90), -4, 20)
    bits = lines(*[(44 + 10 * place, 144, 44 + 10 * place, 152) for place in range(12)], width=4)
    return case + rows + small + wrench + bits + rect(84, 166, 32, 10, 4, METAL)
