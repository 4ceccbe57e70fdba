"""What scopes and kinds of programs are called where people decide about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.accounts.audit_values import WORDS
from tenants.permissions import Scope
from tenants.token_models import ClientKind

SCOPE_WORDS: Mapping[Scope, Any] = {
    Scope.BUYING_READ: _l("See articles, your prices and your orders"),
    Scope.BUYING_WRITE: _l("Change the basket and place orders"),
    Scope.BUYING_ADMIN: _l("Manage the buying organisation and its people"),
    Scope.SELLING_READ: _l("See customers, prices, stock, orders and figures"),
    Scope.SELLING_WRITE: _l("Change customers, articles, prices and stock, and act on orders"),
    Scope.SELLING_ADMIN: _l("Manage the selling organisation and its people"),
    Scope.BRAND_READ: _l("See what wholesalers share with the brand owner"),
    Scope.BRAND_ADMIN: _l("See and try again what waits or failed behind the screens"),
    Scope.BRAND_WRITE: _l("Offer wholesalers funding for promotions and settle their claims"),
}

SHORT_SCOPE_WORDS: Mapping[Scope, Any] = {
    Scope.BUYING_READ: _l("buying: read"),
    Scope.BUYING_WRITE: _l("buying: write"),
    Scope.BUYING_ADMIN: _l("buying: manage"),
    Scope.SELLING_READ: _l("selling: read"),
    Scope.SELLING_WRITE: _l("selling: write"),
    Scope.SELLING_ADMIN: _l("selling: manage"),
    Scope.BRAND_READ: _l("brand: read"),
    Scope.BRAND_ADMIN: _l("brand: manage"),
    Scope.BRAND_WRITE: _l("brand: write"),
}
"""The same in tables."""

KIND_WORDS: Mapping[ClientKind, Any] = {kind: WORDS["client_kind"][kind.value] for kind in ClientKind}
