"""What the log says of an act, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.accounts.audit_words import action_label, changed_facts

NOTED: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]] = [
    (
        "order.shipped",
        None,
        {
            "shipment_number": "X-1-1",
            "lines": [{"line": number, "quantity": "1500.000"} for number in range(1, 8)],
            "whole": False,
        },
    ),
    ("order.placed", None, {"lines": 2, "total": "1284.30", "currency": "EUR"}),
    (
        "price_entries.changed",
        {
            "currency": "EUR",
            "entries": [
                ["10-1", "1", None, None, "60.1500"],
                ["10-2", "6", None, None, "2"],
                ["10-3", "1", "2026-12-01", None, "5"],
            ],
        },
        {
            "currency": "EUR",
            "entries": [["10-1", "1", None, None, "61.5"], ["10-3", "1", "2026-12-01", "2027-01-01", "5"]],
        },
    ),
    (
        "account.terms_changed",
        {"credit_limit": None, "price_group": "A", "payment_terms_days": 14, "currency": "EUR"},
        {"credit_limit": "7000", "price_group": "A", "payment_terms_days": 30, "currency": "EUR"},
    ),
    ("person.role_changed", {"role": "buyer"}, {"role": "admin"}),
    ("account.stopped", {"state": "active"}, {"state": "stopped"}),
    (
        "organisation.address_changed",
        {"country": "DE", "locale": "de", "vat_id": ""},
        {"country": "AT", "locale": "en", "vat_id": "ATU12345678"},
    ),
    (
        "price_list.created",
        None,
        {"name": "", "currency": "EUR", "valid_from": "2026-12-01", "adjustment_percent": "-10.00", "active": True},
    ),
    ("article.listed", None, {"min_quantity": "12", "backorder": "allow", "status": "active"}),
    ("sharing_agreement.withdrawn", {"grants": ["units", "value"]}, {"version": 2, "withdrawn_on": "2026-11-30"}),
    ("channel.loaded", None, {"price_entries.csv.gz": 12000, "pictures": 1}),
    ("product.changed", {"attributes": {"length_mm": 1200}}, {"attributes": {"length_mm": 1300}}),
]

SAID = {
    "en": [
        (
            "Order shipped | Delivery number: X-1-1 | Lines: 1: 1,500; 2: 1,500; 3: 1,500; 4: 1,500; 5: 1,500 and 2 more"
            " | Whole order: no"
        ),
        "Order placed | Lines: 2 | Total: €1,284.30",
        (
            "Prices of a list changed | Prices: 10-1 (1): €60.15 → €61.50;"
            " 10-3 (1, 1 Dec 2026): €5.00 (open end) → €5.00 (before 1 Jan 2027); 10-2 (6): €2.00 → –"
        ),
        "Terms changed | Credit limit: – → €7,000.00 | Payment terms: 14 days → 30 days",
        "Role changed | Role: Buyer → Administrator",
        "Ordering stopped for an account | Status: Active → Ordering stopped",
        "Address changed | Country: Germany → Austria | Language: Deutsch → English | VAT number: – → ATU12345678",
        "Price list created | Currency: EUR | Valid from: 1 Dec 2026 | Percent on top: −10% | In use: yes",
        "Article listed | Smallest order: 12 | More than the stock: can be ordered and follows later | Status: active",
        "Sharing agreement withdrawn | Version: 2 | Withdrawn on: 30 Nov 2026 | Grants: Units; Value → –",
        "Channel folder loaded | Prices: 12,000 | Pictures: 1",
        "Product changed | Attributes: length mm: 1,200 → length mm: 1,300",
    ],
    "de": [
        (
            "Bestellung versandt | Liefernummer: X-1-1 | Positionen: 1: 1.500; 2: 1.500; 3: 1.500; 4: 1.500; 5: 1.500"
            " und 2 weitere | Ganze Bestellung: nein"
        ),
        "Bestellung aufgegeben | Positionen: 2 | Summe: 1.284,30 €",
        (
            "Preise einer Liste geändert | Preise: 10-1 (1): 60,15 € → 61,50 €;"
            " 10-3 (1, 01.12.2026): 5,00 € (ohne Ende) → 5,00 € (vor dem 01.01.2027); 10-2 (6): 2,00 € → –"
        ),
        "Konditionen geändert | Kreditlimit: – → 7.000,00 € | Zahlungsziel: 14 Tage → 30 Tage",
        "Rolle geändert | Rolle: Einkauf → Administration",
        "Bestellungen eines Kunden gesperrt | Status: Aktiv → Bestellsperre",
        "Adresse geändert | Land: Deutschland → Österreich | Sprache: Deutsch → English | USt-IdNr.: – → ATU12345678",
        "Preisliste angelegt | Währung: EUR | Gültig ab: 01.12.2026 | Prozent dazu: −10 % | In Gebrauch: ja",
        (
            "Artikel gelistet | Mindestmenge: 12 | Mehr als der Bestand: kann bestellt werden und folgt später"
            " | Status: aktiv"
        ),
        "Vereinbarung zur Datenfreigabe widerrufen | Fassung: 2 | Widerrufen am: 30.11.2026 | Freigaben: Stück; Wert → –",
        "Kanalordner eingelesen | Preise: 12.000 | Bilder: 1",
        "Produkt geändert | Merkmale: length mm: 1.200 → length mm: 1.300",
    ],
}


@pytest.mark.parametrize("language", ["en_GB", "de"])
def test_an_entry_is_told_in_words_numbers_and_days_of_the_reader(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        told = [
            " | ".join([action_label(action), *(f"{label}: {text}" for label, text in changed_facts(before, after))])
            for action, before, after in NOTED
        ]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in told] == SAID[language[:2]]


def test_what_an_older_entry_does_not_tell_is_not_guessed(app: Flask) -> None:
    with app.test_request_context(), force_locale("en_GB"):
        assert dict(changed_facts(None, {"total": "1284.3", "odd_fact": "x"})) == {"Total": "1,284.3", "odd fact": "x"}
