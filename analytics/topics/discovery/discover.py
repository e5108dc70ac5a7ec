"""Topics of posts in any languages: found from nothing, or gone on with from those that were found before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.abstaining import Bars, assign, bars, known_words
from analytics.topics.discovery.clusters import Clusters, Labels, group, settle
from analytics.topics.discovery.hierarchy import themes
from analytics.topics.discovery.naming import Told, tell
from analytics.topics.discovery.phrases import collocations
from analytics.topics.discovery.quality import class_weights, coherence, diversity, top_terms
from analytics.topics.discovery.space import Matrix, Space, learn, presence, unit
from analytics.topics.discovery.vocabulary import LEAST_AUTHORS, Bags, Post, bags_of, build

MODEL_ID = "topics/1"
LEAST_POSTS_OF_LANGUAGE = 60
LEAST_OF_TOPIC = 8
COUNTS = (2, 4, 6, 8, 12, 16, 24, 32)
"""How many topics of a language are tried; never more than one for each 30 posts."""

POSTS_PER_TOPIC = 30
ABOUT = 0.02
ASIDE, NEW = -1, -2
_ROOMY = 150  # where there are more posts, two topics would say too little
_TRIED_ON = 5_000
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one language, found in a sample. `terms` tell it, `examples` are its most typical posts (their places
    in the sample), `coherence` is the NPMI of its words."""

    terms: tuple[Told, ...]
    examples: tuple[int, ...]
    posts: int
    authors: int
    coherence: float


@dataclass(frozen=True, slots=True)
class Tongue:
    """The topics of one language. `labels` (places in the sample -> topic, -1 for none) only has this language's posts;
    `least` is what `abstaining` asks for. Without topics, `reason` says why."""

    language: str
    posts: int
    space: Space | None = None
    centres: Matrix | None = None
    least: Bars | None = None
    topics: tuple[Topic, ...] = ()
    themes: tuple[tuple[int, ...], ...] = ()
    labels: dict[int, int] | None = None
    coherence: float | None = None
    diversity: float | None = None
    reason: str = ""


def discover(posts: Sequence[Post], *, seed: int, before: Sequence[int] | None = None) -> list[Tongue]:
    """The topics of a sample of posts, language by language, the largest first.

    `before` gives for each post the topic (any number >= 0) that it had in the last run, ASIDE for none, NEW where that
    run did not see it: what was found then is gone on with, and only what is said newly makes new topics. Without it
    all is found anew.
    Deterministic for posts, their order and the seed.
    """
    sizes = Counter(post.language for post in posts)
    found = []
    for language, size in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])):
        if language in ("", "und"):
            found.append(Tongue(language, size, reason="language_not_told"))
        elif size < LEAST_POSTS_OF_LANGUAGE:
            found.append(Tongue(language, size, reason="too_few_posts"))
        else:
            places = [place for place, post in enumerate(posts) if post.language == language]
            known = None if before is None else np.array([before[place] for place in places], np.int64)
            found.append(_of_language(language, places, [posts[place] for place in places], known, seed))
    return found


def _of_language(language: str, where: Sequence[int], posts: Sequence[Post], known: Labels | None, seed: int) -> Tongue:
    vocabulary, units = build(posts)
    bags = bags_of(units, vocabulary)
    if len(vocabulary) < 10:
        return Tongue(language, len(posts), reason="too_few_words")
    space = learn(bags, vocabulary, seed=seed)
    places = space.place(bags)
    inside = presence(bags, len(vocabulary))
    counts = known_words(bags)
    # Places of which nothing is known would pull centres to nowhere.
    ground = np.flatnonzero(np.linalg.norm(places, axis=1) > 0.5)
    if len(ground) < LEAST_POSTS_OF_LANGUAGE:
        return Tongue(language, len(posts), reason="too_few_words")
    numbers: list[int] = []
    if known is not None:
        numbers = sorted(n for n, uses in Counter(known[ground].tolist()).items() if n >= 0 and uses >= LEAST_OF_TOPIC)
    if known is not None and numbers:
        centres = _go_on(places, ground, known, numbers, space, bags, counts, inside, seed)
    else:
        centres = _from_nothing(places[ground], inside[ground], seed)
    authors = np.array([post.author for post in posts])
    had = None if known is None else _had(known, numbers)
    kept, labels, least = _standing(centres, places, counts, space, bags, authors, had, seed)
    if not len(kept):
        return Tongue(language, len(posts), reason="nothing_stands_out")
    centres = centres[kept]
    together = collocations(posts, units)
    told = tell(posts, units, labels, len(centres), vocabulary, together)
    tops = top_terms(class_weights(inside, labels, len(centres)))
    coherences = coherence(inside, tops)
    topics = []
    for number, terms in enumerate(told):
        mine = np.flatnonzero(labels == number)
        nearness = places[mine] @ centres[number]
        typical = mine[np.lexsort((mine, -nearness))][:EXAMPLES]
        topics.append(
            Topic(
                terms=terms,
                examples=tuple(where[place] for place in typical),
                posts=len(mine),
                authors=len(set(authors[mine].tolist())),
                coherence=round(coherences[number], 4),
            )
        )
    return Tongue(
        language=language,
        posts=len(posts),
        space=space,
        centres=centres,
        least=least,
        topics=tuple(topics),
        themes=tuple(map(tuple, themes(centres))),
        labels={where[place]: int(label) for place, label in enumerate(labels)},
        coherence=round(float(np.mean(coherences)), 4),
        diversity=round(diversity(tops), 4),
    )


def _from_nothing(places: Matrix, inside: Any, seed: int) -> Matrix:
    return group(places, count=best_count(places, inside, seed=seed), seed=seed).centres


def best_count(places: Matrix, inside: Any, *, seed: int, counts: Sequence[int] = COUNTS) -> int:
    """How many topics there are: the most whose mean coherence times diversity ("topic quality"; Dieng, Ruiz and Blei
    2020) is within ABOUT of the best number's, tried on at most 5,000 posts. Coherence alone would take the few that
    say least, and between numbers that are as good the finer tells more."""
    if len(places) > _TRIED_ON:
        chosen = np.sort(np.random.default_rng([seed, 5]).choice(len(places), _TRIED_ON, replace=False))
        places, inside = places[chosen], inside[chosen]
    most = len(places) // POSTS_PER_TOPIC
    tried = [n for n in counts if n <= most and (n > 2 or len(places) < _ROOMY)] or [min(2, len(places))]
    scores = {n: _quality(group(places, count=n, seed=seed, restarts=3), inside) for n in tried}
    return max(n for n in tried if scores[n] >= max(scores.values()) - ABOUT)


def _quality(found: Clusters, inside: Any) -> float:
    tops = top_terms(class_weights(inside, found.labels, len(found.centres)))
    return round(float(np.mean(coherence(inside, tops))) * diversity(tops), 6)


def _go_on(
    places: Matrix,
    ground: npt.NDArray[np.int64],
    known: Labels,
    numbers: Sequence[int],
    space: Space,
    bags: Bags,
    counts: npt.NDArray[np.int64],
    inside: Any,
    seed: int,
) -> Matrix:
    """Old topics first, from where their posts lie now; then new ones from what fits none of them."""
    # Without what is new, which would draw a topic towards what it is not.
    old = ground[known[ground] != NEW]
    begun = np.stack([places[old][known[old] == number].sum(axis=0) for number in numbers])
    centres = settle(places[old], unit(begun.astype(np.float32))).centres
    labels, _ = assign(places, counts, centres, bars(space, bags, centres, seed=seed), _had(known, numbers))
    left = ground[labels[ground] < 0]
    said_now = left[known[left] == NEW]
    if len(said_now) < POSTS_PER_TOPIC:
        return centres
    tried = best_count(places[said_now], inside[said_now], seed=seed, counts=(1, *COUNTS))
    more = group(places[said_now], count=tried, seed=seed).centres
    # What the last run left aside it would find in every other as well: only what is mostly new is a new topic.
    at, _ = assign(places[left], counts[left], more, bars(space, bags, more, seed=seed))
    novel = [
        number
        for number in range(len(more))
        if (at == number).any() and (known[left[at == number]] == NEW).mean() > 0.5
    ]
    return np.concatenate([centres, more[novel]])


def _had(known: Labels, numbers: Sequence[int]) -> Labels:
    """Old topics' numbers as places among the centres that go on."""
    place = {number: at for at, number in enumerate(numbers)}
    return np.array([place.get(number, -1) for number in known.tolist()], np.int64)


def _standing(
    centres: Matrix,
    places: Matrix,
    counts: npt.NDArray[np.int64],
    space: Space,
    bags: Bags,
    authors: npt.NDArray[np.int64],
    had: Labels | None,
    seed: int,
) -> tuple[list[int], Labels, Bars]:
    """The centres that have enough posts of enough authors once chance is left out, and who belongs to them."""
    kept = list(range(len(centres)))
    while True:
        least = bars(space, bags, centres[kept], seed=seed)
        labels, _ = assign(places, counts, centres[kept], least, None if had is None else _had(had, kept))
        sizes = np.bincount(labels[labels >= 0], minlength=len(kept))
        weak = [
            place
            for place in range(len(kept))
            if sizes[place] < LEAST_OF_TOPIC or len(set(authors[labels == place].tolist())) < LEAST_AUTHORS
        ]
        if not weak:
            return kept, labels, least
        gone = min(weak, key=lambda place: (sizes[place], place))
        kept = [number for place, number in enumerate(kept) if place != gone]
