"""`manage.py rewrap_keys`: after a new master key was put first, bring everything under it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.datakeys import master_keys
from tenants.rotation import rewrap_data_keys


class Command(BaseCommand):
    help = (
        "Wrap every client's data key by the first of the master keys. May be interrupted and repeated. Every process "
        "must know the new key before, and the old one can be dropped afterwards."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = rewrap_data_keys(master_keys())
        self.stdout.write(f"{rotated.changed} data keys were wrapped by the newest master key.")
        if rotated.unreadable:
            lost = ", ".join(rotated.unreadable)
            raise CommandError(f"No master key opens the data keys of: {lost}. Keep every old key.")
