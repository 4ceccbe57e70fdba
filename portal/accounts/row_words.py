"""What the columns and problems of imported accounts are called in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _l

from portal.accounts.account_rows import MOST_TERM_DAYS, BadCell, RowProblem

COLUMNS: Mapping[str, Any] = {
    "customer_number": _l("Customer number"),
    "code": _l("Code"),
    "branch_of": _l("Branch of"),
    "name": _l("Name"),
    "street": _l("Street and number"),
    "postal_code": _l("Postal code"),
    "city": _l("City"),
    "country": _l("Country"),
    "email": _l("E-mail"),
    "vat_id": _l("VAT number"),
    "gln": _l("GLN"),
    "locale": _l("Language"),
    "price_group": _l("Price group"),
    "payment_terms_days": _l("Payment terms"),
    "credit_limit": _l("Credit limit"),
}

_PROBLEMS: Mapping[RowProblem, Any] = {
    RowProblem.NO_KEY: _l("Please enter a customer number or a code: it tells this account from the others."),
    RowProblem.NO_NAME: _l("A new account needs a name."),
    RowProblem.TOO_LONG: _l("This is too long."),
    RowProblem.NO_CODE: _l("Please use letters, digits, dots, hyphens and underscores only."),
    RowProblem.NO_EMAIL: _l("This is not an e-mail address. It looks like name@example.com."),
    RowProblem.NO_COUNTRY: _l("This is no country. Please enter a code such as DE, or its name."),
    RowProblem.NO_LANGUAGE: _l("Please enter de or en."),
    RowProblem.NO_GLN: _l("A GLN has 13 digits."),
    RowProblem.CODE_LIMIT: _l("Too many codes could not be used. Leave it empty, or try again in an hour."),
    RowProblem.UNKNOWN_SHOP: _l("No shop of yours has this code or customer number."),
}


def problem_text(cell: BadCell) -> str:
    """Say what is wrong with a cell, and what helps."""
    detail = cell.detail
    texts = {
        RowProblem.NO_DAYS: lambda: gettext("Please enter whole days from 0 to %(most)s.", most=MOST_TERM_DAYS),
        RowProblem.NO_AMOUNT: lambda: gettext(
            "This is not an amount. Please enter a number such as %(example)s.", example=format_decimal(5000)
        ),
        RowProblem.TWICE: lambda: gettext("Row %(row)s has it already.", row=detail),
        RowProblem.AMBIGUOUS: lambda: gettext(
            "Several accounts have this number: %(codes)s. Please enter the code.", codes=detail
        ),
        RowProblem.OTHER_ACCOUNT: lambda: gettext("This number belongs to the account %(code)s.", code=detail),
        RowProblem.CODE_TAKEN: lambda: gettext(
            "This code cannot be used. %(code)s can, or leave it empty.", code=detail
        ),
        RowProblem.PLACE_FIXED: lambda: gettext("This account exists already and stays where it is."),
    }
    return str(texts[cell.problem]()) if cell.problem in texts else str(_PROBLEMS[cell.problem])
