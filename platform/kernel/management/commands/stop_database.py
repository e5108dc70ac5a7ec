"""`manage.py stop_database`: stop the embedded PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kernel import embedded


class Command(BaseCommand):
    help = "Stop the embedded PostgreSQL, if it runs. Its data stay."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        options_embedded = settings.DATABASES["default"].get("EMBEDDED")
        if options_embedded is None:
            self.stdout.write("The database is not the embedded one.")
        elif embedded.stop(options_embedded["data_dir"]):
            self.stdout.write("Stopped.")
        else:
            self.stdout.write("It was not running.")
