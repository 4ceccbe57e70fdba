"""The screens of figures: a seller's own sales and what it shares, a brand owner's channel."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.analytics.views import access, cards, seen
from portal.analytics.views.activity import activity
from portal.analytics.views.agreements import agreements
from portal.analytics.views.benchmark import channel_benchmark, own_benchmark
from portal.analytics.views.channel import channel
from portal.analytics.views.forecast import forecast
from portal.analytics.views.plan import plan
from portal.analytics.views.sales import figures
from portal.analytics.views.sharing import sharing
from portal.analytics.views.stock import stock
from portal.web.navigation import home_cards, navigation
from tenants.permissions import Capacity, Permission

__all__ = ["access", "register", "seen"]
_SELLER, _OWNER = Capacity.SELLER, Capacity.BRAND_OWNER
_FIGURES, _CHANNEL = Permission.FIGURES_VIEW, Permission.CHANNEL_VIEW


def register(app: Flask) -> None:
    """Bind the screens and hang entries and cards into the shell."""
    for blueprint in (
        activity,
        agreements,
        channel,
        channel_benchmark,
        figures,
        own_benchmark,
        forecast,
        plan,
        sharing,
        stock,
    ):
        app.register_blueprint(blueprint)
    group = _l("Figures")
    navigation.add(_SELLER, group, _l("Sales"), "figures.show", "chart", _FIGURES, 60)
    navigation.add(_SELLER, group, _l("Customers' rhythm"), "figures.show_customers", "clock", _FIGURES, 61)
    navigation.add(_SELLER, group, _l("Forecast"), "forecast.show", "chart", _FIGURES, 63)
    navigation.add(_SELLER, group, _l("Sharing"), "sharing.show", "link", _FIGURES, 62)
    compare = _l("How you compare")
    navigation.add(_SELLER, group, compare, "channel_benchmark.show", "chart", _FIGURES, 64)
    navigation.add(Capacity.BUYER, _l("Buy"), compare, "own_benchmark.show_own", "chart", Permission.ORDERS_VIEW, 48)
    navigation.add(_OWNER, group, _l("Channel"), "channel.show", "chart", _CHANNEL, 10)
    navigation.add(_OWNER, group, _l("Agreements"), "agreements.show", "link", _CHANNEL, 12)
    navigation.add(_OWNER, group, _l("Demand plan"), "plan.show", "table", _CHANNEL, 11)
    navigation.add(_OWNER, group, _l("Retailers in the channel"), "channel_activity.show", "people", _CHANNEL, 11)
    navigation.add(_OWNER, group, _l("Stock in the channel"), "channel_stock.show", "stock", _CHANNEL, 11)
    home_cards.add(_SELLER, "sales-month", 30, _FIGURES, cards.load_month, "analytics/_card_month.html")
    home_cards.add(_SELLER, "slowing", 40, _FIGURES, cards.load_slowing, "analytics/_card_slowing.html")
    home_cards.add(_SELLER, "proposals", 5, _FIGURES, cards.load_proposals, "analytics/_card_proposals.html")
    home_cards.add(_OWNER, "agreements", 30, _CHANNEL, cards.load_agreements, "analytics/_card_agreements.html")
    home_cards.add(_OWNER, "channel", 10, _CHANNEL, cards.load_channel, "analytics/_card_channel.html")
    home_cards.add(_OWNER, "wholesalers", 20, _CHANNEL, cards.load_wholesalers, "analytics/_card_wholesalers.html")
