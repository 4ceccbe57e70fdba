"""Gather the texts of code and templates and keep the translations complete: `python -m deploy.messages [--check]`.

A new text is added, untranslated, to the file of the feature that uses it first; a text nobody uses any more is
removed. With `--check` nothing is written: exit status 1 and a list when a text lacks its translation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from portal.core.config import PROJECT_FOLDER
from portal.core.i18n import SOURCES

KEYWORDS = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None,
    "_n": (1, 2), "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
}  # fmt: skip
TRANSLATED = ("de",)  # English texts are their own keys.

Key = tuple[str | None, str | tuple[str, ...]]


def main(arguments: list[str]) -> int:
    """Renew or check the translations and give the exit status."""
    used = used_texts()
    lacking: list[str] = []
    for locale in TRANSLATED:
        catalogues = _catalogues(locale)
        if "--check" not in arguments:
            renew(used, catalogues, locale)
        lacking += [f"{locale}: {feature}: {text!r}" for feature, text in untranslated(used, catalogues)]
    for line in lacking:
        print(line, file=sys.stderr)
    return 1 if lacking and "--check" in arguments else 0


def used_texts() -> dict[Key, str]:
    """Give every text that is shown, with the feature that uses it first."""
    used: dict[Key, str] = {}
    for folder, method in (("portal", "python"), ("tenants", "python"), ("templates", "jinja2")):
        for path in sorted((PROJECT_FOLDER / folder).rglob("*.py" if method == "python" else "*.*")):
            parts = path.relative_to(PROJECT_FOLDER).parts
            feature = folder if folder == "tenants" or len(parts) == 2 else parts[1]  # noqa: PLR2004 - folder and file
            for key in _texts(path, method):
                used.setdefault(key, feature)
    return used


def untranslated(used: dict[Key, str], catalogues: dict[str, Catalog]) -> list[tuple[str, str | tuple[str, ...]]]:
    """Give (feature, text) of each text that no feature translates."""
    translated = {
        key for catalogue in catalogues.values() for key, message in _messages(catalogue) if _is_complete(message)
    }
    return [(feature, key[1]) for key, feature in used.items() if key not in translated]


def renew(used: dict[Key, str], catalogues: dict[str, Catalog], locale: str) -> None:
    """Write the catalogues anew: with the texts that are new, without those that have gone."""
    known = {key for catalogue in catalogues.values() for key, _ in _messages(catalogue)}
    for key, feature in used.items():
        if key not in known:
            context, text = key
            catalogues.setdefault(feature, Catalog(locale=locale)).add(text, context=context)
    for feature, catalogue in catalogues.items():
        for (context, text), _ in _messages(catalogue):
            if (context, text) not in used:
                catalogue.delete(text if isinstance(text, str) else text[0], context)
        target = SOURCES / locale / "LC_MESSAGES" / f"{feature}.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, omit_header=False, ignore_obsolete=True)


def _texts(path: Path, method: str) -> Iterator[Key]:
    options = {"trimmed": "true", "silent": "false"}
    for _, text, _, context in extract_from_file(method, path, keywords=KEYWORDS, options=options):
        yield context, text


def _catalogues(locale: str) -> dict[str, Catalog]:
    catalogues = {}
    for path in sorted((SOURCES / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            catalogues[path.stem] = read_po(file, locale=locale, abort_invalid=True)
    return catalogues


def _messages(catalogue: Catalog) -> list[tuple[Key, Message]]:
    return [
        ((message.context, message.id if isinstance(message.id, str) else tuple(message.id)), message)
        for message in catalogue
        if message.id
    ]


def _is_complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return bool(strings) and all(strings) and not message.fuzzy


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
