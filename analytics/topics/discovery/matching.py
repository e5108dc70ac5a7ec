"""Which topic of a new run is which of the old ones: by the posts and the words that they share.

An assignment of highest total similarity (the Hungarian method; Kuhn 1955), where similarity is the Jaccard index of
members, as communities are tracked over time (Greene, Doyle and Cunningham 2010), or of words where few posts are in
both. Topics that are alike by less than LEAST are not the same: the old one is retired, the new one gets an id of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

LEAST = 0.2
PART = 0.3
"""So much of a topic's posts in another makes that its descendant."""

FEW = 20


@dataclass(frozen=True, slots=True)
class Side:
    """A topic as matching sees it: its language, the posts of it (any ids) that both runs looked at, and its words."""

    language: str
    posts: Set[int]
    words: Set[str]


@dataclass(frozen=True, slots=True)
class Matched:
    """`same` gives for each new topic the old one that it is, where it is one. `descents` are (old, new, share of the
    old one's posts) of other pairs in which at least 30 % of the old one's posts are in the new: of a topic that goes
    on, a split; into one that is another, a merger."""

    same: Mapping[int, int]
    descents: tuple[tuple[int, int, float], ...]


def match(old: Sequence[Side], new: Sequence[Side]) -> Matched:
    """Match new topics with old ones of their language, each with at most one."""
    from scipy.optimize import linear_sum_assignment

    alike = np.zeros((len(old), len(new)))
    for i, before in enumerate(old):
        for j, now in enumerate(new):
            if before.language == now.language:
                alike[i, j] = _similarity(before, now)
    same: dict[int, int] = {}
    if alike.size:
        for i, j in zip(*linear_sum_assignment(alike, maximize=True), strict=True):
            if alike[i, j] >= LEAST:
                same[int(j)] = int(i)
    descents = [
        (i, j, round(share, 4))
        for i, before in enumerate(old)
        for j, now in enumerate(new)
        if same.get(j) != i and before.posts and before.language == now.language
        if (share := len(before.posts & now.posts) / len(before.posts)) >= PART
    ]
    return Matched(same, tuple(descents))


def _similarity(before: Side, now: Side) -> float:
    if min(len(before.posts), len(now.posts)) >= FEW:
        return _jaccard(before.posts, now.posts)
    return max(_jaccard(before.posts, now.posts), _jaccard(before.words, now.words))


def _jaccard(one: Set[int] | Set[str], other: Set[int] | Set[str]) -> float:
    together = len(one | other)
    return len(one & other) / together if together else 0.0
