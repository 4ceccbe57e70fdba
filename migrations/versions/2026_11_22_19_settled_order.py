"""Equal cells are folded in a settled order; functions look for nothing in temporary schemas first."""

from __future__ import annotations

from alembic import op

revision = "202611220019"
down_revision = "202611220018"
branch_labels = None
depends_on = None

CELLS = "channel_cells(bigint, bigint, date, date, text[])"
BY_CHANCE, SETTLED = "big.units, big.id", 'big.units, big.keys collate "C"'


def _fold_by(old: str, new: str) -> None:
    # Which of two equal cells hides a small one must not change from one request to the next: what both answers show
    # together would tell the small one.
    op.execute(f"""
        do $change$
        declare
            written text := pg_get_functiondef('{CELLS}'::regprocedure);
        begin
            if strpos(written, $old${old}$old$) = 0 then
                raise exception 'channel_cells is not what this migration changes';
            end if;
            execute replace(written, $old${old}$old$, $new${new}$new$);
        end $change$
    """)


def upgrade() -> None:
    """Expand."""
    _fold_by(BY_CHANCE, SETTLED)
    op.execute("""
        do $change$
        declare
            found record;
        begin
            for found in
                select p.oid::regprocedure as name, pg_get_userbyid(p.proowner) as owner
                from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where n.nspname = 'public' and 'search_path=pg_catalog, public' = any(p.proconfig)
            loop
                execute format('set local role %I', found.owner);
                execute format('alter function %s set search_path = pg_catalog, public, pg_temp', found.name);
                reset role;
            end loop;
        end $change$
    """)


def downgrade() -> None:
    """Contract."""
    _fold_by(SETTLED, BY_CHANCE)
