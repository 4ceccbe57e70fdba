"""Who gets what of campaigns."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, MANAGERS, NOT_WAREHOUSE, ORDERING, Row, api, buying, selling

_BODY = {"title_en": "Changed", "valid_from": "2020-01-01", "valid_to": "2999-01-01"}
_FORM = {**_BODY, "segment": "SG-NORTH"}

ROWS: tuple[Row, ...] = (
    selling("campaigns.show", "GET", NOT_WAREHOUSE),
    selling("campaigns.create", "GET", MANAGERS),
    selling("campaigns.create", "POST", MANAGERS, 302, form={**_FORM, "code": "NEW"}),
    selling("campaigns.show_one", "GET", NOT_WAREHOUSE, code="campaign"),
    selling("campaigns.edit", "GET", MANAGERS, code="draft_campaign"),
    selling("campaigns.edit", "POST", MANAGERS, 302, code="draft_campaign", form=_FORM),
    selling("campaigns.picture", "GET", NOT_WAREHOUSE, code="campaign"),
    selling("campaigns.set_picture", "POST", MANAGERS, 302, code="draft_campaign"),
    selling("campaigns.preview", "GET", NOT_WAREHOUSE, code="campaign"),
    selling("campaigns.release", "POST", MANAGERS, 302, code="draft_campaign"),
    selling("campaigns.end", "POST", MANAGERS, 302, code="campaign"),
    selling("campaigns.remove", "POST", MANAGERS, 302, code="draft_campaign"),
    buying("own_campaigns.show_one", "GET", EVERY_ROLE, code="own_campaign"),
    buying("own_campaigns.add", "POST", ORDERING, 422, code="own_campaign", form={"act": "order"}),
    buying("own_campaigns.quote", "POST", ORDERING, code="own_campaign"),
    buying("own_campaigns.picture", "GET", EVERY_ROLE, code="own_campaign"),
    api("list_campaigns", "GET", Scope.SELLING_READ),
    api(
        "create_campaign",
        "POST",
        Scope.SELLING_WRITE,
        201,
        code="segment",
        absent=422,
        body={**_BODY, "code": "NEW", "segment": "{code}"},
    ),
    api("read_campaign", "GET", Scope.SELLING_READ, code="campaign"),
    api("change_campaign", "PUT", Scope.SELLING_WRITE, code="draft_campaign", body={**_BODY, "segment": "SG-NORTH"}),
    api("remove_campaign", "DELETE", Scope.SELLING_WRITE, 204, code="draft_campaign"),
    api("set_campaign_picture", "PUT", Scope.SELLING_WRITE, code="draft_campaign", body={"content": None}),
    api("read_campaign_picture", "GET", Scope.SELLING_READ, code="campaign"),
    api("preview_campaign", "GET", Scope.SELLING_READ, code="campaign", query={"account": "ANNA"}),
    api("release_campaign", "POST", Scope.SELLING_WRITE, 201, code="draft_campaign", body={}),
    api("end_campaign", "POST", Scope.SELLING_WRITE, 201, code="campaign", body={}),
    api("list_campaign_receivers", "GET", Scope.SELLING_READ, code="campaign"),
    api("list_own_campaigns", "GET", Scope.BUYING_READ),
    api("read_own_campaign", "GET", Scope.BUYING_READ, code="own_campaign"),
    api("read_own_campaign_picture", "GET", Scope.BUYING_READ, code="own_campaign"),
)
