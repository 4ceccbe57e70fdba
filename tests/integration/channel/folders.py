"""A small channel, complete and right in every row, from which the tests make wrong ones."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from portal.integration.channel.load import LoadOrder, load_channel
from portal.integration.channel.promotions import PROMOTIONS
from portal.integration.channel.report import LoadReport
from tenants.database_roles import conninfo

Files = dict[str, list[str]]

CHANNEL: Mapping[str, tuple[str, ...]] = {
    "organisations": (
        "code,kind,parent_code,name,postal_code,country,locale,currency,gln,status,time_zone",
        "ACME,manufacturer,,Acme Werke,10115,DE,de,EUR,4006381333931,active,Europe/Berlin",
        "NORTH,wholesaler,ACME,Nordhandel,20095,DE,,,,,",
        "SUB,wholesaler,NORTH,Unterhandel,20097,DE,,,,,",
        "ANNA,retailer,NORTH,Anna,20099,DE,,,,,",
        "BRANCH,retailer,ANNA,Anna Filiale,20101,DE,,,,,",
        "SHOP,retailer,SUB,Laden,20103,DE,,,,inactive,",
    ),
    "users": (
        "organisation_code,email,name,role,password",
        "NORTH,Desk@north.example,Desk,admin,tall-blue-horse",
        "ANNA,anna@anna.example,Anna,buyer,",
        "BRANCH,anna@anna.example,Anna,viewer,",
    ),
    "accounts": (
        "seller_code,buyer_code,customer_number,price_group,payment_terms_days,credit_limit,status",
        "ACME,NORTH,1,PARTNER,30,100000,active",
        "NORTH,ANNA,10,CHAIN,14,,",
        "NORTH,BRANCH,11,CHAIN,,,",
        "NORTH,SUB,12,,,,",
        "SUB,SHOP,20,,,,inactive",
    ),
    "sellers": ("seller_code,price_strategy", "NORTH,lowest"),
    "categories": ("owner_code,path,name_en,name_de", "ACME,Tools > Saws,Saws,Sägen"),
    "products": (
        "owner_code,sku,gtin,name_en,name_de,category,attributes",
        'ACME,SAW,4006381333931,Saw,Säge,Tools > Saws,"{""teeth"": 24}"',
        "ACME,OLD,,Old saw,,Tools > Saws,",
        "NORTH,GLUE,,,Leim,Glue,",
    ),
    "packagings": ("owner_code,sku,unit,contains,gtin", "ACME,SAW,CS,12,"),
    "listings": (
        "seller_code,article,owner_code,sku,min_quantity,order_multiple,backorder,status",
        "ACME,SAW,ACME,SAW,12,12,allow,",
        "NORTH,N-1,ACME,SAW,,,,",
        "NORTH,N-2,NORTH,GLUE,0.5,0.5,deny,active",
    ),
    "price_lists": (
        "seller_code,code,name,currency,priority,valid_from,valid_to,base_code,adjustment_percent,adjustment_amount,decimals,status",
        "NORTH,SPECIAL,Special,,10,2026-01-01,2026-12-31,CHAINS,-1.5,,2,",
        "NORTH,CHAINS,Chains,,50,,,LIST,-5,0.01,,",
        "NORTH,LIST,List,EUR,,,,,,,,",
    ),
    "price_entries": (
        "seller_code,price_list_code,article,min_quantity,net_price,valid_from,valid_to",
        "NORTH,LIST,N-1,,19.90,,",
        "NORTH,LIST,N-1,12,17.5,2026-01-01,2026-01-01",
        "NORTH,LIST,N-2,1,0,,2027-01-01",
    ),
    "price_assignments": (
        "seller_code,price_list_code,audience,audience_code",
        "NORTH,LIST,everyone,",
        "NORTH,CHAINS,group,CHAIN",
        "NORTH,SPECIAL,account,ANNA",
        "NORTH,SPECIAL,group,NAMED-HERE",
    ),
    "promotions": (
        ",".join(PROMOTIONS.columns),
        "NORTH,SAWS,Saw week,2026-01-01,2027-01-01,10,yes,,percent,12.5,,,,,,,,,ACME,0.25",
        "NORTH,GIFT,,,,,,,free_goods,,,,12,0.5,N-2,100,1,99.5,,",
        "NORTH,STRASSE,Coupon,,,5,no,Straße 7,order_amount,5,,50,,,,,,,,",
    ),
    "promotion_scopes": (
        "seller_code,promotion_code,scope,scope_code",
        "NORTH,SAWS,category,Tools > Saws",
        "NORTH,SAWS,brand,Acme",
        "NORTH,GIFT,article,N-1",
        "NORTH,STRASSE,all,",
    ),
    "promotion_audiences": (
        "seller_code,promotion_code,audience,audience_code",
        "NORTH,SAWS,everyone,",
        "NORTH,GIFT,group,CHAIN",
        "NORTH,GIFT,group,NAMED-HERE",
        "NORTH,STRASSE,account,ANNA",
    ),
    "warehouses": ("seller_code,code,name,postal_code,country", "NORTH,MAIN,Main,20095,DE"),
    "stock": (
        "seller_code,warehouse_code,article,on_hand,incoming_quantity,incoming_on",
        "NORTH,MAIN,N-1,40,12,2026-12-01",
        "NORTH,MAIN,N-2,2.5,,",
    ),
    "orders": (
        "seller_code,buyer_code,order_number,line,placed_on,article,quantity,unit_price,line_amount,currency",
        "NORTH,ANNA,A-1,1,2026-03-29,N-1,12,17.5,210.00,EUR",
        "NORTH,ANNA,A-1,2,2026-03-29,OLD,1,8.9900,8.99,EUR",
        "NORTH,ANNA,A-2,1,2026-04-02,N-1,-2,17.5,-35.00,EUR",
        "NORTH,BRANCH,A-3,7,2026-04-03,N-2,0.333,2.9999,,",
    ),
    "sharing": ("brand_owner_code,wholesaler_code,grants,accepted_on", "ACME,NORTH,stock units,2026-01-01", "ACME,SUB,,2026-01-01"),
    "sell_out": (
        "retailer_code,gtin,sold_on,quantity",
        "ANNA,4006381333931,2026-03-30,3",
        "ANNA,96385074,2026-03-31,-1.5",
        "BRANCH,04006381333931,2026-03-30,0",
    ),
}  # fmt: skip


def channel() -> Files:
    """Give the right channel, to be changed at will."""
    return {name: list(lines) for name, lines in CHANNEL.items()}


def write_folder(folder: Path, files: Mapping[str, Iterable[str]]) -> Path:
    """Write the files, each given by its lines."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return folder


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads folders into the test's database."""

    url: str
    folder: Path
    hash_password: Callable[[str], str]

    def load(self, files: Mapping[str, Iterable[str]] | Path, **options: Any) -> LoadReport:
        """Load the files (or a folder that stands already)."""
        folder = files if isinstance(files, Path) else write_folder(self.folder / f"load-{self._number()}", files)
        order = LoadOrder(folder, self.folder / "refused.csv", **options)
        return load_channel(self.url, order, hash_password=self.hash_password, note=lambda _: None)

    def refused(self) -> list[tuple[str, str, str, str, str]]:
        """Give the lines of refused.csv of the last load."""
        with (self.folder / "refused.csv").open(encoding="utf-8", newline="") as handle:
            header, *rows = csv.reader(handle)
        assert header == ["file", "row", "column", "value", "reason"]
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read the database as the loader role."""
        with psycopg.connect(conninfo(self.url)) as connection:
            return connection.execute(statement.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Change the database as the loader role."""
        with psycopg.connect(conninfo(self.url)) as connection:
            connection.execute(statement.encode())

    def _number(self) -> int:
        return sum(1 for path in self.folder.iterdir() if path.is_dir())
