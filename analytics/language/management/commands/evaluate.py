"""`manage.py evaluate sentiment|emotion|irony`: how good an engine is on anybody's own labelled texts."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.language.contracts import Engine, EngineUnavailable, Reading
from analytics.language.engines import get_engine
from analytics.language.examination import tasks
from analytics.language.examination.files import BadFile, check_alike, read_labels, read_texts
from analytics.language.examination.report import abstention, as_configured, by_group, scores
from analytics.language.langid import normalise_tag

_TASKS: Final = {
    "sentiment": "labels 0 negative, 1 neutral, 2 positive",
    "emotion": "labels are places in --classes, by default 0 anger, 1 joy, 2 optimism, 3 sadness (TweetEval)",
    "irony": "labels 0 not ironic, 1 ironic",
}
_BATCH: Final = 1_024
_LEAST_SECONDS: Final = 1.0
_MOST_ROUNDS: Final = 20


class Command(BaseCommand):
    help = (
        "Reads texts, compares the readings with labels, prints a table to stderr and one JSON object to stdout. "
        "One text per line, one label per line, UTF-8."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        chosen = parser.add_subparsers(dest="task", required=True)
        for name, meaning in _TASKS.items():
            task = chosen.add_parser(name, help=meaning, description=f"{self.help} Here: {meaning}.")
            task.add_argument("--texts", type=Path, required=True, metavar="FILE", help="one text per line")
            task.add_argument("--labels", type=Path, required=True, metavar="FILE", help=meaning)
            task.add_argument("--engine", default="", metavar="SPEC", help='as in EARSHOT_LANGUAGE_ENGINE ("compact")')
            task.add_argument(
                "--language",
                default="",
                metavar="TAG",
                help="the language that a source gives for all texts; without it each is told",
            )
            if name == "emotion":
                task.add_argument("--classes", default=",".join(tasks.TWEETEVAL_EMOTIONS), help="names, by commas")

    def handle(self, *args: Any, **options: Any) -> None:
        tag = options["language"]
        if tag and not normalise_tag(tag):
            raise CommandError(f"--language {tag}: that is no language tag such as en or pt-BR.")
        task = _task(options)
        try:
            texts = read_texts(options["texts"])
            labels, labels_file = read_labels(options["labels"], task.classes)
            check_alike(options["texts"], texts.lines, options["labels"], labels)
        except BadFile as error:
            raise CommandError(str(error)) from error
        for note in (*texts.notes, *labels_file.notes):
            self.stderr.write(note)
        spec = options["engine"] or settings.LANGUAGE_ENGINE
        try:
            engine = get_engine(spec)
        except EngineUnavailable as error:
            raise CommandError(f"--engine {spec}: {error}") from error
        task = task.of(engine.card())
        readings, rate = self._read(engine, texts.lines, tag)
        beliefs = task.beliefs(readings)
        found: dict[str, Any] = {"task": task.name, **scores(labels, beliefs, task.classes)}
        found["abstention"] = {
            "as_configured": as_configured(labels, beliefs, task.reasons(readings)),
            "levels": abstention(labels, beliefs),
        }
        languages = [reading.language for reading in readings]
        found["language"] = {
            "given": tag or None,
            "identified": {code: round(n / len(languages), 4) for code, n in Counter(languages).most_common()},
        }
        found["by_identified_language"] = by_group(labels, beliefs, languages, task.classes)
        found |= {
            "posts_per_cpu_second": round(rate, 1),
            "model_id": engine.model_id,
            "engine": spec,
            "texts_sha256": texts.digest,
            "labels_sha256": labels_file.digest,
        }
        self._show(found)
        self.stdout.write(json.dumps(found, ensure_ascii=False))

    def _read(self, engine: Engine, texts: Sequence[str], tag: str) -> tuple[list[Reading], float]:
        """The readings, and posts per second of CPU time. What takes less than a second is read again until it comes to
        one, at most 20 times: a first reading also loads and compiles."""
        engine.read(texts[:8], [tag] * len(texts[:8]))
        begun = time.process_time()
        readings: list[Reading] = []
        for start in range(0, len(texts), _BATCH):
            part = texts[start : start + _BATCH]
            readings += engine.read(part, [tag] * len(part))
            if len(texts) > _BATCH:
                self.stderr.write(f"{len(readings):,} of {len(texts):,} read")
        rounds = 1
        while time.process_time() - begun < _LEAST_SECONDS and rounds < _MOST_ROUNDS:
            for start in range(0, len(texts), _BATCH):
                part = texts[start : start + _BATCH]
                engine.read(part, [tag] * len(part))
            rounds += 1
        return readings, rounds * len(texts) / max(time.process_time() - begun, 1e-9)

    def _show(self, found: dict[str, Any]) -> None:
        say = self.stderr.write
        low, high = found["accuracy_interval"]
        say(f"{found['model_id']} on {found['n']:,} texts: {found['task']}")
        if found["answered"] < found["n"]:
            say(f"  It said nothing of {found['n'] - found['answered']:,} of them, which count as wrong.")
        say(f"  accuracy      {found['accuracy']:.3f}  ({low:.3f} to {high:.3f})")
        for name in ("macro_f1", "macro_recall"):
            low, high = found[f"{name}_interval"]
            say(f"  {name:12}  {found[name]:.3f}  ({low:.3f} to {high:.3f})")
        ece = "-" if found["ece"] is None else f"{found['ece']:.3f}"
        say(f"  ece           {ece}")
        say(f"  posts per CPU second  {found['posts_per_cpu_second']:,.0f}")
        say(f"  {'class':14}{'n':>8}{'precision':>11}{'recall':>8}{'f1':>7}")
        for name, row in found["classes"].items():
            say(f"  {name:14}{row['n']:8,}{row['precision']:11.3f}{row['recall']:8.3f}{row['f1']:7.3f}")
        own = found["abstention"]["as_configured"]
        if own["accuracy"] is not None:
            say(f"  where it does not abstain: {own['coverage']:.1%} of the texts, accuracy {own['accuracy']:.3f}")
        for level in found["abstention"]["levels"]:
            share, accuracy, threshold = level["coverage"], level["accuracy"], level["threshold"]
            say(f"  surest {share:4.0%}: accuracy {accuracy:.3f} (from p = {threshold:.2f})")
        languages = list(found["language"]["identified"].items())
        say("  languages: " + ", ".join(f"{code} {part:.1%}" for code, part in languages[:8]))


def _task(options: dict[str, Any]) -> tasks.Task:
    if options["task"] == "sentiment":
        return tasks.sentiment()
    if options["task"] == "irony":
        return tasks.irony()
    try:
        return tasks.emotion(options["classes"].split(","))
    except ValueError as error:
        raise CommandError(f"--classes: {error}.") from error
