"""`manage.py serve`: the API with a worker beside it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.running import NotStarted, running


class Command(BaseCommand):
    help = "Serve the API on this machine, with a worker beside it, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--threads", type=int, default=4, help="messages the worker processes at once")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with running(port=options["port"], threads=options["threads"]) as started:
                self.stdout.write(f"API: {started.url}/api/v1/  documentation: {started.url}/api/v1/docs")
                raise SystemExit(started.wait())
        except NotStarted as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
