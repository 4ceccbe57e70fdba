"""A real chain's list of 1 October 2021, alone, prices the real order lines of that month as they were paid."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.integration.channel.load import LoadOrder, load_channel
from portal.promotions.api.price_checks import MOST_LINES
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.pricing.calls import call
from tests.skips import SHARED_DATA

IOWA = SHARED_DATA / "iowa"
LEAST = Decimal("0.999")

Line = tuple[str, str, Decimal]


@pytest.mark.needs("shared data")
def test_the_list_alone_gives_the_price_that_was_paid(app: Flask, seed: Seed, tmp_path: Path) -> None:
    folder = tmp_path / "iowa"
    subprocess.run(
        [
            sys.executable,
            IOWA / "make_channel.py",
            folder,
            *("--products", IOWA / "master" / "products_2021-10-01.tsv"),
            *("--from", "2021-10-01", "--to", "2021-11-01"),
        ],
        check=True,
        capture_output=True,
    )
    lines = _order_lines(folder)
    (folder / "orders.csv").unlink()
    report = load_channel(
        app.extensions["role_urls"].loader,
        LoadOrder(folder, tmp_path / "refused.csv"),
        hash_password=lambda password: password,
        note=lambda _: None,
    )
    assert not any(result.refused for result in report.files)
    equal, total = _compare(app.test_client(), seed, lines)
    assert total > 5_000
    assert Decimal(equal) / total >= LEAST, f"{equal} of {total} lines"


def _order_lines(folder: Path) -> dict[str, list[Line]]:
    """Give (article, quantity, unit price) of every line by buyer."""
    lines: dict[str, list[Line]] = defaultdict(list)
    with (folder / "orders.csv").open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if Decimal(row["quantity"]) > 0:
                lines[row["buyer_code"]].append((row["article"], row["quantity"], Decimal(row["unit_price"])))
    return lines


def _compare(client: FlaskClient, seed: Seed, lines: dict[str, list[Line]]) -> tuple[int, int]:
    """Ask for every buyer's lines by price check; give how many have the price that was paid, and how many there are."""
    buyers = {row.code: row for row in seed.run(text("select * from organisation where kind = 'retailer'"))}
    equal = 0
    for buyer, bought in lines.items():
        token = make_token(seed, buyers[buyer])
        for start in range(0, len(bought), MOST_LINES):
            part = bought[start : start + MOST_LINES]
            asked = [{"article": article, "quantity": quantity} for article, quantity, _ in part]
            answer = call(client, token, "POST", "/buying/price-checks", {"lines": asked})
            equal += sum(
                line["unit_price"] is not None and Decimal(line["unit_price"]) == paid
                for line, (_, _, paid) in zip(answer["lines"], part, strict=True)
            )
    return equal, sum(map(len, lines.values()))
