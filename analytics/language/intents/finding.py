"""Finding intents in posts: rules give evidence, the sentiment weighs it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from analytics.language.contracts import INTENTS, Intent, Reading
from analytics.language.intents.rules import Rule, Rules, rules_of

MAX_CHARS: Final = 2_000
THRESHOLD: Final = 0.5
"""Evidence adds up as chances of independent signs do (noisy or); an intent is asserted from a half on."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MARK: Final = re.compile(r"[?？؟]")
_RHETORICAL: Final = re.compile(
    r"\b(?:right|really|seriously|huh|eh|who cares|oder|echt|wirklich|ne|verdad|no|né|sério|hein|hm)\s*[?？]"
    r"|\bwhy would\b"
)
_LINK: Final = re.compile(r"https?://\S+|www\.\S+")
_QUESTION: Final = re.compile(r"[^.!?？؟\n]{1,200}[?？؟]")
_ASKED, _MARKED, _ANGRY, _FOLLOWED = 0.6, 0.4, 0.7, 0.8
_COMMERCIAL: Final = ("complaint",)
_NOT_COMMERCE: Final = 0.5
_MUCH_AFTER: Final = 60
_NEGATED: Final = ("praise", "purchase_interest")
_MOST_WORDS: Final = 400
_MOST_PLACES: Final = 8
_MOST_QUESTIONS: Final = 8
_BEFORE: Final = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an intent is taken to be there: text[start:end], and how strong a sign it is (0..1)."""

    intent: Intent
    start: int
    end: int
    strength: float


@dataclass(frozen=True, slots=True)
class Intents:
    """What a text intends: `scores` (0..1, in the order of INTENTS), `asserted` those of at least `THRESHOLD`, and the
    evidence in order of its place."""

    asserted: tuple[Intent, ...]
    scores: tuple[float, ...]
    evidence: tuple[Evidence, ...]


def find_intents(text: str, language: str, negative: float, positive: float) -> Intents | None:
    """The intents of one text in `language` (ISO 639-1), read as `negative` and `positive` (probabilities). None for a
    language without rules. Never raises for what a text contains; looks at the first 2,000 characters."""
    rules = rules_of(language)
    if rules is None:
        return None
    evidence = _evidence(text[:MAX_CHARS], rules, negative, positive)
    if not evidence:
        return _NOTHING
    missing = dict.fromkeys(INTENTS, 1.0)
    for found in evidence:
        missing[found.intent] *= 1.0 - found.strength
    scores = tuple(round(1.0 - missing[intent], 4) for intent in INTENTS)
    asserted = tuple(intent for intent, score in zip(INTENTS, scores, strict=True) if score >= THRESHOLD)
    return Intents(asserted, scores, tuple(sorted(evidence, key=lambda each: (each.start, each.end, each.intent))))


def find_many(
    texts: Sequence[str], languages: Sequence[str], negatives: Sequence[float], positives: Sequence[float]
) -> list[Intents | None]:
    """`find_intents` of each text. Raises ValueError unless there are as many of each."""
    return [find_intents(*each) for each in zip(texts, languages, negatives, positives, strict=True)]


def with_intents(texts: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
    """The readings of `texts` with what these want, by their language and sentiment; None in languages without rules
    and where the engine abstained for the language's sake. What a reading says of intents already, stays."""
    return [
        reading if reading.intents is not None or reading.abstain_reason in _UNREAD else _filled(text, reading)
        for text, reading in zip(texts, readings, strict=True)
    ]


def _filled(text: str, reading: Reading) -> Reading:
    found = find_intents(text, reading.language, reading.negative, reading.positive)
    return reading if found is None else replace(reading, intents=found.asserted, intent_scores=found.scores)


_UNREAD: Final = ("empty_text", "unsupported_language", "romanised_language", "mixed_language")
_NOTHING: Final = Intents((), (0.0,) * len(INTENTS), ())


def _evidence(text: str, rules: Rules, negative: float, positive: float) -> list[Evidence]:
    lowered = _lower(text)
    found: list[Evidence] = []
    tried: set[str] = set()
    done: set[int] = set()
    words = _WORD.findall(lowered)
    by_trigger = rules.by_trigger
    for word in words if len(words) < _MOST_WORDS else words[:_MOST_WORDS]:
        triggered = by_trigger.get(word)
        if triggered is not None and word not in tried:
            tried.add(word)
            for rule in triggered:
                if id(rule) not in done and _try(rule, word, lowered, rules, negative, positive, found):
                    done.add(id(rule))
    if _MARK.search(lowered):
        _ask(lowered, rules, negative, found)
    if found and rules.commerce.isdisjoint(words):
        found = [
            replace(each, strength=round(each.strength * _NOT_COMMERCE, 4)) if each.intent in _COMMERCIAL else each
            for each in found
        ]
    return found


def _lower(text: str) -> str:
    """Lower case of the same length, so that places stay."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(small if len(small := character.lower()) == 1 else character for character in text)
    return lowered.replace("’", "'")


def _try(
    rule: Rule, word: str, text: str, rules: Rules, negative: float, positive: float, found: list[Evidence]
) -> bool:
    """Add what the rule finds at the first of its places that is not negated, if any. Whether it needs no other of
    its trigger words: it has found something, its mood is missing, or its pattern looked for all of them."""
    mood = 1.0
    if rule.mood:
        mood = _mood(rule.mood, negative, positive)
        if rule.strength * mood < 0.1:
            return True
    pattern = rule.pattern or re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    place = pattern.search(text)
    if place is not None and rule.intent in _NEGATED:
        place = _first_not_negated(place, rules)
    if place is None:
        return rule.pattern is not None
    found.append(Evidence(rule.intent, place.start(), place.end(), round(rule.strength * mood, 4)))
    return True


def _mood(wanted: str, negative: float, positive: float) -> float:
    """How far the sentiment bears a rule out, in 0..1."""
    if wanted == "angry":
        return min(1.0, max(0.0, 2.0 * (negative - 0.5)))
    return min(1.0, 2.0 * negative if wanted == "negative" else positive / 0.75)


def _first_not_negated(place: re.Match[str], rules: Rules) -> re.Match[str] | None:
    """A pattern's first place from `place` on with no negation before it, of as many as are looked at."""
    for _ in range(_MOST_PLACES):
        if not _is_negated(place.string, place.start(), rules):
            return place
        # Behind all of it: "not really great" is ruled out as a whole, its "great" must not count alone.
        later = place.re.search(place.string, place.end())
        if later is None:
            return None
        place = later
    return None


def _is_negated(text: str, start: int, rules: Rules) -> bool:
    before = _WORD.findall(text[max(0, start - 40) : start])[-_BEFORE:]
    return any(word in rules.negations or word.endswith("n't") for word in before)


def _ask(text: str, rules: Rules, negative: float, found: list[Evidence]) -> None:
    """A question mark after a word that asks. Alone it is a weak sign, and so it is in an angry post, since many
    questions are rhetorical."""
    masked = _LINK.sub(lambda link: " " * len(link.group()), text) if "http" in text or "www." in text else text
    best: Evidence | None = None
    for sentence in islice(_QUESTION.finditer(masked), _MOST_QUESTIONS):
        words = _WORD.findall(sentence.group())
        asks = not rules.asking.isdisjoint(words) and not _RHETORICAL.search(sentence.group())
        strength = (_ASKED if asks else _MARKED) * (_ANGRY if negative > 0.5 else 1.0)
        if len(masked) - sentence.end() > _MUCH_AFTER:  # who goes on talking does not wait for an answer
            strength *= _FOLLOWED
        if words and (best is None or strength > best.strength):
            best = Evidence("question", sentence.start(), sentence.end(), round(strength, 4))
    if best is not None:
        found.append(best)
