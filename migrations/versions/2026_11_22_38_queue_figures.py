"""Figures of the queue for who watches the installation: counts alone, of all organisations together."""

from __future__ import annotations

from alembic import op

revision = "202611220038"
down_revision = "202611220037"
branch_labels = None
depends_on = None

OPERATIONS = "portal_operations"

FUNCTION = """
create function queue_figures()
returns table (waiting bigint, retrying bigint, running bigint, stalled bigint, failed bigint, events bigint,
    oldest_event_seconds double precision, workers bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select count(*) filter (where j.status = 'todo' and j.attempts = 0),
        count(*) filter (where j.status = 'todo' and j.attempts > 0),
        count(*) filter (where j.status = 'doing' and w.last_heartbeat > now() - interval '1 minute'),
        count(*) filter (where j.status = 'doing' and not coalesce(w.last_heartbeat > now() - interval '1 minute', false)),
        count(*) filter (where j.status = 'failed'),
        (select count(*) from outbox_event),
        (select coalesce(extract(epoch from now() - min(e.occurred_at)), 0)::double precision from outbox_event e),
        (select count(*) from procrastinate_workers p where p.last_heartbeat > now() - interval '1 minute')
    from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
    where j.task_name = 'handle_event'
$$;
revoke all on function queue_figures() from public;
grant execute on function queue_figures() to portal_app;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(FUNCTION)
    op.execute(f"alter function queue_figures() owner to {OPERATIONS}")


def downgrade() -> None:
    """Take it away."""
    op.execute("drop function queue_figures()")
