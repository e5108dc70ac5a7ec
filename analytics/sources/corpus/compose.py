"""Writes one post's text: a phrase, perhaps a hashtag, a typo, an aside, a greeting, planted personal data."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from analytics.sources.corpus.cast import SPELLINGS, DemoClient
from analytics.sources.corpus.people import LANGUAGES
from analytics.sources.corpus.phrasebook import Phrasebook, shelf
from analytics.sources.corpus.planted import Planted
from analytics.sources.corpus.posts import Sentiment

_EMOJI: dict[Sentiment, tuple[str, ...]] = {
    "positive": ("😍", "🙌", "❤️", "😊", "🥰", "✨", "👍", "🎉"),
    "negative": ("😡", "😤", "🙄", "👎", "😒", "💔", "🤦‍♀️"),
    "neutral": ("🤔", "📍", "👀", "🗓️"),
}
_ASIDES = {"IBAN_CODE": "payment", "CREDIT_CARD": "payment", "IP_ADDRESS": "network"}
_CASED = ("de", "en", "pt", "es", "fr")
# Beginnings (folded) of words that no typo may touch: they are what the demo's queries look for.
_PROTECTED = [
    "elbkranich",
    "kaffee",
    "nebelbohne",
    "mowenroster",
    "moewenroester",
    "mare",
    "magnesio",
    "parede",
    "nove",
    "gruta",
    "brava",
    "hafermilch",
    "avoine",
    "avena",
    "bouldering",
    "grades",
    "graduac",
    "cotation",
    "schwierigkeit",
    "vogel",
    "suplemento",
]


@dataclass(frozen=True, slots=True)
class Order:
    """What to write. `section` is a phrase section; `names` are the businesses for {brand} and {rival}; `greet` a
    handle to answer (or empty); `plain` leaves out handles and hashtags, as reviews do."""

    client: DemoClient
    language: str
    section: str
    sentiment: Sentiment
    names: tuple[str, ...]
    greet: str = ""
    plain: bool = False
    sarcastic: bool = False
    planted: Planted | None = None


class Writer:
    """Writes texts and remembers them, so that nobody says the same thing twice while there is another way."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._seen: set[str] = set()

    def write(self, order: Order) -> str:
        """A text for the order; near-unique: up to twelve tries before one is repeated."""
        text = ""
        for _ in range(12):
            text = self._once(order)
            if text not in self._seen:
                break
        self._seen.add(text)
        if order.planted is not None:
            section = _ASIDES.get(order.planted.entity, "contact")
            aside = book_for(order.client, order.language).render(section, {"pii": order.planted.value}, self._rng)
            text = self._join(text, aside)
        return text

    def _once(self, order: Order) -> str:
        rng = self._rng
        book = book_for(order.client, order.language)
        noise = shelf()["noise", ""]
        section = next((s for s in (order.section, f"{order.section}.{order.language}") if s in noise.sections), "")
        source = noise if section else book
        given = {
            slot: spell(name, order.language, order.plain, rng)
            for slot, name in zip(("brand", "rival"), order.names, strict=False)
        }
        given["tag"] = SPELLINGS[order.client.name].hashtags[0]
        text = source.render(section or order.section, given, rng)
        if source is book:
            text = self._decorate(text, book, order)
        if order.language in _CASED and rng.random() < 0.08:
            text = text.lower()
        if order.language in _CASED and rng.random() < 0.07:
            text = _misspell(text, rng)
        return f"@{order.greet} {text}" if order.greet else text

    def _join(self, text: str, aside: str) -> str:
        """People end a sentence with a stop, an emoji, a new line or nothing at all."""
        between = self._rng.choice((" ", "\n", "\n\n", " ... ")) if text[-1].isalnum() else " "
        return f"{text}{between}{aside}"

    def _decorate(self, text: str, book: Phrasebook, order: Order) -> str:
        rng = self._rng
        if rng.random() < 0.28:
            text = self._join(text, book.render("tail", {}, rng))
        if not order.sarcastic and text[-1].isascii() and rng.random() < 0.2:
            text = f"{text} {rng.choice(_EMOJI[order.sentiment])}"
        if not order.plain:
            for _ in range(rng.choices((0, 1, 2), (0.66, 0.24, 0.10))[0]):
                tag = rng.choice(book.sections["tags"])
                if tag not in text:
                    text = f"{text} {tag}"
        return text


def book_for(client: DemoClient, language: str) -> Phrasebook:
    """The client's phrasebook in a language; KeyError where there is none."""
    return shelf()[client.book, language]


def speakers(client: DemoClient, section: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The languages, with weights, in which a section's phrases exist for a client."""
    noise = shelf()["noise", ""].sections
    weights = [
        (language, weight)
        for language, weight in LANGUAGES[client.book].items()
        if section in book_for(client, language).sections or f"{section}.{language}" in noise
    ]
    return tuple(language for language, _ in weights), tuple(weight for _, weight in weights)


def spell(name: str, language: str, plain: bool, rng: Random) -> str:
    """One of the ways in which people write a business in a language; `plain` allows names only."""
    spelling = SPELLINGS[name]
    native = dict(spelling.native).get(language)
    if native is not None and rng.random() < 0.45:
        return native
    how = 0.0 if plain else rng.random()
    if how < 0.66:
        return rng.choice(spelling.names)
    return f"@{spelling.handle}" if how < 0.9 else f"#{rng.choice(spelling.hashtags)}"


def fold(text: str) -> str:
    """Lower case without diacritics."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _misspell(text: str, rng: Random) -> str:
    """One slip of the finger in one ordinary word, where there is one: swapped, doubled or missing letter."""
    words = text.split(" ")
    where = [k for k, word in enumerate(words) if _ordinary(word)]
    if not where:
        return text
    k = rng.choice(where)
    words[k] = _slip(words[k], rng)
    return " ".join(words)


def _ordinary(word: str) -> bool:
    return len(word) >= 5 and word.isalpha() and word.islower() and not fold(word).startswith(tuple(_PROTECTED))


def _slip(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    how: Sequence[str] = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1 :],
    )
    return rng.choice(how)
