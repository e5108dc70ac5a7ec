"""Words for who somebody is, swapped at random in what is learned from, so that none of them sways a reading.

Counterfactual data augmentation (Lu et al., 2018): names, words for gender, religion, orientation, nationality and race
come out with the same weight on average, whatever was written about the people in the sets.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Final, TypeVar

from analytics.language.compact.emotion_rows import EmotionRow
from analytics.language.compact.rows import Row
from analytics.language.compact.sources import columns_of

STORED: Final = Path(__file__).parent / "neutral_terms.txt"
_WORD: Final = re.compile(r"[^\W\d_]+")
R = TypeVar("R", Row, EmotionRow)


@cache
def _terms() -> dict[str, dict[str, list[str]]]:
    """By language, for each term all terms of its kind."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for cells in columns_of(STORED):
        if not cells[0].startswith("#"):
            kind, language, _, term = cells
            kinds.setdefault((language, kind), []).append(term)
    terms: dict[str, dict[str, list[str]]] = {}
    for (language, _), alike in sorted(kinds.items()):
        for term in alike:
            terms.setdefault(language, {}).setdefault(term, alike)
    return terms


def swapped(rows: Sequence[R], *, seed: int) -> list[R]:
    """The rows, each term in them replaced by any term of its kind and language, itself included. Deterministic for a
    seed."""
    dice = random.Random(seed)  # noqa: S311 - which word to take, not a secret
    found = []
    for row in rows:
        known = _terms().get(row.language)
        if known:
            text = _WORD.sub(partial(_other, known=known, dice=dice), row.text)
            found.append(row if text == row.text else replace(row, text=text))
        else:
            found.append(row)
    return found


def _other(found: re.Match[str], known: dict[str, list[str]], dice: random.Random) -> str:
    word = found.group()
    alike = known.get(word.lower())
    return word if alike is None else dice.choice(alike)
