"""Product families: one description, one drawing, many sizes. The range modules list them; `expand` makes products."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Model:
    """One make of a family (another handle, another coating), with its factor on the price."""

    en: str = ""
    de: str = ""
    factor: float = 1.0


PLAIN = (Model(),)


@dataclass(frozen=True)
class Family:
    """What the sizes and models of one kind of product share. `cents` runs from the first size to the last."""

    series: str
    drawing: str
    category: str
    en: str
    de: str
    text_en: str
    text_de: str
    sizes: str
    cents: tuple[int, int]
    size_key: str = ""
    models: tuple[Model, ...] = PLAIN
    case: int = 12
    cases_on_pallet: int = 40
    step: int = 1
    unit: str = "EA"
    season: str = "even"
    weight: float = 1.0
    attributes: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """What a drawing needs to know of a product: `scale` from 0 (smallest of its family) to 1, model, accent colour."""

    scale: float
    model: int
    accent: str


@dataclass(frozen=True)
class Product:
    """One product of the demo. `cents` is what the brand's owner asks for one base unit in its newest list."""

    owner: str
    brand: str
    sku: str
    name_en: str
    name_de: str
    cents: int
    family: Family
    look: Look
    attributes: dict[str, str | int | float]
    appeal: float
    on_request: bool = False


ACCENTS = {
    "yellow": "#d9a514",
    "white": "#e9e6df",
    "red": "#b8372b",
    "blue": "#2d6390",
    "orange": "#d2691e",
    "green": "#3f7d4f",
    "black": "#45423b",
    "grey": "#8d8a83",
    "brown": "#7a5638",
    "transparent": "#c9d6d8",
}
# Attributes whose name ends so hold the number alone; the name says the unit.
_COUNTED = {"mm", "cm", "m", "g", "kg", "l", "v", "w", "ah", "pieces", "drawers", "trays", "teeth", "size"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def expand(family: Family, owner: str, brand: str, accent: str) -> list[Product]:
    """Make every product of a family: each model in each size, prices between the two ends, in steps of 5 cents."""
    sizes = [part.partition("~") for part in family.sizes.split("|")]
    products = []
    for model_place, model in enumerate(family.models):
        for place, (size_en, _, own_german) in enumerate(sizes):
            size_de = own_german or size_en.replace(".", ",")
            scale = place / (len(sizes) - 1) if len(sizes) > 1 else 0.5
            low, high = family.cents
            cents = round((low + (high - low) * scale * (0.6 + 0.4 * scale)) * model.factor / 5) * 5
            products.append(
                Product(
                    owner=owner,
                    brand=brand,
                    sku=_sku(family, model_place, size_en),
                    name_en=_name(family.en, model.en, size_en),
                    name_de=_name(family.de, model.de, size_de),
                    cents=max(cents, 15),
                    family=family,
                    look=Look(scale, model_place, ACCENTS.get(size_en, accent)),
                    attributes=_attributes(family, size_en),
                    # The middle sizes sell best, the plain make better than the dear one.
                    appeal=family.weight * (1.25 - abs(scale - 0.5)) / (1 + 0.25 * model_place),
                    on_request=size_en.endswith("made to measure"),
                )
            )
    return products


def _sku(family: Family, model_place: int, size: str) -> str:
    measured = "".join(re.findall(r"[A-Za-z]*\d+(?:\.\d+)?(?:[x/]\d+)*", size))
    compact = (measured or size.rpartition(" ")[2][:4]).replace(".", "").replace("/", "-").upper()
    return f"{int(family.series) + model_place}-{compact.zfill(3) if compact.isdigit() else compact}"


def _name(kind: str, model: str, size: str) -> str:
    return ", ".join(part for part in (kind + (f" {model}" if model else ""), size) if part)


def _attributes(family: Family, size: str) -> dict[str, str | int | float]:
    attributes: dict[str, str | int | float] = dict(family.attributes)
    number = _NUMBER.search(size)
    if family.size_key and number and family.size_key.rpartition("_")[2] in _COUNTED:
        value = Decimal(number.group())
        attributes[family.size_key] = int(value) if value == value.to_integral_value() else float(value)
    elif family.size_key:
        attributes[family.size_key] = size.strip('"')
    return attributes
