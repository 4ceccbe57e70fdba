"""products.csv, packagings.csv, categories.csv and listings.csv: what is traded, and under which article numbers."""

from __future__ import annotations

from portal.catalogue.models import BackorderRule
from portal.integration.channel.checks import Check, gtin, known, number, one_of, required, selling
from portal.integration.channel.stage import ChannelFile, Stage
from tenants.models import Status

_OWNED = "stage s left join tree owner on owner.code = s.owner_code"
_PRODUCT = f"{_OWNED} left join product p on p.owner_id = owner.id and p.sku = s.sku"
_TEXTS = ("name_en", "name_de", "description_en", "description_de", "brand", "gtin")


def category_path(column: str) -> str:
    """Give the SQL form of a category path with one blank on each side of every `>`."""
    return f"regexp_replace(coalesce({column}, ''), '\\s*>\\s*', ' > ', 'g')"


def mark_changed(stage: Stage) -> None:
    """Tell that counts of the tree's catalogues, which processes keep, are to be made anew."""
    stage.run(
        "insert into catalogue_version (organisation_id)"
        " select id from organisation where root_id = %(root)s and kind <> 'retailer' order by id"
        " on conflict (organisation_id) do update set version = catalogue_version.version + 1",
        {"root": stage.root_id},
    )


def _tell_recategorised(stage: Stage) -> None:
    """Tell the roll-ups between which categories products move: they take their past with them."""
    given = category_path("s.category")
    stage.run(
        "insert into outbox_event (seller_id, kind, payload, actor)"
        " select p.owner_id, 'ProductsRecategorised', jsonb_build_object('categories', jsonb_agg(distinct moved.category)),"
        f" 'loader' from {_PRODUCT}, lateral (values (p.category), ({given})) moved (category)"
        f" where p.category <> {given} group by p.owner_id order by p.owner_id"
    )


def _write_products(stage: Stage) -> int:
    _tell_recategorised(stage)
    return stage.upsert(
        "product",
        "owner_id, sku",
        {
            "owner_id": "owner.id",
            "sku": "s.sku",
            **{column: f"coalesce(s.{column}, '')" for column in _TEXTS},
            "category": category_path("s.category"),
            "base_unit": "coalesce(s.base_unit, 'EA')",
            "attributes": "coalesce(s.attributes, '{}')::jsonb",
            "status": "coalesce(s.status, 'active')",
        },
    )


def _write_packagings(stage: Stage) -> int:
    return stage.upsert(
        "packaging",
        "owner_id, product_id, unit",
        {
            "owner_id": "p.owner_id",
            "product_id": "p.id",
            "unit": "s.unit",
            "contains": "s.contains::numeric",
            "gtin": "coalesce(s.gtin, '')",
        },
    )


def _write_categories(stage: Stage) -> int:
    return stage.upsert(
        "category_name",
        "owner_id, path",
        {
            "owner_id": "owner.id",
            "path": category_path("s.path"),
            "name_en": "coalesce(s.name_en, '')",
            "name_de": "coalesce(s.name_de, '')",
        },
    )


def _write_listings(stage: Stage) -> int:
    return stage.upsert(
        "article",
        "seller_id, article_number",
        {
            "seller_id": "seller.id",
            "article_number": "s.article",
            "owner_id": "p.owner_id",
            "product_id": "p.id",
            "min_quantity": "coalesce(s.min_quantity, '1')::numeric",
            "order_multiple": "coalesce(s.order_multiple, '1')::numeric",
            "backorder": "coalesce(s.backorder, 'deny')",
            "status": "coalesce(s.status, 'active')",
        },
    )


PRODUCTS = ChannelFile(
    name="products",
    columns=(
        "owner_code",
        "sku",
        "gtin",
        "name_en",
        "name_de",
        "description_en",
        "description_de",
        "brand",
        "category",
        "base_unit",
        "attributes",
        "status",
    ),
    cells=(
        *required("owner_code", "sku"),
        gtin("gtin"),
        Check("name_en", "s.name_en is null and s.name_de is null", "is missing, and so is name_de"),
        Check(
            "attributes",
            "case when not pg_input_is_valid(s.attributes, 'jsonb') then true"
            " else jsonb_typeof(s.attributes::jsonb) <> 'object' end",
            "is not a JSON object",
        ),
        one_of("status", Status),
    ),
    source=_OWNED,
    links=(known("owner_code", "owner"), selling("owner_code", "owner")),
    key="s.owner_code, s.sku",
    write=_write_products,
)

CATEGORIES = ChannelFile(
    name="categories",
    columns=("owner_code", "path", "name_en", "name_de"),
    cells=(*required("owner_code", "path"),),
    source=_OWNED,
    links=(known("owner_code", "owner"), selling("owner_code", "owner")),
    key=f"s.owner_code, {category_path('s.path')}",
    write=_write_categories,
)

PACKAGINGS = ChannelFile(
    name="packagings",
    columns=("owner_code", "sku", "unit", "contains", "gtin"),
    cells=(*required("owner_code", "sku", "unit", "contains"), number("contains", 3, lowest="> 0"), gtin("gtin")),
    source=_PRODUCT,
    links=(known("owner_code", "owner"), known("sku", "p", "product of this owner")),
    key="s.owner_code, s.sku, s.unit",
    write=_write_packagings,
)

LISTINGS = ChannelFile(
    name="listings",
    columns=("seller_code", "article", "owner_code", "sku", "min_quantity", "order_multiple", "backorder", "status"),
    cells=(
        *required("seller_code", "article", "owner_code", "sku"),
        number("min_quantity", 3, lowest="> 0"),
        number("order_multiple", 3, lowest="> 0"),
        one_of("backorder", BackorderRule),
        one_of("status", Status),
    ),
    source=f"{_PRODUCT} left join tree seller on seller.code = s.seller_code"
    " left join article listed on listed.seller_id = seller.id and listed.article_number = s.article",
    links=(
        known("seller_code", "seller"),
        selling("seller_code", "seller"),
        known("owner_code", "owner"),
        known("sku", "p", "product of this owner"),
        Check("owner_code", "owner.id <> all(seller.owner_ids)", "is neither the seller nor one of its ancestors"),
        Check(
            "sku",
            "(listed.owner_id, listed.product_id) <> (p.owner_id, p.id) and exists (select from order_line line"
            " where line.seller_id = listed.seller_id and line.article_id = listed.id)",
            "is another product than this article has been sold as",
        ),
    ),
    key="s.seller_code, s.article",
    write=_write_listings,
)

COUNTED = frozenset({CATEGORIES.name, PRODUCTS.name, PACKAGINGS.name, LISTINGS.name})
"""Files that change what a catalogue counts."""
