"""The words that topics are told by: used by enough people, in enough posts, and not in most of a language's posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.segment import Run, cut, learn_words
from analytics.topics.discovery.wording import MOST_WORDS_OF_POST, Word

LEAST_AUTHORS = 3
"""A word that fewer people use could be one person's name or number; so it names nothing."""

LEAST_POSTS = 3
MOST_SHARE = 0.25
"""A word in more of a language's posts than this tells no topic apart; looked at from ENOUGH_POSTS on."""

ENOUGH_POSTS = 40
MOST_TERMS = 12_000


@dataclass(frozen=True, slots=True)
class Post:
    """What topics are found in: a text's words, its language ("" where none is told), who wrote it (any stable
    number; another each time for who is not known), and whether these are all of its words."""

    words: Sequence[Word]
    language: str
    author: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms by number. `keys` are folded and `written` the way in which most wrote them. `unspaced` are the words of
    scripts without spaces, by their characters."""

    keys: tuple[str, ...]
    written: tuple[str, ...]
    unspaced: frozenset[Run] = frozenset()
    number: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Sequence[str], written: Sequence[str], unspaced: frozenset[Run]) -> Vocabulary:
        return cls(tuple(keys), tuple(written), unspaced, {key: place for place, key in enumerate(keys)})

    def __len__(self) -> int:
        return len(self.keys)


Unit: TypeAlias = Word
"""A word of a post as it counts: those of scripts with spaces are what they were, of others it is a cut piece."""


def units_of(words: Sequence[Word], unspaced: frozenset[Run]) -> list[Unit]:
    """A post's words, those of scripts without spaces cut by what was learnt; at most 60 that are no function words."""
    return counted(words, unspaced)[0]


def counted(words: Sequence[Word], unspaced: frozenset[Run]) -> tuple[list[Unit], bool]:
    """The `units_of` a post, and whether they are of all its words."""
    units: list[Unit] = []
    place = telling = 0
    while place < len(words) and telling < MOST_WORDS_OF_POST:
        word = words[place]
        if not word.unspaced:
            units.append(word)
            telling += not word.stop
            place += 1
            continue
        end = place + 1
        while end < len(words) and words[end].run:
            end += 1
        run = tuple(each.key for each in words[place:end])
        last = -1
        for first, beyond in cut(run, unspaced):
            written = "".join(each.written for each in words[place + first : place + beyond])
            key, stop = "".join(run[first:beyond]), _is_ending(run[first:beyond])
            units.append(Unit(key, written, first == last, unspaced=True, stop=stop))
            last = beyond
            telling += 1
        place = end
    return units, place == len(words)


def _is_ending(run: Run) -> bool:
    """Hiragana alone: what Japanese writes its particles and endings with."""
    return all("\u3040" <= character[0] < "\u30a0" for character in run)


def runs_of(posts: Sequence[Post]) -> list[Run]:
    """The runs of characters of scripts without spaces."""
    found: list[Run] = []
    for post in posts:
        run: list[str] = []
        for word in post.words:
            if run and not (word.unspaced and word.run):
                found.append(tuple(run))
                run = []
            if word.unspaced:
                run.append(word.key)
        if run:
            found.append(tuple(run))
    return [run for run in found if len(run) > 1]


def build(posts: Sequence[Post]) -> tuple[Vocabulary, list[list[Unit]]]:
    """The vocabulary of some posts, and each post's units. Deterministic; the order of posts does not matter."""
    unspaced = learn_words(runs_of(posts))
    units = [units_of(post.words, unspaced) for post in posts]
    counts: Counter[str] = Counter()
    authors: dict[str, set[int]] = {}
    written: dict[str, Counter[str]] = {}
    by_language: dict[str, Counter[str]] = {}
    sizes: Counter[str] = Counter()
    for post, mine in zip(posts, units, strict=True):
        sizes[post.language] += 1
        seen: set[str] = set()
        for unit in mine:
            if unit.stop or len(unit.key) > 64:
                continue
            if unit.key not in seen:
                seen.add(unit.key)
                who = authors.setdefault(unit.key, set())
                if len(who) < LEAST_AUTHORS:
                    who.add(post.author)
            written.setdefault(unit.key, Counter())[unit.written] += 1
        counts.update(seen)
        by_language.setdefault(post.language, Counter()).update(seen)
    common = {
        key
        for language, found in by_language.items()
        if sizes[language] >= ENOUGH_POSTS
        for key, n in found.items()
        if n > MOST_SHARE * sizes[language]
    }
    kept = [
        key
        for key, n in counts.items()
        if n >= LEAST_POSTS and len(authors[key]) >= LEAST_AUTHORS and key not in common
    ]
    kept = sorted(sorted(kept, key=lambda key: (-counts[key], key))[:MOST_TERMS])
    shown = [min(written[key].items(), key=lambda pair: (-pair[1], pair[0]))[0] for key in kept]
    return Vocabulary.of(kept, shown, unspaced), units


@dataclass(frozen=True, slots=True)
class Bags:
    """Posts as bags of terms: the terms of post `i` are `terms[starts[i]:starts[i + 1]]`, repetitions included."""

    starts: npt.NDArray[np.int64]
    terms: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts) - 1


def bags_of(units: Sequence[Sequence[Unit]], vocabulary: Vocabulary) -> Bags:
    """What of each post is in the vocabulary, each term at most twice: saying it more often makes nothing clearer."""
    starts, terms = [0], []
    for mine in units:
        seen: Counter[int] = Counter()
        for unit in mine:
            term = vocabulary.number.get(unit.key, -1)
            if term >= 0 and not unit.stop and seen[term] < 2:
                seen[term] += 1
                terms.append(term)
        starts.append(len(terms))
    return Bags(np.array(starts, np.int64), np.array(terms, np.int32))
