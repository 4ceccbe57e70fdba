"""Loads a channel folder: every file in its own transaction, in the order in which files refer to each other."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from portal.catalogue.picture_content import PictureRefused
from portal.integration.channel.accounts import ACCOUNTS, SELLERS
from portal.integration.channel.catalogue import CATEGORIES, COUNTED, LISTINGS, PACKAGINGS, PRODUCTS, mark_changed
from portal.integration.channel.orders import ORDERS
from portal.integration.channel.organisations import ORGANISATIONS, roots_in_stage
from portal.integration.channel.people import USERS
from portal.integration.channel.pictures import FOLDER as PICTURES
from portal.integration.channel.pictures import PictureFile, list_pictures, load_picture
from portal.integration.channel.prices import PRICE_ASSIGNMENTS, PRICE_ENTRIES, PRICE_LISTS
from portal.integration.channel.promotions import PROMOTION_AUDIENCES, PROMOTION_SCOPES, PROMOTIONS
from portal.integration.channel.reading import ChannelReader, FileRefused, find_file
from portal.integration.channel.report import FileResult, LoadReport, RefusedFile
from portal.integration.channel.sell_out import SELL_OUT
from portal.integration.channel.sharing import SHARING
from portal.integration.channel.stage import ChannelFile, Connection, Stage
from portal.integration.channel.stock import STOCK, WAREHOUSES
from tenants.database_roles import conninfo

FILES = (
    ORGANISATIONS,
    USERS,
    ACCOUNTS,
    SELLERS,
    CATEGORIES,
    PRODUCTS,
    PACKAGINGS,
    LISTINGS,
    PRICE_LISTS,
    PRICE_ENTRIES,
    PRICE_ASSIGNMENTS,
    PROMOTIONS,
    PROMOTION_SCOPES,
    PROMOTION_AUDIENCES,
    WAREHOUSES,
    STOCK,
    # Before the orders, so that the figures made of them already know the agreements.
    SHARING,
    ORDERS,
    SELL_OUT,
)
_LOCK = 4_711_002


class ChannelError(Exception):
    """The folder cannot be loaded or written at all; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """What to load and how."""

    folder: Path
    refused_path: Path
    tree: str | None = None
    """Code of the tree's top; None: the organisation without parent in the folder."""
    dry_run: bool = False


def load_channel(
    loader_url: str, order: LoadOrder, *, hash_password: Callable[[str], str], note: Callable[[str], None]
) -> LoadReport:
    """Load the folder as the loader role, which every wall lets through; for operators at the command line alone.

    Raises:
        ChannelError: there is no such folder, its tree cannot be told, or another load is running.
    """
    if not order.folder.is_dir():
        raise ChannelError(f"{order.folder} is not a folder.")
    with psycopg.connect(conninfo(loader_url), autocommit=True, prepare_threshold=None) as connection:
        connection.execute("set client_min_messages = warning")
        # Big sorts and joins; compiling the long conditions costs more than running them.
        connection.execute("set work_mem = '64MB'")
        connection.execute("set jit = off")
        if connection.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() != (True,):
            raise ChannelError("Another channel folder is being loaded; try again when it is done.")
        loading = _Loading(connection, order, hash_password, note)
        with connection.transaction(force_rollback=True) if order.dry_run else contextlib.nullcontext():
            return loading.run()


class _Loading:
    """One load from its first file to its last."""

    def __init__(
        self, connection: Connection, order: LoadOrder, hash_password: Callable[[str], str], note: Callable[[str], None]
    ) -> None:
        self._connection = connection
        self._order = order
        self._hash_password = hash_password
        self._note = note
        self._root_id: int | None = None
        self._tree = order.tree
        self._report = LoadReport()
        self._refused = RefusedFile(order.refused_path)

    def run(self) -> LoadReport:
        with contextlib.closing(self._refused):
            self._find_tree(ORGANISATIONS.name if self._has(ORGANISATIONS.name) else None)
            for file in FILES:
                self._load_file(file)
                if file is PACKAGINGS:
                    self._load_pictures()
            self._refuse_others()
            self._report.tree = self._tree or ""
            if self._report.changed and self._root_id is not None:
                self._record(self._root_id)
        return self._report

    def _has(self, name: str) -> bool:
        return any((self._order.folder / f"{name}{suffix}").is_file() for suffix in (".csv", ".csv.gz"))

    def _find_tree(self, organisations: str | None) -> None:
        if self._tree is None and organisations is None:
            raise ChannelError("The folder has no organisations.csv; name the tree with --tree CODE.")
        if self._tree is not None:
            self._root_id = find_root(self._connection, self._tree)
            if self._root_id is None and organisations is None:
                raise ChannelError(f"There is no tree {self._tree}.")

    def _load_file(self, file: ChannelFile) -> None:
        reader: ChannelReader | None = None
        name = f"{file.name}.csv"
        try:
            path = find_file(self._order.folder, file.name)
            if path is None:
                return
            name = path.name
            self._note(f"{name}: reading")
            reader = ChannelReader(path, file.columns, lambda rows: self._note(f"{name}: {rows:,} rows read"))
            with self._connection.transaction():
                result = self._load_rows(name, file, reader)
        except FileRefused as refusal:
            self._refuse_file(name, refusal, path_rows=reader.rows_read if reader else 0)
        else:
            self._report.files.append(result)
            self._note(f"{name}: {result.loaded:,} loaded, {result.refused:,} refused, {result.changed:,} changed")
        finally:
            if reader is not None:
                reader.close()

    def _load_rows(self, name: str, file: ChannelFile, reader: ChannelReader) -> FileResult:
        stage = self._stage(file)
        stage.prepare()
        stage.fill(reader)
        if file is ORGANISATIONS:
            self._choose_tree(stage)
        stage.refuse(file.cells)
        stage.drop_refused()
        if file.source and file.links:
            stage.refuse(file.links, file.source)
            stage.drop_refused()
        if file.key:
            stage.refuse_repeated(file.key)
            stage.drop_refused()
        self._note(f"{name}: checked")
        changed = file.write(stage)
        if changed and file.name in COUNTED:
            mark_changed(stage)
        self._root_id = stage.root_id
        refused = stage.refused_count()
        self._refused.add_staged(stage, name)
        return FileResult(name, reader.rows_read, reader.rows_read - refused, refused, changed)

    def _stage(self, file: ChannelFile) -> Stage:
        return Stage(self._connection, file, self._root_id, self._hash_password, self._note)

    def _choose_tree(self, stage: Stage) -> None:
        if self._tree is None:
            roots = roots_in_stage(stage)
            if len(roots) != 1:
                found = f"{len(roots)} organisations without parent" if roots else "no organisation without parent"
                raise ChannelError(f"organisations.csv has {found}; name the tree with --tree CODE.")
            [self._tree] = roots
            stage.root_id = find_root(self._connection, self._tree)
            stage.make_tree()
        stage.parameters["root_code"] = self._tree

    def _load_pictures(self) -> None:
        pictures = list_pictures(self._order.folder)
        if not pictures:
            return
        self._note(f"{PICTURES}: reading {len(pictures):,} files")
        with self._connection.transaction():
            stage = self._stage(PRODUCTS)
            stage.prepare()
            outcomes = [self._load_picture(stage, picture) for picture in pictures]
        loaded = [changed for changed in outcomes if changed is not None]
        refused = len(pictures) - len(loaded)
        self._report.files.append(FileResult(PICTURES, len(pictures), len(loaded), refused, sum(loaded)))

    def _load_picture(self, stage: Stage, picture: PictureFile) -> int | None:
        try:
            return load_picture(stage, picture)
        except PictureRefused as refusal:
            name = picture.path.relative_to(self._order.folder).as_posix()
            self._refused.add([(name, "", "", "", str(refusal))])
            return None

    def _refuse_others(self) -> None:
        """Name what the folder holds beyond the files that are loaded: nothing is passed over in silence."""
        known = {file.name for file in FILES}
        for path in sorted([*self._order.folder.glob("*.csv"), *self._order.folder.glob("*.csv.gz")]):
            name = path.name.removesuffix(".gz").removesuffix(".csv")
            if name in known:
                continue
            refusal = FileRefused("is not a file of a channel folder")
            self._refuse_file(path.name, refusal, path_rows=_count_rows(path))

    def _refuse_file(self, name: str, refusal: FileRefused, path_rows: int) -> None:
        rows = path_rows or _count_rows(self._order.folder / name)
        self._refused.add([(name, "1" if refusal.column else "", refusal.column, "", refusal.reason)])
        self._report.files.append(FileResult(name, rows, 0, max(rows, 1), 0))
        self._note(f"{name}: refused, it {refusal.reason}")

    def _record(self, root_id: int) -> None:
        changes = {result.file: result.changed for result in self._report.files if result.changed}
        self._connection.execute(
            "insert into audit_entry (organisation_id, id, actor, actor_name, action, subject, after)"
            " values (%s, %s, 'loader', 'Channel loader', 'channel.loaded', %s, %s)",
            (root_id, uuid4(), self._tree, json.dumps(changes)),
        )


def find_root(connection: Connection, code: str) -> int | None:
    """Give the id of the tree whose top has the code.

    Raises:
        ChannelError: several trees have it.
    """
    rows = connection.execute("select id from organisation where parent_id is null and code = %s", (code,)).fetchall()
    if len(rows) > 1:
        raise ChannelError(f"Several trees are called {code}.")
    return int(rows[0][0]) if rows else None


def _count_rows(path: Path) -> int:
    """Count the rows of a file that is refused as a whole; what cannot be read counts as it got."""
    try:
        reader = ChannelReader(path, None, lambda _: None)
    except FileRefused:
        return 0
    with contextlib.closing(reader):
        try:
            return reader.count_rows()
        except FileRefused:
            return reader.rows_read
