"""What people type about programs and their own tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from portal.accounts.forms import trimmed
from portal.oauth.rules import MOST_REDIRECT_URIS, is_redirect_uri
from portal.oauth.service.clients import ClientSettings
from portal.oauth.words import KIND_WORDS, SCOPE_WORDS
from tenants.permissions import Scope
from tenants.token_models import ClientKind

_LONGEST_NAME: Final = 80
LIFETIMES: Final = {
    "30": _l("30 days"),
    "90": _l("90 days"),
    "365": _l("one year"),
}


def _name_field(label: Any) -> StringField:
    return StringField(
        label,
        [
            DataRequired(_l("Please enter a name.")),
            Length(max=_LONGEST_NAME, message=_l("Please use at most %(max)d characters.")),
        ],
        filters=[trimmed],
    )


class _ScopesForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """A form with boxes for scopes."""

    scopes = SelectMultipleField(_l("What it may do"))

    def offer(self, scopes: tuple[Scope, ...]) -> None:
        """Offer these, and take no other."""
        self.scopes.choices = [(scope.value, SCOPE_WORDS[scope]) for scope in scopes]

    def validate_scopes(self, field: SelectMultipleField) -> None:
        """Refuse none at all."""
        if not field.data:
            raise ValidationError(gettext("Please choose at least one."))

    def chosen(self) -> tuple[Scope, ...]:
        """Give what was chosen, after validation."""
        return tuple(Scope(value) for value in self.scopes.data)


class ProgramForm(_ScopesForm):
    """A program of the organisation."""

    kind = RadioField(_l("Kind"), default=ClientKind.SERVICE.value)
    name = _name_field(_l("Name"))
    redirect_uris = TextAreaField(_l("Redirect addresses"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = [(kind.value, words) for kind, words in KIND_WORDS.items()]

    def validate_redirect_uris(self, _field: TextAreaField) -> None:
        """Refuse what people cannot be sent back to."""
        kind, addresses = next((kind for kind in ClientKind if kind.value == self.kind.data), None), self.addresses()
        if kind is None or kind is ClientKind.SERVICE:
            return
        if not addresses:
            raise ValidationError(gettext("Please enter at least one address."))
        if len(addresses) > MOST_REDIRECT_URIS:
            raise ValidationError(gettext("Please enter at most %(most)s addresses.", most=MOST_REDIRECT_URIS))
        for address in addresses:
            if not is_redirect_uri(address, kind):
                raise ValidationError(
                    gettext("People cannot be sent back to %(address)s.", address=address)
                    + " "
                    + gettext("It looks like https://erp.example.com/callback.")
                )

    def addresses(self) -> tuple[str, ...]:
        """Give the lines that were typed."""
        return tuple(
            dict.fromkeys(line.strip() for line in (self.redirect_uris.data or "").splitlines() if line.strip())
        )

    def settings(self) -> ClientSettings:
        """Give what was typed, after validation."""
        is_service = self.kind.data == ClientKind.SERVICE.value
        return ClientSettings(self.name.data, self.chosen(), () if is_service else self.addresses())


class PersonalTokenForm(_ScopesForm):
    """A token of one's own."""

    name = _name_field(_l("What it is for"))
    days = SelectField(_l("Good for"), [DataRequired()], default="90")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.days.choices = list(LIFETIMES.items())

    def lifetime(self) -> timedelta:
        """Give for how long, after validation."""
        return timedelta(days=int(self.days.data))
