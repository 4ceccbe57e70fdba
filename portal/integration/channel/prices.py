"""price_lists.csv, price_entries.csv and price_assignments.csv."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from typing import NamedTuple

from portal.integration.channel.audiences import Audienced, audience_file
from portal.integration.channel.checks import (
    day,
    known,
    number,
    one_of,
    pattern,
    required,
    selling,
    whole_number,
    window,
)
from portal.integration.channel.stage import ChannelFile, Stage
from portal.pricing.rules.price_lists import ChainLink, DerivationProblem, check_derivation, derivation_chains
from tenants.models import Status

_LIST = (
    "stage s left join tree seller on seller.code = s.seller_code"
    " left join price_list l on l.seller_id = seller.id and l.code = s.{code}"
)

_PROBLEMS = {
    DerivationProblem.LOOP: "leads back to this list",
    DerivationProblem.TOO_LONG: "makes a chain of more than 3 lists",
    DerivationProblem.OTHER_SELLER: "is a list of another seller",
    DerivationProblem.OTHER_CURRENCY: "is a list in another currency",
}


class StagedList(NamedTuple):
    """A row of price_lists.csv as far as derivation is concerned."""

    row: int
    code: str
    base_code: str | None
    currency: str


class Derivations:
    """The lists of one seller and what each is derived from, while the file's rows come in."""

    def __init__(self, seller_id: int, before: dict[str, tuple[str | None, str]], rows: list[StagedList]) -> None:
        self._seller_id = seller_id
        self._before = before
        self._rows = {row.code: row for row in rows}
        names = sorted({*before, *self._rows})
        self._numbers = {code: number for number, code in enumerate(names)}
        self._names = names
        self._base_of: dict[int, int] = {}
        self._currency = {code: currency for code, (_, currency) in before.items()}
        for code, (base, _) in before.items():
            self._derive(code, base)

    def refusals(self) -> list[tuple[int, str, str, str]]:
        """Try every row, bases before what is derived from them, and give the refused: row, column, value, reason."""
        refused = {
            row.code: (row.row, "base_code", row.base_code or "", _PROBLEMS[DerivationProblem.LOOP])
            for row in self._rows.values()
            if self._leads_back(row)
        }
        left = [row for row in self._rows.values() if row.code not in refused]
        for row in sorted(left, key=lambda row: (self._depth(row, refused), row.row)):
            reason = self._reason(row, refused)
            if reason is not None:
                refused[row.code] = (row.row, "base_code", row.base_code or "", reason)
        return list(refused.values())

    def _leads_back(self, row: StagedList) -> bool:
        seen: set[str] = set()
        at = row.base_code
        while at is not None and at not in seen and at != row.code:
            seen.add(at)
            at = self._rows[at].base_code if at in self._rows else self._before.get(at, (None, ""))[0]
        return at == row.code

    def _depth(self, row: StagedList, refused: Container[str]) -> int:
        depth, at = 0, row.base_code
        while at is not None and at in self._rows and at not in refused:
            depth += 1
            at = self._rows[at].base_code
        return depth

    def _reason(self, row: StagedList, refused: dict[str, tuple[int, str, str, str]]) -> str | None:
        if row.base_code is not None and row.base_code not in self._numbers:
            return "is not the code of a known list of this seller"
        if row.base_code in refused and row.base_code not in self._before:
            return "names a list that was refused"
        former_base, former_currency = self._before.get(row.code, (None, row.currency))
        self._currency[row.code] = row.currency
        self._derive(row.code, row.base_code)
        problem = self._problem(row.code)
        if problem is None:
            return None
        self._currency[row.code] = former_currency
        self._derive(row.code, former_base)
        return _PROBLEMS[problem]

    def _problem(self, code: str) -> DerivationProblem | None:
        for chain in derivation_chains(self._numbers[code], self._base_of):
            links = [ChainLink(number, self._seller_id, self._currency_of(self._names[number])) for number in chain]
            problem = check_derivation(links)
            if problem is not None:
                return problem
        return None

    def _currency_of(self, code: str) -> str:
        return self._currency.get(code) or self._rows[code].currency

    def _derive(self, code: str, base: str | None) -> None:
        if base is None:
            self._base_of.pop(self._numbers[code], None)
        else:
            self._base_of[self._numbers[code]] = self._numbers[base]


def _refuse_derivations(stage: Stage) -> None:
    staged: dict[int, list[StagedList]] = defaultdict(list)
    for seller_id, *fields in stage.rows(
        "select seller.id, s.row, s.code, s.base_code, coalesce(s.currency, seller.currency)"
        " from stage s join tree seller on seller.code = s.seller_code order by s.row"
    ):
        staged[seller_id].append(StagedList(*fields))
    before: dict[int, dict[str, tuple[str | None, str]]] = defaultdict(dict)
    for seller_id, code, base, currency in stage.rows(
        "select l.seller_id, l.code, b.code, l.currency from price_list l"
        " left join price_list b on b.seller_id = l.seller_id and b.id = l.base_list_id"
        " where l.seller_id = any(%(sellers)s)",
        {"sellers": list(staged)},
    ):
        before[seller_id][code] = (base, currency)
    for seller_id, rows in staged.items():
        stage.refuse_rows(Derivations(seller_id, before[seller_id], rows).refusals())
    stage.drop_refused()


def _write_lists(stage: Stage) -> int:
    _refuse_derivations(stage)
    own = {
        "seller_id": "seller.id",
        "code": "s.code",
        "name": "coalesce(s.name, '')",
        "currency": "coalesce(s.currency, seller.currency)",
        "priority": "coalesce(s.priority, '100')::int",
        "valid_from": "s.valid_from::date",
        "valid_to": "s.valid_to::date",
        "adjustment_percent": "s.adjustment_percent::numeric",
        "adjustment_amount": "s.adjustment_amount::numeric",
        "decimals": "s.decimals::int",
        "status": "coalesce(s.status, 'active')",
    }
    source = _LIST.format(code="code")
    new = stage.rows(
        f"insert into price_list ({', '.join(own)}) select {', '.join(own.values())} from {source}"
        " where l.id is null order by s.row returning id"
    )
    # Bases last: a list may stand in the file before the one it is derived from.
    based = {**own, "base_list_id": "base.id"}
    source += " left join price_list base on base.seller_id = seller.id and base.code = s.base_code"
    fresh = [identity for (identity,) in new]
    stage.run(
        f"update price_list target set base_list_id = base.id from {source} where target.seller_id = l.seller_id"
        " and target.id = l.id and l.id = any(%(fresh)s)",
        {"fresh": fresh},
    )
    return len(fresh) + stage.upsert("price_list", "seller_id, code", based, source=source)


def _write_entries(stage: Stage) -> int:
    return stage.upsert(
        "price_entry",
        "seller_id, price_list_id, article_id, min_quantity, valid_from",
        {
            "seller_id": "seller.id",
            "price_list_id": "l.id",
            "article_id": "a.id",
            "min_quantity": "coalesce(s.min_quantity, '1')::numeric",
            "valid_from": "coalesce(s.valid_from, '-infinity')::date",
            "valid_to": "s.valid_to::date",
            "net_price": "s.net_price::numeric",
        },
    )


PRICE_LISTS = ChannelFile(
    name="price_lists",
    columns=(
        "seller_code",
        "code",
        "name",
        "currency",
        "priority",
        "valid_from",
        "valid_to",
        "base_code",
        "adjustment_percent",
        "adjustment_amount",
        "decimals",
        "status",
    ),
    cells=(
        *required("seller_code", "code"),
        pattern("code", "^[^/[:cntrl:]]{1,100}$", "is longer than 100 characters or contains a slash"),
        pattern("currency", "^[A-Z]{3}$", "is not a currency code of three letters"),
        whole_number("priority", -999_999_999, 999_999_999),
        day("valid_from"),
        day("valid_to"),
        number("adjustment_percent", 4),
        number("adjustment_amount", 4),
        whole_number("decimals", 0, 4),
        one_of("status", Status),
    ),
    source=_LIST.format(code="code"),
    links=(known("seller_code", "seller"), selling("seller_code", "seller"), window("valid_from", "valid_to")),
    key="s.seller_code, s.code",
    write=_write_lists,
)

PRICE_ENTRIES = ChannelFile(
    name="price_entries",
    columns=("seller_code", "price_list_code", "article", "min_quantity", "net_price", "valid_from", "valid_to"),
    cells=(
        *required("seller_code", "price_list_code", "article", "net_price"),
        number("min_quantity", 3, lowest="> 0"),
        number("net_price", 4, lowest=">= 0"),
        day("valid_from"),
        day("valid_to"),
    ),
    source=_LIST.format(code="price_list_code")
    + " left join article a on a.seller_id = seller.id and a.article_number = s.article",
    links=(
        known("seller_code", "seller"),
        known("price_list_code", "l", "price list of this seller"),
        known("article", "a", "article of this seller"),
        window("valid_from", "valid_to"),
    ),
    key="s.seller_code, s.price_list_code, s.article, coalesce(s.min_quantity, '1')::numeric, s.valid_from",
    write=_write_entries,
)

PRICE_ASSIGNMENTS = audience_file(
    "price_assignments",
    "price_assignment",
    Audienced(column="price_list_code", key="price_list_id", alias="l", noun="price list"),
    source=_LIST.format(code="price_list_code"),
)
