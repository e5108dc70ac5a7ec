"""Folding as machine code: what `folding.fold_word` and `fold_tag` do, as the states of the key's hash."""

from __future__ import annotations

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.characters import known, step, wide
from analytics.listening.engine.compiling import lean
from analytics.listening.engine.tables import (
    AFTER,
    AM,
    APOSTROPHE,
    AS_BEFORE,
    CLASS,
    DROPPED,
    HARD_LETTER,
    HARD_MARK,
    HARD_UNSPACED,
    INVISIBLE,
    LETTER,
    LETTERS,
    LIGATURE,
    MARK,
    SECOND,
    SHIFT,
    STAYS,
    TAIL,
    TAIL_SHIFT,
    UNSPACED,
    UNSPACEDS,
    VOICING,
)

LEFT_OUT = -1
MOST_MARKS = 24
# Of a tail only is known that it is not above this.
_SOME_TAIL = 9
# How many states there is room for, per character of a text; and how many more, for the few characters that fold to
# more, if the rest of the text is short of what it may use.
EXPANSION = 4
MORE = 64


@lean
def _melt(first: int, second: int, pairs: Array, composites: Array) -> int:
    """What two characters compose to, or 0."""
    if 0x1100 <= first <= 0x1112 and 0x1161 <= second <= 0x1175:
        return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    if 0x11A8 <= second <= 0x11C2:
        return first + second - 0x11A7 if 0xAC00 <= first <= 0xD7A3 and (first - 0xAC00) % 28 == 0 else 0
    pair = first << 21 | second
    low, high = 0, len(pairs)
    while low < high:
        middle = (low + high) >> 1
        if pairs[middle] < pair:
            low = middle + 1
        else:
            high = middle
    if low < len(pairs) and pairs[low] == pair:
        composite: int = composites[low]
        return composite
    return 0


@lean
def _is_own_letter(base: int, mark: int) -> int:
    """The Cyrillic letter of its own that an accent makes, or 0."""
    if mark == 0x306:
        return 0x439 if base == 0x438 else 0x45E if base == 0x443 else 0
    if mark == 0x308:
        return 0x457 if base == 0x456 else 0
    if mark == 0x301:
        return 0x453 if base == 0x433 else 0x45C if base == 0x43A else 0
    return 0


@lean
def fold_range(
    codes: Array, start: int, end: int, state: np.uint64, states: Array, place: int, pages: Array, info: Array,
    sequence_firsts: Array, sequences: Array, sequence_tails: Array, pairs: Array, composites: Array,
) -> int:  # fmt: skip
    """`fold_tag(text[start:end])`, which of a word is `fold_word`: writes the state after each folded character from
    `states[place]` on, beginning from `state`. Returns the place after the last, or LEFT_OUT."""
    before = state  # the state before the last character that a mark can melt into
    last = 0  # that character; 0 where the piece has none yet
    tail = 0  # combining class of the last mark
    between = False  # whether a mark stands between it and here
    dropping = False  # whether marks go, as after Latin letters
    raw = False  # after a ligature nothing is taken apart
    piece = start
    run = 0
    i = start
    while i < end:
        code = wide(codes[i])
        x = known(codes, i, pages, info)
        kind = x & CLASS
        i += 1
        if kind in (LETTER, UNSPACED):
            if raw:
                return LEFT_OUT
            before, last = state, code + (x >> SHIFT)
            state = step(state, last)
            states[place] = state
            place += 1
            after = x & AFTER
            dropping = after == DROPPED
            tail = _SOME_TAIL if after == TAIL else 0
            between = False
            run = 0
            continue
        if kind == AM:  # a mark and a vowel
            if raw:
                return LEFT_OUT
            if last and not dropping:
                state = step(state, 0x0E4D if code == 0x0E33 else 0x0ECD)
                states[place] = state
                place += 1
            before, last = state, code - 1
            state = step(state, last)
            states[place] = state
            place += 1
            dropping = between = False
            tail = run = 0
            continue
        if kind in (MARK, VOICING):
            if kind == VOICING:
                if raw:
                    return LEFT_OUT
                run = 0
                code += 0x3099 - 0xFF9E
                x = 8 << TAIL_SHIFT | 8 << SHIFT | STAYS | SECOND
            else:
                run += 1
                if run > MOST_MARKS or (raw and code == 0x345):
                    return LEFT_OUT
            if not last or not x & STAYS:
                continue
            if dropping:
                own = _is_own_letter(last, code)
                if own:
                    bare = wide(codes[i - 2])  # only where the accent follows the letter directly
                    if last != bare and last != bare + (0x20 if bare >= 0x410 else 0x50):
                        return LEFT_OUT
                    state = step(before, own)
                    states[place - 1] = state
                    last = own
                continue
            rank = (x >> SHIFT) & 255
            if rank and tail > rank:
                return LEFT_OUT
            if x & SECOND:
                if between:
                    return LEFT_OUT
                composed = _melt(last, code, pairs, composites)
                if composed:
                    last = composed
                    state = step(before, composed)
                    states[place - 1] = state
                    tail = rank
                    continue
            if rank:
                between = True
            else:
                before, last = state, code
                between = False
            state = step(state, code)
            states[place] = state
            place += 1
            tail = x >> TAIL_SHIFT
            continue
        run = 0
        if kind in (INVISIBLE, APOSTROPHE):
            continue
        if kind in (LETTERS, UNSPACEDS):
            if raw:
                return LEFT_OUT
            sequence = x >> SHIFT
            first, after_last = sequence_firsts[sequence], sequence_firsts[sequence + 1]
            if place + (after_last - first) + EXPANSION * (end - i) > len(states):
                return LEFT_OUT
            for index in range(first, after_last):
                folded = wide(sequences[index])
                if index == first and last and not between and 0x1161 <= folded <= 0x11C2:
                    composed = _melt(last, folded, pairs, composites)
                    if composed:
                        last = composed
                        state = step(before, composed)
                        states[place - 1] = state
                        continue
                before, last = state, folded
                state = step(state, folded)
                states[place] = state
                place += 1
            if first < after_last:
                tail = wide(sequence_tails[sequence])
                between = tail != 0
            if x & AFTER != AS_BEFORE:
                dropping = x & AFTER == DROPPED
            continue
        if kind == LIGATURE:
            if i - 1 != piece:
                return LEFT_OUT
            raw = True
            before, last = state, code
            state = step(state, code)
            states[place] = state
            place += 1
            continue
        if kind in (HARD_LETTER, HARD_UNSPACED, HARD_MARK):
            return LEFT_OUT
        # What stays inside a tag and parts its pieces: _ . - @
        state = step(state, 0x40 if code == 0xFF20 else code)
        states[place] = state
        place += 1
        last = tail = 0
        between = dropping = raw = False
        piece = i
    return place
