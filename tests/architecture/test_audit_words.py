"""Every act and fact that is noted in the audit log has a name in words: read from the code that notes it."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.accounts.audit_facts import FACTS
from portal.accounts.audit_values import MONEY, WORDS
from portal.accounts.audit_words import LABELS
from portal.accounts.models import Demand
from portal.accounts.queries.accounts import AccountState
from portal.accounts.service.accounts import Details
from portal.accounts.service.organisation import Address
from portal.analytics.models import Grant
from portal.catalogue.models import BackorderRule
from portal.catalogue.service.products import ProductDetails
from portal.integration.channel.load import FILES
from portal.integration.channel.pictures import FOLDER
from portal.ordering.models import EventKind
from portal.pricing.models import PriceStrategy
from portal.pricing.queries.price_lists import Assigned, PriceListRow
from portal.pricing.service.versions import Counts
from portal.promotions.queries.promotions import PromotionRow
from tenants.models import OrganisationKind, Proof, Status
from tenants.token_models import ClientKind

ROOT = Path(__file__).resolve().parents[2]
WRITERS = {
    "record": 1,
    "record_refusal": 1,
    "record_as": 3,
    "record_of_person": 1,
    "record_of_operator": 2,
    "note_of_provider": 1,
    "note_of_worker": 2,
    "note_of_person": 1,
    "note_of_program": 1,
}
"""Functions that note an act, with the place of the action among their arguments."""
PASSED_ON = {
    *("tenants/audit.py", "portal/integration/channel/load.py", "portal/accounts/service/set_up.py"),
    "portal/identity/service/memberships.py",
    "portal/oauth/service/grants.py",
}
"""Here such functions are defined, or write by SQL: what they are given is found where they are called."""
BY_SQL = re.compile(r"insert into audit_entry")
ACTION = re.compile(r"'([a-z_]+\.[a-z_]+)'")
WHOLE: Mapping[tuple[str, str], frozenset[str]] = {
    ("portal/accounts/service/accounts.py", "details"): frozenset(each.name for each in dataclasses.fields(Details)),
    ("portal/accounts/service/organisation.py", "address"): frozenset(
        each.name for each in dataclasses.fields(Address)
    ),
    ("portal/catalogue/service/products.py", "details"): frozenset(
        each.name for each in dataclasses.fields(ProductDetails)
    ),
    ("portal/pricing/service/price_lists.py", "price_list"): frozenset(PriceListRow._fields) - {"id", "base_name"},
    ("portal/pricing/service/publishing.py", "counts"): frozenset(Counts._fields),
    ("portal/promotions/service/promotions.py", "promotion"): frozenset(PromotionRow._fields)
    - {"id", "used_count", "spent_amount"},
    ("portal/pricing/service/price_lists.py", "former"): frozenset(Assigned._fields),
    ("portal/pricing/service/price_lists.py", "now"): frozenset(Assigned._fields),
}
"""Facts that are all fields of a row or command: (file, what it is called there)."""


@dataclasses.dataclass(frozen=True)
class Noted:
    """One call that notes an act, in its file."""

    file: str
    tree: ast.Module
    call: ast.Call
    place: int

    def __str__(self) -> str:
        return f"{self.file}:{self.call.lineno}"


def noted() -> Iterator[Noted]:
    for folder in ("tenants", "portal"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                if isinstance(node, ast.Call) and name in WRITERS:
                    yield Noted(path.relative_to(ROOT).as_posix(), tree, node, WRITERS[name])


CALLS = [each for each in noted() if each.file != "tenants/audit.py"]


def texts(act: Noted, node: ast.expr) -> set[str]:
    """Give every text the expression may be."""
    match node:
        case ast.Constant(value=str() as value):
            return {value}
        case ast.IfExp(body=body, orelse=other):
            return texts(act, body) | texts(act, other)
        case ast.Subscript(value=ast.Name(id=name)):
            return {text for value in assigned(act.tree, name) for text in dict_values(act, value)}
        case ast.JoinedStr(values=[ast.Constant(value=str() as start), ast.FormattedValue()]):
            # The one action that is put together: a step of an order's life.
            assert start == "order."
            return {f"{start}{kind.value}" for kind in EventKind}
    raise AssertionError(f"{act}: the action cannot be read: {ast.unparse(node)}")


def dict_values(act: Noted, node: ast.expr) -> set[str]:
    assert isinstance(node, ast.Dict), f"{act}: {ast.unparse(node)}"
    return {text for value in node.values for text in texts(act, value)}


def assigned(tree: ast.Module, name: str) -> list[ast.expr]:
    """Give what the name stands for anywhere in the file."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    found += of_target(target, value, name)
            case ast.AnnAssign(target=ast.Name(id=each), value=ast.expr() as value) if each == name:
                found.append(value)
    return found


def of_target(target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        return [value]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return [
            found for each, part in zip(target.elts, value.elts, strict=True) for found in of_target(each, part, name)
        ]
    return []


def returned(tree: ast.Module, name: str) -> list[ast.expr]:
    return [
        node.value
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and function.name == name
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
    ]


def keys(act: Noted, node: ast.expr | None) -> set[str]:  # noqa: C901, PLR0911 - one branch for each way a mapping is written
    """Give every key the mapping may have."""
    match node:
        case None | ast.Constant(value=None):
            return set()
        case ast.Dict(keys=names, values=values):
            plain = {str(each.value) for each in names if isinstance(each, ast.Constant)}
            return plain.union(*(keys(act, value) for each, value in zip(names, values, strict=True) if each is None))
        case ast.IfExp(body=body, orelse=other):
            return keys(act, body) | keys(act, other)
        case ast.BoolOp(values=several):
            return set().union(*(keys(act, each) for each in several))
        case ast.BinOp(left=left, right=right, op=ast.BitOr()):
            return keys(act, left) | keys(act, right)
        case ast.DictComp(generators=[generator]) | ast.ListComp(generators=[generator]):
            return keys(act, generator.iter)
        case ast.Call(func=ast.Attribute(value=value, attr="items" | "_asdict")):
            return keys(act, value)
        case ast.Call(func=ast.Name(id="asdict" | "dict"), args=[value]):
            return keys(act, value)
        case ast.Call(func=ast.Name(id=name)) if values := returned(act.tree, name):
            return set().union(*(keys(act, value) for value in values))
        case ast.Name(id=name) if (act.file, name) in WHOLE:
            return set(WHOLE[act.file, name])
        case ast.Name(id=name) if values := assigned(act.tree, name):
            return set().union(*(keys(act, value) for value in values if not refers_to(value, name)))
    raise AssertionError(f"{act}: its facts cannot be read: {ast.unparse(node)}")


def refers_to(node: ast.expr, name: str) -> bool:
    """Tell of `before = {… before[name] …}`: its keys are found where it was first assigned."""
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def keywords(act: Noted) -> Iterator[set[str]]:
    for keyword in act.call.keywords:
        if keyword.arg in {"before", "after"}:
            yield keys(act, keyword.value)


def test_the_calls_are_found() -> None:
    assert len(CALLS) > 35
    assert {"price_list.assigned", "account.stopped", "order.shipped", "person.created"} <= all_actions()


def all_actions() -> set[str]:
    called = {
        text
        for act in CALLS
        if not (act.file in PASSED_ON and len(act.call.args) < act.place)
        for text in texts(act, act.call.args[act.place])
    }
    return called | set(actions_in_sql())


def actions_in_sql() -> Iterator[str]:
    for folder in ("tenants", "portal"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            for statement in BY_SQL.finditer(source):
                yield from ACTION.findall(source, statement.start(), statement.start() + 400)


def test_every_act_has_a_label() -> None:
    assert sorted(all_actions() - set(LABELS)) == []


def test_no_label_is_left_of_an_act_that_is_gone() -> None:
    assert sorted(set(LABELS) - all_actions()) == []


@pytest.mark.parametrize("act", CALLS, ids=str)
def test_every_fact_has_a_label(act: Noted) -> None:
    for names in keywords(act):
        assert sorted(names - set(FACTS)) == []


@pytest.mark.parametrize("act", CALLS, ids=str)
def test_an_amount_is_noted_with_its_currency(act: Noted) -> None:
    for names in keywords(act):
        assert not names & MONEY or "currency" in names


def test_the_files_of_a_channel_folder_have_labels() -> None:
    assert {file.name for file in FILES} | {FOLDER} <= set(FACTS)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        ("backorder", BackorderRule),
        ("grants", Grant),
        ("kind", OrganisationKind),
        ("proof", Proof),
        ("second_factor", Demand),
        ("state", AccountState),
        ("status", Status),
        ("strategy", PriceStrategy),
        ("client_kind", ClientKind),
    ],
)
def test_every_value_that_is_a_code_has_a_word(fact: str, kind: Any) -> None:
    assert set(WORDS[fact]) == {each.value for each in kind}
