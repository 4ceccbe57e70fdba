"""Writing what all sharing wholesalers of a brand owner sold together, by product and by category.

Who shares changes by agreement and by date: the state names whose units are added up, and where that is no longer who shares
today, everything of the brand owner is added up anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, text

from portal.analytics.service.channel_running import BEGINNING, OF_ALL, write_running
from portal.analytics.service.spans import Touched
from portal.analytics.service.staging import add_up, run

_OWNERS = text("select distinct a.brand_owner_id from sharing_agreement a where a.wholesaler_id = :seller order by 1")

_IS_CURRENT = text(
    "select coalesce((select s.wholesaler_ids = granting_wholesalers(:owner) from channel_total_state s"
    " where s.brand_owner_id = :owner), false)"
)

_OF_MONTHS = "month between date_trunc('month', cast(:first as date)) and :last"
_SHARED = "m.brand_owner_id = :owner and m.wholesaler_id = any(granting_wholesalers(:owner))"


class _Total(NamedTuple):
    table: str
    source: str
    key: str
    touched: str
    """The session's own table that names what a span touched."""

    @property
    def _is_touched(self) -> str:
        return f"{self.key} = any(array(select t.{self.key} from {self.touched} t))"  # noqa: S608 - constants of this module

    def forget(self, condition: str = "") -> str:
        return f"delete from {self.table} where brand_owner_id = :owner {condition}"  # noqa: S608 - constants of this module

    def write(self, condition: str = "") -> str:
        keys = ("m.brand_owner_id", "m.month", f"m.{self.key}")
        return add_up(self.table, keys, f"{self.source} m", f"{_SHARED} {condition}")

    def touched_again(self, months: str = "") -> tuple[str, str]:
        """Forget and write what is touched, in all months where none are said."""
        of_months, m_months = (f"and {months}", f"and m.{months}") if months else ("", "")
        return self.forget(f"and {self._is_touched} {of_months}"), self.write(f"and m.{self._is_touched} {m_months}")


_PRODUCTS = _Total("channel_total_month", "channel_product_month", "product_id", "touched_product")
_CATEGORIES = _Total("channel_total_category_month", "channel_category_month", "category", "touched_category")
_OF_SPAN = (*_PRODUCTS.touched_again(_OF_MONTHS), *_CATEGORIES.touched_again(_OF_MONTHS))
_OF_CATEGORIES = _CATEGORIES.touched_again()
_NAME = (
    "insert into channel_total_state (brand_owner_id, wholesaler_ids) values (:owner, granting_wholesalers(:owner))"
    " on conflict (brand_owner_id) do update set wholesaler_ids = excluded.wholesaler_ids"
)
_ALL = (_PRODUCTS.forget(), _PRODUCTS.write(), _CATEGORIES.forget(), _CATEGORIES.write(), _NAME)


def owners_of(connection: Connection, seller_id: int) -> list[int]:
    """Give the brand owners with whom the seller has or had an agreement."""
    return list(connection.execute(_OWNERS, {"seller": seller_id}).scalars())


def add_up_span(connection: Connection, span: Touched) -> None:
    """Add up the products and categories touched in the span's months; the session's own tables name them."""
    for owner in owners_of(connection, span.seller_id):
        if _is_current(connection, owner):
            for statement in _OF_SPAN:
                run(connection, statement, {"owner": owner, "first": span.first_on, "last": span.last_on})
            write_running(connection, OF_ALL, {"owner": owner}, span.first_on, touched=True)
        else:
            add_up_all(connection, [owner])


def add_up_categories(connection: Connection, owner: int) -> None:
    """Add up the categories in `touched_category`, of all months; what is not read today is left as it is."""
    if _is_current(connection, owner):
        for statement in _OF_CATEGORIES:
            run(connection, statement, {"owner": owner})


def add_up_all(connection: Connection, owners: Iterable[int]) -> None:
    """Add up everything of the brand owners."""
    for owner in owners:
        for statement in _ALL:
            run(connection, statement, {"owner": owner})
        write_running(connection, OF_ALL, {"owner": owner}, BEGINNING, touched=False)


def _is_current(connection: Connection, owner: int) -> bool:
    is_current: bool = connection.execute(_IS_CURRENT, {"owner": owner}).scalar_one()
    return is_current
