"""`manage.py rewrap_keys`: after a new master key was put first, bring everything under it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.datakeys import master_keys
from tenants.people import sealing
from tenants.rotation import rewrap_data_keys


class Command(BaseCommand):
    help = (
        "Wrap every client's data key, and seal every second factor, by the first of the master keys. May be "
        "interrupted and repeated. Every process must know the new key before; the old one can be dropped afterwards."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        keys, lost_keys = rewrap_data_keys(master_keys())
        factors, lost_factors = sealing.reseal(master_keys())
        self.stdout.write(f"{keys} data keys and {factors} second factors went under the newest master key.")
        if lost_keys or lost_factors:
            lost = ", ".join((*lost_keys, *lost_factors))
            raise CommandError(f"No master key opens what is kept for: {lost}. Keep every old key.")
