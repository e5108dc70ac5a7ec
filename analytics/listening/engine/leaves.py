"""What the leaves of a tree ask a post for, as 64-bit keys."""

from __future__ import annotations

from typing import NamedTuple

from analytics.listening.engine.hashing import hash_key, hash_prefix
from analytics.listening.text import scan

# Kinds of parts. A glued word directly follows the one before it.
WORD, GLUED, TAG, PREFIX, HEAD = range(5)

SIGILS = "#@$"
_STEM_COST = 16.0
# Guesses of how often a field's value is true of a post, by field, in the unit of `_guess`.
_FIELD_COSTS = {"author": 1.0, "site": 4.0, "links": 8.0, "city": 64.0, "region": 128.0, "has": 4096.0}
_FREQUENT_FIELD = 1024.0


class Part(NamedTuple):
    """One word (or tag, or beginning of a word) of a leaf; `guess` is how often it may occur, in no unit."""

    kind: int
    key: int
    guess: float


def _guess(key: str) -> float:
    if key[0] in SIGILS:
        return 1.0
    if "\u3400" <= key[0] <= "\u9fff" or "\uac00" <= key[0] <= "\ud7a3":
        return 64.0 / len(key)  # an ideograph or a syllable says more than a letter
    return 4096.0 / 3.0 ** min(len(key), 7)


def fact_part(field: str, value: str) -> Part:
    """The part for a fact of the post; it has no place in the text."""
    return Part(TAG, hash_key(f"{field}:{value}"), _FIELD_COSTS.get(field, _FREQUENT_FIELD))


def tag_part(tag: str) -> Part:
    """The part for a tag with its sigil."""
    return Part(TAG, hash_key(tag), 1.0)


def prefix_part(text: str) -> Part:
    """The part for words that begin with `text`."""
    return Part(PREFIX, hash_prefix(text), _STEM_COST * _guess(text))


def word_parts(text: str) -> list[Part]:
    """The words of a term, of which there are several in scripts without spaces."""
    scanned = scan(text)
    return [
        Part(GLUED if index in scanned.glued else WORD, hash_key(key), _guess(key))
        for index, key in enumerate(scanned.words)
    ]


def before_wildcard(text: str) -> str:
    """What a word must begin with of which `text`, a word with wildcards, says how it looks; all of a plain word."""
    return text[: min((position for sign in "*?" if (position := text.find(sign)) >= 0), default=len(text))]
