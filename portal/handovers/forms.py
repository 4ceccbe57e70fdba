"""To whom a shop is handed over."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.accounts.forms import trimmed
from tenants.errors import InvalidInput


class ProposeForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """Whose shop it is to be."""

    receiver = StringField(
        _l("Sign-in page of the other wholesaler"),
        [InputRequired(_l("Please enter the name of the sign-in page.")), Length(max=100)],
        filters=[trimmed, lambda value: (value or "").rstrip("/").rpartition("/")[2]],
    )

    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put what is wrong to the field, in the reader's language."""
        said = {
            "unknown-receiver": gettext("No other wholesaler of your channel has this sign-in page."),
            "open": gettext("This shop is being handed over already."),
            "not-a-shop": gettext(
                "Only a shop in use that is no branch can be handed over. Make a branch independent first."
            ),
        }
        self.receiver.errors = [said[error["reason"]] for error in refusal.details["errors"]]
