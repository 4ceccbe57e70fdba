"""Articles: listing a product under the seller's own number, with the quantities in which it may be ordered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from portal.catalogue.models import BackorderRule
from portal.catalogue.queries.articles import find_article, find_listable, is_ordered
from portal.catalogue.service.changes import mark_changed
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, InvalidInput
from tenants.models import Status
from tenants.permissions import Permission
from tenants.principal import Principal

LONGEST_NUMBER = 60
_LARGEST = Decimal(10_000_000)

_WRITE = text(
    "insert into article (seller_id, article_number, owner_id, product_id, min_quantity, order_multiple, backorder, status)"
    " values (:seller, :article, :owner, :product, :min_quantity, :order_multiple, :backorder, :status)"
    " on conflict (seller_id, article_number) do update set owner_id = excluded.owner_id, product_id = excluded.product_id,"
    " min_quantity = excluded.min_quantity, order_multiple = excluded.order_multiple, backorder = excluded.backorder,"
    " status = excluded.status"
)


class ArticleHasOrders(Conflict):
    """The article has been ordered as another product; that history keeps its meaning."""

    code = "article-has-orders"


@dataclass(frozen=True, slots=True)
class ArticleDetails:
    """A listing; quantities in base units. `owner_code` names whose product it is, empty = the nearest that has the SKU."""

    article: str
    sku: str
    owner_code: str = ""
    min_quantity: Decimal = Decimal(1)
    order_multiple: Decimal = Decimal(1)
    backorder: BackorderRule = BackorderRule.DENY
    status: Status = Status.ACTIVE


def save_article(principal: Principal, details: ArticleDetails, *, is_new: bool = False) -> None:
    """List a product of the seller or of an organisation above it, or change how it is listed.

    The principal is the seller and manages the catalogue.

    Raises:
        InvalidInput: `errors` names each field and the reason.
        Conflict: `is_new`, and the number is taken.
        ArticleHasOrders: it would become another product than it was ordered as.
    """
    principal.require(Permission.CATALOGUE_MANAGE)
    number = details.article.strip()
    product = find_listable(principal, details.sku.strip(), details.owner_code.strip())
    errors = _errors(number, details)
    if product is None:
        errors.append({"field": "sku", "reason": "unknown-product"})
    if errors or product is None:
        raise InvalidInput("The article cannot be saved like this.", errors=errors)
    known = find_article(principal, number)
    if known is not None and is_new:
        raise Conflict("There is an article with this number.", field="article")
    if (
        known is not None
        and (known.owner_id, known.product_id) != (product.owner_id, product.product_id)
        and is_ordered(principal, known.id)
    ):
        raise ArticleHasOrders(field="sku")
    db.session.execute(
        _WRITE,
        {
            "seller": principal.selling(),
            "article": number,
            "owner": product.owner_id,
            "product": product.product_id,
            "min_quantity": details.min_quantity,
            "order_multiple": details.order_multiple,
            "backorder": details.backorder.value,
            "status": details.status.value,
        },
    )
    after = _facts(product.sku, details)
    before = None
    if known is not None:
        listed = ArticleDetails(
            number,
            known.sku,
            known.owner_code,
            known.min_quantity,
            known.order_multiple,
            BackorderRule(known.backorder),
            Status(known.status),
        )
        before = _facts(known.sku, listed)
    if before != after:
        record(principal, "article.changed" if known else "article.listed", number, before=before, after=after)
        mark_changed(principal)


def _errors(number: str, details: ArticleDetails) -> list[dict[str, Any]]:
    wrong = []
    if not number:
        wrong.append(("article", "missing"))
    if len(number) > LONGEST_NUMBER or any(ord(sign) < ord(" ") for sign in number):
        wrong.append(("article", "too-long"))
    wrong += [
        (name, "not-a-quantity")
        for name in ("min_quantity", "order_multiple")
        if not 0 < getattr(details, name) < _LARGEST
        or getattr(details, name) != getattr(details, name).quantize(Decimal("0.001"))
    ]
    return [{"field": name, "reason": reason} for name, reason in wrong]


def _facts(sku: str, details: ArticleDetails) -> dict[str, Any]:
    return {
        "sku": sku,
        "min_quantity": f"{details.min_quantity.normalize():f}",
        "order_multiple": f"{details.order_multiple.normalize():f}",
        "backorder": details.backorder.value,
        "status": details.status.value,
    }
