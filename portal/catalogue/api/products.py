"""The seller's products over HTTP: its own to describe, those of organisations above it to list."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.catalogue.api.articles import OptionalCode
from portal.catalogue.queries.products import ListableProduct, ProductFilter, find_own_product, list_products
from portal.catalogue.service.products import (
    LARGEST_PICTURE,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_ROWS,
    PackagingDetails,
    ProductDetails,
    change_product,
    create_product,
    remove_picture,
    set_picture,
)
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    Quantity,
    Text,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.models import Status
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["catalogue"]
_CONTROL_FREE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=_CONTROL_FREE)]
Description = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=_CONTROL_FREE)]
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


class ProductsQuery(ApiQuery):
    """Which products, and which page of them."""

    q: Text = Field("", max_length=200, description="Part of a SKU, name or brand, or a whole GTIN.")
    own: bool = Field(default=False, description="Only those that the seller itself owns.")
    unlisted: bool = Field(default=False, description="Only those that are no article yet.")
    status: Status | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ListedProductAnswer(ApiAnswer):
    """A product that the seller owns (`is_own`) or may list, with the numbers of its articles of it."""

    sku: str
    owner: str
    owner_name: str
    is_own: bool
    gtin: str
    name_en: str
    name_de: str
    brand: str
    category: str
    base_unit: str
    status: Status
    picture: str
    articles: list[str]


@operation(
    "GET",
    "/selling/products",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.SELLING_READ,
    query=ProductsQuery,
    response=Page[ListedProductAnswer],
    errors=[InvalidCursor],
    summary="List products that are owned or may be listed",
    tags=_TAGS,
)
def list_selling_products(principal: Principal, query: ProductsQuery) -> Page[ListedProductAnswer]:
    """By SKU and owner: own ones, and of those above the active ones and those that are articles already."""
    wanted = ProductFilter(
        words=query.q.strip(),
        own=query.own,
        unlisted=query.unlisted,
        status=query.status.value if query.status else "",
    )
    key = read_cursor(query.cursor, 2)
    after = None if key is None else (str(key[0]), str(key[1]))
    rows = list_products(principal, wanted, after=after, limit=query.limit)
    return page_of(rows, query.limit, _listed_product, lambda row: (row.sku, row.owner_code))


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


@operation(
    "DELETE",
    "/selling/products/{sku}/picture",
    permission=Permission.CATALOGUE_MANAGE,
    scope=Scope.SELLING_WRITE,
    response=ProductAnswer,
    summary="Take the picture of an own product away",
    tags=_TAGS,
)
def delete_selling_product_picture(principal: Principal, sku: Code) -> ProductAnswer:
    """Where there is none, nothing changes."""
    remove_picture(principal, sku.strip())
    return _product(principal, sku.strip())


def _listed_product(row: ListableProduct) -> ListedProductAnswer:
    values = {**row._asdict(), "owner": row.owner_code, "picture": row.picture_digest}
    return ListedProductAnswer.model_validate(values)


def _product(principal: Principal, sku: str) -> ProductAnswer:
    found = find_own_product(principal, sku)
    if found is None:
        raise NotFound
    values = {**found._asdict(), "picture": found.picture_digest}
    values["packagings"] = [PackagingAnswer.model_validate(level) for level in found.packagings]
    return ProductAnswer.model_validate(values)
