"""Keyphrases: words and phrases that some posts say more than others, language by language."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.topics.discovery.phrases import CERTAIN, collocations, g2, keys_in
from analytics.topics.discovery.segment import learn_words
from analytics.topics.discovery.vocabulary import LEAST_AUTHORS, LEAST_POSTS, Post, Unit, counted, runs_of

ENOUGH_BACKGROUND = 50
"""Posts of a language to compare with, below which nothing is called distinctive."""

_Z95 = 1.959963984540054
Key = str | tuple[str, ...]
"""A word, or the words of a phrase."""


@dataclass(frozen=True, slots=True)
class Keyphrase:
    """A word or phrase, as most wrote it: in `posts` of the language's `of` posts and of how many authors, and in
    `others` of `others_of` posts that it is compared with. `ratio` of the two shares has a 95 % interval (Katz et al.
    1978), `score` is Dunning's G²; all None where there is too little to compare with."""

    text: str
    language: str
    posts: int
    of: int
    authors: int
    others: int
    others_of: int
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """Keyphrases, and of how many posts, those compared with included, no more than the beginning counted for them."""

    phrases: tuple[Keyphrase, ...]
    beginnings: int


def keyphrases(posts: Sequence[Post], others: Sequence[Post], *, limit: int, frequent: bool = False) -> Found:
    """What posts say more than others do: by G², those that cannot be chance (0.1 %) only. With `frequent` what they
    say most, whether others say it too or not. Each in at least 3 posts and of at least 3 authors. A language with
    fewer than 3 posts, or without `frequent` too few others, is not read."""
    found: list[Keyphrase] = []
    beginnings = 0
    for language in sorted({post.language for post in posts}):
        mine = [post for post in posts if post.language == language]
        theirs = [post for post in others if post.language == language]
        if len(mine) >= LEAST_POSTS and (frequent or len(theirs) >= ENOUGH_BACKGROUND):
            phrases, cut = _of_language(language, mine, theirs, limit, frequent)
            found += phrases
            beginnings += cut
    return Found(tuple(sorted(found, key=lambda each: _rank(each, frequent))[:limit]), beginnings)


def _rank(each: Keyphrase, frequent: bool) -> tuple[float, float, str, str]:
    first, second = (each.posts, each.score or 0.0) if frequent else (each.score or 0.0, each.posts)
    return -first, -second, each.language, each.text


def _of_language(
    language: str, posts: Sequence[Post], others: Sequence[Post], limit: int, frequent: bool
) -> tuple[list[Keyphrase], int]:
    unspaced = learn_words(runs_of([*posts, *others]))
    units: list[list[Unit]] = []
    beginnings = 0
    for post in posts:
        mine, whole = counted(post.words, unspaced)
        units.append(mine)
        beginnings += not (whole and post.whole)
    together = collocations(posts, units)
    said = [_keys(mine, together) for mine in units]
    uses: Counter[Key] = Counter()
    for keys in said:
        uses.update(keys)
    likely = {key for key, n in uses.items() if n >= LEAST_POSTS}
    authors: dict[Key, set[int]] = {}
    written: dict[Key, Counter[str]] = {}
    for post, mine, keys in zip(posts, units, said, strict=True):
        for key in keys & likely:
            authors.setdefault(key, set()).add(post.author)
        for unit in mine:
            if not unit.stop and unit.key in likely:
                written.setdefault(unit.key, Counter())[unit.written] += 1
    elsewhere: Counter[Key] = Counter()
    for post in others:
        theirs, whole = counted(post.words, unspaced)
        elsewhere.update(_keys(theirs, together) & likely)
        beginnings += not (whole and post.whole)
    compared = len(others) >= ENOUGH_BACKGROUND
    found = []
    for key in likely:
        n = uses[key]
        if len(authors[key]) < LEAST_AUTHORS:
            continue
        text = (
            together[key]
            if isinstance(key, tuple)
            else min(written[key].items(), key=lambda pair: (-pair[1], pair[0]))[0]
        )
        score = g2(n, len(posts), n + elsewhere[key], len(posts) + len(others)) if compared else None
        if not frequent and (score is None or score < CERTAIN):
            continue
        ratio, low, high = _ratio(n, len(posts), elsewhere[key], len(others)) if compared else (None, None, None)
        phrase = Keyphrase(
            text=text,
            language=language,
            posts=n,
            of=len(posts),
            authors=len(authors[key]),
            others=elsewhere[key],
            others_of=len(others),
            ratio=ratio,
            ratio_low=low,
            ratio_high=high,
            score=None if score is None else round(score, 2),
        )
        found.append((key, phrase))
    found.sort(key=lambda pair: _rank(pair[1], frequent))
    return _without_parts(found, limit), beginnings


def _keys(units: Sequence[Unit], together: Mapping[tuple[str, ...], str]) -> set[Key]:
    single: set[Key] = {unit.key for unit in units if not unit.stop and len(unit.key) <= 64}
    return single.union(phrase for phrase in keys_in(units) if phrase in together) if together else single


def _ratio(n: int, of: int, others: int, others_of: int) -> tuple[float, float, float]:
    """Ratio of two shares and its interval on the log scale; half a post is added to each count."""
    a, b = n + 0.5, others + 0.5
    log = math.log((a / (of + 0.5)) / (b / (others_of + 0.5)))
    spread = _Z95 * math.sqrt(max(0.0, 1 / a - 1 / (of + 0.5) + 1 / b - 1 / (others_of + 0.5)))
    return round(math.exp(log), 4), round(math.exp(log - spread), 4), round(math.exp(log + spread), 4)


def _without_parts(found: Sequence[tuple[Key, Keyphrase]], limit: int) -> list[Keyphrase]:
    """Without what is hardly ever said but as part of a phrase that is here, or is one with a word that is."""
    phrases = [(set(key), each.posts) for key, each in found if isinstance(key, tuple)]
    kept: list[Keyphrase] = []
    for key, each in found:
        if len(kept) == limit:
            break
        if isinstance(key, tuple) or not any(key in words and n >= 0.7 * each.posts for words, n in phrases):
            kept.append(each)
    return kept
