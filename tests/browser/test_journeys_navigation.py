"""Every entry of the three tiers' navigation, in both languages, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("email", "slug"),
    [
        ("manufacturer@kontor.example", "tannhart"),
        ("wholesaler@kontor.example", "ostermoor"),
        ("retailer@kontor.example", "ostermoor"),
    ],
)
def test_every_entry_opens_and_axe_finds_nothing(
    somebody: Callable[..., Person], email: str, slug: str, language: str
) -> None:
    person = somebody(language, email, slug)
    navigation = person.page.get_by_role("navigation", name=person.says("Main navigation"))
    places = [link.get_attribute("href") for link in navigation.get_by_role("link").all()]
    for place in places:
        person.page.goto(str(place))
        person.look()
        assert navigation.locator("[aria-current=page]").count() == 1
    assert len(places) >= 4
