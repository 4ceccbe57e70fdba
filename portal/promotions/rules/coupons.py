"""What is said about a coupon that gives nothing."""

from __future__ import annotations

NOT_VALID = "This coupon is not valid."
"""One text whatever the reason, so that trying coupons tells nothing of those that others may use."""
