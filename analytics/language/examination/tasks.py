"""What is asked of an engine, and what it believes, as probabilities of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import EMOTIONS, SENTIMENTS, Reading

IRONY: Final = ("not_irony", "irony")
_LEAST: Final = 1e-6
TWEETEVAL_EMOTIONS: Final = ("anger", "joy", "optimism", "sadness")
# Classes of data sets that are not among our eight, by those of ours that stand for them. To Plutchik (1980) optimism
# is anticipation with joy, and love joy with trust.
MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {"optimism": ("anticipation",), "love": ("joy", "trust")}


@dataclass(frozen=True, slots=True)
class Task:
    """A task by name and its classes, in the order in which labels are numbered. `usual` says how probable the engine
    holds each emotion to be on the average, by emotion and language ("" for the others)."""

    name: str
    classes: tuple[str, ...]
    usual: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, card: Mapping[str, Any]) -> Task:
        """The task for the engine of this card."""
        return replace(self, usual=card.get("engine", {}).get("emotion", {}).get("usual", {}))

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
        if reading.emotion_scores is None:
            return None
        usual = {emotion: shares.get(reading.language, shares[""]) for emotion, shares in self.usual.items()}
        return emotion_beliefs(reading.emotion_scores, self.classes, usual)


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


def emotion_beliefs(
    scores: Sequence[float | None], classes: Sequence[str], usual: Mapping[str, float] | None = None
) -> list[float] | None:
    """Scores of our eight emotions, each the probability that it is there, as shares of `classes` that sum to 1. A
    class of `MADE_OF` has the best score of its parts. None where no class has a score.

    Which one it is cannot be told from probabilities alone where joy is probable in any text and anger in few: with
    `usual`, those of an average text, the shares are of odds against the usual odds, which is Bayes' rule for classes
    that are equally likely beforehand (Saerens, Latinne and Decaestecker, 2002)."""
    known = dict(zip(EMOTIONS, scores, strict=True))
    weighed: dict[str, float] = {emotion: _weighed(score or 0.0, emotion, usual) for emotion, score in known.items()}
    found = [max(weighed[part] for part in MADE_OF.get(name, (name,))) for name in classes]
    total = sum(found)
    return [value / total for value in found] if total > 0 else None


def _weighed(score: float, emotion: str, usual: Mapping[str, float] | None) -> float:
    if not usual:
        return score
    score, average = (min(max(each, 0.0), 1 - _LEAST) for each in (score, max(usual.get(emotion, 0.5), _LEAST)))
    return score / (1 - score) * (1 - average) / average
