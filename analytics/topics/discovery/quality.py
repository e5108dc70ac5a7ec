"""What a topic's words are, and how well they hang together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

TOP = 10
"""So many words of a topic are looked at, as Röder et al. do."""

Table = npt.NDArray[np.float64]


def class_weights(inside: Any, labels: npt.NDArray[np.int64], count: int) -> Table:
    """How much each term tells of each topic: class-based TF-IDF (Grootendorst 2022, "BERTopic"): its share of the
    topic's words, times log(1 + mean words of a topic / its uses in all). `inside` is sparse (posts, terms); `labels`
    below 0 belong to no topic. Shape (count, terms)."""
    uses = np.zeros((count, inside.shape[1]))
    entries = inside.tocoo()
    owner = labels[entries.row]
    mine = owner >= 0
    np.add.at(uses, (owner[mine], entries.col[mine]), entries.data[mine])
    totals = uses.sum(axis=0)
    average = uses.sum() / max(1, count)
    share = uses / np.maximum(uses.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(share * np.log1p(average / np.maximum(totals, 1.0)), np.float64)


def top_terms(weights: Table, limit: int = TOP) -> list[list[int]]:
    """The terms of each topic by weight, the heaviest first; only those that it has at all."""
    found = []
    for row in weights:
        order = np.lexsort((np.arange(len(row)), -row))[:limit]
        found.append([int(term) for term in order if row[term] > 0])
    return found


def coherence(inside: Any, tops: Sequence[Sequence[int]]) -> list[float]:
    """For each topic the mean normalised pointwise mutual information of its top words' pairs within posts, -1..1
    (Bouma 2009; as a measure of topics: Lau et al. 2014, Röder, Both and Hinneburg 2015). Pairs that never stand
    together count as -1; a topic of fewer than two words has 0."""
    columns = inside.tocsc()
    posts = max(1, inside.shape[0])
    found = []
    for terms in tops:
        if len(terms) < 2:
            found.append(0.0)
            continue
        chosen = columns[:, list(terms)]
        both = (chosen.T @ chosen).toarray() / posts
        own = np.diag(both)
        first, second = np.triu_indices(len(terms), 1)
        p = both[first, second]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(p / (own[first] * own[second])) / -np.log(p)
        # Where both stand in every post, they tell nothing and -log p is 0.
        values = np.where(p <= 0, -1.0, np.where(p >= 1.0, 0.0, values))
        found.append(float(values.mean()))
    return found


def diversity(tops: Sequence[Sequence[int]]) -> float:
    """Different words among all topics' top words, 0..1 (Dieng, Ruiz and Blei 2020); 1 where there are none."""
    total = sum(map(len, tops))
    return len({term for terms in tops for term in terms}) / total if total else 1.0
