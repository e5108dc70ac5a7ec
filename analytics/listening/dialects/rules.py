"""What becomes of the fields that several dialects share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from analytics.listening.dialects.dialect import Rule, Said, Value
from analytics.listening.dialects.pieces import spelled

_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,6})?"
_RANGE = re.compile(rf"\s*({_NUMBER}|\*)\s+TO\s+({_NUMBER}|\*)\s*\Z", re.IGNORECASE)
_COMPARED = re.compile(rf"([<>]=?|=)?\s*({_NUMBER})\Z")
_NO_NUMBER = Said(None, "value", "A number or a range is needed here.", "Write it like [10 TO 500] or >10.")


def unsaid(reason: str, suggestion: str = "") -> Rule:
    """A field that our language lacks."""
    said = Said(None, "field", reason, suggestion)

    def rule(_value: Value) -> Said:
        return said

    return rule


def renamed(field: str, reason: str = "") -> Rule:
    """The same field under another name; `reason` says what differs a little."""
    return lambda value: Said(f"{field}:{spelled(value.text)}", reason=reason)


def measured(field: str) -> Rule:
    """A number: `[a TO b]`, `>n`, `>=n`, `<n`, `<=n`, `n`."""

    def rule(value: Value) -> Said:
        if value.kind == "range":
            bounds = _RANGE.match(value.text)
            return Said(f"{field}:[{bounds[1]} TO {bounds[2]}]") if bounds else _NO_NUMBER
        number = _COMPARED.match(value.text)
        if number is None:
            return _NO_NUMBER
        return Said(f"{field}:{'' if number[1] in (None, '=') else number[1]}{number[2]}")

    return rule


def chosen(field: str, values: Mapping[str, str], suggestion: str = "") -> Rule:
    """A field whose values have other names; `values` are by lower-case name."""

    def rule(value: Value) -> Said:
        found = values.get(value.text.lower())
        if found is None:
            return Said(None, "value", f"There is no such value of {field} here.", suggestion)
        return Said(found if ":" in found else f"{field}:{found}")

    return rule


def handle(make: Callable[[str], str], reason: str = "") -> Rule:
    """A handle, with or without @."""

    def rule(value: Value) -> Said:
        name = value.text.removeprefix("@")
        if not name or " " in name:
            return Said(None, "value", "Authors are found by their handle, not by their name.", "Write the handle.")
        return Said(make(name), reason=reason)

    return rule


author = handle(
    lambda name: f"author:{spelled(name)}",
    "author: finds the handle; names that people show beside it are not looked at.",
)
addressed = handle(lambda name: f"@{name}")


def address(field: str) -> Rule:
    """A web address or a part of it."""

    def rule(value: Value) -> Said:
        text = re.sub(r"\Ahttps?://", "", value.text.strip().lower()).removeprefix("www.").rstrip("/")
        if "*" in text or "?" in text or " " in text:
            return Said(None, "value", "Wildcards are not possible in addresses.", "Write the host, as in a.example.")
        return Said(f"{field}:{text}" if text else None, "value", "" if text else "An address is needed here.")

    return rule


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names in English and codes of three letters -> ISO 3166-1 alpha-2, all lower case."""
    named = {name.lower(): code.lower() for code, name in Locale("en").territories.items() if len(code) == 2}
    threes = {
        code.lower(): found[0].lower()
        for code, found in get_global("territory_aliases").items()
        if len(code) == 3 and code.isalpha() and len(found) == 1
    }
    return {**named, **threes, "uk": "gb", "united states of america": "us", "great britain": "gb"}


def country(value: Value) -> Said:
    """A country, by its code of two or three letters or its English name."""
    name = value.text.lower()
    found = name if len(name) == 2 and name != "uk" else _countries().get(name)
    if found is None:
        return Said(None, "value", "This country is not known.", "Write its code of two letters, such as de.")
    return Said(f"country:{found}")


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    return {name.lower(): code for code, name in Locale("en").languages.items() if code.isalpha() and len(code) <= 3}


def language(value: Value) -> Said:
    """A language, by its code or its English name."""
    name = value.text.lower()
    plain = re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z0-9_-]+)?", name)
    found = _languages().get(name) or (plain[1] if plain else None)
    if found is None:
        return Said(None, "value", "This language is not known.", "Write its code (ISO 639), such as de.")
    differs = plain is not None and plain[1] != name and name not in _languages()
    return Said(f"lang:{found}", reason="Variants of a language are not told apart." if differs else "")


truth = {"true": "true", "false": "false", "yes": "true", "no": "false"}
kinds = {
    "comment": "comment", "reply": "reply", "retweet": "repost", "repost": "repost", "share": "repost",
    "quote": "quote", "post": "post", "review": "review", "tweet": "post",
}  # fmt: skip
moods = {"positive": "positive", "negative": "negative", "neutral": "neutral"}


def hashtag(value: Value) -> Said:
    """A hashtag, with or without #."""
    name = value.text.removeprefix("#")
    return (
        Said(f"#{name}") if name and " " not in name else Said(None, "value", "A hashtag is one word.", "Write #tag.")
    )


def flag(said: str) -> Rule:
    """A field that is true or false."""

    def rule(value: Value) -> Said:
        found = truth.get(value.text.lower())
        if found is None:
            return Said(None, "value", "This is either true or false.", "Write true or false.")
        return Said(said if found == "true" else f"NOT {said}")

    return rule


_NO_DAY = Said(None, "value", "Days are needed here.", "Write them like since:2026-03-01 until:2026-04-01.")


def _day(text: str) -> date | None:
    """A day, or milliseconds since 1970 (UTC), as a day."""
    if re.fullmatch(r"[0-9]{12,13}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC).date()
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def moments(value: Value) -> Said:
    """When a post was published: `>2026-03-01`, `[2026-03-01 TO 2026-03-31]`, or milliseconds since 1970."""
    whole = "Whole days are compared, those named included; until: names the day after."
    if value.kind == "range":
        first, to, last = value.text.partition(" TO ")
        low, high = _day(first.strip()), _day(last.strip())
        if not to or low is None or high is None:
            return _NO_DAY
        return Said(f"(since:{low} AND until:{high + timedelta(days=1)})", reason=whole)
    day = _day(value.text.lstrip("<>="))
    if day is None or value.text[0] not in "<>":
        return _NO_DAY
    return Said(f"since:{day}" if value.text[0] == ">" else f"until:{day + timedelta(days=1)}", reason=whole)
