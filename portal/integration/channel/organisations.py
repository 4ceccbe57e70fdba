"""organisations.csv: the tree, its parents before its children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from portal.accounts.rules import propose_slug
from portal.integration.channel.checks import Check, gtin, one_of, pattern, required
from portal.integration.channel.stage import ChannelFile, Stage
from tenants.models import OrganisationKind, Status

_MAY_STAND_BELOW = {
    OrganisationKind.MANUFACTURER: (),
    OrganisationKind.WHOLESALER: (OrganisationKind.MANUFACTURER, OrganisationKind.WHOLESALER),
    OrganisationKind.RETAILER: tuple(OrganisationKind),
}
_ADDRESS = ("street", "city", "postal_code", "country", "vat_id", "gln", "email")
_INHERITED = {"locale": "en", "currency": "EUR", "time_zone": "UTC"}


class Row(NamedTuple):
    """A staged organisation."""

    row: int
    code: str
    kind: OrganisationKind
    parent_code: str | None


class Known(NamedTuple):
    """An organisation that the tree had before."""

    kind: OrganisationKind
    parent_code: str | None


Refusal = tuple[int, str, str, str]


def roots_in_stage(stage: Stage) -> list[str]:
    """Give the codes of the staged organisations without parent."""
    return [
        code for (code,) in stage.rows("select distinct code from stage where parent_code is null and code is not null")
    ]


@dataclass(slots=True)
class Placement:
    """Where each organisation of the file comes to stand: its level below the top, or why it cannot."""

    root_code: str
    rows: dict[str, Row]
    before: dict[str, Known]
    refused: dict[str, Refusal]
    levels: dict[str, int]

    @classmethod
    def of(cls, root_code: str, rows: dict[str, Row], before: dict[str, Known]) -> Placement:
        """Place every row."""
        placement = cls(root_code, rows, before, {}, {})
        for row in rows.values():
            placement._place(row)
        return placement

    def _place(self, row: Row) -> None:
        """Walk up until an organisation whose place is known, then down again."""
        path: list[Row] = []
        at: Row | None = row
        while at is not None and at.code not in self.levels and at.code not in self.refused:
            if at in path:
                for member in path[path.index(at) :]:
                    self._refuse(member, "parent_code", "stands below itself: its parents go round in a circle")
                break
            path.append(at)
            at = self.rows.get(at.parent_code or "")
        for member in reversed(path):
            if member.code not in self.refused:
                self._settle(member)

    def _settle(self, row: Row) -> None:
        parent = row.parent_code or ""
        problem = self._problem(row, parent)
        if problem is not None:
            self._refuse(row, *problem)
        else:
            self.levels[row.code] = self.levels.get(parent, 0) + 1 if parent else 0

    def _problem(self, row: Row, parent: str) -> tuple[str, str] | None:
        before = self.before.get(row.code)
        if before is not None and before.kind != row.kind:
            return "kind", f"was {before.kind} before, and an organisation does not change what it is"
        if before is not None and (before.parent_code or "") != parent:
            return "parent_code", f"was {before.parent_code or 'empty'} before; loading does not move organisations"
        return self._problem_of_place(row, parent)

    def _problem_of_place(self, row: Row, parent: str) -> tuple[str, str] | None:
        if not parent:
            if row.code != self.root_code:
                return "parent_code", f"is missing; the top of this tree is {self.root_code}"
            if row.kind is not OrganisationKind.MANUFACTURER:
                return "kind", "is not manufacturer, as the top of a tree is"
            return None
        if parent in self.refused and parent not in self.before:
            return "parent_code", "names an organisation that was refused"
        above = self.rows[parent].kind if parent in self.levels else self._kind_before(parent)
        if above is None:
            return "parent_code", "is not the code of a known organisation of this tree"
        if above not in _MAY_STAND_BELOW[row.kind]:
            return "kind", f"cannot stand below a {above}"
        return None

    def _kind_before(self, code: str) -> OrganisationKind | None:
        known = self.before.get(code)
        return None if known is None else known.kind

    def _refuse(self, row: Row, column: str, reason: str) -> None:
        value = {"kind": row.kind.value, "parent_code": row.parent_code or ""}[column]
        self.refused[row.code] = (row.row, column, value, reason)


def place(stage: Stage, root_code: str) -> Placement:
    """Find each row's place in the tree, refusing those that have none."""
    rows = {
        code: Row(row, code, OrganisationKind(kind), parent)
        for row, code, kind, parent in stage.rows("select row, code, kind, parent_code from stage order by row")
    }
    before = {
        code: Known(OrganisationKind(kind), parent)
        for code, kind, parent in stage.rows(
            "select t.code, t.kind, above.code from tree t left join tree above on above.id = t.parent_id"
        )
    }
    placement = Placement.of(root_code, rows, before)
    stage.refuse_rows(placement.refused.values())
    stage.drop_refused()
    return placement


def write_tree(stage: Stage, placement: Placement) -> int:
    """Write the organisations level by level, so that each finds its parent; give the number of rows that changed."""
    _note_places(stage, placement)
    changed = 0
    for level in sorted(set(placement.levels.values())):
        changed += _insert_level(stage, level)
        changed += _update_level(stage, level)
        stage.make_tree()
    return changed


def _note_places(stage: Stage, placement: Placement) -> None:
    stage.run("drop table if exists place")
    stage.run("create temporary table place (code text primary key, level int, slug text)")
    taken = {slug for (slug,) in stage.rows("select slug from organisation")}
    with stage.connection.cursor().copy(b"copy place from stdin") as copy:
        for code, level in placement.levels.items():
            slug = next(slug for slug in slugs(code, placement.root_code) if slug not in taken)
            if code not in placement.before:
                taken.add(slug)
            copy.write_row((code, level, slug))


def slugs(code: str, root_code: str) -> Iterator[str]:
    """Give addresses for an organisation, best first."""
    own = propose_slug(code)
    yield own
    longer = f"{propose_slug(root_code)}-{own}"
    yield longer
    number = 2
    while True:
        yield f"{longer}-{number}"
        number += 1


_EXPRESSIONS = {
    "name": "coalesce(s.name, s.code)",
    **{column: f"coalesce(s.{column}, '')" for column in _ADDRESS},
    **{column: f"coalesce(s.{column}, parent.{column}, '{default}')" for column, default in _INHERITED.items()},
    "status": "coalesce(s.status, 'active')",
}
_LEVEL = "stage s join place on place.code = s.code and place.level = %(level)s left join tree parent on parent.code = s.parent_code"


def _insert_level(stage: Stage, level: int) -> int:
    columns, expressions = ", ".join(_EXPRESSIONS), ", ".join(_EXPRESSIONS.values())
    added = stage.rows(
        "insert into organisation (root_id, parent_id, seller_id, kind, code, slug, owner_ids, " + columns + ")"
        " select %(root)s, parent.id, case when parent.kind = 'retailer' then parent.seller_id else parent.id end,"
        f" s.kind, s.code, place.slug, coalesce(parent.owner_ids, '{{}}'), {expressions} from {_LEVEL}"
        " where not exists (select from tree t where t.code = s.code) order by s.row returning id",
        {"level": level, "root": stage.root_id or 0},
    )
    ids = [identity for (identity,) in added]
    if stage.root_id is None and ids:
        [stage.root_id] = ids
    stage.run(
        "update organisation set root_id = %(root)s, owner_ids = owner_ids || id where id = any(%(ids)s)",
        {"root": stage.root_id, "ids": ids},
    )
    return len(ids)


def _update_level(stage: Stage, level: int) -> int:
    assignments = ", ".join(f"{column} = {expression}" for column, expression in _EXPRESSIONS.items())
    present = ", ".join(f"o.{column}" for column in _EXPRESSIONS)
    return stage.count(
        f"update organisation o set {assignments} from {_LEVEL} where o.root_id = %(root)s and o.code = s.code"
        f" and ({present}) is distinct from ({', '.join(_EXPRESSIONS.values())})",
        {"level": level, "root": stage.root_id},
    )


def _write(stage: Stage) -> int:
    return write_tree(stage, place(stage, stage.parameters["root_code"]))


ORGANISATIONS = ChannelFile(
    name="organisations",
    columns=(
        "code",
        "kind",
        "parent_code",
        "name",
        "street",
        "city",
        "postal_code",
        "country",
        "locale",
        "currency",
        "vat_id",
        "gln",
        "email",
        "status",
        "time_zone",
    ),
    cells=(
        *required("code", "kind"),
        pattern("code", "^[^/[:cntrl:]]{1,60}$", "is longer than 60 characters or contains a slash"),
        one_of("kind", OrganisationKind),
        pattern("country", "^[A-Z]{2}$", "is not a country code of two letters"),
        pattern("locale", "^[a-z]{2}([-_][A-Z]{2})?$", "is not a language such as en or de"),
        pattern("currency", "^[A-Z]{3}$", "is not a currency code of three letters"),
        gtin("gln", lengths="13", what="GLN"),
        pattern("email", "^[^@[:space:]]+@[^@[:space:]]+$", "is not an e-mail address"),
        one_of("status", Status),
        Check("time_zone", "s.time_zone not in (select name from pg_timezone_names)", "is not a time zone such as UTC"),
    ),
    source="stage s",
    links=(),
    key="s.code",
    write=_write,
)
