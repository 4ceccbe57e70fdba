"""A real three-tier chain, loaded and compared with the raw files to the cent (docs: data/iowa/SOURCE.md)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.integration.channel.folders import Loader
from tests.skips import SHARED_DATA
from tests.soak import FULL

IOWA = SHARED_DATA / "iowa"
LAST_LINE_DIGITS = 5

Key = tuple[str, str, str]


@dataclass(slots=True)
class Sum:
    """Lines, bottles and dollars of a month, vendor and wholesaler, and which orders they belong to."""

    lines: int = 0
    bottles: Decimal = Decimal(0)
    dollars: Decimal = Decimal(0)
    orders: set[str] = field(default_factory=set)

    def told(self) -> tuple[int, int, Decimal, Decimal]:
        return len(self.orders), self.lines, self.bottles, self.dollars


def order_files() -> list[Path]:
    """Give the raw files of this run: six quarters in `make soak`, otherwise 40 shops in one."""
    if FULL:
        return sorted((IOWA / "orders").glob("order_lines_*.csv.gz"))
    return [IOWA / "orders" / "starter_40stores_2021Q4.csv"]


def make_channel() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_channel", IOWA / "make_channel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def raw_sums(files: Iterable[Path]) -> dict[Key, tuple[int, int, Decimal, Decimal]]:
    """Add up the raw files themselves, without the channel folder in between."""
    maker = make_channel()
    products: dict[str, Any] = {}
    stores: dict[str, Any] = {}
    for name in ("products_2022-11-01.csv", "products_2021-10-01.tsv"):
        products.update((row["Item Number"].strip(), row) for row in maker.rows(IOWA / "master" / name))
    for name in ("stores_2022-11-01.csv", "stores_2021-10-01.tsv"):
        stores.update((row["Store"].strip(), row) for row in maker.rows(IOWA / "master" / name))
    sums: dict[Key, Sum] = defaultdict(Sum)
    for row in (row for path in files for row in maker.rows(path)):
        item, store = row["Item Number"].strip(), row["Store Number"].strip()
        if item not in products or store not in stores:
            continue
        vendor = maker.clean(products[item]["Vendor Name"]).title()
        sold = sums[maker.iso(row["Date"])[:7], vendor, maker.wholesaler_of(stores[store])]
        sold.lines += 1
        sold.bottles += int(float(row["Bottles Sold"]))
        sold.dollars += Decimal(row["Sale (Dollars)"]).quantize(Decimal("0.01"))
        sold.orders.add(row["Invoice/Item Number"][:-LAST_LINE_DIGITS])
    return {key: total.told() for key, total in sums.items()}


LOADED = """
select to_char(l.placed_on, 'YYYY-MM'), p.brand, seller.code, count(distinct l.order_id), count(*),
       sum(l.ordered_quantity), sum(l.net_amount)
from order_line l
join organisation seller on seller.id = l.seller_id
join product p on p.owner_id = l.owner_id and p.id = l.product_id
group by 1, 2, 3
"""


def loaded_sums(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Key, tuple[int, int, Decimal, Decimal]]]:
    for month, vendor, seller, orders, lines, bottles, dollars in rows:
        yield (month, vendor, seller), (orders, lines, bottles, dollars)


@pytest.mark.soak
@pytest.mark.needs("shared data")
def test_a_real_chain_is_loaded_to_the_cent(loader: Loader, tmp_path: Path) -> None:
    folder = tmp_path / "iowa"
    files = order_files()
    command = [sys.executable, str(IOWA / "make_channel.py"), str(folder), "--orders", *map(str, files)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    report = loader.load(folder)
    assert report.refused == 0
    raw = raw_sums(files)
    assert dict(loaded_sums(loader.rows(LOADED))) == raw
    # Orders' own totals say the same as their lines.
    [(total, lines)] = loader.rows("select sum(total), sum(line_count) from sales_order")
    assert (total, lines) == (sum(told[3] for told in raw.values()), sum(told[1] for told in raw.values()))
    assert loader.load(folder).changed == 0
