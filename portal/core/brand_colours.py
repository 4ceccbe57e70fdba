"""A tenant's accent colour as shades that can be read: on paper and at night, and what stands on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LEAST_CONTRAST: Final = 4.5
"""WCAG 2.2 AA for text."""

# What tokens.css calls sunken, the surface on which an accent has the least contrast, and its ink; by day and at night.
_DAY_SURFACE: Final = "#f1eee7"
_NIGHT_SURFACE: Final = "#282620"
_DAY_PAPER: Final = "#fffefb"
_NIGHT_PAPER: Final = "#1f1e1a"
_WHITE: Final = "#ffffff"
_INK: Final = "#12110f"
_STEPS: Final = 50
_SOFT_SHARE: Final = 0.12
_SOFT_NIGHT_SHARE: Final = 0.2

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shades:
    """One theme's accent: `accent` for text, lines and buttons, `ink` on top of it, `soft` behind marked rows."""

    accent: str
    ink: str
    soft: str


@dataclass(frozen=True, slots=True)
class AccentShades:
    """The shades of both themes, and whether the colour could be used as it was chosen by day."""

    day: Shades
    night: Shades
    chosen_contrast: float
    """Contrast of the chosen colour on paper; below `LEAST_CONTRAST` a darker shade is used."""

    @property
    def is_as_chosen(self) -> bool:
        """Tell whether the chosen colour itself is readable on paper."""
        return self.chosen_contrast >= LEAST_CONTRAST


def read_colour(text: str) -> str | None:
    """Give a colour as `#rrggbb` in lower case, None for anything else."""
    return text.strip().lower() if re.fullmatch(r"#[0-9a-f]{6}", text.strip().lower()) else None


def accent_shades(colour: str) -> AccentShades:
    """Give readable shades of a `#rrggbb` colour; a pale one is darkened by day, a dark one lightened at night."""
    day = _until_readable(colour, _DAY_SURFACE, _INK)
    night = _until_readable(colour, _NIGHT_SURFACE, _WHITE)
    return AccentShades(
        day=Shades(day, _ink_on(day), _mixed(_DAY_PAPER, colour, _SOFT_SHARE)),
        night=Shades(night, _ink_on(night), _mixed(_NIGHT_PAPER, colour, _SOFT_NIGHT_SHARE)),
        chosen_contrast=contrast(colour, _DAY_SURFACE),
    )


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (1 to 21), as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def brand_stylesheet(colour: str, selector: str = ":root") -> str:
    """Give the rules that replace Kontor's accent; empty for a colour that is none."""
    if read_colour(colour) is None:
        return ""
    shades = accent_shades(colour)
    pairs = {
        "--accent": (shades.day.accent, shades.night.accent),
        "--accent-ink": (shades.day.ink, shades.night.ink),
        "--accent-soft": (shades.day.soft, shades.night.soft),
    }
    rules = "".join(f" {name}: light-dark({day}, {night});" for name, (day, night) in pairs.items())
    return f"{selector} {{{rules} }}\n"


def _until_readable(colour: str, surface: str, towards: str) -> str:
    for step in range(_STEPS + 1):
        shade = _mixed(colour, towards, step / _STEPS)
        if contrast(shade, surface) >= LEAST_CONTRAST:
            return shade
    return towards


def _ink_on(colour: str) -> str:
    return max((_WHITE, _INK), key=lambda ink: contrast(ink, colour))


def _mixed(one: str, other: str, share: float) -> str:
    """Give `one` with that share (0 to 1) of `other`."""
    parts = zip(_rgb(one), _rgb(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in parts)


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG's constants
        for part in _rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
