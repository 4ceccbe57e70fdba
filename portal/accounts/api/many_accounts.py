"""Many accounts in one request: create and change them from a list, invite people into them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from portal.accounts.account_rows import DETAILS, TERMS, AccountRowInput, BadCell, RowProblem
from portal.accounts.api.fields import (
    GRANTED,
    Country,
    Email,
    Gln,
    GrantedRole,
    Line,
    Name,
    PathCode,
    PostalCode,
    PriceGroupCode,
    ShortLine,
    TermDays,
    VatId,
    unsent,
)
from portal.accounts.errors import RoleTooHigh
from portal.accounts.service.account_import import Change, import_accounts
from portal.accounts.service.bulk_invitations import AccountInvitation, Answer, invite_many
from portal.web.api import ApiAnswer, ApiBody, ApiQuery, Code, Price, operation
from tenants.audit import record_refusal
from tenants.database import act_as, rollback_at_edge
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Role, Scope
from tenants.principal import Principal

_TAGS = ["Accounts"]
_MOST_BYTES = 4 * 1024 * 1024
_PROBLEMS = {
    RowProblem.NO_KEY: "A customer number or a code is needed.",
    RowProblem.NO_NAME: "A new account needs a name.",
    RowProblem.TWICE: "An earlier row has it already.",
    RowProblem.AMBIGUOUS: "Several accounts have this customer number; send the code.",
    RowProblem.OTHER_ACCOUNT: "It belongs to another account of yours than the row's other name.",
    RowProblem.CODE_TAKEN: "This code cannot be used; `suggestion` can.",
    RowProblem.CODE_LIMIT: "Too many codes could not be used; send none, or try again in an hour.",
    RowProblem.UNKNOWN_SHOP: "No shop of yours has this code or customer number.",
    RowProblem.PLACE_FIXED: "An account that exists stays where it hangs.",
}


class RowsRefused(InvalidInput):
    """Some rows cannot be taken, so nothing was saved; `errors` points at each."""

    code: ClassVar[str] = "rows-refused"


class AccountRowBody(ApiBody):
    """A buyer by code or customer number; what is not sent stays, or is the usual of a new one."""

    customer_number: ShortLine = unsent()
    code: PathCode = unsent()
    branch_of: ShortLine = unsent(description="Code or customer number of the shop whose branch it is.")
    name: Name = unsent(description="Needed for a new account.")
    street: Line = unsent()
    postal_code: PostalCode = unsent()
    city: Line = unsent()
    country: Country = unsent()
    email: Email = unsent()
    vat_id: VatId = unsent()
    gln: Gln = unsent()
    locale: Literal["de", "en"] = unsent()
    price_group: PriceGroupCode = unsent(description="Made if it does not exist.")
    payment_terms_days: TermDays = unsent()
    credit_limit: Price = unsent(description="In the seller's currency.")

    def read(self, row: int) -> AccountRowInput:
        """Give it as the service takes it; `row` is its place, from 0."""

        def sent(names: tuple[str, ...]) -> dict[str, Any]:
            return {name: getattr(self, name) for name in names if name in self.model_fields_set}

        return AccountRowInput(
            row, **sent(("customer_number", "code", "branch_of")), details=sent(DETAILS), terms=sent(TERMS)
        )


class AccountsBody(ApiBody):
    """The rows of a list."""

    accounts: Annotated[list[AccountRowBody], Field(min_length=1, max_length=1000)]


class ImportQuery(ApiQuery):
    """How far to go."""

    dry_run: bool = Field(default=False, description="Only say what would happen.")
    skip_bad: bool = Field(default=False, description="Take the good rows although others cannot be taken.")


class RowError(ApiAnswer):
    """Why a row was not taken."""

    field: str
    problem: RowProblem
    detail: str
    suggestion: str | None = None


class AccountRowAnswer(ApiAnswer):
    """What became of a row."""

    row: int = Field(description="Its place in the request, from 0.")
    change: Literal["created", "changed", "unchanged", "refused"]
    code: str | None
    error: RowError | None = None


class ImportAnswer(ApiAnswer):
    """What became of all rows, in their order."""

    dry_run: bool
    created: int
    changed: int
    unchanged: int
    refused: int
    rows: list[AccountRowAnswer]


@operation(
    "PUT",
    "/selling/accounts",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Create and change many buyers from a list",
    tags=_TAGS,
    response=ImportAnswer,
    body=AccountsBody,
    query=ImportQuery,
    errors=[RowsRefused],
    most_bytes=_MOST_BYTES,
)
def put_accounts(principal: Principal, body: AccountsBody, query: ImportQuery) -> ImportAnswer:
    """Each row names its account by code or customer number, so that sending the list again changes nothing.

    Rows that cannot be taken refuse the whole list unless `skip_bad` is true: then they are `refused` in the answer and
    the others are saved. Codes made for new accounts stand in the answer; those of a dry run are not kept.
    """
    rows = [row.read(at) for at, row in enumerate(body.accounts)]
    unnamed = {row.row for row in rows if not (row.code or row.customer_number)}
    outcome = import_accounts(principal, [row for row in rows if row.row not in unnamed])
    bad = sorted([*outcome.bad, *(BadCell(row, "customer_number", RowProblem.NO_KEY) for row in unnamed)])
    if query.dry_run or (bad and not query.skip_bad):
        rollback_at_edge()
        for cell in bad:
            if cell.problem is RowProblem.CODE_TAKEN:
                record_refusal(principal, "account.code_refused", body.accounts[cell.row].code)
                act_as(principal)
    if bad and not query.skip_bad:
        raise RowsRefused("Some rows cannot be taken; nothing was saved.", errors=[_pointed(cell) for cell in bad])
    answers = [AccountRowAnswer(row=row.row, change=row.change.value, code=row.code) for row in outcome.rows]
    answers += [AccountRowAnswer(row=cell.row, change="refused", code=None, error=_error(cell)) for cell in bad]
    counts = {change.value: outcome.count(change) for change in Change}
    return ImportAnswer(
        dry_run=query.dry_run, refused=len(bad), rows=sorted(answers, key=lambda each: each.row), **counts
    )


def _pointed(cell: BadCell) -> dict[str, str]:
    suggestion = {"suggestion": cell.detail} if cell.problem is RowProblem.CODE_TAKEN else {}
    pointer = f"#/accounts/{cell.row}/{cell.column}"
    return {"pointer": pointer, "detail": _PROBLEMS[cell.problem], "problem": cell.problem.value, **suggestion}


def _error(cell: BadCell) -> RowError:
    suggestion = cell.detail if cell.problem is RowProblem.CODE_TAKEN else None
    return RowError(field=cell.column, problem=cell.problem, detail=_PROBLEMS[cell.problem], suggestion=suggestion)


class AccountInvitationBody(ApiBody):
    """Somebody to invite into a buyer."""

    code: Code = Field(description="The buyer's.")
    email: Email | None = Field(default=None, description="The account's own address when missing.")
    name: Line = ""
    role: GrantedRole = Field(default="manager", description=GRANTED)


class AccountInvitationsBody(ApiBody):
    """Whom to invite."""

    invitations: Annotated[list[AccountInvitationBody], Field(min_length=1, max_length=500)]


class AccountInvitationAnswer(ApiAnswer):
    """What became of an invitation."""

    code: str
    answer: Answer


class AccountInvitationsAnswer(ApiAnswer):
    """What became of all, in the order in which they were sent."""

    invited: int
    invitations: list[AccountInvitationAnswer]


@operation(
    "POST",
    "/selling/account-invitations",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Invite people into many buyers",
    tags=_TAGS,
    response=AccountInvitationsAnswer,
    body=AccountInvitationsBody,
    errors=[RoleTooHigh],
)
def invite_into_accounts(principal: Principal, body: AccountInvitationsBody) -> AccountInvitationsAnswer:
    """One person each; each answer says what became of it.

    Sending it again invites nobody twice: an address with an open invitation is `already-invited`. `later`: the limit of
    invitations within an hour is reached.
    """
    wanted = [AccountInvitation(each.code, each.email or "", each.name, Role(each.role)) for each in body.invitations]
    answers = invite_many(principal, wanted)
    return AccountInvitationsAnswer(
        invited=sum(answer is Answer.INVITED for answer in answers),
        invitations=[
            AccountInvitationAnswer(code=each.code, answer=answer) for each, answer in zip(wanted, answers, strict=True)
        ],
    )
