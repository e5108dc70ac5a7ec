"""`manage.py worker`: process the queue."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel import db
from kernel.queue.process import EXIT_NOT_READY, NotReady, supervise, work


def positive(text: str) -> int:
    """A whole number of at least one."""
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError("must be a whole number of at least 1")
    return int(text)


class Command(BaseCommand):
    help = "Process queued messages until SIGTERM or Ctrl-C, then finish what is running and give back the rest."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=positive, default=4, help="messages processed at once by each process")
        parser.add_argument("--processes", type=positive, default=1, help="worker processes")
        parser.add_argument("--queues", nargs="*", default=[], help="only these queues (all if none is named)")
        parser.add_argument(
            "--cluster", action="append", choices=db.clusters(), help="only this cluster's queue; may be given again"
        )
        parser.add_argument("--grace", type=positive, default=60, help="seconds a running message may take to finish")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = {
            "threads": options["threads"],
            "queues": options["queues"],
            "grace": float(options["grace"]),
            "clusters": options["cluster"] or (),
        }
        try:
            if options["processes"] == 1:
                work(**settings)
            else:
                supervise(options["processes"], **settings)
        except NotReady as problem:
            raise CommandError(str(problem), returncode=EXIT_NOT_READY) from None
