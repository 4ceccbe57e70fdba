"""What is posted about products and articles, as commands; what cannot be read is named field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from portal.catalogue.models import BackorderRule
from portal.catalogue.queries.articles import OwnArticle
from portal.catalogue.queries.products import OwnProduct
from portal.catalogue.service.articles import ArticleDetails
from portal.catalogue.service.products import MOST_ROWS, PackagingDetails, ProductDetails
from portal.web.formatting import plain_quantity
from portal.web.order_grid import read_quantity
from tenants.errors import InvalidInput
from tenants.models import Status

BLANK_ROWS = 3
_PRODUCT_FIELDS = (
    "sku",
    "gtin",
    "name_en",
    "name_de",
    "description_en",
    "description_de",
    "brand",
    "category",
    "base_unit",
    "status",
)
_UNREADABLE = Decimal(0)
"""Refused by the service like every quantity that is not above 0."""


@dataclass(slots=True)
class ProductForm:
    """A product form as it is shown: texts as typed, rows of attributes and packagings, and what is wrong."""

    values: dict[str, str]
    attributes: list[tuple[str, str]]
    packagings: list[tuple[str, str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    row_errors: dict[int, str] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> ProductForm:
        """Give a form to be filled in."""
        values = {**dict.fromkeys(_PRODUCT_FIELDS, ""), "base_unit": "EA", "status": Status.ACTIVE.value}
        return cls(values, _blank_pairs(), _blank_levels())

    @classmethod
    def of(cls, product: OwnProduct) -> ProductForm:
        """Give a form that shows a product."""
        values = {name: str(getattr(product, name)) for name in _PRODUCT_FIELDS}
        attributes = [(key, str(value)) for key, value in product.attributes.items()]
        levels = [(level.unit, plain_quantity(level.contains), level.gtin) for level in product.packagings]
        return cls(values, attributes + _blank_pairs(), levels + _blank_levels())

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> ProductForm:
        """Give the form as it was sent."""
        values = {name: form.get(name, "") for name in _PRODUCT_FIELDS}
        attributes = list(zip(form.getlist("attribute"), form.getlist("attribute_value"), strict=False))[:MOST_ROWS]
        columns = (form.getlist("unit"), form.getlist("contains"), form.getlist("packaging_gtin"))
        return cls(values, attributes, list(zip(*columns, strict=False))[:MOST_ROWS])

    def command(self, known: OwnProduct | None = None) -> ProductDetails:
        """Give what is to be saved; attributes keep their kind (number, yes or no) where the text still is one."""
        before: Mapping[str, Any] = known.attributes if known else {}
        return ProductDetails(
            **{name: self.values[name] for name in _PRODUCT_FIELDS if name not in {"status", "sku"}},
            sku=known.sku if known else self.values["sku"],
            status=Status(self.values["status"]) if self.values["status"] in set(Status) else Status.ACTIVE,
            attributes={
                key.strip(): before[key.strip()] if str(before.get(key.strip())) == value.strip() else value.strip()
                for key, value in self.attributes
                if key.strip() and value.strip()
            },
            packagings=[
                PackagingDetails(unit, read_quantity(contains) or _UNREADABLE, gtin)
                for unit, contains, gtin in self.packagings
                if unit.strip() or contains.strip() or gtin.strip()
            ],
        )

    def refuse(self, refused: InvalidInput) -> None:
        """Note what is wrong, in the reader's words; blank rows stand between those that were checked."""
        filled = [row for row, level in enumerate(self.packagings) if any(text.strip() for text in level)]
        for error in refused.details["errors"]:
            text = reason_text(error["reason"])
            if error["field"] == "packagings":
                self.row_errors[filled[error["row"]]] = text
            else:
                self.errors[error["field"]] = text
        self.attributes += _blank_pairs()
        self.packagings += _blank_levels()

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Give (field id, text) of everything wrong."""
        rows = [(f"unit-{row}", text) for row, text in self.row_errors.items()]
        return [*self.errors.items(), *rows]


@dataclass(slots=True)
class ArticleForm:
    """An article form as it is shown."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, sku: str, owner: str) -> ArticleForm:
        """Give a form to list a product."""
        return cls({"article": sku, "sku": sku, "owner": owner, **_usual()})

    @classmethod
    def of(cls, article: OwnArticle) -> ArticleForm:
        """Give a form that shows an article."""
        return cls(
            {
                "article": article.article_number,
                "sku": article.sku,
                "owner": article.owner_code,
                "min_quantity": plain_quantity(article.min_quantity),
                "order_multiple": plain_quantity(article.order_multiple),
                "backorder": article.backorder,
                "status": article.status,
            }
        )

    @classmethod
    def posted(cls, form: MultiDict[str, str]) -> ArticleForm:
        """Give the form as it was sent."""
        return cls({name: form.get(name, "") for name in ("article", "sku", "owner", *_usual())})

    def command(self, number: str = "") -> ArticleDetails:
        """Give what is to be saved."""
        values = self.values
        return ArticleDetails(
            article=number or values["article"],
            sku=values["sku"],
            owner_code=values["owner"],
            min_quantity=read_quantity(values["min_quantity"]) or _UNREADABLE,
            order_multiple=read_quantity(values["order_multiple"]) or _UNREADABLE,
            backorder=BackorderRule(values["backorder"])
            if values["backorder"] in set(BackorderRule)
            else BackorderRule.DENY,
            status=Status(values["status"]) if values["status"] in set(Status) else Status.ACTIVE,
        )

    def refuse(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """Note what is wrong, in the reader's words."""
        self.errors = {str(error["field"]): reason_text(str(error["reason"])) for error in errors}


def reason_text(reason: str) -> str:
    """Say what is wrong and what to do."""
    texts = {
        "missing": gettext("Please fill this in."),
        "too-long": gettext("This is too long, or has signs that cannot be kept."),
        "not-a-gtin": gettext("This is no GTIN: one has 8, 12, 13 or 14 digits, and the last fits the others."),
        "not-a-quantity": gettext("Please enter a number above 0 with up to three decimals."),
        "twice": gettext("This unit is there already."),
        "unknown-product": gettext("There is no such product that you may list."),
        "too-large": gettext("The picture is too large: at most 2 MB."),
        "not-a-picture": gettext("This is no picture we can show. Please use PNG, JPEG or SVG."),
        "taken": gettext("This is taken already."),
        "article-has-orders": gettext("This article has been ordered and stays the product it was ordered as."),
    }
    return str(texts.get(reason) or reason)


def _usual() -> dict[str, str]:
    return {
        "min_quantity": "1",
        "order_multiple": "1",
        "backorder": BackorderRule.DENY.value,
        "status": Status.ACTIVE.value,
    }


def _blank_pairs() -> list[tuple[str, str]]:
    return [("", "")] * BLANK_ROWS


def _blank_levels() -> list[tuple[str, str, str]]:
    return [("", "", "")] * BLANK_ROWS
