"""`manage.py client`: write one client to a file, and restore it from one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tenants.archive.export import export_client
from tenants.archive.refusal import ArchiveRefused
from tenants.archive.restore import import_client


class Command(BaseCommand):
    help = "Write one client to an archive, or restore one from it, here or in another installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        export = verbs.add_parser("export", help="write a client to a new file")
        export.add_argument("client", help="the client's id, cli_…")
        export.add_argument("--to", required=True, type=Path, metavar="FILE", help="the file to write; must not exist")
        export.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="wrap the key by this passphrase too, for elsewhere"
        )
        taking = verbs.add_parser("import", help="restore a client from a file")
        taking.add_argument("file", type=Path, metavar="FILE")
        taking.add_argument("--cluster", default="default", metavar="ALIAS", help="the database to place it in")
        taking.add_argument("--as-agency", metavar="ID", help="the agency that gets it, agy_…, if not the one it had")
        taking.add_argument("--passphrase-file", type=Path, metavar="FILE", help="for an archive from elsewhere")
        taking.add_argument(
            "--run-its-sql",
            action="store_true",
            help="make its tables by the archive's own SQL, as the owner; only if you trust where it is from",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        passphrase = _passphrase(options["passphrase_file"])
        try:
            if options["verb"] == "export":
                self._export(passphrase, options)
            else:
                self._import(passphrase, options)
        except ArchiveRefused as refused:
            raise CommandError(str(refused)) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Nothing was changed.") from None

    def _export(self, passphrase: str | None, options: dict[str, Any]) -> None:
        with self._progress("Writing", options) as steps:
            done = export_client(client_id=options["client"], target=options["to"], passphrase=passphrase, **steps)
        if options["verbosity"] >= 1:
            self.stdout.write(
                f"{done.client_id}: {sum(done.tables.values())} rows of {len(done.tables)} tables, {done.files} files "
                f"and {done.messages} waiting messages in {done.size} bytes."
            )
            if passphrase is None:
                self.stdout.write("Only an installation with this one's master key can open it.")

    def _import(self, passphrase: str | None, options: dict[str, Any]) -> None:
        with self._progress("Restoring", options) as steps:
            done = import_client(
                source=options["file"],
                agency_id=options["as_agency"],
                cluster=options["cluster"],
                passphrase=passphrase,
                run_its_sql=options["run_its_sql"],
                **steps,
            )
        if options["verbosity"] >= 1:
            self.stdout.write(
                f"{done.client.id}: {done.rows} rows and {done.files} files restored; {done.resumed} messages wait "
                f"again, {done.ended} jobs were ended, {done.migrated} migrations were lacking."
            )
        if done.behind:
            raise CommandError(
                f"The client is restored, at its old version: {done.behind}. Run migrate_clients once that is settled."
            )

    @contextmanager
    def _progress(self, what: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=self.stderr, width=None),  # type: ignore[arg-type]
            disable=options["verbosity"] < 1,
        )
        with bar:
            task = bar.add_task(what, total=None)
            yield {
                "begin": lambda total: bar.update(task, total=total),
                "advance": lambda: bar.advance(task),
            }


def _passphrase(path: Path | None) -> str | None:
    """The first line of the file. Raises CommandError where it cannot be read."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeError):
        raise CommandError(f"The passphrase cannot be read from {path}.") from None
