"""Who gets what of loyalty."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, MANAGERS, NOT_WAREHOUSE, Row, api, buying, selling

_PROGRAMME = {"name": "Changed", "expiry_months": "12", "levels": "Silver: 10"}
_RULE = {"name": "New", "measure": "amount", "points": "1", "per": "10", "scope": "all"}
_REWARD = {"code": "NEW", "article": "ART-NORTH-1", "quantity": "1", "points": "10"}
_BY_HAND = {"points": "5", "reason": "Fair", "idempotency_key": "k"}
_SEEN = ("own", "deactivated")

ROWS: tuple[Row, ...] = (
    selling("loyalty.show", "GET", NOT_WAREHOUSE),
    selling("loyalty.save", "POST", MANAGERS, 302, form=_PROGRAMME),
    selling("loyalty.change_state", "POST", MANAGERS, 302, form={"act": "end"}),
    selling("loyalty.add_rule", "POST", MANAGERS, 302, form=_RULE),
    selling("loyalty.end_rule", "POST", MANAGERS, 302, number="loyalty_rule"),
    selling("loyalty.add_reward", "POST", MANAGERS, 302, form=_REWARD),
    selling("loyalty.end_reward", "POST", MANAGERS, 302, code="loyalty_reward"),
    selling("loyalty.show_account", "GET", NOT_WAREHOUSE, code="account", finds=_SEEN),
    selling("loyalty.adjust", "POST", MANAGERS, 302, code="account", finds=_SEEN, form=_BY_HAND),
    buying("own_points.show", "GET", EVERY_ROLE),
    api("read_loyalty", "GET", Scope.SELLING_READ),
    api("save_loyalty", "PUT", Scope.SELLING_WRITE, body={"name": "Changed", "expiry_months": 12}),
    api("start_loyalty", "POST", Scope.SELLING_WRITE, 201, body={}),
    api("end_loyalty", "POST", Scope.SELLING_WRITE, 201, body={}),
    api(
        "add_loyalty_rule",
        "POST",
        Scope.SELLING_WRITE,
        201,
        body={"name": "New", "measure": "amount", "points": 1, "per": "10"},
    ),
    api("end_loyalty_rule", "POST", Scope.SELLING_WRITE, 201, number="loyalty_rule", body={}),
    api(
        "add_loyalty_reward",
        "POST",
        Scope.SELLING_WRITE,
        201,
        article="article",
        absent=422,
        body={"code": "NEW", "article": "{article}", "quantity": 1, "points": 10},
    ),
    api("end_loyalty_reward", "POST", Scope.SELLING_WRITE, 201, code="loyalty_reward", body={}),
    api("list_loyalty_accounts", "GET", Scope.SELLING_READ),
    api("read_loyalty_account", "GET", Scope.SELLING_READ, code="account", finds=_SEEN),
    api("list_loyalty_entries", "GET", Scope.SELLING_READ, code="account", finds=_SEEN),
    api(
        "adjust_loyalty_points",
        "POST",
        Scope.SELLING_WRITE,
        201,
        code="account",
        finds=_SEEN,
        body={"points": 5, "reason": "Fair"},
        headers={"Idempotency-Key": "by-hand"},
    ),
    api("read_own_loyalty", "GET", Scope.BUYING_READ),
    api("list_own_point_entries", "GET", Scope.BUYING_READ),
)
