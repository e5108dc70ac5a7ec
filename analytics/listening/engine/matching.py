"""Many queries against batches of posts, by the compiled kernel."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.besides import Asked, asked_for, beside, nothing_beside, with_languages
from analytics.listening.engine.evaluation import ASK_LANGUAGE, ASK_REFERENCE, PENDING
from analytics.listening.engine.frequencies import Frequencies
from analytics.listening.engine.kernel import Answers, Beside, Scratch, answer_again, match_batch
from analytics.listening.engine.keytable import table
from analytics.listening.engine.layers import Layer, build, merged
from analytics.listening.engine.programs import BETWEEN, IN_TITLE
from analytics.listening.engine.reader import Reader
from analytics.listening.engine.tables import load
from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.tree import Node

K = TypeVar("K", bound=Hashable)

# Posts are taken in bites of at most so many posts and about so many characters, so that what is read of them stays in
# the near caches.
_BITE_POSTS = 512
_BITE_CHARACTERS = 1 << 17
# An overlay of more queries is laid into the base.
_MOST_OVERLAY = 2048
_MOST_MARKS = 1 << 30


@dataclass(slots=True)
class Tally:
    """What a call cost: posts, candidates (an anchor was there), programs run, answers, and how many of these needed
    the language or the reference."""

    posts: int = 0
    candidates: int = 0
    programs: int = 0
    answers: int = 0
    languages: int = 0
    references: int = 0


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

    def _set(self, base: Layer[K], overlay: Layer[K] | None, gone: Array, references: dict[int, Matcher[int]]) -> None:
        self._base, self._overlay, self._gone, self._references = base, overlay, gone, references
        layers = [base] if overlay is None else [base, overlay]
        self._asked: Asked = asked_for(
            frozenset[str]().union(*(layer.stems for layer in layers)),
            frozenset[str]().union(*(layer.facts for layer in layers)),
            numbers=any(bool((layer.programs.acts == BETWEEN).any()) for layer in layers),
            titles=any(bool((layer.programs.flags & IN_TITLE).any()) for layer in layers),
        )

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

    def pairs(self, posts: Sequence[Readable]) -> list[list[tuple[K, bool]]]:
        """For each post the queries that match it, in order: (key, whether that rests on what is not yet known)."""
        result: list[list[tuple[K, bool]]] = [[] for _ in posts]
        for first, last in _bites([len(post.text) for post in posts]):
            bite = posts[first:last]
            texts = [post.text for post in bite]
            answers, count = self._answers(texts, bite, Tally())
            for post, query, kind in zip(
                answers.posts[:count].tolist(), answers.queries[:count].tolist(), answers.kinds[:count].tolist(),
                strict=True,
            ):  # fmt: skip
                result[first + post].append((self.key(query), kind == PENDING))
        return result

    def match(self, texts: Sequence[str], tally: Tally | None = None) -> tuple[Array, Array, Array]:
        """Texts of which nothing else is known -> the pairs that match, in order: numbers of texts (int32), numbers of
        queries (int32, see `key`), and whether the answer rests on what is not known (bool). Adds to `tally`."""
        tally = Tally() if tally is None else tally
        found: list[tuple[Array, Array, Array]] = []
        for first, last in _bites(list(map(len, texts))):
            answers, count = self._answers(texts[first:last], None, tally)
            found.append(
                (answers.posts[:count] + np.int32(first), answers.queries[:count].copy(),
                 answers.kinds[:count] == PENDING)
            )  # fmt: skip
        if not found:
            return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.bool_)
        posts, queries, pending = (np.concatenate(column) for column in zip(*found, strict=True))
        return posts, queries, pending

    def _answers(self, texts: Sequence[str], posts: Sequence[Readable] | None, tally: Tally) -> tuple[Answers, int]:
        batch = _read(texts)
        known = nothing_beside() if posts is None else beside(posts, self._asked)
        everyone = np.arange(len(texts))
        answers, count = _layer_answers(
            self._base, self._gone, 0, batch, everyone, known, self.frequencies, tally, True
        )
        answers, count = self._told(self._base, 0, answers, count, batch, texts, posts, known, tally)
        if self._overlay is not None:
            offset = len(self._base)
            more, extra = _layer_answers(
                self._overlay, np.zeros(len(self._overlay), np.bool_), offset, batch, everyone, known,
                self.frequencies, tally, False,
            )  # fmt: skip
            more, extra = self._told(self._overlay, offset, more, extra, batch, texts, posts, known, tally)
            if extra:
                answers, count = _interleaved(answers, count, more, extra), count + extra
        tally.posts += len(texts)
        tally.answers += count
        return answers, count

    def _told(
        self,
        layer: Layer[K],
        offset: int,
        answers: Answers,
        count: int,
        batch: Batch,
        texts: Sequence[str],
        posts: Sequence[Readable] | None,
        known: Beside,
        tally: Tally,
    ) -> tuple[Answers, int]:
        """Ask for what the kernel does not know: languages, then the reference."""
        kinds = answers.kinds[:count]
        if not (kinds > PENDING).any():
            return answers, count
        if posts is not None:
            wanted = np.flatnonzero(kinds == ASK_LANGUAGE)
            if len(wanted):
                asked = np.unique(answers.posts[wanted])
                known = with_languages(posts, self._asked, known, asked.tolist())
                answer_again(layer.index, offset, batch, known, _scratch(layer, batch, known), answers, wanted)
                tally.languages += len(asked)
        for at in np.flatnonzero(kinds == ASK_REFERENCE).tolist():
            post, query = int(answers.posts[at]), int(answers.queries[at])
            matcher = self._references.get(query)
            if matcher is None:
                matcher = self._references[query] = Matcher([(0, layer.trees[query - offset])])
            pairs = matcher.pairs([Readable(texts[post]) if posts is None else posts[post]])[0]
            answers.kinds[at] = 0 if not pairs else PENDING if pairs[0][1] else 1
            tally.references += 1
        kept = np.flatnonzero(kinds)
        return Answers(*(column[:count][kept] for column in answers)), len(kept)


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


def _interleaved(one: Answers, count: int, other: Answers, extra: int) -> Answers:
    """Both, by posts; the first one's come first in each."""
    posts = np.concatenate([one.posts[:count], other.posts[:extra]])
    order = np.argsort(posts, kind="stable")
    return Answers(
        posts[order],
        np.concatenate([one.queries[:count], other.queries[:extra]])[order],
        np.concatenate([one.kinds[:count], other.kinds[:extra]])[order],
    )


def _layer_answers(
    layer: Layer[K],
    gone: Array,
    offset: int,
    batch: Batch,
    posts: Array,
    known: Beside,
    frequencies: Frequencies,
    tally: Tally,
    counted: bool,
) -> tuple[Answers, int]:
    scratch = _scratch(layer, batch, known)
    counts = frequencies.counts if counted else np.zeros(0, np.uint32)
    room = 4096
    answers = Answers(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.uint8))
    done, written = 0, 0
    sums = np.zeros(2, np.int64)
    while True:
        more, written = match_batch(
            layer.index, gone, offset, batch, posts[done:], known, scratch, counts, answers, written, sums
        )
        done += more
        if done == len(posts):
            break
        room *= 4
        answers = Answers(*(np.concatenate([column, np.empty(room - len(column), column.dtype)]) for column in answers))
    tally.candidates += int(sums[0])
    tally.programs += int(sums[1])
    return answers, written


_own = threading.local()


def _read(texts: Sequence[str]) -> Batch:
    """Tokenised texts in this thread's memory."""
    reader: Reader | None = getattr(_own, "reader", None)
    if reader is None:
        reader = _own.reader = Reader(load())
    batch = reader.read(texts)
    return batch._replace(words=batch.words[: len(texts) + 1], tags=batch.tags[: len(texts) + 1])


def _scratch(layer: Layer[K], batch: Batch, known: Beside) -> Scratch:
    """This thread's memory, large enough for the layer and each post of the batch."""
    entries = len(layer.index.postings) - 1
    words, tags = np.diff(batch.words), np.diff(batch.tags)
    stems = 0
    if layer.index.longest[0]:
        stems = int((np.diff(batch.word_spelled[batch.words]) + np.diff(batch.tag_spelled[batch.tags])).max(initial=0))
    facts = int(np.diff(known.facts).max(initial=0))
    keys = int((words + 2 * tags).max(initial=0)) + 2 * stems + facts
    kept: Scratch | None = getattr(_own, "scratch", None)
    if (
        kept is None
        or len(kept.query_marks) < len(layer)
        or len(kept.entry_marks) < entries
        or len(kept.table.places) < keys
        or len(kept.stems) < stems
        or kept.mark[0] > _MOST_MARKS
        or kept.table.state[2] > _MOST_MARKS
    ):
        kept = Scratch(
            table(max(keys, 1024)), np.zeros(len(layer), np.int32), np.zeros(entries, np.int32), np.zeros(1, np.int64),
            np.empty(entries, np.int32), np.empty(max(stems, 1024), np.uint64), np.empty(max(stems, 1024), np.int32),
            np.empty(64, np.uint64),
        )  # fmt: skip
        _own.scratch = kept
    return kept
