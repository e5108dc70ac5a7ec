"""What brings a query its posts, and what would cut it: which alternative finds how many, which exclusion removes any,
and which words stand in its noise rather than in the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from analytics.listening.document import Document
from analytics.listening.frequent import is_frequent
from analytics.listening.placed import Placed
from analytics.listening.residual import NO, Residual, build
from analytics.listening.tree import And, Node, Not, Or

MOST_CUTS = 10
MOST_BRANCHES = 60
MOST_EXCLUSIONS = 40
_FEWEST_REMOVED = 3
_MOST_CANDIDATES = 400
# Of the statistic's chi-square distribution with one degree of freedom: p < .001.
_STANDS_OUT = 10.83


@dataclass(frozen=True, slots=True)
class Looked:
    """A post that matched: the folded words and tags in it, and whether it looks like noise."""

    words: frozenset[str]
    noisy: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A word that would remove `removes` of the matching posts if it were excluded, `noisy` of them noise. `further`
    says how much noise it removes beyond the words before it in the list."""

    word: str
    removes: int
    noisy: int
    further: int


def cuts(posts: Sequence[Looked], *, wanted: Collection[str] = ()) -> tuple[Cut, ...]:
    """Words and tags over-represented in noise, at most MOST_CUTS, each the one that removes the most noise for the
    clean posts it takes along, once those before it are excluded; `wanted` are words the query looks for.

    Over-represented by the log-likelihood ratio (Dunning 1993, Computational Linguistics 19(1)) of "in the post" with
    "noisy", p < .001, and in three noisy posts at least. Frequent words of a language are left out. () without noise.
    """
    noisy = [post.words for post in posts if post.noisy]
    clean = Counter(word for post in posts if not post.noisy for word in post.words)
    counts = Counter(word for words in noisy for word in words)
    others = len(posts) - len(noisy)
    scored = [
        (word, score)
        for word, found in counts.items()
        if found >= _FEWEST_REMOVED
        and word not in wanted
        and not is_frequent(word)
        and found * others > clean[word] * len(noisy)
        and (score := _likelihood_ratio(found, len(noisy), clean[word], others)) > _STANDS_OUT
    ]
    scored.sort(key=lambda pair: (-pair[1], pair[0]))
    candidates = [word for word, _ in scored[:_MOST_CANDIDATES]]
    found_cuts: list[Cut] = []
    left = noisy
    while candidates and len(found_cuts) < MOST_CUTS:
        remaining = Counter(word for words in left for word in words)
        best = max(candidates, key=lambda word: (remaining[word] - clean[word], -clean[word], counts[word]))
        if remaining[best] < _FEWEST_REMOVED or remaining[best] <= clean[best]:
            break
        found_cuts.append(Cut(best, counts[best] + clean[best], counts[best], remaining[best]))
        candidates.remove(best)
        left = [words for words in left if best not in words]
    return tuple(found_cuts)


def _likelihood_ratio(found: int, of: int, elsewhere: int, of_others: int) -> float:
    """G² of a two-by-two table: with the word and without, noisy and not."""
    total = of + of_others
    whole = found + elsewhere
    cells = (
        (found, whole * of / total),
        (elsewhere, whole * of_others / total),
        (of - found, (total - whole) * of / total),
        (of_others - elsewhere, (total - whole) * of_others / total),
    )
    return 2 * sum(seen * math.log(seen / expected) for seen, expected in cells if seen and expected)


@dataclass(frozen=True, slots=True)
class Branch:
    """An alternative of a query (or all of it, where it has none), at [start, end) of its text: how many of the
    matching posts it finds, and how many nothing beside it finds."""

    start: int
    end: int
    brings: int
    alone: int


def branches(query: Placed, documents: Sequence[Document]) -> tuple[Branch, ...]:
    """What each alternative brings among posts that the query matches; the first MOST_BRANCHES of them in the order of
    the text. Alternatives within alternatives count within theirs; those under a NOT do not count."""
    found: list[Branch] = []
    for group in _groups(query):
        room = MOST_BRANCHES - len(found)
        residuals: list[Residual] = [build(branch.node) for branch in group]
        brings, alone = [0] * len(group), [0] * len(group)
        for document in documents:
            hits = [number for number, residual in enumerate(residuals) if residual.truth(document) != NO]
            for number in hits:
                brings[number] += 1
            if len(hits) == 1:
                alone[hits[0]] += 1
        found += [
            Branch(branch.start, branch.end, brings[number], alone[number]) for number, branch in enumerate(group)
        ][:room]
        if len(found) >= MOST_BRANCHES:
            break
    return tuple(found)


def _groups(query: Placed) -> Iterator[tuple[Placed, ...]]:
    alternatives = [part.children for part in _wanted(query) if isinstance(part.node, Or)]
    yield from alternatives or [(query,)]


def _wanted(part: Placed) -> Iterator[Placed]:
    if isinstance(part.node, Or):
        yield part
    if isinstance(part.node, (And, Or)):
        for child in part.children:
            yield from _wanted(child)


def without_exclusions(node: Node) -> Node:
    """The query without what it excludes: every NOT that stands beside something wanted is gone."""
    match node:
        case And(children):
            kept = tuple(without_exclusions(child) for child in children if not isinstance(child, Not))
            return node if not kept else kept[0] if len(kept) == 1 else And(kept)
        case Or(children):
            return Or(tuple(without_exclusions(child) for child in children))
    return node


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A NOT at [start, end) of the query's text, and how many posts it removes, by itself or with others."""

    start: int
    end: int
    removes: int


def exclusions(query: Placed, documents: Sequence[Document]) -> tuple[Exclusion, ...]:
    """What each NOT removes, given the posts that match `without_exclusions` and not the query; the first
    MOST_EXCLUSIONS of them."""
    nots = list(_exclusions(query))[:MOST_EXCLUSIONS]
    found = []
    for part in nots:
        inner = build(part.children[0].node)
        found.append(Exclusion(part.start, part.end, sum(inner.truth(document) != NO for document in documents)))
    return tuple(found)


def _exclusions(part: Placed) -> Iterator[Placed]:
    if isinstance(part.node, (And, Or)):
        for child in part.children:
            if isinstance(child.node, Not) and isinstance(part.node, And):
                yield child
            else:
                yield from _exclusions(child)
