"""What is known of posts beside their texts, as arrays, as far as any query asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.listening.engine.deciding import EMOTION, LANGUAGE, LANGUAGE_UNASKED, SENTIMENT
from analytics.listening.engine.hashing import hash_key, hash_prefix
from analytics.listening.engine.memory import Beside
from analytics.listening.facts import LATE, MEASURED, NOTHING, Facts, Readable

_ALL_UNKNOWN = LANGUAGE | SENTIMENT | EMOTION
_EMPTY = Beside(
    np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros((0, len(MEASURED))),
    np.zeros(0, np.uint8),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a set of queries asks for beside words: `facts` are keys as `Facts.keys()` has them (and of LATE fields),
    with their hashes; `stems` beginnings of handles. `single` and `several` are the same facts by the attribute of
    Facts that says them, one value or a set, so that nobody writes down all that is known of a post."""

    facts: Mapping[str, int]
    single: Sequence[tuple[str, Mapping[object, int]]]
    several: Sequence[tuple[str, Mapping[str, int]]]
    stems: Mapping[str, int]
    numbers: bool
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
    if (asked.facts or asked.stems) and any(post.facts is not NOTHING for post in posts):
        found: list[int] = []
        bounds = [0]
        for post in posts:
            if post.facts is not NOTHING:
                found += _keys(post.facts, asked)
            bounds.append(len(found))
        facts, keys = np.array(bounds, np.int64), np.array(found, np.uint64)
    if asked.late:
        unknown = np.fromiter((_unknown(post.facts) for post in posts), np.uint8, len(posts))
    if asked.numbers:
        numbers = np.array([_numbers(post.facts) for post in posts], np.float64).reshape(len(posts), len(MEASURED))
    return Beside(titles, facts, keys, numbers, unknown)


def with_languages(posts: Sequence[Readable], asked: Asked, known: Beside, wanted: Collection[int]) -> Beside:
    """The same, with the languages of the wanted posts asked for."""
    unknown = known.unknown.copy()
    found: dict[int, int] = {}
    for post in wanted:
        language = posts[post].facts.language
        if language is not None:
            unknown[post] &= np.uint8(255 - LANGUAGE_UNASKED)
            key = asked.facts.get(f"lang:{language()}")
            if key is not None:
                found[post] = key
    bounds = known.facts if len(known.facts) else np.zeros(len(posts) + 1, np.int64)
    places = np.array(sorted(found), np.int64)
    keys = np.insert(known.fact_keys, bounds[places], np.array([found[place] for place in places], np.uint64))
    more = np.zeros(len(posts) + 1, np.int64)
    more[places + 1] = 1
    return known._replace(facts=bounds + np.cumsum(more), fact_keys=keys, unknown=unknown)


def _keys(facts: Facts, asked: Asked) -> list[int]:
    found = [key for name, keys in asked.single if (key := keys.get(getattr(facts, name))) is not None]
    for name, keys_of in asked.several:
        values = getattr(facts, name)
        if values:
            found += [keys_of[value] for value in values if value in keys_of]
    if asked.late:
        late = [f"sentiment:{facts.sentiment}"] if facts.sentiment is not None else []
        late += [f"emotion:{emotion}" for emotion in facts.emotions or ()]
        found += [asked.facts[key] for key in late if key in asked.facts]
    if asked.stems:
        found += [
            stem
            for key in (f"@{handle}" for handle in facts.addressed)
            for length in range(2, len(key) + 1)
            if (stem := asked.stems.get(key[:length])) is not None
        ]
    return found


def _unknown(facts: Facts) -> int:
    if facts is NOTHING:
        return _ALL_UNKNOWN
    found = LANGUAGE if facts.language is None else LANGUAGE_UNASKED
    if facts.sentiment is None:
        found |= SENTIMENT
    return found | EMOTION if facts.emotions is None else found


def _numbers(facts: Facts) -> list[float]:
    return [np.nan if (number := getattr(facts, field)) is None else number for field in MEASURED]


# Fields and the attributes of Facts that say them.
_SINGLE = {"source": "source", "type": "kind", "country": "country", "region": "region", "city": "city"}
_SEVERAL = {"author": "authors", "site": "sites", "links": "links", "has": "has"}


def asked_for(stems: Collection[str], facts: Collection[str], *, numbers: bool, titles: bool) -> Asked:
    """What queries ask for that have these beginnings of words and these keys of facts in them."""
    hashes = {key: hash_key(key) for key in facts}
    by_field: dict[str, dict[str, int]] = {}
    for key, value in hashes.items():
        if key[0] == "@":
            by_field.setdefault("@", {})[key[1:]] = value
        else:
            field, _, said = key.partition(":")
            by_field.setdefault(field, {})[said] = value
    single: list[tuple[str, Mapping[object, int]]] = [
        (name, dict(by_field[field].items())) for field, name in _SINGLE.items() if field in by_field
    ]
    if "verified" in by_field:
        single.append(("verified", {said == "true": value for said, value in by_field["verified"].items()}))
    several = [(name, by_field[field]) for field, name in {**_SEVERAL, "@": "addressed"}.items() if field in by_field]
    return Asked(
        hashes,
        single,
        several,
        {stem: hash_prefix(stem) for stem in stems if stem[0] == "@"},
        numbers,
        any(field in by_field for field in LATE),
        titles,
    )
