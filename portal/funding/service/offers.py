"""Offers: proposed by a brand owner to chosen wholesalers; accepted with a promotion of their own, declined, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.core.field_errors import code_errors, field_error, refuse_if
from portal.core.outbox import emit
from portal.funding.errors import FundingAnswered
from portal.funding.models import FundingOffer, FundingProduct, FundingPromotion, OfferState
from portal.funding.queries import (
    OfferRow,
    find_products,
    find_wholesalers,
    get_offer,
    is_code_taken,
    list_products,
)
from portal.pricing.rules.price_lists import minor_unit
from portal.promotions.service.promotions import SavePromotion, save_promotion
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_WHOLESALERS, MOST_PRODUCTS = 500, 1000
_AMOUNT_BOUND = 1_000_000_000
_LONGEST = {"code": 100, "name": 200, "material": 4000}

_LOCK = text("select state from funding_offer where seller_id = :seller and code = :code for update")
_WITHDRAW = text(
    "update funding_offer f set state = 'withdrawn' from organisation o"
    " where f.owner_id = :owner and f.code = :code and o.id = f.seller_id and o.root_id = :owner"
    " and o.code = :wholesaler and f.state = 'proposed'"
)
_ANSWER = text("update funding_offer set state = :state, answer = :answer where seller_id = :seller and code = :code")


@dataclass(frozen=True, slots=True)
class ProposeFunding:
    """What is proposed to each of the wholesalers; `valid_to` is the first day on which nothing is funded any more."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    funding_amount: Decimal | None
    """For one base unit, in the brand owner's currency."""
    budget: Decimal | None
    """The most that is paid to each of them."""
    wholesalers: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    """SKUs of own products."""
    material: str = ""
    suggested_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AcceptFunding:
    """The promotion that a wholesaler runs under an offer, with its days and articles within what was offered."""

    promotion: SavePromotion
    """Of it `code`, `name`, `benefit`, `value`, days, `articles` and audience count; no articles: all that are offered."""
    answer: str = field(default="")


def propose_funding(principal: Principal, command: ProposeFunding) -> list[OfferRow]:
    """Offer each wholesaler a fixed amount a unit. The principal is the brand owner and manages funding.

    Raises:
        InvalidInput: a field is wrong, a wholesaler or product unknown, or the code taken; `errors` names each.
        PermissionDenied: the principal may not manage funding.
    """
    principal.require(Permission.FUNDING_MANAGE)
    wholesalers, products = find_wholesalers(principal, command.wholesalers), find_products(principal, command.products)
    wrong = _wrong_fields(command, principal.currency)
    if is_code_taken(principal, command.code):
        wrong.append(field_error("code", "taken", "There is an offer with this code."))
    for code in command.wholesalers:
        if code not in wholesalers:
            wrong.append(field_error("wholesalers", "unknown-wholesaler", f"There is no wholesaler {code}."))
        elif wholesalers[code][1] != principal.currency:
            wrong.append(field_error("wholesalers", "other-currency", f"{code} trades in another currency."))
    wrong += [
        field_error("products", "unknown-product", f"You have no product {sku}.")
        for sku in command.products
        if sku not in products
    ]
    refuse_if(wrong, "The offer cannot be taken.")
    name = command.name.strip()
    for code, (seller_id, _) in sorted(wholesalers.items()):
        _propose(command, name, principal, seller_id, products.values())
        told = {"partner_id": seller_id, "code": command.code, "offer": name, "wholesaler": code}
        emit(principal, "FundingOffered", told)
    facts = {
        "name": name,
        "valid_from": command.valid_from.isoformat() if command.valid_from else "",
        "valid_to": command.valid_to.isoformat() if command.valid_to else "",
        "funding_amount": f"{command.funding_amount:f}",
        "budget": f"{command.budget:f}",
        "currency": principal.currency,
        "products": sorted(products),
        "wholesalers": sorted(wholesalers),
    }
    record(principal, "funding_offer.proposed", command.code, after=facts)
    return [get_offer(principal, command.code, code) for code in sorted(wholesalers)]


def withdraw_offer(principal: Principal, code: str, wholesaler: str) -> OfferRow:
    """Take back an offer that is not answered. The principal is the brand owner and manages funding.

    Raises:
        FundingAnswered: it was accepted or declined, or withdrawn before.
        NotFound: there is no such offer.
        PermissionDenied: the principal may not manage funding.
    """
    principal.require(Permission.FUNDING_MANAGE)
    offer = get_offer(principal, code, wholesaler)
    given = {"owner": principal.owning(), "code": code, "wholesaler": wholesaler}
    done: Any = db.session.execute(_WITHDRAW, given)
    if done.rowcount != 1:
        raise FundingAnswered("The offer is answered already.", offer_state=offer.state.value)
    record(principal, "funding_offer.withdrawn", code, after={"wholesalers": [wholesaler]})
    return offer._replace(state=OfferState.WITHDRAWN)


def accept_offer(principal: Principal, code: str, command: AcceptFunding) -> OfferRow:
    """Run an own promotion under an offer. The principal is the wholesaler and manages prices.

    Raises:
        FundingAnswered: it is answered already.
        InvalidInput: days or articles lie outside the offer, or the promotion cannot be taken; `errors` names each field.
        NotFound: there is no such offer.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    offer = _lock(principal, code)
    wanted = command.promotion
    offered = [row.article_number for row in list_products(principal, code) if row.article_number]
    wrong = []
    if not offer.is_open:
        wrong.append(field_error("valid_to", "offer-ended", "The offer has ended."))
    if not offered:
        wrong.append(field_error("articles", "none-listed", "None of the offer's products is among your articles."))
    if not (wanted.everyone or wanted.groups or wanted.accounts):
        wrong.append(field_error("everyone", "missing", "A promotion is for somebody."))
    if wanted.valid_from is None or wanted.valid_from < offer.valid_from:
        wrong.append(field_error("valid_from", "outside-offer", "The offer begins later."))
    if wanted.valid_to is None or wanted.valid_to > offer.valid_to:
        wrong.append(field_error("valid_to", "outside-offer", "The offer ends earlier."))
    if set(wanted.articles) - set(offered):
        wrong.append(field_error("articles", "outside-offer", "The offer is about other articles."))
    refuse_if(wrong, "The offer cannot be taken.")
    articles = wanted.articles or tuple(offered)
    names = ("code", "name", "benefit", "value", "valid_from", "valid_to", "everyone", "groups", "accounts")
    promotion = SavePromotion(articles=articles, **{name: getattr(wanted, name) for name in names})
    save_promotion(principal, promotion, new=True)
    key = {"seller_id": principal.selling(), "code": code}
    db.session.execute(insert(FundingPromotion).inline().values(**key, promotion_code=wanted.code))
    _answer(principal, code, OfferState.ACCEPTED, command.answer)
    record(principal, "funding_offer.accepted", code, after={"promotions": wanted.code})
    _tell(principal, offer, OfferState.ACCEPTED)
    return get_offer(principal, code)


def decline_offer(principal: Principal, code: str, answer: str = "") -> OfferRow:
    """Decline an offer, with an answer for the brand owner. The principal is the wholesaler and manages prices.

    Raises:
        FundingAnswered: it is answered already.
        NotFound: there is no such offer.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    offer = _lock(principal, code)
    _answer(principal, code, OfferState.DECLINED, answer)
    record(principal, "funding_offer.declined", code, after={"reason": answer} if answer else None)
    _tell(principal, offer, OfferState.DECLINED)
    return get_offer(principal, code)


def _propose(command: ProposeFunding, name: str, principal: Principal, seller_id: int, products: Iterable[int]) -> None:
    terms = {
        each: getattr(command, each)
        for each in ("code", "valid_from", "valid_to", "funding_amount", "budget", "material", "suggested_percent")
    }
    key = {"seller_id": seller_id, "owner_id": principal.owning()}
    offer = insert(FundingOffer).values(**key, **terms, name=name, currency=principal.currency)
    # Of two people that offer under one code at once, one is told that it is taken.
    if db.session.execute(offer.on_conflict_do_nothing().returning(FundingOffer.code)).one_or_none() is None:
        refuse_if([field_error("code", "taken", "There is an offer with this code.")], "The offer cannot be taken.")
    rows = [{**key, "code": command.code, "product_id": product} for product in products]
    db.session.execute(insert(FundingProduct).inline(), rows)


def _lock(principal: Principal, code: str) -> OfferRow:
    state = db.session.execute(_LOCK, {"seller": principal.selling(), "code": code}).scalar_one_or_none()
    if state is None:
        raise NotFound
    if state != OfferState.PROPOSED:
        raise FundingAnswered("The offer is answered already.", offer_state=state)
    return get_offer(principal, code)


def _answer(principal: Principal, code: str, state: OfferState, answer: str) -> None:
    values = {"seller": principal.selling(), "code": code, "state": state.value, "answer": answer.strip()[:500]}
    db.session.execute(_ANSWER, values)


def _tell(principal: Principal, offer: OfferRow, state: OfferState) -> None:
    told = {"code": offer.code, "offer": offer.name, "wholesaler": offer.wholesaler, "state": state.value}
    emit(principal, "FundingAnswered", {**told, "partner_id": offer.owner_id})


def _wrong_fields(command: ProposeFunding, currency: str) -> list[dict[str, str]]:
    wrong = code_errors(command.code)
    if not command.name.strip():
        wrong.append(field_error("name", "missing", "Please give it a name."))
    for name, most in _LONGEST.items():
        if len(getattr(command, name)) > most:
            wrong.append(field_error(name, "too-long", f"Up to {most} characters."))
    required = ("valid_from", "valid_to", "funding_amount", "budget", "wholesalers", "products")
    wrong += [field_error(name, "missing", "Please fill this in.") for name in required if not getattr(command, name)]
    if command.valid_from and command.valid_to and command.valid_to <= command.valid_from:
        wrong.append(field_error("valid_to", "ends-before-start", "It ends before it begins."))
    for name, decimals in (("funding_amount", 4), ("budget", minor_unit(currency))):
        number = getattr(command, name)
        if number and not (number.is_finite() and 0 < number < _AMOUNT_BOUND and number == round(number, decimals)):
            wrong.append(field_error(name, "not-a-number", f"A number above 0 with up to {decimals} decimals."))
    suggested = command.suggested_percent
    if suggested is not None and not 0 < suggested <= 100:  # noqa: PLR2004 - percent
        wrong.append(field_error("suggested_percent", "not-a-number", "Above 0, at most 100 percent."))
    return wrong
