"""Interleaved slices: every peer runs a short slice in each round, so that whatever else the machine does meets all."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

Run = Callable[[int, int], float]

_LARGEST = 200_000  # posts in a slice


def rates(peers: Mapping[str, Run], *, rounds: int, seconds: float, most_seconds: float) -> dict[str, float]:
    """The median over the rounds of each peer's posts per CPU second, from slices of about `seconds` each.

    A peer that needs more than `seconds` for one post gets one post a slice, and after `most_seconds` no more slices.
    """
    sizes = {name: _size(run, seconds) for name, run in peers.items()}
    spent = dict.fromkeys(peers, 0.0)
    seen: dict[str, list[float]] = {name: [] for name in peers}
    names = list(peers)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if spent[name] > most_seconds and len(seen[name]) >= 3:
                continue
            count = sizes[name]
            used = peers[name](count * (turn + 1), count)
            spent[name] += used
            seen[name].append(count / max(used, 1e-9))
    return {name: statistics.median(found) for name, found in seen.items()}


def _size(run: Run, seconds: float) -> int:
    """How many posts take about `seconds`; running it also warms it up."""
    count = 1
    while count < _LARGEST:
        used = run(0, count)
        if used >= seconds / 3:
            return max(1, min(_LARGEST, int(count * seconds / used)))
        count *= 4
    return _LARGEST
