"""Files that cannot be taken as they are: each is named, none is passed over in silence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from portal.integration.channel.load import ChannelError, LoadOrder, load_channel
from portal.integration.channel.organisations import slugs
from tests.integration.channel.folders import Loader, channel, write_folder


def test_an_unknown_column_refuses_the_file_by_its_name(loader: Loader) -> None:
    files = channel()
    files["sellers"] = ["seller_code,prize_strategy", "NORTH,lowest", "SUB,first"]
    report = loader.load(files)
    assert loader.refused() == [
        ("sellers.csv", "1", "prize_strategy", "", "has an unknown column; known are seller_code, price_strategy")
    ]
    assert [(r.rows_read, r.loaded, r.refused) for r in report.files if r.file == "sellers.csv"] == [(2, 0, 2)]


def test_files_that_are_none_of_a_folder_are_named(loader: Loader) -> None:
    files = channel()
    files["orderz"] = ["seller_code", "NORTH"]
    report = loader.load(files)
    assert loader.refused() == [
        ("orderz.csv", "", "", "", "is not a file of a channel folder"),
    ]
    assert {r.file: (r.rows_read, r.loaded, r.refused) for r in report.files[-1:]} == {"orderz.csv": (1, 0, 1)}


def test_a_column_twice_or_no_header_refuses_the_file(loader: Loader) -> None:
    files = channel()
    files["sellers"] = ["seller_code,seller_code", "NORTH,NORTH"]
    files["categories"] = [""]
    loader.load(files)
    assert loader.refused() == [
        ("sellers.csv", "1", "seller_code", "", "has this column twice"),
        ("categories.csv", "", "", "", "has no header row"),
    ]


def test_rows_that_cannot_be_read_are_refused_alone(loader: Loader, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "odd", channel())
    lines = [
        b"owner_code,sku,gtin,name_en,name_de,category,attributes",
        b"ACME,SAW,,Saw,,,",
        b"ACME,OLD,,Old,,,,",
        b"ACME,CUT,,Cut",
        b'ACME,QUOTE,,"Sa"w,,,',
        b"ACME,LATIN,,S\xe4ge,,,",
        b"ACME,NUL,,S\x00,,,",
        b"NORTH,GLUE,,Glue,,,",
        b'ACME,OPEN,,"never closed,,,',
    ]
    (folder / "products.csv").write_bytes(b"\n".join(lines))
    report = loader.load(folder)
    assert [line for line in loader.refused() if line[0] == "products.csv"] == [
        ("products.csv", "3", "", "", "has 8 fields, the header has 7"),
        ("products.csv", "4", "", "", "has 4 fields, the header has 7"),
        ("products.csv", "5", "", "", "is not valid CSV: ',' expected after '\"'"),
        ("products.csv", "6", "", "", "is not valid UTF-8 text"),
        ("products.csv", "7", "", "", "is not valid UTF-8 text"),
        ("products.csv", "9", "", "", "is not valid CSV: unexpected end of data"),
    ]
    assert [(r.rows_read, r.loaded, r.refused) for r in report.files if r.file == "products.csv"] == [(8, 2, 6)]
    assert loader.rows("select sku from product order by sku") == [("GLUE",), ("SAW",)]


def test_a_broken_gzip_loads_nothing_of_its_file(loader: Loader, tmp_path: Path) -> None:
    files = channel()
    orders = "\n".join(
        [files.pop("orders")[0], *(f"NORTH,ANNA,B-{n},1,2026-01-01,N-1,1,1,1,EUR" for n in range(20_000))]
    )
    folder = write_folder(tmp_path / "broken", files)
    whole = gzip.compress(orders.encode())
    (folder / "orders.csv.gz").write_bytes(whole[: len(whole) // 2])
    loader.load(folder)
    [(file, row, column, value, reason)] = loader.refused()
    assert (file, row, column, value) == ("orders.csv.gz", "", "", "")
    assert reason.startswith("cannot be read to its end: ")
    assert loader.rows("select count(*) from sales_order") == [(0,)]
    assert loader.rows("select count(*) from stock_level") == [(2,)]


def test_a_file_that_stands_there_twice_is_refused(loader: Loader, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "double", channel())
    (folder / "sellers.csv.gz").write_bytes(gzip.compress(b"seller_code\nNORTH\n"))
    loader.load(folder)
    assert loader.refused() == [
        ("sellers.csv", "", "", "", "stands in the folder twice, as sellers.csv and sellers.csv.gz")
    ]


def test_missing_files_and_columns_are_empty(loader: Loader) -> None:
    files = {"organisations": ["code,kind,parent_code", "M,manufacturer,", "W,wholesaler,M"]}
    assert loader.load(files).refused == 0
    assert loader.rows("select name, currency, locale, time_zone, status from organisation where code = 'W'") == [
        ("W", "EUR", "en", "UTC", "active")
    ]


def test_the_tree_must_be_clear(loader: Loader) -> None:
    two = {"organisations": ["code,kind", "A,manufacturer", "B,manufacturer"]}
    with pytest.raises(ChannelError, match="2 organisations without parent; name the tree with --tree CODE"):
        loader.load(two)
    with pytest.raises(ChannelError, match=r"has no organisations\.csv; name the tree with --tree CODE"):
        loader.load({"sellers": ["seller_code"]})
    with pytest.raises(ChannelError, match="There is no tree NOPE"):
        loader.load({"sellers": ["seller_code"]}, tree="NOPE")
    loader.load(two, tree="B")
    assert loader.refused() == [
        ("organisations.csv", "2", "parent_code", "", "is missing; the top of this tree is B"),
    ]
    assert loader.rows("select code from organisation") == [("B",)]


def test_only_one_load_runs_at_a_time(loader: Loader, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "one", channel())
    refusals: list[bool] = []

    def meanwhile(_line: str) -> None:
        if not refusals:
            with pytest.raises(ChannelError, match="Another channel folder is being loaded"):
                loader.load(channel())
            refusals.append(True)

    order = LoadOrder(folder, tmp_path / "outer.csv")
    load_channel(loader.url, order, hash_password=loader.hash_password, note=meanwhile)
    assert refusals == [True]


def test_addresses_of_sign_in_pages_never_run_out() -> None:
    found = slugs("Große Straße/1", "ACME")
    assert [next(found) for _ in range(4)] == [
        "grosse-strasse-1",
        "acme-grosse-strasse-1",
        "acme-grosse-strasse-1-2",
        "acme-grosse-strasse-1-3",
    ]
