"""The files that say for whom something is: price_assignments.csv and promotion_audiences.csv."""

from __future__ import annotations

from typing import NamedTuple

from portal.integration.channel.accounts import name_price_groups
from portal.integration.channel.checks import Check, known, one_of, required
from portal.integration.channel.stage import ChannelFile, Stage
from portal.pricing.models import Audience


class Audienced(NamedTuple):
    """What has an audience: its column in the file, its key in the table, its alias in the source, and what to call it."""

    column: str
    key: str
    alias: str
    noun: str


def audience_file(name: str, table: str, subject: Audienced, *, source: str) -> ChannelFile:
    """Give the file of a subject's audiences; the source joins the staged rows with `seller` and the subject."""

    def write(stage: Stage) -> int:
        named = name_price_groups(stage, "s.audience_code", "s.audience = 'group'")
        return named + stage.upsert(
            table,
            f"seller_id, {subject.key}, audience, price_group, buyer_id",
            {
                "seller_id": "seller.id",
                subject.key: f"{subject.alias}.id",
                "audience": "s.audience",
                "price_group": "case when s.audience = 'group' then s.audience_code end",
                "buyer_id": "account.buyer_id",
            },
        )

    return ChannelFile(
        name=name,
        columns=("seller_code", subject.column, "audience", "audience_code"),
        cells=(
            *required("seller_code", subject.column, "audience"),
            one_of("audience", Audience),
            Check(
                "audience_code",
                "s.audience = 'everyone' and s.audience_code is not null",
                "is set although it is for everyone",
            ),
            Check("audience_code", "s.audience <> 'everyone' and s.audience_code is null", "is missing"),
        ),
        source=source + " left join tree buyer on s.audience = 'account' and buyer.code = s.audience_code"
        " left join trading_account account on account.seller_id = seller.id and account.buyer_id = buyer.id",
        links=(
            known("seller_code", "seller"),
            known(subject.column, subject.alias, f"{subject.noun} of this seller"),
            Check(
                "audience_code",
                "s.audience = 'account' and account.buyer_id is null",
                "is not the code of a buyer with an account at this seller",
            ),
        ),
        key=f"s.seller_code, s.{subject.column}, s.audience, s.audience_code",
        write=write,
    )
