"""Reads texts into arrays for the matcher: the compiled tokeniser, and Python for the few texts that it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.folds import EXPANSION, MORE
from analytics.listening.engine.hashing import MULTIPLIER, SEED
from analytics.listening.engine.packing import pack
from analytics.listening.engine.tables import Tables
from analytics.listening.engine.tokens import read_texts
from analytics.listening.text import scan

_BITS = (1 << 64) - 1
# Arrays this long are kept for the next batch; longer ones, for very long posts, are given back.
_KEPT = 1 << 20


class Reader:
    """Tokenises batches into arrays of its own, which the next batch overwrites: one for each thread.

    `left_out` counts the texts that Python had to read.
    """

    __slots__ = ("_batch", "_tables", "left_out")

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._batch = _room(1, 1)
        self.left_out = 0

    def read(self, texts: Sequence[str]) -> Batch:
        """The words and tags of `texts` (any strings), as `Batch` says; good until the next call."""
        packed = pack(texts)
        count, characters = len(packed), len(packed.codes)
        if len(self._batch.words) <= count or not characters <= len(self._batch.word_keys) <= max(_KEPT, characters):
            self._batch = _room(max(count, len(self._batch.words)), max(2 * characters, 1 << 12))
        text = 0
        while (text := read_texts(packed.codes, packed.firsts, text, self._batch, self._tables)) < count:
            self._read_in_python(text, texts[text])
            text += 1
        return self._batch

    def _read_in_python(self, text: int, content: str) -> None:
        self.left_out += 1
        scanned = scan(content)
        batch = self._batch
        word, tag = int(batch.words[text]), int(batch.tags[text])
        words, tags = len(scanned.words), len(scanned.tags)
        word_states = [state for key in scanned.words for state in _states(key)]
        tag_states = [state for found in scanned.tags for state in _states(found.key)]
        word_place, tag_place = int(batch.word_spelled[word]), int(batch.tag_spelled[tag])
        batch = self._batch = _grown(
            batch, word + words + 1, tag + tags + 1, word_place + len(word_states), tag_place + len(tag_states)
        )
        batch.word_states[word_place : word_place + len(word_states)] = word_states
        batch.tag_states[tag_place : tag_place + len(tag_states)] = tag_states
        for first, count, spelled, states, keys, names in (
            (word, words, batch.word_spelled, batch.word_states, batch.word_keys, scanned.words),
            (tag, tags, batch.tag_spelled, batch.tag_states, batch.tag_keys, [found.key for found in scanned.tags]),
        ):
            ends = spelled[first] + np.cumsum(np.fromiter(map(len, names), np.int64, count))
            spelled[first + 1 : first + count + 1] = ends
            keys[first : first + count] = states[ends - 1]
        batch.word_starts[word : word + words] = scanned.starts
        batch.word_ends[word : word + words] = scanned.ends
        batch.word_glued[word : word + words] = 0
        batch.word_glued[word + np.array(sorted(scanned.glued), np.int64)] = 1
        batch.tag_starts[tag : tag + tags] = [found.start for found in scanned.tags]
        batch.tag_ends[tag : tag + tags] = [found.end for found in scanned.tags]
        batch.tag_firsts[tag : tag + tags] = [found.first for found in scanned.tags]
        batch.tag_widths[tag : tag + tags] = [found.width for found in scanned.tags]
        batch.words[text + 1] = word + words
        batch.tags[text + 1] = tag + tags


def _states(key: str) -> list[int]:
    states = []
    state = SEED
    for character in key:
        state = ((state ^ ord(character)) * MULTIPLIER) & _BITS
        state ^= state >> 32
        states.append(state)
    return states


def _room(texts: int, characters: int) -> Batch:
    """Empty arrays for so many texts with so many characters in all; an untouched page costs no memory."""
    bounds, spelled = np.zeros(texts + 1, np.int64), np.zeros(characters + 1, np.int64)

    def offsets() -> Array:
        return np.empty(characters, np.int32)

    def states() -> Array:
        return np.empty(EXPANSION * characters + MORE, np.uint64)

    return Batch(
        words=bounds, word_keys=np.empty(characters, np.uint64), word_starts=offsets(), word_ends=offsets(),
        word_glued=np.empty(characters, np.uint8), word_spelled=spelled,
        tags=bounds.copy(), tag_keys=np.empty(characters, np.uint64), tag_starts=offsets(), tag_ends=offsets(),
        tag_firsts=offsets(), tag_widths=offsets(), tag_spelled=spelled.copy(),
        word_states=states(), tag_states=states(),
    )  # fmt: skip


def _grown(batch: Batch, words: int, tags: int, word_states: int, tag_states: int) -> Batch:
    """The same with room for at least so many of each, where it has less."""
    enough = (
        words <= len(batch.word_keys)
        and tags <= len(batch.tag_keys)
        and word_states <= len(batch.word_states)
        and tag_states <= len(batch.tag_states)
    )
    if enough:
        return batch
    new = _room(len(batch.words) - 1, 2 * max(words, tags, -(-max(word_states, tag_states) // EXPANSION)))
    for old, other in zip(batch, new, strict=True):
        other[: len(old)] = old
    return new
