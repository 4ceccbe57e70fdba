"""The price lists of the demo's sellers: tiers, windows, derived lists, contracts, a change that is scheduled."""

from __future__ import annotations

from datetime import date, timedelta

from portal.integration.demo.assortment import Article, Assortment
from portal.integration.demo.channel import SELLERS
from portal.integration.demo.price_book import Entry, PriceBook, PriceList, share
from portal.integration.demo.products import MAKER

_CHAIN = ("R-PETERSEN", "R-PETERSEN-FL", "R-PETERSEN-HU", "R-PETERSEN-KI", "R-PETERSEN-RD")

# What a contract covers: seller, code, name, buyers, category, how many articles.
_CONTRACTS = (
    (MAKER, "V-KELMBACH", "Rahmenvertrag Kelmbach", ("KELMBACH",), "Hand tools", 30),
    ("OSTERMOOR", "V-PETERSEN", "Rahmenvertrag Bauhof Petersen", _CHAIN, "Hand tools", 40),
    ("KELMBACH", "V-NECKAR", "Rahmenvertrag Neckar Arbeitsschutz", ("R-NECKAR",), "Safety", 20),
    ("DOORNVELD", "C-GOUDA", "Framework agreement Gouda", ("R-GOUDA",), "Accessories", 30),
)
# Whose prices change next, and in which part of the range.
_SCHEDULED = {MAKER: "", "OSTERMOOR": "Power tools", "ALPMARK": "Garden", "KELMBACH": "Accessories", "DOORNVELD": ""}


# From so many cases on the maker gives its first rebate; families from this weight on have a case price.
_TIER_CASES = 5
_FAST = 1.2
_MID_YEAR = 7


def first_of_month(day: date, months: int) -> date:
    """Give the first day of the month that lies so many months after (or before) this day's month."""
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def last_change(today: date) -> date:
    """Give the day on which all lists went up last: the first of the month ten months back."""
    return first_of_month(today, -10)


def next_change(today: date) -> date:
    """Give the day of the scheduled change: the first of a month, at least three weeks ahead."""
    return first_of_month(today + timedelta(days=21), 1)


def make_price_book(assortment: Assortment, today: date) -> PriceBook:
    """Give every list of every seller as it stands on this day."""
    lists = []
    for seller in SELLERS:
        articles = [article for article in assortment[seller.code].values() if not article.product.on_request]
        standard = _standard(seller.code, articles, seller.mark_up, today)
        lists.extend([standard, *_derived(standard), *_contracts(standard, articles, today)])
        if seller.strategy == "lowest":
            lists.append(_winter(standard, articles, today))
    return PriceBook(lists, {seller.code: seller.strategy for seller in SELLERS})


def _standard(seller: str, articles: list[Article], mark_up: float, today: date) -> PriceList:
    code, name = {
        MAKER: ("WHOLESALE", f"Großhandelspreise {today.year}"),
        "DOORNVELD": ("STANDARD", f"List prices {today.year}"),
    }.get(seller, ("STANDARD", f"Listenpreise {today.year}"))
    entries = {article.number: _entries(article, mark_up, today) for article in articles}
    return PriceList(seller, code, name, "everyone", ("",), entries=entries)


def _entries(article: Article, mark_up: float, today: date) -> list[Entry]:
    """Give the tiers of an article before and after the last change, and from the next one on if it is concerned."""
    now = article.product.cents if article.seller == MAKER else round(article.product.cents * mark_up / 5) * 5
    windows = [(share(now, 966), None, last_change(today)), (now, last_change(today), None)]
    if article.active and article.product.family.category.startswith(_SCHEDULED[article.seller]):
        windows.append((share(now, 1028), next_change(today), None))
    return [
        Entry(quantity, share(cents, factor), start, end)
        for cents, start, end in windows
        for quantity, factor in _tiers(article)
    ]


def _tiers(article: Article) -> list[tuple[int, int]]:
    family = article.product.family
    if article.seller == MAKER:
        pallet = (family.case * family.cases_on_pallet, 940)
        return (
            [(1, 1000), (_TIER_CASES * family.case, 975), pallet]
            if family.cases_on_pallet > _TIER_CASES
            else [(1, 1000), pallet]
        )
    if family.case > family.step and family.weight >= _FAST:
        return [(1, 1000), (family.case, 960)]
    return [(1, 1000)]


def _derived(standard: PriceList) -> list[PriceList]:
    def group(code: str, name: str, tenths: int, base: PriceList = standard) -> PriceList:
        return PriceList(standard.seller, code, name, "group", (code,), base=base, tenths=tenths)

    if standard.seller == "OSTERMOOR":
        trade = group("FACH", "Fachhandel", -60)
        chains = group("KETTE", "Kettenkunden", -110)
        return [trade, group("PLUS", "Fachhandel Plus", -25, trade), chains, group("SUBDIST", "Unterhändler", -200)]
    if standard.seller == "ALPMARK":
        return [group("FACH", "Fachhandel Österreich", -50)]
    if standard.seller == "KELMBACH":
        return [group("PROFI", "Profi-Kunden", -75)]
    if standard.seller == "DOORNVELD":
        return [group("TRADE", "Trade prices", -50), group("BUYGROUP", "Buying group", -90)]
    return []


def _contracts(standard: PriceList, articles: list[Article], today: date) -> list[PriceList]:
    start = first_of_month(today, -11)
    return [
        PriceList(seller, code, name, "account", buyers, 10, start, first_of_month(today, 13), entries=entries)
        for seller, code, name, buyers, category, count in _CONTRACTS
        if seller == standard.seller
        for entries in [_contract_entries(_best(articles, category, count))]
    ]


def _contract_entries(chosen: list[Article]) -> dict[str, list[Entry]]:
    mark_up = {seller.code: seller.mark_up for seller in SELLERS}
    entries = {}
    for article in chosen:
        cents = round(article.product.cents * mark_up[article.seller] / 5) * 5
        floor = 930 if article.seller == MAKER else 850
        steps = [(1, floor), (article.case, floor - 30), (article.case * 4, floor - 50)]
        entries[article.number] = [Entry(quantity, share(cents, factor)) for quantity, factor in steps]
    return entries


def _winter(standard: PriceList, articles: list[Article], today: date) -> PriceList:
    year = today.year if today.month >= _MID_YEAR else today.year - 1
    window = (date(year, 10, 15), date(year + 1, 3, 1))
    cold = [
        article for article in articles if article.product.family.season in {"winter", "heating"} and article.active
    ]
    entries = {
        article.number: [Entry(article.case, share(standard.entries[article.number][-1].cents, 870))]
        for article in cold
    }
    return PriceList(
        standard.seller, "WINTER", "Winterpreise ab Karton", "everyone", ("",), 50, *window, entries=entries
    )


def _best(articles: list[Article], category: str, count: int) -> list[Article]:
    inside = [
        article for article in articles if article.active and article.product.family.category.startswith(category)
    ]
    return sorted(inside, key=lambda article: (-article.product.appeal, article.number))[:count]
