"""What a domain says of itself in the DNS: the record that proves whose it is."""

from __future__ import annotations

from typing import Final

import dns.exception
import dns.resolver
from flask import current_app

NAME: Final = "_kontor-challenge"
_SECONDS: Final = 4.0


def record_name(domain: str) -> str:
    """Give where the TXT record of the domain stands."""
    return f"{NAME}.{domain}"


def says(domain: str, record: str) -> bool:
    """Tell whether one of the domain's TXT records is this text; one that cannot be asked says nothing."""
    try:
        resolver = current_app.config.get("DNS_RESOLVER") or dns.resolver.Resolver()
        answers = resolver.resolve(record_name(domain), "TXT", lifetime=_SECONDS)
    except dns.exception.DNSException:
        return False
    return any(b"".join(answer.strings).decode("utf-8", "replace").strip() == record for answer in answers)
