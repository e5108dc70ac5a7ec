"""Train the compact model from its data and write weights and card.

    python -m analytics.language.compact.train --data <folder with train/> --out <folder> --seed 7

numpy and scipy only, about five minutes and 4 GB on one core. The same data, seed and numpy/scipy build give the
same weights byte for byte; run with OMP_NUM_THREADS=1. `--umsab <folder>` adds a report on UMSAB validation
posts, which nothing here learns or tunes from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from analytics.language.compact.calibrate import Scored, balanced_weights, fit_bias, threshold_for
from analytics.language.compact.card import NAME, VERSION, build_card
from analytics.language.compact.engine import CARD, WEIGHTS
from analytics.language.compact.features import Hasher, character_classes
from analytics.language.compact.learn import Lesson, Recipe, learn, matrix
from analytics.language.compact.network import Floats, Network
from analytics.language.compact.rows import NEUTRAL, Row, read_rows, read_umsab
from analytics.language.evaluate import Score, calibration_error, evaluate

# Languages taught once from subtitle lines alone, to learn on their other rows what such teaching does to the scores.
REHEARSED: Final = frozenset({"de", "pt", "ro", "ru", "sv"})
SUBTITLES: Final = "xed"
COVERAGE: Final = 0.9
Say = Callable[[str], None]


def train(data: Path, out: Path, *, seed: int, recipe: Recipe, umsab: Path | None, say: Say) -> dict[str, object]:
    """Read `data`/train, write weights and card to `out`, answer the card. Raises FileNotFoundError for a missing
    set."""
    rows = read_rows(data)
    lessons = [row for row in rows if row.part == "train"]
    fitting = [row for row in rows if row.part == "fit" and not row.two_class]
    exams = [row for row in rows if row.part == "test"]
    say(f"{len(lessons)} rows to learn from, {len(fitting)} to calibrate, {len(exams)} to examine")
    classes = character_classes()
    hasher = Hasher(recipe.bits, classes)

    say("rehearsal with subtitles only in " + ", ".join(sorted(REHEARSED)))
    sparse = [row for row in lessons if row.language not in REHEARSED or row.dataset == SUBTITLES]
    rehearsal = _learn(sparse, hasher, recipe, classes, seed, say)
    thin_bias, _ = fit_bias(_scored(rehearsal, [row for row in fitting if row.language in REHEARSED]))

    say("the model")
    network = _learn(lessons, hasher, recipe, classes, seed, say)
    bias, temperature = fit_bias(_scored(network, fitting))
    with_neutral = {row.language for row in lessons if row.label == NEUTRAL}
    with_subtitles = {row.language for row in lessons if row.dataset == SUBTITLES}
    thin = frozenset(with_subtitles - with_neutral)
    network = replace(network, bias=bias, temperature=temperature, thin=thin, thin_bias=thin_bias)
    beliefs = believe(network, fitting)
    labels = np.array([row.label for row in fitting])
    weights = balanced_weights([row.domain for row in fitting], labels)
    threshold = threshold_for(beliefs.max(axis=1), weights, COVERAGE)
    answered = beliefs.max(axis=1) >= threshold
    calibration = {
        "temperature": round(temperature, 4),
        "bias": [round(float(value), 4) for value in bias],
        "thin_bias": [round(float(value), 4) for value in thin_bias],
        "ece_balanced": round(calibration_error(labels, beliefs, weights), 4),
        "coverage_balanced": round(float(weights[answered].sum() / weights.sum()), 4),
        "accuracy_balanced": round(_share_right(labels, beliefs, weights), 4),
        "accuracy_balanced_answered": round(_share_right(labels[answered], beliefs[answered], weights[answered]), 4),
        "rows": len(fitting),
    }
    out.mkdir(parents=True, exist_ok=True)
    digest = network.save(out / WEIGHTS)
    card = build_card(
        counts=Counter((row.dataset, row.part) for row in rows),
        sets=_by_set(network, exams, seed),
        languages=_by_language(network, exams, seed),
        umsab=_by_language(network, read_umsab(umsab), seed) if umsab else {},
        calibration=calibration,
        threshold=threshold,
        recipe=recipe,
        seed=seed,
        digest=digest,
        thin=thin,
    )
    (out / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"{NAME} {VERSION}: {digest}")
    return card


def believe(network: Network, rows: Sequence[Row], chunk: int = 1_024) -> Floats:
    """Probabilities for rows (n × 3); for rows of sets without neutral, between negative and positive only."""
    parts = []
    for start in range(0, len(rows), chunk):
        part = rows[start : start + chunk]
        belief = network.probabilities([row.text for row in part], [row.language for row in part])
        belief[[row.two_class for row in part], NEUTRAL] = 0.0
        parts.append(belief / belief.sum(axis=1, keepdims=True))
    return np.concatenate(parts) if parts else np.zeros((0, 3))


def _learn(
    rows: Sequence[Row], hasher: Hasher, recipe: Recipe, classes: np.ndarray[tuple[int], np.dtype[np.uint8]], seed: int,
    say: Say,
) -> Network:  # fmt: skip
    domains = {name: number for number, name in enumerate(sorted({row.domain for row in rows}))}
    lesson = Lesson(
        features=matrix([row.text for row in rows], hasher, recipe.bits),
        labels=np.array([row.label for row in rows], dtype=np.int64),
        weights=np.array([row.weight for row in rows], dtype=np.float32),
        two_class=np.array([row.two_class for row in rows]),
        domains=np.array([domains[row.domain] for row in rows], dtype=np.int64),
        domain_count=len(domains),
    )
    return learn(lesson, recipe, classes, seed=seed, say=say)


def _scored(network: Network, rows: Sequence[Row]) -> Scored:
    scores = np.concatenate(
        [network.logits([row.text for row in rows[start : start + 1_024]]) for start in range(0, len(rows), 1_024)]
    )
    labels = np.array([row.label for row in rows])
    return Scored(scores, labels, balanced_weights([row.domain for row in rows], labels))


def _share_right(labels: np.ndarray[tuple[int], np.dtype[np.int64]], beliefs: Floats, weights: Floats) -> float:
    return float(weights[beliefs.argmax(axis=1) == labels].sum() / weights.sum())


def _grouped(rows: Iterable[Row], name: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    return dict(sorted(groups.items()))


def _by_set(network: Network, rows: Sequence[Row], seed: int) -> dict[str, tuple[str, bool, Score]]:
    """Per set and variety: its language, whether it has two classes only, its score."""
    return {
        name: (group[0].language, group[0].two_class, _score(network, group, seed))
        for name, group in _grouped(rows, lambda row: row.domain).items()
    }


def _by_language(network: Network, rows: Sequence[Row], seed: int) -> dict[str, Score]:
    """Per language, over sets with all three classes, or over the two-class ones where there is nothing else."""
    scores = {}
    for language, group in _grouped(rows, lambda row: row.language).items():
        whole = [row for row in group if not row.two_class]
        scores[language] = _score(network, whole or group, seed)
    return scores


def _score(network: Network, rows: Sequence[Row], seed: int) -> Score:
    return evaluate([row.label for row in rows], believe(network, rows), seed=seed)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Train Earshot's compact sentiment model.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/")
    parser.add_argument("--out", type=Path, required=True, help="where weights and card go")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--umsab", type=Path, default=None, help="folder of UMSAB validation files, to report on")
    options = parser.parse_args(arguments)
    train(
        options.data,
        options.out,
        seed=options.seed,
        recipe=Recipe(),
        umsab=options.umsab,
        say=_say,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
