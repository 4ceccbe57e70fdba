from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.integration.demo.conftest import TODAY, Rows

Read = Callable[[str], Rows]


class Lists:
    """PRICING.md's choice of a price, written straight from the page over the files' rows."""

    def __init__(self, read: Read) -> None:
        self.groups = {(row["seller_code"], row["buyer_code"]): row["price_group"] for row in read("accounts")}
        self.strategies = {row["seller_code"]: row["price_strategy"] for row in read("sellers")}
        self.lists = {(row["seller_code"], row["code"]): row for row in read("price_lists")}
        self.entries: dict[tuple[str, str, str], Rows] = defaultdict(list)
        for row in read("price_entries"):
            self.entries[row["seller_code"], row["price_list_code"], row["article"]].append(row)
        self.assignments = read("price_assignments")

    def price(self, seller: str, buyer: str, article: str, quantity: int, on: str) -> Decimal | None:
        found = [self._inside(seller, code, article, quantity, on) for code in self._candidates(seller, buyer, on)]
        prices = [price for price in found if price is not None]
        if not prices:
            return None
        return min(prices) if self.strategies[seller] == "lowest" else prices[0]

    def _candidates(self, seller: str, buyer: str, on: str) -> list[str]:
        mine = {("account", buyer): 0, ("group", self.groups[seller, buyer]): 1, ("everyone", ""): 2}
        levels: dict[str, int] = {}
        for row in self.assignments:
            level = mine.get((row["audience"], row["audience_code"]))
            if row["seller_code"] == seller and level is not None:
                levels[row["price_list_code"]] = min(level, levels.get(row["price_list_code"], 9))
        usable = [code for code in levels if _is_open(self.lists[seller, code], on)]
        return sorted(usable, key=lambda code: (levels[code], int(self.lists[seller, code]["priority"]), code))

    def _inside(self, seller: str, code: str, article: str, quantity: int, on: str) -> Decimal | None:
        own = [
            row
            for row in self.entries.get((seller, code, article), [])
            if int(row["min_quantity"]) <= quantity and _is_open(row, on)
        ]
        if own:
            return Decimal(max(own, key=lambda row: (int(row["min_quantity"]), row["valid_from"]))["net_price"])
        listed = self.lists[seller, code]
        if not listed["base_code"] or not _is_open(self.lists[seller, listed["base_code"]], on):
            return None
        base = self._inside(seller, listed["base_code"], article, quantity, on)
        if base is None:
            return None
        adjusted = base * (1 + Decimal(listed["adjustment_percent"]) / 100)
        return adjusted.quantize(Decimal(10) ** -int(listed["decimals"]), ROUND_HALF_UP)


def _is_open(row: dict[str, str], on: str) -> bool:
    return (not row["valid_from"] or row["valid_from"] <= on) and (not row["valid_to"] or on < row["valid_to"])


@pytest.fixture(scope="module")
def lists(read: Read) -> Lists:
    return Lists(read)


def test_every_line_bears_the_price_of_the_lists_on_its_day(read: Read, lists: Lists) -> None:
    for line in read("orders"):
        if int(line["quantity"]) > 0:
            expected = lists.price(
                line["seller_code"], line["buyer_code"], line["article"], int(line["quantity"]), line["placed_on"]
            )
            assert Decimal(line["unit_price"]) == expected, line


def test_line_amounts_are_price_times_quantity(read: Read) -> None:
    for line in read("orders"):
        assert Decimal(line["line_amount"]) == Decimal(line["unit_price"]) * int(line["quantity"])
        assert line["currency"] == "EUR"


def test_quantities_obey_minimum_and_multiple(read: Read) -> None:
    listings = {(row["seller_code"], row["article"]): row for row in read("listings")}
    for line in read("orders"):
        listing = listings[line["seller_code"], line["article"]]
        quantity = int(line["quantity"])
        if quantity > 0:
            assert quantity >= int(listing["min_quantity"])
            assert quantity % int(listing["order_multiple"]) == 0


def test_returns_are_few_and_refund_what_was_bought_before(read: Read) -> None:
    bought: dict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    returns = 0
    for line in read("orders"):
        key = (line["seller_code"], line["buyer_code"], line["article"])
        quantity = int(line["quantity"])
        if quantity > 0:
            bought[key].append((quantity, line["unit_price"]))
        else:
            returns += 1
            assert any(-quantity <= had and line["unit_price"] == paid for had, paid in bought[key])
    assert 100 < returns < 400


def test_orders_have_one_buyer_one_day_and_running_lines(read: Read) -> None:
    accounts = {(row["seller_code"], row["buyer_code"]) for row in read("accounts")}
    orders: dict[tuple[str, str], Rows] = defaultdict(list)
    for line in read("orders"):
        assert (line["seller_code"], line["buyer_code"]) in accounts
        orders[line["seller_code"], line["order_number"]].append(line)
    for lines in orders.values():
        assert len({(line["buyer_code"], line["placed_on"]) for line in lines}) == 1
        assert [int(line["line"]) for line in lines] == list(range(1, len(lines) + 1))
        articles = [line["article"] for line in lines if int(line["quantity"]) > 0]
        assert len(articles) == len(set(articles))
        assert sum(Decimal(line["line_amount"]) for line in lines) > 0


def test_history_runs_over_eighteen_months_up_to_yesterday_on_working_days(read: Read) -> None:
    days = [date.fromisoformat(line["placed_on"]) for line in read("orders")]
    assert days == sorted(days)
    assert TODAY - timedelta(days=548) <= days[0]
    assert days[-1] == date(2026, 11, 20)
    assert max(day.weekday() for day in days) == 4


@pytest.mark.parametrize("shop", ["R-HARMSEN", "R-OUDEGRACHT"])
def test_the_shops_that_people_sign_in_to_order_weekly_and_are_due_today(read: Read, shop: str) -> None:
    days = sorted({line["placed_on"] for line in read("orders") if line["buyer_code"] == shop})
    assert days[-3:] == ["2026-11-02", "2026-11-09", "2026-11-16"]
    assert len(days) >= 76


def test_some_shops_lapsed_some_slow_down_and_trade_grows(read: Read) -> None:
    last: dict[str, str] = {}
    months: Counter[str] = Counter()
    for line in read("orders"):
        last[line["buyer_code"]] = line["placed_on"]
        if line["buyer_code"].startswith("R-"):
            months[line["placed_on"][:7]] += int(Decimal(line["line_amount"]))
    lapsed = {code for code, day in last.items() if day < (TODAY - timedelta(days=100)).isoformat()}
    assert lapsed == {"R-OLDEN", "R-ALLGAEU", "R-NIJMEGEN", "R-GENT"}
    assert months["2026-09"] > months["2025-09"] * 1.05


def test_seasons_show(read: Read) -> None:
    products = {(row["owner_code"], row["sku"]): row["category"] for row in read("products")}
    categories = {
        (row["seller_code"], row["article"]): products[row["owner_code"], row["sku"]] for row in read("listings")
    }
    months: Counter[tuple[str, str]] = Counter()
    for line in read("orders"):
        if line["buyer_code"].startswith("R-"):
            category = categories[line["seller_code"], line["article"]]
            months[category, line["placed_on"][:7]] += int(Decimal(line["line_amount"]))
    assert months["Garden > Winter service", "2026-01"] > 2 * months["Garden > Winter service", "2026-06"]
    assert months["Garden > Cutting", "2026-04"] > 2 * months["Garden > Cutting", "2025-12"]


def test_each_seller_has_one_article_on_price_request_that_nobody_ordered(read: Read, lists: Lists) -> None:
    benches = [row for row in read("listings") if row["sku"] == "6220-MEAS"]
    assert sorted(row["seller_code"] for row in benches) == sorted(lists.strategies)
    buyers = dict(lists.groups.keys())
    for row in benches:
        assert lists.price(row["seller_code"], buyers[row["seller_code"]], row["article"], 1, TODAY.isoformat()) is None
    ordered = {(line["seller_code"], line["article"]) for line in read("orders")}
    assert not ordered & {(row["seller_code"], row["article"]) for row in benches}


def test_lists_show_tiers_contracts_chains_and_a_scheduled_change(read: Read) -> None:
    lists = {(row["seller_code"], row["code"]): row for row in read("price_lists")}
    contracts = {row["seller_code"] for row in read("price_assignments") if row["audience"] == "account"}
    assert contracts == {"TANNHART", "OSTERMOOR", "KELMBACH", "DOORNVELD"}
    assert lists["OSTERMOOR", "PLUS"]["base_code"] == "FACH"
    assert lists["OSTERMOOR", "FACH"]["base_code"] == "STANDARD"
    assert lists["OSTERMOOR", "FACH"]["adjustment_percent"] == "-6.0"
    future = {row["seller_code"] for row in read("price_entries") if row["valid_from"] > TODAY.isoformat()}
    assert future == {"TANNHART", "OSTERMOOR", "ALPMARK", "KELMBACH", "DOORNVELD"}
    tiers = Counter((row["price_list_code"], row["min_quantity"] != "1") for row in read("price_entries"))
    assert tiers["WHOLESALE", True] > 1000
    assert tiers["STANDARD", True] > 500
    keys = Counter(
        (row["seller_code"], row["price_list_code"], row["article"], row["min_quantity"], row["valid_from"])
        for row in read("price_entries")
    )
    assert max(keys.values()) == 1


def test_higher_tiers_cost_less(read: Read) -> None:
    tiers: dict[tuple[str, ...], Rows] = defaultdict(list)
    for row in read("price_entries"):
        tiers[row["seller_code"], row["price_list_code"], row["article"], row["valid_from"]].append(row)
    for rows in tiers.values():
        rows.sort(key=lambda row: int(row["min_quantity"]))
        prices = [Decimal(row["net_price"]) for row in rows]
        assert prices == sorted(prices, reverse=True)
        assert prices[-1] > 0


def test_promotions_are_in_force_coming_and_over_and_concern_what_is_listed(read: Read) -> None:
    listed = {(row["seller_code"], row["owner_code"], row["sku"]) for row in read("listings")}
    categories = {
        (seller, row["category"])
        for row in read("products")
        for seller in {seller for seller, owner, sku in listed if (owner, sku) == (row["owner_code"], row["sku"])}
    }
    concerned = {(row["seller_code"], row["promotion_code"]): row for row in read("promotion_scopes")}
    today = TODAY.isoformat()
    states: Counter[str] = Counter()
    for row in read("promotions"):
        scope = concerned.pop((row["seller_code"], row["code"]))
        if scope["scope"] == "category":
            assert any(
                seller == row["seller_code"] and f"{category} > ".startswith(f"{scope['scope_code']} > ")
                for seller, category in categories
            ), row["code"]
        states["coming" if row["valid_from"] > today else "over" if row["valid_to"] <= today else "in force"] += 1
    assert concerned == {}
    assert states == {"in force": 8, "coming": 1, "over": 1}
    assert {row["benefit"] for row in read("promotions")} == {"percent", "free_goods", "order_percent", "order_amount"}
