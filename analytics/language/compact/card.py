"""The compact model's card: what it learned from, how well it does, where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analytics.language.cards.shape import (
    Abstention,
    Calibration,
    CoverageLevel,
    DataSet,
    HeadCard,
    Measured,
    ModelCard,
    Reliability,
    SetScore,
)
from analytics.language.compact import card_texts as said
from analytics.language.contracts import EMOTIONS, SENTIMENTS

NAME: Final = "compact"
VERSION: Final = "0.2.0"
CHANCE: Final = 1 / 3
FLOOR: Final = 0.40
UNDECIDED_THRESHOLD: Final = 0.60


@dataclass(frozen=True, slots=True)
class Findings:
    """What training found out: scores of the heads, the languages that each may claim, and the engine's settings."""

    sentiment: Sequence[SetScore]
    sentiment_languages: Iterable[str]
    emotion: Sequence[SetScore]
    emotion_languages: Mapping[str, Iterable[str]]
    irony: Sequence[SetScore]
    irony_areas: Mapping[str, Measured]
    diagram: Reliability
    levels: Sequence[CoverageLevel]
    thresholds: Mapping[str, float]
    emotion_thresholds: Mapping[str, Mapping[str, float]]
    emotion_usual: Mapping[str, Mapping[str, float]]
    thin: Iterable[str]
    counts: Counter[tuple[str, str]]
    recipes: Mapping[str, Any]


def build_card(found: Findings, *, seed: int, digest: str, size: int) -> ModelCard:
    """The card of a model with these weights."""
    by_emotion = {name: sorted(languages) for name, languages in found.emotion_languages.items()}
    return ModelCard(
        format=2,
        id=f"{NAME}/{VERSION}",
        name=NAME,
        version=VERSION,
        summary=said.SUMMARY,
        licence="Apache-2.0; attribution owed to the data sets named here, see NOTICE",
        intended_use=said.INTENDED,
        not_for=said.NOT_FOR,
        architecture=said.ARCHITECTURE,
        weights_sha256=digest,
        weights_bytes=size,
        data=tuple(_data_set(row, found.counts) for row in said.SETS),
        unsupported=said.UNSUPPORTED,
        heads={
            "sentiment": HeadCard(
                task="sentiment of a short public post",
                labels=SENTIMENTS,
                languages=tuple(sorted(found.sentiment_languages)),
                rule=f"macro-F1 of at least {FLOOR} whose 95 % interval lies above 1/3, on held-out posts or on "
                "UMSAB's validation posts, which also chose how likely neutral is",
                scores=tuple(found.sentiment),
                calibration=Calibration(said.SENTIMENT_CALIBRATION, "a tenth of the training splits", (found.diagram,)),
                abstention=Abstention(said.ABSTENTION, found.thresholds[""], found.diagram.set, tuple(found.levels)),
                known_failures=said.SENTIMENT_FAILURES,
                note=said.SENTIMENT_NOTE,
            ),
            "emotion": HeadCard(
                task="which of eight emotions (Plutchik, 1980) a short public post shows; several or none may hold",
                labels=EMOTIONS,
                languages=tuple(sorted({language for languages in by_emotion.values() for language in languages})),
                rule=f"held-out macro-F1 of at least {FLOOR}, its 95 % interval above asserting every emotion always",
                scores=tuple(found.emotion),
                calibration=Calibration(said.EMOTION_CALIBRATION, "a tenth of the training splits"),
                known_failures=said.EMOTION_FAILURES,
                note=said.EMOTION_NOTE,
            ),
            "irony": HeadCard(
                task="irony or sarcasm in a short public post",
                labels=("irony",),
                languages=tuple(sorted(found.irony_areas)),
                rule="a held-out area under the ROC curve whose 95 % interval lies above one half",
                scores=tuple(found.irony),
                calibration=Calibration(said.IRONY_CALIBRATION, "a tenth of the posts"),
                known_failures=said.IRONY_FAILURES,
                note=said.IRONY_NOTE,
            ),
        },
        known_failures=said.FAILURES,
        thin_languages=tuple(sorted(found.thin)),
        command=f"python -m analytics.language.compact.train --data DATA --out OUT --seed {seed} --dev DATA/dev",
        seed=seed,
        engine={
            "sentiment": {
                "min_probability": dict(found.thresholds),
                "min_probability_undecided_language": UNDECIDED_THRESHOLD,
            },
            "emotion": {
                "threshold": dict(found.emotion_thresholds),
                "usual": dict(found.emotion_usual),
                "languages": by_emotion,
            },
            "irony": {
                "threshold": 0.5,
                "area_under_curve": {
                    language: {"value": area.value, "low": area.low, "high": area.high}
                    for language, area in sorted(found.irony_areas.items())
                },
            },
            "recipes": dict(found.recipes),
        },
    )


def may_claim(score: SetScore, chance: float) -> bool:
    """Whether a language may be claimed on the word of this score: good enough, and surely better than `chance`."""
    main = score.metrics["macro_f1"]
    return main.value >= FLOOR and (main.low or 0.0) > chance


def _data_set(row: said.SetText, counts: Counter[tuple[str, str]]) -> DataSet:
    return DataSet(
        name=row.name,
        licence=row.licence,
        source=row.source,
        use=row.use,
        attribution=row.attribution,
        rows_learned=counts[row.slug, "train"],
        rows_calibration=counts[row.slug, "fit"],
        rows_test=counts[row.slug, "test"],
    )
