"""Order lines as people type, paste, scan and upload them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.ordering.rules.codes import CodeGuess, CodeMatch, GuessKind, guess_codes, match_code
from portal.ordering.rules.reading import read_table, read_text

D = Decimal


@pytest.mark.parametrize(
    ("text", "locale", "code", "quantity", "unit"),
    [
        ("A-100 2", "de", "A-100", "2", None),
        ("A-100\t2", "de", "A-100", "2", None),
        ("A-100;2", "de", "A-100", "2", None),
        ("A-100,2", "de", "A-100", "2", None),
        ("A-100 2,5", "de", "A-100", "2.5", None),
        ("A-100;2,5", "de", "A-100", "2.5", None),
        ("A-100 1.000", "de", "A-100", "1000", None),
        ("A-100 2.5", "en", "A-100", "2.5", None),
        ("A-100 1,000", "en", "A-100", "1000", None),
        ('A-100,"1,000"', "en", "A-100", "1000", None),
        ("A-100 2 cases", "en", "A-100", "2", "cases"),
        ("A-100 2 Karton", "de", "A-100", "2", "Karton"),
        ("A-100 2 VE", "de", "A-100", "2", "VE"),
        ("A-100 2 6er", "de", "A-100", "2", "6er"),
        ("A-100;2 Stk.", "de", "A-100", "2", "Stk."),
        ("A-100;2;Karton", "de", "A-100", "2", "Karton"),
        ("A-100\tHammer, groß\t2\tPalette", "de", "A-100", "2", "Palette"),
        ("4711,2 cases", "en", "4711", "2", "cases"),
        ("2 x 123", "de", "123", "2", None),
        ("2 × A-100", "de", "A-100", "2", None),
        ("2x A-100", "de", "A-100", "2", None),
        ("A-100 x 2", "de", "A-100", "2", None),
        ("A-100 x2", "de", "A-100", "2", None),
        ("2 Karton A-100", "de", "A-100", "2", "Karton"),
        ("12 4006381333931", "de", "4006381333931", "12", None),
        ("4006381333931 12", "de", "4006381333931", "12", None),
        ("12;4006381333931", "de", "4006381333931", "12", None),
        ("3;A-100", "de", "A-100", "3", None),
        ("- A-100: 5", "de", "A-100", "5", None),
        ("A-100 - 5", "de", "A-100", "5", None),
        ("Max 2", "de", "Max", "2", None),
        ("2x4 Bolt 5", "de", "2x4 Bolt", "5", None),
        ('"A;1";"2"', "de", "A;1", "2", None),
        ('3/4" pipe;5', "de", '3/4" pipe', "5", None),
        ('"3/4 pipe;5', "de", '"3/4 pipe', "5", None),
        ("'00123;4", "de", "00123", "4", None),
        ('="00123";4', "de", "00123", "4", None),
        ("\ufeffA-100\u00a0\u200b 2", "de", "A-100", "2", None),
    ],
)
def test_reads_code_quantity_and_unit(text: str, locale: str, code: str, quantity: str, unit: str | None) -> None:
    (line,) = read_text(text, locale).lines
    assert (line.code, line.quantity, line.unit, line.problem) == (code, D(quantity), unit, None)
    assert line.raw == text.removeprefix("\ufeff").replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "locale", "code", "problem"),
    [
        ("A-100 2.5", "de", "A-100", "quantity-unreadable"),
        ("A-100;2,50", "en", "A-100", "quantity-unreadable"),
        ("A-100;0", "de", "A-100", "quantity-not-positive"),
        ("A-100 -5", "de", "A-100", "quantity-not-positive"),
        ("A-100;0,0001", "de", "A-100", "quantity-too-precise"),
        ("A-100;999999999999", "de", "A-100", "quantity-too-large"),
        ("A-100;many", "en", "A-100", "quantity-missing"),
        ("A-100,2,5", "de", "A-100", "quantity-ambiguous"),
        ("A-100,1,000", "en", "A-100", "quantity-ambiguous"),
    ],
)
def test_a_row_that_cannot_be_read_stays_with_its_reason(text: str, locale: str, code: str, problem: str) -> None:
    (line,) = read_text(text, locale).lines
    assert (line.raw, line.code, line.quantity) == (text, code, None)
    assert line.problem is not None
    assert line.problem.value == problem


def test_a_quantity_without_a_code_is_kept_too() -> None:
    (line,) = read_text(";3", "de").lines
    assert (line.code, line.guesses, line.quantity, line.problem) == ("", (), D(3), "code-missing")


@pytest.mark.parametrize("text", ["4711", "A-100", "4006381333931", "Hammer groß", "A-100;"])
def test_a_lone_code_leaves_its_quantity_to_the_caller(text: str) -> None:
    (line,) = read_text(text, "de").lines
    assert (line.code, line.quantity, line.problem) == (text.rstrip(";"), None, None)


@pytest.mark.parametrize(
    ("text", "code", "quantity", "other_code", "other_quantity"),
    [
        ("3 4711", "3", "4711", "4711", "3"),
        ("4711;3", "4711", "3", "3", "4711"),
        ("123 x 2", "2", "123", "123", "2"),
        ("2x123", "123", "2", "2x123", None),
    ],
)
def test_two_numbers_are_read_both_ways(
    text: str, code: str, quantity: str, other_code: str, other_quantity: str | None
) -> None:
    (line,) = read_text(text, "de").lines
    assert (line.code, line.quantity) == (code, D(quantity))
    assert line.alternative is not None
    assert line.alternative.code == other_code
    assert line.alternative.quantity == (None if other_quantity is None else D(other_quantity))


def test_a_header_says_which_column_is_which() -> None:
    order = read_text(
        "Pos;Art.-Nr.;Artikel;EAN;Menge;ME\n1;0815;Säge;4006381333931;1.000;Karton\n2;;Leim;4006381333948;3", "de"
    )
    assert order.header_row == 1
    first, second = order.lines
    assert (first.row, first.code, first.quantity, first.unit) == (2, "0815", D(1000), "Karton")
    assert CodeGuess(GuessKind.EXACT, "4006381333931") in first.guesses
    assert (second.row, second.code, second.quantity, second.unit) == (3, "4006381333948", D(3), None)


def test_rows_under_a_header_without_quantity_are_kept_and_named() -> None:
    order = read_text("\ufeffarticle,quantity\nA1,2\n\nA2,\nA3,0\nTotal,,\nB7 4", "en")
    assert [(line.row, line.code, line.quantity, line.problem) for line in order.lines] == [
        (2, "A1", D(2), None),
        (4, "A2", None, "quantity-missing"),
        (5, "A3", None, "quantity-not-positive"),
        (6, "Total", None, "quantity-missing"),
        (7, "B7", D(4), None),
    ]


def test_a_header_of_codes_alone_and_a_title_above_one_are_understood() -> None:
    assert [(line.code, line.problem) for line in read_text("Artikelnummer\n4711\n4712", "de").lines] == [
        ("4711", None),
        ("4712", None),
    ]
    order = read_text("Bestellung März\nArtikel;Menge\nA1;2", "de")
    assert (order.header_row, [line.raw for line in order.lines]) == (2, ["Bestellung März", "A1;2"])


def test_numbers_of_rows_are_not_taken_for_codes() -> None:
    order = read_text("1;4711;Hammer;5\n2;4712;Säge;6", "de")
    assert [(line.code, line.quantity) for line in order.lines] == [("4711", D(5)), ("4712", D(6))]


def test_quoted_cells_may_hold_line_ends_and_a_declared_separator_is_no_row() -> None:
    order = read_text('sep=;\r\nA1;"Hammer\r\ngroß; rot";3\r\nA2;Säge;1\r\n', "de")
    assert [(line.row, line.code, line.quantity) for line in order.lines] == [(2, "A1", D(3)), (4, "A2", D(1))]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", ";;;\n,,", '""', "\ufeff"])
def test_blank_lines_are_no_rows(text: str) -> None:
    assert read_text(text, "de").lines == ()


def test_lines_of_several_forms_may_stand_together() -> None:
    order = read_text("A1\t2\nB2;3\n4 x C3\nD4 5 Karton\nE5", "de")
    assert [(line.code, line.quantity) for line in order.lines] == [
        ("A1", D(2)),
        ("B2", D(3)),
        ("C3", D(4)),
        ("D4", D(5)),
        ("E5", None),
    ]


def test_spreadsheet_rows_take_the_same_path_and_numbers_need_no_locale() -> None:
    table: list[list[object]] = [
        ["Article", "Qty"],
        ["00123", 2.0],
        [4006381333931.0, 2.5],
        [None, None],
        ["X", None],
        ["Z", 0.1 + 0.2],
        ["T", "2,5"],
    ]
    order = read_table(table, "de")
    assert [(line.row, line.code, line.quantity, line.problem) for line in order.lines] == [
        (2, "00123", D(2), None),
        (3, "4006381333931", D("2.5"), None),
        (5, "X", None, "quantity-missing"),
        (6, "Z", D("0.3"), None),
        (7, "T", D("2.5"), None),
    ]


@pytest.mark.parametrize(
    ("code", "guesses"),
    [
        ("A-1", [("exact", "A-1", "")]),
        ("a-1", [("exact", "a-1", ""), ("exact", "A-1", "")]),
        ("00123", [("exact", "00123", ""), ("stripped", "123", "")]),
        ("4711.0", [("exact", "4711.0", ""), ("exact", "4711", ""), ("stripped", "4711", "")]),
        (
            "4006381 333931",
            [
                ("exact", "4006381 333931", ""),
                ("exact", "4006381333931", ""),
                ("stripped", "4006381333931", ""),
                ("exact", "4006381", ""),
                ("stripped", "4006381", ""),
            ],
        ),
        ("4.006381333931E+12", [("exact", "4.006381333931E+12", ""), ("stripped", "4006381333931", "")]),
        (
            "1,23E+12",
            [("exact", "1,23E+12", ""), ("stripped", "1230000000000", ""), ("range", "1225000000000", "1235000000000")],
        ),
        (
            "1E+12",
            [
                ("exact", "1E+12", ""),
                ("stripped", "1000000000000", ""),
                ("range", "1000000000000", "1500000000000"),
                ("range", "950000000000", "999999999999"),
            ],
        ),
        ("1.5E+2", [("exact", "1.5E+2", ""), ("stripped", "150", ""), ("range", "145", "155")]),
        (
            "4711 Hammer",
            [
                ("exact", "4711 Hammer", ""),
                ("exact", "4711 HAMMER", ""),
                ("exact", "4711", ""),
                ("stripped", "4711", ""),
            ],
        ),
    ],
)
def test_guesses_what_a_code_stands_for(code: str, guesses: list[tuple[str, str, str]]) -> None:
    assert [(guess.kind.value, guess.text, guess.upper) for guess in guess_codes(code)] == guesses


def test_the_first_guess_that_finds_anything_decides() -> None:
    exact, stripped = guess_codes("00123")
    assert match_code([exact, stripped], {exact: [7], stripped: [8, 9]}) == CodeMatch(7)
    assert match_code([exact, stripped], {stripped: [9, 8, 9]}) == CodeMatch(None, (8, 9))
    assert match_code([exact, stripped], {}) == CodeMatch()
