"""Word lists with scores, as rows: each word a post of its own, negative or positive.

AFINN (Nielsen, 2011) in several languages, VADER (Hutto and Gilbert, 2014) and its French translation. Words that are
nearly neutral are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from analytics.language.compact.keys import is_evaluated, key_of
from analytics.language.compact.rows import NEGATIVE, POSITIVE, Row
from analytics.language.compact.sources import lines_of

_CLEAR: Final = 1.5
_WEIGHT: Final = 0.3
_FILES: Final = (
    ("afinn/AFINN-da-32.txt", "da", "\t"),
    ("afinn/AFINN-en-165.txt", "en", "\t"),
    ("afinn/AFINN-fi-165.txt", "fi", "\t"),
    ("afinn/AFINN-fr-165.txt", "fr", "\t"),
    ("afinn/AFINN-pl-165.txt", "pl", "\t"),
    ("afinn/AFINN-sv-165.txt", "sv", "\t"),
    ("afinn/AFINN-tr-165.txt", "tr", "\t"),
    ("afinn/AFINN-emoticon-8.txt", "en", "\t"),
    ("vader/vader_lexicon.txt", "en", "\t"),
    ("vader_fr/fr_lexicon.txt", "fr", "->"),
)
LISTS: Final = tuple(name for name, _, _ in _FILES)


def read_lexicons(data: Path, exam: frozenset[int]) -> list[Row]:
    """The words of all lists under `data`/train that are no post of `exam` (keys) or of an evaluation file. Raises
    FileNotFoundError when a list is missing."""
    root = data / "train"
    return [row for row in _words(root) if not (key_of(row.text) in exam or is_evaluated(row.text))]


def _words(root: Path) -> Iterator[Row]:
    for name, language, mark in _FILES:
        for line in lines_of(root / name):
            word, _, rest = line.partition(mark)
            try:
                score = float(rest.split("\t")[0])
            except ValueError:
                continue
            if word.strip() and abs(score) >= _CLEAR:
                label = POSITIVE if score > 0 else NEGATIVE
                dataset, domain = name.split("/")[0], f"lexicon-{language}"
                yield Row(word, label, dataset, domain, language, "train", _WEIGHT, two_class=True)
