"""The matchers that ours is measured beside, each asked for the same queries over the same posts.

A peer's `run(first, count)` matches `count` posts from `first` on (round the pool) and returns the CPU seconds that
took. What a peer cannot do is left out in its favour and said here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import ahocorasick_rs

from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.query import Cased, Cashtag, Handle, Hashtag, Node, Pattern, Phrase, Prefix, Term, leaves
from analytics.listening.text import fold, scan
from tests.listening import naive


class Peer(Protocol):
    def run(self, first: int, count: int) -> float:
        """CPU seconds of matching `count` posts of the pool from `first` on."""


def chosen(pool: Sequence[Readable], first: int, count: int) -> list[Readable]:
    """`count` posts of the pool from `first` on, round it as often as needed."""
    return [pool[(first + place) % len(pool)] for place in range(count)]


class Kernel:
    """Ours: whole posts with their facts, as the stream's route gives them, to (query, pending) lists."""

    def __init__(self, pool: Sequence[Readable], matcher: BatchMatcher[int]) -> None:
        self._pool, self._matcher = pool, matcher

    def run(self, first: int, count: int) -> float:
        posts = chosen(self._pool, first, count)
        start = time.process_time()
        self._matcher.pairs(posts)
        return time.process_time() - start


class KernelTexts:
    """Ours without facts: texts to arrays of pairs, which is what the peers are asked for."""

    def __init__(self, pool: Sequence[Readable], matcher: BatchMatcher[int]) -> None:
        self._pool, self._matcher = pool, matcher

    def run(self, first: int, count: int) -> float:
        texts = [post.text for post in chosen(self._pool, first, count)]
        start = time.process_time()
        self._matcher.match(texts)
        return time.process_time() - start


class PythonIndex:
    """The reference matcher: anchors in a dictionary, then each candidate's rest, all in Python."""

    def __init__(self, pool: Sequence[Readable], matcher: Matcher[int]) -> None:
        self._pool, self._matcher = pool, matcher

    def run(self, first: int, count: int) -> float:
        posts = chosen(self._pool, first, count)
        start = time.process_time()
        self._matcher.pairs(posts)
        return time.process_time() - start


class Naive:
    """Each query evaluated on each post, the obvious way. Of many queries `_SAMPLE` are tried, evenly drawn, and the
    time is raised to all: it is proportional to them."""

    _SAMPLE = 1_000

    def __init__(self, pool: Sequence[Readable], queries: Sequence[Node]) -> None:
        self._pool = pool
        self._queries = queries[:: max(1, len(queries) // self._SAMPLE)]
        self._share = len(self._queries) / len(queries)

    def run(self, first: int, count: int) -> float:
        posts = chosen(self._pool, first, count)
        start = time.process_time()
        for post in posts:
            naive_matches(self._queries, post)
        return (time.process_time() - start) / self._share


def naive_matches(queries: Sequence[Node], post: Readable) -> list[int]:
    """The numbers of the queries that match, by the naive evaluator, which reads the post once for all."""
    return [number for number, answer in enumerate(naive.answers(queries, post)) if answer != naive.NO]


class AhoCorasick:
    """One scan for all distinct terms of the queries (words, phrases with single spaces, tags, beginnings), by
    ahocorasick_rs, over bytes of texts that were folded, tokenised and joined by single spaces before the clock starts.
    It knows no words, no Boolean operators and no queries: what it finds still would have to be made into answers.
    Overlaps are found, as answers would need; without `overlapping`, terms that begin inside another are missed."""

    def __init__(self, pool: Sequence[Readable], terms: Sequence[str], *, overlapping: bool = True) -> None:
        self._texts = [folded(post.text).encode("utf-8", "replace") for post in pool]
        self._overlapping = overlapping
        self._scanner = ahocorasick_rs.BytesAhoCorasick([term.encode("utf-8", "replace") for term in terms])

    def run(self, first: int, count: int) -> float:
        texts = [self._texts[(first + place) % len(self._texts)] for place in range(count)]
        find, overlapping = self._scanner.find_matches_as_indexes, self._overlapping
        start = time.process_time()
        for text in texts:
            find(text, overlapping)
        return time.process_time() - start


class FoldingAhoCorasick:
    """The same over strings as they come, folded as little as one could (`str.casefold`), while the clock runs."""

    def __init__(self, pool: Sequence[Readable], terms: Sequence[str]) -> None:
        self._pool = pool
        self._scanner = ahocorasick_rs.AhoCorasick(terms)

    def run(self, first: int, count: int) -> float:
        texts = [post.text for post in chosen(self._pool, first, count)]
        find = self._scanner.find_matches_as_indexes
        start = time.process_time()
        for text in texts:
            find(text.casefold(), True)
        return time.process_time() - start


def terms_of(queries: Iterable[Node]) -> list[str]:
    """The distinct terms of the queries, folded."""
    return sorted({term for query in queries for term in _terms(query)})


def folded(text: str) -> str:
    """A text's keys in order, tags before the words they hold, joined by spaces; unspaced scripts stay unspaced."""
    scanned = scan(text)
    tags = {tag.first: tag.key for tag in scanned.tags}
    pieces = []
    for place, word in enumerate(scanned.words):
        if place in tags:
            pieces.append(f" {tags[place]}")
        pieces.append(word if place in scanned.glued else f" {word}")
    return "".join(pieces)


def _terms(query: Node) -> Iterator[str]:
    for leaf in leaves(query):
        match leaf:
            case Term(text) | Prefix(text):
                yield text
            case Phrase(parts):
                yield " ".join(part.rstrip("*") for part in parts)
            case Pattern(text):
                yield re.split(r"[*?]", text)[0]
            case Cased(parts):
                yield " ".join(fold(part) for part in parts)
            case Hashtag(text):
                yield f"#{text.rstrip('*')}"
            case Handle(text):
                yield f"@{text.rstrip('*')}"
            case Cashtag(text):
                yield f"${text}"
