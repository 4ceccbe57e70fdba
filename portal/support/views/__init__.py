"""The screens of the support desk: the customer's, the seller's and the manufacturer's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.support.queries.cases import count_open_cases, list_cases
from portal.support.queries.requests import MOST_ON_CARD, count_waiting, list_requests
from portal.support.rules import CaseState, RequestState
from portal.support.views.brand import brand_support
from portal.support.views.desk import support
from portal.support.views.own import own_support
from portal.support.views.registrations import own_registrations, registrations
from portal.web.navigation import home_cards, navigation
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

_CARD = "support/_card_support.html"


def load_requests(principal: Principal) -> Mapping[str, Any] | None:
    """Give the requests whose turn is the principal's, for the home page; nothing while there is none."""
    waiting = count_waiting(principal)
    if not waiting:
        return None
    is_buyer = principal.capacity is Capacity.BUYER
    state = RequestState.WAITING if is_buyer else RequestState.OPEN
    rows = list_requests(principal, state=state, limit=MOST_ON_CARD)
    return {"count": waiting, "rows": rows, "side": "own_support" if is_buyer else "support", "state": state.value}


def load_cases(principal: Principal) -> Mapping[str, Any] | None:
    """Give the cases that wait for the manufacturer, for the home page; nothing while there is none."""
    waiting = count_open_cases(principal)
    if not waiting:
        return None
    rows = list_cases(principal, state=CaseState.OPEN, limit=MOST_ON_CARD)
    return {"count": waiting, "rows": rows, "side": "brand_support", "state": CaseState.OPEN.value}


def register(app: Flask) -> None:
    """Bind the screens and hang them into columns and home pages."""
    for blueprint in (own_support, support, brand_support, own_registrations, registrations):
        app.register_blueprint(blueprint)
    view, label = Permission.SUPPORT_VIEW, _l("Support")
    navigation.add(
        Capacity.BUYER, _l("Buy"), label, "own_support.show_all", "help", view, 48, covers=("own_registrations",)
    )
    navigation.add(Capacity.SELLER, _l("Sell"), label, "support.show_all", "help", view, 24, covers=("registrations",))
    navigation.add(Capacity.BRAND_OWNER, _l("Channel"), label, "brand_support.show_all", "help", view, 14)
    home_cards.add(Capacity.BUYER, "support", 25, view, load_requests, _CARD)
    home_cards.add(Capacity.SELLER, "support", 22, view, load_requests, _CARD)
    home_cards.add(Capacity.BRAND_OWNER, "support", 25, view, load_cases, _CARD)
