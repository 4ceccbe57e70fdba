"""Refusals of the support desk."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class CustomerGone(Conflict):
    """Who asked has another seller by now, or its account is closed: there is nobody to answer."""

    code: ClassVar[str] = "customer-gone"


class CaseClosed(Conflict):
    """The wholesaler has closed the case: it is read, and no longer answered."""

    code: ClassVar[str] = "case-closed"


class NotShared(Conflict):
    """The agreement with the manufacturer does not grant `service` (or, for the retailer's name, `identity`) today."""

    code: ClassVar[str] = "not-shared"


class AlreadyRegistered(Conflict):
    """This unit is registered by the same customer already; `sold_on` says as sold when."""

    code: ClassVar[str] = "already-registered"
