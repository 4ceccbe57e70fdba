"""Pictures are told by their content and keep nothing but the picture."""

from __future__ import annotations

import struct
import zlib

import pytest

from portal.catalogue.picture_content import PictureRefused, clean_picture
from tests.integration.channel.folders import Loader, channel, write_folder

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">%s</svg>'


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


HEADER = (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
PIXELS = (b"IDAT", zlib.compress(b"\0\1\2\0\3\4"))
END = (b"IEND", b"")
JPEG_FRAME = b"\xff\xc0\x00\x0b\x08\x00\x02\x00\x02\x01\x01\x11\x00"
JPEG_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"


def test_an_svg_keeps_its_shapes_and_loses_what_could_act() -> None:
    drawing = (
        b'<script>alert(1)</script><style>*{}</style><a href="javascript:x"><rect/></a><image href="http://x"/>'
        b'<g onclick="x()" fill="url(#a)" stroke="url(http://x)" style="x"><path d="M1 1"/></g><!-- note -->'
    )
    cleaned, content_type = clean_picture(SVG % drawing)
    assert content_type == "image/svg+xml"
    assert cleaned == SVG % b'<g fill="url(#a)"><path d="M1 1" /></g>'
    assert clean_picture(cleaned)[0] == cleaned


def test_a_png_loses_texts_and_whatever_follows_it() -> None:
    bare = png(HEADER, PIXELS, END)
    assert clean_picture(png(HEADER, (b"tEXt", b"Author\0me"), PIXELS, END) + b"<script>") == (bare, "image/png")


def test_a_jpeg_loses_place_and_camera() -> None:
    bare = b"\xff\xd8" + JPEG_FRAME + JPEG_SCAN + b"pixels\xff\xd9"
    told = b"\xff\xd8\xff\xe1\x00\x08Exif\0\0\xff\xfe\x00\x06note" + JPEG_FRAME + JPEG_SCAN + b"pixels\xff\xd9more"
    assert clean_picture(told) == (bare, "image/jpeg")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GIF89a", "is neither SVG, PNG nor JPEG"),
        (b"<html><svg/></html>", "is neither SVG, PNG nor JPEG"),
        (b'<!doctype svg [<!ENTITY a "b">]>' + SVG % b"", "is an SVG with a DOCTYPE"),
        (png(HEADER, PIXELS), "is a broken PNG"),
        (png(HEADER, PIXELS, END)[:-1] + b"x", "is a broken PNG"),
        (
            png((b"IHDR", struct.pack(">IIBBBBB", 9000, 2, 8, 0, 0, 0, 0)), PIXELS, END),
            "has more than 6000 pixels on a side",
        ),
        (b"\xff\xd8" + JPEG_FRAME, "is a broken JPEG"),
    ],
)
def test_what_is_no_clean_picture_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused, match=reason):
        clean_picture(content)


def test_refused_pictures_are_named_and_the_others_loaded(loader: Loader) -> None:
    folder = write_folder(loader.folder / "pictured", channel())
    pictures = folder / "pictures"
    pictures.mkdir()
    (pictures / "SAW.png").write_bytes(png(HEADER, PIXELS, END))
    (pictures / "OLD.jpg").write_bytes(b"MZ")
    (pictures / "NONE.svg").write_bytes(SVG % b"")
    (pictures / "GLUE.exe").write_bytes(SVG % b"")
    report = loader.load(folder)
    assert [(r.rows_read, r.loaded, r.refused) for r in report.files if r.file == "pictures"] == [(4, 1, 3)]
    assert loader.refused() == [
        ("pictures/GLUE.exe", "", "", "", "is not an svg, png or jpg file"),
        ("pictures/NONE.svg", "", "", "", "names no known product"),
        ("pictures/OLD.jpg", "", "", "", "is neither SVG, PNG nor JPEG"),
    ]
    assert loader.rows(
        "select p.sku, k.content_type, p.picture_digest = k.digest from product p join product_picture k on k.product_id = p.id"
    ) == [("SAW", "image/png", True)]
