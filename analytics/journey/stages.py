"""How long each stage takes, for who wants to know."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stage:
    """Seconds of this thread's CPU and of the clock, and how often it was entered."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    times: int = 0


@dataclass(slots=True)
class Stages:
    """Adds up what is spent in `with stages("store"):` blocks, by name. Meant for batches: each block costs about a
    microsecond. For one thread."""

    spent: dict[str, Stage] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            yield
        finally:
            stage = self.spent.setdefault(name, Stage())
            stage.cpu_s += time.thread_time() - cpu
            stage.wall_s += time.perf_counter() - wall
            stage.times += 1
