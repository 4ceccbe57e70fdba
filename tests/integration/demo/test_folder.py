from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from stdnum import ean
from stdnum.at import uid
from stdnum.be import vat as be_vat
from stdnum.de import vat as de_vat
from stdnum.nl import btw

from portal.integration.demo.generate import DemoSummary, write_demo_channel
from tests.integration.demo.conftest import TODAY, Rows

Read = Callable[[str], Rows]
GENERAL_ROLES = {"admin", "manager", "buyer", "approver", "warehouse", "viewer"}


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def test_the_same_seed_and_day_give_the_same_bytes(demo_folder: Path, summary: DemoSummary, tmp_path: Path) -> None:
    assert write_demo_channel(tmp_path, TODAY) == summary
    assert _digest(tmp_path) == _digest(demo_folder)


def test_another_seed_gives_other_trade(demo_folder: Path, summary: DemoSummary, tmp_path: Path) -> None:
    write_demo_channel(tmp_path, TODAY, seed=8)
    assert (tmp_path / "orders.csv").read_bytes() != (demo_folder / "orders.csv").read_bytes()


def test_any_day_of_the_week_and_year_can_be_the_demos_today(tmp_path: Path) -> None:
    for today in (date(2026, 1, 1), date(2028, 2, 29)):
        written = write_demo_channel(tmp_path, today)
        assert today - timedelta(days=548) <= written.first_order_on <= today - timedelta(days=530)
        assert today - timedelta(days=8) <= written.last_order_on < today


def test_the_channel_has_the_size_of_a_living_business(summary: DemoSummary, read: Read) -> None:
    kinds = Counter(row["kind"] for row in read("organisations"))
    assert kinds == {"manufacturer": 1, "wholesaler": 4, "retailer": 60}
    assert summary.rows["products"] == summary.pictures == 800
    assert 36_000 <= summary.rows["orders"] <= 44_000
    assert summary.rows == {name: len(read(name)) for name in summary.rows}


def test_parents_come_before_their_children_and_sell_or_head_the_chain(read: Read) -> None:
    kinds: dict[str, str] = {}
    for row in read("organisations"):
        if row["kind"] != "manufacturer":
            assert row["parent_code"] in kinds
        kinds[row["code"]] = row["kind"]
    assert {row["parent_code"] for row in read("organisations") if row["code"] == "ALPMARK"} == {"OSTERMOOR"}
    branches = Counter(
        row["parent_code"] for row in read("organisations") if kinds.get(row["parent_code"]) == "retailer"
    )
    assert branches == {"R-PETERSEN": 4, "R-VISSER": 2}


def test_every_account_joins_a_buyer_to_its_nearest_seller(read: Read) -> None:
    organisations = {row["code"]: row for row in read("organisations")}
    buyers = set()
    for account in read("accounts"):
        seller = organisations[organisations[account["buyer_code"]]["parent_code"]]
        while seller["kind"] == "retailer":
            seller = organisations[seller["parent_code"]]
        assert account["seller_code"] == seller["code"]
        buyers.add(account["buyer_code"])
    assert buyers == set(organisations) - {"TANNHART"}


def test_gtins_glns_and_vat_ids_check(read: Read) -> None:
    validators = {"DE": de_vat, "AT": uid, "NL": btw, "BE": be_vat}
    for row in read("organisations"):
        assert ean.is_valid(row["gln"])
        assert row["vat_id"][:2] == row["country"]
        assert validators[row["country"]].is_valid(row["vat_id"])
    glns = [row["gln"] for row in read("organisations")]
    assert len(glns) == len(set(glns))
    gtins = [row["gtin"] for row in read("products")] + [row["gtin"] for row in read("packagings")]
    assert all(ean.is_valid(gtin) for gtin in gtins)
    assert len(gtins) == len(set(gtins))
    assert {len(row["gtin"]) for row in read("products")} == {13}
    assert {len(row["gtin"]) for row in read("packagings")} == {14}


def test_every_product_speaks_both_languages(read: Read) -> None:
    for row in read("products"):
        assert row["name_en"]
        assert row["name_de"]
        assert row["name_en"] != row["name_de"]
        assert len(row["description_en"]) > 15
        assert len(row["description_de"]) > 15
    names = {(row["owner_code"], row["path"]): row for row in read("categories")}
    for row in read("products"):
        assert names[row["owner_code"], row["category"]]["name_de"]
        assert names[row["owner_code"], row["category"].partition(" > ")[0]]["name_de"]


def test_products_are_told_apart_by_their_names_and_carry_attributes(read: Read) -> None:
    for language in ("name_en", "name_de"):
        names = Counter(row[language] for row in read("products"))
        assert [name for name, count in names.items() if count > 1] == []
    for row in read("products"):
        attributes = json.loads(row["attributes"])
        assert isinstance(attributes, dict)
        assert row["category"].count(" > ") == 1
    assert sum(bool(json.loads(row["attributes"])) for row in read("products")) > 790


def test_listings_name_products_of_the_seller_or_above(read: Read) -> None:
    parents = {row["code"]: row["parent_code"] for row in read("organisations")}
    products = {(row["owner_code"], row["sku"]) for row in read("products")}
    for row in read("listings"):
        above = {row["seller_code"], parents[row["seller_code"]], parents.get(parents[row["seller_code"]], "")}
        assert row["owner_code"] in above
        assert (row["owner_code"], row["sku"]) in products
        assert int(row["min_quantity"]) == int(row["order_multiple"]) >= 1
    keys = Counter((row["seller_code"], row["article"]) for row in read("listings"))
    assert max(keys.values()) == 1
    assert {owner for owner, _ in products} == {"TANNHART", "KELMBACH"}


def test_packagings_are_multiples_of_what_is_ordered(read: Read) -> None:
    steps = {(row["owner_code"], row["sku"]): int(row["order_multiple"]) for row in read("listings")}
    contains: dict[tuple[str, str], list[int]] = {}
    for row in read("packagings"):
        contains.setdefault((row["owner_code"], row["sku"]), []).append(int(row["contains"]))
    assert set(contains) <= set(steps)
    for key, levels in contains.items():
        assert levels == sorted(set(levels))
        assert all(level % steps[key] == 0 for level in levels)


def test_stock_lies_in_the_sellers_own_warehouses_and_little_is_out(read: Read) -> None:
    warehouses = {(row["seller_code"], row["code"]) for row in read("warehouses")}
    listed = {(row["seller_code"], row["article"]) for row in read("listings")}
    held: Counter[tuple[str, str]] = Counter()
    for row in read("stock"):
        assert (row["seller_code"], row["warehouse_code"]) in warehouses
        assert (row["seller_code"], row["article"]) in listed
        assert bool(row["incoming_quantity"]) == bool(row["incoming_on"])
        assert not row["incoming_on"] or TODAY < date.fromisoformat(row["incoming_on"]) < TODAY + timedelta(days=15)
        held[row["seller_code"], row["article"]] += int(row["on_hand"])
    out = sum(quantity == 0 for quantity in held.values())
    assert min(held.values()) == 0
    assert 0.01 < out / len(held) < 0.06


def test_each_tier_has_its_sign_in_and_every_role_somebody(demo_folder: Path, read: Read) -> None:
    sign_ins = json.loads((demo_folder / "demo_sign_ins.json").read_text(encoding="utf-8"))
    organisations = {row["code"]: row["kind"] for row in read("organisations")}
    users = {(row["email"], row["password"]): organisations[row["organisation_code"]] for row in read("users")}
    assert [sign_in["tier"] for sign_in in sign_ins] == ["manufacturer", "wholesaler", "retailer"]
    for sign_in in sign_ins:
        assert users[sign_in["email"], sign_in["password"]] == sign_in["tier"]
        assert sign_in["password"] == f"kontor-demo-{sign_in['tier']}"
    assert {row["role"] for row in read("users")} == GENERAL_ROLES
    assert {row["organisation_code"] for row in read("users")} == set(organisations)
    assert all(row["email"].endswith(".example") for row in read("users"))
    memberships = Counter((row["organisation_code"], row["email"]) for row in read("users"))
    assert max(memberships.values()) == 1


def test_wholesalers_share_differently(read: Read) -> None:
    grants = {row["wholesaler_code"]: row["grants"] for row in read("sharing")}
    assert grants == {
        "OSTERMOOR": "units activity value stock",
        "ALPMARK": "units value",
        "KELMBACH": "units",
        "DOORNVELD": "",
    }
