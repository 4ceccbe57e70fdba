"""The screens of programs and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FOR_MACHINES, FORM, OF_PROGRAMS, Table, by, without

SCREENS: Table = {
    "POST oauth.issue_token": without(FOR_MACHINES),
    "POST oauth.revoke_token": without(FOR_MACHINES),
    "POST oauth.introspect_token": without(FOR_MACHINES),
    "GET oauth_metadata.describe_server": without(FOR_MACHINES),
    "GET consent.ask": without(OF_PROGRAMS),
    "POST consent.decide": without(OF_PROGRAMS),
    "GET own_programs.show": by("list_selling_program_accesses", "list_buying_program_accesses"),
    "POST own_programs.end_grant": without(OF_PROGRAMS),
    "POST own_programs.end_token": without(OF_PROGRAMS),
    "POST own_programs.make_token": without(OF_PROGRAMS),
    "GET programs.show": by(
        *("list_selling_programs", "list_buying_programs"),
        *("list_selling_program_accesses", "list_buying_program_accesses"),
    ),
    "GET programs.new": without(FORM),
    "POST programs.create": without(OF_PROGRAMS),
    "GET programs.edit": by("list_selling_programs", "list_buying_programs"),
    "POST programs.change": without(OF_PROGRAMS),
    "POST programs.renew_secret": without(OF_PROGRAMS),
    "POST programs.end": by("end_selling_program", "end_buying_program"),
    "POST programs.end_access": without(OF_PROGRAMS),
}
