"""Followers in processes of their own, for the tests that start them."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.kernel.queue_fixtures import ROOT

PATIENCE_S = 600.0

Answer = tuple[int, list[list[list[Any]]]]
"""A change number, and per post the keys that match."""


class Following:
    """A process that follows; `said` are its answers so far, one for each that differs from the one before."""

    def __init__(self, posts: Sequence[str], poll_s: float, engine: str) -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.listening.following_process", connection.settings_dict["NAME"], str(poll_s),
             json.dumps(list(posts)), engine],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            text=True,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self.said: list[Answer] = []
        self._lines: queue.Queue[Answer] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):  # a line that a kill cut off was never said
                change, answers = json.loads(line)
                self._lines.put((change, answers))

    def next(self) -> Answer:
        """Its next answer."""
        answer = self._lines.get(timeout=PATIENCE_S)
        self.said.append(answer)
        return answer

    def until(self, change: int) -> Answer:
        """Its first answer at `change` or later."""
        end = time.monotonic() + PATIENCE_S
        while True:
            if self.said and self.said[-1][0] >= change:
                return self.said[-1]
            assert time.monotonic() < end, "it does not follow"
            self.next()

    def kill(self) -> None:
        """End it as the kernel does when memory runs out, and read what it said until then."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()
        while not self._lines.empty():
            self.said.append(self._lines.get())


@contextmanager
def following(posts: Sequence[str], *, poll_s: float = 1.0, engine: str = "plain") -> Iterator[Following]:
    """A process that follows, killed at the end; `engine` is kernel or plain."""
    started = Following(posts, poll_s, engine)
    try:
        yield started
    finally:
        started.kill()
