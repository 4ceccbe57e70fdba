"""Promotions where buyers look before they order: catalogue and article page, in one further statement."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.factories.organisations import sign_in
from tests.factories.placing import sell
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World


def test_catalogue_and_article_say_what_promotions_give_and_keep_coupons_to_themselves(
    client: FlaskClient, seed: Seed, world: World
) -> None:
    sell(seed, world.north, "SAW", "10.00", on_hand=100)
    sell(seed, world.north, "NAIL", "1.00", on_hand=100)
    make_promotion(
        seed, world.north, "TEN", value="10", min_quantity="12", name="Saw week", scopes=(("article", "SAW"),)
    )
    make_promotion(seed, world.north, "SECRET", value="50", coupon="SECRET-1", name="Hidden")
    make_promotion(seed, world.north, "OVER", value="50", max_uses=0, name="Run out")
    make_promotion(seed, world.north, "THEIRS", value="50", buyer=world.bruno, name="For Bruno")
    sign_in(seed, client, world.people["anna"], world.anna)
    for path, times in (("/buying/catalogue", 1), ("/buying/catalogue/SAW", 1), ("/buying/catalogue/NAIL", 0)):
        page = client.get(path, follow_redirects=True).get_data(as_text=True)
        assert page.count("Saw week: ") == times, path
        for unseen in ("Hidden", "SECRET", "Run out", "For Bruno"):
            assert unseen not in page
