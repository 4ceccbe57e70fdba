"""How a product's attributes read: `head_weight_g: 300` is "Head weight: 300 g", in the reader's language where the word is known."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from portal.web.formatting import quantity_text

_UNITS = {"mm": "mm", "cm": "cm", "m": "m", "g": "g", "kg": "kg", "ml": "ml", "l": "l", "w": "W", "v": "V", "ah": "Ah"}
_WORDS: Mapping[str, Any] = {
    "attenuation": _l("Attenuation"),
    "blade": _l("Blade"),
    "brightness": _l("Brightness"),
    "capacity": _l("Capacity"),
    "class": _l("Class"),
    "colour": _l("Colour"),
    "content": _l("Contents"),
    "current": _l("Current"),
    "diameter": _l("Diameter"),
    "dimension": _l("Dimensions"),
    "disc": _l("Disc"),
    "drawers": _l("Drawers"),
    "drive": _l("Drive"),
    "grit": _l("Grit"),
    "head_diameter": _l("Head diameter"),
    "head_weight": _l("Head weight"),
    "length": _l("Length"),
    "lens": _l("Lens"),
    "power": _l("Power"),
    "range": _l("Measuring range"),
    "size": _l("Size"),
    "span": _l("Span"),
    "standard": _l("Standard"),
    "steel": _l("Steel"),
    "teeth": _l("Teeth"),
    "thread": _l("Thread"),
    "tip": _l("Tip"),
    "torque": _l("Torque"),
    "trays": _l("Trays"),
    "use": _l("Use"),
    "voltage": _l("Voltage"),
    "volume": _l("Volume"),
    "weight": _l("Weight"),
    "width": _l("Width"),
    "widths": _l("Widths"),
}


class Attribute(NamedTuple):
    """An attribute as it is shown."""

    label: str
    value: str


def readable_attributes(attributes: Mapping[str, Any]) -> list[Attribute]:
    """Give the attributes in their order, labelled in the reader's language; the unit comes from the key's ending."""
    return [_readable(key, value) for key, value in attributes.items() if value not in {"", None}]


def _readable(key: str, value: Any) -> Attribute:
    stem, _, ending = key.rpartition("_")
    unit = str(_l("pieces")) if ending == "pieces" else _UNITS.get(ending, "")
    name = stem if stem and unit else key
    label = str(_WORDS[name]) if name in _WORDS else name.replace("_", " ").strip().capitalize()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Attribute(label, f"{value}\N{NO-BREAK SPACE}{unit}" if unit and stem else str(value))
    return Attribute(label, quantity_text(Decimal(str(value)), unit if stem else None))
