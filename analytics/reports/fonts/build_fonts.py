# ruff: noqa: T201
# mypy: ignore-errors
"""Cut the bundled fonts out of Debian's Noto packages. Not imported by the product; see README.md beside it.

Usage: python build_fonts.py SOURCE TARGET
SOURCE is a folder into which fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji were unpacked;
TARGET receives the subset files. The same input and fonttools/Pillow versions give the same bytes.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

os.environ["SOURCE_DATE_EPOCH"] = "0"

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image

EMOJI_SCALE = 0.38  # 136x128 px strikes become 52x49 px: about 350 dpi at 10 pt
EMOJI_COLOURS = 32


def span(*ranges: tuple[int, int]) -> set[int]:
    return {code for low, high in ranges for code in range(low, high + 1)}


def charset_rows(codec: str, first: int, last: int, trail: int = 0xA1) -> set[int]:
    """Code points of the double-byte rows `first`..`last` (lead bytes) of a national character set."""
    found = set()
    for lead in range(first, last + 1):
        for second in range(trail, 0xFF):
            try:
                found.add(ord(bytes((lead, second)).decode(codec)))
            except (UnicodeDecodeError, TypeError):
                continue
    return found


def ideographs(codes: set[int]) -> set[int]:
    return {code for code in codes if 0x4E00 <= code <= 0x9FFF}


WESTERN = span(
    (0x20, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x206F),
    (0x2070, 0x209F), (0x20A0, 0x20CF), (0x2100, 0x215F), (0xFB00, 0xFB06), (0xFFFD, 0xFFFD),
    (0x2DE0, 0x2E44), (0xA640, 0xA69F),
) - {0x338}  # fmt: skip  # without the overlay, a not-equal sign is taken whole from Math, not pieced together
SYMBOLS = span(
    (0x2010, 0x2027), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x232B), (0x2460, 0x24FF), (0x2500, 0x25FF),
    (0x2600, 0x26FF), (0x2700, 0x27BF), (0x27F0, 0x27FF), (0x2900, 0x297F), (0x2B00, 0x2BFF), (0xFFFD, 0xFFFD),
)  # fmt: skip
MATHS = span((0x2190, 0x22FF), (0x1D400, 0x1D6A3), (0x1D7CE, 0x1D7FF))  # "fancy" letters are common in posts
CJK_MARKS = span((0x3000, 0x303F), (0x30FB, 0x30FC), (0xFF00, 0xFFEF), (0x31F0, 0x31FF), (0x3200, 0x32FF))
JAPANESE = charset_rows("euc_jp", 0xB0, 0xF4) | CJK_MARKS | span((0x3040, 0x30FF)) | {0x4EDD, 0x9AD9, 0xFA11}
CHINESE = ideographs(charset_rows("gb2312", 0xB0, 0xD7) | charset_rows("big5", 0xA4, 0xC6, 0x40)) - JAPANESE
KOREAN = charset_rows("euc_kr", 0xB0, 0xC8) | span((0x3131, 0x318E))

# What each file is cut from, and the code points kept (None = all that the source has).
CORE: tuple[tuple[str, set[int] | None], ...] = (
    ("NotoSans-Regular", WESTERN),
    ("NotoSans-Bold", WESTERN),
    ("NotoSansArabic-Regular", None),
    ("NotoSansHebrew-Regular", None),
    ("NotoSansDevanagari-Regular", None),
    ("NotoSansBengali-Regular", None),
    ("NotoSansGurmukhi-Regular", None),
    ("NotoSansGujarati-Regular", None),
    ("NotoSansTamil-Regular", None),
    ("NotoSansTelugu-Regular", None),
    ("NotoSansKannada-Regular", None),
    ("NotoSansMalayalam-Regular", None),
    ("NotoSansSinhala-Regular", None),
    ("NotoSansThai-Regular", None),
    ("NotoSansLao-Regular", None),
    ("NotoSansKhmer-Regular", None),
    ("NotoSansMyanmar-Regular", None),
    ("NotoSansGeorgian-Regular", None),
    ("NotoSansArmenian-Regular", None),
    ("NotoSansEthiopic-Regular", span((0x1200, 0x139F))),
    ("NotoSansSymbols-Regular", SYMBOLS),
    ("NotoSansSymbols2-Regular", SYMBOLS),
    ("NotoSansMath-Regular", MATHS),
)
# face numbers inside NotoSansCJK-Regular.ttc: 0 = JP, 1 = KR, 2 = SC
CJK: tuple[tuple[str, int, set[int]], ...] = (
    ("NotoSansCJKjp-Regular", 0, JAPANESE),
    ("NotoSansCJKsc-Regular", 2, CHINESE),
    ("NotoSansCJKkr-Regular", 1, KOREAN),
)
# Bases whose five skin tones are kept as drawn; any other base shows its tone as a swatch beside it.
TONED = (
    "\U0001f44d\U0001f44e\U0001f44f\U0001f64f\U0001f44c\U0001f4aa\U0001f64c\U0001f44b\u270c\U0001f91e\U0001f918"
    "\U0001f919\U0001f449\U0001f448\u261d\u270a\U0001f44a\U0001f91d\U0001f937\U0001f926\U0001f64b\U0001f483\U0001f57a"
)


def options(*, features: list[str] | None = None) -> subset.Options:
    chosen = subset.Options()
    chosen.hinting = False
    if features is not None:
        chosen.layout_features = features
    chosen.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    chosen.notdef_outline = True
    chosen.recalc_timestamp = False
    chosen.drop_tables += ["DSIG", "vhea", "vmtx", "VORG", "BASE", "STAT"]
    return chosen


def cut(font: TTFont, codes: set[int], target: Path, chosen: subset.Options) -> None:
    subsetter = subset.Subsetter(chosen)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.save(target)
    print(f"{target.stat().st_size:>9,} {len(font.getBestCmap()):>6} {target.name}")


def cut_core(source: Path, target: Path) -> None:
    for name, wanted in CORE:
        font = TTFont(source / "usr/share/fonts/truetype/noto" / f"{name}.ttf", recalcTimestamp=False)
        codes = set(font.getBestCmap()) & wanted if wanted is not None else set(font.getBestCmap())
        if not name.startswith("NotoSans-"):
            codes -= span((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A))  # Latin comes from Noto Sans
        cut(font, codes, target / f"{name}.ttf", options())


def cut_cjk(source: Path, target: Path) -> None:
    collection = source / "usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
    for name, number, codes in CJK:
        font = TTFont(collection, fontNumber=number, recalcTimestamp=False)
        chosen = options(features=["ccmp", "ljmo", "vjmo", "tjmo"])
        cut(font, codes & set(font.getBestCmap()), target / f"{name}.otf", chosen)


def toned_glyphs(font: TTFont) -> set[str]:
    """Names of the ligature glyphs "base + one skin tone" of the bases in `TONED`."""
    cmap = font.getBestCmap()
    bases = {cmap[ord(letter)] for letter in TONED if ord(letter) in cmap}
    tones = {cmap[code] for code in range(0x1F3FB, 0x1F400)}
    kept = set()
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligatures in getattr(table, "ligatures", {}).items():
                kept |= {
                    item.LigGlyph
                    for item in ligatures
                    if first in bases and len(item.Component) == 1 and item.Component[0] in tones
                }
    return kept


def drop_unwanted_ligatures(font: TTFont) -> None:
    """Keep flags, keycaps, toned hands and short joined sequences without a tone; the rest would be megabytes."""
    cmap = font.getBestCmap()
    tones = {cmap[code] for code in range(0x1F3FB, 0x1F400)}
    toned = toned_glyphs(font)
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligatures in list(getattr(table, "ligatures", {}).items()):
                kept = [
                    item
                    for item in ligatures
                    if item.LigGlyph in toned or (len(item.Component) <= 3 and not tones & {first, *item.Component})
                ]
                table.ligatures[first] = kept
                if not kept:
                    del table.ligatures[first]


def shrink_strikes(font: TTFont) -> None:
    """Scale every colour bitmap by EMOJI_SCALE and reduce it to a palette of EMOJI_COLOURS."""
    for strike in font["CBDT"].strikeData:
        for glyph in strike.values():
            image = Image.open(io.BytesIO(glyph.imageData)).convert("RGBA")
            size = (round(image.width * EMOJI_SCALE), round(image.height * EMOJI_SCALE))
            small = image.resize(size, Image.Resampling.LANCZOS)
            packed = small.quantize(EMOJI_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            out = io.BytesIO()
            packed.save(out, "PNG", optimize=True)
            glyph.imageData = out.getvalue()
            metrics = glyph.metrics
            metrics.width, metrics.height = size
            metrics.BearingX = round(metrics.BearingX * EMOJI_SCALE)
            metrics.BearingY = round(metrics.BearingY * EMOJI_SCALE)
            metrics.Advance = round(metrics.Advance * EMOJI_SCALE)
    for strike in font["CBLC"].strikes:
        table = strike.bitmapSizeTable
        table.ppemX = round(table.ppemX * EMOJI_SCALE)
        table.ppemY = round(table.ppemY * EMOJI_SCALE)
        for line in (table.hori, table.vert):
            line.ascender = round(line.ascender * EMOJI_SCALE)
            line.descender = round(line.descender * EMOJI_SCALE)
            line.widthMax = round(line.widthMax * EMOJI_SCALE)


def cut_emoji(source: Path, target: Path) -> None:
    font = TTFont(source / "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", recalcTimestamp=False)
    drop_unwanted_ligatures(font)
    codes = set(font.getBestCmap()) - {0x20} - span((0x23, 0x39), (0xA0, 0xFF)) | {0x200D, 0x20E3, 0xFE0F}
    chosen = options()
    chosen.drop_tables = [tag for tag in chosen.drop_tables if tag not in {"vhea", "vmtx"}]
    subsetter = subset.Subsetter(chosen)
    subsetter.populate(unicodes=codes | span((0x30, 0x39)) | {0x23, 0x2A})
    subsetter.subset(font)
    shrink_strikes(font)
    path = target / "NotoColorEmoji.ttf"
    font.save(path)
    print(f"{path.stat().st_size:>9,} {len(font.getBestCmap()):>6} {path.name}")


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    cut_core(source, target)
    cut_cjk(source, target)
    cut_emoji(source, target)
    total = sum(path.stat().st_size for path in target.iterdir() if path.suffix in {".ttf", ".otf"})
    print(f"{total:>9,} bytes in all")


if __name__ == "__main__":
    main()
