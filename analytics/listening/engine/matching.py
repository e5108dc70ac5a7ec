"""Many queries against batches of posts, by the compiled kernel."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from analytics.listening import residual
from analytics.listening.document import Document, read
from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.besides import Asked, beside, both, nothing_beside, with_languages
from analytics.listening.engine.deciding import ASK_LANGUAGE, ASK_REFERENCE, MATCH, NO_MATCH, PENDING
from analytics.listening.engine.frequencies import Frequencies
from analytics.listening.engine.layers import Layer, build, merged
from analytics.listening.engine.memory import Answers, Beside
from analytics.listening.engine.worker import Tally, Worker, worker
from analytics.listening.facts import Readable
from analytics.listening.text import scan
from analytics.listening.tree import Node

K = TypeVar("K", bound=Hashable)

# Posts are taken in bites of at most so many posts and about so many characters, so that what is read of them stays in
# the caches and what is done once a bite is spread over many posts.
_BITE_POSTS = 2048
_BITE_CHARACTERS = 1 << 19
# An overlay of more queries is laid into the base.
_MOST_OVERLAY = 2048
_KINDS = {residual.NO: NO_MATCH, residual.PENDING: PENDING, residual.YES: MATCH}
_NOT_COUNTED = np.zeros(0, np.uint32)


class BatchMatcher(Generic[K]):
    """All queries compiled into one index that answers for batches of posts; the same answers as `Matcher`.

    Never changes once built, apart from the counts in `frequencies`, so any number of threads may share it. `queries`
    are pairs of a key of the caller's, no two alike, and a parsed query. Raises ValueError for a query without an
    anchor (`parse` never gives one) and for a key that comes twice.

    Keys of words are compared by 64-bit hashes. With a million distinct keys in queries and a million distinct words
    in posts, the chance that any two of them are taken for each other by accident is below 1 in 10 million.
    """

    __slots__ = ("_asked", "_base", "_gone", "_overlay", "_references", "frequencies")

    def __init__(self, queries: Iterable[tuple[K, Node]], frequencies: Frequencies | None = None) -> None:
        self.frequencies = Frequencies() if frequencies is None else frequencies
        base = build(queries, self.frequencies)
        self._set(base, None, np.zeros(len(base), np.bool_), {})

    def _set(
        self, base: Layer[K], overlay: Layer[K] | None, gone: Array, references: dict[int, residual.Residual]
    ) -> None:
        self._base, self._overlay, self._gone, self._references = base, overlay, gone, references
        self._asked: Asked = base.asked if overlay is None else both(base.asked, overlay.asked)

    def __len__(self) -> int:
        return len(self._base) - int(self._gone.sum()) + (0 if self._overlay is None else len(self._overlay))

    def key(self, query: int) -> K:
        """The caller's key of a query by its number, as `match` gives it."""
        size = len(self._base)
        if query < size:
            return self._base.keys[query]
        assert self._overlay is not None
        return self._overlay.keys[query - size]

    def keys(self) -> Iterator[K]:
        """The keys of all queries, in order."""
        yield from (key for key, gone in zip(self._base.keys, self._gone.tolist(), strict=True) if not gone)
        if self._overlay is not None:
            yield from self._overlay.keys

    @property
    def nbytes(self) -> int:
        """Memory of the compiled queries and their index in bytes, without keys and trees."""
        return self._base.nbytes + (0 if self._overlay is None else self._overlay.nbytes)

    def with_changes(self, added: Iterable[tuple[K, Node]], removed: Collection[K] = ()) -> BatchMatcher[K]:
        """A matcher that also has the `added` queries (each in place of one with the same key) and not the `removed`
        ones. This one stays as it is."""
        fresh = build(added, self.frequencies)
        out = {*removed, *fresh.keys}
        gone = self._gone.copy()
        gone[[place for key in out if (place := self._base.places.get(key)) is not None]] = True
        several = [] if self._overlay is None else [(self._overlay, _staying(self._overlay, out))]
        several.append((fresh, np.arange(len(fresh))))
        size = sum(len(wanted) for _, wanted in several)
        changed: BatchMatcher[K] = object.__new__(BatchMatcher)
        changed.frequencies = self.frequencies
        if size > _MOST_OVERLAY or int(gone.sum()) > max(_MOST_OVERLAY, len(self._base) // 4):
            base = merged([(self._base, np.flatnonzero(~gone)), *several], self.frequencies)
            changed._set(base, None, np.zeros(len(base), np.bool_), {})
        else:
            overlay = merged(several, self.frequencies) if size else None
            changed._set(self._base, overlay, gone, {})
        return changed

    def compacted(self) -> BatchMatcher[K]:
        """The same queries in one index, its anchors chosen by the frequencies as they are now."""
        several = [(self._base, np.flatnonzero(~self._gone))]
        if self._overlay is not None:
            several.append((self._overlay, np.arange(len(self._overlay))))
        base = merged(several, self.frequencies)
        changed: BatchMatcher[K] = object.__new__(BatchMatcher)
        changed.frequencies = self.frequencies
        changed._set(base, None, np.zeros(len(base), np.bool_), {})
        return changed

    def pairs(self, posts: Sequence[Readable], tally: Tally | None = None) -> list[list[tuple[K, bool]]]:
        """For each post the queries that match it, in order: (key, whether that rests on what is not yet known). The
        lists are to be read only: posts may share one."""
        tally = Tally() if tally is None else tally
        # Most posts match nothing; a list for each of them would only give the garbage collector work.
        nothing: list[tuple[K, bool]] = []
        result = [nothing] * len(posts)
        base, size = self._base.keys, len(self._base)
        overlay = () if self._overlay is None else self._overlay.keys
        for first, last in _bites([len(post.text) for post in posts]):
            bite = posts[first:last]
            answers = self._answers([post.text for post in bite], bite, tally)
            keys = [base[query] if query < size else overlay[query - size] for query in answers.queries.tolist()]
            said = list(zip(keys, (answers.kinds == PENDING).tolist(), strict=True))
            begins = np.flatnonzero(np.diff(answers.posts, prepend=-1))
            bounds = pairwise([*begins.tolist(), len(said)])
            for post, (begin, end) in zip(answers.posts[begins].tolist(), bounds, strict=True):
                result[first + post] = said[begin:end]
        return result

    def match(self, texts: Sequence[str], tally: Tally | None = None) -> tuple[Array, Array, Array]:
        """Texts of which nothing else is known -> the pairs that match, in order: numbers of texts (int32), numbers of
        queries (int32, see `key`), and whether the answer rests on what is not known (bool). Adds to `tally`."""
        tally = Tally() if tally is None else tally
        found = []
        for first, last in _bites(list(map(len, texts))):
            answers = self._answers(texts[first:last], None, tally)
            found.append((answers.posts + np.int32(first), answers.queries, answers.kinds == PENDING))
        if not found:
            return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.bool_)
        posts, queries, pending = (np.concatenate(column) for column in zip(*found, strict=True))
        return posts, queries, pending

    def _answers(self, texts: Sequence[str], posts: Sequence[Readable] | None, tally: Tally) -> Answers:
        mine = worker()
        batch = mine.read(texts)
        known = nothing_beside() if posts is None else beside(posts, self._asked)
        bite = _Bite(mine, batch, texts, posts, known, tally, {})
        answers = self._layer_answers(self._base, self._gone, 0, bite, self.frequencies.counts)
        if self._overlay is not None:
            all_there = np.zeros(len(self._overlay), np.bool_)
            more = self._layer_answers(self._overlay, all_there, len(self._base), bite, _NOT_COUNTED)
            if len(more.posts):
                all_ = Answers(*(np.concatenate(columns) for columns in zip(answers, more, strict=True)))
                order = np.argsort(all_.posts, kind="stable")
                answers = Answers(*(column[order] for column in all_))
        tally.posts += len(texts)
        tally.answers += len(answers.posts)
        return answers

    def _layer_answers(self, layer: Layer[K], gone: Array, offset: int, bite: _Bite, counts: Array) -> Answers:
        """The layer's answers; what the kernel does not know is asked for: languages, then the reference."""
        known, tally = bite.known, bite.tally
        answers = bite.worker.match(layer.index, gone, offset, bite.batch, known, counts, tally)
        if not (answers.kinds > PENDING).any():
            return answers
        wanted = answers.kinds == ASK_LANGUAGE
        if bite.posts is not None and wanted.any():
            asked = np.unique(answers.posts[wanted])
            tally.languages += len(asked)
            known = with_languages(bite.posts, self._asked, known, asked.tolist())
            open_ = Answers(*(column[wanted] for column in answers))
            told = bite.worker.again(layer.index, offset, bite.batch, known, open_, tally)
            all_ = Answers(
                *(np.concatenate([old[~wanted], new]) for old, new in zip(answers, told, strict=True))
            )  # fmt: skip
            order = np.lexsort((all_.queries, all_.posts))
            answers = Answers(*(column[order] for column in all_))
        for at in np.flatnonzero(answers.kinds == ASK_REFERENCE).tolist():
            tally.references += 1
            answers.kinds[at] = self._referred(layer, int(answers.queries[at]), offset, bite, int(answers.posts[at]))
        kept = answers.kinds != NO_MATCH
        return Answers(*(column[kept] for column in answers))

    def _referred(self, layer: Layer[K], query: int, offset: int, bite: _Bite, post: int) -> int:
        """What the reference says of one pair."""
        compiled = self._references.get(query)
        if compiled is None:
            compiled = self._references[query] = residual.build(layer.trees[query - offset])
        document = bite.documents.get(post)
        if document is None:
            text = bite.texts[post]
            if bite.posts is None:
                document = read(scan(text))
            else:
                readable = bite.posts[post]
                document = read(scan(text), title_length=readable.title_length, facts=readable.facts)
            bite.documents[post] = document
        return _KINDS[compiled.truth(document)]


class _Bite(NamedTuple):
    worker: Worker
    batch: Batch
    texts: Sequence[str]
    posts: Sequence[Readable] | None
    known: Beside
    tally: Tally
    documents: dict[int, Document]  # what the reference has read of it


def _staying(layer: Layer[K], out: Collection[K]) -> Array:
    return np.array([place for place, key in enumerate(layer.keys) if key not in out], np.int64)


def _bites(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    first, characters = 0, 0
    for place, length in enumerate(lengths):
        if place > first and (place - first >= _BITE_POSTS or characters + length > _BITE_CHARACTERS):
            yield first, place
            first, characters = place, 0
        characters += length
    if first < len(lengths):
        yield first, len(lengths)
