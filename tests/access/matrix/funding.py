"""Who gets what of co-funding."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, Row, api, branding, selling

_DAYS = {"valid_from": "2020-01-01", "valid_to": "2999-01-01"}
_OFFER = {**_DAYS, "code": "NEW", "name": "New", "funding_amount": "1", "budget": "9"}
_PROMOTION = {**_DAYS, "code": "NEW", "benefit": "percent", "value": "5"}
_PROPOSED = {**_OFFER, "products": ["SKU-ACME-1"], "wholesalers": ["{code}"]}

ROWS: tuple[Row, ...] = (
    branding("brand_funding.show", "GET", NOT_WAREHOUSE),
    branding("brand_funding.export", "GET", NOT_WAREHOUSE),
    branding("brand_funding.propose", "GET", MANAGERS),
    branding(
        "brand_funding.propose",
        "POST",
        MANAGERS,
        302,
        code="wholesaler",
        absent=422,
        form={**_OFFER, "products": "SKU-ACME-1", "wholesalers": "{code}"},
    ),
    branding("brand_funding.show_one", "GET", NOT_WAREHOUSE, code="funding_sent", wholesaler="funding_sent"),
    branding("brand_funding.withdraw", "POST", MANAGERS, 302, code="funding_sent_open", wholesaler="funding_sent_open"),
    branding(
        "brand_funding.take_step",
        "POST",
        MANAGERS,
        302,
        code="funding_sent",
        wholesaler="funding_sent",
        path={"number": "1"},
        form={"step": "approved"},
    ),
    selling("funding.show", "GET", NOT_WAREHOUSE),
    selling("funding.show_one", "GET", NOT_WAREHOUSE, code="funding"),
    selling("funding.export_ledger", "GET", NOT_WAREHOUSE, code="funding"),
    selling("funding.accept", "GET", MANAGERS, code="funding_open"),
    selling("funding.accept", "POST", MANAGERS, 302, code="funding_open", form={**_PROMOTION, "everyone": "y"}),
    selling("funding.decline", "POST", MANAGERS, 302, code="funding_open"),
    selling("funding.claim", "POST", MANAGERS, 302, code="funding"),
    selling("funding.withdraw_claim", "POST", MANAGERS, 302, code="funding", path={"number": "1"}),
    api("list_funding_offers", "GET", Scope.BRAND_READ),
    api("total_funding", "GET", Scope.BRAND_READ),
    api("total_offered_funding", "GET", Scope.SELLING_READ),
    api(
        "propose_funding",
        "POST",
        Scope.BRAND_WRITE,
        201,
        code="wholesaler",
        absent=422,
        body=_PROPOSED,
    ),
    api("read_funding_offer", "GET", Scope.BRAND_READ, code="funding_sent", wholesaler="funding_sent"),
    api(
        "withdraw_funding_offer",
        "POST",
        Scope.BRAND_WRITE,
        201,
        code="funding_sent_open",
        wholesaler="funding_sent_open",
        body={},
    ),
    api("list_funding_claims", "GET", Scope.BRAND_READ, code="funding_sent", wholesaler="funding_sent"),
    api(
        "take_funding_step",
        "POST",
        Scope.BRAND_WRITE,
        201,
        code="funding_sent",
        wholesaler="funding_sent",
        path={"number": "1"},
        body={"step": "approved"},
    ),
    api("list_offered_funding", "GET", Scope.SELLING_READ),
    api("read_offered_funding", "GET", Scope.SELLING_READ, code="funding"),
    api("accept_funding", "POST", Scope.SELLING_WRITE, 201, code="funding_open", body={**_PROMOTION, "everyone": True}),
    api("decline_funding", "POST", Scope.SELLING_WRITE, 201, code="funding_open", body={}),
    api("list_funding_entries", "GET", Scope.SELLING_READ, code="funding"),
    api("list_own_funding_claims", "GET", Scope.SELLING_READ, code="funding"),
    api("claim_funding", "POST", Scope.SELLING_WRITE, 201, code="funding", body={}),
    api("withdraw_funding_claim", "POST", Scope.SELLING_WRITE, 201, code="funding", path={"number": "1"}, body={}),
)
