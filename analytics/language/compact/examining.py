"""The model's scores on rows that nothing was learned from, in the card's own shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from analytics.language.cards.shape import Bin, CoverageLevel, Measured, Reliability, Role, SetScore
from analytics.language.compact.calibrate import balanced_answers, balanced_weights
from analytics.language.compact.emotion_rows import LEARNED, EmotionRow
from analytics.language.compact.fitting import believe
from analytics.language.compact.model import ANY, EMOTION, IRONY, Floats, Model
from analytics.language.compact.rows import NEUTRAL, Row
from analytics.language.contracts import EMOTIONS, SENTIMENTS
from analytics.language.evaluate import calibration_error, evaluate, wilson

LEAST_TOLD: Final = 20
_RESAMPLES: Final = 1_000
_BINS: Final = 15
T = TypeVar("T")


def grouped(rows: Iterable[T], name: Callable[[T], str]) -> dict[str, list[T]]:
    """Rows by name, in the names' order."""
    groups: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    return dict(sorted(groups.items()))


def sentiment_score(
    model: Model,
    rows: Sequence[Row],
    silent: Mapping[str, float],
    *,
    name: str,
    seed: int,
    role: Role = "held_out",
    note: str = "",
) -> SetScore:
    """Every text answered, language given; but the table counts apart those whose surest label is less probable than
    `silent` says of their language. Rows of sets without neutral are told between negative and positive."""
    labels, beliefs = np.array([row.label for row in rows]), believe(model, rows)
    score = evaluate(labels, beliefs, seed=seed)
    two = all(row.two_class for row in rows)
    names = tuple(label for place, label in enumerate(SENTIMENTS) if not (two and place == NEUTRAL))
    places = [SENTIMENTS.index(label) for label in names]
    least = np.array([silent.get(row.language, silent[ANY]) for row in rows])
    said = np.where(beliefs.max(axis=1) >= least, beliefs.argmax(axis=1), len(SENTIMENTS))
    table = np.bincount(labels * 4 + said, minlength=12).reshape(3, 4)[np.ix_(places, [*places, len(SENTIMENTS)])]
    return SetScore(
        set=name,
        source=rows[0].dataset,
        language=rows[0].language,
        n=score.n,
        role=role,
        labels=names,
        metrics={
            "macro_f1": _measured(score.macro_f1, score.macro_f1_interval),
            "accuracy": _measured(score.accuracy, score.accuracy_interval),
            "ece": Measured(round(score.ece, 4)),
        },
        f1={
            label: Measured(round(value, 4))
            for label, value in zip(SENTIMENTS, score.f1, strict=True)
            if value is not None and label in names
        },
        confusion=tuple(tuple(map(int, line)) for line in table),
        note=note or ("two classes" if two else ""),
    )


def emotion_score(
    model: Model, rows: Sequence[EmotionRow], thresholds: Mapping[str, Mapping[str, float]], *, name: str, seed: int
) -> tuple[SetScore | None, float]:
    """The score over emotions that at least 20 texts have, None where there are none, and what asserting each of them
    always would reach."""
    beliefs = model.read([row.text for row in rows], [row.language for row in rows])[:, EMOTION]
    there = np.array([[emotion in row.present for emotion in EMOTIONS] for row in rows])
    language = rows[0].language
    lowest = np.array([thresholds[emotion].get(language, thresholds[emotion][ANY]) for emotion in EMOTIONS])
    asserted: NDArray[np.bool_] = np.greater_equal(beliefs, lowest)
    known = np.all([[weight > 0 for weight in row.weights] for row in rows], axis=0)
    told = [
        column
        for column, emotion in enumerate(EMOTIONS)
        if known[column] and emotion in LEARNED and emotion != "anticipation" and there[:, column].sum() >= LEAST_TOLD
    ]
    if not told:
        return None, 0.0
    truth, said = there[:, told], asserted[:, told]
    draws = np.random.default_rng(seed).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=_RESAMPLES)
    f1 = _f1(np.ones((1, len(rows))), truth, said)[0]
    resampled = _f1(draws.astype(np.float64), truth, said).mean(axis=1)
    exact = (truth == said).all(axis=1)
    errors = [
        calibration_error(
            truth[:, place].astype(np.int64), np.stack([1 - beliefs[:, column], beliefs[:, column]], axis=1)
        )
        for place, column in enumerate(told)
    ]
    names = tuple(EMOTIONS[column] for column in told)
    score = SetScore(
        set=name,
        source=rows[0].dataset,
        language=rows[0].language,
        n=len(rows),
        role="held_out",
        labels=names,
        metrics={
            "macro_f1": _measured(float(f1.mean()), _middle(resampled)),
            "accuracy": _measured(float(exact.mean()), wilson(int(exact.sum()), len(rows))),
            "ece": Measured(round(float(np.mean(errors)), 4)),
        },
        f1={label: Measured(round(float(value), 4)) for label, value in zip(names, f1, strict=True)},
        binary={
            label: (
                int((truth[:, place] & said[:, place]).sum()),
                int((~truth[:, place] & said[:, place]).sum()),
                int((truth[:, place] & ~said[:, place]).sum()),
                int((~truth[:, place] & ~said[:, place]).sum()),
            )
            for place, label in enumerate(names)
        },
        note="accuracy: all emotions of the text right; ece: mean over emotions",
    )
    shares = truth.mean(axis=0)
    return score, float((2 * shares / (1 + shares)).mean())


def irony_score(
    model: Model, rows: Sequence[Row], *, name: str, seed: int, role: Role = "held_out"
) -> tuple[SetScore, Measured]:
    """The score at a probability of one half, and the area under the ROC curve with its 95 % interval."""
    belief = model.read([row.text for row in rows], [row.language for row in rows])[:, IRONY]
    truth = np.array([row.label > 0 for row in rows])
    score = evaluate(truth.astype(np.int64), np.stack([1 - belief, belief], axis=1), seed=seed)
    said = belief >= 0.5
    random = np.random.default_rng(seed)
    picks = random.integers(len(rows), size=(_RESAMPLES, len(rows)))
    f1 = _f1(np.ones((1, len(rows))), truth[:, None], said[:, None])[0, 0]
    draws = np.stack([np.bincount(pick, minlength=len(rows)) for pick in picks]).astype(np.float64)
    area = _area(belief, truth)
    areas = np.array([_area(belief[pick], truth[pick]) for pick in picks])
    share = float(truth.mean())
    error = calibration_error(
        truth.astype(np.int64),
        np.stack([1 - belief, belief], axis=1),
        balanced_answers([name] * len(rows), truth.astype(np.float64)),
    )
    shown = SetScore(
        set=name,
        source=rows[0].dataset,
        language=rows[0].language,
        n=len(rows),
        role=role,
        labels=("irony",),
        metrics={
            "f1": _measured(float(f1), _middle(_f1(draws, truth[:, None], said[:, None])[:, 0])),
            "macro_f1": _measured(score.macro_f1, score.macro_f1_interval),
            "accuracy": _measured(score.accuracy, score.accuracy_interval),
            "ece": Measured(round(error, 4)),
        },
        f1={"irony": Measured(round(float(f1), 4))},
        binary={
            "irony": (
                int((truth & said).sum()),
                int((~truth & said).sum()),
                int((truth & ~said).sum()),
                int((~truth & ~said).sum()),
            )
        },
        note=f"calling everything ironic: F1 {2 * share / (1 + share):.3f}; area under the ROC curve {area:.3f}; "
        "ece as if both were equally frequent",
    )
    return shown, _measured(area, _middle(areas))


def reliability(model: Model, rows: Sequence[Row], *, name: str) -> Reliability:
    """Sentiment's top probability against how often it is right. The rows are drawn so that, within each set, the
    classes are equally frequent: that is what the probabilities are for."""
    rows = _balanced_draw([row for row in rows if not row.two_class])
    labels, beliefs = np.array([row.label for row in rows]), believe(model, rows)
    top, right = beliefs.max(axis=1), beliefs.argmax(axis=1) == labels
    place = np.minimum((top * _BINS).astype(np.int64), _BINS - 1)
    bins = tuple(
        Bin(
            low=round(number / _BINS, 4),
            high=round((number + 1) / _BINS, 4),
            n=int((place == number).sum()),
            confidence=round(float(top[place == number].mean()), 4),
            accuracy=round(float(right[place == number].mean()), 4),
        )
        for number in range(_BINS)
        if (place == number).any()
    )
    error = round(calibration_error(labels, beliefs), 4)
    return Reliability(name, "mul", "held_out", len(rows), Measured(error), bins)


def coverage_levels(model: Model, rows: Sequence[Row]) -> tuple[CoverageLevel, ...]:
    """What part of balanced rows is answered at some thresholds, and how often that is right."""
    rows = _balanced_draw([row for row in rows if not row.two_class])
    labels, beliefs = np.array([row.label for row in rows]), believe(model, rows)
    top, right = beliefs.max(axis=1), beliefs.argmax(axis=1) == labels
    levels = []
    for share in (1.0, 0.95, 0.9, 0.8, 0.7, 0.5):
        threshold = float(np.quantile(top, 1 - share))
        answered = top >= threshold
        n = int(answered.sum())
        low, high = wilson(int(right[answered].sum()), n)
        accuracy = float(right[answered].mean())
        levels.append(
            CoverageLevel(
                threshold=round(threshold, 4),
                coverage=round(float(answered.mean()), 4),
                accuracy=round(accuracy, 4),
                accuracy_low=round(low, 4),
                accuracy_high=round(high, 4),
                n=n,
            )
        )
    return tuple(levels)


def _balanced_draw(rows: Sequence[Row]) -> list[Row]:
    weights = balanced_weights([row.domain for row in rows], np.array([row.label for row in rows]))
    random = np.random.default_rng(0)
    kept: list[Row] = []
    for group in grouped(
        [row for row, weight in zip(rows, weights, strict=True) if weight > 0], lambda row: row.domain
    ).values():
        classes = [[row for row in group if row.label == label] for label in range(3)]
        least = min(map(len, classes))
        for members in classes:
            kept += [members[place] for place in sorted(random.choice(len(members), least, replace=False))]
    return kept


def _f1(counts: Floats, truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> Floats:
    """F1 per column (m, k) of n texts, each counted `counts` (m, n) times."""
    hits = counts @ (truth & said)
    sizes = counts @ (truth.astype(np.float64) + said)
    return np.asarray(np.divide(2 * hits, sizes, out=np.zeros_like(hits), where=sizes > 0), dtype=np.float64)


def _area(belief: Floats, truth: NDArray[np.bool_]) -> float:
    """Mann and Whitney's U as a share: how often an ironic text has the higher score, ties counting half."""
    _, inverse, counts = np.unique(belief, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    there = int(truth.sum())
    away = len(truth) - there
    return float((ranks[truth].sum() - there * (there + 1) / 2) / (there * away)) if there and away else 0.5


def _middle(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _measured(value: float, interval: tuple[float, float]) -> Measured:
    return Measured(round(value, 4), round(interval[0], 4), round(interval[1], 4))
