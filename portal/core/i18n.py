"""German and English: which one a reader gets, and the translations of all features as one catalogue.

Each feature keeps its German texts in `portal/translations/de/LC_MESSAGES/<feature>.po`; they are merged and compiled
into the instance folder when the application starts and one of them has changed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import SimpleNamespace

import flask_babel
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request, session
from flask.globals import _cv_app
from flask_babel import Babel

from portal.core.config import PROJECT_FOLDER, Settings

SOURCES = PROJECT_FOLDER / "portal" / "translations"
LOCALES = ("en", "de")
DEFAULT_LANGUAGE = "en"
LANGUAGE_KEY = "language"
"""What was chosen in this browser, in the cookie: the language button wins over everything."""
OWN_LANGUAGE_KEY = "own_language"
"""The language of whoever signed in last, in the cookie: also for pages that never ask who it is."""


class ReaderLocale(Locale):
    """A locale that knows its hash: a page finds a hundred kept texts and amounts by it, and Babel works it out each time."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._hash = super().__hash__()

    def __hash__(self) -> int:
        """Give what Babel gives."""
        return self._hash


_LOCALES = {language: ReaderLocale(language) for language in LOCALES}
"""The same object for every request, so that what is kept for a language is found by it at once."""


def register_languages(app: Flask) -> None:
    """Set up translations; who gets which language, `reader_locale` tells."""
    settings: Settings = app.extensions["settings"]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compiled_translations(settings.instance / "translations"))
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    Babel(app, locale_selector=lambda: _LOCALES[reader_locale()], timezone_selector=_reader_time_zone)
    # A page asks a thousand times in which language it is; through the library's own way that is a tenth of its time.
    flask_babel._get_current_context = _translation_context  # noqa: SLF001 - it offers no other way in


def _translation_context() -> SimpleNamespace | None:
    """Give what flask_babel keeps for the request or job, None outside of one: as its own function does, in one step."""
    context = _cv_app.get(None)
    if context is None:
        return None
    kept = context.g.__dict__
    known: SimpleNamespace | None = kept.get("_flask_babel")
    if known is None:
        known = kept["_flask_babel"] = SimpleNamespace()
    return known


def reader_locale() -> str:
    """Give the language for this reader: `de` or `en`.

    What was chosen in this browser, then the person's own (while it chose none: its organisation's, as noted at
    sign-in); before that what the browser asks for, then the language of the organisation whose page it is.
    """
    if not has_request_context():
        return DEFAULT_LANGUAGE
    person = g.get("person")
    for tag in (session.get(LANGUAGE_KEY), getattr(person, "locale", None), session.get(OWN_LANGUAGE_KEY)):
        if tag and tag[:2] in LOCALES:
            return str(tag[:2])
    brand = g.get("brand")
    return request.accept_languages.best_match(LOCALES) or offered_language(getattr(brand, "locale", None))


def offered_language(tag: str | None) -> str:
    """Give the portal's language for that of an organisation or person (`de`, `de-AT`, `fr`); English for all others."""
    language = (tag or "")[:2]
    return language if language in LOCALES else DEFAULT_LANGUAGE


def _reader_time_zone() -> str | None:
    principal = g.get("principal") if has_request_context() else None
    return principal.time_zone if principal else None


def compiled_translations(folder: Path) -> Path:
    """Give the folder that holds the compiled catalogues of the sources as they are now."""
    sources = sorted(SOURCES.glob("*/LC_MESSAGES/*.po"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    target = folder / digest.hexdigest()[:16]
    for locale in {source.parent.parent.name for source in sources}:
        compiled = target / locale / "LC_MESSAGES" / "messages.mo"
        if not compiled.exists():
            _compile([source for source in sources if source.parent.parent.name == locale], locale, compiled)
    target.mkdir(parents=True, exist_ok=True)
    return target


def merge_catalogues(sources: list[Path], locale: str) -> Catalog:
    """Give one catalogue of all features' texts; a text that several translate alike stands once.

    Raises:
        ValueError: two features translate the same text differently.
    """
    merged = Catalog(locale=locale)
    for source in sources:
        with source.open("rb") as handle:
            catalogue = read_po(handle, locale=locale, abort_invalid=True)
        for message in catalogue:
            if not message.id or not message.string or message.fuzzy:
                continue
            known = merged.get(message.id, context=message.context)
            if known is not None and known.string != message.string:
                raise ValueError(f"{source.name}: {message.id!r} is translated differently elsewhere")
            merged.add(message.id, message.string, context=message.context, flags=message.flags)
    return merged


def _compile(sources: list[Path], locale: str, compiled: Path) -> None:
    compiled.parent.mkdir(parents=True, exist_ok=True)
    draft = compiled.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as handle:
        write_mo(handle, merge_catalogues(sources, locale))
    draft.replace(compiled)
