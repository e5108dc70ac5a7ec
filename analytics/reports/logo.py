"""Accept an agency's logo without trusting it: a bounded raster image in, a plain small PNG out."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_SIDE: Final = 4_000
OUTPUT_SIDE: Final = 1_200
_FORMATS: Final = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}


class LogoError(ValueError):
    """A logo that was refused. `code` is unsupported_type, too_large, too_many_pixels or broken_image."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _format_of(data: bytes) -> str:
    for name, magic in _FORMATS.items():
        if data.startswith(magic) and (name != "WEBP" or data[8:12] == b"WEBP"):
            return name
    raise LogoError("unsupported_type", "A logo must be a PNG, JPEG or WebP image; SVG and other types are refused.")


def clean_logo(data: bytes) -> bytes:
    """PNG bytes of the logo: first frame, upright, RGB(A), at most 1,200 px a side, without any metadata.

    Takes PNG, JPEG or WebP of at most 2 MiB and 4,000 px a side; the size is read from the header before
    any pixel is decoded. Raises LogoError otherwise.
    """
    if len(data) > MAX_BYTES:
        raise LogoError("too_large", "A logo must not be larger than 2 MB.")
    kind = _format_of(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we judge the size ourselves
            image = Image.open(io.BytesIO(data), formats=[kind])
        if max(image.size) > MAX_SIDE:
            raise LogoError("too_many_pixels", "A logo must not be wider or higher than 4,000 pixels.")
        return _plain_png(image)
    except LogoError:
        raise
    except Image.DecompressionBombError as error:
        raise LogoError("too_many_pixels", "A logo must not be wider or higher than 4,000 pixels.") from error
    except Exception as error:  # Pillow's decoders raise many types on hostile data
        raise LogoError("broken_image", "The image could not be read.") from error


def _plain_png(image: Image.Image) -> bytes:
    image.seek(0)
    image.load()
    upright = ImageOps.exif_transpose(image)
    has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    pixels = upright.convert("RGBA" if has_alpha else "RGB")
    pixels.thumbnail((OUTPUT_SIDE, OUTPUT_SIDE), Image.Resampling.LANCZOS)
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)  # a fresh image carries no profile, comment, EXIF or XMP
    out = io.BytesIO()
    bare.save(out, "PNG", optimize=True)
    return out.getvalue()
