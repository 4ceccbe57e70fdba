"""Own products: what they are called, how they are packed, how they look. Nothing with history is ever deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Numeric, String, bindparam, text

from portal.catalogue.picture_content import PictureRefused, clean_picture
from portal.catalogue.queries.products import OwnProduct, find_own_product
from portal.catalogue.rules import clean_category, is_gtin
from portal.catalogue.service.changes import mark_changed
from portal.core.outbox import emit
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, InvalidInput, NotFound
from tenants.models import Status
from tenants.permissions import Permission
from tenants.principal import Principal

LARGEST_PICTURE = 2 * 1024 * 1024
LONGEST_CODE = 100
LONGEST_NAME = 200
LONGEST_TEXT = 4000
MOST_ROWS = 60
_LARGEST_PACK = Decimal(10_000_000)

_COLUMNS = (
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
_INSERT = text(
    f"insert into product (owner_id, sku, attributes, {', '.join(_COLUMNS)})"  # noqa: S608 - the columns are ours
    f" values (:owner, :sku, cast(:attributes as jsonb), {', '.join(':' + column for column in _COLUMNS)})"
    " on conflict (owner_id, sku) do nothing returning id"
)
_UPDATE = text(
    f"update product set attributes = cast(:attributes as jsonb),"  # noqa: S608 - the columns are ours
    f" {', '.join(f'{column} = :{column}' for column in _COLUMNS)} where owner_id = :owner and id = :product"
)
_CLEAR_PACKAGINGS = text(
    "delete from packaging where owner_id = :owner and product_id = :product and not unit = any(:units)"
).bindparams(bindparam("units", type_=ARRAY(String)))
_WRITE_PACKAGINGS = text(
    "insert into packaging (owner_id, product_id, unit, contains, gtin)"
    " select :owner, :product, t.unit, t.contains, t.gtin from unnest(:units, :contains, :gtins) t (unit, contains, gtin)"
    " on conflict (owner_id, product_id, unit) do update set contains = excluded.contains, gtin = excluded.gtin"
).bindparams(
    bindparam("units", type_=ARRAY(String)),
    bindparam("contains", type_=ARRAY(Numeric)),
    bindparam("gtins", type_=ARRAY(String)),
)
_WRITE_PICTURE = text(
    "insert into product_picture (owner_id, product_id, position, digest, content_type, content)"
    " values (:owner, :product, 1, :digest, :type, :content) on conflict (owner_id, product_id, position)"
    " do update set digest = excluded.digest, content_type = excluded.content_type, content = excluded.content"
)
_REMOVE_PICTURE = text("delete from product_picture where owner_id = :owner and product_id = :product and position = 1")
_POINT_TO_PICTURE = text("update product set picture_digest = :digest where owner_id = :owner and id = :product")


@dataclass(frozen=True, slots=True)
class PackagingDetails:
    """A packaging level: how many base units are in one."""

    unit: str
    contains: Decimal
    gtin: str = ""


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """Everything that describes a product."""

    sku: str
    name_en: str = ""
    name_de: str = ""
    gtin: str = ""
    description_en: str = ""
    description_de: str = ""
    brand: str = ""
    category: str = ""
    base_unit: str = "EA"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    packagings: Sequence[PackagingDetails] = ()
    status: Status = Status.ACTIVE


def create_product(principal: Principal, details: ProductDetails) -> None:
    """Add a product of the principal's organisation, which sells and manages the catalogue.

    Raises:
        InvalidInput: `errors` names each field and the reason.
        Conflict: there is a product with this SKU.
    """
    principal.require(Permission.CATALOGUE_MANAGE)
    checked = _checked(details)
    values = {**_values(checked), "owner": principal.selling(), "sku": checked.sku}
    product_id = db.session.execute(_INSERT, values).scalar_one_or_none()
    if product_id is None:
        raise Conflict("There is a product with this SKU.", field="sku")
    _write_packagings(principal, product_id, checked.packagings)
    record(principal, "product.created", checked.sku, after=_facts(checked))
    mark_changed(principal)


def change_product(principal: Principal, details: ProductDetails) -> None:
    """Describe an own product anew; its SKU and, because orders count in it, its base unit stay.

    Raises:
        NotFound: the organisation owns no such product.
        InvalidInput: `errors` names each field and the reason.
    """
    principal.require(Permission.CATALOGUE_MANAGE)
    known = _get(principal, details.sku)
    checked = _checked(details, known.base_unit)
    before = _facts(_details_of(known))
    db.session.execute(_UPDATE, {**_values(checked), "owner": principal.selling(), "product": known.id})
    _write_packagings(principal, known.id, checked.packagings)
    after = _facts(checked)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        record(
            principal,
            "product.changed",
            checked.sku,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        mark_changed(principal)
    if "category" in changed:
        emit(principal, "ProductsRecategorised", {"categories": [before["category"], after["category"]]})


def set_picture(principal: Principal, sku: str, content: bytes) -> None:
    """Show a product by a PNG, JPEG or SVG, told by its content and freed of everything but picture.

    Raises:
        NotFound: the organisation owns no such product.
        InvalidInput: it is no clean picture, or too large.
    """
    principal.require(Permission.CATALOGUE_MANAGE)
    known = _get(principal, sku)
    if len(content) > LARGEST_PICTURE:
        raise _invalid("picture", "too-large")
    try:
        clean, content_type = clean_picture(content)
    except PictureRefused as refused:
        raise _invalid("picture", "not-a-picture") from refused
    place = {"owner": principal.selling(), "product": known.id, "digest": hashlib.sha256(clean).hexdigest()}
    db.session.execute(_WRITE_PICTURE, {**place, "type": content_type, "content": clean})
    db.session.execute(_POINT_TO_PICTURE, place)
    record(principal, "product.picture_set", sku, after={"digest": place["digest"], "type": content_type})


def remove_picture(principal: Principal, sku: str) -> None:
    """Show a product without a picture. Raises NotFound as `set_picture` does."""
    principal.require(Permission.CATALOGUE_MANAGE)
    known = _get(principal, sku)
    place = {"owner": principal.selling(), "product": known.id, "digest": ""}
    db.session.execute(_REMOVE_PICTURE, place)
    db.session.execute(_POINT_TO_PICTURE, place)
    record(principal, "product.picture_removed", sku, before={"digest": known.picture_digest})


def _get(principal: Principal, sku: str) -> OwnProduct:
    known = find_own_product(principal, sku)
    if known is None:
        raise NotFound
    return known


def _checked(details: ProductDetails, base_unit: str | None = None) -> ProductDetails:
    """Give the details in their stored form, or refuse all that is wrong at once."""
    cleaned = ProductDetails(
        sku=details.sku.strip(),
        name_en=" ".join(details.name_en.split()),
        name_de=" ".join(details.name_de.split()),
        gtin=details.gtin.strip(),
        description_en=details.description_en.strip(),
        description_de=details.description_de.strip(),
        brand=" ".join(details.brand.split()),
        category=clean_category(details.category),
        base_unit=base_unit or details.base_unit.strip().upper() or "EA",
        attributes={str(key).strip(): value for key, value in details.attributes.items() if str(key).strip()},
        packagings=tuple(
            PackagingDetails(level.unit.strip().upper(), level.contains, level.gtin.strip())
            for level in details.packagings
        ),
        status=details.status,
    )
    errors = [*_field_errors(cleaned), *_packaging_errors(cleaned)]
    if errors:
        raise InvalidInput("The product cannot be saved like this.", errors=errors)
    return cleaned


def _field_errors(details: ProductDetails) -> list[dict[str, Any]]:
    wrong = []
    if not details.sku:
        wrong.append(("sku", "missing"))
    if not (details.name_en or details.name_de):
        wrong.append(("name_en", "missing"))
    if details.gtin and not is_gtin(details.gtin):
        wrong.append(("gtin", "not-a-gtin"))
    lengths = {
        LONGEST_CODE: ("sku", "brand", "base_unit"),
        LONGEST_NAME: ("name_en", "name_de", "category"),
        LONGEST_TEXT: ("description_en", "description_de"),
    }
    wrong += [
        (name, "too-long") for most, names in lengths.items() for name in names if len(getattr(details, name)) > most
    ]
    if len(details.attributes) > MOST_ROWS or len(json.dumps(dict(details.attributes))) > LONGEST_TEXT:
        wrong.append(("attributes", "too-long"))
    return [{"field": name, "reason": reason} for name, reason in wrong]


def _packaging_errors(details: ProductDetails) -> list[dict[str, Any]]:
    errors = []
    seen = {details.base_unit}
    for row, level in enumerate(details.packagings):
        reason = None
        if not level.unit or len(level.unit) > LONGEST_CODE:
            reason = "missing"
        elif level.unit in seen:
            reason = "twice"
        elif not 0 < level.contains < _LARGEST_PACK or level.contains != level.contains.quantize(Decimal("0.001")):
            reason = "not-a-quantity"
        elif level.gtin and not is_gtin(level.gtin):
            reason = "not-a-gtin"
        if reason:
            errors.append({"field": "packagings", "row": row, "reason": reason})
        seen.add(level.unit)
    return errors


def _values(details: ProductDetails) -> dict[str, Any]:
    values = {column: getattr(details, column) for column in _COLUMNS}
    return {**values, "status": details.status.value, "attributes": json.dumps(dict(details.attributes))}


def _write_packagings(principal: Principal, product_id: int, packagings: Sequence[PackagingDetails]) -> None:
    columns: dict[str, Any] = {
        "owner": principal.selling(),
        "product": product_id,
        "units": [level.unit for level in packagings],
    }
    db.session.execute(_CLEAR_PACKAGINGS, columns)
    if packagings:
        contains, gtins = [level.contains for level in packagings], [level.gtin for level in packagings]
        db.session.execute(_WRITE_PACKAGINGS, {**columns, "contains": contains, "gtins": gtins})


def _details_of(known: OwnProduct) -> ProductDetails:
    return ProductDetails(
        sku=known.sku,
        attributes=known.attributes,
        packagings=[PackagingDetails(level.unit, level.contains, level.gtin) for level in known.packagings],
        **{column: getattr(known, column) for column in _COLUMNS},
    )


def _facts(details: ProductDetails) -> dict[str, Any]:
    facts = asdict(details)
    facts["packagings"] = sorted(
        f"{level.unit} = {level.contains.normalize():f} {level.gtin}".strip() for level in details.packagings
    )
    return {**facts, "status": details.status.value, "attributes": dict(details.attributes)}


def _invalid(name: str, reason: str) -> InvalidInput:
    return InvalidInput("This cannot be taken.", errors=[{"field": name, "reason": reason}])
