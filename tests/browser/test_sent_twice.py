"""An answer that is lost on its way: what was entered is sent again and counts once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]


EMPTY = """async () => {
  const token = document.querySelector('[name="csrf_token"]').value;
  await fetch('/buying/basket/empty', {method: 'POST', body: new URLSearchParams({csrf_token: token})});
}"""


def test_lines_whose_answer_was_lost_are_there_once(somebody: Callable[..., Person]) -> None:
    buyer = somebody("de", "retailer@kontor.example", "ostermoor")
    page = buyer.page
    asked = []

    def lose_the_first_answer(route: Route) -> None:
        asked.append(route.request)
        if len(asked) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.goto("/buying/order-pad")
    page.route("**/buying/basket/lines", lose_the_first_answer)
    page.locator('input[name="text"]').focus()
    buyer.paste("TWICE-X\t4\nTWICE-Y\t2")
    status = page.locator("[data-entry-status]")
    expect(status).to_contain_text("Sie stehen noch im Feld")
    page.locator(".entry-list button").click()
    expect(status).to_contain_text("2 gelesen")
    page.reload()
    kept = page.locator('[data-raw][value^="TWICE-"]')
    assert (len(asked), kept.count()) == (2, 2)
    # Nothing stays behind for the journeys that share the demo channel.
    page.evaluate(EMPTY)
    page.reload()
    assert kept.count() == 0
