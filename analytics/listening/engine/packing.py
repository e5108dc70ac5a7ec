"""Texts as one array of code points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Packed:
    """`n` texts one after the other: text `i` is `codes[firsts[i] : firsts[i + 1] - 1]`, and `codes[firsts[i + 1] - 1]`
    is a NUL that closes it, so that a loop over characters ends without counting. `codes` is uint32, `firsts` int64
    of shape (n + 1,)."""

    codes: npt.NDArray[np.uint32]
    firsts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firsts) - 1


def pack(texts: Sequence[str]) -> Packed:
    """Any strings, lone surrogates too, in order."""
    count = len(texts)
    firsts = np.zeros(count + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, count) + 1, out=firsts[1:])
    joined = "\0".join(texts) + "\0" if count else ""
    return Packed(np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32), firsts)
