"""What is measured in the text of a post: named counts and shares, in time linear in the text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.listening.text import scan
from analytics.mentions.noise.phrases import themes

_LONGEST = 20_000  # characters that are read; what is spam shows it before
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'）」』】]+", re.IGNORECASE)
_SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "cutt.ly", "rb.gy", "is.gd", "shorturl.at", "t.me", "wa.me", "linktr.ee"}
)
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([^/?#:]+)", re.IGNORECASE)
_SHOUT = re.compile(r"[!?！？]{4,}")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MIXED = re.compile(r"[^\W\d_]{4,}")
_LATIN, _LOOKALIKE = re.compile("[a-zA-Z]"), re.compile("[\u0370-\u03ff\u0400-\u04ff]")


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Counts are >= 0, shares in 0..1. `words` are what is left beside links, hashtags, handles and emoji."""

    words: int
    links: int
    shorteners: int
    hashtags: int
    handles: int
    emoji: int
    longest_emoji_run: int
    shouting: float
    exclamations: int
    disguised: int
    repeated: float
    phrases: Mapping[str, int]


def measure(text: str) -> TextFeatures:
    """Read a text: the title, a line break and the text. Any string will do."""
    text = text[:_LONGEST].replace("@~", "@")  # how redaction writes people
    links = _LINK.findall(text)
    plain = _LINK.sub(" ", text) if links else text
    scanned = scan(plain)
    tagged = sum(tag.width for tag in scanned.tags)
    hashtags = sum(tag.key[0] == "#" for tag in scanned.tags)
    emoji = longest = run = 0
    if not plain.isascii():
        for key in scanned.words:
            if _is_picture(key):
                emoji += 1
                run += 1
                longest = max(longest, run)
            else:
                run = 0
    letters = _LETTERS.findall(plain)
    cased = [word for word in letters if word.upper() != word.lower()]
    loud = sum(word.isupper() for word in cased)
    repeated = Counter(scanned.words).most_common(1)[0][1] / len(scanned.words) if scanned.words else 0.0
    return TextFeatures(
        words=max(0, len(scanned.words) - tagged - emoji),
        links=len(links),
        shorteners=sum(_host(link) in _SHORTENERS for link in links),
        hashtags=hashtags,
        handles=len(scanned.tags) - hashtags,
        emoji=emoji,
        longest_emoji_run=longest,
        shouting=loud / len(cased) if len(cased) >= 6 else 0.0,
        exclamations=len(_SHOUT.findall(plain)),
        disguised=0 if plain.isascii() else sum(map(_is_disguised, _MIXED.findall(plain))),
        repeated=repeated if len(scanned.words) >= 8 else 0.0,
        phrases=themes(scanned.words),
    )


def _is_picture(key: str) -> bool:
    first = key[0]
    return first > "\u00ff" and (unicodedata.category(first) == "So" or "\U0001f1e6" <= first <= "\U0001faff")


def _host(link: str) -> str:
    found = _HOST.match(link)
    return found[1].lower() if found else ""


def _is_disguised(word: str) -> bool:
    """Whether letters that only look like Latin ones stand among Latin ones, to get past filters."""
    return _LATIN.search(word) is not None and _LOOKALIKE.search(word) is not None
