"""Who is who in the demo: the organisations, what each seller carries, the accounts between them, what is shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.integration.demo.check_digits import gln, vat_id
from portal.integration.demo.products import MAKER, MULTI_BRAND
from portal.integration.demo.shops import SHOPS_OF, Shop

CURRENCY = "EUR"
SUB_DISTRIBUTOR = "ALPMARK"
TIME_ZONES = {"DE": "Europe/Berlin", "AT": "Europe/Vienna", "NL": "Europe/Amsterdam", "BE": "Europe/Brussels"}


@dataclass(frozen=True)
class Seller:
    """A manufacturer or wholesaler of the demo and how it trades.

    `article` is the form of its article numbers, `mark_up` what it adds to its cost, `carries` the share of the
    maker's range that it lists, `every` the days between its own orders.
    """

    code: str
    parent: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    strategy: str
    article: str
    mark_up: float
    carries: float
    every: int
    grants: str
    warehouses: tuple[tuple[str, str, str], ...]


SELLERS = (
    Seller(MAKER, "", "Tannhart Werkzeuge GmbH", "Hammerwerkstraße 12", "42855", "Remscheid", "DE", "first", "", 1.0,
           1.0, 0, "",
           (("REM", "Zentrallager Remscheid", "42855"), ("SUED", "Lager Süd", "86156"))),
    Seller("OSTERMOOR", MAKER, "Ostermoor Werkzeughandel GmbH", "Billstraße 180", "20539", "Hamburg", "DE", "first",
           "10-{:04d}", 1.34,
           0.84, 7, "units activity value stock", (("HH", "Lager Hamburg", "20539"), ("HB", "Lager Bremen", "28309"))),
    Seller(SUB_DISTRIBUTOR, "OSTERMOOR", "Alpmark Werkzeugvertrieb GmbH", "Industriezeile 54", "4020", "Linz", "AT",
           "first", "A{:04d}", 1.46,
           0.42, 14, "units value", (("LNZ", "Lager Linz", "4020"),)),
    Seller(MULTI_BRAND, MAKER, "Kelmbach & Söhne Fachhandel KG", "Hedelfinger Straße 25", "70327", "Stuttgart", "DE",
           "lowest", "K{:05d}",
           1.36, 0.62, 7, "units", (("STR", "Zentrallager Stuttgart", "70327"),)),
    Seller("DOORNVELD", MAKER, "Doornveld Tools B.V.", "Atoomweg 63", "3542 AA", "Utrecht", "NL", "first", "DV{:04d}",
           1.38, 0.66, 14, "",
           (("UTR", "Utrecht warehouse", "3542 AA"),)),
)  # fmt: skip


@dataclass(frozen=True)
class Account:
    """A trading edge: who buys from whom in which price group. `shop` is empty where a wholesaler buys."""

    seller: str
    buyer: str
    group: str
    customer_number: str
    terms_days: int
    credit_limit: int
    shop: Shop | None = None


def make_accounts() -> list[Account]:
    """Give every trading edge, the wholesalers' own first, in a fixed order."""
    accounts = [
        Account(
            seller.parent,
            seller.code,
            "SUBDIST" if seller.code == SUB_DISTRIBUTOR else "WHOLESALE",
            f"{70100 + place}",
            45,
            250_000,
        )
        for place, seller in enumerate(SELLERS)
        if seller.parent
    ]
    for seller_code, shops in SHOPS_OF.items():
        for place, shop in enumerate(shops):
            limit = int(shop.size * 60 / shop.every) * 2_000 if shop.group else 0
            accounts.append(
                Account(
                    seller_code, shop.code, shop.group, f"{20100 + 7 * place}", 30 if shop.group else 14, limit, shop
                )
            )
    return accounts


def organisation_rows(rng: Random) -> list[list[str]]:
    """Give organisations.csv: sellers with their shops, parents always before their children."""
    rows = []
    place = 100_000
    for seller in SELLERS:
        kind = "wholesaler" if seller.parent else "manufacturer"
        where = [seller.street, seller.city, seller.postal_code, seller.country]
        domain = f"{seller.code.lower()}.example"
        rows.append(
            [
                seller.code,
                kind,
                seller.parent,
                seller.name,
                *where,
                *_numbers(seller.country, place, rng),
                f"info@{domain}",
            ]
        )
        place += 17
    for seller_code, shops in SHOPS_OF.items():
        for shop in shops:
            where = [shop.street, shop.city, shop.postal_code, shop.country]
            email = (
                f"einkauf@{mail_domain(shop.code)}"
                if shop.country in {"DE", "AT"}
                else f"buying@{mail_domain(shop.code)}"
            )
            numbers = _numbers(shop.country, place, rng)
            rows.append([shop.code, "retailer", shop.parent or seller_code, shop.name, *where, *numbers, email])
            place += 17
    return [[*row, "active", TIME_ZONES[row[7]]] for row in rows]


def mail_domain(code: str) -> str:
    """Give the invented mail domain of a shop, reserved for examples."""
    return f"{code.removeprefix('R-').lower()}.example"


def _numbers(country: str, place: int, rng: Random) -> list[str]:
    locale = "de" if country in {"DE", "AT"} else "en"
    return [locale, CURRENCY, vat_id(country, rng), gln(place)]


def sharing_rows(today: date) -> list[list[str]]:
    """Give sharing.csv: each wholesaler decided for itself, one of them against."""
    accepted = (today - timedelta(days=600)).isoformat()
    return [[MAKER, seller.code, seller.grants, accepted] for seller in SELLERS if seller.parent]
