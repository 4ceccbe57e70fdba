"""What the home pages say of figures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from portal.analytics.agreement_models import ProposalStatus
from portal.analytics.agreement_text import named_grants
from portal.analytics.queries.agreements import count_standings, list_answers, list_proposals
from portal.analytics.queries.channel import Dimension, list_sell_in, list_sell_through, list_wholesalers
from portal.analytics.queries.sales import compare_month, list_customers, today_of
from portal.analytics.rules import CustomerState, change, month_of, months_between
from portal.analytics.service.sharing import note_access
from portal.web.charts import sparkline
from tenants.principal import Principal

_MONTHS = 12
_MOST_SLOWING = 5
_MOST_ANSWERS = 3


def load_month(principal: Principal) -> Mapping[str, Any]:
    """Give this month's sales against the same days of last month."""
    found = compare_month(principal)
    return {"found": found, "change": change(found.amount, found.amount_before)}


def load_slowing(principal: Principal) -> Mapping[str, Any]:
    """Give the customers whose expected order is missing, the most valuable first."""
    today, customers = list_customers(principal)
    slowing = [one for one in customers if one.state is CustomerState.SLOWING]
    return {"today": today, "count": len(slowing), "customers": slowing[:_MOST_SLOWING]}


def load_channel(principal: Principal) -> Mapping[str, Any]:
    """Give last month's sell-in and sell-through against the month before, with a year's course, coverage and age."""
    until = month_of(today_of(principal))
    first = month_of(until, -_MONTHS)
    sell_in = list_sell_in(principal, first, until, [Dimension.MONTH])
    sell_through = list_sell_through(principal, first, until, [Dimension.MONTH])
    note_access(principal, f"sell-through by month; {first} to {until}; home page")
    keys = [f"{month:%Y-%m}" for month in months_between(first, until)]
    measures = []
    for label, figures in ((gettext("Sell-in"), sell_in), (gettext("Sell-through"), sell_through)):
        units = {row.month: row.units for row in figures.rows}
        course = [units.get(key) for key in keys]
        now, before = course[-1], course[-2]
        measures.append(
            {
                "label": label,
                "units": now,
                "change": change(now, before) if now is not None and before is not None else None,
                "trend": sparkline(gettext("%(measure)s over twelve months", measure=label), course),
                "newest_on": figures.newest_on,
            }
        )
    return {"month": month_of(until, -1), "measures": measures, "coverage": sell_through.coverage}


def load_wholesalers(principal: Principal) -> Mapping[str, Any] | None:
    """Give each wholesaler's units of twelve months: sell-in of all, sell-through of those that share it."""
    until = month_of(today_of(principal), 1)
    first = month_of(until, -_MONTHS)
    by = [Dimension.WHOLESALER]
    bought = {row.wholesaler: row.units for row in list_sell_in(principal, first, until, by).rows}
    sold = {row.wholesaler: row.units for row in list_sell_through(principal, first, until, by).rows}
    note_access(principal, f"sell-through by wholesaler; {first} to {until}; home page")
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "shares": one.shares_units,
            "sell_in": bought.get(one.code),
            "sell_through": sold.get(one.code),
        }
        for one in list_wholesalers(principal)
    ]
    rows.sort(key=lambda row: (-(row["sell_in"] or Decimal(0)), row["code"]))  # type: ignore[operator]
    return {"rows": rows, "first": first, "last": month_of(until, -1)} if rows else None


def load_proposals(principal: Principal) -> Mapping[str, Any] | None:
    """Give the proposals that wait for the seller's answer."""
    waiting = list_proposals(principal, status=ProposalStatus.OPEN)
    return {"proposals": waiting, "named_grants": named_grants} if waiting else None


def load_agreements(principal: Principal) -> Mapping[str, Any] | None:
    """Give where the brand owner stands: who shares what, whose answer is waited for, who answered of late."""
    standing = count_standings(principal)
    if not standing.wholesalers:
        return None
    return {"standing": standing, "answers": list_answers(principal, limit=_MOST_ANSWERS)}
