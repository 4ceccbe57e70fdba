"""What administrators type about their provider, and people who look for theirs."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    URLField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, Regexp, ValidationError

from portal.accounts.forms import EMAIL_LENGTH, role_label, trimmed
from portal.identity.rules import read_domain
from portal.identity.service.settings import ProviderSettings
from tenants.permissions import Role

_LONG: Final = 255


def _short(most: int) -> Length:
    return Length(max=most, message=_l("Please use at most %(max)d characters."))


class WorkAddressForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """By which address the organisation is found."""

    email = EmailField(
        _l("Work e-mail address"),
        [
            DataRequired(_l("Please enter the e-mail address.")),
            Length(max=EMAIL_LENGTH, message=_l("This is too long for an e-mail address.")),
            Email(message=_l("This is not an e-mail address. It looks like name@example.com.")),
        ],
        filters=[trimmed],
    )
    next = HiddenField()


class ProviderForm(FlaskForm):  # type: ignore[misc]
    """The connection to the provider."""

    issuer = URLField(
        _l("Issuer"),
        [
            DataRequired(_l("Please enter the address of the issuer.")),
            _short(_LONG),
            Regexp(r"^https?://\S+$", message=_l("An issuer looks like https://login.example.com.")),
        ],
        filters=[trimmed],
    )
    client_id = StringField(
        _l("Client id"), [DataRequired(_l("Please enter the client id.")), _short(_LONG)], filters=[trimmed]
    )
    client_secret = PasswordField(_l("Client secret"), [Optional(), _short(1000)], filters=[trimmed])
    groups_claim = StringField(
        _l("Claim that holds the groups"),
        [DataRequired(_l("Please enter the name of the claim.")), _short(100)],
        filters=[trimmed],
    )
    default_role = SelectField(_l("People in none of the named groups"))
    required_acr = StringField(
        _l("Authentication class for two factors (acr)"), [Optional(), _short(_LONG)], filters=[trimmed]
    )
    counts_as_two_proofs = BooleanField(_l("Every sign-in at the provider takes a second factor"))
    trusts_addresses = BooleanField(_l("E-mail addresses count as verified where the provider does not say"))
    is_enabled = BooleanField(_l("People can sign in by it"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.default_role.choices = [("", gettext("do not get in")), *role_choices()]

    def settings(self) -> ProviderSettings:
        """Give what was typed, after validation."""
        return ProviderSettings(
            issuer=self.issuer.data,
            client_id=self.client_id.data,
            groups_claim=self.groups_claim.data,
            default_role=Role(self.default_role.data) if self.default_role.data else None,
            required_acr=self.required_acr.data or "",
            counts_as_two_proofs=self.counts_as_two_proofs.data,
            trusts_addresses=self.trusts_addresses.data,
            is_enabled=self.is_enabled.data,
        )


class DomainForm(FlaskForm):  # type: ignore[misc]
    """A domain of e-mail addresses."""

    domain = StringField(_l("Domain"), [DataRequired(_l("Please enter a domain."))], filters=[trimmed])

    def validate_domain(self, field: StringField) -> None:
        """A name with a dot, as it stands behind the @."""
        if read_domain(field.data) is None:
            raise ValidationError(gettext("This is not a domain. It looks like example.com."))


class GroupForm(FlaskForm):  # type: ignore[misc]
    """A group of the provider and its role."""

    group = StringField(
        _l("Group"),
        [DataRequired(_l("Please enter the group as the provider names it.")), _short(_LONG)],
        filters=[trimmed],
    )
    role = SelectField(_l("Role"), [InputRequired(_l("Please choose a role."))])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = role_choices()


class ProviderDemandForm(FlaskForm):  # type: ignore[misc]
    """Whether the provider is the only way in, and who holds a key all the same."""

    is_demanded = BooleanField(_l("People get in by the provider alone"))
    keyholders = SelectMultipleField(_l("Keyholders"), coerce=int, validate_choice=False)


def role_choices() -> list[tuple[str, str]]:
    """Give all roles: whoever sets this up is an administrator."""
    return [(role.value, role_label(role)) for role in Role]
