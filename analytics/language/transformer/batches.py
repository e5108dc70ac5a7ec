"""Batches of like length: what is spent on padding is spent for nothing."""

from __future__ import annotations

from collections.abc import Sequence


def batches(lengths: Sequence[int], *, tokens: int, rows: int) -> list[list[int]]:
    """The places of texts in batches, shortest first, each place once.

    `lengths` are in tokens (> 0). A batch holds at most `rows` texts, and `tokens` when all are padded to its longest;
    a text that is longer by itself has a batch of its own.
    """
    found: list[list[int]] = []
    here: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: (lengths[place], place)):
        # Ascending: the one that comes is the longest of its batch.
        if here and (len(here) == rows or (len(here) + 1) * lengths[place] > tokens):
            found.append(here)
            here = []
        here.append(place)
    return [*found, here] if here else found
