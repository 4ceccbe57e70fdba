"""What figures call a product."""

from __future__ import annotations

PRODUCT_NAME = (
    "case when :language = 'de' then coalesce(nullif(p.name_de, ''), p.name_en)"
    " else coalesce(nullif(p.name_en, ''), p.name_de) end"
)
"""The name of the product `p` in the `:language` (`de`, otherwise English), or in the other one where that has none."""
