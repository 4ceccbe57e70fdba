"""Many accounts at once: each row makes a buyer, changes one, or finds it as it is; bad rows say why and do nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.accounts.account_rows import DETAILS, TERMS, AccountRowInput, BadCell, RowProblem
from portal.accounts.errors import CodeTaken
from portal.accounts.queries.accounts import AccountRow, find_accounts
from portal.accounts.service.accounts import (
    CreateAccount,
    Details,
    Terms,
    change_details,
    change_terms,
    lock_accounts,
    open_account,
)
from portal.web.problems import TooManyRequests
from tenants.audit import record
from tenants.models import OrganisationKind
from tenants.permissions import Permission
from tenants.principal import Principal


class Change(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a good row."""

    row: int
    change: Change
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of all rows."""

    rows: list[RowOutcome]
    bad: list[BadCell]

    def count(self, change: Change) -> int:
        """Give how many rows came to that."""
        return sum(row.change is change for row in self.rows)


def import_accounts(principal: Principal, rows: Sequence[AccountRowInput]) -> ImportOutcome:
    """Create and change the seller's accounts row by row; a row that cannot be taken changes nothing and is named.

    A row names its account by code or customer number, so that sending it again changes nothing. What a row does not give
    stays. The caller undoes everything where it only wants to know. The principal must be a seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    # Two imports of the same list must not both find that a customer number is still free.
    lock_accounts(principal)
    run = _Run(principal, rows)
    # A branch may stand above its shop.
    for row in sorted(rows, key=lambda each: bool(each.branch_of)):
        run.take(row)
    outcome = ImportOutcome(sorted(run.done, key=lambda each: each.row), sorted(run.bad))
    created, changed = outcome.count(Change.CREATED), outcome.count(Change.CHANGED)
    if created or changed:
        record(principal, "accounts.imported", after={"created": created, "changed": changed})
    return outcome


class _Run:
    """One import: the accounts by code and customer number as they become."""

    def __init__(self, principal: Principal, rows: Sequence[AccountRowInput]) -> None:
        self.principal = principal
        self.done: list[RowOutcome] = []
        self.bad: list[BadCell] = []
        named = {name for row in rows for name in (row.branch_of, row.customer_number) if name}
        codes = {name for row in rows for name in (row.branch_of, row.code) if name}
        found = find_accounts(principal, sorted(codes), sorted(named))
        self.by_code: dict[str, AccountRow] = {account.code: account for account in found}
        self.by_number: dict[str, list[str]] = defaultdict(list)
        for account in found:
            self.by_number[account.customer_number].append(account.code)
        self.shops = {account.code for account in found if account.kind == OrganisationKind.RETAILER}
        self.seen: dict[tuple[str, str], int] = {}

    def take(self, row: AccountRowInput) -> None:
        refusal = self._twice(row)
        code, refusal = ("", refusal) if refusal else self._match(row)
        parent = ""
        if refusal is None and row.branch_of:
            parent, refusal = self._parent(row, code)
        if refusal is not None:
            self.bad.append(refusal)
        elif code:
            self._change(row, self.by_code[code])
        elif "name" not in row.details:
            self.bad.append(BadCell(row.row, "name", RowProblem.NO_NAME))
        else:
            self._create(row, parent)

    def _twice(self, row: AccountRowInput) -> BadCell | None:
        for column in ("code", "customer_number"):
            name = getattr(row, column)
            first = self.seen.setdefault((column, name), row.row) if name else row.row
            if first != row.row:
                return BadCell(row.row, column, RowProblem.TWICE, str(first))
        return None

    def _match(self, row: AccountRowInput) -> tuple[str, BadCell | None]:
        """Give the code of the account that the row means, empty where there is none yet."""
        holders = self.by_number[row.customer_number] if row.customer_number else []
        if row.code in self.by_code:
            if set(holders) - {row.code}:
                return "", BadCell(row.row, "customer_number", RowProblem.OTHER_ACCOUNT, holders[0])
            return row.code, None
        if len(holders) > 1:
            return "", BadCell(row.row, "customer_number", RowProblem.AMBIGUOUS, ", ".join(sorted(holders)))
        if holders and row.code:
            return "", BadCell(row.row, "code", RowProblem.OTHER_ACCOUNT, holders[0])
        return (holders[0] if holders else ""), None

    def _parent(self, row: AccountRowInput, code: str) -> tuple[str, BadCell | None]:
        named = [row.branch_of] if row.branch_of in self.shops else self.by_number[row.branch_of]
        if len(named) != 1 or named[0] not in self.shops:
            return "", BadCell(row.row, "branch_of", RowProblem.UNKNOWN_SHOP)
        if code and self.by_code[code].parent_code != named[0]:
            return "", BadCell(row.row, "branch_of", RowProblem.PLACE_FIXED, self.by_code[code].parent_code or "")
        return named[0], None

    def _create(self, row: AccountRowInput, parent: str) -> None:
        terms = Terms(customer_number=row.customer_number, **row.terms)
        kind = OrganisationKind.RETAILER if parent else None
        command = CreateAccount(Details(**row.details), row.code, kind, parent, terms)
        try:
            code = open_account(self.principal, command)
        except CodeTaken as taken:
            record(self.principal, "account.code_refused", row.code, refused=True)
            self.bad.append(BadCell(row.row, "code", RowProblem.CODE_TAKEN, taken.details["suggestion"]))
            return
        except TooManyRequests:
            self.bad.append(BadCell(row.row, "code", RowProblem.CODE_LIMIT))
            return
        if row.customer_number:
            self.by_number[row.customer_number].append(code)
        self.shops.add(code)
        self.done.append(RowOutcome(row.row, Change.CREATED, code, row.details["name"]))

    def _change(self, row: AccountRowInput, account: AccountRow) -> None:
        numbered = {"customer_number": row.customer_number} if row.customer_number else {}
        terms = _merged(account, ("customer_number", *TERMS), {**numbered, **row.terms})
        details = _merged(account, DETAILS, row.details)
        if terms:
            change_terms(self.principal, account.code, Terms(**terms))
        if details:
            change_details(self.principal, account.code, Details(**details))
        change = Change.CHANGED if terms or details else Change.UNCHANGED
        self.done.append(RowOutcome(row.row, change, account.code, row.details.get("name", account.name)))


def _merged(account: AccountRow, fields: Iterable[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give all the fields as they are to become, nothing where what was given is what stands there."""
    present = {name: getattr(account, name) for name in fields}
    wanted = {**present, **given}
    return wanted if wanted != present else {}
