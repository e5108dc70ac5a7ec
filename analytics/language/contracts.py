"""What every language engine answers: frozen, plain, free of Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: Final[tuple[Sentiment, ...]] = ("negative", "neutral", "positive")

Emotion = Literal["anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust"]
EMOTIONS: Final[tuple[Emotion, ...]] = (
    "anger",
    "anticipation",
    "disgust",
    "fear",
    "joy",
    "sadness",
    "surprise",
    "trust",
)
"""Plutchik's (1980) eight."""

Intent = Literal["complaint", "question", "praise", "purchase_interest", "churn_risk", "spam"]
INTENTS: Final[tuple[Intent, ...]] = ("complaint", "question", "praise", "purchase_interest", "churn_risk", "spam")

AbstainReason = Literal[
    "",
    "empty_text",
    "too_short",
    "unsupported_language",
    "undecided_language",
    "romanised_language",
    "mixed_language",
    "low_confidence",
]
ABSTAIN_REASONS: Final[tuple[AbstainReason, ...]] = (
    "empty_text",
    "too_short",
    "unsupported_language",
    "undecided_language",
    "romanised_language",
    "mixed_language",
    "low_confidence",
)

UNDECIDED: Final = "und"


class EngineUnavailable(RuntimeError):
    """An engine cannot be built here. `code` is a stable slug; the message says why and what would help."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine read out of one text.

    `language` is ISO 639-1 (639-3 where a language has no two-letter code) or "und";
    `language_confidence` is in 0..1. `negative`, `neutral` and `positive` are probabilities that sum to 1.
    `sentiment` is the most probable label, or "" when the engine abstained, so that nobody counts it;
    the probabilities stay, for whoever wants to look. `abstain_reason` is one of `ABSTAIN_REASONS` or "".
    `model_id` names the model and version behind the reading.

    Several emotions and intents can hold at once, or none. `emotions` are those the engine asserts, () where it says
    that there is none, None where it does not say (it abstained, or reads no emotions in this language);
    `emotion_scores` are probabilities in the order of `EMOTIONS`, None for one that it does not know. `intents` and
    `intent_scores` likewise, in the order of `INTENTS`. `irony` is the probability of irony or sarcasm, None where
    the engine does not say.

    Raises ValueError when a value breaks these rules.
    """

    language: str
    language_confidence: float
    negative: float
    neutral: float
    positive: float
    sentiment: Literal["negative", "neutral", "positive", ""]
    abstained: bool
    abstain_reason: str
    model_id: str
    emotions: tuple[Emotion, ...] | None = None
    emotion_scores: tuple[float | None, ...] | None = None
    irony: float | None = None
    intents: tuple[Intent, ...] | None = None
    intent_scores: tuple[float | None, ...] | None = None

    def __post_init__(self) -> None:
        probabilities = (self.negative, self.neutral, self.positive)
        if not all(0.0 <= p <= 1.0 for p in probabilities) or abs(sum(probabilities) - 1.0) > 1e-6:
            raise ValueError("probabilities must lie in 0..1 and sum to 1")
        if self.irony is not None and not 0.0 <= self.irony <= 1.0:
            raise ValueError("irony must lie in 0..1")
        _check_labels(EMOTIONS, self.emotions, self.emotion_scores)
        _check_labels(INTENTS, self.intents, self.intent_scores)
        if not 0.0 <= self.language_confidence <= 1.0:
            raise ValueError("language_confidence must lie in 0..1")
        if self.abstained != (self.abstain_reason != "") or self.abstained != (self.sentiment == ""):
            raise ValueError("an abstained reading has a reason and no sentiment, any other has a sentiment only")


def _check_labels(
    known: tuple[str, ...], asserted: tuple[str, ...] | None, scores: tuple[float | None, ...] | None
) -> None:
    if asserted is not None and not set(asserted) <= set(known):
        raise ValueError(f"only these are known: {', '.join(known)}")
    if scores is not None and (
        len(scores) != len(known) or not all(score is None or 0.0 <= score <= 1.0 for score in scores)
    ):
        raise ValueError("one score in 0..1, or None, for each label")


def to_shares(negative: float, positive: float) -> tuple[float, float, float]:
    """Negative, neutral, positive at six digits, none below 0, together 1, from two probabilities in 0..1 whose sum
    is at most 1 (give or take a rounding error). Neutral takes what is left."""
    lower = round(negative, 6)
    upper = min(round(positive, 6), round(1.0 - lower, 6))
    return lower, max(0.0, round(1.0 - lower - upper, 6)), upper


@runtime_checkable
class Engine(Protocol):
    """Reads language and sentiment. Implementations are deterministic and safe to call from several threads."""

    @property
    def model_id(self) -> str:
        """Name and version, stored with every reading (`compact/0.2.0`)."""
        ...

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        """One reading per text, in order. `hints` are the sources' own language tags (BCP 47), "" where unknown;
        as many as texts, else ValueError. Never raises for what a text contains."""
        ...

    def card(self) -> Mapping[str, object]:
        """The model card: what it was trained on, how well it does, where it fails. JSON-serialisable."""
        ...
