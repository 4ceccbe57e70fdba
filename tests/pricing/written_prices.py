"""Plain price lists written into the database, each bundle at a seller of its own; few statements for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from portal.catalogue.models import Article
from portal.pricing.models import PriceAssignment, PriceEntry, PricingPolicy
from portal.pricing.models import PriceList as PriceListTable
from tenants.database import Model
from tenants.models import Organisation, PriceGroup, TradingAccount
from tests.factories.catalogue import make_product
from tests.factories.organisations import make_organisation, make_token
from tests.factories.seed import Seed
from tests.pricing.hostile_prices import ON
from tests.pricing.reference_prices import Entry, PriceList, Question

LEAST, MOST = Decimal("0.001"), Decimal("9999999.999")
# Ids from here on are given by hand, so that rows can name each other before they are written.
FIRST_ID = 1_000_000


@dataclass(frozen=True, slots=True)
class Bundle:
    """Lists and a question to them, whose days are about `ON`; written they are about today."""

    lists: Mapping[str, PriceList]
    question: Question


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle in the database: the tokens of its seller and its buyer, the buyer's code, and what day it is there."""

    seller: str
    buyer: str
    account: str
    today: date


def storable(bundle: Bundle) -> Bundle:
    """Raise minimum and asked quantities of 0 to the least that the portal knows, and cut the asked one to its most."""
    quantity = min(max(bundle.question.quantity, LEAST), MOST)
    lists = {code: replace(each, entries=_raised(each.entries)) for code, each in bundle.lists.items()}
    return Bundle(lists, replace(bundle.question, quantity=quantity))


def write(seed: Seed, bundles: Iterable[Bundle]) -> list[Written]:
    """Write storable bundles, each with a seller, a buyer (`buyer`, in the question's group) and another buyer."""
    writer = _Writer(seed)
    sellers = [writer.add(bundle) for bundle in bundles]
    writer.write()
    organisations = {
        row.id: row for row in seed.run(text("select * from organisation where id >= :first"), {"first": FIRST_ID})
    }
    return [
        Written(
            make_token(seed, organisations[seller_id]),
            make_token(seed, organisations[buyer_id]),
            organisations[buyer_id].code,
            writer.today,
        )
        for seller_id, buyer_id in sellers
    ]


def _raised(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    raised = [replace(each, min_quantity=max(each.min_quantity, LEAST)) for each in entries]
    return tuple({(each.article, each.min_quantity, each.valid_from): each for each in raised}.values())


class _Writer:
    """Collects rows by table, parents first, and writes each table at once."""

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        self._root = make_organisation(seed, "ROOT", "manufacturer")
        self._products = {number: make_product(seed, self._root, number) for number in ("a", "b")}
        # A zone in which it is about noon, so that no midnight falls between writing and asking.
        self._zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
        self.today = datetime.now(ZoneInfo(self._zone)).date()
        self._ids: Iterator[int] = count(FIRST_ID)
        self._rows: dict[type[Model], list[dict[str, Any]]] = {
            model: []
            for model in (
                Organisation,
                PriceGroup,
                TradingAccount,
                Article,
                PricingPolicy,
                PriceListTable,
                PriceAssignment,
                PriceEntry,
            )
        }

    def add(self, bundle: Bundle) -> tuple[int, int]:
        """Collect a bundle's rows; give the ids of its seller and its buyer."""
        asked = bundle.question
        names = (asked.seller, *sorted({each.seller for each in bundle.lists.values()} - {asked.seller}))
        sellers = {name: self._seller(asked) for name in names}
        own = sellers[asked.seller]
        buyer, other = (self._organisation("retailer", own) for _ in range(2))
        for seller_id in sellers.values():
            self._add(TradingAccount, seller_id=seller_id, buyer_id=buyer, price_group=asked.group)
            self._add(TradingAccount, seller_id=seller_id, buyer_id=other, price_group="other")
        list_ids = {code: next(self._ids) for code in bundle.lists}
        for code, each in bundle.lists.items():
            self._list(each, list_ids[code], list_ids.get(each.base or ""), sellers[each.seller])
            for account in each.accounts:
                buyer_id = buyer if account == asked.account else other
                self._assign(sellers[each.seller], list_ids[code], "account", buyer_id=buyer_id)
        return own, buyer

    def write(self) -> None:
        """Write all rows that were collected."""
        for model, rows in self._rows.items():
            # A statement for each set of columns: an entry without a first day gets the database's own word for it.
            shapes: dict[frozenset[str], list[dict[str, Any]]] = {}
            for row in rows:
                shapes.setdefault(frozenset(row), []).append(row)
            for alike in shapes.values():
                table: Any = model.__table__
                self._seed.run(insert(table).values(alike))

    def _seller(self, question: Question) -> int:
        seller_id = self._organisation("wholesaler", self._root.id)
        self._add(PricingPolicy, seller_id=seller_id, price_strategy=question.strategy)
        for group in ("group", "other"):
            self._add(PriceGroup, seller_id=seller_id, code=group, name=group)
        for number, product in self._products.items():
            self._add(
                Article,
                id=next(self._ids),
                seller_id=seller_id,
                article_number=number,
                owner_id=self._root.id,
                product_id=product.id,
            )
        return seller_id

    def _organisation(self, kind: str, seller_id: int) -> int:
        organisation_id = next(self._ids)
        self._add(
            Organisation,
            id=organisation_id,
            root_id=self._root.id,
            parent_id=seller_id,
            seller_id=seller_id,
            owner_ids=[*dict.fromkeys((self._root.id, seller_id, organisation_id))],
            kind=kind,
            code=f"O-{organisation_id}",
            slug=f"o-{organisation_id}",
            name=kind,
            currency="EUR",
            time_zone=self._zone,
        )
        if kind == "wholesaler":
            self._add(TradingAccount, seller_id=seller_id, buyer_id=organisation_id, price_group=None)
        return organisation_id

    def _list(self, plain: PriceList, list_id: int, base_id: int | None, seller_id: int) -> None:
        self._add(
            PriceListTable,
            id=list_id,
            seller_id=seller_id,
            code=plain.code,
            name=plain.code,
            currency=plain.currency,
            priority=plain.priority,
            valid_from=self._moved(plain.valid_from),
            valid_to=self._moved(plain.valid_to),
            base_list_id=base_id,
            adjustment_percent=plain.percent,
            adjustment_amount=plain.amount,
            decimals=plain.decimals,
            status="active" if plain.active else "inactive",
        )
        for group in plain.groups:
            self._assign(seller_id, list_id, "group", price_group=group)
        if plain.everyone:
            self._assign(seller_id, list_id, "everyone")
        for entry in plain.entries:
            start = {} if entry.valid_from is None else {"valid_from": self._moved(entry.valid_from)}
            self._add(
                PriceEntry,
                seller_id=seller_id,
                price_list_id=list_id,
                article_id=self._article(seller_id, entry.article),
                min_quantity=entry.min_quantity,
                valid_to=self._moved(entry.valid_to),
                net_price=entry.unit_price,
                **start,
            )

    def _article(self, seller_id: int, number: str) -> int:
        found: int = next(
            row["id"] for row in self._rows[Article] if (row["seller_id"], row["article_number"]) == (seller_id, number)
        )
        return found

    def _assign(
        self,
        seller_id: int,
        list_id: int,
        audience: str,
        *,
        price_group: str | None = None,
        buyer_id: int | None = None,
    ) -> None:
        self._add(
            PriceAssignment,
            seller_id=seller_id,
            price_list_id=list_id,
            audience=audience,
            price_group=price_group,
            buyer_id=buyer_id,
        )

    def _moved(self, day: date | None) -> date | None:
        """Move a day from about `ON` to about today; the calendar's first day stays, as there may be none before it."""
        return day if day is None or day == date.min else day + (self.today - ON)

    def _add(self, model: type[Model], **values: Any) -> None:
        self._rows[model].append(values)
