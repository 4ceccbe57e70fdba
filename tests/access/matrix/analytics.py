"""Who gets what of figures."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import ADMINS, EVERY_ROLE, NOT_WAREHOUSE, Row, api, branding, buying, selling

_BY = {"from": "2026-01-01", "to": "2027-01-01", "by": "month,wholesaler,product,region"}
_SALES = {"from": "2026-01-01", "to": "2027-01-01", "by": "retailer"}
_MONTHS = {"from": "2026-01", "to": "2026-12"}
_PRODUCTS = {**_MONTHS, "by": "product"}
_OWNER = {"brand_owner": "ACME"}
_NORTH = {"wholesaler": "NORTH"}
_ONE = {"version": "1"}
_ASK = {"grant": "units", "notice_days": "0"}
_GRANT = {"number": "1", "grant": "units", "act": "accept"}

ROWS: tuple[Row, ...] = (
    api("sell_in", "GET", Scope.BRAND_READ, query=_BY),
    api("sell_through", "GET", Scope.BRAND_READ, query=_BY),
    api("sell_through_value", "GET", Scope.BRAND_READ, query={**_BY, "by": "product"}),
    api("sales_figures", "GET", Scope.SELLING_READ, query=_SALES),
    api("sharing_agreements", "GET", Scope.SELLING_READ),
    api("sharing_accesses", "GET", Scope.SELLING_READ),
    api("sharing_seen", "GET", Scope.SELLING_READ, path=_OWNER),
    api("list_sharing_proposals", "GET", Scope.SELLING_READ),
    api("read_sharing_proposal", "GET", Scope.SELLING_READ, path=_OWNER),
    api(
        "answer_sharing_proposal",
        "POST",
        Scope.SELLING_ADMIN,
        path=_OWNER,
        body={"number": 1, "grants": ["units"]},
    ),
    api("list_sharing_versions", "GET", Scope.SELLING_READ, path=_OWNER),
    api("read_sharing_version", "GET", Scope.SELLING_READ, path={**_OWNER, **_ONE}),
    api("list_agreement_standings", "GET", Scope.BRAND_READ),
    api("read_brand_agreement", "GET", Scope.BRAND_READ, path=_NORTH),
    api("read_brand_agreement_version", "GET", Scope.BRAND_READ, path={**_NORTH, **_ONE}),
    api("propose_agreement", "POST", Scope.BRAND_ADMIN, 201, path=_NORTH, body={"grants": ["units"]}),
    api("take_agreement_proposal_back", "POST", Scope.BRAND_ADMIN, path=_NORTH),
    api("withdraw_sharing", "POST", Scope.SELLING_ADMIN, path=_OWNER),
    api("month_figures", "GET", Scope.SELLING_READ),
    api("customer_figures", "GET", Scope.SELLING_READ),
    api("demand_forecast", "GET", Scope.SELLING_READ),
    api("forecast_accuracy", "GET", Scope.SELLING_READ),
    api("missed_orders", "GET", Scope.SELLING_READ),
    api("promotion_effects", "GET", Scope.SELLING_READ),
    api("demand_plan", "GET", Scope.BRAND_READ),
    api("channel_stock", "GET", Scope.BRAND_READ, query={"wholesaler": "NORTH"}),
    api("channel_activity", "GET", Scope.BRAND_READ, query=_NORTH),
    api("channel_retailers", "GET", Scope.BRAND_READ, query=_NORTH),
    api("channel_distribution", "GET", Scope.BRAND_READ, query=_NORTH),
    api("channel_wholesalers", "GET", Scope.BRAND_READ),
    api("wholesaler_benchmark", "GET", Scope.SELLING_READ),
    api("retailer_benchmark", "GET", Scope.BUYING_READ),
    selling("channel_benchmark.show", "GET", NOT_WAREHOUSE, query={"measure": "breadth"}),
    buying("own_benchmark.show_own", "GET", EVERY_ROLE),
    branding("channel.show", "GET", NOT_WAREHOUSE, query=_PRODUCTS),
    branding("channel.export", "GET", NOT_WAREHOUSE, query={**_MONTHS, "by": "region"}),
    selling("figures.show", "GET", NOT_WAREHOUSE, query=_PRODUCTS),
    selling("figures.export", "GET", NOT_WAREHOUSE, query={**_MONTHS, "by": "retailer"}),
    selling("figures.show_customers", "GET", NOT_WAREHOUSE, query={"state": "active"}),
    selling("figures.export_customers", "GET", NOT_WAREHOUSE, query={"state": "lapsed"}),
    selling("forecast.show", "GET", NOT_WAREHOUSE),
    selling("forecast.export", "GET", NOT_WAREHOUSE),
    selling("forecast.show_missed", "GET", NOT_WAREHOUSE),
    selling("forecast.export_missed", "GET", NOT_WAREHOUSE),
    selling("forecast.show_promotions", "GET", NOT_WAREHOUSE),
    selling("forecast.show_accuracy", "GET", NOT_WAREHOUSE),
    branding("plan.show", "GET", NOT_WAREHOUSE),
    branding("plan.export", "GET", NOT_WAREHOUSE),
    branding("channel_stock.show", "GET", NOT_WAREHOUSE),
    branding("channel_stock.export", "GET", NOT_WAREHOUSE),
    branding("channel_activity.show", "GET", NOT_WAREHOUSE, query={"days": "60"}),
    branding("channel_activity.export_retailers", "GET", NOT_WAREHOUSE),
    branding("channel_activity.export_distribution", "GET", NOT_WAREHOUSE),
    selling("sharing.show", "GET", NOT_WAREHOUSE),
    selling("sharing.show_access", "GET", NOT_WAREHOUSE, query={"way": "screen"}),
    selling("sharing.export_access", "GET", NOT_WAREHOUSE),
    selling("sharing.show_proposal", "GET", NOT_WAREHOUSE, path=_OWNER),
    selling("sharing.send_answer", "POST", ADMINS, 303, path=_OWNER, form=_GRANT),
    selling("sharing.show_version", "GET", NOT_WAREHOUSE, path={**_OWNER, **_ONE}),
    selling("sharing.show_seen", "GET", NOT_WAREHOUSE, path=_OWNER, query=_PRODUCTS),
    selling("sharing.export_seen", "GET", NOT_WAREHOUSE, path=_OWNER, query=_MONTHS),
    selling("sharing.end", "POST", ADMINS, 303, path=_OWNER),
    branding("agreements.show", "GET", NOT_WAREHOUSE),
    branding("agreements.show_one", "GET", NOT_WAREHOUSE, path=_NORTH),
    branding("agreements.show_version", "GET", NOT_WAREHOUSE, path={**_NORTH, **_ONE}),
    branding("agreements.send_proposal", "POST", ADMINS, 303, path=_NORTH, form=_ASK),
    branding("agreements.end_proposal", "POST", ADMINS, 303, path=_NORTH),
)
