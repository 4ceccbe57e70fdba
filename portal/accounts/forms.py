"""What people type: fields, their checks and the sentences of the checks."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length

EMAIL_LENGTH = 254


def trimmed(value: Any) -> Any:
    """Drop the blanks around what was typed."""
    return value.strip() if isinstance(value, str) else value


def _needed(message: Any) -> DataRequired:
    return DataRequired(message=message)


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


class ForgottenPasswordForm(FlaskForm):  # type: ignore[misc]
    """Where to send the link."""

    email = EmailField(_l("E-mail address"), _email_checks(), filters=[trimmed])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Please choose a password."))])


class AcceptanceForm(FlaskForm):  # type: ignore[misc]
    """How a new person accepts an invitation."""

    name = StringField(
        _l("Your name"),
        [
            _needed(_l("Please enter your name.")),
            Length(max=100, message=_l("Please use at most %(max)d characters.")),
        ],
        filters=[trimmed],
    )
    password = PasswordField(_l("Choose a password"), [InputRequired(_l("Please choose a password."))])


class KnownPersonForm(FlaskForm):  # type: ignore[misc]
    """How somebody who has an account accepts an invitation."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Please enter your password."))])
