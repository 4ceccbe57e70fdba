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
    "GET accounts.show": by("list_own_accounts", "list_own_price_groups"),
    "GET accounts.export": by("list_own_accounts"),
    "GET accounts.create": by("list_own_accounts"),
    "POST accounts.create": by("create_account"),
    "GET accounts.show_one": by("read_account", "list_account_people", "list_account_invitations"),
    "GET accounts.edit_terms": by("read_account", "list_own_price_groups"),
    "POST accounts.edit_terms": by("change_account"),
    "GET accounts.edit_details": by("read_account"),
    "POST accounts.edit_details": by("change_account"),
    "POST accounts.change_state": by("change_account"),
    "POST accounts.invite_person": by("invite_into_account"),
    "POST accounts.resend_invitation": by("send_account_invitation_again"),
    "POST accounts.withdraw_invitation": by("withdraw_account_invitation"),
    # The own organisation, of one that buys and of one that sells
    "GET organisation.show": by("read_selling_organisation", "read_buying_organisation"),
    "GET organisation.edit_address": by("read_selling_organisation", "read_buying_organisation"),
    "POST organisation.edit_address": by("change_selling_organisation", "change_buying_organisation"),
    "GET organisation.audit": by("list_selling_audit_entries", "list_buying_audit_entries"),
    "GET organisation.edit_brand": by("read_selling_organisation"),
    "POST organisation.edit_brand": by("change_brand"),
    "GET people.show": by(
        *("list_selling_people", "list_buying_people"), *("list_selling_invitations", "list_buying_invitations")
    ),
    "POST people.invite_person": by("invite_selling_person", "invite_buying_person"),
    "POST people.resend_invitation": by("send_selling_invitation_again", "send_buying_invitation_again"),
    "POST people.withdraw_invitation": by("withdraw_selling_invitation", "withdraw_buying_invitation"),
    "POST people.change_role": by("change_selling_person", "change_buying_person"),
    "POST people.deactivate": by("change_selling_person", "change_buying_person"),
    "POST people.reactivate": by("change_selling_person", "change_buying_person"),
}
