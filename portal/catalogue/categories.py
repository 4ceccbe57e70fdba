"""Categories as the reader calls them."""

from __future__ import annotations

from collections.abc import Iterable

from portal.catalogue.queries.products import find_category_names
from portal.catalogue.rules import parent_paths
from portal.catalogue.units import product_name
from tenants.principal import Principal


def category_texts(principal: Principal, categories: Iterable[str]) -> dict[str, str]:
    """Give each category with those above it as the reader calls them, `Handwerkzeuge > Hämmer`. The principal sells."""
    parents = {category: parent_paths(category) for category in categories if category}
    paths = sorted({path for above in parents.values() for path in above})
    names = find_category_names(principal, paths) if paths else {}
    return {
        category: " > ".join(product_name(*names.get(path, ("", ""))) or path.rpartition(" > ")[2] for path in above)
        for category, above in parents.items()
    }
