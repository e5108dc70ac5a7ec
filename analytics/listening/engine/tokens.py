"""The tokeniser as machine code: what `text.scan` does, for a batch of texts.

`text` and `folding` stay the reference. Where a text needs what is not done here (`HARD_…` characters, marks out of
order, some rare joints), Python reads that text. Indices never leave a text because each is closed by a NUL, which is
in no class but OTHER.
"""

from __future__ import annotations

from analytics.listening.engine.batch import Array, Batch
from analytics.listening.engine.bounds import cluster_end, emoji_end, is_dress, is_vowel_of_am, word_end
from analytics.listening.engine.characters import SEED, known, step, wide
from analytics.listening.engine.compiling import lean
from analytics.listening.engine.folds import EXPANSION, MORE, MOST_MARKS, fold_range
from analytics.listening.engine.tables import (
    AFTER,
    AM,
    CLASS,
    FLAG,
    HARD_LETTER,
    HARD_MARK,
    INVISIBLE,
    KEPT,
    LETTER,
    LETTERS,
    LIGATURE,
    MARK,
    OTHER,
    PICTURE,
    SECOND,
    SHIFT,
    SIGIL,
    STAYS,
    TAIL_SHIFT,
    UNSPACED,
    VOICING,
    ZERO_WIDTH_SPACE,
    Tables,
)
from analytics.listening.engine.tagging import plain_sigil, tag_end, touches


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
        room = EXPANSION * (last - first) + MORE
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
            code = wide(codes[i])
            x = wide(info[(wide(pages[code >> 7]) << 7) | (code & 127)])
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
                state = SEED
                after = KEPT
                while kind == LETTER:
                    after = x & AFTER
                    state = step(state, code + (x >> SHIFT))
                    states[place] = state
                    place += 1
                    i += 1
                    code = wide(codes[i])
                    x = wide(info[(wide(pages[code >> 7]) << 7) | (code & 127)])
                    kind = x & CLASS
                    if kind == MARK and after == KEPT:
                        # Most marks of Devanagari and its sisters: they just stay.
                        tail, most = 0, i + MOST_MARKS
                        while x & (CLASS | STAYS | SECOND) == MARK | STAYS and i < most:
                            rank = (x >> SHIFT) & 255
                            if rank and tail > rank:
                                break
                            tail = x >> TAIL_SHIFT
                            state = step(state, code)
                            states[place] = state
                            place += 1
                            i += 1
                            code = wide(codes[i])
                            x = wide(info[(wide(pages[code >> 7]) << 7) | (code & 127)])
                        kind = x & CLASS
                if LETTER < kind <= INVISIBLE and (
                    kind <= HARD_LETTER or MARK <= kind <= HARD_MARK or kind == INVISIBLE
                ):
                    i = word_end(codes, i, pages, info)
                    simple = False
            elif UNSPACED <= kind <= LIGATURE:
                glued = glue == i
                i += 1
                after = x & AFTER
                folded = code + (x >> SHIFT)
                x = known(codes, i, pages, info)
                if kind == UNSPACED:
                    state = step(SEED, folded)
                    states[place] = state
                    place += 1
                    if x & CLASS == MARK and after == KEPT:
                        tail, most = 0, i + MOST_MARKS
                        while x & (CLASS | STAYS | SECOND) == MARK | STAYS and i < most:
                            rank = (x >> SHIFT) & 255
                            if rank and tail > rank:
                                break
                            tail = x >> TAIL_SHIFT
                            state = step(state, codes[i])
                            states[place] = state
                            place += 1
                            i += 1
                            x = known(codes, i, pages, info)
                    glue = i
                if kind != UNSPACED or AM <= x & CLASS <= VOICING or is_vowel_of_am(codes, i):
                    i = cluster_end(codes, start + 1, pages, info)
                    simple = False
            elif kind in (LETTERS, HARD_LETTER):
                i = word_end(codes, i, pages, info)
                simple = False
            elif kind in (PICTURE, FLAG):
                i = emoji_end(codes, i, pages, info)
                state = SEED
                for k in range(start, i):
                    if not is_dress(codes[k]):
                        state = step(state, codes[k])
                        states[place] = state
                        place += 1
            else:
                if kind == SIGIL and i >= tag_until:
                    end = tag_end(codes, i, pages, info)
                    if end > i + 1:
                        tag_until = end
                        if not touches(codes, i, first, pages, info):
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
                    codes, start, i, SEED, states, spelled, pages, info,
                    sequence_firsts, sequences, sequence_tails, pairs, composites,
                )  # fmt: skip
                if place < 0 or place - first_place > EXPANSION * (i - first) + MORE:
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
            sigil = plain_sigil(codes[first + start])
            at = tag_spelled[tag]
            state = step(SEED, sigil)
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
                if at < 0 or at - first_tag_place > EXPANSION * end + MORE:
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
