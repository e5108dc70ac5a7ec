"""The compact model: a wide part and a small hidden layer over one hashed table, in numpy.

    h = sum of word rows / sqrt(words) + sum of n-gram rows / sqrt(n-grams)      (1 + 1 groups, 3 + d columns)
    z = h[:3] + tanh(h[3:] + c) W,   probabilities = softmax((z + bias) / temperature)

The table holds 8-bit integers with one scale per column, summed as integers: the order of summation cannot
change a result, so one text reads alike alone, in a batch and on any machine.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.features import Hasher

Floats = NDArray[np.float64]
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Network:
    """Everything that is learned. `table` is 2^bits × (3 + d) int8 with `scales` (3 + d); `hidden_bias` (d),
    `output` (d × 3), `bias` (3) are float64; `temperature` > 0; `classes` the class of every code point.

    Languages in `thin` were learned from subtitle lines without any neutral one. Their words weigh less than those
    of well-taught languages, so that neutral would win too often: `thin_bias` (3) takes the place of `bias` there.
    """

    bits: int
    table: NDArray[np.int8]
    scales: Floats
    hidden_bias: Floats
    output: Floats
    bias: Floats
    temperature: float
    classes: NDArray[np.uint8]
    thin: frozenset[str]
    thin_bias: Floats

    def logits(self, texts: Sequence[str]) -> Floats:
        """Scores before bias and temperature, len(texts) × 3, in the order negative, neutral, positive."""
        hashed = Hasher(self.bits, self.classes).features(texts)
        pooled = self._pool(hashed.words, hashed.word_offsets) + self._pool(hashed.grams, hashed.gram_offsets)
        scores = pooled[:, :3]
        hidden = np.tanh(pooled[:, 3:] + self.hidden_bias)
        # A loop, not a matrix product: BLAS sums in another order for one row than for many.
        for unit in range(hidden.shape[1]):
            scores = scores + hidden[:, unit : unit + 1] * self.output[unit]
        return scores

    def probabilities(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Calibrated probabilities, len(texts) × 3, rows sum to 1; `languages` are codes as many as texts."""
        thin = np.array([language in self.thin for language in languages], dtype=bool)
        return softmax((self.logits(texts) + np.where(thin[:, None], self.thin_bias, self.bias)) / self.temperature)

    def _pool(self, features: NDArray[np.int64], offsets: NDArray[np.int64]) -> Floats:
        sizes = np.diff(offsets)
        sums = np.zeros((len(sizes), self.table.shape[1]), dtype=np.int32)
        filled = sizes > 0
        if filled.any():
            rows = np.take(self.table, features, axis=0)
            sums[filled] = np.add.reduceat(rows, offsets[:-1][filled], axis=0, dtype=np.int32)
        return sums * self.scales / np.sqrt(np.maximum(sizes, 1))[:, None]

    def save(self, path: Path) -> str:
        """Write an .npz that is byte-identical for identical weights; answer its SHA-256."""
        starts = np.flatnonzero(np.concatenate(([True], np.diff(self.classes.astype(np.int64)) != 0)))
        arrays = {
            "bits": np.array(self.bits),
            "table": self.table,
            "scales": self.scales,
            "hidden_bias": self.hidden_bias,
            "output": self.output,
            "bias": self.bias,
            "temperature": np.array(self.temperature),
            "thin": np.array(" ".join(sorted(self.thin))),
            "thin_bias": self.thin_bias,
            "class_starts": starts.astype(np.int32),
            "class_values": self.classes[starts],
        }
        with zipfile.ZipFile(path, "w") as archive:
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, array, allow_pickle=False)
                member = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)  # numpy would write today's date
                archive.writestr(member, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)
        return sha256_of(path)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read what `save` wrote. Raises OSError, KeyError or ValueError when the file is not one."""
        with np.load(path, allow_pickle=False) as stored:
            starts = stored["class_starts"].astype(np.int64)
            lengths = np.diff(np.concatenate((starts, [0x110000])))
            return cls(
                bits=int(stored["bits"]),
                table=stored["table"],
                scales=stored["scales"],
                hidden_bias=stored["hidden_bias"],
                output=stored["output"],
                bias=stored["bias"],
                temperature=float(stored["temperature"]),
                classes=np.repeat(stored["class_values"], lengths),
                thin=frozenset(str(stored["thin"]).split()),
                thin_bias=stored["thin_bias"],
            )


def softmax(scores: Floats) -> Floats:
    """Row-wise softmax of n × k scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
