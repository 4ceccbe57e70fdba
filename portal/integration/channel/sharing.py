"""sharing.csv: what each wholesaler agreed to show a brand owner, as a new version of the agreement."""

from __future__ import annotations

from portal.analytics.models import Grant
from portal.integration.channel.checks import Check, day, known, quoted, required
from portal.integration.channel.stage import ChannelFile, Stage

# In the order of SHARING.md, each once: the same grants always look the same.
_GRANTS = (
    "(select coalesce(array_agg(known.name order by known.place), '{}') from unnest(array["
    + ", ".join(quoted(grant.value) for grant in Grant)
    + "]) with ordinality as known (name, place) where known.name = any(string_to_array(s.grants, ' ')))"
)


def _write(stage: Stage) -> int:
    # A changed agreement is a new version; nothing is written where the newest of that day says the same.
    changed = stage.rows(
        "insert into sharing_agreement (brand_owner_id, wholesaler_id, version, grants, accepted_on)"
        " select brand.id, wholesaler.id, coalesce((select max(version) from sharing_agreement a"
        "   where a.brand_owner_id = brand.id and a.wholesaler_id = wholesaler.id), 0)"
        "   + row_number() over (partition by brand.id, wholesaler.id order by s.accepted_on::date),"
        f" {_GRANTS}, s.accepted_on::date from {stage.file.source}"
        " left join lateral (select a.grants, a.withdrawn_on from sharing_agreement a where a.brand_owner_id = brand.id"
        "   and a.wholesaler_id = wholesaler.id and a.accepted_on = s.accepted_on::date"
        "   order by a.version desc limit 1) newest on true"
        f" where newest.grants is distinct from {_GRANTS} order by s.row"
        " returning wholesaler_id, accepted_on::text"
    )
    since: dict[int, str] = {}
    for wholesaler, accepted_on in changed:
        since[wholesaler] = min(accepted_on, since.get(wholesaler, accepted_on))
    stage.run(
        "insert into outbox_event (seller_id, kind, payload, actor)"
        " select id, 'SharingAgreementChanged', jsonb_build_object('from', day), 'loader'"
        " from unnest(%(changed)s::bigint[], %(since)s::text[]) as given (id, day) order by id",
        {"changed": list(since), "since": list(since.values())},
    )
    return len(changed)


SHARING = ChannelFile(
    name="sharing",
    columns=("brand_owner_code", "wholesaler_code", "grants", "accepted_on"),
    cells=(
        *required("brand_owner_code", "wholesaler_code"),
        Check("accepted_on", "s.accepted_on is null", "is missing: an agreement that nobody accepted grants nothing"),
        day("accepted_on"),
        Check(
            "grants",
            "not string_to_array(s.grants, ' ') <@ array["
            + ", ".join(quoted(value) for value in ["", *Grant])
            + "]::text[]",
            f"names a grant other than {', '.join(Grant)}",
        ),
    ),
    source="stage s left join tree brand on brand.code = s.brand_owner_code"
    " left join tree wholesaler on wholesaler.code = s.wholesaler_code",
    links=(
        known("brand_owner_code", "brand"),
        Check("brand_owner_code", "brand.kind <> 'manufacturer'", "is not a manufacturer"),
        known("wholesaler_code", "wholesaler"),
        Check("wholesaler_code", "wholesaler.kind <> 'wholesaler'", "is not a wholesaler"),
    ),
    key="s.brand_owner_code, s.wholesaler_code, s.accepted_on",
    write=_write,
)
