"""Coupons that give nothing are counted, so that nobody finds others' by trying."""

from __future__ import annotations

from collections.abc import Sequence

from portal.promotions.queries import Promoted
from portal.promotions.rules.promotion import fold_coupon
from portal.web.rate_limits import count, require_below
from tenants.principal import Principal

_MOST = "60/hour"
_NAME = "coupons"


def require_few_tries(principal: Principal, coupons: Sequence[str]) -> None:
    """Refuse coupons of a buyer that tried too many wrong ones lately, the right ones too. The principal buys.

    Raises:
        TooManyRequests: too many coupons gave nothing within the hour.
    """
    if coupons:
        require_below(_MOST, _NAME, str(principal.organisation_id))


def count_tries(principal: Principal, coupons: int) -> None:
    """Count coupons that were typed, whether they give something or not. The principal buys.

    Raises:
        TooManyRequests: too many were tried within the hour.
    """
    for _ in range(coupons):
        count(_MOST, _NAME, str(principal.organisation_id))


def list_wrong_coupons(coupons: Sequence[str], promoted: Promoted) -> list[int]:
    """Give the positions of the coupons that give nothing; whoever tells a buyer of them counts them as tries."""
    counting = promoted.coupons_that_count
    return [at for at, coupon in enumerate(coupons) if fold_coupon(coupon) not in counting]
