"""Decoding strangers' images without trusting them."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from analytics.language.vision.contracts import ImageProblem

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_PIXELS: Final = 25_000_000
MAX_SIDE: Final = 12_000
LOOKED_AT_SIDE: Final = 1_024
_FORMATS: Final = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF", "GIF": b"GIF8"}


def decoded(data: bytes) -> Image.Image:
    """The first frame of a PNG, JPEG, WebP or GIF: upright, RGB, at most 1,024 pixels a side, without metadata.

    The type is told by the first bytes, whatever a server says, and nothing else in the file is looked at; SVG and all
    other types are refused. Size is judged by the header, before any pixel is decoded. Raises ImageProblem.
    """
    if len(data) > MAX_BYTES:
        raise ImageProblem("too_large")
    kind = _format_of(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # we judge the size ourselves
            image = Image.open(io.BytesIO(data), formats=[kind])
            width, height = image.size
            if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                raise ImageProblem("too_many_pixels")
            if width < 1 or height < 1:
                raise ImageProblem("broken_image")
            image.draft("RGB", (LOOKED_AT_SIDE, LOOKED_AT_SIDE))  # JPEG decodes smaller at once
            image.load()
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LOOKED_AT_SIDE, LOOKED_AT_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
            if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
                seen = upright.convert("RGBA")
                plain = Image.new("RGB", seen.size, "white")
                plain.paste(seen, mask=seen.getchannel("A"))
                return plain
            plain = Image.new("RGB", upright.size)
            plain.paste(upright.convert("RGB"))
            return plain
    except ImageProblem:
        raise
    except Image.DecompressionBombError as error:
        raise ImageProblem("too_many_pixels") from error
    except Exception as error:  # Pillow's decoders raise many types on hostile data
        raise ImageProblem("broken_image") from error


def _format_of(data: bytes) -> str:
    for name, magic in _FORMATS.items():
        if data.startswith(magic) and (name != "WEBP" or data[8:12] == b"WEBP"):
            return name
    raise ImageProblem("unsupported_type")
