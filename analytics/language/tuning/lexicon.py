"""A client's words and their pull on a reading: pure, and linear in the length of a text.

Words, phrases, emoji and hashtags are compared as the listening tokeniser folds them, so that every script, case and
spelling of accents works as in queries. Of overlapping entries the longest counts; an entry of the text's language goes
before one of every language. Where the language has a list below, a negation up to three words before an entry (in
Swedish and Danish also after it) turns and weakens it by -0.74, after Hutto and Gilbert (2014); signs that end a clause
stop it.

Only languages have a list in which that helps words that people chose: AFINN's and French VADER's words told positive
from negative lines (XED) better with it, by the area under the curve: en .731 -> .753 (validation tweets of UMSAB
.845 -> .903), sv .633 -> .648, da .678 -> .697, fr .624 -> .632, pl .589 -> .595, every 95 % interval above 0. For
others there were no such words to measure with. Words that intensify or diminish ("very", "slightly") changed nothing
(-.0003 to +.005), and so do not count.

The pull of a text is 2 * tanh(sum / 5) logits, 0 where nothing is found: added to positive, taken off negative. So
no number of words moves the odds of positive against neutral by more than e^2, or against negative by more than e^4.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from sys import getsizeof
from typing import Final

from analytics.listening.text import Scan, scan

BOUND: Final = 2.0
_SCALE: Final = 5.0
MOST_WORDS: Final = 8
_LONGEST: Final = 300
EVERY_LANGUAGE: Final = ""
_WINDOW: Final = 3
_NEGATED: Final = -0.74
# Ends a clause; texts of scripts without spaces have signs of their own.
_SIGILS: Final = "#$@"
_STOP = re.compile(r"[.!?;:\n。！？；…]")

Entry = tuple[str, str, int]
"""(language or "", key, valence -5..5)"""


@dataclass(frozen=True, slots=True)
class _Negations:
    """Words that negate what they stand before, and, where `follows`, what they stand after."""

    words: frozenset[str]
    follows: bool = False


def _negations(words: str, *, follows: bool = False) -> _Negations:
    return _Negations(frozenset(words.split()), follows)


# Folded, as texts are: without accents, and apostrophes part words ("isn't" is "isn" and "t").
NEGATIONS: Final[Mapping[str, _Negations]] = {
    "en": _negations(
        "not no never without hardly isn wasn aren weren don doesn didn won wouldn cannot couldn shouldn ain nothing "
        "nobody neither nor dont doesnt didnt isnt wasnt cant wont"
    ),
    "sv": _negations("inte aldrig ingen inget utan", follows=True),
    "da": _negations("ikke aldrig ingen intet uden", follows=True),
    "fr": _negations("pas jamais aucun aucune sans ni plus guere rien"),
    "pl": _negations("nie nigdy bez zaden zadna"),
}


def key_of(text: str) -> str:
    """What texts are compared with: folded tokens with a space between, or a hashtag, cashtag or handle with its sign.
    "" where nothing is left of it, as of a lone ":)", and for more than 8 tokens or 300 characters."""
    scanned = scan(text)
    if len(scanned.tags) == 1 and scanned.tags[0].width == len(scanned.words):
        key = scanned.tags[0].key
    else:
        key = " ".join(scanned.words)
    return key if len(scanned.words) <= MOST_WORDS and len(key) <= _LONGEST else ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry in a text: its tokens [first, first + width), its valence, and by what its surroundings multiply it."""

    first: int
    width: int
    valence: int
    factor: float


@dataclass(frozen=True, slots=True)
class _Own:
    """The entries of one language, or of every one: phrases as their keys, of how many words those are that begin with
    a word, and tags."""

    phrases: Mapping[str, int]
    lengths: Mapping[str, tuple[int, ...]]
    tags: Mapping[str, int]


def _own(entries: Iterable[Entry]) -> _Own:
    phrases: dict[str, int] = {}
    tags: dict[str, int] = {}
    lengths: dict[str, tuple[int, ...]] = {}
    # The strings are those of the entries, and equal tuples one: there may be tens of thousands.
    same: dict[tuple[int, ...], tuple[int, ...]] = {}
    for _, key, valence in entries:
        if key and key[0] in _SIGILS:
            tags[key] = valence
        elif key:
            phrases[key] = valence
            first, space, _ = key.partition(" ")
            known, length = lengths.get(first, ()), key.count(" ") + 1
            if length not in known:
                longer = tuple(sorted({*known, length}))
                lengths[first if space else key] = same.setdefault(longer, longer)
    return _Own(phrases, lengths, tags)


_NOTHING: Final = _own(())
_BYTES_OF_AN_ENTRY: Final = 230
"""Its tuple and its places in the mappings, rounded up; its key comes on top."""
_BYTES_OF_A_LANGUAGE: Final = 700


class Lexicon:
    """Entries ready to be looked for. Never changes; for any number of threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: tuple[Entry, ...] = tuple(sorted(entries))
        # Each entry once: with those of every language in each of many languages there would be millions.
        self._of = {language: _own(each) for language, each in groupby(self.entries, key=itemgetter(0))}
        self.size: int = _BYTES_OF_A_LANGUAGE * len(self._of)
        self.size += sum(_BYTES_OF_AN_ENTRY + getsizeof(key) for _, key, _ in self.entries)
        """About how many bytes of memory it takes."""

    def __bool__(self) -> bool:
        return bool(self.entries)

    def shift(self, text: str, language: str) -> float:
        """The pull in logits, -2..2. `language` is an ISO 639 code as readings have it, "und" for none."""
        total = sum(found.valence * found.factor for found in self.find(text, language))
        return BOUND * math.tanh(total / _SCALE)

    def find(self, text: str, language: str) -> list[Found]:
        """The entries in a text, in reading order."""
        own, every = self._of.get(language, _NOTHING), self._of.get(EVERY_LANGUAGE, _NOTHING)
        if own is every is _NOTHING:
            return []
        scanned = scan(text)
        valences = [(tag, own.tags.get(tag.key, every.tags.get(tag.key))) for tag in scanned.tags]
        found = [(tag.first, tag.width, valence) for tag, valence in valences if valence is not None]
        taken = {first + each for first, width, _ in found for each in range(width)}
        found += _phrases(scanned.words, own, every, taken)
        negations = NEGATIONS.get(language)
        return [
            Found(first, width, valence, _factor(scanned, first, width, negations) if negations else 1.0)
            for first, width, valence in sorted(found)
        ]


def _phrases(tokens: Sequence[str], own: _Own, every: _Own, taken: set[int]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    at = 0
    while at < len(tokens):
        lengths = own.lengths.get(tokens[at], ()) + every.lengths.get(tokens[at], ())
        for length in sorted(set(lengths), reverse=True) if lengths else ():
            phrase = " ".join(tokens[at : at + length])
            valence = own.phrases.get(phrase, every.phrases.get(phrase))
            if valence is not None and taken.isdisjoint(range(at, at + length)):
                found.append((at, length, valence))
                at += length
                break
        else:
            at += 1
    return found


def _factor(scanned: Scan, first: int, width: int, negations: _Negations) -> float:
    for before in range(first - 1, max(-1, first - 1 - _WINDOW), -1):
        if _STOP.search(scanned.text, scanned.ends[before], scanned.starts[before + 1]):
            break
        if scanned.words[before] in negations.words:
            return _NEGATED
    last = first + width - 1
    for after in range(last + 1, min(len(scanned.words), last + 1 + _WINDOW) if negations.follows else 0):
        if _STOP.search(scanned.text, scanned.ends[after - 1], scanned.starts[after]):
            break
        if scanned.words[after] in negations.words:
            return _NEGATED
    return 1.0
