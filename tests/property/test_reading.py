"""What holds of reading order lines whatever is pasted."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.ordering.rules.codes import GuessKind, clean_code, guess_codes
from portal.ordering.rules.reading import read_table, read_text

locales = st.sampled_from(["de", "en", "de_CH", "fr"])
pasted = st.text(st.sampled_from("\t;,\"' \n\r\ufeff0123456789.xX-+EABäß=:Karton|*\u00a0"), max_size=80)
cells = st.none() | st.text(max_size=12) | st.integers() | st.floats() | st.booleans() | st.dates()
codes = st.from_regex(r"[A-Z]{1,3}-[0-9]{1,6}", fullmatch=True)
quantities = st.decimals(min_value="0.001", max_value=99999, places=3)


def written(quantity: Decimal, locale: str) -> str:
    text = format(quantity.normalize(), "f")
    return text.replace(".", ",") if locale == "de" else text


@given(pasted | st.text(max_size=60), locales)
def test_nothing_is_dropped(text: str, locale: str) -> None:
    order = read_text(text, locale)
    kept = "".join(line.raw for line in order.lines)
    lines = text.splitlines()
    header = lines[order.header_row - 1] if order.header_row else ""
    if not text.lower().lstrip("\ufeff\u200b ").startswith("sep="):
        assert sum(character.isalnum() for character in kept + header) == sum(character.isalnum() for character in text)
    numbers = [line.row for line in order.lines]
    assert numbers == sorted(set(numbers))


@given(st.lists(st.lists(cells, max_size=5), max_size=6), locales)
def test_every_filled_row_of_a_file_is_read_or_is_the_header(table: list[list[object]], locale: str) -> None:
    order = read_table(table, locale)
    for line in order.lines:
        assert line.quantity is None or line.quantity > 0
        assert line.problem is None or line.quantity is None or line.code == ""
    for number, row in enumerate(table, start=1):
        if any(isinstance(cell, int) for cell in row) and number != order.header_row:
            assert number in [line.row for line in order.lines]


@given(
    st.lists(st.tuples(codes, quantities, st.sampled_from(["", "Karton", "VE", "pcs"])), min_size=1),
    st.sampled_from("\t; "),
    st.sampled_from(["de", "en"]),
)
def test_what_was_written_is_read_back(lines: list[tuple[str, Decimal, str]], delimiter: str, locale: str) -> None:
    text = "\n".join(delimiter.join([code, written(quantity, locale), unit]) for code, quantity, unit in lines)
    order = read_text(text, locale)
    assert [(line.code, line.quantity, line.unit or "") for line in order.lines] == lines
    assert all(line.problem is None for line in order.lines)


@given(st.integers(10**7, 10**14 - 1), st.integers(2, 6))
def test_a_code_shown_in_scientific_form_is_among_its_guesses(number: int, digits: int) -> None:
    guesses = guess_codes(f"{number:.{digits}E}")
    assert any(
        guess.text == str(number)
        or (
            guess.kind is GuessKind.RANGE
            and len(guess.text) == len(str(number))
            and guess.text <= str(number) <= guess.upper
        )
        for guess in guesses
    )


@given(st.from_regex(r"0{0,5}[1-9][0-9]{0,12}", fullmatch=True))
def test_a_code_that_lost_its_zeros_is_found_without_them(code: str) -> None:
    shown = code.lstrip("0")
    assert [guess.text for guess in guess_codes(shown) if guess.kind is GuessKind.STRIPPED] == [shown]
    assert [guess.text for guess in guess_codes(code) if guess.kind is GuessKind.STRIPPED] == [shown]


@given(st.text(max_size=20))
def test_guesses_begin_with_the_code_itself_and_never_repeat(text: str) -> None:
    code = clean_code(text)
    guesses = guess_codes(code)
    assert len(set(guesses)) == len(guesses)
    if code:
        assert guesses[0] == (GuessKind.EXACT, code, "")
