"""The home page of each capacity: an empty frame that the features fill with cards (`navigation.home_cards`)."""

from __future__ import annotations

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from portal.web.navigation import home_cards, navigation
from portal.web.screens import Screens, signed_in_person
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

PREFIXES = {Capacity.BUYER: "buying", Capacity.SELLER: "selling", Capacity.BRAND_OWNER: "brand"}

entrance = Screens("home", __name__)


@entrance.public("/")
def show() -> ResponseReturnValue:
    """Lead to the home page of what the person's organisation mainly does, or to the sign-in."""
    person = signed_in_person()
    if person is None or person.current is None:
        return redirect(url_for("sign_in.show"))
    return redirect(url_for(home_endpoint(person.capacities[0])))


def home_endpoint(capacity: Capacity) -> str:
    """Give the endpoint of the capacity's home page."""
    return f"home_{PREFIXES[capacity]}.show"


def register_home(app: Flask) -> None:
    """Bind `/` and the three home pages, and head each column with them."""
    app.register_blueprint(entrance)
    for capacity, prefix in PREFIXES.items():
        app.register_blueprint(_home_of(capacity, prefix))
        navigation.add(
            capacity, None, lazy_gettext("Home"), home_endpoint(capacity), "home", Permission.ORGANISATION_VIEW, 0
        )


def _home_of(capacity: Capacity, prefix: str) -> Screens:
    home = Screens(f"home_{prefix}", __name__, capacity=capacity, url_prefix=f"/{prefix}")

    @home.screen("/", Permission.ORGANISATION_VIEW, endpoint="show")
    def show_home(principal: Principal) -> ResponseReturnValue:
        return render_template("base/home.html", cards=home_cards.load_for(principal))

    return home
