"""users.csv: people and their roles; passwords only where the file gives one and the person has none."""

from __future__ import annotations

from portal.integration.channel.checks import Check, known, one_of, pattern, required
from portal.integration.channel.stage import ChannelFile, Stage
from tenants.permissions import Role


def _write(stage: Stage) -> int:
    return _write_people(stage) + _write_memberships(stage) + _set_passwords(stage)


def _write_people(stage: Stage) -> int:
    # A person may stand in several rows, one an organisation: its first name counts.
    return stage.count(
        "insert into user_account as present (email, name)"
        " select lower(s.email), coalesce((array_agg(s.name order by s.row) filter (where s.name is not null))[1], '')"
        " from stage s group by lower(s.email) order by min(s.row)"
        " on conflict (email) do update set name = excluded.name"
        " where excluded.name <> '' and present.name <> excluded.name"
    )


def _write_memberships(stage: Stage) -> int:
    return stage.upsert(
        "membership",
        "organisation_id, user_id",
        {
            "organisation_id": "member_of.id",
            "user_id": "person.id",
            "role": "s.role",
            "own_role": "cast(null as varchar)",
        },
        source=f"{stage.file.source} join user_account person on person.email = lower(s.email)",
    )


def _set_passwords(stage: Stage) -> int:
    found = stage.rows(
        "select distinct on (person.id) person.id, s.password from stage s"
        " join user_account person on person.email = lower(s.email)"
        " where s.password is not null and person.password_hash = '' order by person.id, s.row"
    )
    with stage.connection.cursor() as cursor:
        cursor.executemany(
            "update user_account set password_hash = %s where id = %s",
            [(stage.hash_password(password), person) for person, password in found],
        )
    return len(found)


USERS = ChannelFile(
    name="users",
    columns=("organisation_code", "email", "name", "role", "password"),
    cells=(
        *required("organisation_code", "email", "role"),
        pattern("email", "^[^@[:space:]]+@[^@[:space:]]+$", "is not an e-mail address"),
        one_of("role", Role),
        Check("password", "length(s.password) not between 8 and 128", "has not 8 to 128 characters"),
    ),
    source="stage s left join tree member_of on member_of.code = s.organisation_code",
    links=(known("organisation_code", "member_of"),),
    key="s.organisation_code, lower(s.email)",
    write=_write,
)
