"""pictures/<sku>.svg|png|jpg, or pictures/<owner code>/<sku>…: one picture a product, told by content and cleaned.

Names are percent-encoded where a SKU or code has characters that a file name cannot have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from portal.catalogue.picture_content import PictureRefused, clean_picture
from portal.integration.channel.stage import Stage

FOLDER = "pictures"
_SUFFIXES = frozenset({".svg", ".png", ".jpg", ".jpeg"})
_LARGEST = 2 * 1024 * 1024


class PictureFile(NamedTuple):
    """A file of the pictures folder; without owner it is for every product of that SKU in the tree."""

    path: Path
    owner_code: str | None
    sku: str


def list_pictures(folder: Path) -> list[PictureFile]:
    """Give the files of the channel folder's pictures, in order of their names."""
    return sorted(_pictures_of(folder / FOLDER), key=lambda picture: str(picture.path))


def _pictures_of(folder: Path) -> Iterator[PictureFile]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.is_dir():
            yield from (PictureFile(inner, unquote(path.name), unquote(inner.stem)) for inner in path.iterdir())
        else:
            yield PictureFile(path, None, unquote(path.stem))


def load_picture(stage: Stage, picture: PictureFile) -> int:
    """Write the picture to its products; give how many products changed.

    Raises:
        PictureRefused: it is no clean picture, or there is no such product.
    """
    if picture.path.suffix.lower() not in _SUFFIXES:
        raise PictureRefused("is not an svg, png or jpg file")
    if picture.path.stat().st_size > _LARGEST:
        raise PictureRefused(f"is larger than {_LARGEST // 1024 // 1024} MB")
    products = stage.rows(
        "select p.owner_id, p.id from product p join tree owner on owner.id = p.owner_id"
        " where p.sku = %(sku)s and (%(owner)s::text is null or owner.code = %(owner)s)",
        {"sku": picture.sku, "owner": picture.owner_code},
    )
    if not products:
        raise PictureRefused("names no known product")
    content, content_type = clean_picture(picture.path.read_bytes())
    values = {"digest": hashlib.sha256(content).hexdigest(), "type": content_type, "content": content}
    return sum(_write(stage, {"owner": owner, "product": product, **values}) for owner, product in products)


def _write(stage: Stage, values: dict[str, object]) -> int:
    changed = stage.count(
        "insert into product_picture as present (owner_id, product_id, position, digest, content_type, content)"
        " values (%(owner)s, %(product)s, 1, %(digest)s, %(type)s, %(content)s)"
        " on conflict (owner_id, product_id, position) do update set digest = excluded.digest,"
        " content_type = excluded.content_type, content = excluded.content where present.digest <> excluded.digest",
        values,
    )
    stage.run(
        "update product set picture_digest = %(digest)s where owner_id = %(owner)s and id = %(product)s"
        " and picture_digest <> %(digest)s",
        values,
    )
    return changed
