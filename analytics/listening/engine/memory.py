"""The arrays between the steps of a match: what is known beside texts, what was found, what was answered."""

from __future__ import annotations

from typing import NamedTuple

from analytics.listening.engine.batch import Array
from analytics.listening.engine.keytable import Table


class Beside(NamedTuple):
    """What is known of the posts beside their texts. Arrays of no rows say that nothing is known of any."""

    titles: Array  # int32 (n): the length of the title in characters
    facts: Array  # int64 (n + 1)
    fact_keys: Array  # uint64
    numbers: Array  # float64 (n, 4): see facts.MEASURED; NaN where not known
    unknown: Array  # uint8 (n): bits LANGUAGE, SENTIMENT, EMOTION, LANGUAGE_UNASKED


class Stems(NamedTuple):
    """Beginnings of words, or of tags, that any query asks for; of post i they are `bounds[i]:bounds[i + 1]`."""

    bounds: Array  # int64 (n + 1)
    keys: Array  # uint64
    places: Array  # int32: the word that begins so
    entries: Array  # int32: of the index


class Found(NamedTuple):
    """What the index says of a batch. Of post i the candidates are `candidates[bounds[i]:bounds[i + 1]]`, ascending:
    twice the query's number, and one more where the key alone is enough."""

    bounds: Array  # int64 (n + 1)
    candidates: Array  # int64
    word_stems: Stems
    tag_stems: Stems


class Marks(NamedTuple):
    """A query, or an entry of the index, was seen for a post where its mark is the post's number, counted from the
    first post for which this memory was used."""

    queries: Array  # int32
    entries: Array  # int32
    posts: Array  # int64 (1)
    seen: Array  # int32: room for all entries of the index
    bitmap: Array  # uint64 (64)


class Scratch(NamedTuple):
    """One thread's memory, used again and again."""

    table: Table
    marks: Marks


class Answers(NamedTuple):
    """In the order of posts and, for each, of queries. `kinds` are MATCH, PENDING, ASK_LANGUAGE, ASK_REFERENCE."""

    posts: Array  # int32
    queries: Array  # int32
    kinds: Array  # uint8
