"""Every act leaves a trace: who did what to what, when and from where stands in the own organisation's log."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tenants.database import count_statements, db
from tests.access.asking import Asker
from tests.access.rows import Row, every_row

pytestmark = [pytest.mark.shared_database, pytest.mark.usefixtures("harmless")]

_ORDER = {"article-1": "ART-NORTH-1", "quantity-1": "2", "idempotency_key": "form-of-the-trace", "act": "order"}
_LISTED = {"sku": "SKU-NORTH-1", "article": "ART-NORTH-1", "order_multiple": "1", "status": "active"}
ACTS: dict[str, dict[str, Any]] = {
    "articles.change": {**_LISTED, "min_quantity": "7"},
    "basket.act": _ORDER,
    "restock.act": _ORDER,
    "second_step.confirm": {"code": "000000"},
}
"""Forms that change something, where the matrix sends one that does not."""

_CALCULATES = "calculates and keeps nothing of anybody else's"
_DRAFT = "a draft prices nothing; what is published of it is in the log with who and why, by its former and new prices"
_OWN_BASKET = "the basket is the person's own; what is ordered from it is in the log"
_OWN_INBOX = "the messages are the person's own, and how it wants to be told"
WITHOUT_TRACE = {
    "accounts.add_document": "the matrix sends no file; tests/accounts/test_records.py asserts the entry",
    "accounts.import_list": "the matrix has the list only read; tests/accounts/test_account_import.py asserts the entries",
    "accounts.invite_many_accounts": "the matrix chooses nobody; who is invited is in the log as by accounts.invite",
    "framework_agreements.attach_document": "the matrix sends no file; the operation that does the same asserts the entry",
    "acted.end": "nobody acts in the matrix; tests/accounts/test_acting.py asserts the entries",
    "api.change_basket": _OWN_BASKET,
    "api.begin_price_draft": _DRAFT,
    "api.change_many_prices": _DRAFT,
    "api.change_price_draft": _DRAFT,
    "api.check_buyers_prices": _CALCULATES,
    "api.check_own_prices": _CALCULATES,
    "api.clear_basket": _OWN_BASKET,
    "api.import_price_file": _DRAFT,
    "api.invite_into_accounts": "the matrix names no account there is; who is invited is in the log as by invite_into_account",
    "api.order_basket": "the basket of the matrix is empty; with lines it orders as api.create_order does",
    "api.read_order_text": _CALCULATES,
    "api.reorder_order": _OWN_BASKET,
    "api.settle_price_draft": _DRAFT,
    "api.start_loyalty": "the programme of the matrix runs already; tests/loyalty/test_points.py asserts the entry",
    "api.throw_price_draft_away": _DRAFT,
    "basket.empty": _OWN_BASKET,
    "basket_rewards.keep_reward": _OWN_BASKET,
    "campaigns.set_picture": "the matrix sends no file; tests/campaigns/test_campaigns.py asserts the entry",
    "api.set_campaign_picture": "the matrix sends no file; tests/campaigns/test_campaigns.py asserts the entry",
    "own_campaigns.add": _OWN_BASKET,
    "own_campaigns.quote": _CALCULATES,
    "basket.order_confirmed": "the matrix sends no lines; with lines it orders as basket.act does",
    "basket.quote": _OWN_BASKET,
    "entering.read": _OWN_BASKET,
    "notices.change_choices": _OWN_INBOX,
    "notices.open_one": _OWN_INBOX,
    "notices.read_every": _OWN_INBOX,
    "own_orders.reorder_lines": _OWN_BASKET,
    "passkeys.add": "the matrix sends no passkey; tests/accounts/test_passkeys.py asserts the entry",
    "passkeys.confirm_challenge": "a question; the answer is in the log",
    "passkeys.making_challenge": "a question; the passkey that answers it is in the log",
    "prices.begin_draft": _DRAFT,
    "prices.change_draft": _DRAFT,
    "prices.change_many": _DRAFT,
    "prices.import_file": _DRAFT,
    "prices.roll_back": _DRAFT,
    "prices.settle_draft": _DRAFT,
    "prices.throw_draft_away": _DRAFT,
    "prices.change_entries": "the matrix only puts rows into the sheet; saving writes as api.put_price_entries does",
    "restock.order_confirmed": "the matrix sends no lines; with lines it orders as restock.act does",
    "restock.quote": _CALCULATES,
    "second_factor.remove": "the matrix's person has no app; tests/accounts/test_second_factor.py asserts the entry",
    "second_factor.set_up": "the matrix sends no code; tests/accounts/test_second_factor.py asserts the entry",
    "provider_settings.check_domain": "it is proven already; tests/identity/test_settings.py asserts the entry",
    "single_sign_on.confirm": "the matrix's person did not come by a provider; tests/identity/test_signing_in.py asserts the entry",
    "sign_in.switch": "which of the own organisations this browser shows",
    "storefront.add": _OWN_BASKET,
    "your_account.change_password": "the matrix sends a wrong password; tests/accounts/test_sign_in.py asserts the entry",
}
WRITING = [row for row in every_row() if not row.is_safe and not row.is_public]


def is_traced(app: Flask, asker: Asker, row: Row, **more: Any) -> bool:
    """Send the row's request, which must succeed as far as the matrix says, and tell whether it wrote into the log."""
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as counter:
        answer = asker.send(row, asker.usual(row), **more)
    assert answer.status < 400 or answer.status == row.gives, (str(row), answer.text[-2000:])
    return any("insert into audit_entry" in statement.lower() for statement in counter.statements)


@pytest.mark.parametrize("row", [row for row in WRITING if row.endpoint not in WITHOUT_TRACE], ids=str)
def test_every_act_is_in_the_log(app: Flask, asker: Asker, row: Row) -> None:
    form = ACTS.get(row.endpoint)
    assert is_traced(app, asker, row, **({"form": form} if form else {}))


@pytest.mark.parametrize("row", [row for row in WRITING if row.endpoint in WITHOUT_TRACE], ids=str)
def test_what_leaves_no_trace_still_has_its_reason(app: Flask, asker: Asker, row: Row) -> None:
    """An endpoint that begins to write into the log leaves the list."""
    assert not is_traced(app, asker, row)


def test_the_list_of_reasons_names_only_what_there_is() -> None:
    assert set(WITHOUT_TRACE) | set(ACTS) <= {row.endpoint for row in WRITING}
