from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from analytics.reports.logo import MAX_BYTES, LogoError, clean_logo


def image_bytes(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "teal" if mode in {"RGB", "RGBA", "P"} else 90).save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def bomb(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 4096)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def refused(data: bytes) -> str:
    with pytest.raises(LogoError) as caught:
        clean_logo(data)
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_raster_types_become_png(kind: str) -> None:
    image = opened(clean_logo(image_bytes(kind)))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (60, 40))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "1", "P", "I;16"])
def test_every_png_mode_is_accepted(mode: str) -> None:
    assert opened(clean_logo(image_bytes("PNG", mode=mode))).size == (60, 40)


def test_cmyk_jpeg_becomes_rgb() -> None:
    assert opened(clean_logo(image_bytes("JPEG", mode="CMYK"))).mode == "RGB"


def test_transparency_is_kept() -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (1, 2, 3, 0)).save(out, "PNG")
    assert opened(clean_logo(out.getvalue())).getpixel((5, 5)) == (1, 2, 3, 0)


def test_a_large_logo_is_scaled_down_in_proportion() -> None:
    assert opened(clean_logo(image_bytes("PNG", (3000, 1500)))).size == (1200, 600)


def test_metadata_does_not_survive() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "made by a private person")
    exif = Image.Exif()
    exif[0x013B] = "a private person"
    cleaned = clean_logo(image_bytes("PNG", pnginfo=notes, exif=exif, icc_profile=b"x" * 200))
    assert b"private person" not in cleaned
    assert opened(cleaned).info == {}


def test_a_turned_photo_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(clean_logo(image_bytes("JPEG", exif=exif))).size == (40, 60)


def test_the_same_logo_gives_the_same_bytes() -> None:
    assert clean_logo(image_bytes("JPEG")) == clean_logo(image_bytes("JPEG"))


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><!DOCTYPE svg><svg/>',
        b"",
        b"GIF89a\x01\x00\x01\x00",
        b"%PDF-1.7",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"hello",
    ],
)
def test_other_types_are_refused(data: bytes) -> None:
    assert refused(data) == "unsupported_type"


def test_too_many_bytes_are_refused() -> None:
    assert refused(image_bytes("PNG") + b"\0" * MAX_BYTES) == "too_large"


@pytest.mark.parametrize("size", [(20_000, 20_000), (4_001, 1), (1, 20_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_before_decoding(size: tuple[int, int]) -> None:
    assert refused(bomb(*size)) == "too_many_pixels"


def test_the_largest_side_is_still_accepted() -> None:
    assert opened(clean_logo(image_bytes("PNG", (4_000, 3)))).width == 1200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_torn_file_is_refused(kind: str) -> None:
    data = image_bytes(kind, (400, 300))
    assert refused(data[: len(data) // 2]) == "broken_image"


def test_a_header_without_a_picture_is_refused() -> None:
    assert refused(b"\x89PNG\r\n\x1a\n" + b"\0" * 50) == "broken_image"
    assert refused(bomb(0, 0)) == "broken_image"
