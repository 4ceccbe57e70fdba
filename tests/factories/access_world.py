"""The world of SECURITY.md filled with trade: every tenant has articles, prices, stock, orders, people, marked by canaries.

A canary is a text or number that only named organisations may ever see. Objects are named by how they stand to the
organisations whose requests are tried: `north` as a seller, `anna` as a buyer, `acme` as a brand owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, text

from portal.accounts.models import (
    ActingSession,
    Authenticator,
    ChallengePurpose,
    Demand,
    KnownDevice,
    Passkey,
    PasskeyChallenge,
    PersonRequest,
    RecoveryCode,
    RequestKind,
    SignInPolicy,
    SignInStep,
)
from portal.notices.models import Channel, Notice, NoticeChoice
from tenants.authentication import ABSOLUTE_TIMEOUT, hash_token, new_token
from tenants.models import AuditEntry, AuditPersonal, PasswordReset, Proof, UserSession
from tenants.permissions import Role, Scope
from tests.factories.access_accounts import (
    add_invitation,
    add_roles,
    give_roles,
    invited_address,
    price_group_objects,
    role_objects,
)
from tests.factories.access_agreements import add_agreements, agreement_objects
from tests.factories.access_approvals import add_approvals, approval_objects
from tests.factories.access_campaigns import add_campaigns, campaign_objects
from tests.factories.access_channel import add_channel
from tests.factories.access_funding import add_fundings, funding_objects
from tests.factories.access_loyalty import add_loyalty
from tests.factories.access_reports import add_reports, report_objects
from tests.factories.access_support import add_support, support_objects
from tests.factories.access_trade import add_goods, add_records, add_trade
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.identity import make_provider
from tests.factories.organisations import make_account, make_organisation, make_person, make_token
from tests.factories.programs import make_client, make_grant, make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World, build_world

__all__ = ["RELATIONS", "AccessWorld", "build_access_world"]

Organisation = Row[Any]
RELATIONS = ("own", "sibling", "parent", "child", "foreign", "missing", "transferred", "deactivated")


def build_access_world(seed: Seed) -> AccessWorld:
    """Make it and commit it."""
    world = AccessWorld(base := build_world(seed))
    tina = make_organisation(seed, "TINA", "retailer", base.sub)
    moved = make_organisation(seed, "MOVED", "retailer", base.south)
    make_account(seed, base.north.id, moved.id, customer_number="K-OLD", status="inactive")
    emil = make_organisation(seed, "EMIL", "retailer", base.north, status="inactive")
    named = [getattr(base, name) for name in World.__slots__ if name != "people"]
    world.organisations |= {row.code: row for row in (*named, tina, moved, emil)}
    _people(seed, world)
    goods = {seller.code: add_goods(seed, world, seller) for seller in world.sellers()}
    edges = [*world.edges(), (base.north, moved)]
    for number, (seller, buyer) in enumerate(edges):
        add_trade(seed, world, seller, buyer, goods[seller.code], number)
        add_records(seed, world, seller, buyer)
        add_agreements(seed, world, seller, buyer)
        add_approvals(seed, world, seller, buyer, goods[seller.code][0], number)
    add_channel(seed, world, goods)
    add_fundings(seed, world, tina, goods)
    add_campaigns(seed, world, goods)
    add_loyalty(seed, world, goods)
    add_support(seed, world, edges, tina, goods)
    add_reports(seed, world)
    for actor, shop in (("NORTH", "ANNA"), ("SOUTH", "CLARA")):
        world.sessions[f"{actor} for {shop}", "manager"] = _acting(seed, world, actor, shop)
    # Ahead of the clock, so that it stands still: pages tell when a program last came.
    seed.run(text("update api_client set last_used_at = now() + interval '3 hours'"))
    _objects(seed, world)
    give_roles(seed)
    _program_objects(world)
    _records(world)
    return world


def _people(seed: Seed, world: AccessWorld) -> None:
    rows = world.organisations
    for code, own in rows.items():
        known = {code}
        known |= {row.code for row in rows.values() if row.id == own.seller_id or row.seller_id == own.id}
        known |= {row.code for row in rows.values() if own.id in row.owner_ids and row.kind != "retailer"}
        # A head office sees its branches.
        known |= {row.code for row in rows.values() if row.id in own.owner_ids and row.kind == own.kind == "retailer"}
        if own.kind == "wholesaler":
            known |= {row.code for row in rows.values() if row.id == own.root_id}
        if code == "MOVED":
            known.add("NORTH")
        world.canaries.append(Canary(rf"(?<!\w){own.name}", frozenset(known), f"name of {code}"))
        seller = {row.code for row in rows.values() if row.id == own.seller_id}
        world.canaries.append(Canary(rf"@{code.lower()}\.example", frozenset({code} | seller), f"people of {code}"))
        for role in Role:
            person = make_person(seed, f"{role.value}@{code.lower()}.example", (own, role))
            world.people[code, role.value] = person
            world.sessions[code, role.value] = _session(seed, person, own)
        world.tokens[code] = make_token(seed, own)
        for scope in Scope if code in {"NORTH", "ANNA", "ACME"} else ():
            world.scoped[code, scope] = make_token(seed, own, scope), make_token(seed, own, *(set(Scope) - {scope}))
        seed.add(
            PasswordReset,
            user_id=person.id,
            token_hash=uuid4().bytes,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        seed.add(
            PersonRequest,
            person_id=world.people[code, "approver"].id,
            organisation_id=own.id,
            kind=RequestKind.EXPORT,
            asked_at=datetime.now(UTC),
            done_at=datetime.now(UTC),
            content=f'{{"file": "file-{code}"}}',
        )
        world.canaries.append(Canary(rf"file-{code}(?!\w)", frozenset({code}), f"file of a person of {code}"))
        world.canaries.append(add_roles(seed, own))
        seed.add(SignInPolicy, organisation_id=own.id, second_factor=Demand.OPTIONAL)
        make_provider(seed, own, world.people[code, "viewer"], f"{code.lower()}.example")
        _programs(seed, world, code)
        world.canaries.append(Canary(rf"(group|subject)-{code}(?!\w)", frozenset({code}), f"groups of {code}"))
        holder = make_person(seed, f"holder@{code.lower()}.example")
        seed.add(Authenticator, user_id=holder.id, sealed_secret=uuid4().bytes, last_counter=0)
        seed.add(RecoveryCode, user_id=holder.id, code_hash=uuid4().bytes)
        seed.add(KnownDevice, user_id=holder.id, device_hash=uuid4().bytes)
        seed.add(
            PasskeyChallenge,
            challenge_hash=uuid4().bytes,
            user_id=holder.id,
            purpose=ChallengePurpose.SIGN_IN,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        seed.add(
            SignInStep,
            token_hash=uuid4().bytes,
            user_id=person.id,
            organisation_id=own.id,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        seed.add(
            AuditEntry,
            organisation_id=own.id,
            id=uuid4(),
            actor="client:1",
            actor_name=f"log-{code}",
            action="account.suspended",
            subject=f"log-{code}",
        )
        seed.add(AuditPersonal, organisation_id=own.id, entry_id=uuid4(), salt=b"", subject=f"log-{code}")
        world.canaries.append(Canary(rf"log-{code}(?!\w)", frozenset({code}), f"log of {code}"))
        seed.run(text("insert into catalogue_version (organisation_id) values (:own)"), {"own": own.id})


def _programs(seed: Seed, world: AccessWorld, code: str) -> None:
    """Give the organisation a program that its administrator allowed, and the administrator a token."""
    own, admin = world.organisations[code], world.people[code, "admin"]
    client = make_client(seed, own, name=f"program-{code}")
    world.programs[code] = {
        "client_id": client.client_id,
        "grant": make_grant(seed, client, admin).id,
        "token": make_personal_token(seed, own, admin, name=f"script-{code}")[0].id,
    }
    world.canaries.append(Canary(rf"(program|script)-{code}(?!\w)", frozenset({code}), f"programs of {code}"))


def _session(seed: Seed, person: Row[Any], own: Organisation) -> str:
    token = new_token()
    seed.add(
        UserSession,
        user_id=person.id,
        organisation_id=own.id,
        token_hash=hash_token(token),
        expires_at=datetime.now(UTC) + ABSOLUTE_TIMEOUT,
        # Ahead of the clock, so that it stands still: pages tell when somebody was last seen.
        last_seen_at=datetime.now(UTC) + timedelta(hours=3),
        proven_at=datetime.now(UTC) + timedelta(hours=3),
        # Administrators have a passkey; who changes factors has proven by one.
        proof=Proof.PASSKEY,
    )
    return token


def _acting(seed: Seed, world: AccessWorld, seller: str, buyer: str) -> str:
    """Let the seller's manager act for the buyer; gives the session."""
    person, own = world.people[seller, "manager"], world.organisations[seller]
    token = _session(seed, person, own)
    found = seed.run(text("select id from user_session where token_hash = :hash"), {"hash": hash_token(token)})
    seed.add(
        ActingSession,
        organisation_id=world.organisations[buyer].id,
        actor_organisation_id=own.id,
        user_id=person.id,
        session_id=found[0].id,
        reason="Order by telephone",
        ends_at=datetime.now(UTC) + timedelta(hours=3),
    )
    return token


def _passkey(seed: Seed, person: Row[Any]) -> int:
    row = seed.add(
        Passkey, user_id=person.id, credential_id=uuid4().bytes, public_key=uuid4().bytes, sign_count=0, name="Key"
    )
    return int(row.id)


def _notice(seed: Seed, person: Row[Any], own: Organisation) -> int:
    seed.add(NoticeChoice, organisation_id=own.id, user_id=person.id, kind="order_shipped", channel=Channel.BOTH)
    facts = {"order_number": "O-1", "buyer": f"told-{person.id}"}
    row = seed.add(Notice, organisation_id=own.id, user_id=person.id, kind="order_placed", facts=facts)
    return int(row.id)


def _objects(seed: Seed, world: AccessWorld) -> None:
    """Name an object of each kind for each relation to north (seller), anna (buyer), and north's own people."""
    rows, people = world.organisations, world.people
    sellers = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST"}
    shops = {"own": "ANNA", "sibling": "CLARA", "parent": "SOUTH", "child": "TINA", "foreign": "DORA"}
    edges = {
        "own": "NORTH-ANNA",
        "sibling": "SOUTH-CLARA",
        "parent": "ACME-SOUTH",
        "child": "SUB-TINA",
        "foreign": "WEST-DORA",
    }

    def named(name: str, values: Mapping[str, Any], missing: Any, **more: Any) -> dict[str, Mapping[str, Any]]:
        return {relation: {name: value} for relation, value in {**values, "missing": missing, **more}.items()}

    world.objects["account"] = named("code", shops, "NOBODY", transferred="MOVED", deactivated="EMIL")
    for kind, suffix in (("received", ""), ("received_shipped", "-S")):
        numbers = {relation: f"ON-{pair}{suffix}" for relation, pair in edges.items()}
        moved = f"ON-NORTH-MOVED{suffix}"
        world.objects[kind] = named("order_number", numbers, "ON-NONE", transferred=moved)
    bought = {"sibling": "NORTH-BRUNO", "parent": "ACME-NORTH", "child": "NORTH-BRANCH", "foreign": "WEST-DORA"}
    for kind, suffix in (("bought", ""), ("bought_shipped", "-S")):
        numbers = {relation: f"ON-{pair}{suffix}" for relation, pair in {"own": "NORTH-ANNA", **bought}.items()}
        world.objects[kind] = named("order_number", numbers, "ON-NONE")
    lists = {relation: f"LIST-{code}" for relation, code in sellers.items()}
    world.objects["price_list"] = named("code", lists, "LIST-NONE")
    world.objects["base_list"] = named("base", lists, "LIST-NONE")
    world.objects["promotion"] = named("code", {each: f"PROMO-{pair}" for each, pair in edges.items()}, "PROMO-NONE")
    articles = {relation: f"ART-{code}-1" for relation, code in sellers.items()}
    world.objects["article"] = named("article", articles, "ART-NONE-1")
    pictures = {
        relation: seed.run(text("select picture_digest from product where sku = :sku"), {"sku": f"SKU-{code}-1"})[0][0]
        for relation, code in sellers.items()
    }
    world.objects["picture"] = named("digest", pictures, f"{0:064x}")
    skus = {relation: f"SKU-{code}-1" for relation, code in sellers.items()}
    world.objects["product"] = named("sku", skus, "SKU-NONE-1")
    world.objects["stocked_article"] = named("article_number", articles, "ART-NONE-1")
    world.objects["bought_article"] = named("article", {**articles, "child": "ART-SUB-1"}, "ART-NONE-1")
    slugs = {relation: rows[code].slug for relation, code in sellers.items()}
    world.objects["slug"] = {"own": {"slug": slugs["own"]}, "missing": {"slug": "nobody-at-all"}}
    places = {relation: f"{slug}:seller" for relation, slug in slugs.items()}
    world.objects["place"] = named("choice", places, "none:seller")
    colleagues = {**sellers, "child": "ANNA"}
    members = {relation: people[code, "viewer"].id for relation, code in colleagues.items()}
    world.objects["person"] = named("number", members, 999_999_999)
    exported = {relation: people[code, "approver"].id for relation, code in colleagues.items()}
    world.objects["exported_person"] = named("number", exported, 999_999_999)
    invitations = {relation: add_invitation(seed, rows[code], rows[code]) for relation, code in sellers.items()}
    invitations["child"] = add_invitation(seed, rows["NORTH"], rows["ANNA"])
    world.objects["invitation"] = named("number", invitations, 999_999_999)
    # The same as a buyer sees it: anna's own, and those of everybody around it.
    around = {"own": "ANNA", "sibling": "BRUNO", "parent": "NORTH", "child": "BRANCH", "foreign": "DORA"}
    for kind, codes, role in (
        ("colleague", colleagues, "viewer"),
        ("buyers_colleague", around, "viewer"),
        ("exported", colleagues, "approver"),
        ("buyers_exported", around, "approver"),
    ):
        addresses = {relation: people[code, role].email for relation, code in codes.items()}
        world.objects[kind] = named("email", addresses, "nobody@none.example")
    invitees = {relation: invited_address(seed, invited) for relation, invited in invitations.items()}
    world.objects["invitee"] = named("email", invitees, "nobody@none.example")
    asked = {
        relation: invited_address(seed, add_invitation(seed, rows[code], rows[code]))
        for relation, code in around.items()
    }
    world.objects["buyers_invitee"] = named("email", asked, "nobody@none.example")
    into = {
        "own": invitations["child"],
        "parent": add_invitation(seed, rows["ACME"], rows["SOUTH"]),
        "sibling": add_invitation(seed, rows["SOUTH"], rows["CLARA"]),
        "child": add_invitation(seed, rows["SUB"], rows["TINA"]),
        "foreign": add_invitation(seed, rows["WEST"], rows["DORA"]),
        "transferred": add_invitation(seed, rows["NORTH"], rows["BRUNO"]),
    }
    world.objects["account_invitation"] = {
        relation: {"code": "ANNA", "number": number} for relation, number in {**into, "missing": 999_999_999}.items()
    }
    asked = {relation: invited_address(seed, number) for relation, number in into.items()} | {
        "missing": "nobody@none.example"
    }
    world.objects["account_invitee"] = {each: {"code": "ANNA", "email": email} for each, email in asked.items()}
    _own_objects(seed, world, colleagues)
    _provider_objects(seed, world, sellers)


def _records(world: AccessWorld) -> None:
    """Name what is kept about each buyer: by the seller, and as the buyer sees it."""
    edges = {"own": "NORTH-ANNA", "sibling": "SOUTH-CLARA", "parent": "ACME-SOUTH", "child": "SUB-TINA"}
    edges["foreign"] = "WEST-DORA"
    for kind, name, sign in (
        ("account_address", "key", "AD-"),
        ("account_contact", "key", "CO-"),
        *(("account_note", "key", "NO-"), ("account_task", "key", "TA-")),
        ("account_document", "digest", "0"),
    ):
        made = {relation: f"{sign}{pair}" for relation, pair in edges.items()}
        if name == "digest":
            made = {relation: value.lower() for relation, value in made.items()}
        world.objects[kind] = {
            relation: {"code": edges[relation].partition("-")[2], name: value} for relation, value in made.items()
        }
        world.objects[kind]["missing"] = {"code": "ANNA", name: "nothing-there"}
    around = {"own": "NORTH-ANNA", "sibling": "NORTH-BRUNO", "child": "NORTH-BRANCH"}
    around |= {"parent": "ACME-NORTH", "foreign": "WEST-DORA"}
    world.objects |= agreement_objects(edges, around) | price_group_objects() | role_objects() | funding_objects()
    world.objects |= campaign_objects(edges, around) | approval_objects(around) | support_objects(edges, around)
    world.objects |= report_objects()
    for kind, name, sign in (("own_address", "key", "AD-"), ("shared_document", "digest", "0")):
        made = {relation: f"{sign}{pair}" for relation, pair in around.items()} | {"missing": "nothing-there"}
        if name == "digest":
            made = {relation: value.lower() for relation, value in made.items()}
        world.objects[kind] = {relation: {name: value} for relation, value in made.items()}


def _own_objects(seed: Seed, world: AccessWorld, colleagues: Mapping[str, str]) -> None:
    """Name what belongs to people themselves: north's administrator's and others'."""
    rows, people = world.organisations, world.people
    holders = {**colleagues, "sibling": "SOUTH"}
    keys = {relation: _passkey(seed, people[code, "admin"]) for relation, code in holders.items()}
    world.objects["passkey"] = _numbered(keys)
    told = {relation: _notice(seed, people[code, "admin"], rows[code]) for relation, code in colleagues.items()}
    told["sibling"] = _notice(seed, people["NORTH", "manager"], rows["NORTH"])
    world.objects["notice"] = _numbered(told)
    seen = {relation: _session(seed, people[code, "admin"], rows[code]) for relation, code in colleagues.items()}
    seen["sibling"] = _session(seed, people["NORTH", "manager"], rows["NORTH"])
    numbers = {
        relation: seed.run(text("select id from user_session where token_hash = :hash"), {"hash": hash_token(token)})[
            0
        ].id
        for relation, token in seen.items()
    }
    world.objects["session"] = _numbered(numbers)


def _provider_objects(seed: Seed, world: AccessWorld, sellers: Mapping[str, str]) -> None:
    """Name what belongs to the identity providers of organisations."""
    ids = {
        each: seed.run(
            text("select id from provisioning_token where organisation_id = :id"), {"id": world.organisations[code].id}
        )[0].id
        for each, code in sellers.items()
    }
    world.objects["provisioning_token"] = _numbered(ids)
    world.objects["linked"] = world.objects["person"]
    domains = {each: {"domain": f"{code.lower()}.example"} for each, code in sellers.items()}
    world.objects["domain"] = {**domains, "missing": {"domain": "none.example"}}
    groups = {each: {"group": f"group-{code}"} for each, code in sellers.items()}
    world.objects["group"] = {**groups, "missing": {"group": "group-none"}}


def _program_objects(world: AccessWorld) -> None:
    """Name the programs of organisations, and what north's administrator and others gave to programs."""
    programs, missing = world.programs, {"client_id": "kontor-none"}
    sellers = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST"}
    clients = {each: {"client_id": programs[code]["client_id"]} for each, code in sellers.items()}
    world.objects["api_client"] = {**clients, "missing": missing}
    around = {"own": "ANNA", "sibling": "BRUNO", "parent": "NORTH", "child": "BRANCH", "foreign": "DORA"}
    clients = {each: {"client_id": programs[code]["client_id"]} for each, code in around.items()}
    world.objects["buyers_api_client"] = {**clients, "missing": missing}
    for kind in ("grant", "token"):
        world.objects[f"own_{kind}"] = _numbered({each: programs[code][kind] for each, code in sellers.items()})


def _numbered(values: Mapping[str, int]) -> dict[str, Mapping[str, Any]]:
    return {relation: {"number": value} for relation, value in {**values, "missing": 999_999_999}.items()}
