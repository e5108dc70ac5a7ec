"""What a rule is, and the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Final, Literal

from analytics.language.contracts import Intent

Mood = Literal["", "negative", "angry", "positive"]
Row = tuple[Intent, float, Mood, str, str]

LANGUAGES: Final = ("de", "en", "es", "pt")
"""Those with rules. Of other languages nothing is said."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Evidence for an intent. It is looked for where one of its trigger words occurs (in lower case, whole); `pattern`
    is then searched in the text, or the trigger word itself is the evidence where there is none. `strength` in 0..1 is
    how sure it alone makes one; `mood` the sentiment without which it says little ("angry" is very negative)."""

    intent: Intent
    strength: float
    mood: Mood
    pattern: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a language by trigger word, the words that turn one round before it, those that ask, and those
    that tell that a post is about buying something at all, without which a complaint is about life."""

    by_trigger: dict[str, tuple[Rule, ...]]
    negations: frozenset[str]
    asking: frozenset[str]
    commerce: frozenset[str]


def build(rows: Iterable[Row], negations: str, asking: str, commerce: str) -> Rules:
    """Rules from rows (intent, strength, mood, trigger words, pattern or ""). Raises ValueError for a strength out of
    0..1 and re.error for a pattern that is none."""
    by_trigger: dict[str, list[Rule]] = {}
    for intent, strength, mood, triggers, pattern in rows:
        if not 0.0 < strength < 1.0:
            raise ValueError(f"{intent}: a strength lies between 0 and 1")
        rule = Rule(intent, strength, mood, re.compile(pattern) if pattern else None)
        for word in triggers.split():
            by_trigger.setdefault(word, []).append(rule)
    return Rules(
        {word: tuple(rules) for word, rules in by_trigger.items()},
        frozenset(negations.split()),
        frozenset(asking.split()),
        frozenset(commerce.split()),
    )


@cache
def rules_of(language: str) -> Rules | None:
    """The rules of a language (ISO 639-1), None where there are none."""
    if language not in LANGUAGES:
        return None
    rules = import_module(f"analytics.language.intents.{language}").RULES
    if not isinstance(rules, Rules):
        raise TypeError(f"no rules for {language}")
    return rules
