"""Made-up, realistic data for the style guide: a shop in Bremen, its wholesaler and the tool maker behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import url_for

from portal.web.charts import Series, bar_chart, line_chart, sparkline
from portal.web.formatting import month_text, quantity_text
from portal.web.navigation import navigation
from portal.web.order_grid import (
    GridError,
    GridRow,
    GridTier,
    GridTotals,
    act_text,
    entry_summary,
    quantity_error,
    quote_answer,
    read_grid_form,
    read_quantity,
)
from portal.web.shell import Basket, OrganisationChoice, ShellSources
from portal.web.style_guide_texts import lazy_t, t
from tenants.permissions import ROLE_PERMISSIONS, Capacity, Permission, Role
from tenants.principal import Principal

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

EUR = "EUR"
NOW = dt.datetime(2026, 11, 21, 14, 5, tzinfo=dt.UTC)
SELL_IN = (48210, 51990, 61020, 57340, 63110, 70480, 66020, 58900, 72310, 80150, 84990, 79400)
SELL_THROUGH = (41800, 44100, 52900, 55200, 58800, 63900, None, 56100, 61300, 70800, 76500, 74100)

# article, English name, German name, pieces in a case, least, multiple, price, tier (quantity, price), usual, days, stock
ASSORTMENT = (
    ("BR-10440", "Wood screw 4 × 40, TX20, zinc plated, box of 200", "Holzschraube 4 × 40, TX20, verzinkt, 200 Stück", 12, 12, 12, "6.45", ("48", "5.98"), (24, 24, 36), 14, 1440),
    ("BR-22071", "Claw hammer 600 g, hickory handle", "Klauenhammer 600 g, Hickorystiel", 6, 1, 1, "18.90", ("6", "17.40"), (6, 4, 6), 30, 58),
    ("BR-31205", "Spirit level 60 cm, two vials", "Wasserwaage 60 cm, zwei Libellen", 1, 1, 1, "24.75", None, (3, 2, 3), 42, 7),
    ("BR-40118", "Cutting disc 125 × 1.0 mm for stainless steel", "Trennscheibe 125 × 1,0 mm für Edelstahl", 25, 25, 25, "0.8425", ("250", "0.789"), (100, 75, 100), 14, 12300),
    ("BR-55310", "Cordless drill driver 18 V, two batteries, case", "Akku-Bohrschrauber 18 V, zwei Akkus, Koffer", 1, 1, 1, "149.00", ("5", "139.50"), (2, 1, 2), 28, 0),
    ("BR-60922", "Work gloves, nitrile, size 9", "Arbeitshandschuhe, Nitril, Größe 9", 12, 12, 12, "2.19", ("144", "1.95"), (48, 48, 36), 21, 4032),
    ("BR-71003", "Two-component adhesive 50 ml", "Zweikomponentenkleber 50 ml", 10, 10, 10, "7.30", None, (20, 10, 20), 35, 140),
    ("BR-80455", "Special order: workbench 2 m, beech", "Sonderanfertigung: Werkbank 2 m, Buche", 1, 1, 1, None, None, (), None, None),
)  # fmt: skip


def principal() -> Principal:
    """Give a buyer in a shop."""
    return Principal(
        organisation_id=1,
        organisation_code="eisen-hansen",
        organisation_name="Eisenwaren Hansen",
        root_id=1,
        capacity=Capacity.BUYER,
        permissions=ROLE_PERMISSIONS[Role.ADMIN],
        currency=EUR,
        time_zone="Europe/Berlin",
        locale="de",
        actor="user:1",
        actor_name="Maike Hansen",
        seller_id=2,
        buyer_id=1,
        seller_name="Nordwerk Großhandel",
    )


def fill_sources(sources: ShellSources) -> None:
    """Give the shell something to show."""
    who = principal()
    home = "style_guide.show"
    sources.principal = lambda: who
    sources.basket = lambda _principal: Basket(14, Decimal("1284.30"), EUR, url_for("style_guide.grid"))
    sources.organisations = lambda _principal: (
        OrganisationChoice("1:buyer", "Eisenwaren Hansen", Capacity.BUYER, current=True),
        OrganisationChoice("2:seller", "Nordwerk Großhandel", Capacity.SELLER),
        OrganisationChoice("3:brand_owner", "Brandt Werkzeuge", Capacity.BRAND_OWNER),
    )
    sources.endpoints = {"home": home, "sign_in": home, "sign_out": home, "switch": home}
    sources.endpoints |= {"language": "choose_language", "theme": "choose_theme"}
    sources.search = {Capacity.BUYER: ("style_guide.grid", lazy_t("Article, GTIN or word"))}
    sources.account_menu = [(lazy_t("Profile"), home, "person"), (lazy_t("Settings"), home, "settings")]
    pages, buy = lazy_t("Pages"), lazy_t("Buy")
    navigation.add(Capacity.BUYER, "", lazy_t("Components"), home, "home", Permission.CATALOGUE_VIEW, 1)
    navigation.add(
        Capacity.BUYER,
        buy,
        lazy_t("Order grid"),
        "style_guide.grid",
        "restock",
        Permission.ORDERS_PLACE,
        2,
        waiting,
    )
    for order, (label, endpoint, icon) in enumerate(
        (
            (lazy_t("Price list"), "style_guide.sheet", "price"),
            (lazy_t("Sign-in page"), "style_guide.public", "lock"),
            (lazy_t("Document"), "style_guide.document", "document"),
        )
    ):
        navigation.add(Capacity.BUYER, pages, label, endpoint, icon, Permission.CATALOGUE_VIEW, 3 + order)


def waiting(_principal: Principal) -> int:
    """Count what waits behind a navigation entry."""
    return 3


def components() -> dict[str, Any]:
    """Give what the page of components shows."""
    months = [month_text(dt.date(2025 + (11 + at) // 12, (11 + at) % 12 + 1, 1)) for at in range(12)]
    sell_in = Series(t("Sell-in"), SELL_IN)
    sell_through = Series(t("Sell-through"), SELL_THROUGH)
    quarters = ["Q1", "Q2", "Q3", "Q4"]
    return {
        "now": NOW,
        "today": NOW.date(),
        "orders": orders(),
        "trend": sparkline(t("Sell-in over twelve months, rising"), SELL_IN),
        "bars": bar_chart(
            "sell-in", t("Sell-in by month"), months, [sell_in],
            description=t("Highest in October, lowest in December of the year before."), label_heading=t("Month"),
        ),
        "grouped": bar_chart(
            "by-wholesaler", t("Sell-in and sell-through by quarter"), quarters,
            [
                Series(t("Sell-in"), (161220, 190930, 197230, 244540)),
                Series(t("Sell-through"), (138800, 177900, None, 221400)),
                Series(t("Returns"), (2100, 1800, 2400, 2050)),
            ],
            label_heading=t("Quarter"),
        ),
        "lines": line_chart(
            "channel", t("Sell-in and sell-through"), months, [sell_in, sell_through], label_heading=t("Month")
        ),
    }  # fmt: skip


def orders() -> list[dict[str, Any]]:
    """Give some orders."""
    states = (
        (t("placed"), "active"),
        (t("confirmed"), "active"),
        (t("partly shipped"), "attention"),
        (t("delivered"), "good"),
        (t("cancelled"), "neutral"),
        (t("credit exceeded"), "danger"),
    )
    return [
        {
            "number": f"7KQ4-{2210 + at * 37}",
            "placed_at": NOW - dt.timedelta(days=at * 6, minutes=at * 47),
            "customer": ("Eisenwaren Hansen", "Baustoffe Petersen & Söhne", "Werkzeughaus Özdemir")[at % 3],
            "lines": (14, 3, 41, 9, 1, 112)[at],
            "amount": Decimal(("1284.30", "89.97", "12406.05", "530.00", "-48.20", "1204882.16")[at]),
            "state": state,
            "tone": tone,
        }
        for at, (state, tone) in enumerate(states)
    ]


def order_rows() -> list[GridRow]:
    """Give rows of each kind: usual, short, wrong quantity, price on request, unread."""
    rows = [_row(at) for at in range(len(ASSORTMENT))]
    rows[1] = replace(rows[1], quantity=Decimal(1), in_packaging=True)
    rows[5] = replace(rows[5], quantity=Decimal(50))
    rows[7] = replace(rows[7], quantity=None)
    unread = GridRow(
        "u1", raw="1,23E+12; 4", error=GridError("mangled", t("A spreadsheet has shortened this number. Please enter the full GTIN."))
    )  # fmt: skip
    return [priced(row) for row in rows] + [unread]


def many_rows(count: int) -> list[GridRow]:
    """Give a long list."""
    return [priced(replace(_row(at % 7), key=f"r{at}")) for at in range(count)]


def priced(row: GridRow) -> GridRow:
    """Price a row as the seller's rule would."""
    row = replace(row, error=row.error or quantity_error(row))
    base = row.base_quantity
    if base is None or row.unit_price is None:
        return replace(row, line_amount=None)
    price, tier = row.unit_price, row.next_tier
    if tier and base >= tier.min_quantity:
        price, tier = tier.unit_price, None
    return replace(row, unit_price=price, next_tier=tier, line_amount=(base * price).quantize(Decimal("0.01")))


def suggestions(wanted: str) -> list[dict[str, Any]]:
    """Find articles by a word or the start of a number."""
    rows = [_row(at) for at in range(len(ASSORTMENT))]
    found = [r for r in rows if wanted.lower() in r.name.lower() or r.article.lower().startswith(wanted.lower())]
    return [
        {"article": row.article, "name": row.name, "image_url": row.image_url, "note": row.packaging_unit}
        for row in found
    ]


def read_lines(text: str, upload: FileStorage | None) -> dict[str, Any]:
    """Read entered lines: `article[;|tab]quantity`, one each."""
    content = upload.read().decode("utf-8-sig", "replace") if upload else text
    rows = [_entered(line, at) for at, line in enumerate(line for line in content.splitlines() if line.strip())]
    failed = sum(1 for row in rows if row.error)
    counts = {"read": len(rows), "added": len(rows) - failed, "waiting": failed}
    return {**counts, "rows": rows, "currency": EUR, "summary": entry_summary(**counts)}


def recalculated(form: Mapping[str, str]) -> list[GridRow]:
    """Bring the posted lines back as rows, as they were typed."""
    rows = []
    for line in read_grid_form(form):
        index = next((at for at, item in enumerate(ASSORTMENT) if item[0] == line.article), None)
        if line.removed:
            continue
        if index is None:
            rows.append(replace(_entered(line.raw or "", 0), key=line.key))
            continue
        text = line.text if line.unreadable else None
        row = replace(_row(index), key=line.key, quantity=line.quantity, text=text, in_packaging=line.in_packaging)
        rows.append(priced(row))
    return rows


def quote(form: Mapping[str, str]) -> dict[str, Any]:
    """Answer the price refresh."""
    rows = recalculated(form)
    totals = GridTotals.of(rows)
    return quote_answer(rows, totals, EUR, basket=Basket(totals.lines, totals.total, EUR, ""))


def grid(rows: list[GridRow]) -> dict[str, Any]:
    """Give what the page of the order grid shows."""
    totals = GridTotals.of(rows)
    return {"rows": rows, "totals": totals, "currency": EUR, "act": act_text(totals, EUR)}


def sheet() -> dict[str, Any]:
    """Give what the price-list editor shows."""
    columns = [
        {"key": "article", "label": t("Article"), "readonly": True},
        {"key": "from", "label": t("From quantity"), "number": True},
        {"key": "price", "label": t("Net price"), "number": True},
        {"key": "valid_from", "label": t("Valid from")},
    ]
    rows = [
        {
            "key": f"e{at}",
            "values": {"article": item[0], "from": str(item[4]), "price": item[6] or "", "valid_from": "2026-12-01"},
            "errors": {"price": t("Please enter a price, or remove the row.")} if item[6] is None else {},
            "note": item[1] if t("Article") == "Article" else item[2],
        }
        for at, item in enumerate(ASSORTMENT)
    ]
    return {"columns": columns, "rows": rows}


def _row(at: int) -> GridRow:
    article, english, german, contains, least, multiple, price, tier, usual, days, stock = ASSORTMENT[at]
    quantity = Decimal(usual[0]) if usual else None
    return GridRow(
        key=f"r{at}",
        article=article,
        name=german if t("Article") == "Artikel" else english,
        image_url=None if at == len(ASSORTMENT) - 1 else url_for("static", filename="brand/icon-192.png"),
        unit=t("pcs"),
        packaging_unit=t("case"),
        packaging_units=t("cases"),
        packaging_contains=Decimal(contains),
        quantity=quantity,
        min_quantity=Decimal(least),
        order_multiple=Decimal(multiple),
        unit_price=Decimal(price) if price else None,
        next_tier=GridTier(Decimal(tier[0]), Decimal(tier[1])) if tier else None,
        last_quantities=tuple(Decimal(value) for value in usual),
        usual_interval_days=days,
        available_quantity=None if stock is None else Decimal(stock),
        available_on=dt.date(2026, 12, 2) if stock == 0 else None,
        backorder=True,
        because=t("usually %(quantity)s, due since 18 Nov", quantity=quantity_text(usual[0])) if usual else "",
    )


def _entered(line: str, at: int) -> GridRow:
    code, _, amount = line.replace("\t", ";").partition(";")
    index = next((at for at, item in enumerate(ASSORTMENT) if item[0] == code.strip()), None)
    quantity = read_quantity(amount or "1")
    if index is None:
        text = t("No article is known by “%(code)s”.", code=code.strip())
        return GridRow(f"u{abs(hash(line)) % 9999}-{at}", raw=line, error=GridError("unknown", text))
    row = _row(index)
    return priced(replace(row, quantity=quantity, text=amount if quantity is None else None, because=""))
