"""Tells a picture by its content and gives it back without anything that is not picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET

LONGEST_SIDE = 6_000
_SVG = "http://www.w3.org/2000/svg"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"cHRM", b"pHYs"})
# JPEG: what begins a segment, frames with the picture's size, APP1 to APP15 and comments, the picture itself.
_MARKER = 0xFF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_METADATA = frozenset(range(0xE1, 0xF0)) | {0xFE}
_SCAN = 0xDA

_ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "d",
        "points",
        "transform",
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "opacity",
        "id",
        "clip-path",
        "clip-rule",
        "clipPathUnits",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "offset",
        "stop-color",
        "stop-opacity",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "text-anchor",
        "dominant-baseline",
        "dx",
        "dy",
        "role",
        "aria-label",
        "aria-hidden",
        "preserveAspectRatio",
        "vector-effect",
        "color",
        "shape-rendering",
    ]
)


class PictureRefused(Exception):
    """The file is not taken; the message says why."""


def clean_picture(content: bytes) -> tuple[bytes, str]:
    """Give the picture without scripts, references and metadata, and its content type.

    Raises:
        PictureRefused: the content is no SVG, PNG or JPEG, or a broken one.
    """
    if content.startswith(_PNG_SIGNATURE):
        return _clean_png(content), "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return _clean_jpeg(content), "image/jpeg"
    return _clean_svg(content), "image/svg+xml"


def _clean_svg(content: bytes) -> bytes:
    if b"<!DOCTYPE" in content.upper() or b"<!ENTITY" in content.upper():
        raise PictureRefused("is an SVG with a DOCTYPE")
    try:
        # Without a DOCTYPE there are no entities that could grow or fetch something.
        root = ET.fromstring(content.decode("utf-8"))  # noqa: S314 - see the sentence above
    except (ET.ParseError, ValueError) as error:
        raise PictureRefused("is neither SVG, PNG nor JPEG") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise PictureRefused("is neither SVG, PNG nor JPEG")
    _strip(root)
    ET.register_namespace("", _SVG)
    cleaned: bytes = ET.tostring(root, encoding="utf-8")
    return cleaned


def _strip(element: ET.Element) -> None:
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES or ("url(" in value and not value.replace(" ", "").startswith("url(#")):
            del element.attrib[name]
    for child in list(element):
        # Comments and processing instructions have no name and went with the parsing.
        if child.tag.removeprefix(f"{{{_SVG}}}") not in _ELEMENTS:
            element.remove(child)
        else:
            _strip(child)


def _clean_png(content: bytes) -> bytes:
    kept = [_PNG_SIGNATURE]
    kinds = []
    for kind, data in _png_chunks(content):
        kinds.append(kind)
        if kind == b"IHDR":
            _refuse_large(*struct.unpack(">II", data[:8]))
        if kind in _PNG_KEPT:
            kept.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
        if kind == b"IEND":
            break
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds or kinds[-1] != b"IEND":
        raise PictureRefused("is a broken PNG")
    return b"".join(kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_SIGNATURE)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        if checksum != struct.pack(">I", zlib.crc32(kind + data)):
            raise PictureRefused("is a broken PNG")
        yield kind, data
        at += 12 + length


def _clean_jpeg(content: bytes) -> bytes:
    """Keep what describes the picture; application data (place and camera) and comments go."""
    kept = [content[:2]]
    at = 2
    while at + 4 <= len(content) and content[at] == _MARKER:
        marker = content[at + 1]
        (length,) = struct.unpack_from(">H", content, at + 2)
        segment = content[at : at + 2 + length]
        is_frame = marker in _FRAMES
        if is_frame and len(segment) >= 9:  # noqa: PLR2004 - marker, length, precision, height, width
            height, width = struct.unpack_from(">HH", segment, 5)
            _refuse_large(width, height)
        if marker not in _METADATA:
            kept.append(segment)
        if marker == _SCAN:
            end = content.rfind(b"\xff\xd9")
            if end < at:
                break
            kept.append(content[at + 2 + length : end + 2])
            return b"".join(kept)
        at += 2 + length
    raise PictureRefused("is a broken JPEG")


def _refuse_large(width: int, height: int) -> None:
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise PictureRefused(f"has more than {LONGEST_SIDE} pixels on a side")
