"""The portal's price rule, asked in the plain values of the reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from portal.pricing.models import Audience, PriceStrategy
from portal.pricing.rules import price_lists as rules
from portal.pricing.rules.decision import PriceBook, PriceEntry
from tests.pricing.reference_prices import (
    LOOP,
    OTHER_CURRENCY,
    OTHER_SELLER,
    TOO_LONG,
    Answer,
    Entry,
    PriceList,
    Question,
)

Lists = Mapping[str, PriceList]
REASONS = {
    rules.DerivationProblem.LOOP: LOOP,
    rules.DerivationProblem.TOO_LONG: TOO_LONG,
    rules.DerivationProblem.OTHER_CURRENCY: OTHER_CURRENCY,
    rules.DerivationProblem.OTHER_SELLER: OTHER_SELLER,
}


def candidates(lists: Lists, question: Question) -> list[str]:
    """Give the codes of the candidate lists, in their order."""
    return [each.code for each in _candidates(lists, question)]


def price(lists: Lists, question: Question) -> Answer | None:
    """Give the price that decides, or None for a price on request."""
    codes, articles = (
        list(lists),
        sorted({question.article, *(entry.article for each in lists.values() for entry in each.entries)}),
    )
    entries = [
        PriceEntry(
            codes.index(each.code),
            articles.index(entry.article),
            entry.min_quantity,
            entry.valid_from,
            entry.valid_to,
            entry.unit_price,
        )
        for each in lists.values()
        for entry in each.entries
    ]
    book = PriceBook(_candidates(lists, question), entries, PriceStrategy(question.strategy), question.date)
    decision = book.decide(articles.index(question.article), question.quantity)
    if decision is None:
        return None
    found = decision.entry
    entry = Entry(articles[found.article_id], found.net_price, found.min_quantity, found.valid_from, found.valid_to)
    return Answer(Fraction(decision.unit_price), decision.price_list.code, codes[found.price_list_id], entry)


def refusal(lists: Lists, code: str) -> str | None:
    """Tell why a list is refused on writing, if it is."""
    codes = list(lists)
    sellers = [each.seller for each in lists.values()]
    bases = {codes.index(each.code): codes.index(each.base) for each in lists.values() if each.base is not None}
    for chain in rules.derivation_chains(codes.index(code), bases):
        members = [lists[codes[number]] for number in chain]
        links = [
            rules.ChainLink(number, sellers.index(each.seller), each.currency)
            for number, each in zip(chain, members, strict=True)
        ]
        problem = rules.check_derivation(links)
        if problem is not None:
            return REASONS[problem]
    return None


def line_amount(unit_price: Fraction, quantity: Fraction, minor: int) -> Fraction:
    """Give the amount of a line."""
    return Fraction(rules.line_amount(_plain(unit_price), _plain(quantity), minor))


def _plain(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _candidates(lists: Lists, question: Question) -> list[rules.PriceList]:
    """Ask as a query would that gives an item for each assignment of the buyer, those of everyone first."""
    assigned = [
        _price_list(lists, each.code, audience)
        for each in lists.values()
        if each.seller == question.seller
        for audience, holds in (
            (Audience.EVERYONE, each.everyone),
            (Audience.GROUP, question.group in each.groups),
            (Audience.ACCOUNT, question.account in each.accounts),
        )
        if holds
    ]
    return rules.order_candidates(assigned, question.currency, question.date)


def _price_list(lists: Lists, code: str, audience: Audience) -> rules.PriceList:
    plain = lists[code]
    return rules.PriceList(
        id=list(lists).index(code),
        code=code,
        name=code,
        currency=plain.currency,
        audience=audience,
        priority=plain.priority,
        valid_from=plain.valid_from,
        valid_to=plain.valid_to,
        active=plain.active,
        base=None if plain.base is None else _price_list(lists, plain.base, audience),
        adjustment_percent=plain.percent,
        adjustment_amount=plain.amount,
        decimals=plain.decimals,
    )
