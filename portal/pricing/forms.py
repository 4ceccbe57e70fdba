"""What people type about a price list, read into a command, with its refusals put to the fields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField

from portal.pricing.queries.price_lists import Assigned, PriceListRow
from portal.pricing.rules.entry_rows import RowProblem, read_day, typed_day, typed_number
from portal.pricing.service.price_lists import MOST_DECIMALS, SavePriceList
from portal.pricing.words import FIELD_PROBLEMS, day_cell, decimal_mark, plain_number
from tenants.errors import InvalidInput

_USUAL_PRIORITY = 100
_LONGEST_NUMBER = 20


def trimmed(value: str | None) -> str:
    """Give a field's text without white space around it."""
    return (value or "").strip()


def typed_lines(value: str) -> tuple[str, ...]:
    """Give what a field holds one a line, each once and in its order."""
    return tuple(dict.fromkeys(filter(None, (line.strip() for line in value.splitlines()))))


def group_choices(groups: dict[str, str]) -> list[tuple[str, str]]:
    """Give the choices of price groups (code → name), each with its code and, where it says more, its name."""
    return [(code, f"{code} · {name}" if name and name != code else code) for code, name in groups.items()]


class TypedForm(FlaskForm):  # type: ignore[misc]
    """A form whose fields are text, as people type numbers and days, until they are read; what cannot be read is told its field."""

    problems: ClassVar[Mapping[str, Any]] = {}
    """What the reasons of refused commands are called."""

    @property
    def has_errors(self) -> bool:
        """Tell whether a field was refused."""
        return any(bound.errors for bound in self)

    def read_day(self, name: str) -> date | None:
        """Give a field's day; None where it is empty, or no day, which the field is told."""
        day = read_day(typed_day(getattr(self, name).data))
        if isinstance(day, RowProblem):
            self.blame(name, FIELD_PROBLEMS["not-a-day"])
            return None
        return day

    def read_number(self, name: str, decimals: int) -> Decimal | None:
        """Give a field's number with up to so many decimals; None where it is empty, or no number, which the field is told."""
        text = getattr(self, name).data.replace("\N{MINUS SIGN}", "-").removeprefix("+")
        plain = typed_number(text, decimal_mark())
        if isinstance(plain, RowProblem) or len(plain) > _LONGEST_NUMBER or plain == "-":
            self.blame(name, FIELD_PROBLEMS["not-a-number"])
            return None
        number = Decimal(plain) if plain else None
        if number is not None and number != round(number, decimals):
            self.blame(name, FIELD_PROBLEMS["not-a-number"])
            return None
        return number

    def blame(self, name: str, text: Any) -> None:
        """Tell a field what is wrong with it."""
        bound: Field = self[name]
        bound.errors = [*bound.errors, str(text)]

    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put each error of a refused command to its field."""
        for error in refusal.details["errors"]:
            self.blame(error["field"], self.problems[error["reason"]])


class PriceListForm(TypedForm):
    """A price list and whom it is for; everything is text until `command` reads it."""

    code = StringField(_l("Code"), filters=[trimmed])
    name = StringField(_l("Name"), filters=[trimmed])
    active = BooleanField(_l("In use"))
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])
    priority = StringField(_l("Priority"), filters=[trimmed])
    base_code = SelectField(_l("Derived from"), validate_choice=False)
    adjustment_percent = StringField(_l("Percent on top"), filters=[trimmed])
    adjustment_amount = StringField(_l("Amount on top"), filters=[trimmed])
    decimals = SelectField(_l("Rounded to"), validate_choice=False)
    everyone = BooleanField(_l("Everyone"))
    groups = SelectMultipleField(_l("Price groups"), validate_choice=False)
    accounts = TextAreaField(_l("Single customers"), filters=[trimmed])
    agreed = HiddenField()

    def offer(self, lists: Sequence[tuple[str, str]], groups: dict[str, str]) -> None:
        """Fill the choices: lists to derive from (code, name) and price groups (code → name)."""
        self.base_code.choices = [
            ("", _l("No other list")),
            *((code, f"{code} · {name}" if name else code) for code, name in lists),
        ]
        self.decimals.choices = [("", _l("4 decimals")), *((str(each), str(each)) for each in range(MOST_DECIMALS))]
        self.groups.choices = group_choices(groups)

    def command(self, code: str | None = None) -> SavePriceList | None:
        """Give the command, or None after telling each field what is wrong with it. `code` of a list that exists is fixed."""
        priority = self.read_number("priority", 0)
        decimals = self.decimals.data or ""
        command = SavePriceList(
            code=code or self.code.data,
            name=self.name.data,
            priority=_USUAL_PRIORITY if priority is None else int(priority),
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
            base_code=self.base_code.data or None,
            adjustment_percent=self.read_number("adjustment_percent", 4),
            adjustment_amount=self.read_number("adjustment_amount", 4),
            decimals=int(decimals) if decimals.isascii() and decimals.isdigit() else None,
            active=self.active.data,
        )
        return None if self.has_errors else command

    @property
    def audience(self) -> Assigned:
        """Whom the list is to be for."""
        accounts = [code.strip() for line in self.accounts.data.splitlines() for code in line.split(",")]
        return Assigned(self.everyone.data, self.groups.data or [], list(dict.fromkeys(filter(None, accounts))))

    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put each error of a refused command to its field."""
        for error in refusal.details["errors"]:
            reason = (
                "chain-too-long" if (error["field"], error["reason"]) == ("base_code", "too-long") else error["reason"]
            )
            text = FIELD_PROBLEMS[reason]
            self.blame(error["field"], text % {"value": error["value"]} if reason == "unknown-account" else text)

    def digest(self) -> str:
        """Give what stands for everything that was typed: agreeing holds for exactly that."""
        values = [(bound.name, str(bound.data)) for bound in self if bound.name not in {"agreed", "csrf_token"}]
        return hashlib.sha256(repr(values).encode()).hexdigest()[:24]


def form_values(price_list: PriceListRow, assigned: Assigned) -> dict[str, Any]:
    """Give what the form shows of a list that exists."""
    return {
        "code": price_list.code,
        "name": price_list.name,
        "active": price_list.active,
        "valid_from": day_cell(price_list.valid_from),
        "valid_to": day_cell(price_list.valid_to),
        "priority": str(price_list.priority),
        "base_code": price_list.base_code or "",
        "adjustment_percent": plain_number(price_list.adjustment_percent),
        "adjustment_amount": plain_number(price_list.adjustment_amount),
        "decimals": "" if price_list.decimals in {None, MOST_DECIMALS} else str(price_list.decimals),
        "everyone": assigned.everyone,
        "groups": assigned.groups,
        "accounts": "\n".join(assigned.accounts),
    }
