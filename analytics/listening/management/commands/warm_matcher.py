"""`manage.py warm_matcher`: compile the matching engine before anything waits for it."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compiles the matching engine (or finds it compiled) and says how long that took and where it is kept."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if find_spec("numba") is None:
            self.stdout.write("numba is missing: queries are matched by the Python index, which needs no compiling.")
            return
        from analytics.listening.engine import cache
        from analytics.listening.engine.warming import warm

        begun = time.perf_counter()
        warm()
        kept = cache.place()
        where = f"It is kept in {kept}." if kept else "Nowhere can be written, so each process compiles for itself."
        self.stdout.write(f"The matching engine was ready after {time.perf_counter() - begun:.1f} s. {where}")
