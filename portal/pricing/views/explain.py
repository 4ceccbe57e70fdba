"""Why a customer pays a price: every list and entry that decided or lost, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.catalogue.units import product_name, unit_word
from portal.pricing import words
from portal.pricing.queries import find_buyer_id, quote_articles
from portal.pricing.queries.article_prices import PricedArticle, find_priced_article
from portal.pricing.queries.price_lists import get_today
from portal.pricing.rules.entry_rows import QUANTITY_BOUND, RowProblem, read_number, typed_number
from portal.pricing.rules.explanation import Facts, Lost, seller_explanation
from portal.pricing.rules.price_sheet import read_starting_day
from portal.pricing.views.blueprint import prices
from tenants.permissions import Permission
from tenants.principal import Principal

_FIELDS = ("article", "account", "quantity", "on")


@dataclass(slots=True)
class Question:
    """What was asked, as typed, and what is wrong with it, by field."""

    article: str
    account: str
    quantity: str
    on: str
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        """Tell whether anything was asked at all."""
        return bool(self.article or self.account)


@dataclass(frozen=True, slots=True)
class Answer:
    """The price of one line and the whole reasoning."""

    article: PricedArticle
    name: str
    unit: str
    one_unit: str
    on: date
    quantity: Decimal
    unit_price: Decimal | None
    line_amount: Decimal | None
    facts: Facts


@prices.screen("/explain", Permission.PRICES_VIEW)
def explain(principal: Principal) -> ResponseReturnValue:
    """Say what an article costs a customer on a day, and why."""
    article, account, quantity, on = (request.args.get(name, "").strip() for name in _FIELDS)
    question = Question(article, account, quantity, on)
    answer = _answer(principal, question) if question.is_asked else None
    page = render_template(
        "pricing/explain.html",
        question=question,
        answer=answer,
        words=words,
        lost_lists=words.LOST_LISTS,
        lost_entries=words.LOST_ENTRIES,
        Lost=Lost,
    )
    return page, 422 if question.errors else 200


def _answer(principal: Principal, question: Question) -> Answer | None:
    article = find_priced_article(principal, question.article)
    buyer_id = find_buyer_id(principal, question.account)
    quantity = _quantity(question.quantity)
    day = read_starting_day(question.on)
    problems: dict[str, Any] = {
        "article": words.ROW_PROBLEMS[RowProblem.UNKNOWN_ARTICLE] if article is None else None,
        "account": words.FIELD_PROBLEMS["unknown-account"] % {"value": question.account} if buyer_id is None else None,
        "quantity": words.ROW_PROBLEMS[quantity] if isinstance(quantity, RowProblem) else None,
        "on": words.ROW_PROBLEMS[day] if isinstance(day, RowProblem) else None,
    }
    question.errors = {name: str(text) for name, text in problems.items() if text}
    if article is None or buyer_id is None or isinstance(quantity, RowProblem) or isinstance(day, RowProblem):
        return None
    quote = quote_articles(principal, [(article.id, quantity)], buyer_id=buyer_id, on=day, explain=True)
    [line] = quote.lines
    return Answer(
        article=article,
        name=product_name(article.name_en, article.name_de),
        unit=unit_word(article.base_unit, several=quantity != 1),
        one_unit=unit_word(article.base_unit, several=False),
        on=day or get_today(principal),
        quantity=quantity,
        unit_price=line.unit_price,
        line_amount=line.line_amount,
        facts=seller_explanation(line, quote.book),
    )


def _quantity(text: str) -> Decimal | RowProblem:
    plain = typed_number(text, words.decimal_mark())
    number = plain if isinstance(plain, RowProblem) else read_number(plain, 3, QUANTITY_BOUND)
    if number is None:
        return Decimal(1)
    if number == 0 or number is RowProblem.NEGATIVE:
        return RowProblem.NOT_POSITIVE
    return number
