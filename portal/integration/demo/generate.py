"""Write the demo channel: `write_demo_channel` is the one entry."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from portal.integration.demo.assortment import Article, Assortment, make_assortment
from portal.integration.demo.channel import (
    CURRENCY,
    SELLERS,
    Account,
    make_accounts,
    organisation_rows,
    sharing_rows,
)
from portal.integration.demo.check_digits import gtin14
from portal.integration.demo.families import Product
from portal.integration.demo.people import SIGN_INS, user_rows
from portal.integration.demo.pictures import draw
from portal.integration.demo.price_book import PriceBook, PriceList
from portal.integration.demo.price_lists import make_price_book
from portal.integration.demo.products import GERMAN_CATEGORIES, make_products
from portal.integration.demo.promotions import make_promotions, promotion_files
from portal.integration.demo.trade import Trade, stock_rows

_HEADERS = {
    "organisations": "code kind parent_code name street city postal_code country locale currency vat_id gln email status "
    "time_zone",
    "users": "organisation_code email name role password",
    "accounts": "seller_code buyer_code customer_number price_group payment_terms_days credit_limit status",
    "sellers": "seller_code price_strategy",
    "categories": "owner_code path name_en name_de",
    "products": "owner_code sku gtin name_en name_de description_en description_de brand category base_unit attributes "
    "status",
    "packagings": "owner_code sku unit contains gtin",
    "listings": "seller_code article owner_code sku min_quantity order_multiple backorder status",
    "price_lists": "seller_code code name currency priority valid_from valid_to base_code adjustment_percent "
    "adjustment_amount decimals status",
    "price_entries": "seller_code price_list_code article min_quantity net_price valid_from valid_to",
    "price_assignments": "seller_code price_list_code audience audience_code",
    "promotions": "seller_code code name valid_from valid_to priority combines coupon benefit value min_quantity "
    "threshold_amount buy_quantity free_quantity free_article max_uses max_uses_per_account budget funder_code "
    "funding_amount",
    "promotion_scopes": "seller_code promotion_code scope scope_code",
    "promotion_audiences": "seller_code promotion_code audience audience_code",
    "warehouses": "seller_code code name postal_code country",
    "stock": "seller_code warehouse_code article on_hand incoming_quantity incoming_on",
    "orders": "seller_code buyer_code order_number line placed_on article quantity unit_price line_amount currency",
    "sharing": "brand_owner_code wholesaler_code grants accepted_on",
}

Row = Iterable[object]


@dataclass(frozen=True)
class DemoSummary:
    """What was written: rows by file (without `.csv`), number of pictures, first and last day of the orders."""

    rows: dict[str, int]
    pictures: int
    first_order_on: date
    last_order_on: date


def write_demo_channel(folder: Path, today: date, seed: int = 7) -> DemoSummary:
    """Write a complete channel folder as it stands on `today`, its orders ending the day before.

    The same seed and day give the same files, byte for byte. The folder is created where it is missing; besides the
    CSV files it gets `pictures/<sku>.svg` and `demo_sign_ins.json`. No Principal: it reads and writes no database.
    """
    rng = Random(seed)  # noqa: S311 - the demo must come out the same every time
    products = make_products()
    accounts = make_accounts()
    assortment = make_assortment([product for product, _ in products], rng)
    book = make_price_book(assortment, today)
    trade = Trade(accounts, assortment, book, today, rng)
    trade.run()
    files: dict[str, Iterable[Row]] = {
        "organisations": organisation_rows(rng),
        "users": user_rows(rng),
        "accounts": map(_account_row, accounts),
        "sellers": [[seller.code, seller.strategy] for seller in SELLERS],
        "categories": _category_rows(products),
        **_product_files(products, assortment),
        **_price_files(book),
        **dict(promotion_files(make_promotions(today))),
        "warehouses": [
            [seller.code, code, name, postal_code, seller.country]
            for seller in SELLERS
            for code, name, postal_code in seller.warehouses
        ],
        "stock": [
            [row.seller, row.warehouse, row.article.number, row.on_hand, row.incoming or "", row.incoming_on or ""]
            for row in stock_rows(trade, rng)
        ],
        "orders": _order_rows(trade),
        "sharing": sharing_rows(today),
    }
    folder.mkdir(parents=True, exist_ok=True)
    counts = {name: _write(folder / f"{name}.csv", _HEADERS[name].split(), rows) for name, rows in files.items()}
    sign_ins = json.dumps(SIGN_INS, indent=2) + "\n"
    (folder / "demo_sign_ins.json").write_text(sign_ins, encoding="utf-8", newline="\n")
    _write_pictures(folder / "pictures", [product for product, _ in products])
    return DemoSummary(counts, len(products), trade.lines[0].placed_on, trade.lines[-1].placed_on)


def _write(path: Path, header: list[str], rows: Iterable[Row]) -> int:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _write_pictures(folder: Path, products: list[Product]) -> None:
    folder.mkdir(exist_ok=True)
    for product in products:
        picture = draw(product.family.drawing, product.look)
        (folder / f"{product.sku}.svg").write_text(picture, encoding="utf-8", newline="\n")


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _account_row(account: Account) -> Row:
    limit = f"{account.credit_limit}.00" if account.credit_limit else ""
    return [
        account.seller,
        account.buyer,
        account.customer_number,
        account.group,
        account.terms_days,
        limit,
        "active",
    ]


def _category_rows(products: list[tuple[Product, str]]) -> list[Row]:
    paths: dict[tuple[str, str], None] = {}
    for product, _ in products:
        top, _, _ = product.family.category.partition(" > ")
        paths.setdefault((product.owner, top))
        paths.setdefault((product.owner, product.family.category))
    names = [(owner, path, path.rpartition(" > ")[2]) for owner, path in paths]
    return [[owner, path, name, GERMAN_CATEGORIES[name]] for owner, path, name in names]


def _product_files(products: list[tuple[Product, str]], assortment: Assortment) -> dict[str, Iterable[Row]]:
    listed = {
        (article.product.owner, article.product.sku): _status(article)
        for articles in assortment.values()
        for article in articles.values()
    }
    return {
        "products": [_product_row(product, gtin, listed[product.owner, product.sku]) for product, gtin in products],
        "packagings": [row for product, gtin in products for row in _packaging_rows(product, gtin)],
        "listings": [
            [
                article.seller,
                article.number,
                article.product.owner,
                article.product.sku,
                article.step,
                article.step,
                article.backorder,
                _status(article),
            ]
            for articles in assortment.values()
            for article in articles.values()
        ],
    }


def _status(article: Article) -> str:
    return "active" if article.active else "inactive"


def _product_row(product: Product, gtin: str, status: str) -> Row:
    family = product.family
    attributes = json.dumps(product.attributes, ensure_ascii=False)
    names = [product.name_en, product.name_de, family.text_en, family.text_de]
    return [product.owner, product.sku, gtin, *names, product.brand, family.category, family.unit, attributes, status]


def _packaging_rows(product: Product, gtin: str) -> list[Row]:
    case, pallet = product.family.case, product.family.case * product.family.cases_on_pallet
    levels = [("CS", case, 1), ("PL", pallet, 2)]
    return [
        [product.owner, product.sku, unit, contains, gtin14(indicator, gtin)]
        for unit, contains, indicator in levels
        if contains > 1
    ]


def _price_files(book: PriceBook) -> dict[str, Iterable[Row]]:
    return {
        "price_lists": map(_list_row, book.lists),
        "price_entries": [
            [
                listed.seller,
                listed.code,
                article,
                entry.min_quantity,
                _money(entry.cents),
                entry.valid_from or "",
                entry.valid_to or "",
            ]
            for listed in book.lists
            for article, entries in listed.entries.items()
            for entry in entries
        ],
        "price_assignments": [
            [listed.seller, listed.code, listed.audience, code]
            for listed in book.lists
            for code in listed.audience_codes
        ],
    }


def _list_row(listed: PriceList) -> Row:
    derived = [listed.base.code, f"{listed.tenths / 10:.1f}"] if listed.base else ["", ""]
    window = [listed.valid_from or "", listed.valid_to or ""]
    return [listed.seller, listed.code, listed.name, CURRENCY, listed.priority, *window, *derived, "", 2, "active"]


def _order_rows(trade: Trade) -> Iterable[Row]:
    for line in trade.lines:
        yield [
            line.buying.seller,
            line.buying.buyer,
            line.number,
            line.line,
            line.placed_on,
            line.article.number,
            line.quantity,
            _money(line.cents),
            _money(line.cents * line.quantity),
            CURRENCY,
        ]
