"""Every reason for which a row is refused, each with the row, column, value and reason that refused.csv names."""

from __future__ import annotations

from tests.integration.channel.folders import Loader, channel

NUMBER = "is not a number with up to 11 digits and 3 decimals"
PRICE = "is not a number with up to 10 digits and 4 decimals"
CODE = "is not the code of a known organisation of this tree"
GTIN = "is not a GTIN: it has the wrong length or check digit"
DAY = "is not a date such as 2026-12-31"
RETAILER = "is a retailer, and retailers do not sell in the portal"

# The file, the row to add to the right channel, and the column, value and reason of its refusal; # is its own number.
ROWS = [
    ("organisations", ",retailer,NORTH,X,,,,,,,", "code", "", "is missing"),
    ("organisations", "X/Y,retailer,NORTH,X,,,,,,,", "code", "X/Y", "is longer than 60 characters or contains a slash"),
    ("organisations", "X#,shop,NORTH,X,,,,,,,", "kind", "shop", "is not one of manufacturer, wholesaler, retailer"),
    ("organisations", "X#,retailer,NOBODY,X,,,,,,,", "parent_code", "NOBODY", CODE),
    ("organisations", "X#,manufacturer,NORTH,X,,,,,,,", "kind", "manufacturer", "cannot stand below a wholesaler"),
    ("organisations", "X#,wholesaler,ANNA,X,,,,,,,", "kind", "wholesaler", "cannot stand below a retailer"),
    ("organisations", "X#,retailer,NORTH,X,,Germany,,,,,", "country", "Germany", "is not a country code of two letters"),
    ("organisations", "X#,retailer,NORTH,X,,,German,,,,", "locale", "German", "is not a language such as en or de"),
    ("organisations", "X#,retailer,NORTH,X,,,,euro,,,", "currency", "euro", "is not a currency code of three letters"),
    ("organisations", "X#,retailer,NORTH,X,,,,,4006381333930,,", "gln", "4006381333930",
     "is not a GLN: it has the wrong length or check digit"),
    ("organisations", "X#,retailer,NORTH,X,,,,,,closed,", "status", "closed", "is not one of active, inactive"),
    ("organisations", "X#,retailer,NORTH,X,,,,,,,Mars/Base", "time_zone", "Mars/Base", "is not a time zone such as UTC"),
    ("organisations", "ANNA,retailer,NORTH,X,,,,,,,", "", "", "repeats row 5"),
    ("users", "NOBODY,x@x.example,X,admin,", "organisation_code", "NOBODY", CODE),
    ("users", "NORTH,x,X,admin,", "email", "x", "is not an e-mail address"),
    ("users", "NORTH,x@x.example,X,boss,", "role", "boss",
     "is not one of admin, manager, buyer, approver, warehouse, viewer"),
    ("users", "NORTH,x@x.example,X,admin,short", "password", "", "has not 8 to 128 characters"),
    ("users", "NORTH,DESK@north.example,X,viewer,", "", "", "repeats row 2"),
    ("accounts", "ANNA,BRANCH,,,,,", "seller_code", "ANNA", RETAILER),
    ("accounts", "ACME,ANNA,,,,,", "buyer_code", "ANNA", "does not buy from this seller but from NORTH"),
    ("accounts", "NORTH,ACME,,,,,", "buyer_code", "ACME", "does not buy from this seller but from nobody"),
    ("accounts", "NORTH,SUB,,,soon,,", "payment_terms_days", "soon", "is not a whole number from 0 to 3650"),
    ("accounts", "NORTH,SUB,,,,-1,", "credit_limit", "-1", "is not a number with up to 12 digits and 4 decimals, >= 0"),
    ("sellers", "SUB,cheapest", "price_strategy", "cheapest", "is not one of first, lowest"),
    ("categories", "ANNA,Tools,,", "owner_code", "ANNA", RETAILER),
    ("products", "ANNA,X,,X,,,", "owner_code", "ANNA", RETAILER),
    ("products", "ACME,X#,4006381333932,X,,,", "gtin", "4006381333932", GTIN),
    ("products", "ACME,X#,123,X,,,", "gtin", "123", GTIN),
    ("products", "ACME,X#,,,,,", "name_en", "", "is missing, and so is name_de"),
    ("products", "ACME,X#,,X,,,[1]", "attributes", "[1]", "is not a JSON object"),
    ("products", "ACME,X#,,X,,,{", "attributes", "{", "is not a JSON object"),
    ("packagings", "ACME,NONE,CS,6,", "sku", "NONE", "is not the code of a known product of this owner"),
    ("packagings", "ACME,SAW,PL,0,", "contains", "0", f"{NUMBER}, > 0"),
    ("packagings", "ACME,SAW,PL,NaN,", "contains", "NaN", f"{NUMBER}, > 0"),
    ("packagings", "ACME,SAW,CS,6,", "", "", "repeats row 2"),
    ("listings", "ANNA,X#,ACME,SAW,,,,", "seller_code", "ANNA", RETAILER),
    ("listings", "ACME,X#,NORTH,GLUE,,,,", "owner_code", "NORTH", "is neither the seller nor one of its ancestors"),
    ("listings", "NORTH,X#,NORTH,SAW,,,,", "sku", "SAW", "is not the code of a known product of this owner"),
    ("listings", "NORTH,X#,ACME,SAW,0.0001,,,", "min_quantity", "0.0001", f"{NUMBER}, > 0"),
    ("listings", "NORTH,X#,ACME,SAW,,,maybe,", "backorder", "maybe", "is not one of deny, allow"),
    ("promotions", "NORTH,X/#,,,,,,,percent,5,,,,,,,,,,", "code", "X/#",
     "is longer than 100 characters or contains a slash"),
    ("promotions", "NORTH,X#,,,,,maybe,,percent,5,,,,,,,,,,", "combines", "maybe", "is not one of yes, no"),
    ("promotions", "NORTH,X#,,,,,,,gift,5,,,,,,,,,,", "benefit", "gift",
     "is not one of percent, amount, fixed, free_goods, mix, order_percent, order_amount"),
    ("promotions", "NORTH,X#,,,,,,,percent,,,,,,,,,,,", "value", "", "is missing"),
    ("promotions", "NORTH,X#,,,,,,,mix,100.01,,,,,,,,,,", "value", "100.01", "is more than 100 percent"),
    ("promotions", "NORTH,X#,,,,,,,free_goods,,,,6,,,,,,,", "free_quantity", "", "is missing"),
    ("promotions", "NORTH,X#,,,,,,,free_goods,,,,6,1,OLD,,,,,", "free_article", "OLD",
     "is not the code of a known article of this seller"),
    ("promotions", "NORTH,X#,,,,,,,percent,5,,,,,,-1,,,,", "max_uses", "-1",
     "is not a whole number from 0 to 999999999"),
    ("promotions", "NORTH,X#,,,,,,,percent,5,,,,,,,,,NOBODY,", "funder_code", "NOBODY", CODE),
    ("promotions", "NORTH,SAWS,,,,,,,percent,5,,,,,,,,,,", "", "", "repeats row 2"),
    ("promotion_scopes", "NORTH,NONE,all,", "promotion_code", "NONE",
     "is not the code of a known promotion of this seller"),
    ("promotion_scopes", "NORTH,SAWS,all,X", "scope_code", "X", "is set although it is about all"),
    ("promotion_scopes", "NORTH,SAWS,article,OLD", "scope_code", "OLD",
     "is not the code of a known article of this seller"),
    ("promotion_audiences", "NORTH,SAWS,account,SHOP", "audience_code", "SHOP",
     "is not the code of a buyer with an account at this seller"),
    ("price_lists", "NORTH,X/#,,,,,,,,,,", "code", "X/#", "is longer than 100 characters or contains a slash"),
    ("price_lists", "NOBODY,X#,,,,,,,,,,", "seller_code", "NOBODY", CODE),
    ("price_lists", "NORTH,X#,,,,2026-02-30,,,,,,", "valid_from", "2026-02-30", DAY),
    ("price_lists", "NORTH,X#,,,,today,,,,,,", "valid_from", "today", DAY),
    ("price_lists", "NORTH,X#,,,,2026-02-02,2026-02-01,,,,,", "valid_to", "2026-02-01", "is before valid_from"),
    ("price_lists", "NORTH,X#,,,,,,,1e3,,,", "adjustment_percent", "1e3", PRICE),
    ("price_lists", "NORTH,X#,,,,,,,,,5,", "decimals", "5", "is not a whole number from 0 to 4"),
    ("price_lists", "NORTH,X#,,,,,,NONE,,,,", "base_code", "NONE", "is not the code of a known list of this seller"),
    ("price_lists", "NORTH,X#,,,,,,X#,,,,", "base_code", "X#", "leads back to this list"),
    ("price_lists", "NORTH,X#,,,,,,SPECIAL,,,,", "base_code", "SPECIAL", "makes a chain of more than 3 lists"),
    ("price_lists", "NORTH,X#,,USD,,,,LIST,,,,", "base_code", "LIST", "is a list in another currency"),
    ("price_lists", "SUB,X#,,,,,,LIST,,,,", "base_code", "LIST", "is not the code of a known list of this seller"),
    ("price_entries", "NORTH,NONE,N-1,,1,,", "price_list_code", "NONE", "is not the code of a known price list of this seller"),
    ("price_entries", "NORTH,LIST,SAW,,1,,", "article", "SAW", "is not the code of a known article of this seller"),
    ("price_entries", "NORTH,LIST,N-1,,,,", "net_price", "", "is missing"),
    ("price_entries", "NORTH,LIST,N-1,5,1.00001,,", "net_price", "1.00001", f"{PRICE}, >= 0"),
    ("price_entries", "NORTH,LIST,N-1,5,-1,,", "net_price", "-1", f"{PRICE}, >= 0"),
    ("price_entries", "NORTH,LIST,N-1,-5,1,,", "min_quantity", "-5", f"{NUMBER}, > 0"),
    ("price_entries", "NORTH,LIST,N-1,1.000,1,,", "", "", "repeats row 2"),
    ("price_assignments", "NORTH,LIST,friends,", "audience", "friends", "is not one of everyone, group, account"),
    ("price_assignments", "NORTH,LIST,everyone,ANNA", "audience_code", "ANNA", "is set although it is for everyone"),
    ("price_assignments", "NORTH,LIST,group,", "audience_code", "", "is missing"),
    ("price_assignments", "NORTH,LIST,account,SHOP", "audience_code", "SHOP",
     "is not the code of a buyer with an account at this seller"),
    ("warehouses", "SHOP,MAIN,,,", "seller_code", "SHOP", RETAILER),
    ("stock", "NORTH,NONE,N-1,1,,", "warehouse_code", "NONE", "is not the code of a known warehouse of this seller"),
    ("stock", "NORTH,MAIN,N-9,1,,", "article", "N-9", "is not the code of a known article of this seller"),
    ("stock", "NORTH,MAIN,N-1,-1,,", "on_hand", "-1", f"{NUMBER}, >= 0"),
    ("stock", "NORTH,MAIN,N-1,1,,2026-12-01", "incoming_quantity", "", "is missing beside incoming_on"),
    ("orders", "NORTH,ANNA,B#,0,2026-01-01,N-1,1,1,1,", "line", "0", "is not a whole number from 1 to 999999999"),
    ("orders", "NORTH,ANNA,B#,1,01.02.2026,N-1,1,1,1,", "placed_on", "01.02.2026", DAY),
    ("orders", "NORTH,ANNA,B#,1,2026-01-01,N-1,one,1,1,", "quantity", "one", NUMBER),
    ("orders", "NORTH,ANNA,B#,1,2026-01-01,N-1,1,,,", "line_amount", "", "is missing, and so is unit_price"),
    ("orders", "NORTH,ANNA,B#,1,2026-01-01,NONE,1,1,1,", "article", "NONE",
     "is neither an article of this seller nor a product it may list"),
    ("orders", "NORTH,SHOP,B#,1,2026-01-01,N-1,1,1,1,", "buyer_code", "SHOP", "has no account at this seller"),
    ("orders", "NORTH,ANNA,B#,1,2026-01-01,N-1,1,1,1,USD", "currency", "USD", "is not the currency of the seller, EUR"),
    ("sharing", "NORTH,SUB,units,2026-01-01", "brand_owner_code", "NORTH", "is not a manufacturer"),
    ("sharing", "ACME,ANNA,units,2026-01-01", "wholesaler_code", "ANNA", "is not a wholesaler"),
    ("sharing", "ACME,NORTH,units prices,2026-02-01", "grants", "units prices",
     "names a grant other than units, activity, identity, value, stock, sell_out, service"),
    ("sell_out", "NORTH,4006381333931,2026-04-01,1", "retailer_code", "NORTH", "is not a retailer"),
    ("sell_out", "ANNA,4006381333932,2026-04-01,1", "gtin", "4006381333932",
     "is not a GTIN: it has the wrong length or check digit"),
    ("sell_out", "ANNA,4006381333931,2026-04-01,some", "quantity", "some",
     "is not a number with up to 9 digits and 3 decimals"),
    ("sell_out", "ANNA,4006381333931,2999-04-01,1", "sold_on", "2999-04-01", "lies ahead"),
    ("sell_out", "ANNA,04006381333931,2026-03-30,5", "", "", "repeats row 2"),
    ("sharing", "ACME,NORTH,units,", "accepted_on", "", "is missing: an agreement that nobody accepted grants nothing"),
]  # fmt: skip


def test_each_wrong_row_is_refused_alone_and_with_its_reason(loader: Loader) -> None:
    files = channel()
    expected = []
    for number, (file, row, column, value, reason) in enumerate(ROWS):
        files[file].append(row.replace("#", str(number)))
        expected.append((f"{file}.csv", str(len(files[file])), column, value.replace("#", str(number)), reason))
    report = loader.load(files)
    order = [f"{name}.csv" for name in files]
    refused = sorted(loader.refused(), key=lambda line: (order.index(line[0]), int(line[1])))
    assert refused == sorted(expected, key=lambda line: (order.index(line[0]), int(line[1])))
    assert report.refused == len(ROWS)
    # Whatever was wrong, the right rows are in.
    assert {result.file: result.loaded for result in report.files} == {
        f"{name}.csv": len(lines) - 1 for name, lines in channel().items()
    }
    assert "short" not in (loader.folder / "refused.csv").read_text(encoding="utf-8")


def test_parents_that_go_round_in_a_circle_are_refused_with_all_below_them(loader: Loader) -> None:
    files = channel()
    files["organisations"] += [
        "C1,wholesaler,C2,,,,,,,,",
        "C2,wholesaler,C1,,,,,,,,",
        "BELOW,retailer,C1,,,,,,,,",
        "OWN,wholesaler,OWN,,,,,,,,",
    ]
    loader.load(files)
    circle = "stands below itself: its parents go round in a circle"
    assert loader.refused() == [
        ("organisations.csv", "8", "parent_code", "C2", circle),
        ("organisations.csv", "9", "parent_code", "C1", circle),
        ("organisations.csv", "10", "parent_code", "C1", "names an organisation that was refused"),
        ("organisations.csv", "11", "parent_code", "OWN", circle),
    ]


def test_organisations_do_not_move_or_change_their_kind_by_loading(loader: Loader) -> None:
    loader.load(channel())
    files = {"organisations": [
        "code,kind,parent_code", "ACME,manufacturer,", "ANNA,retailer,ACME", "SUB,retailer,NORTH",
    ]}  # fmt: skip
    loader.load(files)
    assert loader.refused() == [
        ("organisations.csv", "3", "parent_code", "ACME", "was NORTH before; loading does not move organisations"),
        (
            "organisations.csv",
            "4",
            "kind",
            "retailer",
            "was wholesaler before, and an organisation does not change what it is",
        ),
    ]


def test_a_top_that_is_no_manufacturer_is_refused_and_so_is_everything_below(loader: Loader) -> None:
    loader.load(
        {"organisations": ["code,kind,parent_code", "W,wholesaler,", "R,retailer,W"], "sellers": ["seller_code", "W"]}
    )
    assert loader.refused() == [
        ("organisations.csv", "2", "kind", "wholesaler", "is not manufacturer, as the top of a tree is"),
        ("organisations.csv", "3", "parent_code", "W", "names an organisation that was refused"),
        ("sellers.csv", "2", "seller_code", "W", CODE),
    ]
    assert loader.rows("select count(*) from organisation") == [(0,)]


def test_one_bad_line_refuses_its_order(loader: Loader) -> None:
    files = channel()
    files["orders"] += [
        "NORTH,ANNA,B-1,1,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-1,2,2026-01-01,N-1,x,1,1,EUR",
        "NORTH,ANNA,B-1,3,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-2,1,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,BRANCH,B-2,2,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-3,1,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-3,2,2026-01-02,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-4,1,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-4,1,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-5,1,2026-01-01,N-1,1,1,1,EUR",
        "NORTH,ANNA,B-5,2,2026-01-01,N-1,1,1,1,EUR,and more",
    ]
    report = loader.load(files)
    assert sorted(loader.refused(), key=lambda line: int(line[1])) == [
        ("orders.csv", "6", "", "", "belongs together with row 7, which is refused"),
        ("orders.csv", "7", "quantity", "x", NUMBER),
        ("orders.csv", "8", "", "", "belongs together with row 7, which is refused"),
        ("orders.csv", "9", "buyer_code", "ANNA", "is not the only buyer of this order"),
        ("orders.csv", "10", "buyer_code", "BRANCH", "is not the only buyer of this order"),
        ("orders.csv", "11", "placed_on", "2026-01-01", "is not the only day of this order"),
        ("orders.csv", "12", "placed_on", "2026-01-02", "is not the only day of this order"),
        ("orders.csv", "13", "", "", "belongs together with row 14, which is refused"),
        ("orders.csv", "14", "", "", "repeats row 13"),
        ("orders.csv", "15", "", "", "belongs together with row 16, which is refused"),
        ("orders.csv", "16", "", "", "has 11 fields, the header has 10"),
    ]
    assert (report.refused, loader.rows("select count(*) from sales_order")) == (11, [(3,)])


def test_loaded_orders_keep_their_buyer_and_day_and_portal_orders_are_left_alone(loader: Loader) -> None:
    loader.load(channel())
    loader.execute("update sales_order set source = 'portal' where order_number = 'A-3'")
    head = channel()["orders"][0]
    loader.load({**channel(), "orders": [
        head,
        "NORTH,BRANCH,A-1,1,2026-03-29,N-1,12,17.5,210.00,EUR",
        "NORTH,ANNA,A-2,1,2026-04-01,N-1,-2,17.5,-35.00,EUR",
        "NORTH,BRANCH,A-3,7,2026-04-03,N-2,5,3,15,EUR",
    ]})  # fmt: skip
    assert loader.refused() == [
        ("orders.csv", "2", "buyer_code", "BRANCH", "is not the buyer this order was loaded with before"),
        ("orders.csv", "3", "placed_on", "2026-04-01", "is not the day this order was loaded with before"),
        ("orders.csv", "4", "order_number", "A-3", "was placed in the portal; history does not change it"),
    ]
    # A portal order that the folder tells as it is, is no reason to refuse anything.
    assert loader.load(channel()).refused == 0


def test_a_list_whose_base_was_refused_is_refused(loader: Loader) -> None:
    files = channel()
    files["price_lists"] += ["NORTH,B,,,,,,A,,,,", "NORTH,A,,,,,,NONE,,,,"]
    loader.load(files)
    assert loader.refused() == [
        ("price_lists.csv", "5", "base_code", "A", "names a list that was refused"),
        ("price_lists.csv", "6", "base_code", "NONE", "is not the code of a known list of this seller"),
    ]


def test_a_known_list_cannot_be_lengthened_from_below(loader: Loader) -> None:
    loader.load(channel())
    files = channel()
    files["price_lists"] = [files["price_lists"][0], "NORTH,ROOT,,,,,,,,,,", "NORTH,LIST,,,,,,ROOT,,,,"]
    loader.load(files)
    assert loader.refused() == [
        ("price_lists.csv", "3", "base_code", "ROOT", "makes a chain of more than 3 lists"),
    ]


def test_lists_that_lead_back_to_each_other_are_refused(loader: Loader) -> None:
    files = channel()
    files["price_lists"] += ["NORTH,A,,,,,,B,,,,", "NORTH,B,,,,,,A,,,,"]
    loader.load(files)
    assert sorted(loader.refused()) == [
        ("price_lists.csv", "5", "base_code", "B", "leads back to this list"),
        ("price_lists.csv", "6", "base_code", "A", "leads back to this list"),
    ]


def test_an_article_that_was_sold_stays_the_product_it_was(loader: Loader) -> None:
    loader.load(channel())
    files = channel()
    files["listings"] = [files["listings"][0], "NORTH,N-1,NORTH,GLUE,,,,", "NORTH,N-2,ACME,SAW,,,,"]
    loader.load(files)
    reason = "is another product than this article has been sold as"
    assert loader.refused() == [
        ("listings.csv", "2", "sku", "GLUE", reason),
        ("listings.csv", "3", "sku", "SAW", reason),
    ]
