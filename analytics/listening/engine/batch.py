"""A batch of tokenised texts as arrays: what the tokeniser fills and the matcher reads."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


class Batch(NamedTuple):
    """Words and tags of `n` texts, one after the other. Of text i they are `words[i]:words[i + 1]` and
    `tags[i]:tags[i + 1]`. They equal what `text.scan` gives, with 64-bit keys (`hash_key` of the folded word, or of the
    tag with its sigil) in place of strings. `states` hold the hash after each character of the folded key: that after
    `k` characters, XOR `hashing.PREFIX`, is `hash_prefix` of the key's first `k` characters; the last one is the key.
    The arrays may be longer than what is filled, and the tokeniser writes the next batch into them.
    """

    words: Array  # int64 (n + 1)
    word_keys: Array  # uint64
    word_starts: Array  # int32: offset of the word in its text, in characters
    word_ends: Array  # int32
    word_glued: Array  # uint8
    word_spelled: Array  # int64 (words + 1): word w has the states word_spelled[w]:word_spelled[w + 1]
    tags: Array  # int64 (n + 1)
    tag_keys: Array  # uint64
    tag_starts: Array  # int32: offset of the tag in its text
    tag_ends: Array  # int32
    tag_firsts: Array  # int32: its first word, counted from the text's first
    tag_widths: Array  # int32
    tag_spelled: Array  # int64 (tags + 1)
    word_states: Array  # uint64
    tag_states: Array  # uint64
