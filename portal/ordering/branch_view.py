"""Looking at a branch's orders from its head office: with the branch's own eyes, and with no right but to look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from portal.ordering.queries.branches import BranchRow, get_branch
from tenants.database import act_as, commit_at_edge, rollback_at_edge
from tenants.permissions import Permission
from tenants.principal import Principal


@contextmanager
def looking_at_branch(principal: Principal, code: str) -> Iterator[tuple[BranchRow, Principal]]:
    """Give a branch of the principal, who buys, and a principal that reads there as the branch itself does.

    The database says whether it is a branch of the principal, and its policies then hold for that branch alone. That
    somebody was here is kept; nothing else may have been written before. Afterwards the principal acts again.

    Raises:
        NotFound: the principal has no such branch.
    """
    branch = get_branch(principal, code)
    looking = replace(
        principal,
        organisation_id=branch.id,
        organisation_code=branch.code,
        organisation_name=branch.name,
        buyer_id=branch.id,
        permissions=principal.permissions & {Permission.ORDERS_VIEW},
        role_permissions=frozenset(),
        price_list_ids=(),
        candidate_lists=(),
    )
    # Who acts cannot change inside a transaction.
    commit_at_edge()
    act_as(looking)
    try:
        yield branch, looking
    finally:
        rollback_at_edge()
        act_as(principal)
