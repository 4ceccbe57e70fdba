"""Price checks under promotions: who gets what, and what each side may know of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories.catalogue import make_article, make_entry, make_price_list, make_product
from tests.factories.organisations import make_price_group, make_token
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.promotions.test_price_checks import check


@pytest.fixture
def articles(seed: Seed, world: World) -> tuple[Any, Any]:
    """Give two articles of north, a drill at 10.00 and a hose at 2.50."""
    drill = make_product(seed, world.acme, sku="DRILL", category="Tools > Drills", brand="Acme")
    hose = make_product(seed, world.acme, sku="HOSE", category="Garden", brand="Bolt")
    everyone = make_price_list(seed, world.north, "LIST", name="Standard")
    rows = (
        make_article(seed, world.north, drill, article_number="N-1"),
        make_article(seed, world.north, hose, article_number="N-2"),
    )
    make_entry(seed, everyone, rows[0], "10.00")
    make_entry(seed, everyone, rows[1], "2.50")
    return rows


def test_a_check_tells_every_amount_and_its_promotions(
    client: FlaskClient, seed: Seed, world: World, articles: Any
) -> None:
    make_promotion(seed, world.north, "TOOLS", value="10", scopes=(("category", "Tools"),), name="Tool week")
    make_promotion(seed, world.north, "ORDER", "order_amount", value="5", threshold_amount="20")
    make_promotion(
        seed, world.north, "GIFT", "free_goods", buy_quantity="2", free_quantity="1", free_article_id=articles[1].id
    )
    answer = check(client, make_token(seed, world.anna), ("N-1", 3), ("N-2", 2))
    first, second = answer["lines"]
    assert [(line["unit_price"], line["line_amount"], line["net_amount"]) for line in (first, second)] == [
        ("10.00", "27.00", "22.78"),
        ("2.50", "5.00", "4.22"),
    ]
    assert first["promotions"] == [{"code": "GIFT", "amount": "0.00"}, {"code": "TOOLS", "amount": "3.00"}]
    assert first["order_promotions"] == [{"code": "ORDER", "amount": "4.22"}]
    assert answer["order_promotions"] == [{"code": "ORDER", "amount": "5.00"}]
    assert answer["free_goods"] == [{"article": "N-2", "quantity": 2}]
    assert (answer["order_discount"], answer["total"]) == ("5.00", "27.00")
    assert first["explanation"]["promotions"][1] == {"code": "TOOLS", "name": "Tool week", "amount": "3.00"}


def test_promotions_are_for_their_audience_and_others_notice_nothing(
    client: FlaskClient, seed: Seed, world: World, articles: Any
) -> None:
    group = make_price_group(seed, world.north.id, "GOLD", world.anna)
    anna, bruno, clara = (make_token(seed, who) for who in (world.anna, world.bruno, world.clara))
    before = check(client, bruno, ("N-1", 1)), check(client, clara, ("N-1", 1))
    make_promotion(seed, world.north, "GROUP", value="10", price_group=group)
    make_promotion(seed, world.north, "OWN", value="10", buyer=world.anna)
    make_promotion(seed, world.north, "NOBODY", value="50", audience=None)
    assert check(client, anna, ("N-1", 1))["total"] == "8.10"
    assert (check(client, bruno, ("N-1", 1)), check(client, clara, ("N-1", 1))) == before


def test_a_coupon_counts_where_it_gives_something_and_is_refused_in_one_text(
    client: FlaskClient, seed: Seed, world: World, articles: Any
) -> None:
    make_promotion(seed, world.north, "SPRING", value="10", coupon=" Spring ")
    make_promotion(seed, world.north, "OTHERS", value="10", coupon="theirs", buyer=world.bruno)
    make_promotion(seed, world.north, "OVER", value="10", coupon="over", valid_to=date(2020, 1, 1))
    make_promotion(seed, world.north, "USED", value="10", coupon="used", max_uses=0)
    token = make_token(seed, world.anna)
    assert check(client, token, ("N-1", 1))["total"] == "10.00"
    answer = check(client, token, ("N-1", 1), coupons=["SPRING", "theirs", "over", "used", "made-up"])
    assert answer["total"] == "9.00"
    assert [each["valid"] for each in answer["coupons"]] == [True, False, False, False, False]
    assert {each["detail"] for each in answer["coupons"][1:]} == {"This coupon is not valid."}
    assert "USED" not in str(answer)


def test_the_seller_asks_on_any_day_and_sees_what_lost(
    client: FlaskClient, seed: Seed, world: World, articles: Any
) -> None:
    make_promotion(seed, world.north, "BIG", value="20", min_quantity="10")
    make_promotion(seed, world.north, "LATER", value="30", valid_from=date(2030, 1, 1), combines=False)
    token = make_token(seed, world.north)
    today = check(client, token, ("N-1", 1), area="selling", account="ANNA")["lines"][0]
    later = check(client, token, ("N-1", 10), area="selling", account="ANNA", on="2030-01-01")["lines"][0]
    assert (today["net_amount"], later["net_amount"]) == ("10.00", "70.00")
    assert today["explanation"]["lost_promotions"] == [{"code": "BIG", "name": "BIG", "reason": "quantity-too-small"}]
    assert later["explanation"]["lost_promotions"] == [{"code": "BIG", "name": "BIG", "reason": "another-gives-more"}]
