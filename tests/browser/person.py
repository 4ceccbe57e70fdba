"""Somebody at a browser: signs in, reads labels in its own language, has its clicks counted and every page checked."""

from __future__ import annotations

import gettext
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, Response

from tests.soak import FULL

AXE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOCALES: Final = {"de": "de-DE", "en": "en-GB"}
DESK: Final = (1440, 900)
PHONE: Final = (390, 844)
PASSWORDS: Final = {
    "manufacturer@kontor.example": "kontor-demo-manufacturer",
    "wholesaler@kontor.example": "kontor-demo-wholesaler",
    "wholesaler.en@kontor.example": "kontor-demo-wholesaler",
    "einkauf@ostermoor.example": "kontor-demo-wholesaler",
    "retailer@kontor.example": "kontor-demo-retailer",
    "retailer.en@kontor.example": "kontor-demo-retailer",
}
OWN_LANGUAGES: Final = {"wholesaler.en@kontor.example": "en", "retailer.en@kontor.example": "en"}
"""What a login reads while nothing else was chosen in the browser; all others read German."""
# A click of the mouse has a count in `detail`; what Enter in a field sets off has none and is no click.
_COUNT_CLICKS: Final = """addEventListener('click', (event) => {
  if (event.isTrusted && event.detail) sessionStorage.setItem('clicks', 1 + Number(sessionStorage.getItem('clicks')));
}, true);"""

MOST_TABS: Final = 300
_SHOWS_FOCUS: Final = """(element) => {
  const style = getComputedStyle(element);
  return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
}"""

_PASTE: Final = """(text) => {
  const data = new DataTransfer(); data.setData('text/plain', text);
  const box = document.activeElement;
  box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""

# Details only of what is wrong: half the time on a page of many rows.
_RUN_AXE: Final = "(tags) => axe.run(document, {runOnly: tags, resultTypes: ['violations'], preload: false})"


class Person:
    """A browser of its own (no cookie is shared) in one language."""

    def __init__(self, chromium: Browser, address: str, instance: Path, language: str, *, script: bool = True) -> None:
        """Open the browser; nothing is visited yet."""
        self.context = chromium.new_context(
            locale=LOCALES[language],
            base_url=address,
            viewport={"width": DESK[0], "height": DESK[1]},
            java_script_enabled=script,
        )
        self.context.add_init_script(_COUNT_CLICKS)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.language = language
        self.has_script = script
        self.complaints: list[str] = []
        """What the browser, axe or the server had to say against a page."""
        self.expected_statuses = {HTTPStatus.CONFLICT}
        """Refusals that belong to the journey: 409 asks about changed prices."""
        self.looked_at: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("response", self._answered)
        compiled = instance / "translations"
        folders = sorted(compiled.iterdir(), key=lambda folder: folder.stat().st_mtime)
        self._texts = gettext.translation("messages", folders[-1], [language], fallback=language == "en")

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(f"{self.page.url}: {text}")

    def _answered(self, response: Response) -> None:
        if response.status >= HTTPStatus.BAD_REQUEST and response.status not in self.expected_statuses:
            self.complaints.append(f"{response.url}: status {response.status}")

    def says(self, text: str, **values: object) -> str:
        """Give a text of the portal in this person's language."""
        found = self._texts.gettext(text)
        return found % values if values else found

    def sign_in(self, email: str, slug: str) -> None:
        """Sign in on a branded page; clicks are counted from here on.

        Who reads another language than the login's own chooses it first, in this browser.
        """
        self.page.goto(f"/w/{slug}/")
        if OWN_LANGUAGES.get(email, "de") != self.language:
            self.choose_language(self.language)
        self.field("E-mail address").fill(email)
        self.field("Password").fill(PASSWORDS[email])
        self.click("Sign in")
        self.page.wait_for_url(lambda url: "/w/" not in url)
        self.forget_clicks()

    def choose_language(self, language: str) -> None:
        """Press the language button in the head of the page."""
        button = self.page.locator(f"button[name=language][value={language}]")
        self.page.locator("details", has=button).locator("summary").click()
        with self.page.expect_navigation():
            button.click()

    def visit(self, path: str, status: int = HTTPStatus.OK) -> None:
        """Open a page, which answers with this status, and look at it."""
        self.expected_statuses = {HTTPStatus.CONFLICT, HTTPStatus(status)}
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        self.look()

    def forget_clicks(self) -> None:
        """Count from here on."""
        if self.has_script:
            self.page.evaluate("sessionStorage.removeItem('clicks')")

    @property
    def clicks(self) -> int:
        """How often the mouse was pressed since counting began."""
        return int(self.page.evaluate("Number(sessionStorage.getItem('clicks'))"))

    def field(self, label: str) -> Locator:
        """Give the fields of this English label, whether they are optional or not."""
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(self.says(label))}\s*(\(|$)"))

    def click(self, label: str) -> None:
        """Press the button of this English name, as it is called in this person's language."""
        self.page.get_by_role("button", name=self.says(label), exact=True).click()

    def go(self, label: str) -> None:
        """Choose an entry of the navigation; its page's scripts listen when this returns."""
        navigation = self.page.get_by_role("navigation", name=self.says("Main navigation"))
        with self.page.expect_navigation():
            navigation.get_by_role("link", name=self.says(label)).first.click()

    def paste(self, text: str) -> None:
        """Paste a text where the focus is, as soon as the page's scripts listen."""
        self.page.wait_for_load_state("load")
        self.page.evaluate(_PASTE, text)

    def tab_to(self, target: Locator) -> None:
        """Move the focus there by the Tab key alone; it has to be seen where it is."""
        for _ in range(MOST_TABS):
            if target.evaluate("element => element === document.activeElement"):
                assert target.evaluate(_SHOWS_FOCUS), f"{target} does not show that it has the focus"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by {MOST_TABS} times Tab")

    def empty_basket(self) -> None:
        """Begin with nothing in the basket."""
        self.page.goto("/buying/basket")
        if self.page.locator("[data-row]").count():
            token = self.page.locator("[name=csrf_token]").first.input_value()
            headers = {"Referer": self.page.url}
            self.page.request.post("/buying/basket/empty", form={"csrf_token": token}, headers=headers)

    def look(self) -> None:
        """Look at the page on a phone, and on a desk: axe finds nothing, nothing is wider than the screen."""
        if self.has_script:
            self._look_at(self.page)
        else:
            # axe itself waits for timers, which never ring in a page without script: it looks at the same page in a
            # browser that runs scripts, and gets none of ours.
            state = self.context.storage_state()
            browser = self.context.browser
            assert browser is not None
            with browser.new_context(locale=LOCALES[self.language], storage_state=state) as context:
                context.route("**/*.js*", lambda route: route.abort())
                page = context.new_page()
                page.goto(self.page.url)
                self._look_at(page)

    def _look_at(self, page: Page) -> None:
        path = page.url.split("/", 3)[-1]
        # Words are longer in German, which is looked at on both; English on a desk is left to the soak.
        on_desk = FULL or self.language == "de"
        for width, height in (PHONE, DESK) if on_desk else (PHONE,):
            page.set_viewport_size({"width": width, "height": height})
            if not page.evaluate("'axe' in window"):
                page.evaluate(AXE)
            found = page.evaluate(_RUN_AXE, TAGS)
            for violation in found["violations"]:
                places = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                self.complaints.append(f"/{path} at {width}: {violation['id']}: {places}")
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                self.complaints.append(f"/{path} at {width}: {wide} wide")
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        self.looked_at.append(path)
