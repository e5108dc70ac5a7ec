"""What the model knows of each character: how it is folded, and whether it belongs to a word.

Stored beside the weights (`characters.npz`), not asked of the Python at hand: Unicode changes from version to version,
and a model must read alike under all of them. `python -m analytics.language.compact.characters` writes it anew, which
makes the weights worthless: train afterwards.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.arrays import write_arrays
from analytics.language.compact.kernel import BLANK, SYMBOL, UNSPACED, WORD

STORED: Final = Path(__file__).parent / "characters.npz"
_CODES: Final = 0x110000

# Blocks whose writing puts no blank between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED_BLOCKS: Final = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
# What carries no meaning of its own: Latin and Arabic vowel signs that people leave out, tatweel, joiners,
# variation selectors, skin tones, tags.
_DROPPED_BLOCKS: Final = (
    (0x0300, 0x036F),
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x00AD, 0x00AD),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2069),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0x1F3FB, 0x1F3FF),
    (0xE0000, 0xE007F),
)
_EMOJI_BLOCK: Final = (0x1F000, 0x1FAFF)  # where Unicode adds emoji every year: those to come are signs as well
_KANA: Final = (0x3040, 0x30FF)
_UMLAUTS: Final = "äöü"
_APOSTROPHES: Final = "\u2018\u2019\u02bc\u00b4`\uff07"


@dataclass(frozen=True, slots=True)
class Characters:
    """`fold` (0x110000): what a code point becomes, itself one code point, or -1 - k for those in
    `flat[starts[k]:starts[k + 1]]`. `classes` (0x110000): the class of a folded code point."""

    fold: NDArray[np.int32]
    starts: NDArray[np.int32]
    flat: NDArray[np.int32]
    classes: NDArray[np.uint8]


@cache
def characters() -> Characters:
    """The stored table. Raises OSError, KeyError or ValueError when it cannot be read."""
    with np.load(STORED, allow_pickle=False) as stored:
        lengths = np.diff(np.concatenate((stored["class_starts"], [_CODES])))
        classes = np.repeat(stored["class_values"], lengths)
        fold = np.where(classes == BLANK, 32, np.arange(_CODES)).astype(np.int32)
        singles = np.cumsum(stored["single_steps"])
        fold[singles] = singles + stored["single_moves"]
        many = np.cumsum(stored["many_steps"])
        fold[many] = -1 - np.arange(len(many), dtype=np.int32)
        return Characters(
            fold=fold,
            starts=np.concatenate(([0], np.cumsum(stored["many_lengths"]))).astype(np.int32),
            flat=stored["many_folds"],
            classes=classes,
        )


def _class_of(code: int) -> int:
    category = unicodedata.category(chr(code))
    if category[0] in "LMN":
        return UNSPACED if any(first <= code <= last for first, last in _UNSPACED_BLOCKS) else WORD
    if _EMOJI_BLOCK[0] <= code <= _EMOJI_BLOCK[1]:
        return SYMBOL
    return BLANK if category[0] == "Z" or category in ("Cc", "Cn", "Cs") else SYMBOL


def _folded(code: int) -> list[int]:
    """Lower case, compatibility forms and accents taken apart, without what carries no meaning; digits as 0."""
    character = chr(code)
    if character in _APOSTROPHES:
        return [39]
    lower = character.lower()
    if lower in _UMLAUTS:  # the accents that tell German words apart: schon, schön
        return [ord(lower)]
    form: Literal["NFKC", "NFKD"] = "NFKC" if _KANA[0] <= code <= _KANA[1] else "NFKD"
    kept = []
    for part in unicodedata.normalize(form, unicodedata.normalize(form, character).lower()):
        number = ord(part)
        if any(first <= number <= last for first, last in _DROPPED_BLOCKS):
            continue
        if unicodedata.category(part) == "Nd":
            number = 48
        kept.append(32 if _class_of(number) == BLANK else number)
    return kept


def write(path: Path) -> None:
    """Work the table out from this Python's Unicode and write it."""
    classes = np.fromiter(map(_class_of, range(_CODES)), np.uint8, _CODES)
    singles, many = {}, {}
    for code in range(_CODES):
        folded = _folded(code)
        if len(folded) != 1:
            many[code] = folded
        elif folded[0] != (32 if classes[code] == BLANK else code):
            singles[code] = folded[0]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(classes.astype(np.int64)) != 0)))
    write_arrays(
        path,
        {
            # Steps and moves, not codes: long runs of the same number, which take no room.
            "single_steps": np.diff(list(singles), prepend=0).astype(np.int32),
            "single_moves": np.array([folded - code for code, folded in singles.items()], np.int32),
            "many_steps": np.diff(list(many), prepend=0).astype(np.int32),
            "many_lengths": np.array([len(folded) for folded in many.values()], np.int32),
            "many_folds": np.array([number for folded in many.values() for number in folded], np.int32),
            "class_starts": starts.astype(np.int32),
            "class_values": classes[starts],
        },
    )


if __name__ == "__main__":
    write(STORED)
