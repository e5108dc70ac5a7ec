"""From the characters of a post to hashed features: one plain function, compiled where numba is there.

Without numba the very same lines run as Python, on lists of integers: slower, with equal answers. That is why there is
no array made here, no helper called, and why every product is cut to 64 bits by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

BITS: Final = 20
MOST_CHARACTERS: Final = 4_096
MOST_FEATURES: Final = 2_048
SLOTS: Final = 4 * MOST_FEATURES
MOST_WORDS: Final = 64  # whose order is looked at
SILENT_SLOTS: Final = 1 << 13
_LONGEST: Final = 24

BLANK, WORD, SYMBOL, UNSPACED = range(4)

# What the kernel multiplies by and begins with, handed to it: numba and Python then both see whole 64-bit numbers.
# Multiplier, mask, half, shift, bucket multiplier, then seeds: word, gram, unspaced gram, link, account; then the last
# slot of the silent words, and none.
MIX: Final = (
    0x9FB21C651E98DF25, 0xFFFF_FFFF_FFFF_FFFF, 32, 64 - BITS, 0x9E3779B97F4A7C15,
    0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89, 0x452821E638D01377,
    SILENT_SLOTS - 1, 0,
)  # fmt: skip

if find_spec("numba") is None:

    def _compiled(function: F) -> F:
        return function

else:
    from analytics.listening.engine.compiling import lean as _compiled


@_compiled
def gather(
    codes: Any, start: int, stop: int, mix: Any, fold: Any, starts: Any, flat: Any, classes: Any,
    silent: Any, chars: Any, kinds: Any, found: Any, slots: Any, spans: Any, rows: Any, at: int,
) -> int:  # fmt: skip
    """Write the distinct table rows of the text `codes[start:stop]` to `rows[at:]`; answer how many there are.

    `fold`, `starts`, `flat`, `classes` are those of `Characters`. Words in the table `silent` (SILENT_SLOTS, 0 where
    free) are passed over, as if nothing stood there. `chars`, `kinds` (MOST_CHARACTERS), `found`
    (MOST_FEATURES) and `slots` (SLOTS, all -1, and so again afterwards) are room to work in; from `at` on `rows` has
    room for MOST_FEATURES more. Linear in the length of the text.

    `spans` (1 + 2 MOST_WORDS) tells afterwards how many words the text begins with and, for each, from where to where
    in `found` its own features stand: its n-grams and itself, not the pairs.
    """
    multiplier, mask, half, shift, bucket = mix[0], mix[1], mix[2], mix[3], mix[4]

    # 1. Folded characters, at most two of the same in a row.
    size, run, last = 0, 0, -1
    for place in range(start, stop):
        code = int(codes[place])
        single = int(fold[code])
        begin, end = 0, 1
        if single < 0:
            begin, end = int(starts[-single - 1]), int(starts[-single])
            if code == 0x308 and size > 0:  # a diaeresis that stands apart: German tells schon from schön
                before = int(chars[size - 1])
                if before == 97:
                    chars[size - 1] = 0xE4
                elif before == 111:
                    chars[size - 1] = 0xF6
                elif before == 117:
                    chars[size - 1] = 0xFC
        for step in range(begin, end):
            char = single if single >= 0 else int(flat[step])
            run = run + 1 if char == last else 1
            last = char
            if run <= 2 and size < MOST_CHARACTERS:
                chars[size] = char
                kinds[size] = int(classes[char])
                size += 1

    # 2. don't is one word, l'amour two: an apostrophe goes where two letters or fewer follow and end the word.
    kept = 0
    for place in range(size):
        if chars[place] == 39 and kept > 0 and place + 1 < size and kinds[place + 1] == WORD:
            tail = place + 2
            if tail < size and kinds[tail] == WORD:
                tail += 1
            whole = (kept > 1 and kinds[kept - 2] == WORD) or chars[kept - 1] == 105
            if kinds[kept - 1] == WORD and whole and (tail >= size or kinds[tail] != WORD):
                continue
        chars[kept] = chars[place]
        kinds[kept] = kinds[place]
        kept += 1
    size = kept

    # 3. Words, pairs of neighbours, and character n-grams of 3 to 5.
    count, place, previous, follows, words = 0, 0, mix[5], False, 0
    while place < size and count < MOST_FEATURES:
        kind = int(kinds[place])
        if kind == BLANK:
            place += 1
            continue
        begin, end, token = place, place + 1, mix[5]
        first = int(chars[place])
        link, opened = False, count
        if first == 104 and place + 3 < size:  # http
            if chars[place + 1] == 116 and chars[place + 2] == 116 and chars[place + 3] == 112:
                end = place + 4
                if end < size and chars[end] == 115:
                    end += 1
                link = end >= size or kinds[end] != WORD
                if link and end + 1 < size and chars[end] == 58 and chars[end + 1] == 47:
                    while end < size and kinds[end] != BLANK:
                        end += 1
        elif first == 119 and place + 2 < size and chars[place + 1] == 119 and chars[place + 2] == 46:  # ww(w).
            link = True
            while end < size and kinds[end] != BLANK:
                end += 1
        if link:
            token = mix[8]
        elif first == 64 and end < size and (kinds[end] == WORD or chars[end] == 95):
            while end < size and (kinds[end] == WORD or chars[end] == 95):
                end += 1
            token = mix[9]
        elif kind == WORD:
            end = place + 1
            while end < size and kinds[end] == WORD:
                end += 1
            for step in range(begin, end):
                token = ((token ^ chars[step]) * multiplier) & mask
                token ^= token >> half
            spans[0] = token & mix[10]  # through an array of 32 bits, or numba would go on in floats
            slot = int(spans[0])
            while silent[slot] != mix[11] and silent[slot] != token:
                slot = (slot + 1) & (SILENT_SLOTS - 1)
            if silent[slot] == token:
                follows, place = False, end
                continue
            length = min(end - begin, _LONGEST) + 2
            for left in range(length):
                state = mix[6]
                for size_less_one in range(min(5, length - left)):
                    inner = left + size_less_one
                    if inner == 0 or inner == length - 1:
                        state ^= mix[2]
                    else:
                        state ^= chars[begin + inner - 1]
                    state = (state * multiplier) & mask
                    state ^= state >> half
                    if size_less_one >= 2 and size_less_one + 1 < length and count < MOST_FEATURES:
                        found[count] = state
                        count += 1
        else:
            token = ((token ^ chars[place]) * multiplier) & mask
            token ^= token >> half
            if kind == UNSPACED:
                state = mix[7]
                for inner in range(place, min(place + 5, size)):
                    if kinds[inner] != UNSPACED:
                        break
                    state = ((state ^ chars[inner]) * multiplier) & mask
                    state ^= state >> half
                    if inner - place >= 2 and count < MOST_FEATURES:
                        found[count] = state
                        count += 1
        if count < MOST_FEATURES:
            found[count] = token
            count += 1
        if words < MOST_WORDS and opened < count:
            spans[1 + 2 * words] = opened
            spans[2 + 2 * words] = count
            words += 1
        if follows and count < MOST_FEATURES:
            state = ((previous * bucket) & mask) ^ token
            state = (state * multiplier) & mask
            found[count] = state ^ (state >> half)
            count += 1
        previous, follows, place = token, True, end

    spans[0] = words

    # 4. Each row once.
    distinct = 0
    for number in range(count):
        rows[at + distinct] = ((found[number] * bucket) & mask) >> shift
        row = int(rows[at + distinct])
        slot = row & (SLOTS - 1)
        while slots[slot] >= 0 and slots[slot] != row:
            slot = (slot + 1) & (SLOTS - 1)
        if slots[slot] < 0:
            slots[slot] = row
            distinct += 1
    for number in range(distinct):  # by the very paths they were put in: nothing else stands in the table
        slot = int(rows[at + number]) & (SLOTS - 1)
        while slots[slot] >= 0:
            slots[slot] = -1
            slot = (slot + 1) & (SLOTS - 1)
    return distinct


@_compiled
def gather_all(
    codes: Any, bounds: Any, mix: Any, fold: Any, starts: Any, flat: Any, classes: Any,
    silent: Any, chars: Any, kinds: Any, found: Any, slots: Any, spans: Any, rows: Any, offsets: Any,
    word_rows: Any, word_offsets: Any, text_words: Any,
) -> None:  # fmt: skip
    """`gather` for each text `codes[bounds[n]:bounds[n + 1]]`, one after another; `offsets[n + 1]` is where it ends,
    and `text_words[n + 1]` where its words do, word by word `word_rows[word_offsets[w]:word_offsets[w + 1]]`."""
    offsets[0], word_offsets[0], text_words[0] = 0, 0, 0
    written, words = 0, 0
    for number in range(len(bounds) - 1):
        begin, end, at = int(bounds[number]), int(bounds[number + 1]), int(offsets[number])
        offsets[number + 1] = at + gather(
            codes, begin, end, mix, fold, starts, flat, classes, silent, chars, kinds, found, slots, spans, rows, at
        )
        for word in range(int(spans[0])):
            for place in range(int(spans[1 + 2 * word]), int(spans[2 + 2 * word])):
                word_rows[written] = ((found[place] * mix[4]) & mix[1]) >> mix[3]
                written += 1
            words += 1
            word_offsets[words] = written
        text_words[number + 1] = words


@_compiled
def pool(rows: Any, offsets: Any, table: Any, sums: Any) -> None:
    """Add up, for each text, its rows of `table` (rows × columns, int8) into `sums` (texts × columns, int32, zeros)."""
    columns = table.shape[1]
    for number in range(len(offsets) - 1):
        for place in range(offsets[number], offsets[number + 1]):
            row = rows[place]
            for column in range(columns):
                sums[number, column] += table[row, column]
