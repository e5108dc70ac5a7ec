"""`manage.py evaluate_aspects`: how well aspects and brands are found and judged, on the posts in `judged/`."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.language.aspects import scoring
from analytics.language.aspects.contracts import RULES_ID
from analytics.language.aspects.finding import find
from analytics.language.aspects.judging import WEIGHTS
from analytics.language.aspects.ontology import ONTOLOGY_ID
from analytics.language.aspects.wording import lookout
from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.engines import get_engine

_SHOWN: Final = (
    "precision", "recall", "detection_f1", "macro_f1", "accuracy_answered", "coverage", "whole_post_macro_f1",
    "whole_post_accuracy_answered", "whole_post_coverage",
)  # fmt: skip
_LEAST_SECONDS: Final = 1.0


class Command(BaseCommand):
    help = "Prints scores with 95 % intervals, a table to stderr and one JSON object to stdout, last."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--part", choices=scoring.PARTS, default="held-out", help="which half of the judged posts")
        parser.add_argument("--engine", default="", metavar="SPEC", help='as in EARSHOT_LANGUAGE_ENGINE ("compact")')

    def handle(self, *args: Any, **options: Any) -> None:
        spec = options["engine"] or settings.LANGUAGE_ENGINE
        try:
            engine = get_engine(spec)
        except EngineUnavailable as error:
            raise CommandError(f"--engine {spec}: {error}") from error
        part = options["part"]
        aspects, brands = scoring.posts(part), scoring.entity_posts(part)
        heard = scoring.hear(aspects, engine)
        told, forced = scoring.answers(heard), scoring.answers(heard, forced=True)
        brands_told = scoring.answers(scoring.hear(brands, engine))
        languages = sorted({example.language for example in aspects})
        found: dict[str, Any] = {
            "part": part,
            "aspects": scoring.score(aspects, told),
            # With an answer for each, however unsure: what the engine and the rules would say.
            "aspects_without_abstaining": scoring.score(aspects, forced),
            "brands": scoring.score(brands, brands_told),
            "by_language": {
                language: scoring.score(
                    [example for example in aspects if example.language == language],
                    [answer for answer, example in zip(told, aspects, strict=True) if example.language == language],
                )
                for language in languages
            },
            "cost": _cost(aspects, engine),
            "opinion_weight": WEIGHTS.opinion,
            "model_id": f"{engine.model_id}+{RULES_ID}",
            "ontology": ONTOLOGY_ID,
            "engine": spec,
        }
        for name in ("aspects", "aspects_without_abstaining", "brands"):
            self._show(name, found[name])
        for language, scores in found["by_language"].items():
            f1, recall, precision = (scores[name] for name in ("macro_f1", "recall", "precision"))
            self.stderr.write(
                f"  {language}: {scores['posts']} posts, precision {_number(precision)}, recall {_number(recall)}, "
                f"polarity macro-F1 {_number(f1)}, coverage {_number(scores['coverage'])} (n {f1['n']})"
            )
        self.stdout.write(json.dumps(found, ensure_ascii=False))

    def _show(self, name: str, scores: dict[str, Any]) -> None:
        self.stderr.write(f"{name}: {scores['posts']} posts")
        for each in _SHOWN:
            row = scores[each]
            low, high = row["interval"]
            self.stderr.write(f"  {each:30}{_number(row)}  ({low} to {high}), n {row['n']}")


def _number(row: dict[str, Any]) -> str:
    return "-" if row["value"] is None else f"{row['value']:.3f}"


def _cost(examples: Sequence[scoring.Example], engine: Engine) -> dict[str, float]:
    """Milliseconds of CPU per post: finding targets, clauses and opinions; and having the clauses read."""
    looks = [lookout(example.industry, example.language) for example in examples]
    scoring.hear(examples[:4], engine)
    rounds, begun = 0, time.process_time()
    while time.process_time() - begun < _LEAST_SECONDS:
        for example, look in zip(examples, looks, strict=True):
            find(example.post, look)
        rounds += 1
    finding = (time.process_time() - begun) / rounds / len(examples)
    texts = [
        (each.asked(example.post.text), example.language)
        for example, look in zip(examples, looks, strict=True)
        for each in find(example.post, look)
    ]
    rounds, begun = 0, time.process_time()
    while time.process_time() - begun < _LEAST_SECONDS:
        engine.read([text for text, _ in texts], [language for _, language in texts])
        rounds += 1
    reading = (time.process_time() - begun) / rounds / len(examples)
    return {
        "finding_ms_per_post": round(1_000 * finding, 3),
        "reading_clauses_ms_per_post": round(1_000 * reading, 3),
        "clauses_per_post": round(len(texts) / len(examples), 2),
    }
