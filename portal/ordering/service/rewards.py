"""Rewards into the basket and out of it; points are taken when it is ordered."""

from __future__ import annotations

from collections.abc import Sequence

from portal.loyalty.service.points import find_reward_lines
from portal.ordering.queries.basket import find_basket
from portal.ordering.service.basket import keep_rewards, lock_basket
from tenants.principal import Principal


def set_rewards(principal: Principal, codes: Sequence[str]) -> None:
    """Let these rewards come with the basket, in place of those kept before. The principal buys and may place orders.

    Raises:
        RewardsRefused: one is not offered or named twice, or all together cost more points than there are.
    """
    lock_basket(principal)
    if codes:
        find_reward_lines(principal, codes)
    keep_rewards(principal, codes)


def put_reward(principal: Principal, code: str) -> None:
    """Let a reward come with the basket; doing it twice changes nothing. The principal buys and may place orders.

    Raises:
        RewardsRefused: it is not offered, or with those in the basket it costs more points than there are.
    """
    lock_basket(principal)
    set_rewards(principal, list(dict.fromkeys([*find_basket(principal).rewards, code])))


def take_reward_out(principal: Principal, code: str) -> None:
    """Let a reward not come with the basket. The principal buys and may place orders."""
    lock_basket(principal)
    kept = find_basket(principal).rewards
    if code in kept:
        keep_rewards(principal, [each for each in kept if each != code])
