"""Keeping what takes long to make, what was used last before the rest, up to a weight: pure, for many threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values by key, at most `most` of weight in all: those used longest ago go first. The one used last is always
    kept, alone where it weighs more than that: whoever goes through page after page makes it once."""

    def __init__(self, most: int, weigh: Callable[[V], int]) -> None:
        self._most = most
        self._weigh = weigh
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key; made where it is not kept. `make` may be run by several threads at once: nobody waits
        for another's, who may wait for what this one holds. All get what was kept first. Raises what `make` raises, and
        then keeps nothing."""
        kept = self._find(key)
        if kept is not None:
            return kept[0]
        value = make()
        return self._keep(key, value, self._weigh(value))

    @property
    def weight(self) -> int:
        """What is kept weighs, in all."""
        return self._weight

    def __contains__(self, key: K) -> bool:
        return key in self._held

    def _find(self, key: K) -> tuple[V, int] | None:
        with self._lock:
            kept = self._held.get(key)
            if kept is not None:
                self._held.move_to_end(key)
            return kept

    def _keep(self, key: K, value: V, weight: int) -> V:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
            self._held[key] = value, weight
            self._weight += weight
            while self._weight > self._most and len(self._held) > 1:
                _, (_, gone) = self._held.popitem(last=False)
                self._weight -= gone
            return value
