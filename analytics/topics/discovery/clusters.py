"""Groups of posts: spherical k-means (Dhillon and Modha 2001) with k-means++ seeds (Arthur and Vassilvitskii 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.space import Matrix, unit

RESTARTS = 6
MOST_ROUNDS = 40

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """`labels` give each place's cluster, `centres` are unit vectors, `fit` the mean cosine to the own centre."""

    labels: Labels
    centres: Matrix
    fit: float


def group(places: Matrix, *, count: int, seed: int, restarts: int = RESTARTS) -> Clusters:
    """The best of some tries to part places (unit vectors, at least `count`) into `count` clusters."""
    tries = []
    for turn in range(restarts):
        rng = np.random.default_rng([seed, count, turn])
        tries.append(settle(places, _seeds(places, count, rng)))
    return max(tries, key=lambda found: found.fit)


def settle(places: Matrix, centres: Matrix) -> Clusters:
    """Move centres to the middle of those that are nearest to them until nothing changes. A centre that nobody is
    nearest to stays where it is."""
    labels = _nearest(places, centres)
    for _ in range(MOST_ROUNDS):
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, places)
        sizes = np.bincount(labels, minlength=len(centres))
        centres = np.where((sizes > 0)[:, None], unit(sums), centres)
        again = _nearest(places, centres)
        if np.array_equal(again, labels):
            break
        labels = again
    fit = float(np.einsum("ij,ij->i", places, centres[labels]).mean()) if len(places) else 0.0
    return Clusters(labels, centres, fit)


def _nearest(places: Matrix, centres: Matrix) -> Labels:
    return np.asarray((places @ centres.T).argmax(axis=1), np.int64)


def _seeds(places: Matrix, count: int, rng: np.random.Generator) -> Matrix:
    chosen = [int(rng.integers(len(places)))]
    nearest = places @ places[chosen[0]]
    for _ in range(count - 1):
        far = np.maximum(1.0 - nearest.astype(np.float64), 0.0)
        total = far.sum()
        pick = int(rng.choice(len(places), p=far / total)) if total > 0 else int(rng.integers(len(places)))
        chosen.append(pick)
        nearest = np.maximum(nearest, places @ places[pick])
    return places[chosen].copy()
