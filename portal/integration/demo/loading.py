"""Loads the demo channel and notes who may sign in where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from tenants.database_roles import conninfo

SIGN_INS = "demo_sign_ins.json"


def note_sign_ins(loader_url: str, demo_folder: Path, target: Path) -> None:
    """Write the demo's sign-ins (tier, email, password) with the address of each one's sign-in page to `target`."""
    entries: list[dict[str, Any]] = json.loads((demo_folder / SIGN_INS).read_text(encoding="utf-8"))
    with psycopg.connect(conninfo(loader_url)) as connection:
        slugs: dict[str, str] = dict(
            connection.execute(
                # A retailer comes in by the page of its seller.
                "select distinct on (person.email) person.email,"
                " case when o.kind = 'retailer' then seller.slug else o.slug end from user_account person"
                " join membership m on m.user_id = person.id join organisation o on o.id = m.organisation_id"
                " left join organisation seller on seller.id = o.seller_id"
                " where person.email = any(%s) order by person.email, o.id",
                ([entry["email"] for entry in entries],),
            ).fetchall()
        )
    for entry in entries:
        entry["url"] = f"/w/{slugs[entry['email']]}/"
    # A draft first: the launcher takes the file's presence as the sign that the demo is complete.
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    draft.replace(target)
