"""A wholesaler brings a retailer aboard: account, terms and first person on one page, the mail, the first sign-in, a passkey."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]

WAIT_FOR_MAIL_SECONDS = 30
SELLERS = {
    "de": ("wholesaler@kontor.example", "ostermoor", "Ostermoor Werkzeughandel GmbH"),
    "en": ("wholesaler.en@kontor.example", "doornveld", "Doornveld Tools B.V."),
}


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_retailer_is_aboard_in_six_clicks(somebody: Callable[..., Person], language: str) -> None:
    email, slug, brand = SELLERS[language]
    wholesaler = somebody(language, email, slug)
    desk, says = wholesaler.page, wholesaler.says
    began = time.monotonic()
    mark = uuid.uuid4().hex[:6]
    shop_name, newcomer_email = f"Eisenwaren Probst {mark}", f"probst-{mark}@probst.example"

    wholesaler.go("Accounts")
    desk.get_by_role("link", name=says("New account")).click()
    wholesaler.field("Name").first.fill(shop_name)
    wholesaler.field("Street and number").fill("Am Wall 12")
    wholesaler.field("Postal code").fill("28195")
    wholesaler.field("City").fill("Bremen")
    wholesaler.field("Customer number").fill(f"N-{mark}")
    group = desk.locator("#price-groups option").first.get_attribute("value")
    wholesaler.field("Price group").fill(str(group))
    wholesaler.field("Payment terms").fill("14")
    wholesaler.field("Credit limit").fill("5000")
    wholesaler.field("E-mail address").fill(newcomer_email)
    wholesaler.field("Name").last.fill("Antje Probst")
    wholesaler.click("Create the account")
    expect(desk.get_by_role("heading", level=1)).to_have_text(shop_name)
    assert time.monotonic() - began < 120
    assert wholesaler.clicks <= 3
    expect(desk.get_by_text(newcomer_email).first).to_be_visible()
    for text in (f"N-{mark}", str(group)):
        expect(desk.get_by_text(text, exact=True).first).to_be_visible()
    wholesaler.look()
    wholesaler.page.goto("/selling/accounts/new")
    wholesaler.look()

    newcomer = somebody(language)
    mail = newcomer.page.get_by_role("article").filter(has_text=newcomer_email)
    deadline = time.monotonic() + WAIT_FOR_MAIL_SECONDS
    newcomer.page.goto("/dev/mail/")
    while mail.count() == 0 and time.monotonic() < deadline:
        time.sleep(0.5)
        newcomer.page.reload()
    expect(mail).to_contain_text(brand)
    newcomer.look()
    newcomer.forget_clicks()
    mail.get_by_role("link").filter(has_text="/invitation").click()
    expect(newcomer.page.locator(".public-brand")).to_have_text(brand)
    newcomer.look()
    expect(newcomer.field("Your name")).to_have_value("Antje Probst")
    newcomer.field("Choose a password").fill("drei Hobel am Dienstag")
    newcomer.click("Accept the invitation")
    newcomer.page.wait_for_url("**/buying/")
    assert newcomer.clicks <= 2
    expect(newcomer.page.locator(".bar-brand")).to_have_text(brand)
    expect(newcomer.page.get_by_role("navigation", name=newcomer.says("Main navigation"))).to_contain_text(shop_name)
    newcomer.look()

    a_passkey_is_set_up_and_signs_in(newcomer, newcomer_email, slug)


def a_passkey_is_set_up_and_signs_in(newcomer: Person, newcomer_email: str, slug: str) -> None:
    """Two clicks and the codes; from then on one click, or the password and the passkey."""
    give_device(newcomer)
    newcomer.page.goto("/your-account/")
    newcomer.forget_clicks()
    newcomer.page.get_by_role("link", name=newcomer.says("Set up a passkey")).first.click()
    newcomer.look()
    newcomer.click("Set it up")
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text(newcomer.says("Your recovery codes"))
    expect(newcomer.page.locator(".recovery-codes li")).to_have_count(10)
    newcomer.look()
    newcomer.page.get_by_role("link", name=newcomer.says("I have kept them")).click()
    expect(newcomer.page.get_by_text(newcomer.says("Passkey"), exact=True)).to_be_visible()
    assert newcomer.clicks <= 3
    newcomer.look()
    newcomer.context.clear_cookies()
    newcomer.page.goto(f"/w/{slug}/")
    newcomer.look()
    newcomer.forget_clicks()
    newcomer.click("Sign in with a passkey")
    newcomer.page.wait_for_url("**/buying/")
    newcomer.page.context.clear_cookies()
    newcomer.page.goto(f"/w/{slug}/")
    newcomer.field("E-mail address").fill(newcomer_email)
    newcomer.field("Password").fill("drei Hobel am Dienstag")
    newcomer.click("Sign in")
    newcomer.look()
    newcomer.click("Use a passkey")
    newcomer.page.wait_for_url("**/buying/")


def give_device(person: Person) -> None:
    """Let the browser have a device that knows its owner and keeps passkeys, as a laptop with a fingerprint reader."""
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
