"""The screens of accounts and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import DEVELOPMENT, LOOK, OWN_SESSION, READERS_CHOICE, SIGNING_IN, Table, by, without

SCREENS: Table = {
    # A person and its browser
    "GET sign_in.show": without(SIGNING_IN),
    "POST sign_in.show": without(SIGNING_IN),
    "GET sign_in.branded": without(SIGNING_IN),
    "POST sign_in.branded": without(SIGNING_IN),
    "POST sign_in.leave": without(SIGNING_IN),
    "GET forgotten_password.ask": without(SIGNING_IN),
    "POST forgotten_password.ask": without(SIGNING_IN),
    "GET forgotten_password.choose": without(SIGNING_IN),
    "POST forgotten_password.choose": without(SIGNING_IN),
    "GET invitations.accept": without(SIGNING_IN),
    "POST invitations.accept": without(SIGNING_IN),
    "POST sign_in.language": without(READERS_CHOICE),
    "POST sign_in.theme": without(READERS_CHOICE),
    "POST sign_in.switch": without(OWN_SESSION),
    "GET your_account.show": without(OWN_SESSION),
    "POST your_account.change_password": without(OWN_SESSION),
    "POST your_account.end_session": without(OWN_SESSION),
    "POST your_account.end_others": without(OWN_SESSION),
    "GET brands.stylesheet": without(LOOK),
    "GET brands.logo": without(LOOK),
    "GET organisation.explain_contrast": without(LOOK),
    "GET organisation.preview_stylesheet": without(LOOK),
    "GET mailbox.show": without(DEVELOPMENT),
    "GET mailbox.show_html": without(DEVELOPMENT),
    # A seller's accounts
    "GET accounts.show": by("list_own_accounts"),
    "GET accounts.export": by("list_own_accounts"),
    "GET accounts.create": by("list_own_accounts"),
    "POST accounts.create": by("create_account"),
}

MISSING = frozenset(
    {
        "GET organisation.show",
        "GET organisation.edit_address",
        "POST organisation.edit_address",
        "GET organisation.audit",
        "GET organisation.edit_brand",
        "POST organisation.edit_brand",
        "GET people.show",
        "POST people.invite_person",
        "POST people.resend_invitation",
        "POST people.withdraw_invitation",
        "POST people.change_role",
        "POST people.deactivate",
        "POST people.reactivate",
        "GET accounts.show_one",
        "GET accounts.edit_terms",
        "POST accounts.edit_terms",
        "GET accounts.edit_details",
        "POST accounts.edit_details",
        "POST accounts.change_state",
        "POST accounts.invite_person",
        "POST accounts.resend_invitation",
        "POST accounts.withdraw_invitation",
    }
)
