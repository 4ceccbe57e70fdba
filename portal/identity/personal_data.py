"""What the connection to identity providers tells of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import (
    WITH_ACCOUNT,
    Erasure,
    Keeping,
    PersonalTable,
    Purpose,
    Trace,
    declare,
    declare_impersonal,
)


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(*_TABLES)
    declare_impersonal("group_role", "email_domain", "provisioned_group")


_TABLES = (
    PersonalTable(
        "external_identity",
        Purpose.SIGN_IN,
        _l("By which subject the organisation's identity provider knows a person"),
        WITH_ACCOUNT,
        (
            Trace(
                "user_id = :person",
                ("organisation_id", "issuer", "subject", "created_at", "last_used_at", "ended_at"),
                ("organisation_id",),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "authorization_request",
        Purpose.SIGN_IN,
        _l("Sign-ins that the identity provider has not answered yet"),
        Keeping(_l("1 day after they ended"), 1, "expires_at"),
        untraced=Erasure.PASSING,
    ),
    PersonalTable(
        "identity_provider",
        Purpose.SIGN_IN,
        _l("Who gets in when the identity provider fails"),
        WITH_ACCOUNT,
        (
            Trace(
                ":person = any (keyholder_ids)",
                ("organisation_id",),
                ("organisation_id",),
                blanked="keyholder_ids = array_remove(keyholder_ids, :person)",
            ),
        ),
    ),
    PersonalTable(
        "provisioned_person",
        Purpose.WORK,
        _l("A person as the organisation's identity provider sends it: names and addresses"),
        Keeping(_l("until the identity provider removes it")),
        (
            Trace(
                "user_id = :person or email = :email",
                ("organisation_id", "user_name", "external_id", "email", "display_name", "resource", "created_at"),
                ("organisation_id",),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "provisioned_group_member",
        Purpose.WORK,
        _l("In which groups of the identity provider a person is; removed with what it sent of the person"),
        Keeping(_l("until the identity provider removes it")),
        untraced=Erasure.REMOVED,
    ),
    PersonalTable(
        "provisioning_token",
        Purpose.SIGN_IN,
        _l("Who made a key for the identity provider"),
        Keeping(_l("as long as the organisation is in the portal")),
        (
            Trace(
                "created_by = any (:names) and organisation_id = any (:named_in)",
                ("organisation_id", "created_by", "created_at"),
                ("organisation_id",),
                blanked="created_by = :pseudonym",
            ),
        ),
    ),
)
