"""Work behind the screens as the manufacturer sees it: what waits, failed or stands still in its own channel, and why."""

from __future__ import annotations

from alembic import op

revision = "202611220036"
down_revision = "202611220035"
branch_labels = None
depends_on = None

OPERATIONS, WORKER, LOADER, OWNER = "portal_operations", "portal_worker", "portal_loader", "portal_brand_owner"

TABLE = """
create table job_failure (
    seller_id bigint not null,
    job_id bigint not null,
    failed_at timestamptz not null default now(),
    reason varchar(20) not null,
    error varchar not null,
    constraint pk_job_failure primary key (seller_id, job_id),
    constraint ck_job_failure_failurereason check (reason in ('mail_refused', 'unreachable', 'database', 'other'))
);
alter table job_failure enable row level security;
alter table job_failure force row level security;
"""
WALLS = {
    ("job_failure", WORKER): "select, insert, update, delete",
    ("job_failure", LOADER): "select, insert, update, delete",
    ("job_failure", OPERATIONS): "select, delete",
    ("outbox_event", OPERATIONS): "select",
    ("organisation", OPERATIONS): "select",
}

# A job is named by a digest: numbers of the queue tell how much others do. Whose job it is, is told by the seller alone,
# also where the event is a retailer's own: who buys from whom is the wholesaler's to tell.
FUNCTIONS = """
create function job_code(p_id bigint, p_args jsonb) returns text language sql stable parallel safe as $$
    select substr(encode(sha256(convert_to(p_id || ' ' || p_args, 'UTF8')), 'hex'), 1, 20)
$$;
create function channel_jobs()
returns table (id bigint, handler text, kind text, organisation_code text, organisation text, state text,
    attempts integer, occurred_at timestamptz, due_at timestamptz, failed_at timestamptz, reason text, error text,
    args jsonb)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select j.id, j.args ->> 'handler', j.args -> 'event' ->> 'kind', s.code, s.name,
        case when j.status = 'failed' then 'failed'
             when j.status = 'doing' then
                 case when w.last_heartbeat > now() - interval '1 minute' then 'running' else 'stalled' end
             when j.attempts > 0 then 'retrying'
             else 'waiting' end,
        j.attempts, (j.args -> 'event' ->> 'occurred_at')::timestamptz, j.scheduled_at, f.failed_at,
        coalesce(f.reason, ''), coalesce(f.error, ''), j.args
    from procrastinate_jobs j
    join organisation o on o.id = (j.args -> 'event' ->> 'seller_id')::bigint and o.root_id = ctx_organisation()
    join organisation s on s.id = case when o.kind = 'retailer' then o.seller_id else o.id end
    left join procrastinate_workers w on w.id = j.worker_id
    left join job_failure f on f.seller_id = o.id and f.job_id = j.id
    where j.task_name = 'handle_event' and j.status in ('todo', 'doing', 'failed')
$$;
create function count_channel_jobs()
returns table (handler text, waiting bigint, retrying bigint, running bigint, stalled bigint, failed bigint,
    oldest_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select c.handler, count(*) filter (where c.state = 'waiting'), count(*) filter (where c.state = 'retrying'),
        count(*) filter (where c.state = 'running'), count(*) filter (where c.state = 'stalled'),
        count(*) filter (where c.state = 'failed'), min(c.occurred_at)
    from channel_jobs() c group by c.handler
$$;
create function outbox_backlog() returns table (events bigint, oldest_at timestamptz, workers bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select count(*), min(e.occurred_at),
        (select count(*) from procrastinate_workers w where w.last_heartbeat > now() - interval '1 minute')
    from outbox_event e join organisation o on o.id = e.seller_id and o.root_id = ctx_organisation()
$$;
create function list_channel_jobs(p_states text[], p_handler text, p_limit integer, p_before_at timestamptz,
    p_before_code text)
returns table (code text, handler text, kind text, organisation_code text, organisation text, state text,
    attempts integer, occurred_at timestamptz, due_at timestamptz, failed_at timestamptz, reason text, error text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select * from (
        select job_code(c.id, c.args) as code, c.handler, c.kind, c.organisation_code, c.organisation, c.state,
            c.attempts, c.occurred_at, c.due_at, c.failed_at, c.reason, c.error
        from channel_jobs() c
        where c.state = any (p_states) and (p_handler is null or c.handler = p_handler)) found
    where p_before_at is null or (found.occurred_at, found.code) < (p_before_at, p_before_code)
    order by found.occurred_at desc, found.code desc limit p_limit
$$;
create function retry_channel_jobs(p_code text, p_handler text, p_most integer)
returns table (handler text, organisation_code text)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    v_job record;
begin
    for v_job in
        select c.id, c.handler, c.organisation_code, c.state from channel_jobs() c
        where case when p_code is null then c.state = 'failed' and c.handler = p_handler
                   else c.state in ('failed', 'stalled', 'retrying') and job_code(c.id, c.args) = p_code end
        order by c.id limit p_most
    loop
        -- Its tries begin anew: whoever asks has put right what was wrong.
        update procrastinate_jobs j
        set status = 'todo', attempts = 1, scheduled_at = now(), worker_id = null
        where j.id = v_job.id and not j.abort_requested
          and case v_job.state when 'failed' then j.status = 'failed' when 'stalled' then j.status = 'doing'
              else j.status = 'todo' end;
        if found then
            handler := v_job.handler;
            organisation_code := v_job.organisation_code;
            return next;
        end if;
    end loop;
end $$;
create function discard_channel_job(p_code text) returns table (handler text, organisation_code text)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    v_job record;
begin
    select c.id, c.handler, c.organisation_code into v_job from channel_jobs() c
    where c.state = 'failed' and job_code(c.id, c.args) = p_code;
    delete from procrastinate_jobs j where j.id = v_job.id and j.status = 'failed';
    if found then
        delete from job_failure f where f.job_id = v_job.id;
        handler := v_job.handler;
        organisation_code := v_job.organisation_code;
        return next;
    end if;
end $$;
"""
CALLERS = {
    "job_code(bigint, jsonb)": (OPERATIONS,),
    "channel_jobs()": (OPERATIONS,),
    "count_channel_jobs()": (OWNER,),
    "outbox_backlog()": (OWNER,),
    "list_channel_jobs(text[], text, integer, timestamptz, text)": (OWNER,),
    "retry_channel_jobs(text, text, integer)": (OWNER,),
    "discard_channel_job(text)": (OWNER,),
}
QUEUE = {
    "procrastinate_jobs": "select, update, delete",
    "procrastinate_workers": "select",
    "procrastinate_events": "insert",
    "procrastinate_periodic_defers": "select, update",
}


def _wall(table: str, role: str, verbs: str) -> None:
    op.execute(f"grant {verbs} on {table} to {role}")
    for verb in verbs.split(", "):
        using = " using (true)" if verb != "insert" else ""
        check = " with check (true)" if verb in {"insert", "update"} else ""
        op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")


def upgrade() -> None:
    """Expand."""
    op.execute(TABLE)
    for (table, role), verbs in WALLS.items():
        _wall(table, role, verbs)
    for table, verbs in QUEUE.items():
        # The queue's triggers note what happens to a job as whoever changes it.
        op.execute(f"grant {verbs} on {table} to {OPERATIONS}")
    op.execute(f"grant usage on sequence procrastinate_events_id_seq to {OPERATIONS}")
    op.execute(FUNCTIONS)
    for function, callers in CALLERS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {', '.join(callers)}")
        op.execute(f"alter function {function} owner to {OPERATIONS}")


def downgrade() -> None:
    """Refuse: why jobs failed would be forgotten."""
    raise NotImplementedError("restore a backup instead")
