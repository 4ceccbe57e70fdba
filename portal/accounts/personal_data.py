"""What organisations, accounts, sign-ins and the audit log tell of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import WITH_ACCOUNT, Keeping, PersonalTable, Purpose, Trace, declare, declare_impersonal

WITHOUT_PLACE_DAYS = 365
"""After which an account that works nowhere any more is erased by itself."""
_WITH_CUSTOMER = Keeping(_l("as long as the trading account; taken away by the wholesaler"))
_OWN = "user_id = :person"
_SIGNED = "{0} = any (:names) and {1} = any (:named_in)"
# Entries name people by their account, by their address, or by the name under which they acted.
_TOLD = """
    person_id = :person or subject = :email or exists (
        select from jsonb_each_text(coalesce(before, '{}') || coalesce(after, '{}')) told
        where told.value = :email or (told.value = any (:names) and organisation_id = any (:named_in))
           or (told.key = 'keyholders' and :email = any (string_to_array(told.value, ', '))))
"""


def register(_app: Flask) -> None:
    """Declare the tables of the kernel and of accounts."""
    declare(*_PEOPLE, *_SIGN_INS, *_RECORDS, *_LOG)
    declare_impersonal(
        *("price_group", "own_role", "trading_account", "api_client", "api_token", "sign_in_policy"),
        *("audit_link", "audit_seal", "audit_progress"),
    )


_PEOPLE = (
    PersonalTable(
        "user_account",
        Purpose.WORK,
        _l("Name, e-mail address, language and password (as a hash) of everybody who works in the portal"),
        Keeping(
            _l("as long as the person works for an organisation; erased after a year without one"), WITHOUT_PLACE_DAYS
        ),
        (
            Trace(
                "id = :person",
                ("id", "email", "name", "locale", "status", "created_at"),
                blanked="email = 'person-' || cast(:person as text) || '@erased.invalid', name = :pseudonym, password_hash = '',"
                " locale = '', status = 'inactive', left_at = null",
            ),
        ),
    ),
    PersonalTable(
        "membership",
        Purpose.WORK,
        _l("Who works for which organisation, in which role"),
        WITH_ACCOUNT,
        (
            Trace(
                _OWN,
                ("organisation_id", "role", "own_role", "status", "created_at"),
                ("organisation_id",),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "invitation",
        Purpose.WORK,
        _l("Name and e-mail address of who was invited, and by whom"),
        Keeping(_l("a year after they ended"), 365, "coalesce(accepted_at, revoked_at, expires_at)"),
        (
            Trace(
                "email = :email",
                ("organisation_id", "email", "name", "role", "own_role", "invited_by", "created_at", "accepted_at"),
                ("organisation_id", "inviting_organisation_id"),
                removed=True,
            ),
            Trace(
                _SIGNED.format("invited_by", "inviting_organisation_id"),
                ("organisation_id", "invited_by", "created_at"),
                ("inviting_organisation_id",),
                blanked="invited_by = :pseudonym",
            ),
        ),
    ),
    PersonalTable(
        "organisation",
        Purpose.TRADE,
        _l("Name, addresses and tax number of traders, who may be single persons"),
        Keeping(_l("as long as the organisation trades here and the law demands its documents")),
    ),
    PersonalTable(
        "person_request",
        Purpose.RIGHTS,
        _l("Who was given its data, who was erased, and when"),
        Keeping(
            _l("files 7 days; that it was done 3 years, as a number"),
            3 * 365,
            # Files are as if done so much earlier that 7 days are left.
            "done_at - case kind when 'export' then interval '1088 days' else interval '0 days' end",
        ),
        (Trace("person_id = :person and kind = 'export'", ("kind", "asked_at"), ("organisation_id",), removed=True),),
    ),
)
_SIGN_INS = (
    PersonalTable(
        "user_session",
        Purpose.SIGN_IN,
        _l("Devices and network addresses of sign-ins"),
        Keeping(_l("90 days after they ended"), 90, "least(coalesce(revoked_at, expires_at), expires_at)"),
        (
            Trace(
                _OWN,
                ("user_agent", "address", "proof", "created_at", "last_seen_at", "expires_at", "revoked_at"),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "known_device",
        Purpose.SIGN_IN,
        _l("Browsers in which a person signed in, as hashes"),
        Keeping(_l("a year after they were last used"), 365, "last_used_at"),
        (Trace(_OWN, ("created_at", "last_used_at"), removed=True),),
    ),
    PersonalTable(
        "password_reset",
        Purpose.SIGN_IN,
        _l("When somebody asked for a new password"),
        Keeping(_l("7 days after they ended"), 7, "expires_at"),
        (Trace(_OWN, ("created_at", "expires_at", "used_at"), removed=True),),
    ),
    PersonalTable(
        "sign_in_step",
        Purpose.SIGN_IN,
        _l("Sign-ins that wait for the second factor"),
        Keeping(_l("1 day after they ended"), 1, "expires_at"),
        (Trace(_OWN, ("created_at", "expires_at"), removed=True),),
    ),
    PersonalTable(
        "authenticator",
        Purpose.SIGN_IN,
        _l("That a person has an authenticator app, with its encrypted secret"),
        WITH_ACCOUNT,
        (Trace(_OWN, ("created_at",), removed=True),),
    ),
    PersonalTable(
        "recovery_code",
        Purpose.SIGN_IN,
        _l("Recovery codes, as hashes"),
        WITH_ACCOUNT,
        (Trace(_OWN, ("created_at", "used_at"), removed=True),),
    ),
    PersonalTable(
        "passkey",
        Purpose.SIGN_IN,
        _l("Public keys of a person's devices and what it calls them"),
        WITH_ACCOUNT,
        (Trace(_OWN, ("name", "created_at", "last_used_at"), removed=True),),
    ),
    PersonalTable(
        "passkey_challenge",
        Purpose.SIGN_IN,
        _l("Questions to devices that wait for an answer"),
        Keeping(_l("1 day after they ended"), 1, "expires_at"),
        (Trace(_OWN, ("purpose", "expires_at"), removed=True),),
    ),
)
_RECORDS = (
    PersonalTable(
        "account_contact",
        Purpose.CARE,
        _l("Contacts at customers: name, position, e-mail address, telephone"),
        _WITH_CUSTOMER,
        (
            Trace(
                "lower(email) = :email",
                ("seller_id", "name", "position", "email", "phone"),
                ("seller_id",),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "account_address",
        Purpose.CARE,
        _l("Where goods and invoices go, in whose name"),
        _WITH_CUSTOMER,
    ),
    PersonalTable(
        "account_note",
        Purpose.CARE,
        _l("What happened with customers, and who noted it"),
        _WITH_CUSTOMER,
        (
            Trace(
                _SIGNED.format("author", "seller_id"),
                ("seller_id", "kind", "happened_on", "author", "created_at"),
                ("seller_id",),
                blanked="author = :pseudonym",
            ),
        ),
    ),
    PersonalTable(
        "account_task",
        Purpose.CARE,
        _l("What is to be done about customers, and by whom"),
        _WITH_CUSTOMER,
        (
            Trace(
                "assignee_id = :person",
                ("seller_id", "kind", "due_on", "created_at", "done_at"),
                ("seller_id",),
                blanked="assignee_id = null",
            ),
            Trace(
                _SIGNED.format("created_by", "seller_id"),
                ("seller_id", "kind", "due_on", "created_by", "created_at"),
                ("seller_id",),
                blanked="created_by = :pseudonym",
            ),
            Trace(
                _SIGNED.format("done_by", "seller_id"),
                ("seller_id", "kind", "due_on", "done_by", "done_at"),
                ("seller_id",),
                blanked="done_by = :pseudonym",
            ),
        ),
    ),
    PersonalTable(
        "account_document",
        Purpose.CARE,
        _l("Files about customers, and who added them"),
        _WITH_CUSTOMER,
        (
            Trace(
                _SIGNED.format("added_by", "seller_id"),
                ("seller_id", "title", "added_by", "created_at"),
                ("seller_id",),
                blanked="added_by = :pseudonym",
            ),
        ),
    ),
)
_LOG = (
    PersonalTable(
        "audit_entry",
        Purpose.PROOF,
        _l("Who did what, when and from which network address; people by their number alone"),
        Keeping(_l("as long as the organisation is in the portal: nobody can remove an entry")),
        (
            Trace(
                "actor = :actor",
                ("organisation_id", "at", "action", "acted_as", "subject", "refused", "address", "request_id"),
                ("organisation_id",),
            ),
        ),
    ),
    PersonalTable(
        "audit_personal",
        Purpose.PROOF,
        _l("Names and e-mail addresses that entries of the log tell"),
        Keeping(_l("3 years: until claims have lapsed"), 3 * 365, "noted_at"),
        (
            Trace(
                _TOLD, ("organisation_id", "noted_at", "subject", "before", "after"), ("organisation_id",), removed=True
            ),
        ),
    ),
    PersonalTable(
        "acting_session",
        Purpose.PROOF,
        _l("Who worked in a retailer's name, when and why"),
        Keeping(_l("3 years: until claims have lapsed"), 3 * 365, "ends_at"),
        (
            Trace(
                _OWN,
                ("organisation_id", "actor_organisation_id", "reason", "began_at", "ends_at", "ended_at"),
                ("actor_organisation_id",),
            ),
        ),
    ),
)
