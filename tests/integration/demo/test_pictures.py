from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.integration.demo.conftest import Rows

Read = Callable[[str], Rows]
SHAPES = {"svg", "g", "path", "rect", "circle", "ellipse"}
ATTRIBUTES = {
    "viewBox", "width", "height", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "fill", "transform",
    "d", "x", "y", "rx", "ry", "r", "cx", "cy",
}  # fmt: skip
GREYS = {"#26241f", "#f8f5ee", "#dcd8ce", "#b9b4a8", "none"}


def _pictures(demo_folder: Path, read: Read) -> dict[str, bytes]:
    return {row["sku"]: (demo_folder / "pictures" / f"{row['sku']}.svg").read_bytes() for row in read("products")}


def test_every_product_has_a_picture_and_every_picture_a_product(demo_folder: Path, read: Read) -> None:
    assert len(_pictures(demo_folder, read)) == 800
    assert len(list((demo_folder / "pictures").iterdir())) == 800


def test_pictures_hold_plain_shapes_only_with_one_accent(demo_folder: Path, read: Read) -> None:
    for sku, picture in _pictures(demo_folder, read).items():
        assert re.fullmatch(r"[0-9A-Z-]+", sku)
        colours = set()
        for element in ET.fromstring(picture).iter():
            assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in SHAPES
            assert set(element.attrib) <= ATTRIBUTES
            assert "url(" not in "".join(element.attrib.values())
            colours |= {element.attrib[name] for name in ("fill", "stroke") if name in element.attrib}
        assert len(colours - GREYS) <= 1
        assert len(picture) < 8_000


def test_families_are_told_apart_by_their_drawings(demo_folder: Path, read: Read) -> None:
    assert len(set(_pictures(demo_folder, read).values())) > 500
