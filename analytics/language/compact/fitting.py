"""From a learned table to a model that may be believed: slopes, offsets and thresholds from held-out rows.

Sentiment is calibrated as if the three classes were equally frequent, irony as if it were as frequent as plain speech,
emotions as frequent as they are in the sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.calibrate import (
    Judged,
    Scored,
    balanced_answers,
    balanced_weights,
    best_threshold,
    fit_bias,
    fit_lines,
    threshold_for,
)
from analytics.language.compact.emotion_rows import LEARNED, EmotionRow
from analytics.language.compact.model import ANY, COLUMNS, EMOTION, IRONY, SENTIMENT, Floats, Model
from analytics.language.compact.rows import NEUTRAL, Row
from analytics.language.contracts import EMOTIONS

COVERAGE: Final = 0.9
HIGHEST: Final = 0.5
OWN_ROWS: Final = 300
OWN_POSITIVES: Final = 40
# Its texts show fear in 58 of 100, as few posts do, and none of its labels are left to examine that with.
UNLIKE: Final = "brighter-eng"
# Nobody labelled anticipation; markers of hope, which stand in for it, miss most of it. In tweets it is there in 14 of
# 100 (Mohammad et al., 2018, SemEval-2018 task 1, E-c, table 9).
ANTICIPATION: Final = "anticipation"
ANTICIPATION_SHARE: Final = 0.14


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below which probability sentiment abstains, by language ("" for the others), from which on an emotion is
    asserted, by emotion and language, and how probable it is held to be on the average, likewise."""

    sentiment: Mapping[str, float]
    emotion: Mapping[str, Mapping[str, float]]
    usual: Mapping[str, Mapping[str, float]]


def fit(
    model: Model,
    sentiment: Sequence[Row],
    emotion: Sequence[EmotionRow],
    irony: Sequence[Row],
    chosen: Mapping[str, tuple[float, float, float]],
) -> tuple[Model, Thresholds]:
    """The model with the slopes and offsets of its rows held out for that, and thresholds. `chosen` takes
    the place of the fitted bias of sentiment in its languages. Raises ValueError where rows of a head are too few."""
    lines = _Lines()
    _fit_sentiment(model, sentiment, chosen, lines)
    emotion = [row for row in emotion if row.domain != UNLIKE]
    _fit_emotion(model, emotion, lines)
    _fit_irony(model, irony, lines)
    fitted = replace(model, slopes=lines.slopes, offsets=lines.offsets)
    told = _told(fitted, emotion)
    return fitted, Thresholds(_abstention(fitted, sentiment), _assertion(told), _usual(told))


class _Lines:
    """Slopes and offsets by language, those of "" for any language that has none yet."""

    def __init__(self) -> None:
        self.slopes: dict[str, Floats] = {ANY: np.ones(COLUMNS)}
        self.offsets: dict[str, Floats] = {ANY: np.zeros(COLUMNS)}

    def put(self, language: str, columns: int | slice, slope: float, offset: float | Floats) -> None:
        if language not in self.slopes:
            self.slopes[language], self.offsets[language] = self.slopes[ANY].copy(), self.offsets[ANY].copy()
        self.slopes[language][columns], self.offsets[language][columns] = slope, offset

    def spread(self, columns: int | slice, told: Mapping[str, object]) -> None:
        """Give the common line to the languages that another head has named before."""
        for language in self.slopes.keys() - told.keys():
            self.slopes[language][columns] = self.slopes[ANY][columns]
            self.offsets[language][columns] = self.offsets[ANY][columns]


def _fit_sentiment(
    model: Model, rows: Sequence[Row], chosen: Mapping[str, tuple[float, float, float]], lines: _Lines
) -> None:
    rows = [row for row in rows if not row.two_class]
    scores = model.raw([row.text for row in rows])[:, SENTIMENT]
    labels = np.array([row.label for row in rows])
    weights = balanced_weights([row.domain for row in rows], labels)
    common, temperature = fit_bias(Scored(scores, labels, weights))
    lines.put(ANY, SENTIMENT, 1 / temperature, common / temperature)
    languages = np.array([row.language for row in rows])
    for language in sorted(set(languages.tolist()) | set(chosen)):
        mine = languages == language
        bias, own = common, temperature
        if language in chosen:
            bias = np.array(chosen[language])
        elif (weights[mine] > 0).sum() >= OWN_ROWS:
            bias, own = fit_bias(Scored(scores[mine], labels[mine], weights[mine]))
        lines.put(language, SENTIMENT, 1 / own, bias / own)


def _fit_emotion(model: Model, rows: Sequence[EmotionRow], lines: _Lines) -> None:
    scores = model.raw([row.text for row in rows])[:, EMOTION]
    languages = np.array([row.language for row in rows])
    sizes = {domain: sum(row.domain == domain for row in rows) for domain in {row.domain for row in rows}}
    # Where a language has several sets, one must not drown the other.
    weights = np.array([sizes[row.domain] ** -0.5 for row in rows])
    for language in set(languages.tolist()):
        mine = languages == language
        weights[mine] *= mine.sum() / weights[mine].sum()
    for column, emotion in enumerate(EMOTIONS):
        if emotion not in LEARNED:
            continue
        known = np.array([row.weights[column] > 0 for row in rows])
        there = np.array([float(emotion in row.present) for row in rows])
        counted = weights.copy()
        if emotion == ANTICIPATION:
            share = float(weights[known & (there > 0)].sum() / weights[known].sum())
            counted[there > 0] *= ANTICIPATION_SHARE / (1 - ANTICIPATION_SHARE) / (share / (1 - share))
        told = fit_lines(Judged(scores[known, column], there[known], counted[known], languages[known]))
        for language, (slope, offset) in told.items():
            lines.put(language, EMOTION.start + column, slope, offset)
        lines.spread(EMOTION.start + column, told)


def _fit_irony(model: Model, rows: Sequence[Row], lines: _Lines) -> None:
    labels = np.array([float(row.label) for row in rows])
    weights = balanced_answers([row.domain for row in rows], labels)
    languages = np.array([row.language for row in rows])
    told = fit_lines(Judged(model.raw([row.text for row in rows])[:, IRONY], labels, weights, languages))
    for language, (slope, offset) in told.items():
        lines.put(language, IRONY, slope, offset)
    lines.spread(IRONY, told)


def _abstention(model: Model, rows: Sequence[Row]) -> dict[str, float]:
    rows = [row for row in rows if not row.two_class]
    top = model.read([row.text for row in rows], [row.language for row in rows])[:, SENTIMENT].max(axis=1)
    weights = balanced_weights([row.domain for row in rows], np.array([row.label for row in rows]))
    languages = np.array([row.language for row in rows])
    thresholds = {ANY: min(HIGHEST, threshold_for(top, weights, COVERAGE))}
    for language in sorted(set(languages.tolist())):
        mine = languages == language
        if (weights[mine] > 0).sum() >= OWN_ROWS:
            thresholds[language] = min(HIGHEST, threshold_for(top[mine], weights[mine], COVERAGE))
    return thresholds


@dataclass(frozen=True, slots=True)
class _Told:
    """One emotion in the rows that say whether it is there: probabilities, truth (0 or 1) and languages."""

    beliefs: Floats
    there: Floats
    languages: NDArray[np.str_]


def _told(model: Model, rows: Sequence[EmotionRow]) -> dict[str, _Told]:
    beliefs = model.read([row.text for row in rows], [row.language for row in rows])[:, EMOTION]
    languages = np.array([row.language for row in rows])
    told: dict[str, _Told] = {}
    for column, emotion in enumerate(EMOTIONS):
        known = np.array([row.weights[column] > 0 for row in rows])
        there = np.array([float(emotion in row.present) for row in rows])
        told[emotion] = _Told(beliefs[known, column], there[known], languages[known])
    return told


def _assertion(told: Mapping[str, _Told]) -> dict[str, dict[str, float]]:
    thresholds: dict[str, dict[str, float]] = {}
    for emotion, rows in told.items():
        thresholds[emotion] = {ANY: best_threshold(rows.beliefs, rows.there, rows.languages)}
        for language in sorted(set(rows.languages.tolist())):
            mine = rows.languages == language
            if rows.there[mine].sum() >= OWN_POSITIVES:
                thresholds[emotion][language] = best_threshold(
                    rows.beliefs[mine], rows.there[mine], rows.languages[mine]
                )
    return thresholds


def _usual(told: Mapping[str, _Told]) -> dict[str, dict[str, float]]:
    """Mean probabilities of what was learned, by emotion and language; those of "" are over all rows."""
    usual: dict[str, dict[str, float]] = {}
    for emotion, rows in told.items():
        if len(rows.beliefs):
            usual[emotion] = {ANY: round(float(rows.beliefs.mean()), 6)}
        for language in sorted(set(rows.languages.tolist())):
            mine = rows.languages == language
            if mine.sum() >= OWN_ROWS:
                usual[emotion][language] = round(float(rows.beliefs[mine].mean()), 6)
    return usual


def believe(model: Model, rows: Sequence[Row]) -> Floats:
    """Sentiment probabilities of rows (n, 3); for rows of sets without neutral, between negative and positive only."""
    belief = model.read([row.text for row in rows], [row.language for row in rows])[:, SENTIMENT]
    belief[[row.two_class for row in rows], NEUTRAL] = 0.0
    return np.asarray(belief / belief.sum(axis=1, keepdims=True), dtype=np.float64)
