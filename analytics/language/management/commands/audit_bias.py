"""`manage.py audit_bias`: how differently an engine reads the same sentences about different people."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analytics.language.cards.foreign import card_of
from analytics.language.cards.pictures import draw, gaps
from analytics.language.cards.shape import Gap
from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.engines import get_engine
from analytics.language.fairness import audit, breaches
from analytics.language.fairness.stored import write_audit


class Command(BaseCommand):
    help = (
        "Read the same sentences about different people, and print one JSON object with every gap, its 95 % interval "
        "and its bound. A table of the largest goes to stderr. With --strict, a gap beyond its bound is an error."
    )
    # Needs no database.
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own type

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--engine", default=settings.LANGUAGE_ENGINE, help='"compact" or "transformers:<model>".')
        parser.add_argument("--seed", type=int, default=7, help="Of the bootstrap.")
        parser.add_argument("--picture", type=Path, help="Draw the largest gaps into this .svg or .png file.")
        parser.add_argument("--rows", type=int, default=25, help="How many gaps the table shows.")
        parser.add_argument("--into", type=Path, help="Write the audit into this card (a card.json of that engine).")
        parser.add_argument(
            "--strict", action="store_true", help="Fail where a gap is beyond its bound in a claimed language."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        picture: Path | None = options["picture"]
        if picture is not None and picture.suffix not in (".svg", ".png"):
            raise CommandError("A picture is an .svg or a .png file.")
        try:
            engine = get_engine(options["engine"])
        except EngineUnavailable as error:
            raise CommandError(f"{error.code}: {error}") from None
        found = audit(engine, seed=options["seed"])
        beyond = breaches(found.gaps, languages=_claimed(engine))
        for line in _table(sorted(found.gaps, key=lambda gap: -abs(gap.difference))[: max(0, options["rows"])]):
            self.stderr.write(line)
        if picture is not None:
            spec = gaps(found.gaps, f"{engine.model_id}: bias audit")
            drawn = draw(spec, "svg" if picture.suffix == ".svg" else "png")
            try:
                picture.write_bytes(drawn)
            except OSError as error:
                raise CommandError(f"The picture cannot be written: {error}") from None
        if options["into"] is not None:
            try:
                write_audit(options["into"], engine, found=found)
            except (OSError, ValueError) as error:
                raise CommandError(f"The card cannot be written: {error}") from None
        told = {"model_id": engine.model_id, **asdict(found), "beyond_bound": [asdict(gap) for gap in beyond]}
        self.stdout.write(json.dumps(told, ensure_ascii=False))
        if options["strict"] and beyond:
            raise CommandError(f"{len(beyond)} gaps are beyond their bounds.")


def _claimed(engine: Engine) -> dict[str, frozenset[str]] | None:
    """The languages each head claims; None for an engine that claims none in particular."""
    card = card_of(engine.model_id, engine.card())
    claimed = {name: frozenset(head.languages) for name, head in card.heads.items()}
    return claimed if any(claimed.values()) else None


def _table(gaps: list[Gap]) -> list[str]:
    head = f"{'head':22}{'lang':5}{'axis':14}{'groups':44}{'n':>5}{'gap':>9}{'95 %':>20}{'flips':>8}{'bound':>7}"
    return [
        head,
        *(
            f"{' '.join(filter(None, (gap.head, gap.label))):22}{gap.language:5}{gap.axis:14}"
            f"{f'{gap.reference} > {gap.group}'[:43]:44}{gap.n:5}{gap.difference:9.4f}"
            f"{f'{gap.difference_low:.4f}..{gap.difference_high:.4f}':>20}{gap.flips:8.3f}"
            f"{'' if gap.bound is None else f'{gap.bound:.2f}':>7}"
            for gap in gaps
        ),
    ]
