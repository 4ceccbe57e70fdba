"""What the core reads itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, text

from tenants.database import db
from tenants.models import Organisation


@dataclass(frozen=True, slots=True)
class MailBrandRow:
    """In whose name an organisation's mails go out."""

    name: str
    slug: str
    accent_colour: str
    email: str
    has_logo: bool
    time_zone: str


def find_mail_brand(organisation_id: int) -> MailBrandRow | None:
    """Give the brand of an organisation that the open context may see, or None."""
    row = db.session.execute(
        select(
            Organisation.name,
            Organisation.slug,
            Organisation.accent_colour,
            Organisation.email,
            Organisation.logo.is_not(None),
            Organisation.time_zone,
        ).where(Organisation.id == organisation_id)
    ).one_or_none()
    return None if row is None else MailBrandRow(*row)


def get_queue_figures() -> dict[str, float]:
    """Give how many jobs of the installation are in which state, and the outbox; asked without a principal, by the web role itself."""
    return dict(db.session.execute(text("select * from queue_figures()")).mappings().one())


def like_pattern(words: str) -> str:
    """Give the LIKE pattern that finds the words anywhere, taken literally."""
    escaped = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
