"""Telling once that a promotion started, and that nothing of its caps is left."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

TELL_EVERY_SECONDS: Final = 15.0
_MOST: Final = 500

# Whoever places an order that takes of one holds its row for a moment; that one is told of the next time.
_RUNNING = """
    from promotion p join organisation o on o.id = p.seller_id
    where coalesce(p.valid_from, '-infinity') <= (now() at time zone o.time_zone)::date
      and (now() at time zone o.time_zone)::date < coalesce(p.valid_to, 'infinity')
"""
# What is left of a budget is seldom enough for an order when it is a hundredth of it.
_USED_UP = "(coalesce(p.used_count >= p.max_uses, false) or coalesce(p.spent_amount >= 0.99 * p.budget, false))"
_TELL = """
    with due as (
        select p.seller_id, p.id {running} and p.{told} is null and {condition}
        order by p.seller_id, p.id limit :most for update of p skip locked
    ), told as (
        update promotion p set {told} = now() from due where p.seller_id = due.seller_id and p.id = due.id
        returning p.seller_id, p.id, p.code, p.name, p.max_uses, p.used_count, p.budget, p.spent_amount
    )
    insert into outbox_event (seller_id, kind, payload, actor)
    select seller_id, '{kind}', jsonb_build_object('partner_id', seller_id, 'code', code,
        'offer', coalesce(nullif(name, ''), code), 'max_uses', max_uses, 'used_count', used_count,
        'budget', budget::text, 'spent_amount', spent_amount::text), 'job'
    from told order by seller_id, id
"""
_STARTED = text(_TELL.format(running=_RUNNING, told="start_told_at", condition="true", kind="PromotionStarted"))
_EXHAUSTED = text(_TELL.format(running=_RUNNING, told="used_up_told_at", condition=_USED_UP, kind="BudgetExhausted"))
# A cancelled order gave something back, or somebody gave more: the next end is news again.
_FORGET = text(
    f"""
    with due as (
        select p.seller_id, p.id from promotion p where p.used_up_told_at is not null and not {_USED_UP}
        order by p.seller_id, p.id limit :most for update skip locked
    )
    update promotion p set used_up_told_at = null from due where p.seller_id = due.seller_id and p.id = due.id
    """  # noqa: S608 - a constant of ours
)


def tell(connection: Connection) -> None:
    """Emit `PromotionStarted` and `BudgetExhausted` for what began and ran out since, inside the worker's transaction."""
    for statement in (_FORGET, _STARTED, _EXHAUSTED):
        connection.execute(statement, {"most": _MOST})
