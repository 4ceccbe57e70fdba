"""Refusals of accounts and people."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict, InvalidInput, PermissionDenied, Refusal


class CodeTaken(Conflict):
    """This code cannot be used; `suggestion` is one that can."""

    code: ClassVar[str] = "code-taken"


class RoleTooHigh(PermissionDenied):
    """The role may do more than the one who grants it."""

    code: ClassVar[str] = "role-too-high"


class RoleExists(Conflict):
    """The organisation has a role of this code already."""

    code: ClassVar[str] = "role-exists"


class RoleInUse(Conflict):
    """Somebody has the role; name another one that follows it."""

    code: ClassVar[str] = "role-in-use"


class AlreadyMember(Conflict):
    """The person works in that organisation already."""

    code: ClassVar[str] = "already-member"


class LastAdministrator(Conflict):
    """Without this person nobody could manage the organisation."""

    code: ClassVar[str] = "last-administrator"


class UnusableValue(InvalidInput):
    """A field holds what cannot be accepted; `field` in details names it."""

    code: ClassVar[str] = "unusable-value"


class CannotMove(UnusableValue):
    """The buyer is no shop, or the other shop is one of its own branches, or suspended or closed."""

    code: ClassVar[str] = "cannot-move"


class UnknownRole(UnusableValue):
    """It is neither a built-in role nor one that the organisation made."""

    code: ClassVar[str] = "unknown-role"


class UnusablePicture(Refusal):
    """The file is no PNG or JPEG picture of a usable size."""

    code: ClassVar[str] = "unusable-picture"
    status: ClassVar[int] = 422


class InvitationEnded(Refusal):
    """The invitation was used, withdrawn or is too old."""

    code: ClassVar[str] = "invitation-ended"
    status: ClassVar[int] = 410


class DocumentInUse(Conflict):
    """The document is attached to a framework agreement."""

    code: ClassVar[str] = "document-in-use"


class PriceGroupInUse(Conflict):
    """Accounts are in the price group, or price lists or promotions are for it; `details` name them."""

    code: ClassVar[str] = "price-group-in-use"


class UnknownPriceGroup(UnusableValue):
    """The seller has no price group of this code."""

    code: ClassVar[str] = "unknown-price-group"


class UnknownAccounts(InvalidInput):
    """Some codes are not those of accounts of this seller; nothing was changed."""

    code: ClassVar[str] = "unknown-accounts"
