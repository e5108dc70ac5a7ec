"""Engines that read by rule, so that tests know what they say: not how well anybody reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.language.contracts import EMOTIONS, INTENTS, Reading
from analytics.language.services import language_of

Rule = Callable[[str], Reading]


@dataclass(frozen=True)
class ToyEngine:
    """Reads each text by a rule, but for its language, which it tells as all engines do."""

    model_id: str
    rule: Rule

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        return [
            replace(self.rule(text), language=language_of(text, hint) or "und")
            for text, hint in zip(texts, hints or [""] * len(texts), strict=True)
        ]

    def card(self) -> Mapping[str, object]:
        return {"model_id": self.model_id}


def said(
    model_id: str,
    *,
    sentiment: str = "neutral",
    emotions: Sequence[str] | None = (),
    irony: float | None = 0.25,
    intents: Sequence[str] | None = (),
) -> Reading:
    """A reading with these labels; sentiment "" is an abstention."""
    return Reading(
        language="und",
        language_confidence=1.0,
        negative=0.8 if sentiment == "negative" else 0.1,
        neutral=0.8 if sentiment in ("neutral", "") else 0.1,
        positive=0.8 if sentiment == "positive" else 0.1,
        sentiment=sentiment,  # type: ignore[arg-type]
        abstained=not sentiment,
        abstain_reason="" if sentiment else "low_confidence",
        model_id=model_id,
        emotions=None if emotions is None else tuple(emotions),  # type: ignore[arg-type]
        emotion_scores=None if emotions is None else tuple(0.9 if name in emotions else 0.1 for name in EMOTIONS),
        irony=irony,
        intents=None if intents is None else tuple(intents),  # type: ignore[arg-type]
        intent_scores=None if intents is None else tuple(0.9 if name in intents else 0.1 for name in INTENTS),
    )


def by_hash(model_id: str) -> Rule:
    """Labels drawn by a hash of model and text: every sentiment, abstentions, and emotions it does not tell."""

    def rule(text: str) -> Reading:
        drawn = hashlib.sha256(f"{model_id} {text}".encode("utf-8", "replace")).digest()
        return said(
            model_id,
            sentiment=("negative", "neutral", "positive", "")[drawn[0] % 4],
            emotions=None if drawn[1] % 5 == 0 else [name for bit, name in enumerate(EMOTIONS) if drawn[2] >> bit & 1],
            irony=None if drawn[3] % 3 == 0 else drawn[4] / 255,
            intents=None if drawn[5] % 4 == 0 else [name for bit, name in enumerate(INTENTS) if drawn[6] >> bit & 1],
        )

    return rule


Engines = Callable[[ToyEngine], None]
"""Puts an engine in force: the fixture `engines`."""
