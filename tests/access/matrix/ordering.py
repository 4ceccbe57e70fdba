"""Who gets what of ordering: the basket, own orders, the order desk."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import ADMINS, APPROVING, EVERY_ROLE, MANAGERS, ORDERING, SHIPPING, Row, api, buying, selling

_OLD_TOO = ("own", "transferred")
"""Orders of a buyer that moved to another seller stay the seller's own."""
_GRID = {"article-1": "ART-NORTH-1", "quantity-1": "2", "base-1": "2", "idempotency_key": "form-key"}
_ORDER = {"lines": [{"article": "{article}", "quantity": "1"}]}
_BASKET = {"lines": [{"article": "{article}", "quantity": 2}], "purchase_order_number": "PO 1"}
_TEXT = {"text": "{article} 5"}
_KEY = {"Idempotency-Key": "key-of-the-matrix"}

ROWS: tuple[Row, ...] = (
    # Basket and order pad: what is in them is the person's own, so nothing names an object
    buying("basket.show", "GET", ORDERING),
    buying("basket.pad", "GET", ORDERING),
    buying("basket.act", "POST", ORDERING, 303, form=_GRID),
    buying("basket.order_confirmed", "POST", ORDERING, 303, form={"idempotency_key": "form-key"}),
    buying("basket.quote", "POST", ORDERING, form=_GRID),
    buying("basket.empty", "POST", ORDERING, 303),
    buying("basket_rewards.keep_reward", "POST", ORDERING, 303, form={"reward": "RW-NORTH"}),
    buying("entering.read", "POST", ORDERING, 303, form={"lines": "ART-NORTH-1 5"}),
    buying("entering.suggest", "GET", ORDERING, query={"q": "ART-"}),
    # Own orders
    buying("own_orders.show_all", "GET", EVERY_ROLE),
    buying("own_orders.export", "GET", EVERY_ROLE),
    buying("own_orders.show", "GET", EVERY_ROLE, order_number="bought"),
    buying("own_orders.cancel", "POST", ORDERING, 303, order_number="bought"),
    buying("own_orders.received", "POST", ORDERING, 303, order_number="bought_shipped"),
    buying("own_orders.reorder_lines", "POST", ORDERING, 303, order_number="bought"),
    # Orders that wait for an approver
    buying("approvals.show_all", "GET", EVERY_ROLE),
    buying("approvals.show", "GET", EVERY_ROLE, request_number="order_request"),
    # A form that does not say what was shown orders nothing.
    buying("approvals.approve", "POST", APPROVING, 409, request_number="order_request"),
    buying("approvals.decline", "POST", APPROVING, 303, request_number="order_request"),
    buying("approvals.withdraw", "POST", ORDERING, 303, request_number="order_request"),
    buying("approvals.rule", "GET", ADMINS),
    buying("approvals.change_rule", "POST", ADMINS, 303, form={"places_up_to": "500"}),
    # The orders of a chain's branches
    buying("branches.show_all", "GET", EVERY_ROLE),
    buying("branches.show", "GET", EVERY_ROLE, code="branch"),
    buying("branches.export", "GET", EVERY_ROLE, code="branch"),
    buying("branches.show_order", "GET", EVERY_ROLE, code="branch_order", order_number="branch_order"),
    # The order desk
    selling("desk.show_all", "GET", EVERY_ROLE),
    selling("desk.export", "GET", EVERY_ROLE),
    selling("desk.show", "GET", EVERY_ROLE, order_number="received", finds=_OLD_TOO),
    selling("desk.confirm", "POST", MANAGERS, 303, order_number="received", finds=_OLD_TOO),
    selling("desk.ship", "POST", SHIPPING, 303, order_number="received", finds=_OLD_TOO, form={"pick-1": "1"}),
    selling("desk.deliver", "POST", SHIPPING, 303, order_number="received_shipped", finds=_OLD_TOO),
    selling("desk.cancel", "POST", MANAGERS, 303, order_number="received", finds=_OLD_TOO),
    # The API
    api(
        "create_order", "POST", Scope.BUYING_WRITE, 201, article="bought_article", absent=422, body=_ORDER, headers=_KEY
    ),
    api("list_own_orders", "GET", Scope.BUYING_READ),
    api("read_own_order", "GET", Scope.BUYING_READ, order_number="bought"),
    api("cancel_order_placed", "POST", Scope.BUYING_WRITE, 201, order_number="bought"),
    api("confirm_receipt", "POST", Scope.BUYING_WRITE, 201, order_number="bought_shipped"),
    api("read_basket", "GET", Scope.BUYING_READ),
    api("change_basket", "PATCH", Scope.BUYING_WRITE, article="bought_article", absent=422, body=_BASKET),
    api("clear_basket", "DELETE", Scope.BUYING_WRITE),
    # The client's basket is empty: nothing can be ordered, and those who may not learn not even that.
    api("order_basket", "POST", Scope.BUYING_WRITE, 422, body={}, headers=_KEY),
    api("read_order_text", "POST", Scope.BUYING_READ, article="bought_article", absent=200, body=_TEXT),
    api("reorder_order", "POST", Scope.BUYING_WRITE, 201, order_number="bought"),
    api(
        "create_order_request",
        "POST",
        Scope.BUYING_WRITE,
        201,
        article="bought_article",
        absent=422,
        body=_ORDER,
        headers=_KEY,
    ),
    api("list_order_requests", "GET", Scope.BUYING_READ),
    api("read_order_request", "GET", Scope.BUYING_READ, request_number="order_request"),
    api("approve_order_request", "POST", Scope.BUYING_ADMIN, 201, request_number="order_request", body={}),
    api("decline_order_request", "POST", Scope.BUYING_ADMIN, 201, request_number="order_request", body={}),
    api("withdraw_order_request", "POST", Scope.BUYING_WRITE, 201, request_number="order_request"),
    api("read_approval_rule", "GET", Scope.BUYING_ADMIN),
    api(
        "change_approval_rule",
        "PUT",
        Scope.BUYING_ADMIN,
        email="buyers_colleague",
        body={"places_up_to": "500.00", "people": [{"email": "{email}", "places_up_to": "700.00"}]},
    ),
    api("list_own_branches", "GET", Scope.BUYING_READ),
    api("list_branch_orders", "GET", Scope.BUYING_READ, code="branch"),
    api("read_branch_order", "GET", Scope.BUYING_READ, code="branch_order", order_number="branch_order"),
    api("list_received_orders", "GET", Scope.SELLING_READ),
    api("count_received_orders", "GET", Scope.SELLING_READ),
    api("list_waiting_articles", "GET", Scope.SELLING_READ),
    api("read_received_order", "GET", Scope.SELLING_READ, order_number="received", finds=_OLD_TOO),
    api("create_confirmation", "POST", Scope.SELLING_WRITE, 201, order_number="received", finds=_OLD_TOO),
    api("create_delivery", "POST", Scope.SELLING_WRITE, 201, order_number="received_shipped", finds=_OLD_TOO),
    api("create_cancellation", "POST", Scope.SELLING_WRITE, 201, order_number="received", finds=_OLD_TOO, body={}),
    api("create_shipment", "POST", Scope.SELLING_WRITE, 201, order_number="received", finds=_OLD_TOO, body={}),
)
