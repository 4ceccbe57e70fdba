"""The screens of prices: lists, their sheets, why a price is what it is, who pays what."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.accounts.group_uses import uses_by
from portal.pricing.queries.price_lists import list_lists_of_group
from portal.pricing.views import articles, drafts, explain, importing, lists, mass, sheet, versions
from portal.pricing.views.blueprint import prices
from portal.web.navigation import navigation
from tenants.permissions import Capacity, Permission

__all__ = ["articles", "drafts", "explain", "importing", "lists", "mass", "register", "sheet", "versions"]


def register(app: Flask) -> None:
    """Bind the screens and hang them into the column."""
    app.register_blueprint(prices)
    uses_by(app, "price_lists", list_lists_of_group)
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Prices"), "prices.show", "price", Permission.PRICES_VIEW, 30)
