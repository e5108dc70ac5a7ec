"""`manage.py migrate_clients`: bring every client's schema up to date."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kernel.errors import Conflict
from tenants import schema
from tenants.schema import fleet, template, versions


class Command(BaseCommand):
    help = (
        "Apply to every client's schema the migrations it lacks, several clients at once. A client where one fails "
        "stays at the version before and is named; run it again to go on."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="say who is behind, and exit with 1 if anybody is")
        parser.add_argument("--jobs", type=int, default=4, help="how many connections to work over (default: 4)")
        parser.add_argument(
            "--lock-timeout", type=float, default=10.0, help="seconds to wait for a lock in a busy schema (default: 10)"
        )
        parser.add_argument("--schema", action="append", help="this client's schema only; may be given again")

    def handle(self, *args: Any, **options: Any) -> None:
        shared = versions.public_behind()
        if shared:
            # Which clients there are is written there.
            raise CommandError(
                f"The public schema lacks {', '.join(shared)}. Run migrate_schemas --shared first.", returncode=1
            )
        if options["check"]:
            self._check(options["schema"])
            return
        if options["jobs"] < 1 or options["lock_timeout"] < 0:
            raise CommandError("There must be one connection at least, and no lock timeout below 0.")
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=self.stderr, width=None),  # type: ignore[arg-type]
            disable=options["verbosity"] < 1,
        )
        with progress:
            task = progress.add_task("Migrating clients", total=None)
            try:
                outcome = fleet.migrate(
                    schemas=options["schema"],
                    jobs=options["jobs"],
                    lock_timeout=options["lock_timeout"],
                    begin=lambda total: progress.update(task, total=total),
                    advance=lambda: progress.advance(task),
                )
            except Conflict as problem:
                raise CommandError(problem.detail) from None
            except KeyboardInterrupt:
                raise CommandError("Interrupted. Every client is at a whole version; run it again to go on.") from None
        schema.admit_login()
        # So that nobody who opens a client waits for it.
        template.current_image()
        if options["verbosity"] >= 1:
            self.stdout.write(
                f"{outcome.migrated} clients brought up to date: "
                f"{outcome.replayed} migrations replayed, {outcome.by_django} run by Django."
            )
        if outcome.failed:
            for name, reason in sorted(outcome.failed.items()):
                self.stderr.write(f"{name}: {reason}")
            raise CommandError(f"{len(outcome.failed)} clients stayed at an older version.")

    def _check(self, schemas: list[str] | None) -> None:
        behind = versions.behind(schemas)
        for name, lacks in sorted(behind.items()):
            self.stdout.write(f"{name} lacks {', '.join(lacks)}")
        if behind:
            raise CommandError(f"The code is ahead of {len(behind)} clients.", returncode=1)
        self.stdout.write("Every client's schema is up to date.")
