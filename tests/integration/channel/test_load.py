"""What a right folder becomes in the database."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from argon2 import PasswordHasher

from tests.integration.channel.folders import CHANNEL, Loader, channel, write_folder


def test_every_row_of_a_right_folder_is_loaded(loader: Loader) -> None:
    report = loader.load(channel())
    assert {result.file: (result.rows_read, result.loaded, result.refused) for result in report.files} == {
        f"{name}.csv": (len(lines) - 1, len(lines) - 1, 0) for name, lines in CHANNEL.items()
    }
    assert report.tree == "ACME"
    assert loader.refused() == []


def test_loading_a_folder_twice_changes_nothing(loader: Loader) -> None:
    loader.load(channel())
    tables = [name for (name,) in loader.rows("select tablename from pg_tables where schemaname = 'public' order by 1")]
    readable = [
        table for table in tables if not table.startswith(("procrastinate", "alembic", "rate_limit", "api_token"))
    ]
    statement = " union all ".join(
        f"select '{table}', count(*), coalesce(sum(hashtext(t::text)), 0) from {table} t"
        for table in readable
        if loader.rows(f"select has_table_privilege('{table}', 'select')") == [(True,)]
    )
    before = loader.rows(statement)
    report = loader.load(channel())
    assert {result.file: result.changed for result in report.files} == dict.fromkeys([f"{n}.csv" for n in CHANNEL], 0)
    assert loader.rows(statement) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(loader: Loader) -> None:
    told = loader.load(channel(), dry_run=True)
    assert loader.rows("select count(*) from organisation") == [(0,)]
    assert loader.load(channel()) == told


def test_the_tree_is_computed(loader: Loader) -> None:
    loader.load(channel())
    assert loader.rows(
        "select o.code, seller.code, (select string_agg(a.code, '>' order by p.place) from unnest(o.owner_ids)"
        " with ordinality p (id, place) join organisation a on a.id = p.id), top.code, o.slug, o.currency, o.time_zone,"
        " o.locale, o.status from organisation o left join organisation seller on seller.id = o.seller_id"
        " join organisation top on top.id = o.root_id order by o.id"
    ) == [
        ("ACME", None, "ACME", "ACME", "acme", "EUR", "Europe/Berlin", "de", "active"),
        ("NORTH", "ACME", "ACME>NORTH", "ACME", "north", "EUR", "Europe/Berlin", "de", "active"),
        ("SUB", "NORTH", "ACME>NORTH>SUB", "ACME", "sub", "EUR", "Europe/Berlin", "de", "active"),
        ("ANNA", "NORTH", "ACME>NORTH>ANNA", "ACME", "anna", "EUR", "Europe/Berlin", "de", "active"),
        ("BRANCH", "NORTH", "ACME>NORTH>ANNA>BRANCH", "ACME", "branch", "EUR", "Europe/Berlin", "de", "active"),
        ("SHOP", "SUB", "ACME>NORTH>SUB>SHOP", "ACME", "shop", "EUR", "Europe/Berlin", "de", "inactive"),
    ]


def test_children_may_stand_before_their_parents_in_the_file(loader: Loader) -> None:
    files = channel()
    files["organisations"][1:] = reversed(files["organisations"][1:])
    assert loader.load(files).refused == 0


def test_a_later_folder_may_hang_its_organisations_below_known_ones(loader: Loader) -> None:
    loader.load(channel())
    later = {"organisations": ["code,kind,parent_code,name", "BERT,retailer,NORTH,Bert"]}
    assert loader.load(later, tree="ACME").refused == 0
    assert loader.rows("select name, cardinality(owner_ids) from organisation where code = 'BERT'") == [("Bert", 3)]


def test_two_trees_may_have_the_same_codes_and_stay_apart(loader: Loader) -> None:
    loader.load(channel())
    files = {
        name: [line.replace("ACME", "ZENIT").replace("A-1", "Z-1") for line in lines]
        for name, lines in channel().items()
    }
    assert loader.load(files).refused == 0
    assert loader.rows("select slug from organisation where code = 'NORTH' order by id") == [
        ("north",),
        ("zenit-north",),
    ]
    crossing = loader.rows(
        "select count(*) from article a join organisation s on s.id = a.seller_id join organisation o on o.id = a.owner_id"
        " where s.root_id <> o.root_id"
    )
    assert crossing == [(0,)]


def test_people_keep_their_password_and_a_given_one_is_hashed(loader: Loader) -> None:
    loader.load(channel())
    hashes = dict(loader.rows("select email, password_hash from user_account"))
    assert sorted(hashes) == ["anna@anna.example", "desk@north.example"]
    assert hashes["anna@anna.example"] == ""
    assert hashes["desk@north.example"].startswith("$argon2id$")
    assert PasswordHasher().verify(hashes["desk@north.example"], "tall-blue-horse")
    files = channel()
    files["users"][1] = "NORTH,desk@north.example,Desk,admin,another-password"
    loader.load(files)
    assert dict(loader.rows("select email, password_hash from user_account")) == hashes
    assert loader.rows(
        "select o.code, m.role from membership m join organisation o on o.id = m.organisation_id"
        " join user_account u on u.id = m.user_id where u.email = 'anna@anna.example' order by 1"
    ) == [("ANNA", "buyer"), ("BRANCH", "viewer")]


def test_price_groups_exist_once_they_are_named(loader: Loader) -> None:
    loader.load(channel())
    assert loader.rows(
        "select o.code, g.code from price_group g join organisation o on o.id = g.seller_id order by 1, 2"
    ) == [("ACME", "PARTNER"), ("NORTH", "CHAIN"), ("NORTH", "NAMED-HERE")]


def test_prices_come_with_their_defaults(loader: Loader) -> None:
    loader.load(channel())
    assert loader.rows(
        "select l.code, l.currency, l.priority, b.code, l.adjustment_percent, l.decimals from price_list l"
        " left join price_list b on b.id = l.base_list_id order by 1"
    ) == [
        ("CHAINS", "EUR", 50, "LIST", Decimal("-5.0000"), None),
        ("LIST", "EUR", 100, None, None, None),
        ("SPECIAL", "EUR", 10, "CHAINS", Decimal("-1.5000"), 2),
    ]
    assert loader.rows(
        "select a.article_number, e.min_quantity, e.net_price, nullif(e.valid_from, '-infinity'), e.valid_to"
        " from price_entry e join article a on a.id = e.article_id order by 1, 2"
    ) == [
        ("N-1", Decimal("1.000"), Decimal("19.9000"), None, None),
        ("N-1", Decimal("12.000"), Decimal("17.5000"), date(2026, 1, 1), date(2026, 1, 1)),
        ("N-2", Decimal("1.000"), Decimal("0.0000"), None, date(2027, 1, 1)),
    ]


def test_stock_is_the_sum_of_its_movements(loader: Loader) -> None:
    loader.load(channel())
    files = channel()
    files["stock"][1:] = ["NORTH,MAIN,N-1,31.5,,", "NORTH,MAIN,N-2,,5,2026-12-24"]
    assert [result.changed for result in loader.load(files).files if result.file == "stock.csv"] == [2]
    assert loader.rows(
        "select a.article_number, s.on_hand, s.incoming_quantity, s.incoming_on, array_agg(m.quantity order by m.id),"
        " array_agg(distinct m.kind) from stock_level s join article a on a.id = s.article_id"
        " join stock_movement m on m.article_id = s.article_id group by 1, 2, 3, 4 order by 1"
    ) == [
        ("N-1", Decimal("31.500"), None, None, [Decimal("40.000"), Decimal("-8.500")], ["count"]),
        ("N-2", Decimal("2.500"), Decimal("5.000"), date(2026, 12, 24), [Decimal("2.500")], ["count"]),
    ]


def test_orders_become_delivered_history(loader: Loader) -> None:
    loader.load(channel())
    assert loader.rows(
        "select order_number, status, source, total, line_count, placed_at, placed_on from sales_order order by 1"
    ) == [
        # Noon in Berlin: on the last Sunday of March summer time has begun.
        (
            "A-1",
            "delivered",
            "history",
            Decimal("218.9900"),
            2,
            datetime(2026, 3, 29, 10, tzinfo=UTC),
            date(2026, 3, 29),
        ),
        ("A-2", "delivered", "history", Decimal("-35.0000"), 1, datetime(2026, 4, 2, 10, tzinfo=UTC), date(2026, 4, 2)),
        ("A-3", "delivered", "history", Decimal("1.0000"), 1, datetime(2026, 4, 3, 10, tzinfo=UTC), date(2026, 4, 3)),
    ]
    assert loader.rows(
        "select o.order_number, l.line, l.article_number, l.article_id is null, p.sku, l.ordered_quantity,"
        " l.shipped_quantity, l.line_amount, l.net_amount from order_line l join sales_order o on o.id = l.order_id"
        " join product p on p.id = l.product_id order by 1, 2"
    ) == [
        ("A-1", 1, "N-1", False, "SAW", Decimal("12.000"), Decimal("12.000"), Decimal("210.0000"), Decimal("210.0000")),
        ("A-1", 2, "OLD", True, "OLD", Decimal("1.000"), Decimal("1.000"), Decimal("8.9900"), Decimal("8.9900")),
        ("A-2", 1, "N-1", False, "SAW", Decimal("-2.000"), Decimal("0.000"), Decimal("-35.0000"), Decimal("-35.0000")),
        # No amount given: 0.333 × 2.9999 = 0.99896…, to the cent.
        ("A-3", 7, "N-2", False, "GLUE", Decimal("0.333"), Decimal("0.333"), Decimal("1.0000"), Decimal("1.0000")),
    ]
    assert loader.rows("select quantity from stock_movement where kind <> 'count'") == []


def test_history_is_told_to_the_roll_ups_once_a_seller(loader: Loader) -> None:
    loader.load(channel())
    events = "select o.code, e.payload from outbox_event e join organisation o on o.id = e.seller_id where e.kind = '{}' order by e.id"
    loaded = events.format("HistoryLoaded")
    assert loader.rows(loaded) == [("NORTH", {"from": "2026-03-29", "to": "2026-04-03"})]
    since = {"from": "2026-01-01"}
    assert loader.rows(events.format("SharingAgreementChanged")) == [("NORTH", since), ("SUB", since)]
    files = channel()
    files["orders"] = [files["orders"][0], "NORTH,ANNA,A-2,2,2026-04-02,N-1,5,17.5,87.50,EUR"]
    loader.load(files)
    assert loader.rows(loaded)[1:] == [("NORTH", {"from": "2026-04-02", "to": "2026-04-02"})]
    # The line of the first folder stays, and the order is the sum of both.
    assert loader.rows("select total, line_count from sales_order where order_number = 'A-2'") == [
        (Decimal("52.5000"), 2)
    ]


def test_products_that_move_are_told_to_the_roll_ups_with_both_categories(loader: Loader) -> None:
    moved = "select payload from outbox_event where kind = 'ProductsRecategorised' order by id"
    for _ in range(2):
        loader.load(channel())
        assert loader.rows(moved) == []
    files = channel()
    files["products"][1] = "ACME,SAW,4006381333931,Saw,Säge,Tools>Best saws,"
    loader.load({name: files[name] for name in ("organisations", "products")})
    assert loader.rows(moved) == [({"categories": ["Tools > Best saws", "Tools > Saws"]},)]


def test_a_changed_agreement_is_a_new_version(loader: Loader) -> None:
    loader.load(channel())
    loader.execute("update sharing_agreement set withdrawn_on = '2026-06-01' where grants = '{units,stock}'")
    files = channel()
    loader.load(files)
    agreements = (
        "select version, grants, accepted_on, withdrawn_on from sharing_agreement order by wholesaler_id, version"
    )
    withdrawn = (1, ["units", "stock"], date(2026, 1, 1), date(2026, 6, 1))
    # Loading the old folder again does not bring back what was withdrawn.
    assert loader.rows(agreements) == [withdrawn, (1, [], date(2026, 1, 1), None)]
    files["sharing"].append("ACME,NORTH,units,2026-07-01")
    loader.load(files)
    assert loader.rows(agreements)[:2] == [withdrawn, (2, ["units"], date(2026, 7, 1), None)]


def test_a_byte_order_mark_blanks_and_gzip_are_taken(loader: Loader, tmp_path: Path) -> None:
    files = channel()
    files["sellers"] = ["\ufeffseller_code , price_strategy", " NORTH ,\tlowest ", ""]
    orders = files.pop("orders")
    folder = write_folder(tmp_path / "gzipped", files)
    with gzip.open(folder / "orders.csv.gz", "wt", encoding="utf-8-sig") as handle:
        handle.write("\r\n".join(orders))
    assert loader.load(folder).refused == 0
    assert loader.rows("select count(*) from order_line") == [(4,)]
    assert loader.rows("select price_strategy from pricing_policy") == [("lowest",)]


def test_texts_come_through_whatever_they_hold(loader: Loader) -> None:
    files = channel()
    text = 'Tab\there, line\nbreak, back\\slash \\N, quote "", \u200bÜ😀'
    files["products"].append(f'ACME,ODD,,"{text}",,A>B  > C,')
    assert loader.load(files).refused == 0
    assert loader.rows("select name_en, category from product where sku = 'ODD'") == [
        (text.replace('""', '"'), "A > B > C")
    ]


def test_a_changed_catalogue_is_marked_and_an_unchanged_one_is_not(loader: Loader) -> None:
    versions = (
        "select o.code, v.version from catalogue_version v join organisation o on o.id = v.organisation_id order by 1"
    )
    loader.load(channel())
    before = loader.rows(versions)
    assert [code for code, _ in before] == ["ACME", "NORTH", "SUB"]
    loader.load(channel())
    assert loader.rows(versions) == before
    files = channel()
    files["listings"][2] = "NORTH,N-1,ACME,SAW,,,,inactive"
    loader.load({name: files[name] for name in ("organisations", "listings")})
    assert loader.rows(versions) == [(code, version + 1) for code, version in before]
