"""The fields of the language (`lang:`, `followers:` …): which there are, and what may stand after each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from difflib import get_close_matches
from math import inf, nextafter

from analytics.listening.addresses import normal
from analytics.listening.folding import fold_tag
from analytics.listening.text import scan
from analytics.listening.tree import Between, Is, QueryError

CHOICES = {
    "type": ("post", "reply", "repost", "quote", "review", "comment"),
    "has": ("image", "video", "link"),
    "verified": ("true", "false"),
    "sentiment": ("positive", "neutral", "negative"),
    "emotion": ("joy", "trust", "anger", "sadness", "fear", "surprise", "disgust", "anticipation"),
}
"""Fields with a fixed list of values."""

SINGLE = frozenset({"lang", "country", "region", "city", "source", "type", "verified", "sentiment"})
"""Fields of which a post has at most one value."""

NUMBERS = ("followers", "rating", "engagement")
TIMES = ("since", "until")
VALUED = (*CHOICES, "lang", "country", "region", "city", "source", "author", "site", "links")
FIELDS = frozenset((*VALUED, *NUMBERS, *TIMES, "title", "snippet"))

_ALIASES = {
    "retweet": "repost", "share": "repost", "boost": "repost", "reblog": "repost", "tweet": "post", "status": "post",
    "photo": "image", "picture": "image", "images": "image", "videos": "video", "links": "link", "url": "link",
    "yes": "true", "no": "false", "1": "true", "0": "false", "happiness": "joy", "happy": "joy", "sad": "sadness",
    "angry": "anger", "pos": "positive", "neg": "negative",
}  # fmt: skip
_OTHERS = {
    "author:": ("from", "by", "user", "fromuser"),
    "@handle": ("to", "mention", "mentions"),
    "lang:": ("language",),
    "site:": ("domain", "inurl"),
    "links: or site:": ("url", "link"),
    "#tag": ("hashtag", "hashtags"),
    "title:": ("intitle", "headline"),
    "country:, region: or city:": ("place", "location", "near", "geocode"),
    "source:": ("sourcetype",),
    "type:, verified:true or has:": ("is", "filter"),
    "engagement:>10": ("min_faves", "min_retweets", "min_replies"),
}
FOREIGN = {name: instead for instead, names in _OTHERS.items() for name in names}
"""Fields of other tools -> what to write instead."""

_NUMBER = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)([km]?)", re.IGNORECASE)
_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?", re.IGNORECASE
)
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_HANDLE = re.compile(r"[\w.\-@]{1,200}")
_MAX_NAME = 100  # characters of a place's name


def fold_value(value: str) -> str:
    """The name of a country, region or city -> the one form in which both queries and facts hold it. Idempotent."""
    scanned = scan(value)
    words = (word if index in scanned.glued else f" {word}" for index, word in enumerate(scanned.words))
    return "".join(words).strip()


def read_value(field: str, value: str, position: int) -> Is:
    """What stands after one of VALUED -> its node. Raises QueryError at `position`."""
    return Is(field, _READERS[field](field, unicodedata.normalize("NFKC", value).strip(), position))


def read_number(field: str, text: str, position: int) -> Between:
    """What stands after one of NUMBERS: `n`, `=n`, `>n`, `>=n`, `<n`, `<=n` (n may end in k or m). Raises
    QueryError."""
    compared = _COMPARISON.fullmatch(unicodedata.normalize("NFKC", text))
    assert compared is not None  # everything fits
    number = _number(field, compared[2], position)
    match compared[1]:
        case ">":
            return Between(field, nextafter(number, inf), None)
        case ">=":
            return Between(field, number, None)
        case "<":
            return Between(field, None, nextafter(number, -inf))
        case "<=":
            return Between(field, None, number)
        case _:
            return Between(field, number, number)


def read_range(field: str, low: str, high: str, position: int) -> Between:
    """`[low TO high]` after one of NUMBERS, both inclusive, a star for an open end. Raises QueryError."""
    bounds = [None if end == "*" else _number(field, end, position) for end in (low, high)]
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        raise QueryError(
            "The range ends before it begins.",
            position,
            expected="[a TO b] with a not above b",
            suggestion="Write the smaller number first, as in [10 TO 500].",
        )
    return Between(field, bounds[0], bounds[1])


def read_time(field: str, text: str, position: int) -> Between:
    """A date or time (ISO 8601, UTC unless it says otherwise) after one of TIMES: `since` is from then on, `until`
    before then. Raises QueryError."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text.upper())
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if not 0 <= seconds < 4_102_444_800:  # the years 1970 to 2099
            raise ValueError
    except (ValueError, OverflowError):
        raise QueryError(
            f"{field}: needs a date.",
            position,
            expected="a date such as 2026-01-31, or a time such as 2026-01-31T08:00Z",
            suggestion=f"Write {field}:2026-01-31.",
        ) from None
    return Between("posted", seconds, None) if field == "since" else Between("posted", None, nextafter(seconds, -inf))


def _number(field: str, text: str, position: int) -> float:
    found = _NUMBER.fullmatch(text.replace("\u066b", "."))
    if found is None:
        raise QueryError(
            f"{field}: needs a number.",
            position,
            expected="a number, >n, >=n, <n, <=n or [a TO b]",
            suggestion=f"Write {field}:>10 or {field}:[10 TO 500].",
        )
    return float(found[1]) * {"": 1, "k": 1_000, "m": 1_000_000}[found[2].lower()]


def _choice(field: str, value: str, position: int) -> str:
    choices = CHOICES[field]
    folded = value.casefold()
    if folded in choices:
        return folded
    meant = _ALIASES.get(folded)
    close = [meant] if meant in choices else get_close_matches(folded[:_MAX_NAME], choices, 1)
    raise QueryError(
        f"{field}: has no such value.",
        position,
        expected=", ".join(choices),
        suggestion=f"Write {field}:{(close or choices)[0]}.",
    )


def _code(
    name: str, shape: str, expected: str, example: str, instead: dict[str, str]
) -> Callable[[str, str, int], str]:
    pattern = re.compile(shape)

    def read(field: str, value: str, position: int) -> str:
        folded = value.casefold()
        if not pattern.fullmatch(folded) or folded in instead:
            raise QueryError(
                f"{field}: needs {name}.",
                position,
                expected=expected,
                suggestion=f"Write {field}:{instead.get(folded, example)}.",
            )
        return folded

    return read


def _place(field: str, value: str, position: int) -> str:
    folded = fold_value(value)
    if not folded or len(folded) > _MAX_NAME:
        raise QueryError(
            f"{field}: needs a name of at most {_MAX_NAME} characters.",
            position,
            expected="a name with a letter or digit in it",
            suggestion=f'Write {field}:name, or {field}:"a name of several words".',
        )
    return folded


def _source(field: str, value: str, position: int) -> str:
    folded = value.casefold()
    if not _SOURCE.fullmatch(folded):
        raise QueryError(
            "source: needs the name of a source.",
            position,
            expected="letters, digits, dots, hyphens and underscores",
            suggestion="Write it as the list of sources does, as in source:bluesky.",
        )
    return folded


def _author(field: str, value: str, position: int) -> str:
    folded = fold_tag(value.removeprefix("@"))
    if not _HANDLE.fullmatch(folded) or not any(character.isalnum() for character in folded):
        raise QueryError(
            "author: needs a handle.",
            position,
            expected="a whole handle, with or without @, without a star",
            suggestion="Write author:@handle.",
        )
    return folded


def _address(field: str, value: str, position: int) -> str:
    found = "" if "*" in value or len(value.split()) != 1 else normal(value)
    if not found:
        raise QueryError(
            f"{field}: needs a web address of at most 300 characters, without a star.",
            position,
            expected="a host, or a host and the beginning of a path",
            suggestion=f"Write {field}:acme.example or {field}:acme.example/news: both find what lies below, too.",
        )
    return found


_language = _code("the code of a language", "[a-z]{2,3}", "two or three letters (ISO 639)", "en", {
    "eng": "en", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "jp": "ja", "cn": "zh", "gr": "el",
})  # fmt: skip
_country = _code("the code of a country", "[a-z]{2}", "two letters (ISO 3166-1)", "de", {"uk": "gb"})
_READERS: dict[str, Callable[[str, str, int], str]] = {
    **dict.fromkeys(CHOICES, _choice),
    "lang": _language,
    "country": _country,
    "region": _place,
    "city": _place,
    "source": _source,
    "author": _author,
    "site": _address,
    "links": _address,
}
