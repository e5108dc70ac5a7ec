"""What is known of posts beside their texts, as arrays, as far as any query asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from analytics.listening.engine.batch import Array
from analytics.listening.engine.deciding import EMOTION, LANGUAGE, LANGUAGE_UNASKED, SENTIMENT
from analytics.listening.engine.hashing import hash_key, hash_prefix
from analytics.listening.engine.memory import Beside
from analytics.listening.facts import LATE, MEASURED, NOTHING, Facts, Readable

_ALL_UNKNOWN = LANGUAGE | SENTIMENT | EMOTION
_EMPTY = Beside(
    np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros((0, len(MEASURED))),
    np.zeros(0, np.uint8),
)  # fmt: skip


_Fields: TypeAlias = tuple[tuple[str, Mapping[Any, int]], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a set of queries asks for beside words. `single` and `several` have for attributes of Facts with one value
    or a set of them the hash of each value that is asked for, `languages` for each language; `stems` the hashes of
    beginnings of handles; `numbers` names the numbers."""

    single: _Fields
    several: _Fields
    languages: Mapping[str, int]
    stems: Mapping[str, int]
    numbers: tuple[str, ...]
    late: bool
    titles: bool


def nothing_beside() -> Beside:
    """Nothing is known of any post."""
    return _EMPTY


def beside(posts: Sequence[Readable], asked: Asked) -> Beside:
    """What the queries ask for of these posts."""
    titles, facts, keys, numbers, unknown = _EMPTY
    if asked.titles:
        titles = np.fromiter((post.title_length for post in posts), np.int32, len(posts))
    known = [post.facts for post in posts]
    if all(found is NOTHING for found in known):
        # What is not known of any post is the same as no rows.
        return Beside(titles, facts, keys, numbers, unknown)
    if asked.single or asked.several or asked.stems:
        facts, keys = _keys(known, asked)
    if asked.late:
        unknown = np.fromiter(map(_unknown, known), np.uint8, len(posts))
    if asked.numbers:
        numbers = np.full((len(posts), len(MEASURED)), np.nan)
        for field in asked.numbers:
            values = map(attrgetter(field), known)
            numbers[:, MEASURED.index(field)] = [np.nan if value is None else value for value in values]
    return Beside(titles, facts, keys, numbers, unknown)


def with_languages(posts: Sequence[Readable], asked: Asked, known: Beside, wanted: Collection[int]) -> Beside:
    """The same, with the languages of the wanted posts asked for."""
    unknown = known.unknown.copy()
    found: dict[int, int] = {}
    for post in wanted:
        language = posts[post].facts.language
        if language is not None:
            unknown[post] &= np.uint8(255 - LANGUAGE_UNASKED)
            key = asked.languages.get(language())
            if key is not None:
                found[post] = key
    bounds = known.facts if len(known.facts) else np.zeros(len(posts) + 1, np.int64)
    places = np.array(sorted(found), np.int64)
    keys = np.insert(known.fact_keys, bounds[places], np.array([found[place] for place in places], np.uint64))
    more = np.zeros(len(posts) + 1, np.int64)
    more[places + 1] = 1
    return known._replace(facts=bounds + np.cumsum(more), fact_keys=keys, unknown=unknown)


def _keys(known: Sequence[Facts], asked: Asked) -> tuple[Array, Array]:
    """The keys that are asked for of each post, and their bounds."""
    columns = np.zeros((len(known), len(asked.single)), np.uint64)
    for column, (field, hashes) in enumerate(asked.single):
        values = map(attrgetter(field), known)
        columns[:, column] = np.fromiter(map(hashes.get, values, repeat(0)), np.uint64, len(known))
    there = columns != 0
    posts, keys = np.nonzero(there)[0], columns[there]
    more_posts: list[int] = []
    more_keys: list[int] = []
    for field, hashes in asked.several:
        for post, values in enumerate(map(attrgetter(field), known)):
            for value in values or ():
                if value in hashes:
                    more_posts.append(post)
                    more_keys.append(hashes[value])
    if asked.stems:
        for post, facts in enumerate(known):
            for handle in facts.addressed:
                for length in range(1, len(handle) + 1):
                    if (stem := asked.stems.get(handle[:length])) is not None:
                        more_posts.append(post)
                        more_keys.append(stem)
    if more_posts:
        posts = np.concatenate([posts, np.array(more_posts, np.int64)])
        order = np.argsort(posts, kind="stable")
        posts, keys = posts[order], np.concatenate([keys, np.array(more_keys, np.uint64)])[order]
    return np.searchsorted(posts, np.arange(len(known) + 1)), keys


def _unknown(facts: Facts) -> int:
    if facts is NOTHING:
        return _ALL_UNKNOWN
    found = LANGUAGE if facts.language is None else LANGUAGE_UNASKED
    if facts.sentiment is None:
        found |= SENTIMENT
    return found | EMOTION if facts.emotions is None else found


# Attributes of Facts by the fields that queries ask for: with one value, and with several.
_SINGLE = {
    "source": "source", "type": "kind", "country": "country", "region": "region", "city": "city",
    "verified": "verified", "sentiment": "sentiment",
}  # fmt: skip
_SEVERAL = {
    "author": "authors", "@": "addressed", "site": "sites", "links": "links", "has": "has", "emotion": "emotions",
}  # fmt: skip


def asked_for(stems: Collection[str], facts: Collection[str], *, numbers: Collection[str], titles: bool) -> Asked:
    """What queries ask for that have these beginnings of words and these keys of facts in them."""
    by_field: dict[str, dict[Any, int]] = {}
    for key in facts:
        field, _, value = ("@", "", key[1:]) if key[0] == "@" else key.partition(":")
        by_field.setdefault(field, {})[value == "true" if field == "verified" else value] = hash_key(key)
    return Asked(
        tuple((_SINGLE[field], keys) for field, keys in by_field.items() if field in _SINGLE),
        tuple((_SEVERAL[field], keys) for field, keys in by_field.items() if field in _SEVERAL),
        by_field.get("lang", {}),
        {stem[1:]: hash_prefix(stem) for stem in stems if stem[0] == "@"},
        tuple(numbers),
        any(field in by_field for field in LATE),
        titles,
    )


def both(one: Asked, other: Asked) -> Asked:
    """What either asks for. Quick where `other` asks for little that is new."""
    return Asked(
        _together(one.single, other.single),
        _together(one.several, other.several),
        _united(one.languages, other.languages),
        _united(one.stems, other.stems),
        tuple({*one.numbers, *other.numbers}),
        one.late or other.late,
        one.titles or other.titles,
    )


def _together(one: _Fields, other: _Fields) -> _Fields:
    more = dict(other)
    known = [(field, _united(keys, more.pop(field, {}))) for field, keys in one]
    return (*known, *more.items())


def _united(one: Mapping[Any, int], other: Mapping[Any, int]) -> Mapping[Any, int]:
    return one if other.keys() <= one.keys() else {**one, **other}
