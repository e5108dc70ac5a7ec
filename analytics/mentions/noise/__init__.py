"""How much a post looks like spam, and its author like a program, with every reason named. Pure.

`judge` reads one post with what is known around it; `judge_texts` reads a sample of plain texts, among which it looks
for repetition itself.
"""

from __future__ import annotations

from analytics.mentions.noise.contracts import (
    LEVELS,
    MODEL,
    NOISY,
    UNKNOWN,
    Judgement,
    Reason,
    Surroundings,
    threshold,
)
from analytics.mentions.noise.score import judge, judge_texts

__all__ = [
    "LEVELS",
    "MODEL",
    "NOISY",
    "UNKNOWN",
    "Judgement",
    "Reason",
    "Surroundings",
    "judge",
    "judge_texts",
    "threshold",
]
