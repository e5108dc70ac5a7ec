"""Brand colours made usable: legible text on them, legible ink from them, neighbours everyone can tell apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

WHITE = "#ffffff"
BLACK = "#000000"
GREY = "#5b6470"
POSITIVE, NEUTRAL, NEGATIVE = "#1b6ca8", "#a9b1bb", "#c4560a"  # blue and orange stay apart in every colour vision

# Okabe & Ito (2008), without the yellow and sky blue that are too pale for lines on white, plus three dark tones.
_CANDIDATES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#332288", "#882255", "#5b6470")

# Machado, Oliveira & Fernandes (2009), severity 1.0, applied to linear RGB.
_VISION: tuple[tuple[tuple[float, float, float], ...], ...] = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
)
_Triple = tuple[float, float, float]


def _linear(colour: str) -> _Triple:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance of `#rrggbb`, 0 (black) to 1 (white)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(background: str) -> str:
    """Black or white, whichever reads better; the ratio is never below 4.58."""
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, background))


def mix(colour: str, other: str, part: float) -> str:
    """`colour` moved towards `other` by `part` (0..1) in sRGB."""
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def ink(colour: str, *, ratio: float = 4.5) -> str:
    """`colour`, darkened in steps of 2 % until it has at least `ratio` contrast on white."""
    for step in range(51):
        darker = mix(colour, BLACK, step / 50)
        if contrast(darker, WHITE) >= ratio:
            return darker
    return BLACK


def _oklab(linear: _Triple) -> _Triple:
    """Ottosson (2020), https://bottosson.github.io/posts/oklab/"""
    red, green, blue = (min(max(value, 0.0), 1.0) for value in linear)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


@lru_cache(maxsize=512)
def _seen(colour: str) -> tuple[_Triple, ...]:
    """`colour` in OKLab as seen with normal, protan, deutan and tritan vision."""
    linear = _linear(colour)
    views = []
    for matrix in _VISION:
        red, green, blue = (sum(weight * value for weight, value in zip(row, linear, strict=True)) for row in matrix)
        views.append(_oklab((red, green, blue)))
    return tuple(views)


def distance(one: str, other: str) -> float:
    """The smallest OKLab distance of two colours over the four kinds of colour vision."""
    return min(math.dist(mine, theirs) for mine, theirs in zip(_seen(one), _seen(other), strict=True))


def series_colours(primary: str, own: Sequence[bool]) -> tuple[str, ...]:
    """One colour per series: the brand's (made dark enough, 3:1 on white) for the first own one, and for each
    other the candidate that stays farthest from all before it. More series than candidates repeat the list."""
    brand = ink(primary, ratio=3.0)
    chosen: list[str] = [brand]
    colours: list[str] = []
    brand_taken = False
    for is_own in own:
        if is_own and not brand_taken:
            brand_taken = True
            colours.append(brand)
            continue
        free = [colour for colour in _CANDIDATES if colour not in chosen]
        colour = _farthest(free, chosen) if free else _CANDIDATES[len(colours) % len(_CANDIDATES)]
        chosen.append(colour)
        colours.append(colour)
    return tuple(colours)


def _farthest(free: Iterable[str], chosen: Iterable[str]) -> str:
    taken = tuple(chosen)
    return max(free, key=lambda colour: (min(distance(colour, other) for other in taken), colour))
