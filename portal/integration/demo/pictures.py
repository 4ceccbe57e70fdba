"""Pictures of products: the drawing of a family, with the look of one product."""

from __future__ import annotations

from types import ModuleType

from portal.integration.demo import (
    drawings_accessories,
    drawings_fasteners,
    drawings_garden,
    drawings_hand,
    drawings_power,
    drawings_shop,
    drawings_workshop,
)
from portal.integration.demo.families import Look
from portal.integration.demo.sketch import document

_MODULES: tuple[ModuleType, ...] = (
    drawings_hand,
    drawings_workshop,
    drawings_power,
    drawings_accessories,
    drawings_garden,
    drawings_fasteners,
    drawings_shop,
)


def draw(drawing: str, look: Look) -> str:
    """Give a complete SVG document. Raises: KeyError if no module has a drawing of this name."""
    for module in _MODULES:
        if drawing in vars(module):
            return document(vars(module)[drawing](look))
    raise KeyError(drawing)
