"""What is known of a batch of texts before their language is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """n texts without links, accounts and marks. `letters` (n) is how many letters are left of each, `scripts` (n) the
    index in `writing.SCRIPT_LANGUAGES` of the language whose own writing system holds at least half of them, or -1;
    `latin` (n) how many of them are Latin. `words` (n × 6) are the numbers of `romanised.Words`.
    """

    letters: Integers
    scripts: Integers
    latin: Integers
    words: Integers
