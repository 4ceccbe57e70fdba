"""Words of a search may have alternatives: compound words that hold what was typed."""

from __future__ import annotations

from alembic import op

revision = "202611210013"
down_revision = "202611210012"
branch_labels = None
depends_on = None

SEARCH_QUERY = r"""
-- What was typed as a query: each word as the beginning of one, or by its English or German stem; `a|b` is either.
create or replace function search_query(p_words text) returns tsquery
language plpgsql stable set search_path = pg_catalog, public as $$
declare
    word text;
    form text;
    quoted text;
    part tsquery;
    either tsquery;
    whole tsquery;
begin
    foreach word in array (regexp_split_to_array(lower(trim(p_words)), '\s+'))[1:8] loop
        either := null;
        -- Who has no umlauts on the keyboard types ae for ä; the German stem takes a for ä itself.
        foreach form in array case when word ~ '[aou]e'
            then string_to_array(word, '|')
                 || string_to_array(replace(replace(replace(word, 'ae', 'ä'), 'oe', 'ö'), 'ue', 'ü'), '|')
            else string_to_array(word, '|') end
        loop
            continue when form = '';
            quoted := '''' || replace(replace(form, '\', '\\'), '''', '''''') || '''';
            foreach part in array array[
                to_tsquery('simple', quoted || case when length(form) > 1 then ':*' else '' end),
                to_tsquery('english', quoted), to_tsquery('german', quoted)]
            loop
                if numnode(part) > 0 and (either is null or strpos(either::text, part::text) = 0) then
                    either := case when either is null then part else either || part end;
                end if;
            end loop;
        end loop;
        if either is not null then
            whole := case when whole is null then either else whole && either end;
        end if;
    end loop;
    return whole;
end $$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(SEARCH_QUERY)


def downgrade() -> None:
    """Nothing to take back: queries without alternatives read as before."""
