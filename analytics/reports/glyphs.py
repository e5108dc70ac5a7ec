"""Which characters the bundled fonts can draw, read from the font files themselves."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

FONT_FOLDER = Path(__file__).parent / "fonts"


def font_files() -> tuple[Path, ...]:
    """The bundled font files in a fixed order."""
    return tuple(sorted(path for path in FONT_FOLDER.iterdir() if path.suffix in {".ttf", ".otf"}))


def _segments_of_format_4(table: bytes) -> set[int]:
    (doubled,) = struct.unpack_from(">H", table, 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 2 * doubled)
    offsets_at = 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", table, offsets_at)
    found: set[int] = set()
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(start, end + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", table, offsets_at + 2 * index + offset + 2 * (code - start))
            if (not offset or glyph) and (glyph + delta) & 0xFFFF and code != 0xFFFF:
                found.add(code)
    return found


def _groups_of_format_12(table: bytes) -> set[int]:
    (count,) = struct.unpack_from(">I", table, 12)
    found: set[int] = set()
    for index in range(count):
        start, end, _glyph = struct.unpack_from(">III", table, 16 + 12 * index)
        found.update(range(start, end + 1))
    return found


def characters_of(font: bytes) -> frozenset[int]:
    """Code points that a TrueType/OpenType file maps to a glyph (cmap formats 4 and 12).

    Raises ValueError for data that has no such table.
    """
    (count,) = struct.unpack_from(">H", font, 4)
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * count, 16)}
    if b"cmap" not in tables:
        raise ValueError("font without a character map")
    base = tables[b"cmap"]
    (subtables,) = struct.unpack_from(">H", font, base + 2)
    found: set[int] = set()
    for at in range(base + 4, base + 4 + 8 * subtables, 8):
        (offset,) = struct.unpack_from(">I", font, at + 4)
        table = font[base + offset :]
        (kind,) = struct.unpack_from(">H", table, 0)
        if kind == 4:
            found |= _segments_of_format_4(table)
        elif kind == 12:
            found |= _groups_of_format_12(table)
    return frozenset(found)


@lru_cache(maxsize=1)
def coverage() -> tuple[frozenset[int], ...]:
    """Per bundled font file, the code points it draws. Read once per process (about 20,000 in all)."""
    return tuple(characters_of(path.read_bytes()) for path in font_files())


def drawable(cluster: str) -> bool:
    """Whether one bundled font draws every character of a grapheme cluster (a cluster is never split over two)."""
    codes = [ord(char) for char in cluster]
    return any(all(code in font for code in codes) for font in coverage())
