"""What people type: fields, their checks and the sentences of the checks."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from babel import Locale
from babel.numbers import NumberFormatError, parse_decimal
from flask_babel import format_decimal, get_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, FileField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, Regexp, ValidationError

from portal.accounts.account_rows import DETAILS, MOST_CREDIT, MOST_TERM_DAYS
from portal.accounts.models import Demand
from portal.accounts.queries.roles import list_own_roles
from portal.accounts.rules import grantable_roles, may_give
from portal.accounts.service.accounts import Terms
from portal.web.shell import LANGUAGES
from tenants.permissions import Role
from tenants.principal import Principal

EMAIL_LENGTH: Final = 254


def trimmed(value: Any) -> Any:
    """Drop the blanks around what was typed."""
    return value.strip() if isinstance(value, str) else value


def _needed(message: Any) -> DataRequired:
    return DataRequired(message=message)


def _short(most: int) -> Length:
    return Length(max=most, message=_l("Please use at most %(max)d characters."))


def _email_checks() -> list[Any]:
    return [
        _needed(_l("Please enter the e-mail address.")),
        Length(max=EMAIL_LENGTH, message=_l("This is too long for an e-mail address.")),
        Email(message=_l("This is not an e-mail address. It looks like name@example.com.")),
    ]


class SignInForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """E-mail and password."""

    email = EmailField(_l("E-mail address"), _email_checks(), filters=[trimmed])
    password = PasswordField(_l("Password"), [InputRequired(_l("Please enter your password."))])
    next = HiddenField()
    kept = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the authenticator app, or a recovery code."""

    code = StringField(_l("One-time code"), [_needed(_l("Please enter the code.")), _short(40)], filters=[trimmed])
    next = HiddenField()
    kept = HiddenField()


class PasswordAgainForm(FlaskForm):  # type: ignore[misc]
    """The password, once more."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Please enter your password."))])
    next = HiddenField()
    kept = HiddenField()


class ActForm(FlaskForm):  # type: ignore[misc]
    """Why somebody works in a retailer's name."""

    reason = StringField(_l("Reason"), [_needed(_l("Please enter the reason.")), _short(200)], filters=[trimmed])


class AuthenticatorForm(FlaskForm):  # type: ignore[misc]
    """The first code of an authenticator app; `sealed` is the secret it was shown."""

    code = StringField(
        _l("Code that the app shows"), [_needed(_l("Please enter the code.")), _short(10)], filters=[trimmed]
    )
    sealed = HiddenField()
    next = HiddenField()


class DemandForm(FlaskForm):  # type: ignore[misc]
    """Of whom a second factor is demanded."""

    second_factor = SelectField(_l("Demanded of"), [InputRequired(_l("Please choose."))])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.second_factor.choices = demand_choices()


def demand_choices() -> list[tuple[str, str]]:
    """Give of whom a second factor may be demanded, in the reader's language."""
    return [
        (Demand.OPTIONAL.value, gettext("Nobody; everybody may set one up")),
        (Demand.ADMINISTRATORS.value, gettext("Administrators")),
        (Demand.EVERYBODY.value, gettext("Everybody")),
    ]


class ForgottenPasswordForm(FlaskForm):  # type: ignore[misc]
    """Where to send the link."""

    email = EmailField(_l("E-mail address"), _email_checks(), filters=[trimmed])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Please choose a password."))])


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """The old password and a new one."""

    old_password = PasswordField(_l("Present password"), [InputRequired(_l("Please enter your password."))])
    password = PasswordField(_l("New password"), [InputRequired(_l("Please choose a password."))])


class AcceptanceForm(FlaskForm):  # type: ignore[misc]
    """How a new person accepts an invitation."""

    name = StringField(
        _l("Your name"),
        [
            _needed(_l("Please enter your name.")),
            _short(100),
        ],
        filters=[trimmed],
    )
    password = PasswordField(_l("Choose a password"), [InputRequired(_l("Please choose a password."))])


class KnownPersonForm(FlaskForm):  # type: ignore[misc]
    """How somebody who has an account accepts an invitation."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Please enter your password."))])


def role_label(role: Role) -> str:
    """Give a role in the reader's language."""
    labels = {
        Role.ADMIN: gettext("Administrator"),
        Role.MANAGER: gettext("Manager"),
        Role.BUYER: gettext("Buyer"),
        Role.APPROVER: gettext("Approver"),
        Role.WAREHOUSE: gettext("Warehouse"),
        Role.VIEWER: gettext("Viewer"),
    }
    return str(labels[role])


def role_word_choices(principal: Principal) -> list[tuple[str, str]]:
    """Give the roles that the principal may grant in its own organisation, as choices of a select: own ones too."""
    own = [role for role in list_own_roles(principal) if may_give(principal, role.permissions)]
    return role_choices(principal) + [(role.code, role.name) for role in own]


def role_choices(principal: Principal) -> list[tuple[str, str]]:
    """Give the roles the principal may grant, as choices of a select."""
    return [(role.value, role_label(role)) for role in grantable_roles(principal)]


COUNTRIES = (
    *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT"),
    *("LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "TR", "UA", "US", "CA"),
)


def country_choices(present: str = "") -> list[tuple[str, str]]:
    """Give countries by their name in the reader's language; one that is not on the list stays choosable."""
    names = (get_locale() or Locale("en")).territories
    codes = {*COUNTRIES, present} - {""}
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda choice: choice[1])


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Whom to invite, and as what."""

    email = EmailField(_l("E-mail address"), _email_checks(), filters=[trimmed])
    name = StringField(_l("Name"), [Optional(), _short(100)], filters=[trimmed])
    role = SelectField(_l("Role"), [InputRequired(_l("Please choose a role."))])

    def __init__(self, principal: Principal, *, own: bool = False, **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = role_word_choices(principal) if own else role_choices(principal)


class TermsForm(FlaskForm):  # type: ignore[misc]
    """What is agreed with a buyer."""

    customer_number = StringField(_l("Customer number"), [Optional(), _short(50)], filters=[trimmed])
    price_group = StringField(_l("Price group"), [Optional(), _short(50)], filters=[trimmed])
    payment_terms_days = StringField(_l("Payment terms"), [Optional()], filters=[trimmed])
    credit_limit = StringField(_l("Credit limit"), [Optional()], filters=[trimmed])

    def validate_payment_terms_days(self, field: StringField) -> None:
        """Whole days up to a year."""
        if not re.fullmatch(r"[0-9]{1,3}", field.data) or int(field.data) > MOST_TERM_DAYS:
            raise ValidationError(gettext("Please enter whole days from 0 to %(most)s.", most=MOST_TERM_DAYS))

    def validate_credit_limit(self, field: StringField) -> None:
        """An amount as the reader writes it."""
        if read_amount(field.data) is None:
            raise ValidationError(
                gettext(
                    "This is not an amount. Please enter a number such as %(example)s.", example=format_decimal(5000)
                )
            )

    def terms(self) -> Terms:
        """Give what was typed, after validation."""
        days, limit = self.payment_terms_days.data, self.credit_limit.data
        return Terms(
            customer_number=self.customer_number.data or "",
            price_group=self.price_group.data or None,
            payment_terms_days=int(days) if days else None,
            credit_limit=read_amount(limit) if limit else None,
        )


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """Who an organisation is and where."""

    name = StringField(_l("Name"), [_needed(_l("Please enter the name.")), _short(150)], filters=[trimmed])
    street = StringField(_l("Street and number"), [Optional(), _short(150)], filters=[trimmed])
    postal_code = StringField(_l("Postal code"), [Optional(), _short(20)], filters=[trimmed])
    city = StringField(_l("City"), [Optional(), _short(100)], filters=[trimmed])
    country = SelectField(_l("Country"), [InputRequired(_l("Please choose a country."))])
    email = EmailField(_l("E-mail"), [Optional(), *_email_checks()[1:]], filters=[trimmed])
    vat_id = StringField(_l("VAT number"), [Optional(), _short(20)], filters=[trimmed])
    gln = StringField(
        _l("GLN"), [Optional(), Regexp(r"^[0-9]{13}$", message=_l("A GLN has 13 digits."))], filters=[trimmed]
    )
    locale = SelectField(_l("Language"), [InputRequired(_l("Please choose a language."))])

    def __init__(self, present: str = "", **values: Any) -> None:
        super().__init__(**values)
        self.country.choices = country_choices(present)
        self.locale.choices = list(LANGUAGES)

    def details(self) -> dict[str, str]:
        """Give what was typed, after validation."""
        return {name: getattr(self, name).data or "" for name in DETAILS}


class NewAccountForm(TermsForm, DetailsForm):
    """A new buyer: who it is, the terms, the first person."""

    kind = SelectField(_l("Kind"), [InputRequired(_l("Please choose a kind."))])
    code = StringField(
        _l("Code"),
        [
            Optional(),
            _short(40),
            Regexp(r"^[\w.-]+$", message=_l("Please use letters, digits, dots, hyphens and underscores only.")),
        ],
        filters=[trimmed],
    )
    parent_code = SelectField(_l("Branch of"))
    currency = SelectField(_l("Currency"), [InputRequired(_l("Please choose a currency."))])
    person_email = EmailField(_l("E-mail address"), [Optional(), *_email_checks()[1:]], filters=[trimmed])
    person_name = StringField(_l("Name"), [Optional(), _short(100)], filters=[trimmed])
    person_role = SelectField(_l("Role"), [InputRequired(_l("Please choose a role."))])


class BrandForm(FlaskForm):  # type: ignore[misc]
    """Colour and logo."""

    accent_colour = StringField(
        _l("Accent colour"),
        [Optional(), Regexp(r"^#[0-9A-Fa-f]{6}$", message=_l("A colour looks like #1d5a43."))],
        filters=[trimmed],
    )
    logo = FileField(_l("Logo"))
    remove_logo = BooleanField(_l("Show the name instead of the logo"))


def read_amount(text: str) -> Decimal | None:
    """Give an amount from 0 as the reader writes it (1.284,30 in German), None for anything else."""
    try:
        amount = parse_decimal(text.replace("\u202f", "").replace(" ", ""), locale=get_locale(), strict=True)
    except NumberFormatError:
        return None
    fits = amount.is_finite() and 0 <= amount < MOST_CREDIT and amount == round(amount, 2)
    return amount if fits else None
