"""A small API of made-up operations, and an application around it that needs no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import DictLoader
from pydantic import Field

from portal.core.idempotency import IdempotencyKey
from portal.oauth.views import register as register_oauth
from portal.web import rate_limits
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Commas,
    Cursor,
    IsoDate,
    Limit,
    Operations,
    Page,
    Price,
    Quantity,
    StoredAnswer,
    Text,
    Whole,
    answer_text,
    page_of,
    read_cursor,
    register_api,
)
from portal.web.errors import register_errors
from portal.web.headers import register_headers
from tenants import tokens
from tenants.authentication import hash_token
from tenants.errors import Conflict, InvalidInput, NotFound
from tenants.permissions import SCOPE_CAPACITY, SCOPE_PERMISSIONS, Capacity, Permission, Scope
from tenants.principal import Principal
from tenants.tokens import ApiClientRow

OPERATIONS = Operations()
operation = OPERATIONS.operation


class By(StrEnum):
    MONTH = "month"
    PRODUCT = "product"


class LineBody(ApiBody):
    article: Code
    quantity: Quantity


class OrderBody(ApiBody):
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=500)]
    note: Text | None = None
    requested_on: IsoDate | None = None
    priority: Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1), Whole] = 0


class LineAnswer(ApiAnswer):
    article: str
    quantity: Quantity
    line_amount: Amount | None


class OrderAnswer(ApiAnswer):
    order_number: str
    total: Amount
    requested_on: date | None
    lines: list[LineAnswer]


class ArticleQuery(ApiQuery):
    q: Text | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor | None = None


class ArticleItem(ApiAnswer):
    article: str
    unit_price: Price | None


class FigureQuery(ApiQuery):
    by: Annotated[list[By], Field(min_length=1, max_length=2), Commas] = [By.MONTH]  # noqa: RUF012
    since: IsoDate | None = None


class FigureAnswer(ApiAnswer):
    by: list[By]
    since: date | None


class OutOfStock(Conflict):
    """Less is available than was ordered; `lines` names the articles."""

    code: ClassVar[str] = "out-of-stock"


ARTICLES = [f"A-{number:03}" for number in range(1, 121)]
STORED: dict[tuple[str, str], tuple[bytes, str]] = {}


@operation(
    "POST",
    "/buying/orders",
    permission=Permission.ORDERS_PLACE,
    scope=Scope.BUYING_WRITE,
    summary="Place an order",
    tags=["orders"],
    body=OrderBody,
    response=OrderAnswer,
    status=201,
    errors=[OutOfStock, InvalidInput],
    idempotency=True,
)
def place_order(principal: Principal, body: OrderBody, idempotency: IdempotencyKey) -> OrderAnswer | StoredAnswer:
    """Places all lines or none."""
    kept = STORED.get((idempotency.scope, idempotency.key))
    if kept:
        idempotency.require_same(kept[0])
        return StoredAnswer(kept[1])
    if any(line.article == "GONE" for line in body.lines):
        raise OutOfStock("Some lines are not available.", lines=["GONE"])
    if any(line.article == "UNKNOWN" for line in body.lines):
        raise InvalidInput("A line names no article.", errors=[{"pointer": "#/lines/0/article", "detail": "Unknown."}])
    if any(line.article == "BROKEN" for line in body.lines):
        raise RuntimeError("secret of the machine room")
    lines = [
        LineAnswer(article=line.article, quantity=line.quantity, line_amount=line.quantity * Decimal("1.5000"))
        for line in body.lines
    ]
    total = sum((line.line_amount or Decimal(0) for line in lines), Decimal(0))
    answer = OrderAnswer(order_number="O-1", total=total, requested_on=body.requested_on, lines=lines)
    STORED[idempotency.scope, idempotency.key] = (idempotency.request_hash, answer_text(answer))
    return answer


@operation(
    "GET",
    "/buying/articles",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    summary="List articles",
    tags=["articles"],
    query=ArticleQuery,
    response=Page[ArticleItem],
)
def list_articles(principal: Principal, query: ArticleQuery) -> Page[ArticleItem]:
    after = read_cursor(query.cursor, 1)
    rows = [name for name in ARTICLES if after is None or name > str(after[0])][: query.limit + 1]

    def item(row: str) -> ArticleItem:
        return ArticleItem(article=row, unit_price=Decimal("12.5000"))

    return page_of(rows, query.limit, item, lambda row: (row,))


@operation(
    "GET",
    "/buying/articles/{article}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    summary="Show an article",
    tags=["articles"],
    response=ArticleItem,
)
def get_article(principal: Principal, article: Code) -> ArticleItem:
    if article not in ARTICLES:
        raise NotFound(f"{article} is nobody's business")
    return ArticleItem(article=article, unit_price=None)


@operation(
    "DELETE",
    "/selling/articles/{article}",
    permission=Permission.CATALOGUE_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Take an article away",
    tags=["articles"],
    response=None,
    status=204,
)
def remove_article(principal: Principal, article: Code) -> None:
    if article not in ARTICLES:
        raise NotFound


@operation(
    "GET",
    "/brand/figures",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    summary="Figures",
    tags=["figures"],
    query=FigureQuery,
    response=FigureAnswer,
)
def get_figures(principal: Principal, query: FigureQuery) -> FigureAnswer:
    return FigureAnswer(by=query.by, since=query.since)


NOON = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
TOKEN = "all-scopes"


@dataclass
class Fakes:
    """Stands in for the kernel: tokens by hash, clients, and what the edge did."""

    tokens: dict[bytes, tuple[frozenset[str], datetime | None]] = field(default_factory=dict)
    clients: dict[str, ApiClientRow] = field(default_factory=dict)
    inactive: set[int] = field(default_factory=set)
    edge: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    now: datetime = NOON

    def principal(self, token_hash: bytes, capacity: Capacity, address: str, request_id: str) -> Principal | None:
        scopes, expires_at = self.tokens.get(token_hash, (frozenset(), None))
        if not scopes or (expires_at is not None and expires_at <= self.now) or 7 in self.inactive:
            return None
        permissions: frozenset[Permission] = frozenset()
        for scope in map(Scope, scopes):
            if SCOPE_CAPACITY[scope] is capacity:
                permissions |= SCOPE_PERMISSIONS[scope]
        return Principal(
            organisation_id=7,
            organisation_code="R1",
            organisation_name="Shop",
            root_id=1,
            capacity=capacity,
            permissions=permissions,
            currency="EUR",
            time_zone="UTC",
            locale="en",
            actor="client:3",
            actor_name="Till",
            seller_id=5,
            buyer_id=7,
            address=address,
            request_id=request_id,
            scopes=scopes,
        )

    def store_token(
        self, client_id: int, token_hash: bytes, scopes: list[str], expires_at: datetime, grant_id: int | None
    ) -> None:
        self.tokens[token_hash] = (frozenset(scopes), expires_at)

    def let_an_hour_pass(self) -> None:
        self.now += timedelta(hours=1)


PAGES = {
    "errors/404.html": "<h1>404 page</h1>",
    "errors/500.html": "<h1>500 page</h1>{{ reference }}",
    "errors/503.html": "<h1>503 page</h1>",
    "errors/error.html": "<h1>{{ status }}</h1>{{ message }}",
    "errors/_fragment.html": "<p>{{ status }} {{ message }}{{ reference }}</p>",
    "web/api_docs.html": "{% for tag, calls in sections %}{% for call in calls %}{{ call.path }} {% endfor %}{% endfor %}",
}


def example_app(monkeypatch: Any, fakes: Fakes, **config: Any) -> Flask:
    """Give an application of the example operations in which the kernel is faked."""
    fakes.tokens[hash_token(TOKEN)] = (frozenset(scope.value for scope in Scope), None)
    monkeypatch.setattr(tokens, "authenticate_token", fakes.principal)
    monkeypatch.setattr(tokens, "find_api_client", fakes.clients.get)
    monkeypatch.setattr(tokens, "organisation_can_act", lambda one: one not in fakes.inactive)
    monkeypatch.setattr(tokens, "store_api_token", fakes.store_token)
    for module in ("portal.web.api.operations", "portal.web.screens", "portal.web.errors"):
        monkeypatch.setattr(f"{module}.rollback_at_edge", lambda: fakes.edge.append("rollback"))
    for module in ("portal.web.api.operations", "portal.web.screens"):
        monkeypatch.setattr(f"{module}.commit_at_edge", lambda: fakes.edge.append("commit"))
    monkeypatch.setattr("portal.web.api.operations.act_as", lambda principal: fakes.edge.append(principal.actor))

    def note_refusal(_who: Principal, action: str, subject: str) -> None:
        fakes.refused.append((action, subject))

    monkeypatch.setattr("portal.web.api.operations.record_refusal", note_refusal)
    monkeypatch.setattr("portal.oauth.server.database_now", lambda: fakes.now)
    monkeypatch.setattr("portal.oauth.server.find_token_of_client", lambda _hash, _client: None)
    app = Flask("example", static_folder=None)
    app.jinja_loader = DictLoader(PAGES)
    app.config.update(SECRET_KEY="x" * 32, PUBLIC_URL="http://localhost:8000", RATELIMIT_STORAGE_URI="memory://")
    app.config.update(config)
    Babel(app)
    CSRFProtect(app)
    register_headers(app)
    register_errors(app)
    rate_limits.register_rate_limits(app)
    register_api(app, OPERATIONS)
    register_oauth(app)

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("secret of the machine room")

    @app.get("/things/<name>")
    def thing(name: str) -> str:
        raise NotFound(f"{name} belongs to somebody else")

    @app.get("/full")
    def full() -> str:
        raise Conflict("The basket changed meanwhile.")

    @app.get("/page")
    def page() -> str:
        return "<p>page</p>"

    @app.post("/form")
    def form() -> str:
        return "done"

    return app
