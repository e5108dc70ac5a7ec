"""What is asked of an engine, and what it believes, as probabilities of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import EMOTIONS, SENTIMENTS, Reading

IRONY: Final = ("not_irony", "irony")
TWEETEVAL_EMOTIONS: Final = ("anger", "joy", "optimism", "sadness")
# Classes of data sets that are not among our eight, by those of ours that stand for them. To Plutchik (1980) optimism
# is anticipation with joy, and love joy with trust.
MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {"optimism": ("anticipation",), "love": ("joy", "trust")}


@dataclass(frozen=True, slots=True)
class Task:
    """A task by name and its classes, in the order in which labels are numbered."""

    name: str
    classes: tuple[str, ...]

    def beliefs(self, readings: Sequence[Reading]) -> NDArray[np.float64]:
        """A row per reading and a column per class, each row summing to 1, or all NaN where the engine does not say."""
        rows = [self._belief(reading) for reading in readings]
        silent = [float("nan")] * len(self.classes)
        return np.array([row or silent for row in rows], dtype=np.float64).reshape(-1, len(self.classes))

    def reasons(self, readings: Sequence[Reading]) -> list[str]:
        """Why the engine by itself gives no answer to each, "" where it does. Its doubts about sentiment keep it from
        nothing else."""
        return [self._reason(reading) for reading in readings]

    def _reason(self, reading: Reading) -> str:
        if self.name == "sentiment":
            return reading.abstain_reason
        return "" if self._belief(reading) is not None else reading.abstain_reason or "not_told"

    def _belief(self, reading: Reading) -> list[float] | None:
        if reading.abstain_reason == "empty_text":
            return None
        if self.name == "sentiment":
            return [reading.negative, reading.neutral, reading.positive]
        if self.name == "irony":
            return None if reading.irony is None else [1.0 - reading.irony, reading.irony]
        return None if reading.emotion_scores is None else emotion_beliefs(reading.emotion_scores, self.classes)


def sentiment() -> Task:
    return Task("sentiment", SENTIMENTS)


def irony() -> Task:
    return Task("irony", IRONY)


def emotion(classes: Sequence[str] = TWEETEVAL_EMOTIONS) -> Task:
    """A task of one emotion per text among `classes`. Raises ValueError for a class that cannot be told from our eight
    emotions, or fewer than two of them."""
    named = tuple(name.strip().lower() for name in classes)
    unknown = [name for name in named if name not in EMOTIONS and name not in MADE_OF]
    if unknown or len(set(named)) != len(named) or len(named) < 2:
        raise ValueError(f"name two or more different ones of: {', '.join((*EMOTIONS, *MADE_OF))}")
    return Task("emotion", named)


def emotion_beliefs(scores: Sequence[float | None], classes: Sequence[str]) -> list[float] | None:
    """Scores of our eight emotions, each the probability that it is there, as shares of `classes` that sum to 1. A
    class of `MADE_OF` has the best score of its parts. None where no class has a score."""
    known: dict[str, float | None] = dict(zip(EMOTIONS, scores, strict=True))
    found = [max(known[part] or 0.0 for part in MADE_OF.get(name, (name,))) for name in classes]
    total = sum(found)
    return [value / total for value in found] if total > 0 else None
