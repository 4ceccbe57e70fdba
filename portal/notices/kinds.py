"""What people are told of: each kind with whom it concerns, what it says and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.notices.models import Channel
from portal.web.formatting import reader_locale
from tenants.permissions import Capacity, Role

Facts = Mapping[str, Any]

_MANAGING: Final = frozenset({Role.ADMIN, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message."""

    key: str
    label: Any
    roles: frozenset[Role]
    """Whom it concerns in the organisation, unless somebody is named."""
    capacities: frozenset[Capacity]
    """Where it occurs."""
    words: Callable[[Facts], str]
    """What it says, in the reader's language."""
    endpoint: str = ""
    arguments: tuple[str, ...] = ()
    """Names of the endpoint's arguments, which are the facts of these names."""
    usual: Channel = Channel.INBOX
    """By which way who has not chosen is told."""
    only_named: bool = False
    """Whether it concerns nobody else where who is named works there no more, or never did: a program, or the seller's people."""
    needs_inbox: bool = False
    """Whether nobody may do without it in the inbox."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Give what may be chosen."""
        return (Channel.INBOX, Channel.BOTH) if self.needs_inbox else tuple(Channel)


def own_words(facts: Mapping[str, Any], name: str) -> str:
    """Give what is there in German and English in the reader's language; where that is empty, in the other one."""
    german, english = facts[f"{name}_de"], facts[f"{name}_en"]
    return str((german or english) if reader_locale().language == "de" else (english or german))


_SELLING, _BUYING = frozenset({Capacity.SELLER}), frozenset({Capacity.BUYER})


def _own_order(key: str, label: Any, words: Callable[[Facts], str]) -> Kind:
    return Kind(key, label, _MANAGING | {Role.BUYER}, _BUYING, words, "own_orders.show", ("order_number",))


def _of_promotion(key: str, label: Any, words: Callable[[Facts], str]) -> Kind:
    return Kind(key, label, _MANAGING, _SELLING, words, "promotions.edit", ("code",))


def _of_funding(key: str, label: Any, words: Callable[[Facts], str], *, is_owners: bool = False) -> Kind:
    if is_owners:
        owning, arguments = frozenset({Capacity.BRAND_OWNER}), ("code", "wholesaler")
        return Kind(key, label, _MANAGING, owning, words, "brand_funding.show_one", arguments)
    return Kind(key, label, _MANAGING, _SELLING, words, "funding.show_one", ("code",))


def _of_handover(facts: Facts) -> str:
    shop, seller = facts["shop"], facts["seller"]
    said = {
        "consented": _("%(shop)s agrees to be handed over", shop=shop),
        "declined": _("%(shop)s does not want to be handed over", shop=shop),
        "refused": _("%(seller)s does not take over %(shop)s", seller=seller, shop=shop),
        "withdrawn": _("%(seller)s no longer hands over %(shop)s", seller=seller, shop=shop),
        "handed_over": _("%(seller)s took over %(shop)s", seller=seller, shop=shop),
    }
    return str(said[facts["state"]])


def _of_own_handover(facts: Facts) -> str:
    seller = facts["seller"]
    said = {
        "proposed": _("%(seller)s proposes that %(partner)s supplies you", seller=seller, partner=facts.get("partner")),
        "withdrawn": _("%(seller)s no longer proposes another supplier", seller=seller),
        "refused": _("%(seller)s does not become your supplier", seller=seller),
        "handed_over": _("%(seller)s is your supplier now", seller=seller),
    }
    return str(said[facts["state"]])


def _decided(facts: Facts) -> str:
    number = facts["request_number"]
    if facts["state"] == "approved":
        return str(_("Your order %(number)s was approved and is placed", number=number))
    if facts["state"] == "declined":
        return str(_("Your order %(number)s was declined", number=number))
    return str(_("Your order %(number)s was taken back", number=number))


def _support_answered(facts: Facts) -> str:
    number = facts["request_number"]
    if facts["state"] == "solved":
        return str(_("%(seller)s calls your request %(number)s solved", seller=facts["seller"], number=number))
    return str(_("%(seller)s answered your request %(number)s", seller=facts["seller"], number=number))


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "order_placed",
            _l("An order came in"),
            _MANAGING,
            _SELLING,
            lambda facts: _("Order %(number)s from %(buyer)s", number=facts["order_number"], buyer=facts["buyer"]),
            "desk.show",
            ("order_number",),
        ),
        Kind(
            "order_withdrawn",
            _l("A customer cancelled its order"),
            _MANAGING,
            _SELLING,
            lambda facts: _("%(buyer)s cancelled order %(number)s", buyer=facts["buyer"], number=facts["order_number"]),
            "desk.show",
            ("order_number",),
        ),
        _own_order(
            "order_confirmed",
            _l("Your order is confirmed"),
            lambda facts: _("Your order %(number)s is confirmed", number=facts["order_number"]),
        ),
        _own_order(
            "order_shipped",
            _l("Your order is on its way"),
            lambda facts: _("Your order %(number)s is on its way", number=facts["order_number"]),
        ),
        _own_order(
            "order_cancelled",
            _l("The supplier cancelled an order, or part of it"),
            lambda facts: _("Your order %(number)s was cancelled, or part of it", number=facts["order_number"]),
        ),
        Kind(
            "order_requested",
            _l("An order waits for your approval"),
            _MANAGING | {Role.APPROVER},
            _BUYING,
            lambda facts: _("Order %(number)s waits for your approval", number=facts["request_number"]),
            "approvals.show",
            ("request_number",),
            usual=Channel.BOTH,
        ),
        Kind(
            "order_request_decided",
            _l("An approver decided about your order"),
            _MANAGING | {Role.BUYER, Role.APPROVER},
            _BUYING,
            _decided,
            "approvals.show",
            ("request_number",),
            only_named=True,
        ),
        Kind(
            "ordering_changed",
            _l("Ordering was stopped or opened again"),
            _MANAGING | {Role.BUYER},
            _BUYING,
            lambda facts: (
                _("%(seller)s takes orders from you again", seller=facts["seller"])
                if facts["state"] == "active"
                else _("%(seller)s takes no orders from you at present", seller=facts["seller"])
            ),
        ),
        Kind(
            "acting_began",
            _l("Somebody of the supplier works in your name"),
            frozenset({Role.ADMIN}),
            _BUYING,
            lambda facts: _("Somebody of %(seller)s works in your name", seller=facts["seller"]),
            "acted.show",
            needs_inbox=True,
        ),
        Kind(
            "own_handover",
            _l("Another supplier is proposed to you"),
            frozenset({Role.ADMIN}),
            _BUYING,
            _of_own_handover,
            "own_handover.show_own",
            usual=Channel.BOTH,
            needs_inbox=True,
        ),
        Kind(
            "handover",
            _l("A shop is handed over"),
            _MANAGING,
            _SELLING,
            _of_handover,
            "handovers.show",
            usual=Channel.BOTH,
        ),
        Kind(
            "campaign",
            _l("The supplier has a campaign for you"),
            _MANAGING | {Role.BUYER},
            _BUYING,
            lambda facts: _("%(seller)s: %(title)s", seller=facts["seller"], title=own_words(facts, "title")),
            "own_campaigns.show_one",
            ("code",),
            usual=Channel.BOTH,
        ),
        Kind(
            "sharing_changed",
            _l("A wholesaler changed what it shares"),
            _MANAGING,
            frozenset({Capacity.BRAND_OWNER}),
            lambda facts: _("%(seller)s changed what it shares with you", seller=facts["seller"]),
        ),
        Kind(
            "support_asked",
            _l("A customer asks, or writes on"),
            _MANAGING,
            _SELLING,
            lambda facts: _(
                "%(buyer)s wrote: request %(number)s", buyer=facts["buyer"], number=facts["request_number"]
            ),
            "support.show",
            ("request_number",),
        ),
        Kind(
            "support_answered",
            _l("The supplier answered your request"),
            _MANAGING | {Role.BUYER},
            _BUYING,
            _support_answered,
            "own_support.show",
            ("request_number",),
            usual=Channel.BOTH,
        ),
        Kind(
            "support_case",
            _l("A wholesaler passed a case up"),
            _MANAGING,
            frozenset({Capacity.BRAND_OWNER}),
            lambda facts: _(
                "%(seller)s passed up case %(number)s", seller=facts["seller"], number=facts["case_number"]
            ),
            "brand_support.show",
            ("case_number",),
        ),
        Kind(
            "support_case_answered",
            _l("The manufacturer answered a case"),
            _MANAGING,
            _SELLING,
            lambda facts: _("The manufacturer answered: request %(number)s", number=facts["request_number"]),
            "support.show",
            ("request_number",),
        ),
        _of_promotion(
            "promotion_started",
            _l("A promotion started"),
            lambda facts: _("Promotion %(name)s has started", name=facts["offer"]),
        ),
        _of_promotion(
            "promotion_used_up",
            _l("The uses or the budget of a promotion are used up"),
            lambda facts: _("Promotion %(name)s is used up", name=facts["offer"]),
        ),
        _of_funding(
            "funding_offered",
            _l("A manufacturer offers funding for a promotion"),
            lambda facts: _("%(seller)s offers you funding: %(name)s", seller=facts["seller"], name=facts["offer"]),
        ),
        _of_funding(
            "funding_claim_answered",
            _l("A manufacturer answered a claim"),
            lambda facts: _("%(seller)s answered your claim: %(name)s", seller=facts["seller"], name=facts["offer"]),
        ),
        _of_funding(
            "funding_used_up",
            _l("The funding of a promotion is used up"),
            lambda facts: _("The funding of %(name)s is used up", name=facts["offer"]),
        ),
        _of_funding(
            "funding_answered",
            _l("A wholesaler answered an offer of funding"),
            lambda facts: (
                _("%(seller)s runs a promotion: %(name)s", seller=facts["seller"], name=facts["offer"])
                if facts["state"] == "accepted"
                else _("%(seller)s declined: %(name)s", seller=facts["seller"], name=facts["offer"])
            ),
            is_owners=True,
        ),
        _of_funding(
            "funding_claimed",
            _l("A wholesaler claimed funding, or took a claim back"),
            lambda facts: (
                _("%(seller)s claims funding: %(name)s", seller=facts["seller"], name=facts["offer"])
                if facts["state"] == "claimed"
                else _("%(seller)s took a claim back: %(name)s", seller=facts["seller"], name=facts["offer"])
            ),
            is_owners=True,
        ),
    )
}
