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
    """Adds up what is spent in `with stages("store"):` blocks, by name; what is spent in a block within a block counts
    for the inner one alone. Meant for batches: each block costs some microseconds. For one thread."""

    spent: dict[str, Stage] = field(default_factory=dict)
    _within: list[list[float]] = field(default_factory=list)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        inner = [0.0, 0.0]
        self._within.append(inner)
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            yield
        finally:
            cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
            self._within.pop()
            if self._within:
                self._within[-1][0] += cpu
                self._within[-1][1] += wall
            stage = self.spent.setdefault(name, Stage())
            stage.cpu_s += cpu - inner[0]
            stage.wall_s += wall - inner[1]
            stage.times += 1
