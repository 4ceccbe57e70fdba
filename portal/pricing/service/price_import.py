"""A file of prices becomes a draft: COPY into a table of this transaction alone, checked and compared set by set."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.core.uploads import FileRefused
from portal.pricing.queries.price_lists import get_today
from portal.pricing.queries.revisions import RevisionRow
from portal.pricing.rules.entry_rows import PRICE_BOUND, QUANTITY_BOUND, BadCell, RowProblem
from portal.pricing.rules.price_file import FILE_COLUMNS, UNREADABLE, PriceFile
from portal.pricing.service.drafts import begin_draft, count_rows, lock_list
from portal.pricing.service.entries import BadRows
from tenants.database import copy_in, db
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_ROWS = 250_000
MOST_BYTES = 15 * 1024 * 1024
MOST_NAMED = 200
"""Bad rows that are named; the others are counted."""

_STAGE = text(
    "create temporary table price_stage (row integer not null, "
    + ", ".join(f"{column} text not null" for column in FILE_COLUMNS)
    + ") on commit drop"
)
_READ = text(
    "create temporary table price_read (row integer not null, article_id bigint, min_quantity numeric, net_price numeric,"
    " valid_from date, valid_to date, cost_price numeric, problem text[]) on commit drop"
)
_IN_MEMORY = text("set local work_mem = '64MB'")
"""What a file of the most rows is joined in."""
_ANALYSE_STAGE, _ANALYSE = text("analyze price_stage"), text("analyze price_read")


def _number(column: str, decimals: int, bound: int, empty: str = "null", zero: str = "") -> str:
    """Give the branches that say what is wrong with a number in plain form, the usual good one first."""
    digits = len(str(bound)) - 1
    wrong = {
        f"s.{column} = '{UNREADABLE[RowProblem.AMBIGUOUS_NUMBER]}'": RowProblem.AMBIGUOUS_NUMBER,
        rf"s.{column} !~ '^-?[0-9]+(\.[0-9]*)?$'": RowProblem.NOT_A_NUMBER,
        f"s.{column} ~ '^-.*[1-9]'": RowProblem.NEGATIVE,
        rf"s.{column} ~ '\.[0-9]{{{decimals}}}[0-9]*[1-9]'": RowProblem.TOO_MANY_DECIMALS,
        f"length(ltrim(split_part(s.{column}, '.', 1), '0')) > {digits}": RowProblem.TOO_LARGE,
    }
    branches = "".join(f" when {condition} then '{problem}'" for condition, problem in wrong.items())
    return (
        rf"case when s.{column} = '' then {empty} {zero}"
        rf" when s.{column} ~ '^[0-9]{{1,{digits}}}(\.[0-9]{{0,{decimals}}})?$' then null{branches} end"
    )


def _day(column: str) -> str:
    return (
        f"case when s.{column} = '' then null when s.{column} !~ '^(19|2[0-9])[0-9][0-9]-[0-9][0-9]-[0-9][0-9]$'"
        f" or not pg_input_is_valid(s.{column}, 'date') then '{RowProblem.NOT_A_DAY}' end"
    )


_PROBLEMS = {
    "article": f"case when s.article = '' then '{RowProblem.MISSING}' when a.id is null"
    f" then '{RowProblem.UNKNOWN_ARTICLE}' end",
    "min_quantity": _number(
        "min_quantity",
        3,
        QUANTITY_BOUND,
        zero=f"when s.min_quantity ~ '^(0|[.])+$' or s.min_quantity ~ '^-' then '{RowProblem.NOT_POSITIVE}'",
    ),
    "net_price": _number("net_price", 4, PRICE_BOUND, empty=f"'{RowProblem.MISSING}'"),
    "valid_from": _day("valid_from"),
    "valid_to": _day("valid_to"),
    "cost_price": _number("cost_price", 4, PRICE_BOUND),
}
_FOUND = ", ".join(f"{expression} as {column}" for column, expression in _PROBLEMS.items())
_FIRST = " ".join(f"when w.{column} is not null then array['{column}', w.{column}]" for column in _PROBLEMS)
_CHECK = text(f"""
    insert into price_read (row, article_id, min_quantity, net_price, valid_from, valid_to, cost_price, problem)
    select s.row, a.id, case when w.min_quantity is null then coalesce(nullif(s.min_quantity, ''), '1')::numeric end,
           case when w.net_price is null then s.net_price::numeric end,
           case when w.valid_from is null then nullif(s.valid_from, '')::date end,
           case when w.valid_to is null then nullif(s.valid_to, '')::date end,
           case when w.cost_price is null then nullif(s.cost_price, '')::numeric end,
           case {_FIRST} end
    from price_stage s
    left join article a on a.seller_id = :seller and a.article_number = s.article
    cross join lateral (select {_FOUND}) w
""")  # noqa: S608 - constants of ours
_ENDS_BEFORE_START = text(
    "update price_read set problem = array['valid_to', :problem] where problem is null and valid_to < valid_from"
)
_TWICE = text(f"""
    update price_read r set problem = array['article', '{RowProblem.TWICE}'] from (
        select article_id, min_quantity, valid_from, min(row) as first from price_read where problem is null
        group by article_id, min_quantity, valid_from having count(*) > 1
    ) several
    where r.problem is null and r.article_id = several.article_id and r.min_quantity = several.min_quantity
      and r.valid_from is not distinct from several.valid_from and r.row > several.first
""")  # noqa: S608 - constants of ours
_BAD = text(
    "select row, problem[1], problem[2], count(*) over () from price_read where problem is not null order by row"
    " limit :most"
)
# A row without a first day means the price that holds on the day: it is changed, or followed from the starting day on.
_DRAFT = text("""
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
    with held as materialized (
        select distinct on (h.article_id, h.min_quantity) h.article_id, h.min_quantity, h.valid_from, h.valid_to, h.net_price
        from price_entry h
        where h.seller_id = :seller and h.price_list_id = :list and h.valid_from <= :on
          and (h.valid_to is null or :on < h.valid_to)
        order by h.article_id, h.min_quantity, h.valid_from desc
    ), target as materialized (
        select r.article_id, r.min_quantity, r.net_price,
               coalesce(r.valid_from, cast(:starts_on as date), held.valid_from, '-infinity') as valid_from,
               coalesce(r.valid_to, held.valid_to) as valid_to
        from price_read r
        left join held on r.valid_from is null and held.article_id = r.article_id and held.min_quantity = r.min_quantity
        where r.problem is null
          and (r.valid_from is not null
               or (held.net_price, held.valid_to) is distinct from (r.net_price, coalesce(r.valid_to, held.valid_to)))
    )
    select :seller, :revision, t.article_id, t.min_quantity, t.valid_from, e.net_price, e.valid_to, t.net_price, t.valid_to
    from target t
    left join price_entry e on e.seller_id = :seller and e.price_list_id = :list and e.article_id = t.article_id
         and e.min_quantity = t.min_quantity and e.valid_from = t.valid_from
    where (e.net_price, e.valid_to) is distinct from (t.net_price, t.valid_to)
    on conflict (seller_id, revision_id, article_id, min_quantity, valid_from) do nothing
""")
_GONE = text("""
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
    select :seller, :revision, e.article_id, e.min_quantity, e.valid_from, e.net_price, e.valid_to,
           case when e.valid_from < cast(:starts_on as date) then e.net_price end,
           case when e.valid_from < cast(:starts_on as date) then cast(:starts_on as date) end
    from price_entry e
    where e.seller_id = :seller and e.price_list_id = :list and (e.valid_to is null or :on < e.valid_to)
      and not exists (select from price_read r where r.article_id = e.article_id and r.min_quantity = e.min_quantity
                      and (r.valid_from is null or r.valid_from = e.valid_from))
    on conflict (seller_id, revision_id, article_id, min_quantity, valid_from) do nothing
""")
_COSTS = text("""
    insert into article_cost (seller_id, article_id, cost_price)
    select distinct on (r.article_id) cast(:seller as bigint), r.article_id, r.cost_price from price_read r
    where r.problem is null and r.cost_price is not null order by r.article_id, r.row
    on conflict (seller_id, article_id) do update set cost_price = excluded.cost_price
    where article_cost.cost_price <> excluded.cost_price
""")


@dataclass(frozen=True, slots=True)
class ImportPrices:
    """What is to be read, and how: a file, whether it is the whole list, from which day on its prices hold (None = at once)."""

    file: PriceFile
    name: str = ""
    is_whole: bool = False
    """What the file does not have goes from the list."""
    starts_on: date | None = None
    skips_bad: bool = False
    """Rows that cannot be taken are left out; otherwise one of them refuses all."""


class Imported(NamedTuple):
    """The draft that came of a file, and what was left out of it."""

    draft: RevisionRow
    rows: int
    bad: Sequence[BadCell]
    """The first of them."""
    bad_count: int
    costs: int
    """Costs of articles that were new or changed."""


def import_prices(principal: Principal, code: str, command: ImportPrices) -> Imported:
    """Make a draft of what a file would change in the seller's list; nothing is priced by it before it is published.

    Prices are net per base unit in the list's currency. A column of costs is taken at once: it prices nothing. The
    principal is the seller and manages prices.

    Raises:
        BadRows: rows cannot be taken, and they are not to be skipped; the first are named.
        FileRefused: the file is no list, or too long.
        NotFound: the seller has no such list.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    draft = begin_draft(principal, code, command.name)
    _stage(command.file)
    where = {"seller": principal.selling()}
    db.session.execute(_CHECK, where)
    db.session.execute(_ENDS_BEFORE_START, {"problem": RowProblem.ENDS_BEFORE_START.value})
    db.session.execute(_TWICE)
    bad, bad_count = _bad_rows()
    if bad and not command.skips_bad:
        raise BadRows(bad, "rows", count=bad_count)
    db.session.execute(_ANALYSE)
    on = command.starts_on or get_today(principal)
    values: dict[str, Any] = {
        **where,
        "list": lock_list(principal, code),
        "revision": draft.id,
        "on": on,
        "starts_on": command.starts_on,
    }
    db.session.execute(_DRAFT, values)
    if command.is_whole:
        db.session.execute(_GONE, values)
    costs = count_rows(_COSTS, where) if "cost_price" in command.file.columns else 0
    return Imported(draft, command.file.rows, bad, bad_count, costs)


def _stage(file: PriceFile) -> None:
    db.session.execute(_IN_MEMORY)
    db.session.execute(_STAGE)
    db.session.execute(_READ)
    try:
        copy_in("copy price_stage from stdin", file.blocks())
    except csv.Error as error:
        raise FileRefused("The file is no list.", reason="unreadable") from error
    if file.rows > MOST_ROWS:
        raise FileRefused("The file has too many rows.", reason="too-many-rows", most=MOST_ROWS)
    db.session.execute(_ANALYSE_STAGE)


def _bad_rows() -> tuple[list[BadCell], int]:
    rows = db.session.execute(_BAD, {"most": MOST_NAMED}).all()
    bad = [BadCell(row, column, RowProblem(reason)) for row, column, reason, _ in rows]
    return bad, rows[0][3] if rows else 0
