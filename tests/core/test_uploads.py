"""Uploaded lists: told by content, whole or refused with the reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest

from portal.core import sheet_reader
from portal.core.uploads import FileRefused, lines_of, read_list
from tests.factories.spreadsheets import workbook


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Give the archive with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            text = old.read(member)
            new.writestr(member.filename, change(text) if member.filename == part else text)
    return file.getvalue()


def reason(content: bytes, most_rows: int = 10) -> str:
    """Give why the file is refused."""
    with pytest.raises(FileRefused) as refused:
        read_list(content, most_rows=most_rows)
    return str(refused.value.details["reason"])


def test_cells_come_as_they_are_and_as_lines_that_could_be_pasted() -> None:
    rows: list[list[object]] = [
        ["article", "price"],
        ["00123", 1.25],
        ["A;B", 20.0],
        [4006381333931, date(2026, 12, 1)],
        [True, 0.3],
    ]
    found = read_list(workbook(rows), most_rows=10)
    assert found == [
        ["article", "price"],
        ["00123", 1.25],
        ["A;B", 20],
        [4006381333931, "2026-12-01"],
        [True, 0.3],
    ]
    assert isinstance(found, list)
    lines = lines_of(found, ",").split("\n")
    assert lines == ["article\tprice", "00123\t1,25", "A;B\t20", "4006381333931\t2026-12-01", "True\t0,3", ""]
    assert lines_of([[1e21, 0.00001, 0.1 + 0.2]], ".") == "1000000000000000000000\t0.00001\t0.3\n"


def test_rows_that_fit_are_read_and_one_more_refuses_the_file() -> None:
    rows = [["article"], *([f"A-{number}"] for number in range(10))]
    assert len(read_list(workbook(rows), most_rows=10)) == 11
    assert reason(workbook([*rows, ["A-10"]])) == "too-many-rows"


def test_columns_beyond_the_limit_refuse_the_file() -> None:
    assert len(read_list(workbook([["x"] * 200]), most_rows=10)[0]) == 200
    assert reason(workbook([["x"] * 201])) == "too-many-columns"


@pytest.mark.parametrize(
    ("before", "row", "column"), [([], 1, "A"), ([["a", "b"], []], 3, "A"), ([[], ["", "b"]], 3, "B")]
)
def test_a_cell_that_is_too_long_refuses_the_file_by_its_name(before: list[list[str]], row: int, column: str) -> None:
    empty = [""] * (ord(column) - ord("A"))
    assert read_list(workbook([*before, [*empty, "x" * 500]]), most_rows=10)[-1] == ["x" * 500]
    with pytest.raises(FileRefused) as refused:
        read_list(workbook([*before, [*empty, "x" * 501]]), most_rows=10)
    told = refused.value.details
    assert (told["reason"], told["row"], told["column"]) == ("cell-too-long", row, column)


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (199, "GR"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_spreadsheets_do(column: int, name: str) -> None:
    assert sheet_reader._letters(column) == name


@pytest.mark.parametrize("padding", [0, 5_000, 2_000_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_document_type_refuses_the_file_wherever_it_hides(padding: int, encoding: str) -> None:
    hidden = f"<?xml version='1.0'?><!--{'x' * padding}--><!doctype a [<!ENTITY b 'c'>]><a/>"
    content = changed(workbook([["x"]]), "xl/styles.xml", lambda _: hidden.encode(encoding))
    assert reason(content) == "document-type"


def test_what_grows_when_unpacked_is_refused() -> None:
    content = changed(workbook([["x"]]), "xl/styles.xml", lambda _: b" " * (65 * 1024 * 1024))
    assert len(content) < 100_000
    assert reason(content) == "unpacked-too-large"
    # The same text in many cells is stored once and would be written out for each.
    repeated = workbook([["y" * 500] * 180] * 100)
    assert len(repeated) < 200_000
    assert reason(repeated, most_rows=5_000) == "unpacked-too-large"


def test_a_part_that_is_longer_than_it_says_is_refused() -> None:
    content = changed(workbook([["x"]]), "xl/styles.xml", lambda _: b"x" * 10_000)
    size = (10_000).to_bytes(4, "little")
    assert content.count(size) == 2
    assert reason(content.replace(size, (10).to_bytes(4, "little"))) == "unreadable"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 no archive", "unreadable"),
        (b"\xd0\xcf\x11\xe0 old", "old-excel"),
        (b"\x00\x01\x02", "unreadable"),
        (b"x" * (5 * 1024 * 1024 + 1), "too-large"),
    ],
)
def test_other_files_are_refused_with_the_reason(content: bytes, why: str) -> None:
    assert reason(content) == why


def test_texts_are_read_in_the_usual_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        assert read_list("Säge;2".encode(encoding), most_rows=10) == "Säge;2"
