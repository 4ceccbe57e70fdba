"""The seller's catalogue over HTTP: products and articles, as the screens change them."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from flask import Flask
from pydantic import Field, StringConstraints

from portal.catalogue.models import BackorderRule
from portal.catalogue.queries.articles import find_article
from portal.catalogue.queries.products import find_own_product
from portal.catalogue.service.articles import ArticleDetails, ArticleHasOrders, save_article
from portal.catalogue.service.products import (
    LARGEST_PICTURE,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_ROWS,
    PackagingDetails,
    ProductDetails,
    change_product,
    create_product,
    set_picture,
)
from portal.web.api import ApiAnswer, ApiBody, Code, Quantity, operation
from tenants.errors import InvalidInput, NotFound
from tenants.models import Status
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["catalogue"]
_CONTROL_FREE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=_CONTROL_FREE)]
Description = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=_CONTROL_FREE)]
OptionalCode = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
Attribute = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=_CONTROL_FREE)]


class PackagingBody(ApiBody):
    """A packaging level: how many base units are in one."""

    unit: Code
    contains: Quantity
    gtin: OptionalCode = ""


class ProductBody(ApiBody):
    """Everything that describes a product; what is left out is emptied. The base unit of a known product stays."""

    name_en: Name = ""
    name_de: Name = ""
    gtin: OptionalCode = ""
    description_en: Description = ""
    description_de: Description = ""
    brand: OptionalCode = ""
    category: Name = ""
    base_unit: Code = "EA"
    # pydantic documents what names look like, but not that there are no others.
    attributes: dict[Attribute, Attribute] = Field(
        default_factory=dict, max_length=MOST_ROWS, json_schema_extra={"additionalProperties": False}
    )
    packagings: list[PackagingBody] = Field(default_factory=list, max_length=MOST_ROWS)
    status: Status = Field(Status.ACTIVE, strict=False)


class PackagingAnswer(ApiAnswer):
    """A packaging level."""

    unit: str
    contains: Quantity
    gtin: str


class ProductAnswer(ApiAnswer):
    """A product as its owner describes it; `picture` is the SHA-256 of its picture, empty where it has none."""

    sku: str
    name_en: str
    name_de: str
    gtin: str
    description_en: str
    description_de: str
    brand: str
    category: str
    base_unit: str
    attributes: dict[str, Any]
    packagings: list[PackagingAnswer]
    status: Status
    picture: str


class PictureBody(ApiBody):
    """A PNG, JPEG or SVG in base64."""

    content: Annotated[str, StringConstraints(min_length=4, max_length=LARGEST_PICTURE * 4 // 3 + 4)]


class ArticleBody(ApiBody):
    """How a product is listed; `owner` is the code of the organisation whose product it is, empty = the nearest."""

    sku: Code
    owner: OptionalCode = ""
    min_quantity: Quantity = Field("1", validate_default=True)
    order_multiple: Quantity = Field("1", validate_default=True)
    backorder: BackorderRule = Field(BackorderRule.DENY, strict=False)
    status: Status = Field(Status.ACTIVE, strict=False)


class ArticleAnswer(ApiAnswer):
    """An article as its seller lists it."""

    article: str
    sku: str
    owner: str
    name_en: str
    name_de: str
    min_quantity: Quantity
    order_multiple: Quantity
    backorder: BackorderRule
    status: Status


@operation(
    "GET",
    "/selling/articles/{article}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.SELLING_READ,
    response=ArticleAnswer,
    summary="Read an article",
    tags=_TAGS,
)
def get_selling_article(principal: Principal, article: Code) -> ArticleAnswer:
    """How the seller lists a product under this number."""
    return _article(principal, article)


@operation(
    "PUT",
    "/selling/articles/{article}",
    permission=Permission.CATALOGUE_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=ArticleBody,
    response=ArticleAnswer,
    errors=[InvalidInput, ArticleHasOrders],
    summary="List a product or change how it is listed",
    tags=_TAGS,
)
def put_selling_article(principal: Principal, article: Code, body: ArticleBody) -> ArticleAnswer:
    """Makes the article where there is none. Once ordered it stays the product it was ordered as."""
    details = ArticleDetails(
        article=article,
        sku=body.sku,
        owner_code=body.owner,
        min_quantity=body.min_quantity,
        order_multiple=body.order_multiple,
        backorder=body.backorder,
        status=body.status,
    )
    save_article(principal, details)
    return _article(principal, article.strip())


@operation(
    "GET",
    "/selling/products/{sku}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.SELLING_READ,
    response=ProductAnswer,
    summary="Read an own product",
    tags=_TAGS,
)
def get_selling_product(principal: Principal, sku: Code) -> ProductAnswer:
    """A product that the seller itself owns."""
    return _product(principal, sku)


@operation(
    "PUT",
    "/selling/products/{sku}",
    permission=Permission.CATALOGUE_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=ProductBody,
    response=ProductAnswer,
    errors=[InvalidInput],
    summary="Describe an own product",
    tags=_TAGS,
)
def put_selling_product(principal: Principal, sku: Code, body: ProductBody) -> ProductAnswer:
    """Makes the product where there is none. A product is never deleted, only made inactive."""
    values = body.model_dump(exclude={"packagings"})
    packagings = [PackagingDetails(level.unit, level.contains, level.gtin) for level in body.packagings]
    details = ProductDetails(sku=sku, packagings=packagings, **values)
    known = find_own_product(principal, sku.strip())
    (change_product if known else create_product)(principal, details)
    return _product(principal, sku.strip())


@operation(
    "PUT",
    "/selling/products/{sku}/picture",
    permission=Permission.CATALOGUE_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=PictureBody,
    response=ProductAnswer,
    errors=[InvalidInput],
    most_bytes=LARGEST_PICTURE * 4 // 3 + 1024,
    summary="Set the picture of an own product",
    tags=_TAGS,
)
def put_selling_product_picture(principal: Principal, sku: Code, body: PictureBody) -> ProductAnswer:
    """The picture is told by its content and freed of scripts, references and metadata."""
    try:
        content = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(
            "The content is not base64.", errors=[{"field": "content", "reason": "not-base64"}]
        ) from error
    set_picture(principal, sku.strip(), content)
    return _product(principal, sku.strip())


def _article(principal: Principal, number: str) -> ArticleAnswer:
    found = find_article(principal, number)
    if found is None:
        raise NotFound
    return ArticleAnswer(
        article=found.article_number,
        sku=found.sku,
        owner=found.owner_code,
        name_en=found.name_en,
        name_de=found.name_de,
        min_quantity=found.min_quantity,
        order_multiple=found.order_multiple,
        backorder=BackorderRule(found.backorder),
        status=Status(found.status),
    )


def _product(principal: Principal, sku: str) -> ProductAnswer:
    found = find_own_product(principal, sku)
    if found is None:
        raise NotFound
    values = {**found._asdict(), "picture": found.picture_digest}
    values["packagings"] = [PackagingAnswer.model_validate(level) for level in found.packagings]
    return ProductAnswer.model_validate(values)


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""
