"""Numbers of rules and rewards that no column holds exactly are refused at their field."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from portal.loyalty.models import Measure
from portal.loyalty.service.programme import AddReward, AddRule, SaveProgramme, add_reward, add_rule, save_programme
from tenants.errors import InvalidInput
from tenants.permissions import Capacity
from tests.factories.placing import acting
from tests.factories.world import World


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "0.0004", "1.2345"])
def test_a_number_that_is_not_finite_or_too_fine_is_refused_at_its_field(app: Flask, world: World, number: str) -> None:
    value = Decimal(number)
    with acting(app, world.north, Capacity.SELLER) as principal:
        save_programme(principal, SaveProgramme("Points", 12))
        with pytest.raises(InvalidInput) as refused:
            add_rule(principal, AddRule("Rule", Measure.AMOUNT, points=1, per=value))
        assert [error["field"] for error in refused.value.details["errors"]] == ["per"]
        with pytest.raises(InvalidInput) as refused:
            add_rule(principal, AddRule("Rule", Measure.MULTIPLIER, factor=value))
        assert [error["field"] for error in refused.value.details["errors"]] == ["factor"]
        with pytest.raises(InvalidInput) as refused:
            add_reward(principal, AddReward("MUG", "NONE", value, 1))
        assert [error["field"] for error in refused.value.details["errors"]] == ["article", "quantity"]
