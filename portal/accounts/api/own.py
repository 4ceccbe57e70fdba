"""Operations about the own organisation, which one that buys and one that sells have alike."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from portal.web.api import operation
from tenants.permissions import Scope

View = TypeVar("View", bound=Callable[..., Any])

READ = {"buying": Scope.BUYING_READ, "selling": Scope.SELLING_READ}
ADMIN = {"buying": Scope.BUYING_ADMIN, "selling": Scope.SELLING_ADMIN}


def own_operation(method: str, path: str, *, scopes: dict[str, Scope], **rest: Any) -> Callable[[View], View]:
    """Declare the function under /buying and /selling: `list_own_people` as `list_buying_people` and `list_selling_people`."""

    def declare(view: View) -> View:
        for area, scope in scopes.items():

            @functools.wraps(view)
            def run(*arguments: Any, **named: Any) -> Any:
                return view(*arguments, **named)

            run.__name__ = view.__name__.replace("own", area)
            operation(method, f"/{area}{path}", scope=scope, **rest)(run)
        return view

    return declare
