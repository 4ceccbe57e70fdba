"""What an operator does for an organisation that its identity provider locked out, or that has no public DNS."""

from __future__ import annotations

import secrets

import psycopg

from portal.accounts.service.set_up import SetUpRefused, find_organisation, record_of_operator
from tenants.database_roles import conninfo


def approve_domain(loader_url: str, organisation: str, domain: str) -> None:
    """Take the domain (as `read_domain` gives it) as proven by the organisation; no Principal, for operators alone.

    Raises:
        SetUpRefused: the organisation is unknown, or another one has proven the domain.
    """
    with psycopg.connect(conninfo(loader_url)) as connection:
        organisation_id = find_organisation(connection, organisation)
        try:
            connection.execute(
                "insert into email_domain (organisation_id, domain, token, proven_at) values (%s, %s, %s, now())"
                " on conflict (organisation_id, domain) do update set proven_at = now()",
                (organisation_id, domain, secrets.token_urlsafe(24)),
            )
        except psycopg.errors.UniqueViolation as error:
            raise SetUpRefused(f"Another organisation has proven {domain}.") from error
        record_of_operator(connection, organisation_id, "email_domain.proven", domain)


def stop_demanding(loader_url: str, organisation: str) -> None:
    """Let people of the organisation in by their own proofs again; no Principal, for operators alone.

    Raises:
        SetUpRefused: the organisation is unknown, or does not demand a provider.
    """
    with psycopg.connect(conninfo(loader_url)) as connection:
        organisation_id = find_organisation(connection, organisation)
        changed = connection.execute(
            "update identity_provider set is_demanded = false where organisation_id = %s and is_demanded returning issuer",
            (organisation_id,),
        ).fetchone()
        if changed is None:
            raise SetUpRefused(f"{organisation} does not demand its identity provider.")
        record_of_operator(connection, organisation_id, "identity_provider.demanded", changed[0])
