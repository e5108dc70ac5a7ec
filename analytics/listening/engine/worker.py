"""One thread's memory for matching, and the steps of a match in order."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.deciding import decide
from analytics.listening.engine.index import Index
from analytics.listening.engine.keytable import Table, table
from analytics.listening.engine.memory import Answers, Beside, Found, Marks, Stems
from analytics.listening.engine.probing import find_stems, probe
from analytics.listening.engine.reader import Reader
from analytics.listening.engine.tables import load

_MOST_POSTS = 1 << 30
# Memory for more than so many keys of one post, or findings of one batch, is given back.
_KEPT = 1 << 19
_NO_PLACES = np.zeros(0, np.int32)


@dataclass(slots=True)
class Tally:
    """What matching cost: posts, candidates (a query of which an anchor was there), programs run, answers, and how
    many posts' languages and how many pairs' answers by the reference were needed."""

    posts: int = 0
    candidates: int = 0
    programs: int = 0
    answers: int = 0
    languages: int = 0
    references: int = 0


class Worker:
    """Reads and matches batches. Never used by two threads at once."""

    __slots__ = ("_found", "_marks", "_reader", "_table")

    def __init__(self) -> None:
        self._reader = Reader(load())
        self._table: Table = table(1024)
        self._marks = _marks(0, 0)
        self._found: Found = _found(1024, 1 << 14)

    def read(self, texts: Sequence[str]) -> Batch:
        """Tokenised texts; good until the next call."""
        batch = self._reader.read(texts)
        return batch._replace(words=batch.words[: len(texts) + 1], tags=batch.tags[: len(texts) + 1])

    def match(
        self, index: Index, gone: Array, offset: int, batch: Batch, beside: Beside, counts: Array, tally: Tally
    ) -> Answers:
        """What the queries of an index that are not `gone` say; their numbers are raised by `offset`."""
        marks = self._marks_for(index)
        posts = len(batch.words) - 1
        found = self._found
        if len(found.bounds) <= posts:
            found = _found(posts, len(found.candidates))
        if index.longest[0]:
            word_stems, tag_stems = found.word_stems, found.tag_stems
            done = 0
            while (
                done := find_stems(
                    index, batch.words, batch.word_spelled, batch.word_states, _NO_PLACES, done, word_stems
                )
            ) < posts:
                word_stems = _with_more_stems(word_stems, len(batch.word_states))
            done = 0
            while (
                done := find_stems(
                    index, batch.tags, batch.tag_spelled, batch.tag_states, batch.tag_firsts, done, tag_stems
                )
            ) < posts:
                tag_stems = _with_more_stems(tag_stems, len(batch.tag_states))
            found = found._replace(word_stems=word_stems, tag_stems=tag_stems)
        else:
            found.word_stems.bounds[: posts + 1] = 0
            found.tag_stems.bounds[: posts + 1] = 0
        sums = np.zeros(1, np.int64)
        done = 0
        while (done := probe(index, gone, batch, beside, done, marks, counts, found, sums)) < posts:
            more = np.empty(4 * len(found.candidates), np.int64)
            more[: len(found.candidates)] = found.candidates
            found = found._replace(candidates=more)
        self._found = found
        tally.candidates += int(sums[0])
        return self.decide(index, offset, batch, beside, found, tally)

    def decide(self, index: Index, offset: int, batch: Batch, beside: Beside, found: Found, tally: Tally) -> Answers:
        """What the candidates say."""
        posts = len(batch.words) - 1
        size = np.diff(batch.words) + 2 * np.diff(batch.tags)
        size += 2 * np.diff(found.word_stems.bounds[: posts + 1]) + 2 * np.diff(found.tag_stems.bounds[: posts + 1])
        if len(beside.facts):
            size += np.diff(beside.facts)
        most = int(size.max(initial=0))
        keys = self._table
        if len(keys.places) < most or keys.posts[0] > _MOST_POSTS:
            keys = table(max(most, 1024))
            if most <= _KEPT:
                self._table = keys
        room = int(found.bounds[posts])
        answers = Answers(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.uint8))
        written, runs = decide(index, offset, batch, beside, found, keys, answers)
        tally.programs += runs
        return Answers(*(column[:written] for column in answers))

    def again(self, index: Index, offset: int, batch: Batch, beside: Beside, answers: Answers, tally: Tally) -> Answers:
        """`decide` for given pairs of what the last call of `match` answered, now that more is known of their posts."""
        posts = len(batch.words) - 1
        found = self._found._replace(
            bounds=np.searchsorted(answers.posts, np.arange(posts + 1)),
            candidates=2 * (answers.queries.astype(np.int64) - offset),
        )
        return self.decide(index, offset, batch, beside, found, tally)

    def _marks_for(self, index: Index) -> Marks:
        kept = self._marks
        queries, entries = len(index.begins), len(index.postings) - 1
        if len(kept.queries) < queries or len(kept.entries) < entries or kept.posts[0] > _MOST_POSTS:
            kept = self._marks = _marks(max(queries, len(kept.queries)), max(entries, len(kept.entries)))
        return kept


def _marks(queries: int, entries: int) -> Marks:
    return Marks(
        np.zeros(queries, np.int32), np.zeros(entries, np.int32), np.zeros(1, np.int64), np.empty(entries, np.int32),
        np.empty(64, np.uint64),
    )  # fmt: skip


def _found(posts: int, candidates: int) -> Found:
    return Found(
        np.zeros(posts + 1, np.int64), np.empty(candidates, np.int64), _stems(posts, 1024), _stems(posts, 1024)
    )


def _stems(posts: int, stems: int) -> Stems:
    return Stems(
        np.zeros(posts + 1, np.int64), np.empty(stems, np.uint64), np.empty(stems, np.int32), np.empty(stems, np.int32)
    )


def _with_more_stems(stems: Stems, most: int) -> Stems:
    more = _stems(len(stems.bounds) - 1, min(4 * len(stems.keys), len(stems.keys) + most))
    for old, new in zip(stems, more, strict=True):
        new[: len(old)] = old
    return more


_own = threading.local()


def worker() -> Worker:
    """This thread's."""
    kept: Worker | None = getattr(_own, "worker", None)
    if kept is None:
        kept = _own.worker = Worker()
    return kept
