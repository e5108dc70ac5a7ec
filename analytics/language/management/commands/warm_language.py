"""`manage.py warm_language`: compile what reads texts before anything waits for it."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compiles language identification and the compact engine (or finds them compiled) and says how long it took."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if find_spec("numba") is None:
            self.stdout.write("numba is missing: languages are told by Python, which needs no compiling.")
            return
        from analytics.language.engines import get_engine
        from analytics.language.identification import kernel
        from analytics.listening.engine import cache

        begun = time.perf_counter()
        kernel.warm()
        get_engine("compact").read(["The coffee was good :)", "最高！", ""])
        kept = cache.place()
        where = f"What was compiled is kept in {kept}." if kept else "Nowhere can be written: each process compiles."
        self.stdout.write(
            f"Languages and the compact engine were ready after {time.perf_counter() - begun:.1f} s. {where}"
        )
