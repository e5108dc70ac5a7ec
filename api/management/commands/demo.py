"""`manage.py demo`: set an agency up, import posts, let the worker do its work, and show what came of it."""

from __future__ import annotations

import json
import logging
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from analytics.sources.problems import SourceProblem
from api.demo.run import CallFailed, play, prepare
from api.running import NotStarted, running


class Command(BaseCommand):
    help = "Do the main job on the bundled corpus, or on a file of yours, through the real API and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--posts", type=Path, help="a CSV or JSONL file of posts instead of the bundled corpus")
        parser.add_argument("--map", type=Path, help="a JSON file {field: column} that overrides the guessed columns")
        parser.add_argument("--once", action="store_true", help="end when the work is done instead of serving on")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        mapping = self._mapping(options["map"])
        posts = options["posts"]
        if posts is not None and not posts.is_file():
            raise CommandError(f"There is no file {posts}.")
        logging.getLogger("httpx").setLevel(logging.WARNING)
        console = Console(width=None if sys.stdout.isatty() else 110)
        console.print("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
        try:
            plan, state, folder = prepare(posts=posts, mapping=mapping)
            with (
                (Path(settings.HOME) / "demo" / "server.log").open("ab") as log,
                running(port=options["port"], log=log) as started,
            ):
                play(console, started, plan, state, folder, mapping)
                if not options["once"]:
                    console.print("\nServing until Ctrl-C.")
                    raise SystemExit(started.wait())
        except SourceProblem as problem:
            raise CommandError(problem.reason) from None
        except (ValueError, NotStarted, CallFailed) as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            console.print("\nStopped.")

    @staticmethod
    def _mapping(path: Path | None) -> dict[str, object]:
        if path is None:
            return {}
        try:
            mapping = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise CommandError("The mapping file cannot be read as JSON.") from None
        if not isinstance(mapping, dict):
            raise CommandError('The mapping file must hold one object, like {"text": "body"}.')
        return mapping
