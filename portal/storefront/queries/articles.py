"""What a buyer sees before ordering: found articles with own prices and what can be promised, set-wise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.catalogue.queries.search import ArticleSearch, CursorKey, FoundArticle, search_articles
from portal.catalogue.queries.words import with_compounds
from portal.catalogue.rules import Facets
from portal.core.queries import like_pattern
from portal.pricing.queries import Quote, quote_articles
from portal.pricing.queries.drafted import Drafted
from portal.pricing.rules.decision import PriceBook, PricedLine, Tier, least_quantity
from portal.pricing.rules.explanation import buyer_explanation
from portal.promotions.queries.promoted import list_offered
from portal.promotions.rules.promotion import Promotion
from tenants.database import db, read
from tenants.errors import NotFound
from tenants.principal import Principal

_FEW = 24

_ROWS = """
    select a.id, a.article_number, a.min_quantity, a.order_multiple, a.backorder = 'allow', p.gtin, p.name_en, p.name_de,
           p.brand, p.category, p.base_unit, p.picture_digest,
           array(select row(k.unit, k.contains)::text from packaging k where k.owner_id = a.owner_id
                 and k.product_id = a.product_id and k.contains > 1 order by k.contains, k.unit) as packagings,
           v.available_quantity, v.incoming_quantity, v.incoming_on
    from unnest(%(articles)s::bigint[]) with ordinality as wanted (id, position)
    join article a on a.seller_id = %(seller)s and a.id = wanted.id and a.status = 'active'
    join product p on p.owner_id = a.owner_id and p.id = a.product_id and p.status = 'active'
    left join available_quantities(%(articles)s::bigint[]) v on v.article_id = a.id
    order by wanted.position
"""

_PRODUCT = text(
    """
    select a.id, a.owner_id, a.product_id, a.article_number, a.min_quantity, a.order_multiple,
           a.backorder = 'allow' as backorder, p.gtin, p.name_en, p.name_de, p.description_en, p.description_de,
           p.brand, p.category, p.base_unit, p.attributes, p.picture_digest,
           array(select row(k.unit, k.contains)::text from packaging k where k.owner_id = a.owner_id
                 and k.product_id = a.product_id and k.contains > 1 order by k.contains, k.unit) as packagings,
           array(select k.gtin from packaging k where k.owner_id = a.owner_id
                 and k.product_id = a.product_id and k.contains > 1 order by k.contains, k.unit) as packaging_gtins,
           array(select i.digest from product_picture i where i.owner_id = a.owner_id
                 and i.product_id = a.product_id order by i.position) as pictures,
           (select jsonb_object_agg(c.path, jsonb_build_array(c.name_en, c.name_de)) from category_name c
            where c.owner_id = any(:owners) and (c.path = p.category or starts_with(p.category, c.path || ' > ')))
               as category_names,
           v.available_quantity, v.incoming_quantity, v.incoming_on
    from article a
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    left join lateral available_quantities(array[a.id]) v on true
    where a.seller_id = :seller and a.article_number = :number and a.status = 'active' and p.status = 'active'
    """
).bindparams(bindparam("owners", type_=ARRAY(BigInteger)))


class PackagingLevel(NamedTuple):
    """A packaging and how many base units are in it."""

    unit: str
    contains: Decimal
    gtin: str = ""


class StorefrontRow(NamedTuple):
    """An article as the catalogue shows it to one buyer; quantities in base units, prices net in the buyer's currency."""

    id: int
    article_number: str
    min_quantity: Decimal
    order_multiple: Decimal
    backorder: bool
    gtin: str
    name_en: str
    name_de: str
    brand: str
    category: str
    base_unit: str
    picture_digest: str
    packagings: list[PackagingLevel]
    available_quantity: Decimal | None
    """None: the seller keeps no stock record of it."""
    incoming_quantity: Decimal | None
    incoming_on: date | None
    price: PricedLine
    """For the smallest quantity that may be ordered."""
    next_tier: Tier | None
    promotions: Sequence[Promotion] = ()
    """What the buyer's promotions give on the article, coupons and what has run out left aside."""

    @property
    def least_quantity(self) -> Decimal:
        """Give the smallest quantity that may be ordered."""
        return least_quantity(self.min_quantity, self.order_multiple)


class StorefrontPage(NamedTuple):
    """A page of the catalogue."""

    rows: list[StorefrontRow]
    facets: Facets
    next_key: CursorKey | None
    """The key after which the next page starts; None on the last one."""
    currency: str


class ProductPage(NamedTuple):
    """One article with everything a buyer may know of it."""

    row: StorefrontRow
    description_en: str
    description_de: str
    attributes: dict[str, Any]
    pictures: list[str]
    category_names: dict[str, tuple[str, str]]
    tiers: list[Tier]
    explanation: dict[str, Any]
    """What the buyer may know of how the price came about."""
    currency: str

    @property
    def why_quantity(self) -> Decimal:
        """Give the quantity from which the deciding entry holds."""
        return Decimal(self.explanation.get("min_quantity") or 1)

    @property
    def why_from(self) -> date | None:
        """Give the first day of the deciding entry; None = open."""
        return _day(self.explanation.get("valid_from"))

    @property
    def why_until(self) -> date | None:
        """Give the last day of the deciding entry; None = open."""
        end = _day(self.explanation.get("valid_to"))
        return end - timedelta(days=1) if end else None


def find_articles(
    principal: Principal, wanted: ArticleSearch, *, after: CursorKey | None = None, limit: int
) -> StorefrontPage:
    """Give a page of what the buyer's seller offers, with the buyer's own prices. The principal is the buyer."""
    principal.buying()
    found = search_articles(principal, wanted, after=after, limit=limit)
    if wanted.words and found.matches < _FEW:
        # Few hits: German hides words inside others, where no index finds them.
        words = with_compounds(principal, wanted.words)
        if words != wanted.words.lower():
            found = search_articles(principal, replace(wanted, words=words), after=after, limit=limit)
    shown = found.articles[:limit]
    rows = _list_rows(principal, shown)
    next_key = shown[-1].key if len(found.articles) > limit else None
    return StorefrontPage(rows, found.facets, next_key, principal.currency)


def _list_rows(principal: Principal, articles: Sequence[FoundArticle]) -> list[StorefrontRow]:
    if not articles:
        return []
    seller_id, _ = principal.buying()
    ids = [article.article_id for article in articles]
    rows = read(_ROWS, {"seller": seller_id, "articles": ids})
    quote = quote_articles(principal, [(row[0], least_quantity(row[2], row[3])) for row in rows])
    shown = [_row(row, line, quote) for row, line in zip(rows, quote.lines, strict=True)]
    return _promoted(principal, shown, quote, of_order=False)


def _promoted(
    principal: Principal, rows: list[StorefrontRow], quote: Quote, *, of_order: bool = True
) -> list[StorefrontRow]:
    """Add what promotions give on each article, in one statement, or none where the seller has no promotions.

    What is given on the whole order (`of_order`) would stand beside each article of a list again.
    """
    if not quote.book.promoted:
        return rows
    offered = list_offered(principal, [row.id for row in rows])
    return [
        row
        if row.price.on_request
        else row._replace(
            promotions=[
                each for each in offered.about(row.id) if each.has_something_left and (of_order or not each.of_order)
            ]
        )
        for row in rows
    ]


def get_product(principal: Principal, article_number: str) -> ProductPage:
    """Give one article with descriptions, pictures, all tiers and the reason of its price. The principal is the buyer.

    Raises:
        NotFound: the buyer's seller offers no such article.
    """
    seller_id, _ = principal.buying()
    found = db.session.execute(
        _PRODUCT, {"seller": seller_id, "owners": list(principal.owner_ids), "number": article_number}
    ).one_or_none()
    if found is None:
        raise NotFound
    quote = quote_articles(principal, [(found.id, least_quantity(found.min_quantity, found.order_multiple))])
    [line] = quote.lines
    row = _row(
        (
            found.id,
            found.article_number,
            found.min_quantity,
            found.order_multiple,
            found.backorder,
            found.gtin,
            found.name_en,
            found.name_de,
            found.brand,
            found.category,
            found.base_unit,
            found.picture_digest,
            found.packagings,
            found.available_quantity,
            found.incoming_quantity,
            found.incoming_on,
        ),
        line,
        quote,
        found.packaging_gtins,
    )
    [row] = _promoted(principal, [row], quote)
    return ProductPage(
        row=row,
        description_en=found.description_en,
        description_de=found.description_de,
        attributes=found.attributes,
        pictures=found.pictures,
        category_names={path: (names[0], names[1]) for path, names in (found.category_names or {}).items()},
        tiers=orderable_tiers(quote.book.tiers(found.id), found.min_quantity, found.order_multiple),
        explanation=buyer_explanation(line),
        currency=quote.currency,
    )


def orderable_tiers(tiers: Sequence[Tier], minimum: Decimal, multiple: Decimal) -> list[Tier]:
    """Let each tier, ascending, begin at the first quantity that may be ordered; of several at one quantity the last holds."""
    starts = {least_quantity(max(tier.min_quantity, minimum), multiple): tier.unit_price for tier in tiers}
    return [Tier(*start) for start in starts.items()]


def _row(values: tuple[Any, ...], line: PricedLine, quote: Quote, gtins: Sequence[str] = ()) -> StorefrontRow:
    packagings = [_level(text_, gtins[place] if gtins else "") for place, text_ in enumerate(values[12])]
    next_tier = None if line.on_request else quote.book.next_tier(line.article_id, line.quantity, values[3])
    return StorefrontRow._make((*values[:12], packagings, *values[13:], line, next_tier, ()))


def _level(written: str, gtin: str) -> PackagingLevel:
    """Read `(CS,12.000)`: an array of rows as text is what costs least to send."""
    unit, _, contains = written[1:-1].rpartition(",")
    return PackagingLevel(unit.strip('"').replace('""', '"'), Decimal(contains).normalize(), gtin)


def _day(text_: str | None) -> date | None:
    return date.fromisoformat(text_) if text_ else None


_PREVIEWED = """
    select a.id, a.article_number, p.name_en, p.name_de, p.brand, p.base_unit, p.picture_digest, a.min_quantity,
           a.order_multiple
    from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
    where a.seller_id = %(seller)s and a.status = 'active' and p.status = 'active'
      and (%(pattern)s = '' or a.article_number ilike %(pattern)s or p.name_en ilike %(pattern)s
           or p.name_de ilike %(pattern)s or p.brand ilike %(pattern)s)
      and (%(revision)s = 0 or exists (select from price_revision_entry d where d.seller_id = a.seller_id
                                       and d.revision_id = %(revision)s and d.article_id = a.id))
      and a.article_number > %(after)s
    order by a.article_number limit %(limit)s
"""


class PreviewedArticle(NamedTuple):
    """An article as one buyer would meet it on a day; prices net per base unit, for the smallest quantity to be ordered."""

    id: int
    article_number: str
    name_en: str
    name_de: str
    brand: str
    base_unit: str
    picture_digest: str
    quantity: Decimal
    price: PricedLine
    before: PricedLine
    """Without the draft; the same where none is looked at."""
    tiers: Sequence[Tier]
    promotions: Sequence[Promotion]


class Preview(NamedTuple):
    """A page of what a buyer would see, and the book that explains it."""

    rows: list[PreviewedArticle]
    book: PriceBook
    more: bool


def preview_articles(
    principal: Principal,
    buyer_id: int,
    *,
    on: date | None = None,
    drafted: Drafted | None = None,
    words: str = "",
    after: str = "",
    limit: int,
) -> Preview:
    """Give what a buyer of the seller would see on a day (None = today), by article number. The principal is the seller.

    With `drafted` as if that draft were published, and without words its articles alone. Nothing is written.
    """
    revision = drafted.revision_id if drafted and not words else 0
    pattern = like_pattern(words) if words else ""
    values = {
        "seller": principal.selling(),
        "pattern": pattern,
        "after": after,
        "limit": limit + 1,
        "revision": revision,
    }
    found: list[Any] = read(_PREVIEWED, values)
    lines = [(row[0], least_quantity(row[7], row[8])) for row in found[:limit]]
    quote = quote_articles(principal, lines, buyer_id=buyer_id, on=on, explain=True, drafted=drafted)
    plain = quote_articles(principal, lines, buyer_id=buyer_id, on=on) if drafted else quote
    offered = None
    if lines and quote.book.promoted:
        offered = list_offered(principal, [line[0] for line in lines], buyer_id=buyer_id, on=quote.book.on)
    rows = [
        PreviewedArticle._make(
            (*row[:7], quantity, line, before, quote.book.tiers(row[0]), offered.about(row[0]) if offered else ())
        )
        for row, (_, quantity), line, before in zip(found, lines, quote.lines, plain.lines, strict=False)
    ]
    return Preview(rows, quote.book, len(found) > limit)
