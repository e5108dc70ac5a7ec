"""What every language engine answers: frozen, plain, free of Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: Final[tuple[Sentiment, ...]] = ("negative", "neutral", "positive")

AbstainReason = Literal[
    "",
    "empty_text",
    "too_short",
    "unsupported_language",
    "undecided_language",
    "low_confidence",
]
ABSTAIN_REASONS: Final[tuple[AbstainReason, ...]] = (
    "empty_text",
    "too_short",
    "unsupported_language",
    "undecided_language",
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

    def __post_init__(self) -> None:
        probabilities = (self.negative, self.neutral, self.positive)
        if not all(0.0 <= p <= 1.0 for p in probabilities) or abs(sum(probabilities) - 1.0) > 1e-6:
            raise ValueError("probabilities must lie in 0..1 and sum to 1")
        if not 0.0 <= self.language_confidence <= 1.0:
            raise ValueError("language_confidence must lie in 0..1")
        if self.abstained != (self.abstain_reason != "") or self.abstained != (self.sentiment == ""):
            raise ValueError("an abstained reading has a reason and no sentiment, any other has a sentiment only")


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
        """Name and version, stored with every reading (`compact-sentiment/0.1.0`)."""
        ...

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        """One reading per text, in order. `hints` are the sources' own language tags (BCP 47), "" where unknown;
        as many as texts, else ValueError. Never raises for what a text contains."""
        ...

    def card(self) -> Mapping[str, object]:
        """The model card: what it was trained on, how well it does, where it fails. JSON-serialisable."""
        ...
