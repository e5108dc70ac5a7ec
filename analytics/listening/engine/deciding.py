"""The second step of a match: run the programs of the candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.compiling import compiled
from analytics.listening.engine.frequencies import signed
from analytics.listening.engine.globs import fits
from analytics.listening.engine.index import NEGATED, NO, YES, Index
from analytics.listening.engine.keytable import NOWHERE, Table, at_place, chain, find, slots_for
from analytics.listening.engine.leaves import GLUED, WORD
from analytics.listening.engine.memory import Answers, Beside, Found
from analytics.listening.engine.nearness import near
from analytics.listening.engine.programs import BETWEEN, FACT_LATER, GLOB, IN_TITLE, KEY, NEAR, ROW

# What an answer may rest on that is not known.
LANGUAGE, SENTIMENT, EMOTION, LANGUAGE_UNASKED, SPELLING = 1, 2, 4, 8, 16
NO_MATCH, MATCH, PENDING, ASK_LANGUAGE, ASK_REFERENCE = range(5)


@compiled
def _title_words(starts: Array, first: int, last: int, title: int) -> int:
    """How many of a post's words stand in its title."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if starts[middle] < title:
            low = middle + 1
        else:
            high = middle
    return low - first


@compiled
def _row(
    keys: Array, heads: Array, followers: Array, places: Array, mask: np.uint64, number: np.uint64, word_keys: Array,
    glued: Array, first: int, part_kinds: Array, part_keys: Array, at: int, width: int, limit: int,
) -> bool:  # fmt: skip
    """Whether a row stands anywhere before the word `limit` of the post."""
    for part in range(at, at + width):
        if find(keys, heads, mask, number, part_keys[part]) < 0:
            return False
    entry = find(keys, heads, mask, number, part_keys[at])
    while entry >= 0:
        place = signed(places[entry])
        part = at
        while part < at + width and place < limit:
            kind = part_kinds[part]
            if kind in (WORD, GLUED):
                if word_keys[first + place] != part_keys[part] or (kind == GLUED and not glued[first + place]):
                    break
                place += 1
            else:
                wide = find(keys, heads, mask, number, at_place(part_keys[part], place))
                if wide < 0:
                    break
                place += signed(places[wide])
            part += 1
        if part == at + width and place <= limit:
            return True
        entry = followers[entry]
    return False


@compiled
def _fill(batch: Batch, beside: Beside, found: Found, post: int, table: Table) -> np.uint64:
    """Put all keys of a post into its table; returns the mask of the slots that it uses."""
    keys, places = table.entry_keys, table.places
    entry = 0
    if len(beside.facts):
        for fact in range(beside.facts[post], beside.facts[post + 1]):
            keys[entry] = beside.fact_keys[fact]
            places[entry] = NOWHERE
            entry += 1
    word_keys = batch.word_keys
    first, last = batch.words[post], batch.words[post + 1]
    for word in range(last - 1, first - 1, -1):
        keys[entry] = word_keys[word]
        places[entry] = word - first
        entry += 1
    for tag in range(batch.tags[post + 1] - 1, batch.tags[post] - 1, -1):
        keys[entry] = batch.tag_keys[tag]
        places[entry] = batch.tag_firsts[tag]
        keys[entry + 1] = at_place(batch.tag_keys[tag], signed(batch.tag_firsts[tag]))
        places[entry + 1] = batch.tag_widths[tag]
        entry += 2
    stems = found.word_stems
    for stem in range(stems.bounds[post + 1] - 1, stems.bounds[post] - 1, -1):
        keys[entry] = stems.keys[stem]
        places[entry] = stems.places[stem]
        keys[entry + 1] = at_place(stems.keys[stem], signed(stems.places[stem]))
        places[entry + 1] = 1
        entry += 2
    stems = found.tag_stems
    tag = batch.tags[post + 1] - 1
    for stem in range(stems.bounds[post + 1] - 1, stems.bounds[post] - 1, -1):
        while batch.tag_firsts[tag] > stems.places[stem]:  # they come in the order of their tags
            tag -= 1
        keys[entry] = stems.keys[stem]
        places[entry] = stems.places[stem]
        keys[entry + 1] = at_place(stems.keys[stem], signed(stems.places[stem]))
        places[entry + 1] = batch.tag_widths[tag]
        entry += 2
    mask = np.uint64(slots_for(entry) - 1)
    chain(table, table.posts[0], mask, entry)
    return mask


@compiled
def decide(
    index: Index, offset: int, batch: Batch, beside: Beside, found: Found, table: Table, answers: Answers
) -> tuple[int, int]:
    """Write what the candidates say of their posts, the numbers of queries raised by `offset`; there must be room for
    all. Returns how many answers there are, and how many programs were run.

    A program is run with what is not known taken for the better, and if that matters once more with it taken for the
    worse.
    """
    code, begins = index.code, index.begins
    part_kinds, part_keys, part_numbers = index.part_kinds, index.part_keys, index.part_numbers
    keys, heads, followers, places = table.keys, table.heads, table.followers, table.places
    words, word_keys, glued, starts = batch.words, batch.word_keys, batch.word_glued, batch.word_starts
    spelled, states = batch.word_spelled, batch.word_states
    titles, numbers = beside.titles, beside.numbers
    some_numbers = len(numbers) > 0
    bounds, candidates = found.bounds, found.candidates
    posts, queries, kinds = answers.posts, answers.queries, answers.kinds
    written, runs = 0, 0
    mask, number = np.uint64(0), np.uint64(0)
    in_title, unknown = 0, 0
    touched = np.uint64(0)
    for post in range(len(words) - 1):
        # Programs lie far apart. Loads that do not wait for each other bring them near all at once.
        for place in range(bounds[post], bounds[post + 1]):
            touched ^= code[2 * begins[candidates[place] >> 1]]
        filled = False
        first = words[post]
        length = words[post + 1] - first
        for place in range(bounds[post], bounds[post + 1]):
            query = candidates[place] >> 1
            posts[written] = post
            queries[written] = query + offset
            kinds[written] = MATCH
            if candidates[place] & 1:
                written += 1
                continue
            if not filled:
                filled = True
                table.posts[0] += 1
                number = np.uint64(table.posts[0])
                mask = _fill(batch, beside, found, post, table)
                in_title = 0
                if len(titles) and titles[post]:
                    in_title = _title_words(starts, first, first + length, titles[post])
                unknown = LANGUAGE | SENTIMENT | EMOTION
                if len(beside.unknown):
                    unknown = signed(beside.unknown[post])
            runs += 1
            begin = begins[query]
            leaf, met = 0, 0
            hopeful = True
            while True:
                head = code[2 * (begin + leaf)]
                value = code[2 * (begin + leaf) + 1]
                act = head & np.uint64(15)
                flags = (head >> np.uint64(4)) & np.uint64(15)
                width = signed((head >> np.uint64(8)) & np.uint64(0xFFFF))
                holds: Any = False
                lacking = 0
                if act == KEY:
                    entry = find(keys, heads, mask, number, value)
                    holds = entry >= 0 and (flags & np.uint64(IN_TITLE) == 0 or places[entry] < in_title)
                elif act == ROW:
                    limit = in_title if flags & np.uint64(IN_TITLE) else length
                    holds = _row(
                        keys, heads, followers, places, mask, number, word_keys, glued, first, part_kinds, part_keys,
                        signed(value), width, limit,
                    )  # fmt: skip
                elif act == NEAR:
                    limit = in_title if flags & np.uint64(IN_TITLE) else length
                    holds = near(
                        keys, heads, followers, places, mask, number, word_keys, glued, first, part_kinds, part_keys,
                        signed(value), limit,
                    )  # fmt: skip
                elif act == GLOB:
                    limit = in_title if flags & np.uint64(IN_TITLE) else length
                    entry = find(keys, heads, mask, number, part_keys[value])
                    while entry >= 0 and not holds:
                        word = first + places[entry]
                        holds = places[entry] < limit and fits(
                            part_keys, signed(value), width, states, spelled[word], spelled[word + 1]
                        )
                        entry = signed(followers[entry])
                elif act == BETWEEN:
                    if some_numbers:
                        low, high = part_numbers[signed(value)], part_numbers[signed(value) + 1]
                        holds = numbers[post, width] >= low and numbers[post, width] <= high
                elif act == FACT_LATER:
                    holds = find(keys, heads, mask, number, value) >= 0
                    if not holds:
                        lacking = unknown & (LANGUAGE | LANGUAGE_UNASKED if width == LANGUAGE else width)
                else:
                    lacking = SPELLING
                if lacking:
                    met |= lacking
                    holds = hopeful == (flags & np.uint64(NEGATED) == 0)
                leaf = signed((head >> np.uint64(24 if holds else 44)) & np.uint64(0xFFFFF))
                if leaf < NO:
                    continue
                if hopeful and leaf == YES and met:
                    hopeful = False
                    leaf = 0
                    continue
                break
            if leaf == YES:
                written += 1
            elif not hopeful:
                if met & LANGUAGE_UNASKED:
                    kinds[written] = ASK_LANGUAGE
                elif met & SPELLING:
                    kinds[written] = ASK_REFERENCE
                else:
                    kinds[written] = PENDING
                written += 1
    table.posts[1] = signed(touched)
    return written, runs
