"""Words for who somebody is, as the kernel knows them: it passes over them, so that none can sway a reading.

Swapping such words in what is learned from (Lu et al., 2018) evens them out on average; passing over them does so
exactly, for every word of the list. On the validation tweets of UMSAB that cost nothing, and of 15 gaps of the bias
audit beyond their bounds one was left.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact import kernel
from analytics.language.compact.characters import characters

STORED: Final = Path(__file__).parent / "neutral_terms.txt"


@cache
def silent_words() -> tuple[int, ...]:
    """The kernel's tokens of the list's words, a table with open addressing: `SILENT_SLOTS` entries, 0 where free."""
    table = [0] * kernel.SILENT_SLOTS
    for token in sorted(_tokens()):
        slot = token & (kernel.SILENT_SLOTS - 1)
        while table[slot]:
            slot = (slot + 1) & (kernel.SILENT_SLOTS - 1)
        table[slot] = token
    return tuple(table)


@cache
def silent_array() -> NDArray[np.uint64]:
    """`silent_words` for the compiled kernel."""
    return np.array(silent_words(), np.uint64)


def _tokens() -> set[int]:
    """As the kernel itself hashes each word; what it cuts into several is left alone."""
    table = characters()
    gather: Any = getattr(kernel.gather, "py_func", kernel.gather)
    chars, kinds = [0] * kernel.MOST_CHARACTERS, [0] * kernel.MOST_CHARACTERS
    found, slots = [0] * kernel.MOST_FEATURES, [-1] * kernel.SLOTS
    rows, spans, none = [0] * kernel.MOST_FEATURES, [0] * (1 + 2 * kernel.MOST_WORDS), [0] * kernel.SILENT_SLOTS
    tokens = set()
    for line in STORED.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        codes = list(map(ord, line.split("\t")[3]))
        gather(
            codes, 0, len(codes), kernel.MIX, table.fold, table.starts, table.flat, table.classes,
            none, chars, kinds, found, slots, spans, rows, 0,
        )  # fmt: skip
        if spans[0] == 1:
            tokens.add(int(found[spans[2] - 1]))
    return tokens
