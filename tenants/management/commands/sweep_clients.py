"""`manage.py sweep_clients`: find what no client owns."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from tenants.lifecycle import sweeping

_WORDS = {
    "schemas": "schema without a client",
    "roles": "role without a client",
    "folders": "folder of files without a client",
    "unfinished": "client that was never finished",
    "broken": "client without its schema or role; restore it from a backup",
}


class Command(BaseCommand):
    help = "Name the schemas, roles and folders that belong to no client, and clients that are not whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="remove what is provably nobody's")

    def handle(self, *args: Any, **options: Any) -> None:
        found = sweeping.look(now=datetime.now(UTC))
        removed = sweeping.remove(found).by_kind() if options["apply"] else {}
        for kind, names in found.by_kind().items():
            for name in names:
                done = ": removed" if name in removed.get(kind, ()) else ""
                self.stdout.write(f"{name}: {_WORDS[kind]}{done}")
        if not found:
            self.stdout.write("Every schema, role and folder belongs to a client, and every client is whole.")
