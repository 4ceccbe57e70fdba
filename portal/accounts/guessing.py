"""Limits on guessing passwords and codes: failures alone stay counted, and nobody is locked out by another's.

An attempt is counted before it is tried and forgiven when it was right: of many sent at once no more are tried than of as
many in turn. One that is refused is not counted at all.

A browser that the person has used counts for itself alone: whatever others do, from the same address or a thousand, it is
let in. Elsewhere guessing is limited at one account from one address, from one address, and at one account; the last
does not bind addresses where the person has been. Who is locked out at a new place chooses a new password by mail, which
makes the browser known.
"""

from __future__ import annotations

import contextlib
from typing import Final

from portal.accounts.queries.sign_in import knows_address, knows_device
from portal.accounts.service.sessions import Browser
from portal.web.problems import TooManyRequests
from portal.web.rate_limits import count, forget, give_back

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


def count_password_attempt(user_id: int, email: str, browser: Browser) -> tuple[Counted, ...]:
    """Count a password before it is tried; `user_id` 0 for an address nobody has.

    Gives what a right one is forgiven by (`forgive`).

    Raises:
        TooManyRequests: too many failed; this one must not be tried.
    """
    if knows_device(user_id, browser.device):
        return _count_each((DEVICE, (email, browser.device)))
    here: tuple[Counted, ...] = (PAIR, (email, browser.address)), (ADDRESS, (browser.address,))
    return _count_here(user_id, browser, here, (ACCOUNT, (email,)))


def forget_failures(email: str, browser: Browser) -> None:
    """After a right password, start to count anew here."""
    forget(*PAIR, email, browser.address)
    forget(*DEVICE, email, browser.device)


def count_code_attempt(user_id: int, email: str, browser: Browser) -> tuple[Counted, ...]:
    """Count a code before it is tried.

    Gives what a code that counts is forgiven by (`forgive`).

    Raises:
        TooManyRequests: too many failed; this one must not be tried.
    """
    if knows_device(user_id, browser.device):
        return _count_each((CODE_DEVICE, (email, browser.device)))
    return _count_here(user_id, browser, ((CODE_PAIR, (email, browser.address)),), (CODE_ACCOUNT, (email,)))


def forgive(counted: tuple[Counted, ...]) -> None:
    """The attempt was right: failures alone stay counted."""
    for limit, who in counted:
        give_back(*limit, *who)


def _count_here(user_id: int, browser: Browser, here: tuple[Counted, ...], of_account: Counted) -> tuple[Counted, ...]:
    """Count where the attempt comes from, and at its account, whose limit binds no address where the person has been."""
    if not knows_address(user_id, browser.address):
        return _count_each(*here, of_account)
    counted = _count_each(*here)
    limit, who = of_account
    with contextlib.suppress(TooManyRequests):
        count(*limit, *who)
    return *counted, of_account


def _count_each(*limits: Counted) -> tuple[Counted, ...]:
    for place, (limit, who) in enumerate(limits, start=1):
        try:
            count(*limit, *who)
        except TooManyRequests:
            forgive(limits[:place])
            raise
    return limits
