"""Limits on guessing passwords and codes: failures alone are counted, and nobody is locked out by another's.

A browser that the person has used counts for itself alone: whatever others do, from the same address or a thousand, it is
let in. Elsewhere guessing is limited at one account from one address, from one address, and at one account; the last
does not bind addresses where the person has been. Who is locked out at a new place chooses a new password by mail, which
makes the browser known.
"""

from __future__ import annotations

from typing import Final

from portal.accounts.queries.sign_in import knows_address, knows_device
from portal.accounts.service.sessions import Browser
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, forget, give_back, require_below

PAIR: Final = ("10/15 minutes", "sign-in of an account from an address")
ADDRESS: Final = ("100/15 minutes", "sign-in from an address")
ACCOUNT: Final = ("50/hour", "sign-in of an account")
DEVICE: Final = ("10/15 minutes", "sign-in of an account in a browser of its own")
CODE_DEVICE: Final = ("10/15 minutes", "code of an account in a browser of its own")
CODE_PAIR: Final = ("10/15 minutes", "code of an account from an address")
CODE_ACCOUNT: Final = ("20/hour", "code of an account")
"""Fewer than of passwords: three of a million codes count at any moment."""

Counted = tuple[tuple[str, str], tuple[str, ...]]
"""A limit, and who is counted under it."""


def require_few_failures(user_id: int, email: str, browser: Browser) -> None:
    """Refuse a password that may be a guess; `user_id` 0 for an address nobody has.

    Raises:
        TooManyRequests: too many failed.
    """
    if knows_device(user_id, browser.device):
        require_below(*DEVICE, email, browser.device)
        return
    is_known_place = knows_address(user_id, browser.address)
    require_below(*PAIR, email, browser.address)
    require_below(*ADDRESS, browser.address)
    if not is_known_place:
        require_below(*ACCOUNT, email)


def count_failure(user_id: int, email: str, browser: Browser) -> None:
    """Count a wrong password: of a browser the person has used, for that browser alone."""
    if knows_device(user_id, browser.device):
        _count((DEVICE, (email, browser.device)))
    else:
        _count((PAIR, (email, browser.address)), (ADDRESS, (browser.address,)), (ACCOUNT, (email,)))


def forget_failures(email: str, browser: Browser) -> None:
    """After a right password, start to count anew here."""
    forget(*PAIR, email, browser.address)
    forget(*DEVICE, email, browser.device)


def count_code_attempt(user_id: int, email: str, browser: Browser) -> tuple[Counted, ...]:
    """Count a code before it is tried, so that of many sent at once no more are tried than of as many in turn.

    Gives what a code that counts is forgiven by (`forgive_code_attempt`).

    Raises:
        TooManyRequests: too many failed; this one must not be tried.
    """
    if knows_device(user_id, browser.device):
        return _count_each((CODE_DEVICE, (email, browser.device)))
    of_pair: Counted = (CODE_PAIR, (email, browser.address))
    of_account: Counted = (CODE_ACCOUNT, (email,))
    if not knows_address(user_id, browser.address):
        return _count_each(of_pair, of_account)
    counted = _count_each(of_pair)
    _count(of_account)
    return *counted, of_account


def forgive_code_attempt(counted: tuple[Counted, ...]) -> None:
    """The code was right: failures alone stay counted."""
    for limit, who in counted:
        give_back(*limit, *who)


def _count_each(*limits: Counted) -> tuple[Counted, ...]:
    for limit, who in limits:
        count(*limit, *who)
    return limits


def _count(*limits: Counted) -> None:
    for limit, who in limits:
        try:
            count(*limit, *who)
        except TooManyRequests:
            continue  # This attempt was let through; the next one is refused.
