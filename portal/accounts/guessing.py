"""Limits on guessing passwords and codes: failures alone are counted, and nobody is locked out by another's.

Of each pair the first limit stops guessing at one account from one place, the others guessing from or at many. A limit on
an account as a whole does not bind places where the person has been before.
"""

from __future__ import annotations

from typing import Final

from portal.accounts.queries.sign_in import knows_address
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, forget, require_below

PAIR: Final = ("10/15 minutes", "sign-in of an account from an address")
ADDRESS: Final = ("100/15 minutes", "sign-in from an address")
ACCOUNT: Final = ("50/hour", "sign-in of an account")
CODE_PAIR: Final = ("10/15 minutes", "code of an account from an address")
CODE_ACCOUNT: Final = ("20/hour", "code of an account")
"""Fewer than of passwords: three of a million codes count at any moment."""


def require_few_failures(user_id: int, email: str, address: str) -> None:
    """Refuse a password that may be a guess; `user_id` 0 for an address nobody has.

    Raises:
        TooManyRequests: too many failed.
    """
    is_known_place = knows_address(user_id, address)
    require_below(*PAIR, email, address)
    require_below(*ADDRESS, address)
    if not is_known_place:
        require_below(*ACCOUNT, email)


def count_failure(email: str, address: str) -> None:
    """Count a wrong password."""
    _count((PAIR, (email, address)), (ADDRESS, (address,)), (ACCOUNT, (email,)))


def forget_failures(email: str, address: str) -> None:
    """After a right password, start to count anew here."""
    forget(*PAIR, email, address)


def require_few_code_failures(user_id: int, email: str, address: str) -> None:
    """Refuse a code that may be a guess.

    Raises:
        TooManyRequests: too many failed.
    """
    require_below(*CODE_PAIR, email, address)
    if not knows_address(user_id, address):
        require_below(*CODE_ACCOUNT, email)


def count_code_failure(email: str, address: str) -> None:
    """Count a wrong code."""
    _count((CODE_PAIR, (email, address)), (CODE_ACCOUNT, (email,)))


def _count(*limits: tuple[tuple[str, str], tuple[str, ...]]) -> None:
    for limit, who in limits:
        try:
            count(*limit, *who)
        except TooManyRequests:
            continue  # This attempt was let through; the next one is refused.
