"""The audit log: found again, exported, chained, and what happens when somebody changes it behind the portal's back."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.audit import MOST_REFUSALS, record, record_refusal
from tenants.authentication import build_principal
from tenants.database import AUTHENTICATION, act_as, db
from tenants.database_roles import conninfo
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal
from tests.conftest import Server
from tests.factories.audit import as_administrator, chain
from tests.factories.organisations import PASSWORD, make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def north(app: Flask, world: World, seed: Seed) -> FlaskClient:
    """Give the browser of north's administrator."""
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


def principal_of(world: World, who: str = "north") -> Principal:
    person, own = world.people[who], getattr(world, who)
    found = build_principal(
        own.id,
        Capacity.SELLER if who == "north" else Capacity.BUYER,
        permissions=frozenset(Permission),
        actor=f"user:{person.id}",
        actor_name="not kept",
        user_id=person.id,
    )
    assert found is not None
    return found


def note(app: Flask, world: World, *subjects: str, who: str = "north", **more: Any) -> None:
    """Note one act for each subject, each in a transaction of its own."""
    for subject in subjects:
        with app.app_context():
            principal = principal_of(world, who)
            act_as(principal)
            record(principal, more.pop("action", "account.suspended"), subject, **more)
            db.session.commit()


def verify(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["audit", "verify", *arguments])
    return result.exit_code, result.output


def checked(client: FlaskClient, seed: Seed, organisation: Any) -> dict[str, Any]:
    token = make_token(seed, organisation)
    answer = client.get("/api/v1/selling/audit-chain", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_what_is_committed_is_chained_by_organisation_and_sealed(app: Flask, world: World, seed: Seed) -> None:
    note(app, world, "A-1", "A-2")
    note(app, world, "B-1", who="anna")
    assert chain(app) == 2
    assert chain(app) == 0
    note(app, world, "A-3")
    assert chain(app) == 1
    links = seed.run(text("select organisation_id, position from audit_link order by 1, 2"))
    seals = seed.run(text("select organisation_id, position from audit_seal order by 1, 2"))
    north, anna = world.north.id, world.anna.id
    assert [tuple(row) for row in links] == sorted([(north, 1), (north, 2), (north, 3), (anna, 1)])
    assert [tuple(row) for row in seals] == sorted([(north, 2), (north, 3), (anna, 1)])
    report = checked(app.test_client(), seed, world.north)
    head = seed.run(text("select encode(hash, 'hex') from audit_link where position = 3"))[0][0]
    assert (report["entries"], report["waiting"], report["head"], report["sealed_position"]) == (3, 0, head, 3)
    assert (report["is_intact"], report["broken"]) == (True, None)
    assert verify(app)[0] == 0


def test_an_entry_that_is_committed_late_is_not_passed_over(app: Flask, world: World, seed: Seed) -> None:
    with psycopg.connect(conninfo(app.extensions["role_urls"].loader)) as slow:
        slow.execute(
            "insert into audit_entry (organisation_id, id, actor, action, subject)"
            " values (%s, gen_random_uuid(), 'loader', 'channel.loaded', 'LATE')",
            (world.north.id,),
        )
        note(app, world, "A-1")
        assert chain(app) == 1
        slow.commit()
    note(app, world, "A-2")
    assert chain(app) == 1
    order = seed.run(
        text("select e.subject from audit_link l join audit_entry e on e.id = l.entry_id order by l.position")
    )
    assert [row[0] for row in order] == ["A-1", "LATE", "A-2"]


def test_in_a_copy_on_a_server_that_counts_transactions_from_below_chaining_goes_on(
    app: Flask, world: World, seed: Seed, server: Server
) -> None:
    note(app, world, "A-1")
    chain(app)
    as_administrator(app, server.admin_url, "update audit_progress set chained_below = 9000000000")
    note(app, world, "A-2")
    assert chain(app) == 1
    assert seed.run(text("select count(*) from audit_link"))[0][0] == 2


REWRITE = """
    with recursive ordered as (
        select l.position, l.entry_id, audit_digest(e) as digest
        from audit_link l join audit_entry e on e.organisation_id = l.organisation_id and e.id = l.entry_id
    ), rewritten as (
        select position, sha256(digest) as hash from ordered where position = 1
        union all
        select o.position, sha256(r.hash || o.digest) from rewritten r join ordered o on o.position = r.position + 1
    )
    update audit_link l set hash = r.hash from rewritten r where r.position = l.position"""


SLIPPED_IN = """
    insert into audit_entry (organisation_id, id, at, actor, action, written_in)
    select organisation_id, gen_random_uuid(), now() - interval '2 hours', actor, action, 0
    from audit_entry where subject = 'A-1'"""


@pytest.mark.parametrize(
    ("forgeries", "position", "flaw"),
    [
        (["update audit_entry set subject = 'X' where subject = 'A-2'"], 2, "entry_changed"),
        (["update audit_entry set address = '10.0.0.1' where subject = 'A-3'"], 3, "entry_changed"),
        (["delete from audit_entry where subject = 'A-2'"], 2, "entry_missing"),
        (["delete from audit_link where position = 2"], 3, "link_missing"),
        (["update audit_entry set subject = 'X' where subject = 'A-2'", REWRITE], 4, "seal_broken"),
        (["update audit_seal set seal = sha256(seal)"], 4, "seal_broken"),
        (["update audit_personal set subject = 'else@example.com'"], 4, "names_changed"),
        (
            [SLIPPED_IN],
            None,
            "outside",
        ),
    ],
)
def test_what_the_servers_administrator_changes_is_named(
    app: Flask, world: World, seed: Seed, server: Server, forgeries: list[str], position: int | None, flaw: str
) -> None:
    note(app, world, "A-1", "A-2", "A-3")
    note(app, world, "pia@example.com", action="person.deactivated")
    chain(app)
    as_administrator(app, server.admin_url, *forgeries)
    report = checked(app.test_client(), seed, world.north)
    assert not report["is_intact"]
    assert (report["broken"]["position"], report["broken"]["flaw"]) == (position, flaw)
    code, output = verify(app, "--organisation", "NORTH")
    assert code == 1
    where = "outside the chain" if position is None else f"at {position}"
    assert output.startswith(f"NORTH: BROKEN {where}: {flaw}, entry ")


def test_a_log_cut_off_with_its_seals_is_found_out_by_a_head_that_was_kept(
    app: Flask, world: World, seed: Seed, server: Server
) -> None:
    note(app, world, "A-1", "A-2")
    chain(app)
    head = seed.run(text("select organisation_id || ':2:' || encode(hash, 'hex') from audit_link where position = 2"))
    as_administrator(
        app,
        server.admin_url,
        "delete from audit_seal",
        "delete from audit_link where position = 2",
        "delete from audit_entry where subject = 'A-2'",
    )
    assert verify(app)[0] == 0
    code, output = verify(app, "--head", head[0][0])
    assert (code, "BROKEN at 2: head_differs" in output) == (1, True)
    assert verify(app, "--head", "nonsense")[0] == 2


def test_no_serving_role_may_change_remove_or_link_an_entry(app: Flask, world: World) -> None:
    note(app, world, "A-1")
    urls = app.extensions["role_urls"]
    for url in (urls.owner, urls.loader, urls.worker, urls.app):
        for statement in (
            "update audit_entry set subject = ''",
            "delete from audit_entry",
            "truncate audit_entry",
            "insert into audit_link values (1, 1, gen_random_uuid(), '')",
        ):
            with psycopg.connect(conninfo(url)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_names_are_erased_and_the_chain_stays_whole(app: Flask, world: World, seed: Seed, north: FlaskClient) -> None:
    person = make_person(seed, "pia@example.com", (world.north, "viewer"), name="Pia Petersen")
    assert north.post(f"/organisation/people/{person.id}/role", data={"role": "manager"}).status_code == 302
    own = sign_in(seed, app.test_client(), person, world.north)
    assert own.get("/organisation/people/").status_code == 200
    assert own.get("/organisation/audit").status_code == 403
    chain(app)
    page = north.get("/organisation/audit").get_data(as_text=True)
    assert "Pia Petersen" in page
    assert "pia@example.com" in page
    held = seed.run(text("select row_to_json(e)::text from audit_entry e"))
    assert not any("pia@" in row[0] or "Petersen" in row[0] for row in held)
    with app.app_context():
        act_as(AUTHENTICATION)
        db.session.execute(text("delete from audit_personal where person_id = :id"), {"id": person.id})
        db.session.execute(text("update user_account set name = '', email = '' where id = :id"), {"id": person.id})
        db.session.commit()
    assert verify(app)[0] == 0
    page = north.get("/organisation/audit").get_data(as_text=True)
    assert "pia@example.com" not in page
    assert "Petersen" not in page
    assert f"Person {person.id}" in page
    assert "erased" in page
    assert checked(app.test_client(), seed, world.north)["erased"] == 1


def test_refused_attempts_are_noted_up_to_a_bound(app: Flask, world: World, seed: Seed) -> None:
    with app.app_context():
        principal = principal_of(world)
        for _ in range(MOST_REFUSALS + 5):
            record_refusal(principal, "screen.refused", "GET /selling/accounts/new")
        record(principal, "account.suspended", "ANNA")
        db.session.commit()
    rows = seed.run(text("select refused, after from audit_entry order by at, id"))
    assert len([row for row in rows if row.refused]) == MOST_REFUSALS
    assert [row.after for row in rows if row.after] == [{"more_refusals": "unnoted"}]
    assert len(rows) == MOST_REFUSALS + 1


def test_a_failed_sign_in_of_a_known_person_is_in_its_organisations_log(
    app: Flask, world: World, seed: Seed, north: FlaskClient
) -> None:
    app.test_client().post("/sign-in", data={"email": "north@example.com", "password": "not the password"})
    page = north.get("/organisation/audit?refused=yes&action=session.").get_data(as_text=True)
    assert "north@example.com" in page
    assert "refused" in page
    assert PASSWORD not in page


def test_a_coupon_does_not_stand_in_the_log(app: Flask, world: World, seed: Seed, north: FlaskClient) -> None:
    note(app, world, "P-1", action="promotion.created", after={"coupon": "SOMMER-4711"})
    note(
        app,
        world,
        "P-1",
        action="promotion.changed",
        before={"coupon": "SOMMER-4711", "value": "1"},
        after={"coupon": "WINTER-0815", "value": "1"},
    )
    held = seed.run(text("select before, after from audit_entry order by at"))
    assert [tuple(row) for row in held] == [
        (None, {"coupon": "set"}),
        ({"coupon": "set", "value": "1"}, {"coupon": "changed", "value": "1"}),
    ]
    page = north.get("/organisation/audit?action=promotion.").get_data(as_text=True)
    assert "Coupon: set → another one" in page


def test_the_log_is_searched_by_person_act_subject_day_and_outcome(
    app: Flask, world: World, seed: Seed, north: FlaskClient
) -> None:
    note(app, world, "ANNA", "BRUNO")
    note(app, world, "X-9", action="order.shipped")
    seed.run(
        text(
            "insert into audit_entry (organisation_id, id, at, actor, actor_name, action, subject, refused)"
            " values (:own, gen_random_uuid(), '2026-03-29 22:30+00', 'client:1', 'Warehouse robot', 'stock.counted',"
            " '50%_off', true)"
        ),
        {"own": world.north.id},
    )

    def found(query: str) -> set[str]:
        page = north.get(f"/organisation/audit?{query}").get_data(as_text=True)
        return {subject for subject in ("ANNA", "BRUNO", "X-9", "50%_off") if f"<span>{subject}" in page}

    assert found("") == {"ANNA", "BRUNO", "X-9", "50%_off"}
    assert found("person=north%40") == {"ANNA", "BRUNO", "X-9"}
    assert found("person=robot") == {"50%_off"}
    assert found("person=nobody") == set()
    assert found("action=order.") == {"X-9"}
    assert found("subject=nn") == {"ANNA"}
    assert found("subject=%25_") == {"50%_off"}
    # The night of the clock change, by the organisation's clock.
    assert found("from=2026-03-30&to=2026-03-30") == {"50%_off"}
    assert found("to=2026-03-29") == set()
    assert found("refused=yes") == {"50%_off"}


def test_the_log_is_exported_whole_as_csv_and_lines_of_json(
    app: Flask, world: World, seed: Seed, north: FlaskClient
) -> None:
    seed.run(
        text(
            "insert into audit_entry (organisation_id, id, at, actor, actor_name, action, subject) select :own,"
            " gen_random_uuid(), now() - n * interval '1 second', 'client:1', '=cmd', 'account.created', 'S-' || n"
            " from generate_series(1, 1203) n"
        ),
        {"own": world.north.id},
    )
    note(app, world, "foreign", who="anna")
    chain(app)
    answer = north.get("/organisation/audit/export.csv?action=account.")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="log.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row["subject"] for row in rows] == [f"S-{n}" for n in range(1, 1204)]
    assert rows[0]["actor_name"] == "'=cmd"
    assert {len(row["hash"]) for row in rows} == {64}
    lines = north.get("/organisation/audit/export.jsonl?subject=S-12").get_data(as_text=True).splitlines()
    assert [json.loads(line)["subject"] for line in lines] == [
        "S-12",
        *(f"S-{n}" for n in range(120, 130)),
        *(f"S-{n}" for n in range(1200, 1204)),
    ]


def test_an_act_says_as_whom_and_through_which_session_it_was_done(
    world: World, seed: Seed, north: FlaskClient
) -> None:
    assert north.post("/organisation/brand", data={"accent_colour": "#334455"}).status_code == 302
    [row] = seed.run(
        text("select acted_as, via, actor_name, length(request_id), address from audit_entry where not refused")
    )
    session = seed.run(text("select max(id) from user_session"))[0][0]
    assert tuple(row) == ("seller:admin", f"session:{session}", "", 16, "127.0.0.1")
    assert "as seller, Administrator" in north.get("/organisation/audit").get_data(as_text=True)
