"""The frame around every page: what templates know as `shell`.

The kernel's and the features' parts come in through `ShellSources`, plain callables set once at start, because this
package may not import the features. Everything is computed on first use: a fragment that shows no frame pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from flask import current_app, g, has_request_context, request
from flask_babel import get_locale, gettext, lazy_gettext
from werkzeug.local import LocalProxy
from werkzeug.routing import BuildError

from portal.web.addresses import address_of
from portal.web.assets import register_assets
from portal.web.formatting import register_filters
from portal.web.navigation import NavigationEntry, navigation
from tenants.permissions import Capacity
from tenants.principal import Principal

if TYPE_CHECKING:
    from flask import Flask

LANGUAGES = (("de", "Deutsch"), ("en", "English"))
THEMES = ("light", "dark")
THEME_COOKIE = "theme"
_MOST_COLUMNS = 256
"""Navigation columns that are kept: capacities, roles and languages make a dozen."""

CAPACITY_LABELS = {
    Capacity.SELLER: lazy_gettext("Selling"),
    Capacity.BUYER: lazy_gettext("Buying"),
    Capacity.BRAND_OWNER: lazy_gettext("Brand and channel"),
}
CAPACITY_ICONS = {Capacity.SELLER: "shop", Capacity.BUYER: "basket", Capacity.BRAND_OWNER: "network"}


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose name the pages bear; without a slug it is Kontor itself."""

    name: str = "Kontor"
    slug: str | None = None
    logo_url: str | None = None
    css_url: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What the bar tells of the basket: lines, net total and where it is."""

    count: int
    total: Decimal
    currency: str
    url: str
    before_promotions: bool = False
    """Promotions may make the total smaller."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What the bar tells of a person's messages: how many are unread, at most 100 counted, and where they are."""

    count: int
    url: str


@dataclass(frozen=True, slots=True)
class OrganisationChoice:
    """One organisation in one capacity that the person may work for; `key` is what the switch form posts."""

    key: str
    name: str
    capacity: Capacity
    current: bool = False

    @property
    def capacity_label(self) -> str:
        """The capacity in the reader's language."""
        return str(CAPACITY_LABELS[self.capacity])

    @property
    def icon(self) -> str:
        """The drawing that stands for the capacity."""
        return CAPACITY_ICONS[self.capacity]


class NavigationItem(NamedTuple):
    """An entry as the column shows it."""

    label: str
    url: str
    icon: str
    active: bool
    badge: int | None


class NavigationGroup(NamedTuple):
    """Entries under one label; the first group may have none."""

    label: str
    entries: list[NavigationItem]


class Language(NamedTuple):
    """A language to choose, named in itself."""

    code: str
    name: str
    current: bool


class MenuEntry(NamedTuple):
    """A link of the account menu."""

    label: str
    url: str
    icon: str


def no_principal() -> Principal | None:
    """Nobody is signed in."""
    return None


@dataclass(slots=True)
class ShellSources:
    """Where the shell's parts come from; `portal.application` and the features replace the defaults."""

    principal: Callable[[], Principal | None] = no_principal
    organisations: Callable[[Principal], Sequence[OrganisationChoice]] = lambda _principal: ()
    basket: Callable[[Principal], Basket | None] = lambda _principal: None
    inbox: Callable[[Principal], Inbox | None] = lambda _principal: None
    brand: Callable[[Principal | None], Brand] = lambda _principal: Brand()
    endpoints: dict[str, str] = field(
        default_factory=lambda: {
            "home": "home.show",
            "sign_in": "sign_in.show",
            "sign_out": "sign_in.leave",
            "switch": "sign_in.switch",
            "language": "sign_in.language",
            "theme": "sign_in.theme",
        }
    )
    search: dict[Capacity, tuple[str, Any]] = field(default_factory=dict)
    """Capacity → (endpoint taking `q`, label of the search box)."""
    account_menu: list[tuple[Any, str, str]] = field(default_factory=list)
    """(label, endpoint, icon)."""


class Shell:
    """What templates know of the frame, each part computed on first use."""

    def __init__(self, sources: ShellSources) -> None:
        self._sources = sources

    @cached_property
    def principal(self) -> Principal | None:
        """Who acts, or None before sign-in."""
        return self._sources.principal()

    @cached_property
    def brand(self) -> Brand:
        """Whose name the page bears."""
        return self._sources.brand(self.principal)

    @cached_property
    def organisations(self) -> Sequence[OrganisationChoice]:
        """Whom the person may work for."""
        return self._sources.organisations(self.principal) if self.principal else ()

    @cached_property
    def basket(self) -> Basket | None:
        """The basket, for those who buy."""
        return self._sources.basket(self.principal) if self.principal else None

    @cached_property
    def inbox(self) -> Inbox | None:
        """The messages of the person."""
        return self._sources.inbox(self.principal) if self.principal else None

    @property
    def capacity_label(self) -> str:
        """What the organisation does at the moment, and from whom it buys."""
        if self.principal is None:
            return ""
        if self.principal.capacity is Capacity.BUYER and self.principal.seller_name:
            return str(gettext("Buying from %(seller)s", seller=self.principal.seller_name))
        return str(CAPACITY_LABELS[self.principal.capacity])

    @cached_property
    def navigation(self) -> list[NavigationGroup]:
        """The left column of this principal, in order; an entry without a route stays away."""
        if self.principal is None:
            return []
        groups: dict[str, NavigationGroup] = {}
        lines = self._lines(self.principal)
        here = self._current_endpoint({entry: url for entry, url, _, _ in lines})
        for entry, url, group, label in lines:
            badge = entry.badge(self.principal) if entry.badge else None
            item = NavigationItem(label, url, entry.icon, entry.endpoint == here, badge or None)
            groups.setdefault(group, NavigationGroup(group, [])).entries.append(item)
        return list(groups.values())

    def _lines(self, principal: Principal) -> list[tuple[NavigationEntry, str, str, str]]:
        """Give entry, address, group and label in the reader's words; kept, as they are the same for all of a role."""
        known: dict[Any, list[tuple[NavigationEntry, str, str, str]]] = current_app.extensions["navigation_lines"]
        key = (principal.capacity, principal.permissions, self.locale, request.script_root)
        lines = known.get(key)
        if lines is None:
            entries = ((entry, self._url(entry.endpoint)) for entry in navigation.entries_for(principal))
            lines = [(entry, url, str(entry.group or ""), str(entry.label)) for entry, url in entries if url]
            if len(known) < _MOST_COLUMNS:
                known[key] = lines
        return lines

    @cached_property
    def locale(self) -> str:
        """The language of the page, for `lang`."""
        return str(get_locale() or "en").replace("_", "-")

    @cached_property
    def languages(self) -> list[Language]:
        """Languages to choose from."""
        return [Language(code, name, self.locale.startswith(code)) for code, name in LANGUAGES]

    @property
    def language_name(self) -> str:
        """The language of the page, named in itself."""
        return next((language.name for language in self.languages if language.current), self.locale)

    @property
    def theme(self) -> str:
        """The chosen theme, or nothing to follow the device."""
        chosen = request.cookies.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def here(self) -> str:
        """The path of this page with its query, for forms that come back to it; from an error page, the home page.

        A page that is not there must not tell by its own address whether something foreign stands at it.
        """
        if "error_status" in g:
            return "/"
        return request.full_path.removesuffix("?")

    @cached_property
    def search_url(self) -> str:
        """Where the search box of the bar leads, or nothing."""
        search = self._sources.search.get(self.principal.capacity) if self.principal else None
        return self._url(search[0]) if search else ""

    @property
    def search_label(self) -> str:
        """What the search box finds."""
        search = self._sources.search.get(self.principal.capacity) if self.principal else None
        return str(search[1]) if search else gettext("Search")

    @property
    def search_query(self) -> str:
        """What was searched for, on the search's own page."""
        return request.args.get("q", "") if self.search_url and request.path == self.search_url else ""

    @property
    def account_menu(self) -> list[MenuEntry]:
        """Links of the account menu that lead somewhere."""
        entries = (MenuEntry(str(label), self._url(end), icon) for label, end, icon in self._sources.account_menu)
        return [entry for entry in entries if entry.url]

    @property
    def home_url(self) -> str:
        """The home page."""
        return self._endpoint_url("home") or "/"

    @property
    def sign_in_url(self) -> str:
        """Where to sign in."""
        return self._endpoint_url("sign_in") or "/"

    @property
    def sign_out_url(self) -> str:
        """Where signing out posts to."""
        return self._endpoint_url("sign_out")

    @property
    def switch_url(self) -> str:
        """Where the organisation switcher posts `choice` to."""
        return self._endpoint_url("switch")

    @property
    def language_url(self) -> str:
        """Where the language menu posts `language` and `next` to."""
        return self._endpoint_url("language")

    @property
    def theme_url(self) -> str:
        """Where the theme button posts `theme` and `next` to."""
        return self._endpoint_url("theme")

    def _endpoint_url(self, name: str) -> str:
        return self._url(self._sources.endpoints.get(name, ""))

    @staticmethod
    def _url(endpoint: str) -> str:
        try:
            return address_of(endpoint) if endpoint else ""
        except BuildError:
            return ""

    @staticmethod
    def _current_endpoint(urls: dict[NavigationEntry, str]) -> str:
        """The entry of this page, the one that covers it, or the one whose address lies closest above it.

        The home page, which stands in no group, lies above every page of its capacity and is no entry of theirs.
        """
        for entry in urls:
            if request.endpoint == entry.endpoint or request.blueprint in entry.covers:
                return entry.endpoint
        above = [
            entry
            for entry, url in urls.items()
            if entry.group is not None and request.path.startswith(url.rstrip("/") + "/")
        ]
        return max(above, key=lambda entry: len(urls[entry])).endpoint if above else ""


def register_shell(app: Flask) -> ShellSources:
    """Give templates `shell`, the filters, `asset()` and `here_with()`; return the sources to be filled in."""
    sources = ShellSources()
    app.extensions["shell"] = sources
    app.extensions["navigation_lines"] = {}
    register_filters(app)
    register_assets(app)
    app.add_template_global(here_with, "here_with")
    app.add_template_global(LocalProxy(current_shell), "shell")
    app.context_processor(lambda: {"shell": current_shell()})
    return sources


def shell_sources() -> ShellSources:
    """The running application's sources, for features that supply a part (the basket)."""
    sources: ShellSources = current_app.extensions["shell"]
    return sources


def current_shell() -> Shell:
    """The shell of this request; mails and documents made by the worker get one of their own."""
    if not has_request_context():
        return Shell(shell_sources())
    shell: Shell = request.environ.setdefault("kontor.shell", Shell(shell_sources()))
    return shell


def here_with(changes: dict[str, str | None]) -> str:
    """Give this page's address with some query parameters replaced (None removes one), the others kept."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changes and value]
    new = [(name, value) for name, value in changes.items() if value is not None]
    query = urlencode(kept + new)
    return f"{request.path}?{query}" if query else request.path
