"""Fitting a calibration to a client's labels, and what it takes to be put in force: pure.

The labels of a client fall into two sides by a digest of what the mention says, so that copies are on one side, a
label never changes sides, and what decides was never fitted on. The calibration is the maximum a posteriori estimate of
vector scaling with one scale (Guo et al., 2017): scale ~ N(1, 0.5), bias ~ N(0, 1), and a language with enough labels
has a bias of its own ~ N(0, 0.5); so few labels move little.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.language.evaluate import wilson
from analytics.language.tuning.contracts import Calibration, Floats, softmax

HELD_OUT: Final = 0.3
FEWEST_TO_FIT: Final = 100
FEWEST_OF_A_CLASS: Final = 10
FEWEST_HELD_OUT: Final = 40
FEWEST_OF_A_LANGUAGE: Final = 60
MOST_AGAINST: Final = 0.5
FEWEST_BY_CHANCE: Final = 30
RESAMPLES: Final = 2_000
RULE: Final = (
    "On the hold-out the 95 % interval of the mean gain in log-loss (paired bootstrap over distinct texts) lies above "
    "0, against the engine with the same lexicon and against what is in force, and that of the gain in macro-F1 does "
    "not lie below 0."
)
Side = Literal["fit", "held_out"]
Refusal = Literal["", "too_few_labels", "too_few_held_out", "against_the_engine"]
_SPREADS = (0.5, 1.0, 0.5)


def side_of(saying: str) -> Side:
    """Which side the labels of mentions that say this are on. `saying` names the story or the text."""
    digest = hashlib.sha256(f"tuning {saying}".encode("utf-8", "surrogatepass")).digest()
    return "held_out" if int.from_bytes(digest[:8], "big") < HELD_OUT * 2**64 else "fit"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labels on one side, as parallel arrays: logits n x 3, labels n in 0..2, languages and sayings n."""

    logits: Floats
    labels: NDArray[np.int64]
    languages: Sequence[str]
    sayings: Sequence[str]

    @property
    def texts(self) -> int:
        """How many distinct texts they are of: copies are no new evidence."""
        return len(set(self.sayings))


def refusal(fit: Labelled, held_out: Labelled, *, usual: float | None = MOST_AGAINST) -> Refusal:
    """Why nothing can be fitted, "" where it can: there are to be enough texts, not labels. Where more of the labels
    contradict the engine than is `usual`, people have looked for its mistakes: a calibration to those would learn to
    turn readings round, and so would the hold-out have it. None: the hold-out was drawn at random, and tells by
    itself."""
    counts = Counter(label for label, _ in set(zip(fit.labels.tolist(), fit.sayings, strict=True)))
    if fit.texts < FEWEST_TO_FIT or sum(n >= FEWEST_OF_A_CLASS for n in counts.values()) < 2:
        return "too_few_labels"
    if held_out.texts < FEWEST_HELD_OUT or len(set(held_out.labels.tolist())) < 2:
        return "too_few_held_out"
    return "against_the_engine" if usual is not None and against(fit) > usual else ""


def usually_against(by_chance: Labelled) -> float:
    """What share of labels may contradict the engine if nobody looked for its mistakes: the upper end of the 95 %
    interval (Wilson, 1927) of that share among mentions drawn at random, or half without enough of those."""
    n = len(by_chance.labels)
    if n < FEWEST_BY_CHANCE:
        return MOST_AGAINST
    return wilson(round(against(by_chance) * n), n)[1]


def against(side: Labelled) -> float:
    """The share of labels that contradict the engine's most probable one, 0..1; 0 for none."""
    return float((side.logits.argmax(axis=1) != side.labels).mean()) if len(side.labels) else 0.0


def fit_calibration(side: Labelled, *, engine: str) -> Calibration:
    """The calibration of readings by `engine` that fits these labels (see the module). Deterministic."""
    n = len(side.labels)
    counted = Counter(language for language, _ in set(zip(side.languages, side.sayings, strict=True)))
    own = sorted(language for language, count in counted.items() if FEWEST_OF_A_LANGUAGE <= count < side.texts)
    places = {language: 1 + place for place, language in enumerate(own)}
    group = np.array([places.get(language, 0) for language in side.languages])
    truth = np.zeros((n, 3))
    truth[np.arange(n), side.labels] = 1.0
    spread = np.concatenate([[_SPREADS[0]], np.full(3, _SPREADS[1]), np.full(3 * len(own), _SPREADS[2])])
    middle = np.concatenate([[1.0], np.zeros(3 + 3 * len(own))])

    def loss(values: Floats) -> tuple[float, Floats]:
        bias = np.vstack([np.zeros(3), values[4:].reshape(-1, 3)])
        logits = values[0] * side.logits + values[1:4] + bias[group]
        beliefs = softmax(logits)
        away = (values - middle) / spread**2
        total = -float(np.log(np.clip(beliefs[truth == 1.0], 1e-300, 1.0)).sum())
        total += float(((values - middle) * away).sum()) / 2
        error = beliefs - truth
        by_group = np.zeros_like(bias)
        np.add.at(by_group, group, error)
        slope = np.concatenate([[float((error * side.logits).sum())], error.sum(axis=0), by_group[1:].ravel()])
        return total, slope + away

    bounds = [(0.05, 20.0)] + [(-10.0, 10.0)] * (len(middle) - 1)
    found = minimize(loss, middle, jac=True, method="L-BFGS-B", bounds=bounds).x
    triples = [tuple(round(float(value), 6) for value in found[at : at + 3]) for at in range(1, len(found), 3)]
    return Calibration(
        engine=engine,
        scale=round(float(found[0]), 6),
        bias=(triples[0][0], triples[0][1], triples[0][2]),
        languages={language: (b[0], b[1], b[2]) for language, b in zip(own, triples[1:], strict=True)},
    )


@dataclass(frozen=True, slots=True)
class Scores:
    """How well probabilities fit labels: mean log-loss in nats, accuracy and macro-F1 of the most probable label."""

    log_loss: float
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of probabilities for the same `n` labels on `texts` distinct texts. Gains are `after` less `before` (for
    log-loss the other way round, so that above 0 is better) with 95 % intervals."""

    n: int
    texts: int
    before: Scores
    after: Scores
    log_loss_gain: float
    log_loss_interval: tuple[float, float]
    macro_f1_gain: float
    macro_f1_interval: tuple[float, float]

    @property
    def better(self) -> bool:
        """Whether `after` is better by the rule."""
        return self.log_loss_interval[0] > 0 and self.macro_f1_interval[1] >= 0


def compare(before: Floats, after: Floats, side: Labelled, *, seed: int = 0) -> Comparison:
    """Compare n x 3 logits on labels. Intervals are percentiles of a paired bootstrap (Efron and Tibshirani, 1993)
    that draws whole texts, since copies are no new evidence. Raises ValueError without labels."""
    if not len(side.labels):
        raise ValueError("no labels")
    ids = {saying: place for place, saying in enumerate(dict.fromkeys(side.sayings))}
    group = np.array([ids[saying] for saying in side.sayings])
    losses = [_losses(logits, side.labels) for logits in (before, after)]
    tables = [_tables(logits, side.labels, group, len(ids)) for logits in (before, after)]
    gain, size = np.bincount(group, losses[0] - losses[1]), np.bincount(group).astype(np.float64)
    rng = np.random.default_rng(seed)
    log_gains, f1_gains = [], []
    for start in range(0, RESAMPLES, 100):
        counts = rng.multinomial(len(ids), np.full(len(ids), 1 / len(ids)), size=min(100, RESAMPLES - start))
        log_gains.append((counts @ gain) / (counts @ size))
        f1_gains.append(_macro_f1(counts @ tables[1]) - _macro_f1(counts @ tables[0]))
    scores = [
        Scores(round(float(loss.mean()), 6), *(round(v, 6) for v in _accuracy_and_f1(table)))
        for loss, table in zip(losses, tables, strict=True)
    ]
    return Comparison(
        n=len(side.labels),
        texts=len(ids),
        before=scores[0],
        after=scores[1],
        log_loss_gain=round(scores[0].log_loss - scores[1].log_loss, 6),
        log_loss_interval=_interval(np.concatenate(log_gains)),
        macro_f1_gain=round(scores[1].macro_f1 - scores[0].macro_f1, 6),
        macro_f1_interval=_interval(np.concatenate(f1_gains)),
    )


def _losses(logits: Floats, labels: NDArray[np.int64]) -> Floats:
    return np.asarray(-np.log(np.clip(softmax(logits)[np.arange(len(labels)), labels], 1e-12, 1.0)))


def _tables(logits: Floats, labels: NDArray[np.int64], group: NDArray[np.int64], groups: int) -> Floats:
    tables = np.zeros((groups, 9))
    np.add.at(tables, (group, labels * 3 + logits.argmax(axis=1)), 1.0)
    return tables


def _macro_f1(tables: Floats) -> Floats:
    """Of flattened confusion tables (m x 9, labels in rows), over the classes that have labels."""
    square = tables.reshape(-1, 3, 3)
    hits = np.diagonal(square, axis1=1, axis2=2)
    truths = square.sum(axis=2)
    sizes = truths + square.sum(axis=1)
    f1 = np.divide(2 * hits, sizes, out=np.zeros_like(hits, dtype=np.float64), where=sizes > 0)
    present = truths > 0
    return np.asarray((f1 * present).sum(axis=1) / np.maximum(present.sum(axis=1), 1))


def _accuracy_and_f1(tables: Floats) -> tuple[float, float]:
    whole = tables.sum(axis=0)
    return float(np.trace(whole.reshape(3, 3)) / whole.sum()), float(_macro_f1(whole[None])[0])


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return round(float(low), 6), round(float(high), 6)
