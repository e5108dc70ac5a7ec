"""The tokeniser as machine code: what `text.scan` does, for a batch of texts.

Each function mirrors one pattern of `text` or one step of `folding`, which stay the reference. Where a text needs what
is not done here (`HARD_…` characters, marks out of order, some rare joints), the answer is LEFT_OUT and Python reads
that text. Indices never leave a text because each text is closed by a NUL, which is in no class but OTHER.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.listening.engine import hashing
from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.compiling import lean
from analytics.listening.engine.tables import (
    AFTER,
    AM,
    APOSTROPHE,
    AS_BEFORE,
    CLASS,
    DROPPED,
    FLAG,
    HARD_LETTER,
    HARD_MARK,
    HARD_UNSPACED,
    INVISIBLE,
    LETTER,
    LETTERS,
    LIGATURE,
    MARK,
    OTHER,
    PICTURE,
    PICTURE_BIT,
    SECOND,
    SHIFT,
    SIGIL,
    STAYS,
    TAIL,
    TAIL_SHIFT,
    UNDERSCORE,
    UNSPACED,
    UNSPACEDS,
    VOICING,
    ZERO_WIDTH_SPACE,
    Tables,
)  # fmt: skip

LEFT_OUT = -1

# Typed so for numba; to Python's types they are plain numbers.
_wide: Any = np.int64

_SEED = np.uint64(hashing.SEED)
_MULTIPLIER = np.uint64(hashing.MULTIPLIER)
_HALF = np.uint64(32)
_MOST_MARKS = 24
_MOST_CASH = 6
# A tail of which only is known that it is not above this.
_SOME_TAIL = 9
# How many states there is room for, per character of a text; and how many more, for the few characters that fold to
# more, if the rest of the text is short of what it may use.
_EXPANSION = 4
_MORE = 64


@lean
def step(state: np.uint64, code: int) -> np.uint64:
    """The state of the hash after one more folded character."""
    mixed = (state ^ np.uint64(code)) * _MULTIPLIER
    return mixed ^ (mixed >> _HALF)


@lean
def _info(codes: Array, place: int, pages: Array, info: Array) -> int:
    code = _wide(codes[place])
    known: int = info[(_wide(pages[code >> 7]) << 7) | (code & 127)]
    return known


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
        code = _wide(codes[i])
        x = _info(codes, i, pages, info)
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
                if run > _MOST_MARKS or (raw and code == 0x345):
                    return LEFT_OUT
            if not last or not x & STAYS:
                continue
            if dropping:
                own = _is_own_letter(last, code)
                if own:
                    bare = _wide(codes[i - 2])  # only where the accent follows the letter directly
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
            if place + (after_last - first) + _EXPANSION * (end - i) > len(states):
                return LEFT_OUT
            for index in range(first, after_last):
                folded = _wide(sequences[index])
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
                tail = _wide(sequence_tails[sequence])
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


@lean
def _word_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the word ends of which the characters up to `place` were read: `_WORD`."""
    end = i = place
    while True:
        kind = _info(codes, i, pages, info) & CLASS
        if LETTER <= kind <= HARD_LETTER or kind in (MARK, HARD_MARK):
            i += 1
            end = i
        elif kind == INVISIBLE:
            while kind in (INVISIBLE, MARK, HARD_MARK):
                i += 1
                kind = _info(codes, i, pages, info) & CLASS
            if not LETTER <= kind <= HARD_LETTER:
                return end
        else:
            return end


@lean
def _cluster_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the cluster ends of which the first character is before `place`: `_CLUSTER`."""
    i = place
    while True:
        kind = _info(codes, i, pages, info) & CLASS
        if kind != MARK and kind != HARD_MARK and kind != VOICING:
            break
        i += 1
    code = codes[i]
    if kind == AM or (code == 0x0E32 and codes[i - 1] == 0x0E4D) or (code == 0x0EB2 and codes[i - 1] == 0x0ECD):
        i += 1
    return i


@lean
def _is_dress(code: int) -> bool:
    return code == 0xFE0E or code == 0xFE0F or 0x1F3FB <= code <= 0x1F3FF


@lean
def _emoji_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the emoji that begins at `place` ends: `_EMOJI`."""
    i = place + 1
    if _info(codes, place, pages, info) & CLASS == FLAG:
        return i + 1 if _info(codes, i, pages, info) & CLASS == FLAG else i
    while True:
        while _is_dress(codes[i]):
            i += 1
        if codes[i] != 0x200D or not _info(codes, i + 1, pages, info) & PICTURE_BIT:
            break
        i += 2
    while 0xE0020 <= codes[i] <= 0xE007F:
        i += 1
    return i


@lean
def _name_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the name that begins at `place` ends, or `place` where there is none: `_NAME`."""
    end = i = place
    while True:
        kind = _info(codes, i, pages, info) & CLASS
        if LETTER <= kind <= APOSTROPHE:
            i += 1
            end = i
        elif kind == INVISIBLE and end > place:
            while kind == INVISIBLE:
                i += 1
                kind = _info(codes, i, pages, info) & CLASS
            if not LETTER <= kind <= APOSTROPHE:
                return end
        else:
            return end


@lean
def _ends(codes: Array, place: int, pages: Array, info: Array) -> bool:
    """`_ENDS`."""
    while True:
        kind = _info(codes, place, pages, info) & CLASS
        if kind != INVISIBLE:
            return not LETTER <= kind <= APOSTROPHE
        place += 1


@lean
def _is_ascii_word(code: int) -> bool:
    return 48 <= code <= 57 or 97 <= (code | 32) <= 122 or code == 95


@lean
def _label_end(codes: Array, place: int) -> int:
    """Where words joined by hyphens end."""
    i = place
    while _is_ascii_word(codes[i]):
        i += 1
    while codes[i] == 45:
        k = i
        while codes[k] == 45:
            k += 1
        if not _is_ascii_word(codes[k]):
            break
        while _is_ascii_word(codes[k]):
            k += 1
        i = k
    return i


@lean
def _domain_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the name with dots that begins at `place` ends, and with it the whole, or 0: `_DOMAIN` and `_ENDS`."""
    if not _is_ascii_word(codes[place]):
        return 0
    i = _label_end(codes, place)
    dots = 0
    while codes[i] == 46 and _is_ascii_word(codes[i + 1]) and not 65 <= codes[i + 1] <= 90:
        i = _label_end(codes, i + 1)
        dots += 1
    return i if dots and _ends(codes, i, pages, info) else 0


@lean
def _is_letter(code: int) -> bool:
    return 65 <= code <= 90 or 97 <= code <= 122


@lean
def _cash_ends(codes: Array, place: int, pages: Array, info: Array) -> bool:
    """`_CASH_ENDS`."""
    while True:
        kind = _info(codes, place, pages, info) & CLASS
        if kind != INVISIBLE:
            return not (LETTER <= kind <= HARD_LETTER or kind in (MARK, HARD_MARK, UNDERSCORE))
        place += 1


@lean
def _cash_end(codes: Array, place: int, pages: Array, info: Array) -> int:
    """Where the ticker symbol that begins at `place` ends, or `place`: `_CASH`."""
    i = place
    while i - place <= _MOST_CASH and _is_letter(codes[i]):
        i += 1
    if i == place or i - place > _MOST_CASH:
        return place
    if (codes[i] == 46 or codes[i] == 45) and _is_letter(codes[i + 1]) and _cash_ends(codes, i + 2, pages, info):
        return i + 2
    return i if _cash_ends(codes, i, pages, info) else place


@lean
def _plain_sigil(code: int) -> int:
    """`#`, `@` or `$`."""
    if code == 0x23 or code == 0xFF03 or code == 0xFE5F:
        return 0x23
    return 0x40 if code == 0x40 or code == 0xFF20 or code == 0xFE6B else 0x24


@lean
def _tag_end(codes: Array, sigil: int, pages: Array, info: Array) -> int:
    """Where the tag ends whose sigil is at `sigil`; `sigil + 1` where there is none: `_TAG`."""
    kind = _plain_sigil(codes[sigil])
    if kind == 0x23:
        return _name_end(codes, sigil + 1, pages, info)
    if kind == 0x24:
        return _cash_end(codes, sigil + 1, pages, info)
    end = _domain_end(codes, sigil + 1, pages, info)
    if not end:
        end = _name_end(codes, sigil + 1, pages, info)
    if end > sigil + 1 and (codes[end] == 0x40 or codes[end] == 0xFF20):
        host = _domain_end(codes, end + 1, pages, info)
        if host:
            return host
    return end


@lean
def _touches(codes: Array, sigil: int, first: int, pages: Array, info: Array) -> bool:
    """Whether a letter stands before the sigil, or `&` before `#`: then it is none."""
    if sigil > first and codes[sigil - 1] == 0x26 and _plain_sigil(codes[sigil]) == 0x23:
        return True
    i = sigil - 1
    while i >= first:
        kind = _info(codes, i, pages, info) & CLASS
        if kind != MARK and kind != HARD_MARK:
            return LETTER <= kind <= HARD_LETTER or kind == UNDERSCORE
        i -= 1
    return False


@lean
def read_texts(codes: Array, firsts: Array, text: int, batch: Batch, tables: Tables) -> int:
    """Tokenise the texts from number `text` on into `batch`, behind what is there. Returns the number of the first text
    that is left to Python, or for which `batch` has no room; all of them being done, how many there are."""
    # Arrays are taken out of their tuples once: each access to a tuple's array counts references, atomically.
    pages, info, sequence_firsts, sequences, sequence_tails, pairs, composites = tables
    (
        words, word_keys, word_starts, word_ends, word_glued, word_spelled,
        tags, tag_keys, tag_starts, tag_ends, tag_firsts, tag_widths, tag_spelled, states, tag_states,
    ) = batch  # fmt: skip
    word = words[text]
    tag = tags[text]
    place = word_spelled[word]
    while text < len(firsts) - 1:
        first, last = firsts[text], firsts[text + 1] - 1
        room = _EXPANSION * (last - first) + _MORE
        if (
            word + last - first >= len(word_keys)
            or tag + last - first >= len(tag_keys)
            or place + room > len(states)
            or tag_spelled[tag] + room > len(tag_states)
        ):
            return text
        first_word, first_place, first_tag_place = word, place, tag_spelled[tag]
        noted = tag
        tag_until = first
        glue = -1  # where a cluster would follow the last one directly
        i = first
        while True:
            code = _wide(codes[i])
            x = _wide(info[(_wide(pages[code >> 7]) << 7) | (code & 127)])
            kind = x & CLASS
            if kind == OTHER:
                if i >= last:
                    break
                i += 1
                continue
            start = i
            spelled = place
            glued = False
            simple = True
            if kind == LETTER:
                state = _SEED
                while kind == LETTER:
                    state = step(state, code + (x >> SHIFT))
                    states[place] = state
                    place += 1
                    i += 1
                    code = _wide(codes[i])
                    x = _wide(info[(_wide(pages[code >> 7]) << 7) | (code & 127)])
                    kind = x & CLASS
                if LETTER < kind <= INVISIBLE and (
                    kind <= HARD_LETTER or MARK <= kind <= HARD_MARK or kind == INVISIBLE
                ):
                    i = _word_end(codes, i, pages, info)
                    simple = False
            elif UNSPACED <= kind <= LIGATURE:
                glued = glue == i
                i += 1
                following = _info(codes, i, pages, info) & CLASS
                if kind == UNSPACED and not AM <= following <= VOICING:
                    state = step(_SEED, code + (x >> SHIFT))
                    states[place] = state
                    place += 1
                    glue = i
                else:
                    i = _cluster_end(codes, i, pages, info)
                    simple = False
            elif kind in (LETTERS, HARD_LETTER):
                i = _word_end(codes, i, pages, info)
                simple = False
            elif kind in (PICTURE, FLAG):
                i = _emoji_end(codes, i, pages, info)
                state = _SEED
                for k in range(start, i):
                    if not _is_dress(codes[k]):
                        state = step(state, codes[k])
                        states[place] = state
                        place += 1
            else:
                if kind == SIGIL and i >= tag_until:
                    end = _tag_end(codes, i, pages, info)
                    if end > i + 1:
                        tag_until = end
                        if not _touches(codes, i, first, pages, info):
                            tag_starts[noted] = i - first
                            tag_ends[noted] = end - first
                            tag_firsts[noted] = word - first_word
                            noted += 1
                elif (kind in (INVISIBLE, ZERO_WIDTH_SPACE)) and glue == i:
                    glue = i + 1
                i += 1
                continue
            if not simple:
                place = fold_range(
                    codes, start, i, _SEED, states, spelled, pages, info,
                    sequence_firsts, sequences, sequence_tails, pairs, composites,
                )  # fmt: skip
                if place < 0 or place - first_place > _EXPANSION * (i - first) + _MORE:
                    return text
                if place == spelled:
                    continue
                if UNSPACED <= kind <= LIGATURE:
                    glue = i
                state = states[place - 1]
            word_keys[word] = state
            word_starts[word] = start - first
            word_ends[word] = i - first
            word_glued[word] = glued
            word += 1
            word_spelled[word] = place
        for index in range(tag, noted):
            start, end, tag_first = tag_starts[index], tag_ends[index], tag_firsts[index]
            after = first_word + tag_first
            while after < word and word_starts[after] < end:
                after += 1
            if after == first_word + tag_first:  # a sigil on nothing but underscores or marks names nothing
                continue
            sigil = _plain_sigil(codes[first + start])
            at = tag_spelled[tag]
            state = step(_SEED, sigil)
            tag_states[at] = state
            at += 1
            if sigil == 0x24:
                for k in range(first + start + 1, first + end):
                    state = step(state, 46 if codes[k] == 45 or codes[k] == 46 else codes[k] | 32)
                    tag_states[at] = state
                    at += 1
            else:
                at = fold_range(
                    codes, first + start + 1, first + end, state, tag_states, at, pages, info,
                    sequence_firsts, sequences, sequence_tails, pairs, composites,
                )  # fmt: skip
                if at < 0 or at - first_tag_place > _EXPANSION * end + _MORE:
                    return text
            tag_keys[tag] = tag_states[at - 1]
            tag_starts[tag] = start
            tag_ends[tag] = end
            tag_firsts[tag] = tag_first
            tag_widths[tag] = after - first_word - tag_first
            tag += 1
            tag_spelled[tag] = at
        text += 1
        words[text] = word
        tags[text] = tag
    return text
