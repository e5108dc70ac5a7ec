"""Queries as agencies save them, seeded: what share each kind has is in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from tests.benchmarks.listening.words import SHARES, UNSPACED, Language, Zipf


class _Draw:
    """Draws a query's words: brands by popularity, topics from the middle of a language's frequencies."""

    def __init__(self, language: Language, brands: Zipf, rng: Random) -> None:
        self.language, self._brands, self.rng = language, brands, rng
        self.spaced = language.script not in UNSPACED

    def brand(self) -> str:
        # One in ten listens for what everybody talks about; most clients are small.
        names = self.language.brands
        return names[self._brands.draw(self.rng)] if self.rng.random() < 0.1 else self.rng.choice(names)

    def topic(self) -> str:
        while True:
            word = self.rng.choice(self.language.words[300:6_000])
            if len(word) > 1:
                return word

    def topics(self, count: int) -> str:
        return " OR ".join(self.topic() for _ in range(count))

    def phrase(self) -> str:
        joiner = self.language.joiner
        return f'"{self.brand()}{joiner}{self.topic()}"'


def _name(d: _Draw) -> str:
    name = d.brand()
    return f"{name} OR @{name} OR #{name}"


def _spellings(d: _Draw) -> str:
    return f"{d.phrase()} OR {d.phrase()} OR " + " OR ".join(d.brand() for _ in range(d.rng.randrange(1, 9)))


def _context(d: _Draw) -> str:
    return f"({d.brand()} OR {d.phrase()}) AND ({d.topics(d.rng.randrange(3, 13))})"


def _excluded(d: _Draw) -> str:
    name, joiner = d.brand(), d.language.joiner
    unwanted = d.topics(d.rng.randrange(3, 11))
    return f'({name} OR #{name}) NOT ({unwanted} OR "{d.topic()}{joiner}{d.topic()}")'


def _near(d: _Draw) -> str:
    operator = f"{d.rng.choice(('NEAR', 'NEAR', 'ONEAR'))}/{d.rng.randrange(2, 10)}"
    return f"({d.brand()} OR {d.brand()}) {operator} ({d.topics(3)})"


def _prefix(d: _Draw) -> str:
    name = d.brand()
    stem = name[: max(3, len(name) - 2)]
    return f"{stem}* AND ({d.topics(2)})" if _is_stem(d, stem) else f"{name} AND ({d.topics(2)})"


def _wildcard(d: _Draw) -> str:
    name = d.brand()
    place = max(4, len(name) - 3)
    return f"{name[:place]}?{name[place + 1 :]} OR {name}" if _is_stem(d, name[:place]) else name


def _is_stem(d: _Draw, stem: str) -> bool:
    return d.spaced and sum(character.isalnum() for character in stem) > 2


def _topic(d: _Draw) -> str:
    return f"({d.topics(2)}) AND ({d.topics(2)}) NOT {d.topic()}"


def _hashtags(d: _Draw) -> str:
    return f"#{d.brand()} OR #{d.topic()}{d.rng.randrange(20, 30)} OR #{d.brand()}"


def _cased(d: _Draw) -> str:
    return f"{{{d.brand()}}} AND ({d.topics(3)})"


def _fielded(d: _Draw) -> str:
    field = d.rng.choice(
        ("country:us", "country:de", "type:(post OR quote)", "NOT type:reply", "followers:>100", "source:bluesky")
    )
    return f"({d.brand()} OR {d.brand()}) AND {field}" if not field.startswith("NOT") else f"{d.brand()} {field}"


KINDS: dict[Callable[[_Draw], str], int] = {
    _name: 28,  # a name, as word, handle and hashtag
    _spellings: 15,  # two phrases and up to eight names
    _context: 18,  # a name or phrase in company of one of three to twelve topics
    _excluded: 10,  # a name without up to ten topics
    _near: 8,  # names near topics
    _prefix: 5,  # the beginning of a name, and topics
    _wildcard: 2,  # a name with one letter left open
    _topic: 4,  # two topics, no name at all: frequent words
    _hashtags: 4,  # campaigns
    _cased: 3,  # a name in exactly this spelling
    _fielded: 3,  # a name, by country, type, size or source
}


def queries(languages: Mapping[str, Language], *, count: int, seed: int) -> list[str]:
    """`count` query texts; the languages have the shares that they have in posts."""
    rng = Random(f"{seed} queries")
    brands = Zipf(len(languages["latin"].brands))
    kinds, shares = list(KINDS), list(KINDS.values())
    draws = [_Draw(languages[script], brands, rng) for script in SHARES]
    return [rng.choices(kinds, shares)[0](draw) for draw in rng.choices(draws, list(SHARES.values()), k=count)]
