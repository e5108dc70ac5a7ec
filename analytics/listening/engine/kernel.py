"""The hot loop: a batch of tokenised texts against an index."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.choosing import guard_place
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.evaluation import (
    ASK_LANGUAGE,
    ASK_REFERENCE,
    LANGUAGE_UNASKED,
    MATCH,
    NO_MATCH,
    PENDING,
    SPELLING,
    run,
)
from analytics.listening.engine.frequencies import count, signed
from analytics.listening.engine.hashing import PREFIX
from analytics.listening.engine.index import LONG, Index, entry_of, head_place
from analytics.listening.engine.keytable import NOWHERE, Table, add, at_place, clear

_PREFIX = np.uint64(PREFIX)
# Every so manieth post is counted for the frequencies.
_COUNTED = 16


class Beside(NamedTuple):
    """What is known of the posts beside their texts. Arrays of no rows say that nothing is known of any."""

    titles: Array  # int32 (n): the length of the title in characters
    facts: Array  # int64 (n + 1)
    fact_keys: Array  # uint64
    numbers: Array  # float64 (n, 4): see facts.MEASURED; NaN where not known
    unknown: Array  # uint8 (n): bits LANGUAGE, SENTIMENT, EMOTION, LANGUAGE_UNASKED


class Scratch(NamedTuple):
    """Memory for one call at a time. A query, or an entry of the index, was seen for a post where its mark is the
    post's number counted from the first post that used this memory."""

    table: Table
    query_marks: Array  # int32
    entry_marks: Array  # int32
    mark: Array  # int64 (1)
    found: Array  # int32: entries of the index that the post has
    stems: Array  # uint64: beginnings of words in the post that a query asks for
    stem_places: Array  # int32
    bitmap: Array  # uint64 (64)


class Answers(NamedTuple):
    """In the order of posts and, for each, of queries. `kinds` are MATCH, PENDING, ASK_LANGUAGE, ASK_REFERENCE."""

    posts: Array  # int32
    queries: Array  # int32
    kinds: Array  # uint8


@compiled
def _look_up(index: Index, key: np.uint64, scratch: Scratch, mark: np.int32, number: int) -> int:
    entry = entry_of(index, key)
    if entry >= 0 and scratch.entry_marks[entry] != mark:
        scratch.entry_marks[entry] = mark
        scratch.found[number] = entry
        number += 1
    return number


@compiled
def _stems(
    index: Index, states: Array, begin: int, end: int, place: int, scratch: Scratch, mark: np.int32, number: int,
    stems: int,
) -> tuple[int, int]:  # fmt: skip
    """Look for the beginnings of one word."""
    if end - begin < 2:
        return number, stems
    lengths = index.heads[head_place(states[begin + 1])]
    length = 2
    most = min(end - begin, index.longest[0])
    while length <= most and (length >= LONG or lengths >> np.uint64(length) != np.uint64(0)):
        if lengths >> np.uint64(min(length, LONG)) & np.uint64(1):
            key = states[begin + length - 1] ^ _PREFIX
            entry = entry_of(index, key)
            if entry >= 0:
                scratch.stems[stems] = key
                scratch.stem_places[stems] = place
                stems += 1
                if scratch.entry_marks[entry] != mark:
                    scratch.entry_marks[entry] = mark
                    scratch.found[number] = entry
                    number += 1
        length += 1
    return number, stems


@compiled
def _note(bitmap: Array, key: np.uint64) -> None:
    place = guard_place(key)
    bitmap[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@compiled
def _passes(bitmap: Array, guard: np.uint64) -> bool:
    for _ in range(5):
        if bitmap[(guard >> np.uint64(6)) & np.uint64(63)] >> (guard & np.uint64(63)) & np.uint64(1) == np.uint64(0):
            return False
        guard >>= np.uint64(12)
    return True


@compiled
def _note_all(batch: Batch, beside: Beside, post: int, scratch: Scratch, stems: int) -> None:
    """Fill the bitmap that guards look at."""
    scratch.bitmap[:] = np.uint64(0)
    for word in range(batch.words[post], batch.words[post + 1]):
        _note(scratch.bitmap, batch.word_keys[word])
    for tag in range(batch.tags[post], batch.tags[post + 1]):
        _note(scratch.bitmap, batch.tag_keys[tag])
    for stem in range(stems):
        _note(scratch.bitmap, scratch.stems[stem])
    if len(beside.facts):
        for fact in range(beside.facts[post], beside.facts[post + 1]):
            _note(scratch.bitmap, beside.fact_keys[fact])


@compiled
def _fill_table(batch: Batch, beside: Beside, post: int, table: Table, scratch: Scratch, stems: int) -> None:
    """Put all keys of a post into its table, last to first."""
    first, last = batch.words[post], batch.words[post + 1]
    tag_first, tag_last = batch.tags[post], batch.tags[post + 1]
    facts = beside.facts[post + 1] - beside.facts[post] if len(beside.facts) else 0
    clear(table, last - first + 2 * (tag_last - tag_first) + 2 * stems + facts)
    if facts:
        for fact in range(beside.facts[post], beside.facts[post + 1]):
            add(table, beside.fact_keys[fact], NOWHERE)
    for word in range(last - 1, first - 1, -1):
        add(table, batch.word_keys[word], np.int32(word - first))
    for tag in range(tag_last - 1, tag_first - 1, -1):
        add(table, batch.tag_keys[tag], batch.tag_firsts[tag])
        add(table, at_place(batch.tag_keys[tag], batch.tag_firsts[tag]), batch.tag_widths[tag])
    for stem in range(stems - 1, -1, -1):
        add(table, scratch.stems[stem], scratch.stem_places[stem])
        add(table, at_place(scratch.stems[stem], scratch.stem_places[stem]), np.int32(1))


@compiled
def answer(
    index: Index, query: int, batch: Batch, beside: Beside, post: int, in_title: int, table: Table, no_numbers: Array
) -> int:
    """What a query says of the post whose keys are in the table."""
    first, last = batch.words[post], batch.words[post + 1]
    numbers = beside.numbers[post] if len(beside.numbers) else no_numbers
    unknown = signed(beside.unknown[post]) if len(beside.unknown) else 7
    hopeful = run(
        index.code, index.begins[query], index.part_kinds, index.part_keys, index.part_numbers, table,
        batch.word_keys, batch.word_glued, first, last - first, in_title, numbers, unknown, True,
    )  # fmt: skip
    if hopeful & 1 == 0:
        return NO_MATCH
    if hopeful == 1:
        return MATCH
    careful = run(
        index.code, index.begins[query], index.part_kinds, index.part_keys, index.part_numbers, table,
        batch.word_keys, batch.word_glued, first, last - first, in_title, numbers, unknown, False,
    )  # fmt: skip
    if careful & 1:
        return MATCH
    met = (hopeful | careful) >> 1
    if met & LANGUAGE_UNASKED:
        return ASK_LANGUAGE
    return ASK_REFERENCE if met & SPELLING else PENDING


@compiled
def title_words(batch: Batch, beside: Beside, post: int) -> int:
    """How many of a post's words stand in its title."""
    if len(beside.titles) == 0 or beside.titles[post] == 0:
        return 0
    low, high = batch.words[post], batch.words[post + 1]
    first = low
    while low < high:
        middle = (low + high) // 2
        if batch.word_starts[middle] < beside.titles[post]:
            low = middle + 1
        else:
            high = middle
    return signed(low - first)


@compiled
def match_batch(
    index: Index, gone: Array, offset: int, batch: Batch, posts: Array, beside: Beside, scratch: Scratch,
    counts: Array, answers: Answers, written: int, tally: Array,
) -> tuple[int, int]:  # fmt: skip
    """Match the texts at `posts`. Queries that are `gone` say nothing; `offset` is added to the numbers of the others.
    Stops before a post for which there may be no room in `answers`. Returns how many posts were done, and how many
    answers are written. `tally` grows by candidates and by those of which the program was run."""
    no_numbers = np.full(4, np.nan)
    for done in range(len(posts)):
        post = posts[done]
        scratch.mark[0] += 1
        mark = np.int32(scratch.mark[0])
        number, stems = 0, 0
        for word in range(batch.words[post], batch.words[post + 1]):
            number = _look_up(index, batch.word_keys[word], scratch, mark, number)
        for tag in range(batch.tags[post], batch.tags[post + 1]):
            number = _look_up(index, batch.tag_keys[tag], scratch, mark, number)
        if index.longest[0]:
            first = batch.words[post]
            for word in range(first, batch.words[post + 1]):
                number, stems = _stems(
                    index, batch.word_states, batch.word_spelled[word], batch.word_spelled[word + 1], word - first,
                    scratch, mark, number, stems,
                )  # fmt: skip
            for tag in range(batch.tags[post], batch.tags[post + 1]):
                number, stems = _stems(
                    index, batch.tag_states, batch.tag_spelled[tag], batch.tag_spelled[tag + 1],
                    batch.tag_firsts[tag], scratch, mark, number, stems,
                )  # fmt: skip
        if len(beside.facts):
            for fact in range(beside.facts[post], beside.facts[post + 1]):
                number = _look_up(index, beside.fact_keys[fact], scratch, mark, number)
        if done % _COUNTED == 0 and len(counts):
            counts[len(counts) - 1] += np.uint32(1)
            for word in range(batch.words[post], batch.words[post + 1]):
                count(counts, batch.word_keys[word])
            for tag in range(batch.tags[post], batch.tags[post + 1]):
                count(counts, batch.tag_keys[tag])
            for stem in range(stems):
                count(counts, scratch.stems[stem])
            if len(beside.facts):
                for fact in range(beside.facts[post], beside.facts[post + 1]):
                    count(counts, beside.fact_keys[fact])
        if number == 0:
            continue
        candidates = signed(0)
        for place in range(number):
            entry = scratch.found[place]
            candidates += index.postings[entry + 1] - index.postings[entry]
        if candidates == 0:
            continue
        if written + candidates > len(answers.posts):
            return done, written
        tally[0] += candidates
        begun = written
        noted, filled = False, False
        in_title = 0
        for place in range(number):
            entry = scratch.found[place]
            for posting in range(index.postings[entry], index.postings[entry + 1]):
                query = signed(index.queries[posting])
                kind = MATCH
                if query >= 0:
                    if not noted:
                        _note_all(batch, beside, post, scratch, stems)
                        noted = True
                    if not _passes(scratch.bitmap, index.guards[posting]):
                        continue
                    if scratch.query_marks[query] == mark or gone[query]:
                        continue
                    if not filled:
                        _fill_table(batch, beside, post, scratch.table, scratch, stems)
                        in_title = title_words(batch, beside, post)
                        filled = True
                    tally[1] += 1
                    scratch.query_marks[query] = mark
                    kind = answer(index, query, batch, beside, post, in_title, scratch.table, no_numbers)
                    if kind == NO_MATCH:
                        continue
                else:
                    query = -1 - query
                    if scratch.query_marks[query] == mark or gone[query]:
                        continue
                    scratch.query_marks[query] = mark
                at = written
                while at > begun and answers.queries[at - 1] > query + offset:
                    answers.queries[at] = answers.queries[at - 1]
                    answers.kinds[at] = answers.kinds[at - 1]
                    at -= 1
                answers.queries[at] = query + offset
                answers.kinds[at] = kind
                answers.posts[written] = post
                written += 1
    return len(posts), written


@compiled
def answer_again(
    index: Index, offset: int, batch: Batch, beside: Beside, scratch: Scratch, answers: Answers, wanted: Array
) -> None:
    """Ask the `wanted` answers' queries anew, now that more is known of their posts; answers of one post adjoin."""
    no_numbers = np.full(4, np.nan)
    before = -1
    in_title = 0
    for place in range(len(wanted)):
        at = wanted[place]
        post = signed(answers.posts[at])
        if post != before:
            stems = _collect_stems(index, batch, post, scratch)
            _fill_table(batch, beside, post, scratch.table, scratch, stems)
            in_title = title_words(batch, beside, post)
            before = post
        query = answers.queries[at] - offset
        answers.kinds[at] = answer(index, query, batch, beside, post, in_title, scratch.table, no_numbers)


@compiled
def _collect_stems(index: Index, batch: Batch, post: int, scratch: Scratch) -> int:
    scratch.mark[0] += 1
    mark = np.int32(scratch.mark[0])
    number, stems = 0, 0
    if index.longest[0]:
        first = batch.words[post]
        for word in range(first, batch.words[post + 1]):
            number, stems = _stems(
                index, batch.word_states, batch.word_spelled[word], batch.word_spelled[word + 1], word - first,
                scratch, mark, number, stems,
            )  # fmt: skip
        for tag in range(batch.tags[post], batch.tags[post + 1]):
            number, stems = _stems(
                index, batch.tag_states, batch.tag_spelled[tag], batch.tag_spelled[tag + 1], batch.tag_firsts[tag],
                scratch, mark, number, stems,
            )  # fmt: skip
    return stems
