"""Restock proposals for a buyer's programs."""

from __future__ import annotations

from datetime import date

from flask import Flask

from portal.replenishment import queries
from portal.replenishment.because import because_text
from portal.replenishment.rules import Habit
from portal.web.api import ApiAnswer, Quantity, operation
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class HabitAnswer(ApiAnswer):
    """The facts behind a proposal, from the account's own orders; quantities in base units."""

    times_bought: int
    days_ordered: int
    usual_interval_days: int | None
    usual_quantity: Quantity
    last_on: date
    due_on: date | None


class ProposalAnswer(ApiAnswer):
    """An article, how much of it may be ordered as it stands, and why."""

    article: str
    quantity: Quantity
    because: str
    habit: HabitAnswer


class ProposalsAnswer(ApiAnswer):
    """What the account needs now beyond what it has just ordered, the likeliest first.

    `last_ordered_on` is null without history; `next_due_on` is when the next usual order is due, null where there is no
    rhythm yet or the day has come.
    """

    lines: list[ProposalAnswer]
    last_ordered_on: date | None
    next_due_on: date | None


def _habit(habit: Habit) -> HabitAnswer:
    return HabitAnswer(
        times_bought=habit.times_bought,
        days_ordered=habit.days_ordered,
        usual_interval_days=habit.usual_interval_days,
        usual_quantity=habit.usual_quantity,
        last_on=habit.last_on,
        due_on=habit.due_on,
    )


@operation(
    "GET",
    "/buying/restock-proposals",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    response=ProposalsAnswer,
    summary="What is usually needed now",
    tags=["orders"],
)
def list_restock_proposals(principal: Principal) -> ProposalsAnswer:
    """Learned from the account's own orders of two years; articles no longer offered are left out.

    What was ordered just now or is on its way is not proposed again before it is due.
    """
    restock = queries.get_restock(principal)
    return ProposalsAnswer(
        lines=[
            ProposalAnswer(
                article=line.article,
                quantity=line.quantity,
                because=because_text(line.because),
                habit=_habit(line.because),
            )
            for line in restock.lines
        ],
        last_ordered_on=restock.last_on,
        next_due_on=restock.next_due_on,
    )


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""
