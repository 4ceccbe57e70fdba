"""A logo as it is kept: decoded, bounded and written anew, so that nothing but pixels remains of an uploaded file."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, UnidentifiedImageError

from portal.accounts.errors import UnusablePicture

MOST_BYTES: Final = 1024 * 1024
MOST_PIXELS: Final = 16_000_000
_LARGEST: Final = (960, 288)
"""Twice the size at which pages show a logo, for sharp screens."""
_FORMATS: Final = {"PNG": "image/png", "JPEG": "image/jpeg"}


def clean_logo(file: bytes, largest: tuple[int, int] = _LARGEST) -> tuple[bytes, str]:
    """Give the picture to keep and its media type; the type is what the content says, whatever the file is called.

    It is no larger than `largest` (pixels wide and high).

    Raises:
        UnusablePicture: it is no PNG or JPEG, or too large.
    """
    if len(file) > MOST_BYTES:
        raise UnusablePicture("too-large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(file), formats=list(_FORMATS)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise UnusablePicture("too-large")
                name = str(picture.format)
                picture.thumbnail(largest)
                kept = io.BytesIO()
                pixels = picture.convert("RGB" if name == "JPEG" else "RGBA")
                # A picture made of the pixels alone: comments and other hidden parts would be carried over otherwise.
                clean = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
                clean.save(kept, format=name, optimize=True)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning) as error:
        raise UnusablePicture("not-a-picture") from error
    return kept.getvalue(), _FORMATS[name]
