"""Rewards into the basket and out of it."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.loyalty.errors import RewardsRefused
from portal.ordering.service.rewards import put_reward, take_reward_out
from portal.ordering.views.placing import reward_text
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

reward_screens = Screens("basket_rewards", __name__, capacity=Capacity.BUYER, url_prefix="/buying/basket")


@reward_screens.screen("/rewards", Permission.ORDERS_PLACE, methods=["POST"])
def keep_reward(principal: Principal) -> ResponseReturnValue:
    """Let a reward come with the basket, or take it out again."""
    code = request.form.get("reward", "")
    if request.form.get("act") == "remove":
        take_reward_out(principal, code)
        return redirect(url_for("basket.show"), 303)
    try:
        put_reward(principal, code)
    except RewardsRefused as refused:
        rollback_at_edge()
        flash(reward_text(refused), "error")
        return redirect(url_for("own_points.show"), 303)
    flash(gettext("The reward is in the basket. The points are taken once you order."), "success")
    return redirect(url_for("basket.show"), 303)
