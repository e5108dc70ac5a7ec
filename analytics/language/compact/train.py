"""Train the compact model from its data and write weights and card.

    python -m analytics.language.compact.train --data <folder with train/> --out <folder> --seed 7

One core, some minutes, 6 GB; needs numba. The same data, seed and builds of numpy, numba and scipy give the same
weights byte for byte; run with OMP_NUM_THREADS=1. `--dev <folder with umsab/ and tweeteval/>` chooses how
likely neutral is, one number per language, by validation posts, which nothing here learns from, and reports on them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from analytics.language.cards.reading import card_as_json
from analytics.language.cards.shape import Measured, SetScore
from analytics.language.compact import sentiment as feeling
from analytics.language.compact.card import CHANCE, NAME, VERSION, Findings, build_card, may_claim
from analytics.language.compact.emotion_rows import EmotionRow, read_emotion_rows
from analytics.language.compact.engine import CARD, WEIGHTS, CompactEngine
from analytics.language.compact.examining import (
    coverage_levels,
    emotion_score,
    grouped,
    irony_score,
    reliability,
    sentiment_score,
)
from analytics.language.compact.fitting import ANTICIPATION, Thresholds, fit
from analytics.language.compact.irony_rows import read_irony_rows
from analytics.language.compact.keys import key_of
from analytics.language.compact.learn import Recipe, Say, learn, quantise
from analytics.language.compact.lessons import emotion_lesson, irony_lesson, with_neutral
from analytics.language.compact.model import ANY, COLUMNS, Model
from analytics.language.compact.order_training import OrderRecipe
from analytics.language.compact.rows import Row, read_irony_validation, read_rows, read_umsab
from analytics.language.contracts import EMOTIONS
from analytics.language.fairness.stored import write_audit

SUBTITLES: Final = "xed"


@dataclass(frozen=True, slots=True)
class Recipes:
    """How each head is trained."""

    sentiment: Recipe = feeling.RECIPE
    emotion: Recipe = field(default_factory=lambda: Recipe(passes=4, rate=0.4, dropout=0.4, seeds=3))
    irony: Recipe = field(default_factory=lambda: Recipe(passes=6, rate=0.2, dropout=0.5, seeds=5))
    order: OrderRecipe = field(default_factory=OrderRecipe)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of the three heads; `more` is what sentiment learns from beside posts that people labelled."""

    sentiment: Sequence[Row]
    more: Sequence[Row]
    emotion: Sequence[EmotionRow]
    irony: Sequence[Row]


def read_all(data: Path, *, seed: int) -> Rows:
    """The rows of all heads. None that is learned from stands in a test split of any head. Raises FileNotFoundError."""
    sentiment = read_rows(data)
    exam = frozenset(key_of(row.text) for row in sentiment if row.part == "test")
    emotion = read_emotion_rows(data, exam)
    exam |= {key_of(row.text) for row in emotion if row.part == "test"}
    irony = read_irony_rows(data, seed=seed, exam=exam)
    exam |= {key_of(row.text) for row in irony if row.part == "test"}

    def is_clean(row: Row | EmotionRow) -> bool:
        return row.part == "test" or key_of(row.text) not in exam

    kept = [*filter(is_clean, sentiment)]
    more = feeling.more_rows([row for row in kept if row.part == "train"], data, exam, seed=seed)
    return Rows(kept, more, [*filter(is_clean, emotion)], irony)


def train(
    data: Path, out: Path, *, seed: int, dev: Path | None, say: Say, recipes: Recipes | None = None
) -> dict[str, object]:
    """Read `data`/train, write weights and card to `out`, answer the card. Raises FileNotFoundError for a missing
    set."""
    recipes = recipes or Recipes()
    rows = read_all(data, seed=seed)
    posts = [] if dev is None else read_umsab(dev / "umsab")
    fitted, thresholds = _learned(rows, recipes, posts, seed=seed, say=say)
    out.mkdir(parents=True, exist_ok=True)
    digest = fitted.save(out / WEIGHTS)
    say("examining")
    found = _examined(fitted, thresholds, rows, recipes, dev=dev, seed=seed)
    card = card_as_json(build_card(found, seed=seed, digest=digest, size=(out / WEIGHTS).stat().st_size))
    (out / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say("auditing")
    card = write_audit(out / CARD, CompactEngine(out))
    say(f"{NAME} {VERSION}: {digest}")
    return card


def _learned(
    rows: Rows, recipes: Recipes, validation: Sequence[Row], *, seed: int, say: Say
) -> tuple[Model, Thresholds]:
    say("sentiment")
    posts = [row for row in rows.sentiment if row.part == "train"]
    sentiment = feeling.learn_sentiment(posts, rows.more, recipes.sentiment, seed=seed, say=say)
    orders = feeling.learn_orders(posts, rows.more, recipes.order, seed=seed, say=say)
    say("emotion")
    emotion = learn(
        emotion_lesson([row for row in rows.emotion if row.part == "train"]), recipes.emotion, seed=seed, say=say
    )
    say("irony")
    irony = learn(irony_lesson([row for row in rows.irony if row.part == "train"]), recipes.irony, seed=seed, say=say)
    table, scales = quantise(np.concatenate([sentiment, emotion, irony], axis=1))
    say("calibration")
    model = Model(table, scales, {ANY: np.ones(COLUMNS)}, {ANY: np.zeros(COLUMNS)}, tuple(orders))
    chosen = feeling.choose_offsets(model, validation)
    say(f"  neutral offsets chosen: { {language: offset[1] for language, offset in chosen.items()} }")
    return fit(
        model,
        [row for row in rows.sentiment if row.part == "fit"],
        [row for row in rows.emotion if row.part == "fit"],
        [row for row in rows.irony if row.part == "fit"],
        chosen,
    )


def _examined(
    model: Model, thresholds: Thresholds, rows: Rows, recipes: Recipes, *, dev: Path | None, seed: int
) -> Findings:
    exams = [row for row in rows.sentiment if row.part == "test"]
    silent = thresholds.sentiment
    sentiment = [
        sentiment_score(model, group, silent, name=name, seed=seed) for name, group in _by_domain(exams).items()
    ]
    if dev is not None:
        for language, group in grouped(read_umsab(dev / "umsab"), lambda row: row.language).items():
            name, note = f"umsab-val-{language}", "how likely neutral is was chosen here"
            sentiment.append(sentiment_score(model, group, silent, name=name, seed=seed, role="chosen_on", note=note))
    emotion, languages = _examine_emotion(model, thresholds, rows.emotion, seed)
    irony, areas = _examine_irony(model, rows.irony, seed)
    if dev is not None:
        tweets = read_irony_validation(dev / "tweeteval")
        irony.append(irony_score(model, tweets, name="tweeteval-irony-val", seed=seed, role="chosen_on")[0])
    learned = [row for row in rows.sentiment if row.part == "train"]
    counts: Counter[tuple[str, str]] = Counter(
        (row.dataset, row.part) for row in (*rows.sentiment, *rows.more, *rows.irony)
    )
    counts.update((row.dataset, row.part) for row in rows.emotion)
    return Findings(
        sentiment=sentiment,
        sentiment_languages=_claimed(model, thresholds, exams, sentiment, seed),
        emotion=emotion,
        emotion_languages=languages,
        irony=irony,
        irony_areas=areas,
        diagram=reliability(model, exams, name="all held-out sets with three classes"),
        levels=coverage_levels(model, exams),
        thresholds=thresholds.sentiment,
        emotion_thresholds=thresholds.emotion,
        emotion_usual=thresholds.usual,
        thin={row.language for row in learned if row.dataset == SUBTITLES} - with_neutral(learned),
        counts=counts,
        recipes=asdict(recipes),
    )


def _by_domain(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return grouped(rows, lambda row: row.domain)


def _claimed(
    model: Model, thresholds: Thresholds, exams: Sequence[Row], scores: Sequence[SetScore], seed: int
) -> set[str]:
    """Languages by all their held-out rows with three classes (those with two where there are no others), or by a set
    of validation posts."""
    claimed = {score.language for score in scores if score.set.startswith("umsab") and may_claim(score, CHANCE)}
    for language, group in grouped(exams, lambda row: row.language).items():
        whole = [row for row in group if not row.two_class]
        score = sentiment_score(model, whole or group, thresholds.sentiment, name=language, seed=seed)
        if may_claim(score, CHANCE):
            claimed.add(language)
    return claimed


def _examine_emotion(
    model: Model, thresholds: Thresholds, rows: Sequence[EmotionRow], seed: int
) -> tuple[list[SetScore], Mapping[str, set[str]]]:
    scores: list[SetScore] = []
    claimed: dict[str, set[str]] = {emotion: set() for emotion in EMOTIONS}
    for name, group in grouped([row for row in rows if row.part == "test"], lambda row: row.domain).items():
        score, chance = emotion_score(model, group, thresholds.emotion, name=name, seed=seed)
        if score is None:
            continue
        scores.append(score)
        if may_claim(score, chance):
            for emotion in score.labels:
                claimed[emotion].add(score.language)
    claimed[ANTICIPATION] |= {"en"} & claimed["joy"]
    return scores, claimed


def _examine_irony(model: Model, rows: Sequence[Row], seed: int) -> tuple[list[SetScore], dict[str, Measured]]:
    scores, areas = [], {}
    for name, group in _by_domain([row for row in rows if row.part == "test"]).items():
        score, area = irony_score(model, group, name=name, seed=seed)
        scores.append(score)
        if (area.low or 0.0) > 0.5:
            areas[score.language] = area
    return scores, areas


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Train Earshot's compact model.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/")
    parser.add_argument("--out", type=Path, required=True, help="where weights and card go")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dev", type=Path, default=None, help="folder with umsab/ and tweeteval/, to report on")
    options = parser.parse_args(arguments)
    train(options.data, options.out, seed=options.seed, dev=options.dev, say=_say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
