"""When a post belongs to no topic: when it is no nearer to one than nonsense is.

Nonsense are posts of the same number of words, drawn at random from the same language's words: what such a post reaches
by chance. A post is given a topic only if it is nearer to it than 70 % of nonsense is to its own nearest, and keeps one
that it had while it is nearer than half of it is and no other is clearly nearer: so what is on the border does not go
to and fro. One known word is never enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.space import Matrix, Space
from analytics.topics.discovery.vocabulary import Bags

LENGTHS = (1, 2, 3, 4, 6, 9, 14, 25)
"""Posts are compared with nonsense of at most as many words: of the first class from 1 on, and so forth."""

ENTERING = 0.7
STAYING = 0.5
CLEARLY = 0.1
"""So much nearer (as a cosine) another topic must be for a post to change to it."""

_DRAWN = 2_000


def class_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which class of LENGTHS each number of different words belongs to; 0 for none at all, too."""
    return np.clip(np.searchsorted(np.array(LENGTHS), counts, side="right") - 1, 0, len(LENGTHS) - 1)


@dataclass(frozen=True, slots=True)
class Bars:
    """The least cosine at which a post enters a topic and at which it stays in the one that it had, by LENGTHS."""

    enter: tuple[float, ...]
    stay: tuple[float, ...]


def bars(space: Space, bags: Bags, centres: Matrix, *, seed: int) -> Bars:
    """What nonsense reaches at these centres. 1.0 (never) for a single word, which is as near by chance as any."""
    rng = np.random.default_rng([seed, 95])
    found = [(1.0, 1.0)]
    for length in LENGTHS[1:]:
        if not len(bags.terms) or not len(centres):
            found.append((1.0, 1.0))
            continue
        drawn = bags.terms[rng.integers(0, len(bags.terms), (_DRAWN, length))]
        places = space.from_middle(space.vectors[drawn].sum(axis=1).astype(np.float32))
        enter, stay = np.quantile((places @ centres.T).max(axis=1), (ENTERING, STAYING))
        found.append((float(enter), float(stay)))
    return Bars(tuple(enter for enter, _ in found), tuple(stay for _, stay in found))


def known_words(bags: Bags) -> npt.NDArray[np.int64]:
    """How many different known words each post has."""
    return np.array(
        [len(set(bags.terms[a:b].tolist())) for a, b in zip(bags.starts[:-1], bags.starts[1:], strict=True)], np.int64
    )


def assign(
    places: Matrix,
    counts: npt.NDArray[np.int64],
    centres: Matrix,
    least: Bars,
    had: npt.NDArray[np.int64] | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Each post's topic (-1: none) and its cosine to that, or else to the nearest. `had` is the topic that each had
    (below 0: none). Shapes (posts,)."""
    if not len(centres) or not len(places):
        return np.full(len(places), -1, np.int64), np.zeros(len(places))
    cosines = (places @ centres.T).astype(np.float64)
    rows, classes = np.arange(len(places)), class_of(counts)
    best = cosines.argmax(axis=1)
    highest = cosines[rows, best]
    labels = np.where((highest > np.array(least.enter)[classes]) & (counts > 0), best, -1)
    if had is not None:
        own = cosines[rows, np.maximum(had, 0)]
        stays = (had >= 0) & (counts > 0) & (own > np.array(least.stay)[classes]) & (highest - own <= CLEARLY)
        labels = np.where(stays, had, labels)
        highest = np.where(stays, own, highest)
    return labels.astype(np.int64), highest
