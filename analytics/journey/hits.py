"""From what a matcher answers to what is stored of it: places in the text that is kept, and what is still awaited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import combinations, product
from typing import Any

from analytics.language.contracts import SENTIMENTS
from analytics.listening.document import Document, Span
from analytics.listening.facts import Facts
from analytics.listening.matcher import Matcher
from analytics.mentions.awaiting import ANY, awaiting
from analytics.mentions.contracts import Hit

Answer = tuple[str, bool]
"""A query that matches, or may: its id, and whether that is pending."""


def hits_of(
    answers: Iterable[Answer], *, matcher: Matcher[str], versions: Mapping[str, int], came: Document, kept: Document
) -> tuple[Hit, ...]:
    """The matches of one post. `came` is the post as it was matched, `kept` what is stored of it: a match that rested
    on redacted words stands, and shows no place."""
    sure: list[str] = []
    unsure: list[str] = []
    for key, pending in answers:
        (unsure if pending else sure).append(key)
    places = _places(matcher, kept, sure) if sure else {}
    hits = [Hit(key, versions[key], places.get(key, ())) for key in sure]
    if unsure:
        awaited = _awaited(unsure, matcher, came, kept)
        hits += [Hit(key, versions[key], (), awaits) for key, awaits in awaited.items() if awaits]
    return tuple(hits)


def _awaited(keys: Sequence[str], matcher: Matcher[str], came: Document, kept: Document) -> dict[str, dict[str, Any]]:
    """For each query under which readings it matches, and where it does then (see `mentions.awaiting`)."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for key in keys:
        named = matcher.values_of(key, "emotion")
        sentiments = ("", *SENTIMENTS) if matcher.values_of(key, "sentiment") else (ANY,)
        alike.setdefault((sentiments, named), []).append(key)
    awaited: dict[str, dict[str, Any]] = {}
    for (sentiments, named), group in alike.items():
        told: dict[str, dict[tuple[str, frozenset[str]], tuple[int, ...]]] = {key: {} for key in group}
        for sentiment, emotions in product(sentiments, _subsets(named)):
            facts = _read(came.facts, "" if sentiment == ANY else sentiment, emotions)
            found = [match.key for match in matcher.spans(replace(came, facts=facts), group) if not match.pending]
            places = _places(matcher, replace(kept, facts=facts), found)
            for key in found:
                told[key][sentiment, emotions] = places.get(key, ())
        for key in group:
            awaited[key] = awaiting(told[key], sentiments=sentiments, emotions=named)
    return awaited


def _subsets(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)]


def _read(facts: Facts, sentiment: str, emotions: frozenset[str]) -> Facts:
    """The facts of a post once it was read so. Not by `replace`: some are told when they are asked for."""
    told: dict[str, Any] = {field.name: getattr(facts, field.name) for field in fields(Facts)}
    return Facts(**{**told, "sentiment": sentiment, "emotions": emotions})


def _places(matcher: Matcher[str], document: Document, keys: Sequence[str]) -> dict[str, tuple[int, ...]]:
    return {match.key: _flat(match.spans) for match in matcher.spans(document, keys)}


def _flat(spans: Iterable[Span]) -> tuple[int, ...]:
    return tuple([place for span in spans for place in span])
