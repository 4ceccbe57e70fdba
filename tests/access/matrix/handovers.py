"""Who gets what of handovers."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import ADMINS, MANAGERS, NOT_WAREHOUSE, Row, api, buying, selling

_OPEN = {"key": "HO-NORTH"}

ROWS: tuple[Row, ...] = (
    selling("handovers.show", "GET", NOT_WAREHOUSE),
    selling("handovers.propose", "GET", MANAGERS, code="account_to_hand_over"),
    selling(
        "handovers.propose",
        "POST",
        MANAGERS,
        302,
        code="account_to_hand_over",
        form={"receiver": "{receiver}"},
    ),
    selling("handovers.take_over", "GET", MANAGERS, key="handover_taken"),
    selling("handovers.take_over", "POST", MANAGERS, 302, key="handover_taken", form={"customer_number": "S-1"}),
    selling("handovers.end", "POST", MANAGERS, 302, key="handover_given"),
    buying("own_handover.show_own", "GET", ADMINS),
    buying("own_handover.consent", "POST", ADMINS, 302, path=_OPEN),
    buying("own_handover.decline", "POST", ADMINS, 302, path=_OPEN),
    api("list_handovers", "GET", Scope.SELLING_READ),
    api(
        "propose_handover",
        "POST",
        Scope.SELLING_WRITE,
        201,
        code="account_to_hand_over",
        body={"account": "{code}", "receiver": "{receiver}"},
    ),
    api("end_handover", "DELETE", Scope.SELLING_WRITE, 204, key="handover_given"),
    api("take_over", "POST", Scope.SELLING_WRITE, 201, key="handover_taken", body={"customer_number": "S-1"}),
    api("read_own_handover", "GET", Scope.BUYING_ADMIN),
    api("decline_own_handover", "DELETE", Scope.BUYING_ADMIN, 204, key="own_handover", absent=409),
)
