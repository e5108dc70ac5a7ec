"""The default engine: the shipped compact model behind the Engine protocol, torch-free."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.language.compact.arrays import sha256_of
from analytics.language.compact.model import ANY, EMOTION, IRONY, Floats, Model
from analytics.language.contracts import (
    EMOTIONS,
    SENTIMENTS,
    UNDECIDED,
    AbstainReason,
    Emotion,
    EngineUnavailable,
    Reading,
    to_shares,
)
from analytics.language.intents import with_intents
from analytics.language.langid import Guess, identify_many

FOLDER: Final = Path(__file__).parent
WEIGHTS: Final = "weights.npz"
CARD: Final = "card.json"
MIN_LETTERS: Final = 2
_BATCH: Final = 256


class CompactEngine:
    """Reads with the weights and the card in `folder` (the package's own by default).

    Emotions and irony are told in the languages that the card claims for them, whatever becomes of sentiment, unless
    the text is empty, too short or in no language that can be told.

    Raises EngineUnavailable when a file is missing or the weights are not those the card speaks of.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            self._card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            digest = sha256_of(folder / WEIGHTS)
            self._model = Model.load(folder / WEIGHTS)
            heads, own = self._card["heads"], self._card["engine"]
            self._supported = {name: frozenset(head["languages"]) for name, head in heads.items()}
            self._thresholds: dict[str, float] = own["sentiment"]["min_probability"]
            self._undecided_threshold = float(own["sentiment"]["min_probability_undecided_language"])
            self._emotion_thresholds: dict[str, dict[str, float]] = own["emotion"]["threshold"]
            self._lowest_by_language: dict[str, tuple[float, ...]] = {}
            self._emotion_languages = {name: frozenset(own["emotion"]["languages"][name]) for name in EMOTIONS}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineUnavailable(
                "weights_unreadable", "The compact model's weights or card cannot be read."
            ) from error
        if digest != self._card["weights_sha256"]:
            raise EngineUnavailable("weights_mismatch", "The compact model's weights are not those of its card.")

    @cached_property
    def model_id(self) -> str:
        return f"{self._card['name']}/{self._card['version']}"

    def card(self) -> Mapping[str, object]:
        return dict(self._card)

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        if hints is not None and len(hints) != len(texts):
            raise ValueError("as many hints as texts, please")
        readings: list[Reading] = []
        for start in range(0, len(texts), _BATCH):
            part = texts[start : start + _BATCH]
            guesses = identify_many(part, None if hints is None else hints[start : start + _BATCH])
            beliefs = np.round(self._model.read(part, [guess.language for guess in guesses]), 6)
            readings += with_intents(part, list(map(self._reading, part, guesses, beliefs)))
        return readings

    def _reading(self, text: str, guess: Guess, belief: Floats) -> Reading:
        ranked = negative, neutral, positive = to_shares(float(belief[0]), float(belief[2]))
        unreadable = _unreadable(text, guess)
        reason = unreadable or self._doubt(guess.language, max(ranked))
        emotions = not unreadable and guess.language in self._supported["emotion"]
        irony = not unreadable and guess.language in self._supported["irony"]
        scores = self._emotion_scores(guess.language, belief) if emotions else None
        return Reading(
            language=guess.language,
            language_confidence=guess.confidence,
            negative=negative,
            neutral=neutral,
            positive=positive,
            sentiment="" if reason else SENTIMENTS[ranked.index(max(ranked))],
            abstained=bool(reason),
            abstain_reason=reason,
            model_id=self.model_id,
            emotions=None if scores is None else self._asserted(guess.language, scores),
            emotion_scores=scores,
            irony=float(belief[IRONY]) if irony else None,
        )

    def _emotion_scores(self, language: str, belief: Floats) -> tuple[float | None, ...]:
        return tuple(
            float(score) if language in self._emotion_languages[emotion] else None
            for emotion, score in zip(EMOTIONS, belief[EMOTION], strict=True)
        )

    def _asserted(self, language: str, scores: tuple[float | None, ...]) -> tuple[Emotion, ...]:
        lowest = self._lowest(language)
        return tuple(
            emotion
            for emotion, score, least in zip(EMOTIONS, scores, lowest, strict=True)
            if score is not None and score >= least
        )

    def _lowest(self, language: str) -> tuple[float, ...]:
        found = self._lowest_by_language.get(language)
        if found is None:
            tables = self._emotion_thresholds
            found = tuple(tables[emotion].get(language, tables[emotion][ANY]) for emotion in EMOTIONS)
            self._lowest_by_language[language] = found
        return found

    def _doubt(self, language: str, top: float) -> AbstainReason:
        """Why not to answer about sentiment, or ""."""
        if language == UNDECIDED:
            # An unknown language is no reason to be silent about "😡😡😡", but then the model has to be surer.
            return "undecided_language" if top < self._undecided_threshold else ""
        if language not in self._supported["sentiment"]:
            return "unsupported_language"
        return "low_confidence" if top < self._thresholds.get(language, self._thresholds[""]) else ""


def _unreadable(text: str, guess: Guess) -> AbstainReason:
    """Why nothing can be told at all, or ""."""
    if not text.strip().strip("\x00"):
        return "empty_text"
    return "too_short" if _too_short(text) else guess.refusal


def _too_short(text: str) -> bool:
    """No two characters that could mean anything: digits and signs say nothing, nor does a lone letter; an emoji or a
    Han sign may."""
    telling = 0
    for character in text:
        if character.isalpha():
            telling += 2 if ord(character) >= 0x1100 else 1
        elif ord(character) >= 0x2190:
            telling += 2
        if telling >= MIN_LETTERS:
            return False
    return True
