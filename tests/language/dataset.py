"""The folder of data sets, where there is one. Nothing of it lies in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "EARSHOT_DATA"


def data_folder() -> Path:
    """The folder that holds train/ and dev/, by the variable EARSHOT_DATA; skips the test where there is none."""
    named = os.environ.get(VARIABLE, "")
    if not named or not (Path(named) / "train").is_dir():
        pytest.skip(f"{VARIABLE} names no folder of data sets")
    return Path(named)
