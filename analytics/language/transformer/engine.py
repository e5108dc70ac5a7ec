"""Hugging Face models as an engine: one for sentiment, and further ones for emotions and irony."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import EMOTIONS, SENTIMENTS, UNDECIDED, Engine, Reading, to_shares
from analytics.language.intents import with_intents
from analytics.language.langid import identify_many
from analytics.language.transformer.classifier import Classifier
from analytics.language.transformer.labels import EmotionColumns, map_emotions, map_irony, map_labels
from analytics.language.transformer.options import Options

EMOTION_LEAST: Final = 0.5
_LONGEST_ID: Final = 108  # what follows it, a client's tuning, has room too
_LONGEST_NAME: Final = 24
_PLAIN: Final = Options()
_UNKNOWN: Final = (1 / 3, 1 / 3, 1 / 3)


class TransformersEngine:
    """Reads with transformers models on torch or onnxruntime, both optional extras.

    `name` is a folder or hub name of a sentiment model; `options` say how it runs and which further models read
    emotions and irony. What no model says is None, or what `filling` says where that is given (the compact engine);
    `model_id` names all that had a part.

    Raises EngineUnavailable as `Classifier` does, and `labels_unknown` when a model's labels are not what it is for.
    """

    def __init__(self, name: str, options: Options = _PLAIN, *, filling: Engine | None = None) -> None:
        self._options, self._filling = options, filling
        self._sentiment = Classifier(name, options)
        self._columns = map_labels(self._sentiment.labels)
        self._emotion = Classifier(options.emotion, options) if options.emotion else None
        self._emotions = map_emotions(self._emotion.labels) if self._emotion else None
        self._irony = Classifier(options.irony, options) if options.irony else None
        self._ironic = map_irony(self._irony.labels) if self._irony else None
        self._model_id = self._named()

    @property
    def model_id(self) -> str:
        return self._model_id

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        if hints is not None and len(hints) != len(texts):
            raise ValueError("as many hints as texts, please")
        tags = hints if hints is not None else [""] * len(texts)
        shares = self._shares(texts)
        readings = []
        for guess, share in zip(identify_many(texts, tags), shares, strict=True):
            if share is None:
                readings.append(_reading(UNDECIDED, 0.0, _UNKNOWN, "empty_text", self._model_id))
                continue
            unsure = share is _UNKNOWN or max(share) < self._options.abstain_below
            reason = "low_confidence" if unsure else ""
            readings.append(_reading(guess.language, guess.confidence, share, reason, self._model_id))
        if self._filling is not None:
            others = self._filling.read(texts, tags)
            readings = [_filled(own, other) for own, other in zip(readings, others, strict=True)]
        return with_intents(texts, self._with_irony(texts, self._with_emotions(texts, readings)))

    def card(self) -> Mapping[str, object]:
        two = sorted(set(self._columns.values())) == [0, 2]
        note = "Two classes only: neutral is always 0." if two else ""
        models = {"sentiment": self._sentiment, "emotion": self._emotion, "irony": self._irony}
        return {
            "name": self._model_id,
            "version": "",
            "source": self._sentiment.id,
            "labels": {self._sentiment.labels[index]: SENTIMENTS[column] for index, column in self._columns.items()},
            "max_length": self._sentiment.max_length,
            "device": self._options.device,
            "runtime": self._sentiment.runtime,
            "abstain_below": self._options.abstain_below,
            "models": {head: self._head(model) for head, model in models.items() if model is not None},
            "filled_by": None if self._filling is None else self._filling.model_id,
            "note": " ".join(filter(None, (note, "Scores, data and licence: see the model's own card."))),
        }

    def _head(self, model: Classifier) -> dict[str, Any]:
        return {
            "model": model.id,
            "runtime": model.runtime,
            "labels": [label for _, label in sorted(model.labels.items())],
            "export": model.export_card,
        }

    def _shares(self, texts: Sequence[str]) -> list[tuple[float, float, float] | None]:
        """Negative, neutral, positive of each text; None for one with nothing in it to read, `_UNKNOWN` where the model
        gives no numbers (half precision overflows on some texts)."""
        places, found = _probabilities(self._sentiment, texts)
        sums = np.zeros((len(places), 3))
        for index, column in self._columns.items():
            sums[:, column] += found[:, index]
        sums /= np.maximum(sums.sum(axis=1, keepdims=True), 1e-12)
        shares: list[tuple[float, float, float] | None] = [None] * len(texts)
        for place, row in zip(places, sums.tolist(), strict=True):
            shares[place] = to_shares(row[0], row[2]) if isfinite(sum(row)) else _UNKNOWN
        return shares

    def _with_emotions(self, texts: Sequence[str], readings: list[Reading]) -> list[Reading]:
        if self._emotion is None or self._emotions is None:
            return readings
        places, found = _probabilities(self._emotion, texts)
        scores, asserted = emotions_of(found, self._emotions, many=self._emotion.many)
        read = list(readings)
        for place, row, there in zip(places, scores.tolist(), asserted.tolist(), strict=True):
            if not isfinite(sum(row)):
                continue
            read[place] = replace(
                read[place],
                emotions=tuple(emotion for emotion, yes in zip(EMOTIONS, there, strict=True) if yes),
                emotion_scores=tuple(
                    round(value, 6) if index in self._emotions.known else None for index, value in enumerate(row)
                ),
            )
        return read

    def _with_irony(self, texts: Sequence[str], readings: list[Reading]) -> list[Reading]:
        if self._irony is None or self._ironic is None:
            return readings
        places, found = _probabilities(self._irony, texts)
        read = list(readings)
        for place, share in zip(places, found[:, self._ironic].tolist(), strict=True):
            if isfinite(share):
                read[place] = replace(read[place], irony=round(share, 6))
        return read

    def _named(self) -> str:
        heads = (("", self._sentiment), ("emotion:", self._emotion), ("irony:", self._irony))
        known = [(mark, model.id) for mark, model in heads if model is not None]
        filling = [] if self._filling is None else [self._filling.model_id]
        full = "transformers/" + "+".join([*(mark + name for mark, name in known), *filling])
        if len(full) <= _LONGEST_ID:
            return full
        short = "transformers/" + "+".join([*(mark + _short(name) for mark, name in known), *filling])
        if len(short) <= _LONGEST_ID:
            return short
        digest = hashlib.sha256(full.encode()).hexdigest()[:8]  # of what is cut off, a change must show as well
        return f"{short[: _LONGEST_ID - 1 - len(digest)]}~{digest}"


def emotions_of(
    found: NDArray[np.float64], columns: EmotionColumns, *, many: bool
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores (n × 8, in the order of EMOTIONS) and which emotions are asserted, from a model's probabilities.

    Of outputs that count for the same emotion, shares add up, and of labels that can hold at once the highest counts.
    Asserted is what reaches 0.5 where several can hold at once, and else the most probable, unless that is none.
    """
    scores = np.zeros((len(found), len(EMOTIONS)))
    none = np.zeros(len(found))
    for index, place in columns.of.items():
        if place is None:
            none += found[:, index]
        elif many:
            scores[:, place] = np.maximum(scores[:, place], found[:, index])
        else:
            scores[:, place] += found[:, index]
    scores = np.clip(scores, 0.0, 1.0)
    if many:
        return scores, scores >= EMOTION_LEAST
    asserted = np.zeros(scores.shape, dtype=np.bool_)
    top = scores.argmax(axis=1)
    asserted[np.arange(len(scores)), top] = scores.max(axis=1, initial=0.0) > none
    return scores, asserted


def _probabilities(model: Classifier, texts: Sequence[str]) -> tuple[list[int], NDArray[np.float64]]:
    """The places of the texts that hold anything, and a row of the model's probabilities for each of them."""
    cleaned = [model.clean(text) for text in texts]
    places = [place for place, text in enumerate(cleaned) if text]
    return places, model.probabilities([cleaned[place] for place in places])


def _reading(
    language: str, confidence: float, share: tuple[float, float, float], reason: str, model_id: str
) -> Reading:
    return Reading(
        language=language,
        language_confidence=confidence,
        negative=share[0],
        neutral=share[1],
        positive=share[2],
        sentiment="" if reason else SENTIMENTS[share.index(max(share))],
        abstained=bool(reason),
        abstain_reason=reason,
        model_id=model_id,
    )


def _filled(own: Reading, other: Reading) -> Reading:
    return replace(
        own,
        emotions=other.emotions,
        emotion_scores=other.emotion_scores,
        irony=other.irony,
        intents=other.intents,
        intent_scores=other.intent_scores,
    )


def _short(name: str) -> str:
    shown, _, version = name.partition("@")
    return f"{shown.rpartition('/')[2][:_LONGEST_NAME]}@{version}" if version else shown[:_LONGEST_NAME]
