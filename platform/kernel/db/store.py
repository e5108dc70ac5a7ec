"""Idle connections that any thread of the process may take: those of clients' own logins, and of other clusters."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import psycopg

from kernel.db.sessions import Target, is_alive, reset, take_back


class Store:
    """Keeps at most `most` connections, whomever they are for; the one that waited longest makes room.

    A connection comes back clean or not at all, and is closed when it is older than `lifetime` seconds.
    """

    def __init__(self, *, most: int = 16, lifetime: float = 1800.0) -> None:
        self.most = most
        self.lifetime = lifetime
        self._lock = threading.Lock()
        # In the order in which they came.
        self._idle: OrderedDict[int, Any] = OrderedDict()
        self._lost: list[object] = []
        os.register_at_fork(after_in_child=self._forget)

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, target: Target) -> Any | None:
        """An idle connection to this target, the one used last, or None."""
        while True:
            with self._lock:
                number = next((n for n, raw in reversed(self._idle.items()) if raw.earshot.target == target), None)
                if number is None:
                    return None
                raw = self._idle.pop(number)
            if is_alive(raw) and not self.is_old(raw):
                return raw
            _close(raw)

    def give(self, raw: Any) -> None:
        """Clean a connection and keep it, or close it. Whatever state it is in."""
        take_back(raw)
        try:
            if self.most < 1 or self.is_old(raw):
                _close(raw)
                return
            reset(raw)
        except Exception:
            _close(raw)
            return
        surplus = []
        with self._lock:
            self._idle[id(raw)] = raw
            while len(self._idle) > self.most:
                surplus.append(self._idle.popitem(last=False)[1])
        for one in surplus:
            _close(one)

    def clear(self) -> int:
        """Close all that are idle; returns how many."""
        with self._lock:
            idle, self._idle = list(self._idle.values()), OrderedDict()
        for raw in idle:
            _close(raw)
        return len(idle)

    def is_old(self, raw: Any) -> bool:
        """Whether the connection has lived long enough, or is no good any more."""
        return bool(raw.earshot.doubted or time.monotonic() - raw.earshot.opened_at > self.lifetime)

    def _forget(self) -> None:
        # In a forked child the sessions are the parent's: to close one would end it there.
        self._lost.append(self._idle)
        self._lock = threading.Lock()
        self._idle = OrderedDict()


def _close(raw: Any) -> None:
    with suppress(psycopg.Error):
        raw.close()
