"""Texts of many languages that lie in the repository."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SLOT = re.compile(r"\{\w+\}")
_CHOICE = re.compile(r"\[([^\]|]*)[^\]]*\]")


@cache
def spoken_texts() -> list[str]:
    """The sentences of the demo corpus in its languages, slots filled with a name, the first of each choice."""
    lines = [
        line
        for path in sorted((ROOT / "analytics" / "sources" / "corpus" / "phrases").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    return [_SLOT.sub("Aurora", _CHOICE.sub(r"\1", line)) for line in lines]


@cache
def judged_texts() -> list[str]:
    """Sentences of the language tests themselves, in scripts that the corpus lacks."""
    source = (Path(__file__).parent / "test_langid.py").read_text(encoding="utf-8")
    return re.findall(r'\("([^"]{8,})", "[a-z]{2}"\)', source)
