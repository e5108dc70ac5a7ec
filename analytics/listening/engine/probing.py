"""The first step of a match: which queries are worth a look for which post."""

from __future__ import annotations

import numpy as np

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.choosing import guard_place
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import count, signed
from analytics.listening.engine.hashing import PREFIX
from analytics.listening.engine.index import LONG, Index, entry_of, head_place
from analytics.listening.engine.memory import Beside, Found, Marks, Stems
from analytics.listening.engine.pairs import pair_key

_PREFIX = np.uint64(PREFIX)
# Every so manieth post is counted for the frequencies.
_COUNTED = 16
_ONE, _SIX, _TWELVE, _BITS = np.uint64(1), np.uint64(6), np.uint64(12), np.uint64(63)


@compiled
def _note(bitmap: Array, key: np.uint64) -> None:
    place = guard_place(key)
    bitmap[place >> _SIX] |= _ONE << (place & _BITS)


@compiled
def _passes(bitmap: Array, guard: np.uint64) -> bool:
    """Whether all that is needed may be there, and one of the others."""
    needed = guard >> np.uint64(60)
    for place in range(5):
        there = (bitmap[(guard >> _SIX) & _BITS] >> (guard & _BITS)) & _ONE != np.uint64(0)
        if np.uint64(place) < needed:
            if not there:
                return False
        elif there:
            return True
        guard >>= _TWELVE
    return bool(needed == np.uint64(5))


@compiled
def find_stems(
    index: Index, bounds: Array, spelled: Array, states: Array, firsts: Array, start: int, stems: Stems
) -> int:
    """Find the beginnings of the words (or tags) of the posts from `start` on that any query asks for. `firsts` are
    the words at which tags stand; of no rows for words. Stops before a post for which there may be no room; returns
    its number."""
    sieve, slots, entries, heads, longest = index.sieve, index.slots, index.entries, index.heads, index.longest[0]
    keys, places, found = stems.keys, stems.places, stems.entries
    are_words = len(firsts) == 0
    written = stems.bounds[start]
    for post in range(start, len(bounds) - 1):
        if written + spelled[bounds[post + 1]] - spelled[bounds[post]] > len(keys):
            return post
        for word in range(bounds[post], bounds[post + 1]):
            begin = spelled[word]
            most = min(spelled[word + 1] - begin, longest)
            if most < 2:
                continue
            lengths = heads[head_place(states[begin + 1])]
            length = 2
            while length <= most and (length >= LONG or lengths >> np.uint64(length) != np.uint64(0)):
                if (lengths >> np.uint64(min(length, LONG))) & _ONE:
                    key = states[begin + length - 1] ^ _PREFIX
                    entry = entry_of(sieve, slots, entries, key)
                    if entry >= 0:
                        keys[written] = key
                        places[written] = word - bounds[post] if are_words else firsts[word]
                        found[written] = entry
                        written += 1
                length += 1
        stems.bounds[post + 1] = written
    return len(bounds) - 1


@compiled
def probe(
    index: Index, gone: Array, batch: Batch, beside: Beside, start: int, marks: Marks, counts: Array, found: Found,
    tally: Array,
) -> int:  # fmt: skip
    """Find the candidates of the posts from `start` on, but for queries that are `gone`. Stops before a post for which
    there may be no room in `found`; returns its number. `tally` grows by how often a query had an anchor in a post."""
    sieve, slots, entries, postings = index.sieve, index.slots, index.entries, index.postings
    queries, guards = index.queries, index.guards
    words, word_keys, tags, tag_keys = batch.words, batch.word_keys, batch.tags, batch.tag_keys
    glued, some_pairs = batch.word_glued, index.pairs[0]
    facts, fact_keys = beside.facts, beside.fact_keys
    entry_marks, query_marks, seen, bitmap = marks.entries, marks.queries, marks.seen, marks.bitmap
    bounds, candidates = found.bounds, found.candidates
    stems, stem_keys, stem_entries = found.word_stems.bounds, found.word_stems.keys, found.word_stems.entries
    tag_stems, tag_stem_keys = found.tag_stems.bounds, found.tag_stems.keys
    tag_stem_entries = found.tag_stems.entries
    some_facts = len(facts) > 0
    written = bounds[start]
    for post in range(start, len(words) - 1):
        marks.posts[0] += 1
        mark = np.int32(marks.posts[0])
        number = 0
        for word in range(words[post], words[post + 1]):
            entry = entry_of(sieve, slots, entries, word_keys[word])
            if entry >= 0 and entry_marks[entry] != mark:
                entry_marks[entry] = mark
                seen[number] = entry
                number += 1
            if some_pairs and glued[word]:  # never a post's first word
                entry = entry_of(sieve, slots, entries, pair_key(word_keys[word - 1], word_keys[word]))
                if entry >= 0 and entry_marks[entry] != mark:
                    entry_marks[entry] = mark
                    seen[number] = entry
                    number += 1
        for tag in range(tags[post], tags[post + 1]):
            entry = entry_of(sieve, slots, entries, tag_keys[tag])
            if entry >= 0 and entry_marks[entry] != mark:
                entry_marks[entry] = mark
                seen[number] = entry
                number += 1
        if some_facts:
            for fact in range(facts[post], facts[post + 1]):
                entry = entry_of(sieve, slots, entries, fact_keys[fact])
                if entry >= 0 and entry_marks[entry] != mark:
                    entry_marks[entry] = mark
                    seen[number] = entry
                    number += 1
        for stem in range(stems[post], stems[post + 1]):
            entry = stem_entries[stem]
            if entry_marks[entry] != mark:
                entry_marks[entry] = mark
                seen[number] = entry
                number += 1
        for stem in range(tag_stems[post], tag_stems[post + 1]):
            entry = tag_stem_entries[stem]
            if entry_marks[entry] != mark:
                entry_marks[entry] = mark
                seen[number] = entry
                number += 1
        begun = written
        if number:
            room = 0
            for place in range(number):
                room += postings[seen[place] + 1] - postings[seen[place]]
            if written + room > len(candidates):
                return post
            tally[0] += room
            bitmap[:] = np.uint64(0)
            for word in range(words[post], words[post + 1]):
                _note(bitmap, word_keys[word])
                if some_pairs and glued[word]:
                    _note(bitmap, pair_key(word_keys[word - 1], word_keys[word]))
            for tag in range(tags[post], tags[post + 1]):
                _note(bitmap, tag_keys[tag])
            for stem in range(stems[post], stems[post + 1]):
                _note(bitmap, stem_keys[stem])
            for stem in range(tag_stems[post], tag_stems[post + 1]):
                _note(bitmap, tag_stem_keys[stem])
            if some_facts:
                for fact in range(facts[post], facts[post + 1]):
                    _note(bitmap, fact_keys[fact])
            for place in range(number):
                for posting in range(postings[seen[place]], postings[seen[place] + 1]):
                    query = signed(queries[posting])
                    if query >= 0:
                        if not _passes(bitmap, guards[posting]):
                            continue
                        candidate = 2 * query
                    else:
                        query = -1 - query
                        candidate = 2 * query + 1
                    if query_marks[query] != mark and not gone[query]:
                        query_marks[query] = mark
                        candidates[written] = candidate
                        written += 1
            _sort(candidates, begun, written)
        bounds[post + 1] = written
        if post % _COUNTED == 0 and len(counts):
            counts[len(counts) - 1] += np.uint32(1)
            for word in range(words[post], words[post + 1]):
                count(counts, word_keys[word])
                if glued[word]:
                    count(counts, pair_key(word_keys[word - 1], word_keys[word]))
            for tag in range(tags[post], tags[post + 1]):
                count(counts, tag_keys[tag])
            for stem in range(stems[post], stems[post + 1]):
                count(counts, stem_keys[stem])
            for stem in range(tag_stems[post], tag_stems[post + 1]):
                count(counts, tag_stem_keys[stem])
            if some_facts:
                for fact in range(facts[post], facts[post + 1]):
                    count(counts, fact_keys[fact])
    return len(words) - 1


@compiled
def _sort(values: Array, first: int, last: int) -> None:
    if last - first > 64:
        values[first:last] = np.sort(values[first:last])
        return
    for place in range(first + 1, last):
        value = values[place]
        at = place
        while at > first and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
