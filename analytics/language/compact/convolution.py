"""What the order of words tells of a post's sentiment: one gated convolution over its words.

    x_t = mean of the rows of word t's features (its n-grams and itself) in a table of `WIDTH` columns
    [p_t, q_t] = bias + W_-1 x_(t-1) + W_0 x_t + W_1 x_(t+1),   g_t = p_t * sigmoid(q_t)
    score = [max_t g_t, sum_t g_t / sqrt(n), sum_t x_t / sqrt(n)] . out + out_bias

Gated linear units after Dauphin et al. (2017), pooling over time after Collobert et al. (2011). `order_training` learns
it. The scores are added to those of the linear table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact import kernel
from analytics.language.compact.hashing import COMPILED, Hashed

F = TypeVar("F", bound=Callable[..., Any])
Floats32 = NDArray[np.float32]

BITS: Final = 18
"""Of the table's rows: the upper bits of the rows that the linear table goes by."""
SHIFT: Final = kernel.BITS - BITS
CLASSES: Final = 3
_NAMES: Final = ("words", "word_scales", "filters", "filter_bias", "out", "out_bias")

if find_spec("numba") is None:

    def _compiled(function: F) -> F:
        return function

else:
    from analytics.listening.engine.compiling import lean as _compiled


@dataclass(frozen=True, slots=True)
class Convolution:
    """What is learned: `words` (2^BITS, d) int8 with `word_scales` (d), `filters` (3, d, 2h), `filter_bias` (2h),
    `out` (2h + d, 3) and `out_bias` (3), float32; d is a multiple of four. Raises ValueError where the shapes do
    not fit."""

    words: NDArray[np.int8]
    word_scales: Floats32
    filters: Floats32
    filter_bias: Floats32
    out: Floats32
    out_bias: Floats32

    def __post_init__(self) -> None:
        width, gates = self.filters.shape[1], self.filters.shape[2] // 2
        if (
            self.words.shape != (1 << BITS, width)
            or width % 4
            or self.words.dtype != np.int8
            or self.filters.shape != (3, width, 2 * gates)
            or self.out.shape != (2 * gates + width, CLASSES)
        ):
            raise ValueError("not the arrays of a convolution")

    def scores(self, hashed: Hashed) -> NDArray[np.float64]:
        """The scores of texts (n, 3), before any softmax; zeros where a text has no word. A text's scores are the same
        in whatever batch it comes; without numba they may differ in the last digits, hence the rounding."""
        found = np.zeros((len(hashed.text_words) - 1, CLASSES), np.float32)
        if COMPILED:
            width, gates = self.filters.shape[1], self.filters.shape[2] // 2
            _read(
                hashed.word_rows, hashed.word_offsets, hashed.text_words, SHIFT, self.words, self.word_scales,
                self.filters, self.filter_bias, self.out, self.out_bias,
                np.zeros((kernel.MOST_WORDS + 3, width), np.float32), np.zeros(width, np.int32),
                np.zeros((2, 2 * gates), np.float32), np.zeros(2 * gates + width, np.float32), found,
            )  # fmt: skip
        else:
            for number in range(len(found)):
                found[number] = self._score(hashed, number)
        return np.asarray(np.round(found.astype(np.float64), 4), dtype=np.float64)

    def _score(self, hashed: Hashed, number: int) -> Floats32:
        first, last = hashed.text_words[number], hashed.text_words[number + 1]
        size = int(last - first)
        if not size:
            return np.zeros(CLASSES, np.float32)
        width, gates = self.filters.shape[1], self.filters.shape[2] // 2
        inputs = np.zeros((size + 2, width), np.float32)
        for word in range(size):
            begin, end = hashed.word_offsets[first + word : first + word + 2]
            rows = self.words[hashed.word_rows[begin:end] >> SHIFT]
            inputs[word + 1] = rows.sum(axis=0, dtype=np.int32) * self.word_scales / np.float32(end - begin)
        sums = self.filter_bias + sum(inputs[tap : tap + size] @ self.filters[tap] for tap in range(3))
        gated = sums[:, :gates] / (1 + np.exp(-sums[:, gates:]))
        pooled = np.concatenate([gated.max(axis=0), gated.sum(axis=0) / size**0.5, inputs.sum(axis=0) / size**0.5])
        return np.asarray(pooled @ self.out + self.out_bias, dtype=np.float32)

    def arrays(self, number: int) -> dict[str, NDArray[Any]]:
        """What a weights file holds of it, which may hold several."""
        return {f"order{number}_{name}": getattr(self, name) for name in _NAMES}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], number: int) -> Convolution:
        """From `arrays`. Raises KeyError or ValueError where they are not those of one."""
        return cls(*(np.ascontiguousarray(arrays[f"order{number}_{name}"]) for name in _NAMES))


@_compiled
def _filter_two(inputs: Any, word: int, filters: Any, filter_bias: Any, sums: Any) -> None:
    """The filters' sums over a word and the next, into `sums`. Two words and four columns at a time: a filter is then
    fetched once for both, and a sum once for four products."""
    units = filters.shape[2]
    for unit in range(units):
        sums[0, unit] = filter_bias[unit]
        sums[1, unit] = filter_bias[unit]
    for tap in range(3):
        one, two = inputs[word + tap], inputs[word + tap + 1]
        for c in range(0, filters.shape[1], 4):
            a0, a1, a2, a3 = one[c], one[c + 1], one[c + 2], one[c + 3]
            b0, b1, b2, b3 = two[c], two[c + 1], two[c + 2], two[c + 3]
            for unit in range(units):
                w0, w1 = filters[tap, c, unit], filters[tap, c + 1, unit]
                w2, w3 = filters[tap, c + 2, unit], filters[tap, c + 3, unit]
                sums[0, unit] = (((sums[0, unit] + a0 * w0) + a1 * w1) + a2 * w2) + a3 * w3
                sums[1, unit] = (((sums[1, unit] + b0 * w0) + b1 * w1) + b2 * w2) + b3 * w3


@_compiled
def _read(
    word_rows: Any, word_offsets: Any, text_words: Any, shift: int, words: Any, word_scales: Any,
    filters: Any, filter_bias: Any, out: Any, out_bias: Any,
    inputs: Any, whole: Any, sums: Any, pooled: Any, found: Any,
) -> None:  # fmt: skip
    """`Convolution.scores` of all texts into `found`; `inputs`, `whole`, `sums` and `pooled` are room to work in."""
    width, gates = filters.shape[1], filters.shape[2] // 2
    for number in range(len(text_words) - 1):
        first = text_words[number]
        size = text_words[number + 1] - first
        if size == 0:
            continue
        root = np.float32(1.0) / np.sqrt(np.float32(size))
        for column in range(width):
            inputs[0, column] = 0
            inputs[size + 1, column] = 0
            inputs[size + 2, column] = 0
            pooled[2 * gates + column] = 0
        for word in range(size):
            begin, end = word_offsets[first + word], word_offsets[first + word + 1]
            for column in range(width):
                whole[column] = 0
            for place in range(begin, end):
                row = word_rows[place] >> shift
                for column in range(width):
                    whole[column] += words[row, column]
            share = np.float32(1.0) / np.float32(end - begin)
            for column in range(width):
                inputs[word + 1, column] = np.float32(whole[column]) * (word_scales[column] * share)
                pooled[2 * gates + column] += inputs[word + 1, column]
        for unit in range(gates):
            pooled[unit] = np.float32(-1e30)
            pooled[gates + unit] = 0
        for word in range(0, size, 2):
            _filter_two(inputs, word, filters, filter_bias, sums)
            for one in range(min(2, size - word)):
                for unit in range(gates):
                    gated = sums[one, unit] / (np.float32(1.0) + np.exp(-sums[one, gates + unit]))
                    pooled[gates + unit] += gated
                    if gated > pooled[unit]:
                        pooled[unit] = gated
        for unit in range(gates):
            pooled[gates + unit] *= root
        for column in range(width):
            pooled[2 * gates + column] *= root
        for label in range(out.shape[1]):
            score = out_bias[label]
            for unit in range(2 * gates + width):
                score += pooled[unit] * out[unit, label]
            found[number, label] = score
