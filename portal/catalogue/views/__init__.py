"""Screens of the catalogue: a seller's articles and products, and everybody's pictures."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.catalogue.units import unit_word
from portal.catalogue.views.articles import article_screens
from portal.catalogue.views.pictures import picture_screens
from portal.catalogue.views.products import product_screens
from portal.web.navigation import navigation
from portal.web.shell import ShellSources
from tenants.permissions import Capacity, Permission


def register(app: Flask) -> None:
    """Bind the screens, and lead the seller's column and search box to them."""
    for screens in (picture_screens, article_screens, product_screens):
        app.register_blueprint(screens)
    app.add_template_filter(unit_word, "unit_word")
    sources: ShellSources = app.extensions["shell"]
    sources.search[Capacity.SELLER] = ("articles.show_all", _l("Article, GTIN or word"))
    view = Permission.CATALOGUE_VIEW
    navigation.add(Capacity.SELLER, _l("Range"), _l("Catalogue"), "articles.show_all", "catalogue", view, 28)
