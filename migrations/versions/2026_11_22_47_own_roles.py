"""Roles that organisations make from permissions, with their walls; who has one may what it lists, from the next request on."""

from __future__ import annotations

from alembic import op

revision = "202611220047"
down_revision = "202611220046"
branch_labels = None
depends_on = None

OF_CAPACITIES = ("portal_seller", "portal_buyer", "portal_brand_owner")
AUTH, GATE, LOADER = "portal_auth", "portal_gate", "portal_loader"
MEMBER = "organisation_id = ctx_organisation()"

TABLE = """
CREATE TABLE own_role (
    organisation_id BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    like_role VARCHAR(20) NOT NULL,
    permissions TEXT[] NOT NULL,
    CONSTRAINT pk_own_role PRIMARY KEY (organisation_id, code),
    CONSTRAINT fk_own_role_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_own_role_role CHECK (like_role IN ('admin', 'manager', 'buyer', 'approver', 'warehouse', 'viewer'))
)
"""
REFERENCES = """
ALTER TABLE {table} ADD COLUMN own_role VARCHAR;
ALTER TABLE {table} ADD CONSTRAINT fk_{table}_organisation_id_own_role
    FOREIGN KEY(organisation_id, own_role) REFERENCES own_role (organisation_id, code);
"""
WALLS = [
    *((role, "select, insert, update (name, like_role, permissions), delete", MEMBER) for role in OF_CAPACITIES),
    (AUTH, "select", "true"),
    (GATE, "select", "true"),
    (LOADER, "select, insert, update, delete", "true"),
]

# Whoever may manage people or the organisation by an own role is an administrator to the demand of a second factor.
_JOIN = "left join own_role r on r.organisation_id = m.organisation_id and r.code = m.own_role"
_MANAGES = "(m.role = 'admin' or coalesce(r.permissions && '{people:manage,organisation:manage}', false))"
_POLICY = "left join sign_in_policy y on y.organisation_id = o.id"
_ADMINISTRATORS = "(y.second_factor = 'administrators' and m.role = 'admin')"
CHANGES = {
    "authenticate_session(bytea, interval)": {
        _POLICY: f"{_POLICY} {_JOIN}",
        "'role', m.role, ": "'role', m.role, 'own_role', m.own_role, 'permissions', r.permissions, ",
        _ADMINISTRATORS: f"(y.second_factor = 'administrators' and {_MANAGES})",
    },
    "token_person(bigint, bigint, text, bigint)": {
        _POLICY: f"{_POLICY} {_JOIN}",
        "'role', m.role)": "'role', m.role, 'own_role', m.own_role, 'permissions', r.permissions)",
        _ADMINISTRATORS: f"(y.second_factor = 'administrators' and {_MANAGES})",
    },
}


def _change(function: str, changes: dict[str, str]) -> None:
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute(f"set local role {GATE}")
    for old, new in changes.items():
        op.execute(f"""
            do $change$
            declare
                written text := pg_get_functiondef('{function}'::regprocedure);
            begin
                if strpos(written, $old${old}$old$) = 0 then
                    raise exception '{function} is not what this migration changes: %', $old${old}$old$;
                end if;
                execute replace(written, $old${old}$old$, $new${new}$new$);
            end $change$
        """)
    op.execute("reset role")


def upgrade() -> None:
    """Expand."""
    op.execute(TABLE)
    op.execute("alter table own_role enable row level security")
    op.execute("alter table own_role force row level security")
    for role, rights, condition in WALLS:
        op.execute(f"grant {rights} on own_role to {role}")
        for right in rights.replace(" (name, like_role, permissions)", "").split(", "):
            using = f" using ({condition})" if right != "insert" else ""
            check = f" with check ({condition})" if right in {"insert", "update"} else ""
            op.execute(f"create policy {role}_{right} on own_role for {right} to {role}{using}{check}")
    for table in ("membership", "invitation"):
        op.execute(REFERENCES.format(table=table))
    for role in OF_CAPACITIES:
        op.execute(f"grant update (own_role) on membership to {role}")
        op.execute(f"grant update (role, own_role) on invitation to {role}")
    for function, changes in CHANGES.items():
        _change(function, changes)


def downgrade() -> None:
    """Contract."""
    for function, changes in CHANGES.items():
        _change(function, {new: old for old, new in reversed(changes.items())})
    for role in OF_CAPACITIES:
        op.execute(f"revoke update (role, own_role) on invitation from {role}")
    for table in ("membership", "invitation"):
        op.execute(f"alter table {table} drop column own_role")
    op.execute("drop table own_role")
