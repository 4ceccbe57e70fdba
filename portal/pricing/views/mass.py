"""Many prices at once on screen: changed by a rule, copied into a new list, two lists beside each other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.catalogue.units import product_name
from portal.pricing import words
from portal.pricing.queries import comparison as queries
from portal.pricing.queries.price_lists import PriceListRow, find_price_list, get_price_list, get_today, list_codes
from portal.pricing.rules.entry_rows import RowProblem, read_number, typed_number
from portal.pricing.rules.price_sheet import read_starting_day
from portal.pricing.service import mass_change as service
from portal.pricing.service.drafts import LONGEST_NAME
from portal.pricing.service.price_lists import ADJUSTMENT_BOUND
from portal.pricing.service.publishing import NothingToPublish
from portal.pricing.views.blueprint import prices
from portal.web.api.paging import page_of, read_text_cursor
from portal.web.formatting import quantity_text
from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE = 50
_ENDINGS = ("0.99", "0.95", "0.90", "0.50", "0.00")
_USUAL_DECIMALS = 2
_LONGEST_TEXT = 500


@prices.screen("/lists/<code>/change-many", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def change_many(principal: Principal, code: str) -> ResponseReturnValue:
    """Change prices of a list by one rule; they become a draft."""
    price_list = get_price_list(principal, code)
    if request.method == "GET":
        return _form("pricing/change_many.html", price_list, {})
    rule, errors = _rule()
    starts_on = read_starting_day(_text("starts_on"))
    if isinstance(starts_on, RowProblem):
        errors["starts_on"] = str(words.ROW_PROBLEMS[starts_on])
    if rule is None or errors or isinstance(starts_on, RowProblem):
        return _form("pricing/change_many.html", price_list, errors)
    draft = service.adjust_prices(
        principal,
        code,
        service.AdjustPrices(
            rule,
            name=_text("name")[:LONGEST_NAME],
            starts_on=starts_on,
            words=_text("q"),
            brand=_text("brand"),
            category=_text("category"),
        ),
    )
    return redirect(url_for("prices.show_draft", code=code, number=draft.number))


@prices.screen("/lists/<code>/copy", Permission.PRICES_MANAGE, methods=["GET", "POST"])
def copy_list(principal: Principal, code: str) -> ResponseReturnValue:
    """Make a list of a list, perhaps changed by a rule; it is for nobody yet."""
    price_list = get_price_list(principal, code)
    if request.method == "GET":
        return _form("pricing/copy.html", price_list, {})
    rule, errors = _rule()
    if rule is None:
        return _form("pricing/copy.html", price_list, errors)
    try:
        made = service.copy_price_list(principal, code, _text("code"), _text("list_name"), rule)
    except NothingToPublish:
        errors["code"] = str(_("This list has no prices of its own to copy."))
    except InvalidInput as refusal:
        first = refusal.details["errors"][0]
        errors["list_name" if first["field"] == "name" else "code"] = str(words.FIELD_PROBLEMS[first["reason"]])
    if errors:
        rollback_at_edge()
        return _form("pricing/copy.html", price_list, errors)
    count = quantity_text(made.created_count)
    text = ngettext(
        "%(count)s price copied. The list is for nobody yet.",
        "%(count)s prices copied. The list is for nobody yet.",
        made.created_count,
        count=count,
    )
    flash(text, "success")
    return redirect(url_for("prices.show_list", code=_text("code")))


@prices.screen("/compare", Permission.PRICES_VIEW)
def compare(principal: Principal) -> ResponseReturnValue:
    """Put two lists beside each other, for a quantity on a day."""
    asked = {name: request.args.get(name, "").strip() for name in ("left", "right", "quantity", "on", "show", "q")}
    quantity, day, errors = _quantity(asked["quantity"]), read_starting_day(asked["on"]), dict[str, str]()
    ids = {side: find_price_list(principal, asked[side]) if asked[side] else None for side in ("left", "right")}
    for side, found in ids.items():
        if asked[side] and found is None:
            errors[side] = str(words.FIELD_PROBLEMS["unknown-list"])
    if isinstance(quantity, RowProblem):
        errors["quantity"] = str(words.ROW_PROBLEMS[quantity])
    if isinstance(day, RowProblem):
        errors["on"] = str(words.ROW_PROBLEMS[day])
    show = queries.Difference(asked["show"]) if asked["show"] in set(queries.Difference) else queries.Difference.DIFFER
    found_in: dict[str, Any] = {"page": None, "summary": None}
    left, right = ids["left"], ids["right"]
    if left and right and not isinstance(quantity, RowProblem) and not isinstance(day, RowProblem):
        comparison = queries.Comparison(left, right, quantity, day)
        after = read_text_cursor(request.args.get("cursor"))
        rows = queries.list_compared(
            principal,
            comparison,
            show=show,
            words=asked["q"][:100],
            after=after,
            limit=_PAGE + 1,
        )
        found_in["page"] = page_of(rows, _PAGE, lambda row: row, lambda row: (row.article,))
        found_in["summary"] = queries.summarise_comparison(principal, comparison)
    page = render_template(
        "pricing/compare.html",
        asked=asked,
        errors=errors,
        show=show,
        lists=list_codes(principal),
        today=get_today(principal),
        changed=lambda row: (
            (row.right_price - row.left_price) / row.left_price
            if row.left_price and row.right_price is not None
            else None
        ),
        product_name=product_name,
        currency=principal.currency,
        words=words,
        **found_in,
    )
    return page, 422 if errors else 200


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:_LONGEST_TEXT]


def _rule() -> tuple[service.Adjustment | None, dict[str, str]]:
    """Give the rule typed into the form, or None with what is wrong with it."""
    errors: dict[str, str] = {}
    numbers = {}
    for name in ("percent", "amount"):
        number = _signed(_text(name))
        if isinstance(number, RowProblem):
            errors[name] = str(words.ROW_PROBLEMS[number])
        else:
            numbers[name] = number
    if errors:
        return None, errors
    ending = _text("ending")
    return service.Adjustment(
        **numbers, decimals=_USUAL_DECIMALS, ending=Decimal(ending) if ending in _ENDINGS else None
    ), errors


def _signed(text: str) -> Decimal | RowProblem:
    text = text.replace("\N{MINUS SIGN}", "-").removeprefix("+")
    is_negative = text.startswith("-")
    plain = typed_number(text.removeprefix("-"), words.decimal_mark())
    number = plain if isinstance(plain, RowProblem) else read_number(plain, service.MOST_DECIMALS, ADJUSTMENT_BOUND)
    if isinstance(number, RowProblem):
        return number
    number = number or Decimal(0)
    return -number if is_negative else number


def _quantity(text: str) -> Decimal | RowProblem:
    plain = typed_number(text, words.decimal_mark())
    number = plain if isinstance(plain, RowProblem) else read_number(plain, 3, 10_000_000)
    return RowProblem.NOT_POSITIVE if number == 0 else Decimal(1) if number is None else number


def _form(template: str, price_list: PriceListRow, errors: dict[str, str]) -> ResponseReturnValue:
    endings = [
        ("", _("to 2 decimals")),
        *((each, _("to …%(ending)s", ending=words.price_cell(Decimal(each))[1:])) for each in _ENDINGS),
    ]
    page = render_template(template, price_list=price_list, errors=errors, form=request.form, endings=endings)
    return page, 422 if errors else 200
