"""The compact model: one table of hashed features, a column for each thing it tells, and convolutions over word order.

    z = sum of the rows of a text's features / sqrt(their number),   score = z * slope + offset   (by language)

For sentiment `ORDER` times the mean score of the convolutions is added to z. Columns 0-2 are negative, neutral,
positive (softmax), 3-10 the emotions and 11 irony (a sigmoid each). The table holds 8-bit integers with one scale per
column, summed as integers: the order of summation cannot change a result, so one text reads alike alone, in a batch
and on any machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact import kernel
from analytics.language.compact.arrays import write_arrays
from analytics.language.compact.convolution import Convolution
from analytics.language.compact.hashing import COMPILED, ROWS, Hashed, hash_texts
from analytics.language.contracts import EMOTIONS, SENTIMENTS

Floats = NDArray[np.float64]
SENTIMENT: Final = slice(0, len(SENTIMENTS))
EMOTION: Final = slice(len(SENTIMENTS), len(SENTIMENTS) + len(EMOTIONS))
IRONY: Final = len(SENTIMENTS) + len(EMOTIONS)
COLUMNS: Final = IRONY + 1
ORDER: Final = 0.75  # one half, three quarters and one were tried on validation posts, which nothing is learned from
ANY: Final = ""


@dataclass(frozen=True, slots=True)
class Model:
    """What is learned: `table` (ROWS, COLUMNS) int8 with `scales` (COLUMNS), and `slopes` and `offsets` (COLUMNS each)
    by language; those of "" hold for languages that have none of their own."""

    table: NDArray[np.int8]
    scales: Floats
    slopes: Mapping[str, Floats]
    offsets: Mapping[str, Floats]
    orders: Sequence[Convolution] = ()
    _places: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _slopes: Floats = field(init=False, repr=False, compare=False)
    _offsets: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.table.shape != (ROWS, COLUMNS) or self.table.dtype != np.int8 or ANY not in self.slopes:
            raise ValueError("not a table of this model")
        names = sorted(self.slopes)
        object.__setattr__(self, "_places", {name: place for place, name in enumerate(names)})
        object.__setattr__(self, "_slopes", np.stack([self.slopes[name] for name in names]))
        object.__setattr__(self, "_offsets", np.stack([self.offsets[name] for name in names]))

    def raw(self, texts: Sequence[str]) -> Floats:
        """z of each text, (n, COLUMNS), before slope and offset."""
        return self.raw_of(hash_texts(texts))

    def raw_of(self, hashed: Hashed) -> Floats:
        """`raw` of texts whose features are known."""
        sizes = np.diff(hashed.offsets)
        sums = np.zeros((len(sizes), COLUMNS), np.int32)
        if COMPILED:
            kernel.pool(hashed.rows, hashed.offsets, self.table, sums)
        elif len(hashed.rows):
            filled = sizes > 0
            rows = np.take(self.table, hashed.rows, axis=0)
            sums[filled] = np.add.reduceat(rows, hashed.offsets[:-1][filled], axis=0, dtype=np.int32)
        scores = sums * self.scales / np.sqrt(np.maximum(sizes, 1))[:, None]
        for order in self.orders:
            scores[:, SENTIMENT] += order.scores(hashed) * (ORDER / len(self.orders))
        return np.asarray(scores, dtype=np.float64)

    def calibrated(self, raw: Floats, languages: Sequence[str]) -> Floats:
        """Probabilities (n, COLUMNS) from `raw` scores of texts in these languages: the first three sum to 1."""
        places = [self._places.get(language, self._places[ANY]) for language in languages]
        scores = raw * self._slopes[places] + self._offsets[places]
        scores[:, SENTIMENT] = softmax(scores[:, SENTIMENT])
        scores[:, IRONY:] = sigmoid(scores[:, IRONY:])
        scores[:, EMOTION] = sigmoid(scores[:, EMOTION])
        return scores

    def read(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """`calibrated` of texts, as many as languages."""
        return self.calibrated(self.raw(texts), languages) if len(texts) else np.zeros((0, COLUMNS))

    def save(self, path: Path) -> str:
        """Write a file that is byte-identical for an identical model; answer its SHA-256."""
        names = sorted(self.slopes)
        arrays: dict[str, NDArray[Any]] = {
            # Column by column: neighbours in a column are alike more often, which packs better.
            "columns": np.ascontiguousarray(self.table.T),
            "scales": self.scales,
            "languages": np.array(" ".join(names[1:])),
            "slopes": self._slopes,
            "offsets": self._offsets,
        }
        for number, order in enumerate(self.orders):
            arrays |= order.arrays(number)
        return write_arrays(path, arrays)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read what `save` wrote. Raises OSError, KeyError or ValueError when the file is not one."""
        with np.load(path, allow_pickle=False) as stored:
            names = [ANY, *str(stored["languages"]).split()]
            return cls(
                table=np.ascontiguousarray(stored["columns"].T),
                scales=stored["scales"],
                slopes=dict(zip(names, stored["slopes"], strict=True)),
                offsets=dict(zip(names, stored["offsets"], strict=True)),
                orders=tuple(Convolution.of(stored, number) for number in range(_convolutions(stored.files))),
            )


def _convolutions(names: Sequence[str]) -> int:
    return sum(name.startswith("order") and name.endswith("_words") for name in names)


def softmax(scores: Floats) -> Floats:
    """Row-wise softmax of n × k scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def sigmoid(scores: Floats) -> Floats:
    """Probabilities of scores, one by one."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * scores), dtype=np.float64)
