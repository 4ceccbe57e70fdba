"""Every rule of which price list decides, through the API, against values worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product
from tests.factories.organisations import make_organisation, make_price_group, make_token
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.pricing.calls import call, price, put_entries, put_list

EVERYONE = {"everyone": True}
ANNA = {"accounts": ["ANNA"]}
GOLD = {"groups": ["GOLD"]}


@dataclass(frozen=True, slots=True)
class Desk:
    """North's pricing desk: `north` and `anna` are tokens; anna is in the group GOLD; the article is HAM."""

    client: FlaskClient
    north: str
    anna: str

    def put_list(self, code: str, *entries: tuple[Any, ...], **fields: Any) -> Any:
        """Put a list and its entries (price, minimum = 1, first day = open, end = open)."""
        answer = put_list(self.client, self.north, code, **fields)
        if entries:
            rows = []
            for entry in entries:
                net_price, minimum, start, end = [*entry, None, None, None][:4]
                row = {"article": "HAM", "net_price": net_price, "min_quantity": minimum}
                rows.append({**row, "valid_from": start, "valid_to": end})
            put_entries(self.client, self.north, code, *rows)
        return answer

    def price(self, quantity: Any = 1, on: str = "2026-06-15") -> tuple[str | None, str | None]:
        """Give (list, unit price) for anna on a day."""
        found = price(self.client, self.north, "HAM", quantity, account="ANNA", on=on)
        return found[0], None if found[1] is None else f"{Decimal(found[1]).normalize():f}"

    def choose(self, strategy: str) -> None:
        """Choose a strategy."""
        call(self.client, self.north, "PUT", "/selling/pricing-policy", {"price_strategy": strategy})


@pytest.fixture
def desk(client: FlaskClient, seed: Seed, world: World) -> Desk:
    make_article(seed, world.north, make_product(seed, world.acme, sku="HAM"), article_number="HAM")
    make_price_group(seed, world.north.id, "GOLD", world.anna)
    make_price_group(seed, world.north.id, "BLUE", world.bruno)
    return Desk(client, make_token(seed, world.north), make_token(seed, world.anna))


def test_rule_1_only_active_lists_whose_window_contains_the_day_compete(desk: Desk) -> None:
    desk.put_list("OFF", (1,), audience=EVERYONE, active=False)
    desk.put_list("WINDOW", (2,), audience=EVERYONE, valid_from="2026-06-10", valid_to="2026-06-20")
    desk.put_list("NOBODY", (3,))
    desk.put_list("OTHERS", (4,), audience={"groups": ["BLUE"], "accounts": ["BRUNO"]})
    days = ["2026-06-09", "2026-06-10", "2026-06-19", "2026-06-20"]
    assert [desk.price(on=day)[1] for day in days] == [None, "2", "2", None]


def test_rule_1_a_list_in_another_currency_does_not_compete(desk: Desk, seed: Seed, world: World) -> None:
    [article] = seed.run(text("select * from article"))
    foreign = make_price_list(seed, world.north, "CHF-LIST", currency="CHF")
    make_entry(seed, foreign, article, "1")
    assert desk.price() == (None, None)


def test_rule_2_account_then_group_then_everyone_whatever_the_priority(desk: Desk) -> None:
    desk.put_list("E", (30,), audience=EVERYONE, priority=-5)
    assert desk.price() == ("E", "30")
    desk.put_list("G", (20,), audience=GOLD, priority=50)
    assert desk.price() == ("G", "20")
    desk.put_list("A", (40,), audience=ANNA, priority=999_999_999)
    assert desk.price() == ("A", "40")


def test_rule_2_inside_a_level_by_priority_then_by_code_point(desk: Desk) -> None:
    for number, code in enumerate(("ä", "b", "a", "Z", "10", "9"), start=1):
        desk.put_list(code, (number,), audience=EVERYONE, priority=7)
    order = []
    for _ in range(6):
        decided = str(desk.price()[0])
        order.append(decided)
        put_list(desk.client, desk.north, decided, active=False)
    assert order == ["10", "9", "Z", "a", "b", "ä"]
    desk.put_list("zz", (8,), audience=EVERYONE, priority=6)
    put_list(desk.client, desk.north, "10", priority=7)
    assert desk.price() == ("zz", "8")


def test_rule_2_a_list_assigned_at_several_levels_counts_at_its_first(desk: Desk) -> None:
    desk.put_list("BOTH", (5,), audience={"everyone": True, "accounts": ["ANNA"]}, priority=900)
    desk.put_list("GROUP", (6,), audience=GOLD, priority=1)
    assert desk.price() == ("BOTH", "5")
    lost = call(
        desk.client,
        desk.north,
        "POST",
        "/selling/price-checks",
        {"account": "ANNA", "on": "2026-06-15", "lines": [{"article": "HAM", "quantity": 1}]},
    )["lines"][0]["explanation"]["lost_lists"]
    assert [each["code"] for each in lost] == ["GROUP"]


def test_rule_3_highest_minimum_then_latest_start(desk: Desk) -> None:
    desk.put_list(
        "L",
        (10,),
        (9, 10),
        ("8.5", 10, "2026-06-01"),
        (8, 10, "2026-07-01"),
        (7, "10.5"),
        (6, 100, None, "2026-06-15"),
        (5, 50, "2026-06-15", "2026-06-15"),
        audience=EVERYONE,
    )
    assert [desk.price(q)[1] for q in (1, "9.999", 10, "10.499", "10.5", 50, 100)] == [
        "10",
        "10",
        "8.5",
        "8.5",
        "7",
        "7",
        "7",
    ]
    assert desk.price(10, on="2026-05-31")[1] == "9"
    assert desk.price(10, on="2026-07-01")[1] == "8"
    assert desk.price(100, on="2026-06-14")[1] == "6"


def test_rule_3_below_every_minimum_there_is_no_price(desk: Desk) -> None:
    desk.put_list("L", (10, 5), audience=EVERYONE)
    assert desk.price("4.999") == (None, None)
    assert desk.price(5) == ("L", "10")
    desk.put_list("FRACTION", (3, "0.25"), audience=EVERYONE, priority=500)
    assert desk.price("0.25") == ("FRACTION", "3")


def test_rule_4_first_takes_the_first_list_with_an_applicable_entry(desk: Desk) -> None:
    desk.put_list("A", (50, 10), audience=ANNA)
    desk.put_list("E", (20,), (18, 10), audience=EVERYONE)
    assert desk.price(1) == ("E", "20")
    assert desk.price(10) == ("A", "50")


def test_rule_4_lowest_compares_the_entry_each_list_chooses(desk: Desk) -> None:
    desk.choose("lowest")
    desk.put_list("A", (50, 10), (1,), audience=ANNA)
    desk.put_list("E", (20,), (18, 10), audience=EVERYONE)
    assert desk.price(1) == ("A", "1")
    assert desk.price(10) == ("E", "18"), "inside A the tier of 10 counts although its first tier is lower"
    desk.choose("first")
    assert desk.price(10) == ("A", "50")


def test_rule_4_a_tie_goes_to_the_earlier_list(desk: Desk) -> None:
    desk.choose("lowest")
    desk.put_list("Y", ("7.0000",), audience=EVERYONE, priority=2)
    desk.put_list("Z", (7,), audience=EVERYONE, priority=1)
    assert desk.price()[0] == "Z"
    desk.put_list("G", ("7.0",), audience=GOLD, priority=99)
    assert desk.price()[0] == "G"


def test_rule_5_three_lists_each_round_to_their_own_decimals(desk: Desk) -> None:
    desk.put_list("COST", ("3.3333",), (3, 12))
    desk.put_list("TRADE", base_code="COST", adjustment_percent="10", decimals=1)
    desk.put_list("ANNA", base_code="TRADE", adjustment_percent="-33.3333", adjustment_amount="0.01", audience=ANNA)
    # 3.3333 x 1.1 = 3.66663 → 3.7; 3.7 x 0.666667 + 0.01 = 2.4766679 → 2.4767
    assert desk.price(1) == ("ANNA", "2.4767")
    # 3 x 1.1 = 3.3; 3.3 x 0.666667 + 0.01 = 2.2100011 → 2.21
    assert desk.price(12) == ("ANNA", "2.21")


def test_rule_5_an_own_entry_beats_the_base_as_it_stands(desk: Desk) -> None:
    desk.put_list("BASE", (10,), (5, 10))
    desk.put_list("D", ("8.1234", 5), base_code="BASE", adjustment_percent="-10", decimals=0, audience=EVERYONE)
    assert [desk.price(q)[1] for q in (1, 5, 10)] == ["9", "8.1234", "8.1234"]
    put_entries(
        desk.client,
        desk.north,
        "D",
        {"article": "HAM", "net_price": "8.1234", "min_quantity": 5, "valid_to": "2026-06-15"},
    )
    # 5 x 0.9 = 4.5, which without decimals is 5
    assert desk.price(10)[1] == "5"


@pytest.mark.parametrize(
    "change", [{"active": False}, {"valid_to": "2026-06-15"}, {"valid_from": "2026-06-16"}], ids=str
)
def test_rule_5_a_base_out_of_force_prices_nothing(desk: Desk, change: dict[str, Any]) -> None:
    desk.put_list("BASE", (10,))
    desk.put_list("D", (4, 10), base_code="BASE", audience=EVERYONE)
    assert desk.price(1) == ("D", "10")
    desk.put_list("BASE", **change)
    assert desk.price(1) == (None, None)
    assert desk.price(10) == ("D", "4")


@pytest.mark.parametrize(
    ("base_price", "fields", "expected"),
    [
        ("10.005", {"decimals": 2}, "10.01"),
        ("2.5", {"decimals": 0}, "3"),
        ("0.05", {"adjustment_percent": "-90", "decimals": 2}, "0.01"),
        ("1", {"adjustment_percent": "-100"}, "0"),
        ("1", {"adjustment_percent": "-10", "adjustment_amount": "-5"}, "0"),
        ("9.99", {"adjustment_percent": "-10"}, "8.991"),
        ("33.3333", {"adjustment_percent": "33.3333"}, "44.4444"),
        ("0", {"adjustment_amount": "0.0000"}, "0"),
    ],
)
def test_rule_5_adjusts_then_rounds_half_away_from_zero_and_never_below_0(
    desk: Desk, base_price: str, fields: dict[str, Any], expected: str
) -> None:
    desk.put_list("BASE", (base_price,))
    desk.put_list("D", base_code="BASE", audience=EVERYONE, **fields)
    assert desk.price() == ("D", expected)


def test_rule_5_refuses_loops_long_chains_and_foreign_bases_and_changes_nothing(
    desk: Desk, seed: Seed, world: World
) -> None:
    for code, base in (("A", None), ("B", "A"), ("C", "B")):
        desk.put_list(code, base_code=base)
    make_price_list(seed, world.south, "SOUTHS")
    make_price_list(seed, world.north, "SWISS", currency="CHF")
    refused = [("D", "C"), ("A", "B"), ("A", "C"), ("A", "A"), ("D", "SOUTHS"), ("D", "SWISS"), ("D", "nope")]
    reasons = []
    for code, base in refused:
        body = {"price_lists": [{"code": code, "base_code": base}]}
        problem = call(desk.client, desk.north, "PUT", "/selling/price-lists", body, 422)
        reasons.append(problem["errors"][0]["reason"])
    assert reasons == [
        "too-long",
        "loop",
        "loop",
        "loop",
        "unknown-list",
        "other-currency",
        "unknown-list",
    ]
    # a base for A would make C's chain four long
    desk.put_list("Z")
    body = {"price_lists": [{"code": "A", "base_code": "Z"}]}
    assert call(desk.client, desk.north, "PUT", "/selling/price-lists", body, 422)["errors"][0]["reason"] == "too-long"
    lists = call(desk.client, desk.north, "GET", "/selling/price-lists")["items"]
    assert [(each["code"], each["base_code"]) for each in lists] == [
        ("A", None),
        ("B", "A"),
        ("C", "B"),
        ("SWISS", None),
        ("Z", None),
    ]


def test_rule_6_from_equal_to_never_applies_windows_overlap_and_0_is_a_price(desk: Desk) -> None:
    desk.put_list("NEVER", (1,), audience=ANNA, valid_from="2026-06-15", valid_to="2026-06-15")
    desk.put_list("L", (2, 1, "2026-06-15", "2026-06-15"), (9,), audience=EVERYONE)
    assert desk.price() == ("L", "9")
    desk.put_list("L", (3, 1, "2026-06-01", "2026-07-01"), (4, 1, "2026-06-10", "2026-06-20"))
    days = ["2026-05-31", "2026-06-01", "2026-06-10", "2026-06-19", "2026-06-20", "2026-07-01"]
    assert [desk.price(on=day)[1] for day in days] == ["9", "3", "4", "4", "3", "9"]
    desk.put_list("FREE", (0,), audience=ANNA)
    assert desk.price() == ("FREE", "0")


def test_rule_7_nothing_applies_means_price_on_request_without_a_total(desk: Desk) -> None:
    answer = call(
        desk.client, desk.anna, "POST", "/buying/price-checks", {"lines": [{"article": "HAM", "quantity": 3}]}
    )
    [line] = answer["lines"]
    assert (line["unit_price"], line["line_amount"], line["reason"]) == (None, None, "price-on-request")
    assert answer["total"] == "0.00"


@pytest.mark.parametrize(
    ("currency", "net_price", "quantity", "amount"),
    [
        ("EUR", "0.335", 1, "0.34"),
        ("EUR", "1.005", 1, "1.01"),
        ("EUR", "1.3333", "0.375", "0.50"),
        ("KWD", "0.0005", 1, "0.001"),
        ("KWD", "1.2345", 3, "3.704"),
        ("JPY", "0.5", 1, "1"),
        ("JPY", "99.4", 5, "497"),
        ("JPY", "0.4999", 1, "0"),
    ],
)
def test_line_amounts_are_rounded_half_away_from_zero_to_the_minor_unit(
    client: FlaskClient, seed: Seed, world: World, currency: str, net_price: str, quantity: Any, amount: str
) -> None:
    seller = make_organisation(seed, f"S-{currency}", "wholesaler", world.acme, currency=currency)
    shop = make_organisation(seed, f"B-{currency}", "retailer", seller, currency=currency)
    make_article(seed, seller, make_product(seed, world.acme, sku="X"), article_number="X")
    token = make_token(seed, seller)
    made = put_list(client, token, "L", audience=EVERYONE)
    assert made["currency"] == currency
    put_entries(client, token, "L", {"article": "X", "net_price": net_price, "min_quantity": "0.001"})
    found = price(client, make_token(seed, shop), "X", quantity)
    assert (Decimal(found[1]), found[2]) == (Decimal(net_price), amount)
