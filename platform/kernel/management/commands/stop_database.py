"""`manage.py stop_database`: stop the embedded PostgreSQL."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kernel import embedded


class Command(BaseCommand):
    help = "Stop the embedded PostgreSQL, if it runs. Its data stay."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="remove its data too: there is no way back")

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = settings.DATABASES["default"].get("EMBEDDED")
        if cluster is None:
            self.stdout.write("The database is not the embedded one.")
        elif options["remove"]:
            embedded.remove(cluster["data_dir"])
            self.stdout.write("Removed.")
        elif embedded.stop(cluster["data_dir"]):
            self.stdout.write("Stopped.")
        else:
            self.stdout.write("It was not running.")
