"""`manage.py export_model MODEL --to FOLDER`: a transformers model for onnxruntime, in eight bits where its labels
stay what they were."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.language.contracts import EngineUnavailable
from analytics.language.engines import options_in_force
from analytics.language.transformer.export import DEFAULT_THRESHOLD, PRECISIONS, TASKS, GateNotPassed, export
from analytics.sources.corpus import corpus


class Command(BaseCommand):
    help = (
        "Export a Hugging Face model (a folder or a name on the hub) to a new folder for onnxruntime. It is refused "
        "unless its labels agree with the model in single precision on the gate set: the lower end of the agreement's "
        "95 % interval must reach the threshold. The numbers are kept in the folder's export.json. Prints one JSON "
        "object. Needs both extras: earshot[torch,onnx]."
    )
    requires_system_checks = ()  # the engine that the settings name may be the very one that is still to be made

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", help="folder, or name on the hub")
        parser.add_argument("--to", type=Path, required=True, help="folder to write; must not exist")
        parser.add_argument("--task", choices=TASKS, default="sentiment")
        parser.add_argument("--precision", choices=PRECISIONS, default="int8")
        parser.add_argument(
            "--gate", type=Path, metavar="FILE", help="the gate set, a text per line (default: the demo's posts)"
        )
        parser.add_argument("--threshold", type=float, default=DEFAULT_THRESHOLD, help="default %(default)s")
        parser.add_argument(
            "--reduce-range", action="store_true", help="seven bits, for processors without VNNI instructions"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        texts, texts_from = _gate_set(options["gate"])
        try:
            card = export(
                options["model"],
                options["to"],
                texts=texts,
                texts_from=texts_from,
                options=options_in_force(),
                **{name: options[name] for name in ("task", "precision", "threshold", "reduce_range")},
            )
        except GateNotPassed as refusal:
            self.stdout.write(json.dumps({"exported": False, "gate": asdict(refusal.gate)}))
            raise CommandError(f"Not exported. {refusal}") from None
        except EngineUnavailable as problem:
            raise CommandError(f"{problem} ({problem.code})") from None
        except ValueError as problem:
            raise CommandError(f"Not exported: {problem}.") from None
        except OSError as problem:
            raise CommandError(f"Not exported: {options['to']} cannot be written ({problem.strerror}).") from None
        self.stdout.write(json.dumps({"exported": True, **card}))


def _gate_set(file: Path | None) -> tuple[list[str], str]:
    if file is None:
        return [post.text for post in corpus().posts], "the demo's posts"
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines(), file.name
    except OSError as error:
        raise CommandError(f"The gate set cannot be read: {error.strerror}.") from None
