"""sell_out.csv: known GTINs become units of their product, unknown ones are kept aside, a later file corrects."""

from __future__ import annotations

from decimal import Decimal

from tests.integration.channel.folders import Loader, channel


def test_reports_are_loaded_and_a_later_file_corrects_them(loader: Loader) -> None:
    files = channel()
    files["packagings"] = ["owner_code,sku,unit,contains,gtin", "ACME,SAW,CASE,6,96385074"]
    files["sell_out"].append("ANNA,4012345678901,2026-04-01,1")
    loader.load(files)
    booked = "select gtin, sold_on::text, quantity, units, source from sell_out order by sold_on, gtin, buyer_id"
    assert loader.rows(booked) == [
        ("04006381333931", "2026-03-30", Decimal(3), Decimal(3), "channel"),
        ("04006381333931", "2026-03-30", Decimal(0), Decimal(0), "channel"),
        ("00000096385074", "2026-03-31", Decimal("-1.5"), Decimal(-9), "channel"),
        ("04012345678901", "2026-04-01", Decimal(1), None, "channel"),
    ]
    told = "select payload ->> 'from', payload ->> 'to' from outbox_event where kind = 'SellOutReported' order by id"
    assert loader.rows(told) == [("2026-03-30", "2026-04-01")]
    report = loader.load({"sell_out": [files["sell_out"][0], "ANNA,4006381333931,2026-03-30,2"]}, tree="ACME")
    assert [(one.loaded, one.changed) for one in report.files] == [(1, 1)]
    assert loader.rows("select quantity from former_sell_out") == [(Decimal(3),)]
    assert loader.rows(told) == [("2026-03-30", "2026-04-01"), ("2026-03-30", "2026-03-30")]
