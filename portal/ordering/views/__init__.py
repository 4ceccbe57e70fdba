"""The screens of ordering: basket and order pad, own orders, the order desk."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.accounts.open_orders import orders_by
from portal.ordering.queries.open_orders import count_open_orders, find_last_orders
from portal.ordering.views.approvals import approval_screens, load_waiting_requests
from portal.ordering.views.basket import basket_screens
from portal.ordering.views.branches import branch_screens, load_branches
from portal.ordering.views.cards import load_own_orders, load_to_confirm, load_waiting, shell_basket
from portal.ordering.views.desk import desk_screens
from portal.ordering.views.entering import entering_screens
from portal.ordering.views.own_orders import own_orders_screens
from portal.ordering.views.rewards import reward_screens
from portal.ordering.views.shown import register_filters
from portal.web.navigation import home_cards, navigation
from portal.web.shell import shell_sources
from tenants.permissions import Capacity, Permission


def register(app: Flask) -> None:
    """Bind the screens and hang them into the shell."""
    for blueprint in (
        basket_screens,
        reward_screens,
        entering_screens,
        own_orders_screens,
        approval_screens,
        branch_screens,
        desk_screens,
    ):
        app.register_blueprint(blueprint)
    register_filters(app)
    orders_by(app, count_open_orders, find_last_orders)
    with app.app_context():
        shell_sources().basket = shell_basket
    buy, sell = _l("Buy"), _l("Sell")
    place, view = Permission.ORDERS_PLACE, Permission.ORDERS_VIEW
    navigation.add(Capacity.BUYER, buy, _l("Order pad"), "basket.pad", "pad", place, 20)
    navigation.add(Capacity.BUYER, buy, _l("Basket"), "basket.show", "basket", place, 30)
    navigation.add(Capacity.BUYER, buy, _l("Orders"), "own_orders.show_all", "list", view, 40)
    navigation.add(Capacity.SELLER, sell, _l("Orders"), "desk.show_all", "list", view, 10)
    approve = Permission.ORDERS_APPROVE
    navigation.add(Capacity.BUYER, buy, _l("Approvals"), "approvals.show_all", "check", approve, 42)
    home_cards.add(Capacity.BUYER, "approvals", 15, approve, load_waiting_requests, "ordering/_card_approvals.html")
    home_cards.add(Capacity.BUYER, "branches", 30, view, load_branches, "ordering/_card_branches.html")
    home_cards.add(Capacity.SELLER, "orders-to-confirm", 10, view, load_to_confirm, "ordering/_card_to_confirm.html")
    home_cards.add(Capacity.SELLER, "short-stock", 20, view, load_waiting, "ordering/_card_waiting.html")
    home_cards.add(Capacity.BUYER, "own-orders", 20, view, load_own_orders, "ordering/_card_own_orders.html")
