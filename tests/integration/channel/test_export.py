"""load(export(x)) = x, except that passwords are left out and orders come back as history."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.integration.channel.export import export_channel
from portal.integration.channel.load import FILES, ChannelError
from portal.integration.demo.check_digits import with_gs1_digit
from tests.integration.channel.folders import Files, Loader, channel, write_folder

Content = dict[str, list[dict[str, Any]]]

EMPTY_EVERYTHING = (
    "delete from former_sell_out; delete from sell_out; delete from promotion; delete from order_line; delete from sales_order; delete from stock_movement; delete from stock_level;"
    " delete from warehouse; delete from price_assignment; delete from price_entry; update price_list set base_list_id ="
    " null; delete from price_list; delete from article; delete from packaging; delete from product_picture;"
    " delete from product; delete from category_name; delete from pricing_policy; delete from trading_account;"
    " delete from price_group; delete from membership; delete from user_account; delete from sharing_agreement;"
    " delete from catalogue_version; delete from organisation where parent_id is not null; delete from organisation"
)


def content(folder: Path) -> Content:
    """Give a folder's rows, with JSON read, so that only what they mean is compared."""
    found: Content = {}
    for file in FILES:
        with (folder / f"{file.name}.csv").open(encoding="utf-8", newline="") as handle:
            found[file.name] = [dict(row) for row in csv.DictReader(handle)]
    for product in found["products"]:
        product["attributes"] = json.loads(product["attributes"])
    return found


def export(loader: Loader, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    export_channel(loader.url, folder, "ACME", note=lambda _: None)
    return folder


def round_trip(loader: Loader, files: Files) -> Content:
    """Load, export, load the export into an empty database, and export again: both exports are the same."""
    assert loader.load(files).refused == 0
    first = export(loader, loader.folder / "first")
    assert loader.load(first).changed == 0
    loader.execute(EMPTY_EVERYTHING)
    assert loader.load(first).refused == 0
    exported = content(first)
    assert content(export(loader, loader.folder / "second")) == exported
    return exported


def test_a_folder_comes_back_as_it_was(loader: Loader) -> None:
    exported = round_trip(loader, channel())
    assert {name: len(rows) for name, rows in exported.items()} == {
        name: len(lines) - 1 for name, lines in channel().items()
    }
    assert exported["users"][0] == {
        "organisation_code": "NORTH", "email": "desk@north.example", "name": "Desk", "role": "admin", "password": "",
    }  # fmt: skip
    assert exported["price_lists"][2] == {
        "seller_code": "NORTH", "code": "SPECIAL", "name": "Special", "currency": "EUR", "priority": "10",
        "valid_from": "2026-01-01", "valid_to": "2026-12-31", "base_code": "CHAINS", "adjustment_percent": "-1.5",
        "adjustment_amount": "", "decimals": "2", "status": "active",
    }  # fmt: skip
    assert exported["promotions"][0] == {
        "seller_code": "NORTH", "code": "GIFT", "name": "", "valid_from": "", "valid_to": "", "priority": "100",
        "combines": "no", "coupon": "", "benefit": "free_goods", "value": "0", "min_quantity": "1",
        "threshold_amount": "0", "buy_quantity": "12", "free_quantity": "0.5", "free_article": "N-2",
        "max_uses": "100", "max_uses_per_account": "1", "budget": "99.5", "funder_code": "", "funding_amount": "",
    }  # fmt: skip
    assert exported["orders"][-1] == {
        "seller_code": "NORTH", "buyer_code": "BRANCH", "order_number": "A-3", "line": "7", "placed_on": "2026-04-03",
        "article": "N-2", "quantity": "0.333", "unit_price": "2.9999", "line_amount": "1", "currency": "EUR",
    }  # fmt: skip


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=12)
QUANTITY = st.decimals("0.001", "99999999999.999", places=3).map(str)
PRICE = st.decimals("0", "9999999999.9999", places=4).map(str)
DAY = st.dates().map(str)


def csv_lines(header: str, rows: list[list[str]]) -> list[str]:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return [header, *quoted]


@st.composite
def channels(draw: st.DrawFn) -> Files:
    """Give the right channel with products, prices and orders of all shapes added."""
    files = channel()
    number = draw(st.integers(1, 4))
    products, listings, entries, orders = [], [], [], []
    for at in range(number):
        gtin = with_gs1_digit(f"{draw(st.integers(0, 999_999_999_999)):012}") if draw(st.booleans()) else ""
        name = draw(TEXT.filter(lambda text: text.strip()))
        texts = [name, *(draw(TEXT) for _ in range(4))]
        attributes = json.dumps(draw(st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans()), max_size=2)))
        products.append(
            [
                "ACME",
                f"P-{at}",
                gtin,
                *texts,
                "A > B",
                "",
                attributes,
                draw(st.sampled_from(["active", "inactive", ""])),
            ]
        )
        listings.append(["NORTH", f"L-{at}", "ACME", f"P-{at}", draw(QUANTITY), draw(QUANTITY), "allow", "inactive"])
        start, end = sorted([draw(DAY), draw(DAY)])
        entries.append(["NORTH", "LIST", f"L-{at}", draw(QUANTITY), draw(PRICE), start, end])
        sign = draw(st.sampled_from(["", "-"]))
        amount = sign + str(draw(st.decimals("0", "999999999", places=2)))
        orders.append(
            ["NORTH", "ANNA", f"O-{at}", "1", start, f"L-{at}", sign + draw(QUANTITY), draw(PRICE), amount, "EUR"]
        )
    header = (
        "owner_code,sku,gtin,name_en,name_de,description_en,description_de,brand,category,base_unit,attributes,status"
    )
    files["products"] = [
        header,
        "ACME,SAW,4006381333931,Saw,,,,,,,,",
        "ACME,OLD,,Old,,,,,,,,",
        "NORTH,GLUE,,,Leim,,,,,,,",
    ]
    files["products"] += csv_lines("", products)[1:]
    files["listings"] += csv_lines("", listings)[1:]
    files["price_entries"] += csv_lines("", entries)[1:]
    files["orders"] += csv_lines("", orders)[1:]
    return files


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=channels())
def test_whatever_a_channel_holds_comes_back(loader: Loader, files: Files) -> None:
    loader.execute(EMPTY_EVERYTHING)
    round_trip(loader, files)


def test_what_was_cancelled_or_withdrawn_does_not_come_back(loader: Loader) -> None:
    loader.load(channel())
    loader.execute("update order_line set cancelled_quantity = 3, shipped_quantity = 0 where line_amount = 210")
    loader.execute("update order_line set cancelled_quantity = ordered_quantity, shipped_quantity = 0 where line = 7")
    loader.execute("update sharing_agreement set withdrawn_on = '2026-06-01' where grants <> '{}'")
    loader.execute("update membership set status = 'inactive' where role = 'viewer'")
    exported = content(export(loader, loader.folder / "out"))
    assert [(row["order_number"], row["line"], row["quantity"], row["line_amount"]) for row in exported["orders"]] == [
        ("A-1", "1", "9", "157.5"),
        ("A-1", "2", "1", "8.99"),
        ("A-2", "1", "-2", "-35"),
    ]
    assert [(row["wholesaler_code"], row["grants"], row["accepted_on"]) for row in exported["sharing"]] == [
        ("NORTH", "units stock", "2026-01-01"),
        ("NORTH", "", "2026-06-01"),
        ("SUB", "", "2026-01-01"),
    ]
    assert [row["role"] for row in exported["users"]] == ["admin", "buyer"]


def test_a_tree_is_written_alone_and_into_an_empty_folder(loader: Loader, tmp_path: Path) -> None:
    loader.load(channel())
    loader.load(
        {
            name: [line.replace("ACME", "ZENIT").replace("A-", "Z-") for line in lines]
            for name, lines in channel().items()
        }
    )
    exported = content(export(loader, loader.folder / "out"))
    assert {name: len(rows) for name, rows in exported.items()} == {
        # The people of both trees have the same addresses here, and each tree its own roles of them.
        name: len(lines) - 1
        for name, lines in channel().items()
    }
    with pytest.raises(ChannelError, match="is not empty"):
        export_channel(loader.url, loader.folder / "out", "ACME", note=lambda _: None)
    with pytest.raises(ChannelError, match="There is no tree NOPE"):
        export_channel(loader.url, tmp_path / "none", "NOPE", note=lambda _: None)


def test_pictures_come_back(loader: Loader, app: Flask) -> None:
    folder = write_folder(loader.folder / "with-pictures", channel())
    (folder / "pictures" / "NORTH").mkdir(parents=True)
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M{}"/></svg>'
    (folder / "pictures" / "SAW.svg").write_text(drawing.format("1 1"), encoding="utf-8")
    (folder / "pictures" / "NORTH" / "GLUE.svg").write_text(drawing.format("2 2"), encoding="utf-8")
    assert [(r.loaded, r.refused) for r in loader.load(folder).files if r.file == "pictures"] == [(2, 0)]
    out = export(loader, loader.folder / "out")
    assert sorted(str(path.relative_to(out)) for path in (out / "pictures").rglob("*.svg")) == [
        "pictures/ACME/SAW.svg",
        "pictures/NORTH/GLUE.svg",
    ]
    assert loader.load(out).changed == 0
