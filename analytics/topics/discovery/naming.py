"""What a topic is called: its own words and phrases, those that tell most of it first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.phrases import keys_in
from analytics.topics.discovery.quality import class_weights
from analytics.topics.discovery.vocabulary import LEAST_AUTHORS, Post, Unit, Vocabulary

MOST_TERMS_SHOWN = 12
WORDS_IN_NAME = 3
MOST_OF_NAME = 300
"""Characters: people write words of any length, and marks without end on one letter."""


@dataclass(frozen=True, slots=True)
class Told:
    """A word or phrase of a topic: as most wrote it, its folded key, its class-based TF-IDF, in how many of the
    topic's posts it stands (each story once) and of how many of their authors."""

    text: str
    key: str
    weight: float
    posts: int
    authors: int


def tell(
    posts: Sequence[Post],
    units: Sequence[Sequence[Unit]],
    labels: npt.NDArray[np.int64],
    count: int,
    vocabulary: Vocabulary,
    together: Mapping[tuple[str, ...], str],
) -> list[tuple[Told, ...]]:
    """The at most 12 terms of each of `count` topics, the most telling first. One that only repeats a part of another
    is left out, and so is one that fewer than 3 of the topic's authors use."""
    from scipy import sparse

    texts = [*vocabulary.written, *together.values()]
    keys = [*vocabulary.keys, *(" ".join(phrase) for phrase in together)]
    number = {phrase: len(vocabulary) + place for place, phrase in enumerate(together)}
    rows: list[int] = []
    columns: list[int] = []
    authors: dict[tuple[int, int], set[int]] = {}
    uses: Counter[tuple[int, int]] = Counter()
    for place, mine in enumerate(units):
        terms = {vocabulary.number[u.key] for u in mine if not u.stop and u.key in vocabulary.number}
        terms |= {number[phrase] for phrase in keys_in(mine) if phrase in number}
        rows += [place] * len(terms)
        columns += terms
        topic = int(labels[place])
        if topic >= 0:
            for term in terms:
                uses[topic, term] += 1
                authors.setdefault((topic, term), set()).add(posts[place].author)
    inside = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(posts), max(1, len(texts))))
    weights = class_weights(inside, labels, count)
    # A phrase has fewer uses than its words, and says more: it counts for as many words as it has.
    weights[:, len(vocabulary) :] *= 2.0
    found = []
    for topic in range(count):
        chosen: list[Told] = []
        for term in np.lexsort((np.arange(weights.shape[1]), -weights[topic])):
            who = len(authors.get((topic, int(term)), ()))
            if weights[topic, term] <= 0 or len(chosen) == MOST_TERMS_SHOWN:
                break
            if who >= LEAST_AUTHORS and not any(_repeats(keys[term], told.key) for told in chosen):
                weight = round(float(weights[topic, term]), 6)
                chosen.append(Told(texts[term], keys[term], weight, uses[topic, int(term)], who))
        found.append(tuple(chosen))
    return found


def _repeats(key: str, other: str) -> bool:
    """Whether they share a word, or one is the other with an ending: `bag` and `bags`."""
    if not set(key.split()).isdisjoint(other.split()):
        return True
    short, long = sorted((key, other), key=len)
    return len(short) >= 3 and long.startswith(short) and len(long) - len(short) <= 2


def name_of(terms: Sequence[Told]) -> str:
    """A topic's name by its words: the first three."""
    return ", ".join(told.text for told in terms[:WORDS_IN_NAME])[:MOST_OF_NAME]
