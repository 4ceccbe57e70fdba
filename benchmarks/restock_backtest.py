"""Measure the restock proposal on real orders: propose for each case from earlier days alone, write what was proposed.

usage: python -m benchmarks.restock_backtest DATA_FOLDER CASES.csv PROPOSALS.csv

DATA_FOLDER holds `orders/order_lines_*.csv.gz` (store, item, date, bottles); CASES.csv names store and date. PROPOSALS.csv
gets store, date, item, quantity, and is what the data folder's own scoring script reads. Stock is not in the data: an item
counts as in stock if any store bought it in the last two weeks. F1 is printed too, counted here.
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from portal.replenishment.rules import Orderable, Purchase, restock_list

SOLD_LATELY = timedelta(days=14)

Case = tuple[int, date]


def read_cases(path: Path) -> list[Case]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [(int(row["store"]), date.fromisoformat(row["date"])) for row in csv.DictReader(handle)]


def read_orders(folder: Path, stores: set[int]) -> tuple[dict[int, list[Purchase]], dict[date, set[int]]]:
    """Give the purchases of the stores, oldest first, and the items that any store bought, by day."""
    purchases: defaultdict[int, list[Purchase]] = defaultdict(list)
    sold: defaultdict[date, set[int]] = defaultdict(set)
    days: dict[str, date] = {}
    for path in sorted(folder.glob("orders/order_lines_*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as handle:
            for row in csv.DictReader(handle):
                text, store, item = row["Date"][:10], int(row["Store Number"]), int(row["Item Number"])
                bottles = Decimal(row["Bottles Sold"])
                if bottles > 0:
                    on = days.setdefault(text, date.fromisoformat(text))
                    sold[on].add(item)
                    if store in stores:
                        purchases[store].append(Purchase(item, on, bottles))
    for rows in purchases.values():
        rows.sort(key=lambda row: row.ordered_on)
    return purchases, sold


def main(data: Path, cases_path: Path, out: Path) -> None:
    cases = sorted(read_cases(cases_path), key=lambda case: case[1])
    purchases, sold = read_orders(data, {store for store, _ in cases})
    total_f1, proposed_lines, seconds = 0.0, 0, 0.0
    lately: dict[date, set[int]] = {}
    with out.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["store", "date", "item", "quantity"])
        for store, on in cases:
            if on not in lately:
                window = (on - timedelta(days=back) for back in range(1, SOLD_LATELY.days + 1))
                lately[on] = set().union(*(sold.get(day, set()) for day in window))
            known = [row for row in purchases[store] if row.ordered_on < on]
            items = {row.article_id for row in known}
            orderable = {item: Orderable(in_stock=item in lately[on]) for item in items}
            started = time.perf_counter()
            proposals = restock_list(known, orderable, on).lines
            seconds += time.perf_counter() - started
            writer.writerows([store, on.isoformat(), line.article_id, line.quantity] for line in proposals)
            wanted = {row.article_id for row in purchases[store] if row.ordered_on == on}
            hits = len(wanted & {line.article_id for line in proposals})
            total_f1 += 2 * hits / (len(wanted) + len(proposals))
            proposed_lines += len(proposals)
    count = len(cases)
    print(
        f"{count} cases: F1 {total_f1 / count:.4f}, {proposed_lines / count:.1f} lines a proposal, {seconds / count * 1000:.1f} ms each"
    )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
