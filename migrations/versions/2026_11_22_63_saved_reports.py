"""Saved reports: how an organisation looks at its own figures, and their walls."""

from __future__ import annotations

from alembic import op

revision = "202611220063"
down_revision = "202611220062"
branch_labels = None
depends_on = None

S, B, L, W = "portal_seller", "portal_buyer", "portal_loader", "portal_worker"

TABLE = """
create table saved_report (
    organisation_id bigint not null constraint fk_saved_report_organisation_id references organisation (id),
    capacity varchar not null,
    code varchar not null,
    name varchar not null,
    is_shared boolean not null default false,
    made_by varchar not null default '',
    rows_by varchar not null,
    columns_by varchar not null default '',
    measures text[] not null,
    period varchar not null,
    first_month date,
    last_month date,
    category varchar not null default '',
    customer varchar not null default '',
    created_at timestamptz not null default now(),
    constraint pk_saved_report primary key (organisation_id, capacity, code),
    constraint ck_saved_report_capacity check (capacity in ('seller', 'buyer')),
    constraint ck_saved_report_months check ((period = 'months') = (first_month is not null and last_month is not null))
)
"""
CHANGED = "name, is_shared, rows_by, columns_by, measures, period, first_month, last_month, category, customer"
SELLING = "organisation_id = ctx_seller() and capacity = 'seller'"
BUYING = "organisation_id = ctx_buyer() and capacity = 'buyer'"
# A person that is erased takes its own reports along; shared ones stay without its name.
ERASING = [
    (W, right, "true")
    for right in (
        "select (organisation_id, capacity, code, name, is_shared, made_by, created_at)",
        "update (made_by)",
        "delete",
    )
]
EVERYTHING = [(L, verb, "true") for verb in ("select", "insert", "update", "delete")]


def upgrade() -> None:
    """Expand."""
    op.execute(TABLE)
    op.execute("alter table saved_report enable row level security")
    op.execute("alter table saved_report force row level security")
    own = [
        (role, right, condition)
        for role, condition in ((S, SELLING), (B, BUYING))
        for right in ("select", "insert", f"update ({CHANGED})", "delete")
    ]
    for role, right, condition in [*own, *ERASING, *EVERYTHING]:
        verb = right.partition(" ")[0]
        using = f" using ({condition})" if verb != "insert" else ""
        check = f" with check ({condition})" if verb in {"insert", "update"} else ""
        op.execute(f"grant {right} on saved_report to {role}")
        op.execute(f"create policy {role}_{verb} on saved_report for {verb} to {role}{using}{check}")


def downgrade() -> None:
    """Contract."""
    op.execute("drop table saved_report")
