"""Cleaning and ranking a batch in machine code.

The model is py3langid's (Lui and Baldwin, 2012; its fork by Barbaresi): an automaton over bytes finds features, naive
Bayes weighs them by language, a softmax whose temperature is the root of the number of bytes makes probabilities.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.language.identification.characters import (
    ALPHA,
    LOWER,
    SCRIPT_SHIFT,
    SPACE,
    UPPER,
    WORD,
    Characters,
    characters,
)
from analytics.language.identification.cleaned import Cleaned, Floats, Integers
from analytics.language.identification.library import Tables, labels, tables
from analytics.language.identification.words import count_words
from analytics.language.identification.writing import FIRST_TONE, LAST_TONE, LATIN_END, SCRIPT_LANGUAGES
from analytics.listening.engine.compiling import compiled

_SCRIPT_COUNT = len(SCRIPT_LANGUAGES)
_JAPANESE, _KOREAN, _CHINESE = (SCRIPT_LANGUAGES.index(language) for language in ("ja", "ko", "zh"))
_H, _T, _P, _S, _W = (ord(letter) for letter in "htpsw")
_COLON, _SLASH, _DOT, _AT, _HASH, _UNDERSCORE, _AND, _SEMICOLON = (ord(sign) for sign in ":/.@#_&;")
wide: Any = np.int64  # to Python's types a plain number


class Texts:
    """A batch of texts, cleaned; `rank` tells the languages of some of them. As `reference.Texts`."""

    def __init__(self, texts: Sequence[str]) -> None:
        composed = [text if text.isascii() else unicodedata.normalize("NFC", text) for text in texts]
        codes = np.frombuffer("".join(composed).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        bounds = np.zeros(len(composed) + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, composed), np.int64, len(composed)), out=bounds[1:])
        self._bytes = np.empty(4 * len(codes) + 1, dtype=np.uint8)
        self._bounds = np.zeros(len(composed) + 1, dtype=np.int64)
        letters = np.zeros(len(composed), dtype=np.int64)
        scripts = np.zeros(len(composed), dtype=np.int64)
        self._shouted = np.zeros(len(composed), dtype=np.bool_)
        latin = np.zeros(len(composed), dtype=np.int64)
        _clean(codes, bounds, characters(), self._bytes, self._bounds, letters, latin, scripts, self._shouted)
        self.cleaned = Cleaned(letters, scripts, latin, count_words(self._bytes, self._bounds))

    def rank(self, places: Integers) -> Floats:
        """Probabilities (as many rows as places, a column for each of `library.labels`); a column that is another
        writing of an earlier one holds 0."""
        known = tables()
        found = np.zeros((len(places), len(labels())), dtype=np.float64)
        starts, ends, content = self._bounds[places], self._bounds[places + 1], self._bytes
        loud = np.flatnonzero(self._shouted[places])
        if len(loud):
            content = self._quietened(content, starts, ends, loud)
        _rank(content, starts, ends, known, _counts(len(known.weights)), found)
        return found

    @staticmethod
    def _quietened(content: NDArray[np.uint8], starts: Integers, ends: Integers, loud: Integers) -> NDArray[np.uint8]:
        """The bytes, and after them in lower case those texts that are in capitals, whose bounds are changed."""
        pieces, end = [content], len(content)
        for row in loud.tolist():
            text = content[starts[row] : ends[row]].tobytes().decode("utf-8").lower()
            piece = np.frombuffer(unicodedata.normalize("NFC", text).encode("utf-8"), dtype=np.uint8)
            starts[row], ends[row] = end, end + len(piece)
            pieces.append(piece)
            end += len(piece)
        return np.concatenate(pieces)


_own = threading.local()


def _counts(features: int) -> NDArray[np.int32]:
    """This thread's memory for counting features: all 0, and left so."""
    kept: NDArray[np.int32] | None = getattr(_own, "counts", None)
    if kept is None or len(kept) < features:
        kept = _own.counts = np.zeros(features, dtype=np.int32)
    return kept


@cache
def warm() -> None:
    """Compile, or load what is compiled, and read the tables."""
    batch = Texts(["Have a look: https://example.org/ #tea", "GOOD", "é 1"])
    batch.rank(np.arange(3))


@compiled
def _known(code: int, known: Characters) -> int:
    found: int = wide(known.info[(wide(known.pages[code >> 7]) << 7) | (code & 127)])
    return found


@compiled
def _clean(
    codes: NDArray[np.uint32],
    bounds: Integers,
    known: Characters,
    out: NDArray[np.uint8],
    out_bounds: Integers,
    letters: Integers,
    latin: Integers,
    scripts: Integers,
    shouted: NDArray[np.bool_],
) -> None:
    """Write each text's cleaned form as UTF-8, how many letters it has, how many of them are Latin, whose writing it is
    in, and whether all of it that has a case is in capitals."""
    counts = np.zeros(_SCRIPT_COUNT, dtype=np.int64)
    written = wide(0)
    for number in range(len(bounds) - 1):
        begin, end = bounds[number], bounds[number + 1]
        first = written
        counts[:] = 0
        place, found, blank = begin, wide(0), False
        upper, lower, foreign = False, False, False
        while place < end:
            code = wide(codes[place])
            skip = _masked(codes, begin, place, end, code, known)
            if not skip and FIRST_TONE <= code <= LAST_TONE:
                place += 1
                continue
            facts = wide(SPACE) if skip else _known(code, known)
            place += skip if skip else 1
            if facts & SPACE:
                blank = True
                continue
            if blank and written > first:
                out[written] = 32
                written += 1
            blank = False
            if facts & ALPHA:
                found += 1
                if code < LATIN_END:
                    latin[number] += 1
                if facts >> SCRIPT_SHIFT:
                    counts[(facts >> SCRIPT_SHIFT) - 1] += 1
                    foreign = True
            upper |= (facts & UPPER) != 0
            lower |= (facts & LOWER) != 0
            written = _put(code, out, written)
        out_bounds[number + 1] = written
        letters[number] = found
        scripts[number] = _owner(counts, found) if foreign else -1
        shouted[number] = upper and not lower


@compiled
def _put(code: int, out: NDArray[np.uint8], written: int) -> int:
    """Write one character as UTF-8, a lone surrogate as "?"; where the next one goes."""
    if code < 0x80:
        out[written] = code
        return written + 1
    if code < 0x800:
        out[written] = 0xC0 | (code >> 6)
        out[written + 1] = 0x80 | (code & 63)
        return written + 2
    if 0xD800 <= code < 0xE000:
        out[written] = 63
        return written + 1
    if code < 0x10000:
        out[written] = 0xE0 | (code >> 12)
        out[written + 1] = 0x80 | ((code >> 6) & 63)
        out[written + 2] = 0x80 | (code & 63)
        return written + 3
    out[written] = 0xF0 | (code >> 18)
    out[written + 1] = 0x80 | ((code >> 12) & 63)
    out[written + 2] = 0x80 | ((code >> 6) & 63)
    out[written + 3] = 0x80 | (code & 63)
    return written + 4


@compiled
def _owner(counts: Integers, letters: int) -> int:
    """Whose writing holds at least half of the letters, or -1. Japanese and Korean are written mixed with Han."""
    if counts[_JAPANESE]:
        counts[_JAPANESE] += counts[_CHINESE]
        counts[_CHINESE] = 0
    if counts[_KOREAN]:
        counts[_KOREAN] += counts[_CHINESE]
        counts[_CHINESE] = 0
    best = 0
    for script in range(len(counts)):
        if counts[script] >= counts[best]:
            best = script
    return best if 2 * counts[best] >= letters else -1


@compiled
def _is_word(codes: NDArray[np.uint32], place: int, known: Characters) -> bool:
    return (_known(wide(codes[place]), known) & WORD) != 0


@compiled
def _masked(codes: NDArray[np.uint32], begin: int, place: int, end: int, code: int, known: Characters) -> int:
    """How many characters `writing.MASKED` matches here, or 0."""
    if code in (_HASH, _UNDERSCORE):
        return 1
    if code in (_AT, _AND):
        stop = place + 1
        while stop < end and _is_word(codes, stop, known):
            stop += 1
        if stop == place + 1:
            return 0
        if code == _AT:
            return stop - place
        return stop + 1 - place if stop < end and codes[stop] == _SEMICOLON else 0
    if code == _H and _four(codes, place, end, _H, _T, _T, _P):
        stop = place + 4
        if stop < end and codes[stop] == _S:
            stop += 1
        if stop + 3 < end and codes[stop] == _COLON and codes[stop + 1] == _SLASH and codes[stop + 2] == _SLASH:
            length = _unbroken(codes, stop + 3, end, known)
            if length:
                return stop + 3 + length - place
        alone = (place == begin or not _is_word(codes, place - 1, known)) and (
            stop == end or not _is_word(codes, stop, known)
        )
        return stop - place if alone else 0
    if code == _W and _four(codes, place, end, _W, _W, _W, _DOT):
        length = _unbroken(codes, place + 4, end, known)
        return 4 + length if length else 0
    return 0


@compiled
def _four(codes: NDArray[np.uint32], place: int, end: int, one: int, two: int, three: int, four: int) -> bool:
    """Whether these four characters stand here."""
    if end - place < 4 or codes[place] != one or codes[place + 1] != two:
        return False
    return bool(codes[place + 2] == three and codes[place + 3] == four)


@compiled
def _unbroken(codes: NDArray[np.uint32], place: int, end: int, known: Characters) -> int:
    """How many characters there are up to the next blank."""
    stop = place
    while stop < end and not _known(wide(codes[stop]), known) & SPACE:
        stop += 1
    return stop - place


@compiled
def _rank(
    content: NDArray[np.uint8],
    starts: Integers,
    ends: Integers,
    model: Tables,
    counts: NDArray[np.int32],
    out: Floats,
) -> None:
    """Write the probabilities of each text's languages to a row of `out`. `counts` is all 0 before and after."""
    width, columns = model.weights.shape[1], out.shape[1]
    scores = np.empty(width, dtype=np.float32)
    seen = np.empty(1024, dtype=np.int32)
    for number in range(len(starts)):
        length = ends[number] - starts[number]
        if length > len(seen):
            seen = np.empty(length, dtype=np.int32)
        state, different = wide(0), wide(0)
        for place in range(starts[number], ends[number]):
            state = wide(model.moves[wide(model.rows[state]) + wide(content[place])])
            feature = model.features[state]
            if feature >= 0:
                if counts[feature] == 0:
                    seen[different] = feature
                    different += 1
                counts[feature] += 1
        scores[:] = 0
        for nth in range(different):
            feature = seen[nth]
            weight = model.damped[min(wide(counts[feature]), len(model.damped) - 1)]
            counts[feature] = 0
            row = model.weights[feature]
            for column in range(width):
                scores[column] += weight * row[column]
        cooling = 1.0 / np.sqrt(max(1.0, float(length)))
        best = -np.inf
        if different:
            for column in range(columns):
                scores[column] = (scores[column] + model.priors[column]) * cooling
                best = max(best, scores[column])
        else:
            best = 0.0
        total = 0.0
        for column in range(columns):
            share = np.exp(float(scores[column]) - best)
            out[number, column] = share
            total += share
        for column in range(columns):
            out[number, column] /= total
        for pair in range(len(model.twins)):
            out[number, model.twins[pair, 0]] += out[number, model.twins[pair, 1]]
            out[number, model.twins[pair, 1]] = 0.0
