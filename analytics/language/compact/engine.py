"""The default engine: the shipped compact model behind the Engine protocol, torch-free."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from analytics.language.compact.network import Floats, Network, sha256_of
from analytics.language.contracts import SENTIMENTS, UNDECIDED, EngineUnavailable, Reading, to_shares
from analytics.language.intents import with_intents
from analytics.language.langid import Guess, identify_many

FOLDER: Final = Path(__file__).parent
WEIGHTS: Final = "weights.npz"
CARD: Final = "card.json"
MIN_LETTERS: Final = 2
_BATCH: Final = 256


class CompactEngine:
    """Reads with the weights and the card in `folder` (the package's own by default).

    Raises EngineUnavailable when a file is missing or the weights are not those the card speaks of.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            self._card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            digest = sha256_of(folder / WEIGHTS)
            self._network = Network.load(folder / WEIGHTS)
        except (OSError, ValueError, KeyError) as error:
            raise EngineUnavailable(
                "weights_unreadable", "The compact model's weights or card cannot be read."
            ) from error
        if digest != self._card["weights_sha256"]:
            raise EngineUnavailable("weights_mismatch", "The compact model's weights are not those of its card.")
        self._supported = frozenset(self._card["languages"])
        self._threshold = float(self._card["abstention"]["min_probability"])
        self._undecided_threshold = float(self._card["abstention"]["min_probability_undecided_language"])

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
            beliefs = self._network.probabilities(part, [guess.language for guess in guesses])
            readings += with_intents(part, list(map(self._reading, part, guesses, beliefs)))
        return readings

    def _reading(self, text: str, guess: Guess, belief: Floats) -> Reading:
        ranked = negative, neutral, positive = to_shares(float(belief[0]), float(belief[2]))
        reason = self._reason(text, guess, max(ranked))
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
        )

    def _reason(self, text: str, guess: Guess, top: float) -> str:
        """Why not to answer, or ""."""
        if not text.strip().strip("\x00"):
            return "empty_text"
        if _too_short(text):
            return "too_short"
        if guess.refusal:
            return guess.refusal
        if guess.language == UNDECIDED:
            # An unknown language is no reason to be silent about "😡😡😡", but then the model has to be surer.
            return "undecided_language" if top < self._undecided_threshold else ""
        if guess.language not in self._supported:
            return "unsupported_language"
        return "low_confidence" if top < self._threshold else ""


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
