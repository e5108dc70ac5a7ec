"""Cleaning and ranking in Python, one text after the other, with py3langid itself. Slow; the kernel is held to it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from analytics.language.identification.cleaned import Cleaned, Floats, Integers
from analytics.language.identification.library import labels, loaded
from analytics.language.identification.romanised import Words, count_words
from analytics.language.identification.writing import (
    FIRST_TONE,
    LAST_TONE,
    LATIN_END,
    MASKED,
    SCRIPT_LANGUAGES,
    SCRIPTS,
)

_TONES = re.compile(f"[{chr(FIRST_TONE)}-{chr(LAST_TONE)}]")
_BEYOND_LATIN = re.compile("[\u0370-\U0010ffff]")


class Texts:
    """A batch of texts, cleaned; `rank` tells the languages of some of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [clean(text) for text in texts]
        letters = [sum(map(str.isalpha, text)) for text in self._texts]
        scripts = [_by_script(text, count) for text, count in zip(self._texts, letters, strict=True)]
        latin = [sum(c.isalpha() for c in text if ord(c) < LATIN_END) for text in self._texts]
        words = np.array([count_words(text) for text in self._texts], dtype=np.int64).reshape(-1, len(Words._fields))
        self.cleaned = Cleaned(
            np.array(letters, dtype=np.int64), np.array(scripts, dtype=np.int64), np.array(latin, dtype=np.int64), words
        )

    def rank(self, places: Integers) -> Floats:
        """Probabilities (as many rows as places, a column for each of `library.labels`); a column that is another
        writing of an earlier one holds 0."""
        model, columns = loaded(), labels()
        found = np.zeros((len(places), len(columns)))
        for row, place in enumerate(places.tolist()):
            ranking = dict(model.rank(self._texts[place]))
            for column, label in enumerate(columns):
                found[row, column] = ranking.pop(label, 0.0)
        return found


def clean(text: str) -> str:
    """`text` composed, blanks folded, without links, accounts, entities, marks, skin tones and lone surrogates."""
    masked = " ".join(_TONES.sub("", MASKED.sub(" ", unicodedata.normalize("NFC", text))).split())
    return masked.encode("utf-8", "replace").decode("utf-8")


def _by_script(text: str, letters: int) -> int:
    """The language of a writing system that holds at least half of the letters, or -1."""
    counts: dict[str, int] = {}
    for character in _BEYOND_LATIN.findall(text):
        code = ord(character)
        if not character.isalpha():
            continue
        for language, (first, last) in SCRIPTS:
            if first <= code <= last:
                counts[language] = counts.get(language, 0) + 1
                break
    for mixed in ("ja", "ko"):  # written mixed with Han
        if mixed in counts:
            counts[mixed] += counts.pop("zh", 0)
    if not counts:
        return -1
    language, most = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
    return SCRIPT_LANGUAGES.index(language) if 2 * most >= letters else -1
