"""Three plain logos, drawn with Pillow: 512 x 512 PNGs with transparent ground, the same bytes every time."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

SIDE = 512
_SCALE = 2  # drawn larger and scaled down: Pillow's shapes have no anti-aliasing of their own


def crane() -> bytes:
    """A crane's head in profile before a rising sun."""
    image, draw = _canvas()
    _circle(draw, (256, 256), 248, "#1f3a4d")
    _circle(draw, (330, 190), 92, "#c8643c")
    _polygon(draw, [(150, 430), (196, 430), (262, 236), (232, 190), (190, 226)], "#ffffff")
    _circle(draw, (246, 196), 46, "#ffffff")
    _polygon(draw, [(276, 170), (420, 214), (270, 224)], "#f4d9c6")
    _circle(draw, (252, 186), 9, "#1f3a4d")
    return _png(image)


def wave() -> bytes:
    """A climbing hold riding a wave."""
    image, draw = _canvas()
    _circle(draw, (256, 256), 248, "#0b6e75")
    _polygon(draw, [(176, 250), (210, 120), (318, 96), (366, 190), (326, 268), (236, 288)], "#f2b134")
    _circle(draw, (272, 196), 24, "#0b6e75")
    for row, colour in ((0, "#ffffff"), (1, "#bfe3e0")):
        top = 306 + 56 * row
        for column in range(4):
            left = 92 + 84 * column - 20 * row
            draw.arc([_SCALE * v for v in (left, top, left + 84, top + 70)], 180, 360, fill=colour, width=_SCALE * 22)
    return _png(image)


def spyglass() -> bytes:
    """A spyglass pointing up at a star."""
    image, draw = _canvas()
    _circle(draw, (256, 256), 248, "#2b2d42")
    _polygon(draw, [(96, 372), (130, 428), (232, 368), (200, 312)], "#ffffff")
    _polygon(draw, [(206, 300), (248, 372), (350, 312), (308, 240)], "#d9dbe6")
    _polygon(draw, [(314, 226), (366, 316), (410, 290), (358, 200)], "#ef6f53")
    _polygon(
        draw,
        [(376, 84), (388, 120), (424, 132), (388, 144), (376, 180), (364, 144), (328, 132), (364, 120)],
        "#ef6f53",
    )
    return _png(image)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGBA", (SIDE * _SCALE, SIDE * _SCALE), (0, 0, 0, 0))
    return image, ImageDraw.Draw(image)


def _circle(draw: ImageDraw.ImageDraw, centre: tuple[int, int], radius: int, colour: str) -> None:
    x, y = centre
    draw.ellipse([_SCALE * v for v in (x - radius, y - radius, x + radius, y + radius)], fill=colour)


def _polygon(draw: ImageDraw.ImageDraw, points: list[tuple[int, int]], colour: str) -> None:
    draw.polygon([(_SCALE * x, _SCALE * y) for x, y in points], fill=colour)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(buffer, format="PNG", compress_level=9)
    return buffer.getvalue()
