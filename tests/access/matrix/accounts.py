"""Who gets what on the screens and operations of accounts."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import (
    ADMINS,
    EVERY_ROLE,
    MANAGERS,
    NOT_WAREHOUSE,
    Row,
    anywhere,
    api,
    buying,
    public,
    selling,
)

_ADDRESS = {"name": "New name", "country": "DE", "locale": "de"}
_INVITEE = {"email": "somebody@new.example", "name": "Somebody", "role": "viewer"}
_NEW_ACCOUNT = {**_ADDRESS, "kind": "retailer", "currency": "EUR", "person_role": "viewer", "parent_code": ""}
_PLACE = {"name": "New name", "kind": "ship_to", "city": "Bonn", "country": "DE"}
_WHERE = {"name": "New name", "city": "Bonn", "country": "DE"}
_NOTE = {"kind": "call", "happened_on": "2026-10-01", "text": "Called"}
_NOTED = {"happened_on": "2026-10-01", "text": "Called"}
_TASK = {"kind": "visit", "due_on": "2026-10-01", "text": "Call", "owner": ""}
_DUE = {"due_on": "2026-10-01", "text": "Call"}
_KEY = {"key": "a-key-of-ours"}
_OF_SELLER = ("own", "deactivated")
"""A suspended buyer is still an account of its seller; one that moved on is not."""


def _own(
    area: str, reading: Scope, administering: Scope, invitee: str, colleague: str, exported: str, role: str
) -> tuple[Row, ...]:
    """State the operations about the own organisation, which buyers and sellers have alike."""
    return (
        api(f"read_{area}_organisation", "GET", reading),
        api(f"change_{area}_organisation", "PATCH", administering, body={"city": "Elsewhere"}),
        api(f"list_{area}_acting_sessions", "GET", reading),
        api(f"list_{area}_audit_entries", "GET", administering),
        api(f"check_{area}_audit_chain", "GET", administering),
        api(f"list_{area}_people", "GET", administering),
        api(f"change_{area}_person", "PATCH", administering, email=colleague, body={"role": "buyer"}),
        api(f"ask_{area}_person_export", "POST", administering, 202, email=colleague),
        api(f"read_{area}_person_export", "GET", administering, email=exported),
        api(f"erase_{area}_person", "POST", administering, 202, email=colleague),
        api(f"read_{area}_processing_record", "GET", reading),
        api(f"list_roles_in_{area}", "GET", administering),
        api(f"put_{area}_role", "PUT", administering, path={"code": "NEW"}, body={"name": "New", "permissions": []}),
        api(f"remove_{area}_role", "DELETE", administering, 204, code=role),
        api(f"list_{area}_invitations", "GET", administering),
        api(f"invite_{area}_person", "POST", administering, 201, body=_INVITEE),
        api(f"send_{area}_invitation_again", "POST", administering, email=invitee),
        api(f"withdraw_{area}_invitation", "DELETE", administering, 204, email=invitee),
    )


ROWS: tuple[Row, ...] = (
    # Signing in, before anybody is known
    public("sign_in.show", "GET"),
    public("sign_in.show", "POST", 401, form={"email": "nobody@new.example", "password": "wrong password"}),
    public("sign_in.branded", "GET", slug="slug"),
    public(
        "sign_in.branded", "POST", 401, slug="slug", form={"email": "nobody@new.example", "password": "wrong password"}
    ),
    public("sign_in.leave", "POST", 302),
    public("sign_in.language", "POST", 302, form={"language": "de"}),
    public("sign_in.theme", "POST", 302, form={"theme": "dark"}),
    public("second_step.code", "GET", 302),
    public("second_step.code", "POST", 302, form={"code": "123456"}),
    public("passkeys.sign_in_challenge", "POST"),
    public("passkeys.sign_in", "POST", 302, form={"answer": "none"}),
    public("forgotten_password.ask", "GET"),
    public("forgotten_password.ask", "POST", form={"email": "nobody@new.example"}),
    public("forgotten_password.choose", "GET", 410, query={"token": "none"}),
    public("forgotten_password.choose", "POST", 410, form={"token": "none"}),
    public("invitations.accept", "GET", 410, query={"token": "none"}),
    public("invitations.accept", "POST", 410, form={"token": "none"}),
    public("brands.stylesheet", "GET", slug="slug"),
    public("brands.logo", "GET", 404, path={"slug": "nobody-at-all"}),
    public("mailbox.show", "GET"),
    public("mailbox.show_html", "GET", 404, path={"name": "nothing-there"}),
    public("home.show", "GET", 302),
    # One's own account
    anywhere("sign_in.switch", "POST", EVERY_ROLE, 302, choice="place", form={"choice": "{choice}"}),
    anywhere("your_account.show", "GET"),
    anywhere(
        "your_account.change_password", "POST", EVERY_ROLE, 422, form={"old_password": "wrong", "password": "wrong"}
    ),
    anywhere("your_account.end_session", "POST", ADMINS, 302, number="session"),
    anywhere("your_account.end_others", "POST", EVERY_ROLE, 302),
    anywhere("own_data.show_own", "GET"),
    anywhere("own_data.ask_own_export", "POST", EVERY_ROLE, 302),
    anywhere("own_data.download_own", "GET", EVERY_ROLE, 404),
    anywhere("own_data.erase_oneself", "POST", EVERY_ROLE, 302),
    anywhere("second_step.confirm", "GET"),
    anywhere("second_step.confirm", "POST", EVERY_ROLE, 422, form={"password": "wrong"}),
    anywhere("passkeys.confirm_challenge", "POST"),
    anywhere("passkeys.confirm", "POST", EVERY_ROLE, 302, form={"answer": "none"}),
    anywhere("passkeys.new", "GET"),
    anywhere("passkeys.making_challenge", "POST"),
    anywhere("passkeys.add", "POST", EVERY_ROLE, 302, form={"answer": "none"}),
    anywhere("passkeys.remove", "POST", ADMINS, 302, number="passkey"),
    anywhere("second_factor.demand", "GET", EVERY_ROLE, 302),
    anywhere("second_factor.set_up", "GET"),
    anywhere("second_factor.set_up", "POST", EVERY_ROLE, 422, form={"code": "123456"}),
    anywhere("second_factor.remove", "POST", EVERY_ROLE, 404),
    anywhere("second_factor.renew_codes", "POST", ADMINS),
    # The own organisation
    anywhere("organisation.show", "GET"),
    anywhere("organisation.edit_address", "GET", ADMINS),
    anywhere("organisation.edit_address", "POST", ADMINS, 302, form=_ADDRESS),
    anywhere("acted.show", "GET"),
    anywhere("acted.end", "POST", EVERY_ROLE, 404),
    selling("acting.ask", "GET", MANAGERS, code="account"),
    selling("acting.begin", "POST", MANAGERS, 302, code="account", form={"reason": "Order by telephone"}),
    anywhere("audit_log.show", "GET", ADMINS),
    anywhere("audit_log.export", "GET", ADMINS, path={"form": "csv"}),
    anywhere("audit_log.check", "GET", ADMINS),
    anywhere("organisation.sign_in_policy", "GET", ADMINS),
    anywhere("organisation.change_sign_in_policy", "POST", ADMINS, 302, form={"second_factor": "administrators"}),
    anywhere("organisation.edit_brand", "GET", ADMINS),
    anywhere("organisation.edit_brand", "POST", ADMINS, 302, form={"accent_colour": "#1d5a43"}),
    anywhere("organisation.explain_contrast", "GET", ADMINS, query={"accent": "#1d5a43"}),
    anywhere("organisation.preview_stylesheet", "GET", ADMINS, query={"accent": "#1d5a43"}),
    anywhere("people.show", "GET", MANAGERS),
    anywhere("people.invite_person", "POST", ADMINS, 302, form=_INVITEE),
    anywhere("people.resend_invitation", "POST", ADMINS, 302, number="invitation"),
    anywhere("people.withdraw_invitation", "POST", ADMINS, 302, number="invitation"),
    anywhere("people.change_role", "POST", ADMINS, 302, number="person", form={"role": "buyer"}),
    anywhere("people.deactivate", "POST", ADMINS, 302, number="person"),
    anywhere("people.reactivate", "POST", ADMINS, 302, number="person"),
    anywhere("roles.show", "GET", MANAGERS),
    anywhere("roles.new", "GET", ADMINS),
    anywhere("roles.create", "POST", ADMINS, 302, form={"name": "New", "code": "NEW", "like_role": "viewer"}),
    anywhere("roles.edit", "GET", ADMINS, code="own_role"),
    anywhere("roles.change", "POST", ADMINS, 302, code="own_role", form={"name": "New", "like_role": "viewer"}),
    anywhere("roles.remove", "POST", ADMINS, 302, code="spare_role"),
    anywhere("person_data.show", "GET", ADMINS, number="person"),
    anywhere("person_data.ask_export", "POST", ADMINS, 302, number="person"),
    anywhere("person_data.download", "GET", ADMINS, number="exported_person"),
    anywhere("person_data.erase", "POST", ADMINS, 302, number="person"),
    anywhere("record_of_processing.show_record", "GET"),
    # Home pages
    selling("home_selling.show", "GET", EVERY_ROLE),
    # A seller's accounts
    selling("accounts.show", "GET", NOT_WAREHOUSE),
    selling("accounts.export", "GET", NOT_WAREHOUSE),
    selling("accounts.create", "GET", MANAGERS),
    selling("accounts.create", "POST", MANAGERS, 302, form=_NEW_ACCOUNT),
    selling("accounts.show_one", "GET", NOT_WAREHOUSE, code="account", finds=_OF_SELLER),
    selling("accounts.edit_terms", "GET", MANAGERS, code="account", finds=_OF_SELLER),
    selling(
        "accounts.edit_terms", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form={"customer_number": "7"}
    ),
    selling("accounts.edit_details", "GET", MANAGERS, code="account", finds=_OF_SELLER),
    selling("accounts.edit_details", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form=_ADDRESS),
    selling(
        "accounts.change_state", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form={"state": "suspended"}
    ),
    selling("accounts.move", "GET", MANAGERS, code="account", finds=_OF_SELLER),
    selling("accounts.move", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form={"parent_code": "BRUNO"}),
    selling("accounts.close", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER),
    selling("accounts.invite_person", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form=_INVITEE),
    selling("accounts.resend_invitation", "POST", MANAGERS, 302, number="account_invitation"),
    selling("accounts.withdraw_invitation", "POST", MANAGERS, 302, number="account_invitation"),
    selling("accounts.import_list", "GET", MANAGERS),
    selling("accounts.import_list", "POST", MANAGERS, form={"act": "read", "block": "Customer number;Name\nK-NEW;New"}),
    selling("accounts.import_sample", "GET", MANAGERS),
    selling("accounts.invite_many_accounts", "GET", MANAGERS),
    selling("accounts.invite_many_accounts", "POST", MANAGERS, 302, form={"role": "viewer"}),
    # Price groups
    selling("price_groups.show", "GET", NOT_WAREHOUSE),
    selling("price_groups.create", "POST", MANAGERS, 302, form={"name": "New", "code": "NEW"}),
    selling("price_groups.show_one", "GET", NOT_WAREHOUSE, code="price_group"),
    selling("price_groups.rename", "POST", MANAGERS, 302, code="price_group", form={"name": "Renamed"}),
    selling("price_groups.remove", "POST", MANAGERS, 302, code="free_price_group"),
    selling("price_groups.choose_accounts", "GET", MANAGERS, into="price_group_into", query={"into": "{into}"}),
    selling(
        "price_groups.move_accounts",
        "POST",
        MANAGERS,
        302,
        code="account",
        finds=_OF_SELLER,
        form={"account": "{code}", "group": "GROUP-NORTH", "target": "FREE-NORTH"},
    ),
    api("read_price_group", "GET", Scope.SELLING_READ, code="price_group"),
    api("put_price_group", "PUT", Scope.SELLING_WRITE, path={"code": "NEW"}, body={"name": "New"}),
    api("remove_price_group", "DELETE", Scope.SELLING_WRITE, 204, code="free_price_group"),
    api(
        "move_accounts_into_price_group",
        "POST",
        Scope.SELLING_WRITE,
        code="account",
        finds=_OF_SELLER,
        absent=422,
        body={"accounts": ["{code}"], "price_group": "FREE-NORTH"},
    ),
    # What a seller keeps about a buyer
    selling("accounts.show_addresses", "GET", NOT_WAREHOUSE, code="account", finds=_OF_SELLER),
    selling("accounts.edit_address", "GET", MANAGERS, code="account_address", key="account_address"),
    selling("accounts.edit_address", "POST", MANAGERS, 302, code="account_address", key="account_address", form=_PLACE),
    selling("accounts.remove_address", "POST", MANAGERS, 302, code="account_address", key="account_address"),
    selling("accounts.edit_contact", "GET", MANAGERS, code="account_contact", key="account_contact"),
    selling(
        "accounts.edit_contact",
        "POST",
        MANAGERS,
        302,
        code="account_contact",
        key="account_contact",
        form={"name": "New name"},
    ),
    selling("accounts.remove_contact", "POST", MANAGERS, 302, code="account_contact", key="account_contact"),
    selling(
        "accounts.change_delivery_days", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form={"day": "2"}
    ),
    selling("accounts.show_documents", "GET", NOT_WAREHOUSE, code="account", finds=_OF_SELLER),
    selling("accounts.add_document", "POST", MANAGERS, 422, code="account", finds=_OF_SELLER, form={"title": "Title"}),
    selling("accounts.read_document", "GET", NOT_WAREHOUSE, code="account_document", digest="account_document"),
    selling("accounts.remove_document", "POST", MANAGERS, 302, code="account_document", digest="account_document"),
    selling("accounts.show_notes", "GET", NOT_WAREHOUSE, code="account", finds=_OF_SELLER),
    selling("accounts.add_note", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form=_NOTE),
    selling("accounts.remove_note", "POST", MANAGERS, 302, code="account_note", key="account_note"),
    selling("accounts.add_task", "POST", MANAGERS, 302, code="account", finds=_OF_SELLER, form=_TASK),
    selling(
        "accounts.change_task", "POST", MANAGERS, 302, code="account_task", key="account_task", form={"act": "done"}
    ),
    selling("tasks.show", "GET", NOT_WAREHOUSE),
    buying("own_addresses.show", "GET", EVERY_ROLE),
    buying("own_addresses.edit", "GET", ADMINS, key="own_address"),
    buying("own_addresses.edit", "POST", ADMINS, 302, key="own_address", form=_PLACE),
    buying("own_addresses.remove", "POST", ADMINS, 302, key="own_address"),
    buying("own_addresses.read_document", "GET", EVERY_ROLE, digest="shared_document"),
    api("list_account_addresses", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api(
        "put_account_address", "PUT", Scope.SELLING_WRITE, 204, code="account", finds=_OF_SELLER, path=_KEY, body=_WHERE
    ),
    api("remove_account_address", "DELETE", Scope.SELLING_WRITE, 204, code="account_address", key="account_address"),
    api("list_account_contacts", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api(
        "put_account_contact",
        "PUT",
        Scope.SELLING_WRITE,
        204,
        code="account",
        finds=_OF_SELLER,
        path=_KEY,
        body={"name": "New name"},
    ),
    api("remove_account_contact", "DELETE", Scope.SELLING_WRITE, 204, code="account_contact", key="account_contact"),
    api("read_account_delivery_days", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api(
        "put_account_delivery_days", "PUT", Scope.SELLING_WRITE, code="account", finds=_OF_SELLER, body={"days": [2, 5]}
    ),
    api("list_account_documents", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api(
        "add_account_document",
        "POST",
        Scope.SELLING_WRITE,
        code="account",
        finds=_OF_SELLER,
        body={"title": "Title", "content": "JVBERi0xLjcK"},
    ),
    api("read_account_document", "GET", Scope.SELLING_READ, code="account_document", digest="account_document"),
    api(
        "remove_account_document",
        "DELETE",
        Scope.SELLING_WRITE,
        204,
        code="account_document",
        digest="account_document",
    ),
    api("list_account_notes", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api("put_account_note", "PUT", Scope.SELLING_WRITE, 204, code="account", finds=_OF_SELLER, path=_KEY, body=_NOTED),
    api("remove_account_note", "DELETE", Scope.SELLING_WRITE, 204, code="account_note", key="account_note"),
    api("list_tasks", "GET", Scope.SELLING_READ),
    api("put_account_task", "PUT", Scope.SELLING_WRITE, 204, code="account", finds=_OF_SELLER, path=_KEY, body=_DUE),
    api(
        "change_account_task",
        "PATCH",
        Scope.SELLING_WRITE,
        204,
        code="account_task",
        key="account_task",
        body={"done": True},
    ),
    api("remove_account_task", "DELETE", Scope.SELLING_WRITE, 204, code="account_task", key="account_task"),
    api("list_own_addresses", "GET", Scope.BUYING_READ),
    api("put_own_address", "PUT", Scope.BUYING_ADMIN, 204, path=_KEY, body=_WHERE),
    api("remove_own_address", "DELETE", Scope.BUYING_ADMIN, 204, key="own_address"),
    api("read_own_delivery_days", "GET", Scope.BUYING_READ),
    api("list_shared_documents", "GET", Scope.BUYING_READ),
    api("read_shared_document", "GET", Scope.BUYING_READ, digest="shared_document"),
    # The API
    api(
        "put_accounts",
        "PUT",
        Scope.SELLING_WRITE,
        body={"accounts": [{"customer_number": "K-NEW", "name": "New name"}]},
    ),
    api("invite_into_accounts", "POST", Scope.SELLING_WRITE, body={"invitations": [{"code": "NEW-NAME"}]}),
    api("list_own_accounts", "GET", Scope.SELLING_READ),
    api("create_account", "POST", Scope.SELLING_WRITE, 201, body={"name": "New shop"}),
    api("read_account", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api("change_account", "PATCH", Scope.SELLING_WRITE, code="account", finds=_OF_SELLER, body={"status": "stopped"}),
    api("list_own_price_groups", "GET", Scope.SELLING_READ),
    api("list_account_people", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api("list_account_invitations", "GET", Scope.SELLING_READ, code="account", finds=_OF_SELLER),
    api("invite_into_account", "POST", Scope.SELLING_WRITE, 201, code="account", finds=_OF_SELLER, body=_INVITEE),
    api("send_account_invitation_again", "POST", Scope.SELLING_WRITE, email="account_invitee"),
    api("withdraw_account_invitation", "DELETE", Scope.SELLING_WRITE, 204, email="account_invitee"),
    api("change_brand", "PATCH", Scope.SELLING_ADMIN, body={"accent_colour": "#1d5a43"}),
    *_own("selling", Scope.SELLING_READ, Scope.SELLING_ADMIN, "invitee", "colleague", "exported", "spare_role"),
    *_own(
        "buying",
        Scope.BUYING_READ,
        Scope.BUYING_ADMIN,
        "buyers_invitee",
        "buyers_colleague",
        "buyers_exported",
        "buyers_spare_role",
    ),
)
