"""A tuning as readings are given to it: plain, pure, and for one client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import SENTIMENTS, UNDECIDED, Engine, Reading, to_shares
from analytics.language.tuning.lexicon import Lexicon

Floats = NDArray[np.float64]
Bias = tuple[float, float, float]
_LEAST: Final = 1e-6


def model_id_of(engine: str, version: int) -> str:
    """What readings by this engine carry once they were tuned."""
    return f"{engine}+t{version}"


def min_probability_of(engine: Engine) -> dict[str, float]:
    """The top probability below which an engine abstains, by language ("" for all others), as its card says; {} where
    it tells of none."""
    match engine.card():
        case {"engine": {"sentiment": {"min_probability": dict(least), "min_probability_undecided_language": sure}}}:
            return {**least, UNDECIDED: sure}
        case {"abstain_below": float(least)}:
            return {"": least}
    return {}


def logits_of(probabilities: Floats) -> Floats:
    """n x 3 probabilities as logits (natural logarithms); none below 10^-6."""
    return np.log(np.clip(probabilities, _LEAST, 1.0))


def softmax(logits: Floats) -> Floats:
    """n x k logits as probabilities; rows sum to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Vector scaling with one scale (Guo et al., 2017): softmax(scale * logits + bias + bias of the language), in the
    order of `SENTIMENTS`. Fitted for `engine`, and for readings of no other."""

    engine: str
    scale: float = 1.0
    bias: Bias = (0.0, 0.0, 0.0)
    languages: Mapping[str, Bias] = field(default_factory=dict)

    def logits(self, logits: Floats, languages: Sequence[str]) -> Floats:
        """Calibrated logits of n x 3 logits of texts in these languages."""
        none = (0.0, 0.0, 0.0)
        own = np.array([self.languages.get(language, none) for language in languages]).reshape(-1, 3)
        return np.asarray(self.scale * logits + np.array(self.bias) + own)

    def to_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "scale": self.scale,
            "bias": list(self.bias),
            "languages": {language: list(bias) for language, bias in sorted(self.languages.items())},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Calibration:
        def bias(values: Sequence[float]) -> Bias:
            negative, neutral, positive = map(float, values)
            return negative, neutral, positive

        return cls(
            engine=stored["engine"],
            scale=float(stored["scale"]),
            bias=bias(stored["bias"]),
            languages={language: bias(values) for language, values in stored["languages"].items()},
        )


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is applied after the engine: first the lexicon's pull, then the calibration. `engine` is the one that
    `min_probability` is of (see `min_probability_of`): below that top probability a reading of it abstains. Of a
    language that is not named, the engine's own word stands."""

    version: int
    engine: str
    calibration: Calibration | None = None
    lexicon: Lexicon = field(default_factory=lambda: Lexicon(()))
    min_probability: Mapping[str, float] = field(default_factory=dict)

    def apply(self, texts: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
        """The readings as this client gets them, in order; `texts` are what the engine was given. Sentiment only: where
        the engine abstained for another reason than doubt, it still does. Raises ValueError for unequal lengths."""
        if len(texts) != len(readings):
            raise ValueError("as many texts as readings, please")
        if not readings:
            return []
        tuned = softmax(self.shifted(texts, readings)) if self.calibration or self.lexicon else None
        return [
            self._reading(reading, None if tuned is None else tuned[place]) for place, reading in enumerate(readings)
        ]

    def shifted(self, texts: Sequence[str], readings: Sequence[Reading]) -> Floats:
        """n x 3 logits after lexicon and calibration."""
        shares = np.array([(r.negative, r.neutral, r.positive) for r in readings], dtype=np.float64)
        logits = logits_of(shares.reshape(-1, 3))
        if self.lexicon:
            pulls = np.array([self.lexicon.shift(text, r.language) for text, r in zip(texts, readings, strict=True)])
            logits[:, 0] -= pulls
            logits[:, 2] += pulls
        if self.calibration is not None:
            fits = np.array([reading.model_id == self.calibration.engine for reading in readings])
            if fits.any():
                chosen = [reading.language for reading, fit in zip(readings, fits, strict=True) if fit]
                logits[fits] = self.calibration.logits(logits[fits], chosen)
        return logits

    def _reading(self, reading: Reading, probabilities: Floats | None) -> Reading:
        model_id = model_id_of(reading.model_id, self.version)
        if probabilities is None:
            return replace(reading, model_id=model_id)
        shares = to_shares(float(probabilities[0]), float(probabilities[2]))
        reason = reading.abstain_reason
        least = self.min_probability.get(reading.language, self.min_probability.get(""))
        if reason in ("", "low_confidence") and least is not None and reading.model_id == self.engine:
            reason = "low_confidence" if max(shares) < least else ""
        return replace(
            reading,
            negative=shares[0],
            neutral=shares[1],
            positive=shares[2],
            sentiment="" if reason else SENTIMENTS[shares.index(max(shares))],
            abstained=bool(reason),
            abstain_reason=reason,
            model_id=model_id,
        )
