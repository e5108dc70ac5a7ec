"""Compiled queries: small objects that answer, for one Document, whether they match and which spans show it.

Three answers, as in Kleene's logic (1938): NO, YES, and PENDING where that depends on what is not known yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from analytics.listening.document import Document, Span
from analytics.listening.tree import And, Between, Handle, Is, Node, Not, Or, Title
from analytics.listening.words import Tagged, Words, tagged, words_of

NO, PENDING, YES = 0, 1, 2


class Residual(Protocol):
    """What is left to check of a query once its anchor was seen."""

    def truth(self, document: Document) -> int:
        """NO, PENDING or YES."""
        ...

    def look(self, document: Document) -> tuple[int, list[Span]]:
        """The same, and what in the text shows it: nothing for NO, for facts and under a NOT."""
        ...


@dataclass(frozen=True, slots=True)
class _Words:
    words: Words

    def truth(self, document: Document) -> int:
        return YES if self.words.found(document) else NO

    def look(self, document: Document) -> tuple[int, list[Span]]:
        spans = self.words.spans(document)
        return (YES, spans) if spans else (NO, spans)


@dataclass(frozen=True, slots=True)
class _Handle:
    """A handle: in the text, or addressed without being named there."""

    tag: Tagged

    def truth(self, document: Document) -> int:
        return YES if self.tag.found(document) or self.tag.known(document.keys) else NO

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.truth(document), self.tag.spans(document)


@dataclass(frozen=True, slots=True)
class _Key:
    key: str

    def truth(self, document: Document) -> int:
        return YES if self.key in document.keys else NO

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.truth(document), []


@dataclass(frozen=True, slots=True)
class _Language:
    value: str

    def truth(self, document: Document) -> int:
        language = document.language
        return PENDING if language is None else YES if language == self.value else NO

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.truth(document), []


@dataclass(frozen=True, slots=True)
class _Sentiment:
    value: str

    def truth(self, document: Document) -> int:
        sentiment = document.facts.sentiment
        return PENDING if sentiment is None else YES if sentiment == self.value else NO

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.truth(document), []


@dataclass(frozen=True, slots=True)
class _Emotion:
    value: str

    def truth(self, document: Document) -> int:
        emotions = document.facts.emotions
        return PENDING if emotions is None else YES if self.value in emotions else NO

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.truth(document), []


@dataclass(frozen=True, slots=True)
class _Between:
    field: str
    low: float | None
    high: float | None

    def truth(self, document: Document) -> int:
        number: float | None = getattr(document.facts, self.field)
        if number is None or (self.low is not None and number < self.low):
            return NO
        return NO if self.high is not None and number > self.high else YES

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.truth(document), []


@dataclass(frozen=True, slots=True)
class _Title:
    child: Residual

    def truth(self, document: Document) -> int:
        return self.child.truth(document.title)

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return self.child.look(document.title)


@dataclass(frozen=True, slots=True)
class _All:
    children: tuple[Residual, ...]

    def truth(self, document: Document) -> int:
        answer = YES
        for child in self.children:
            found = child.truth(document)
            if found == NO:
                return NO
            answer = min(answer, found)
        return answer

    def look(self, document: Document) -> tuple[int, list[Span]]:
        answer = YES
        together: list[Span] = []
        for child in self.children:
            found, spans = child.look(document)
            if found == NO:
                return NO, []
            answer = min(answer, found)
            together += spans
        return answer, together


@dataclass(frozen=True, slots=True)
class _Any:
    children: tuple[Residual, ...]

    def truth(self, document: Document) -> int:
        answer = NO
        for child in self.children:
            found = child.truth(document)
            if found == YES:
                return YES
            answer = max(answer, found)
        return answer

    def look(self, document: Document) -> tuple[int, list[Span]]:
        answer = NO
        together: list[Span] = []
        for child in self.children:
            found, spans = child.look(document)
            answer = max(answer, found)
            together += spans
        return answer, together


@dataclass(frozen=True, slots=True)
class _None:
    child: Residual

    def truth(self, document: Document) -> int:
        return YES - self.child.truth(document)

    def look(self, document: Document) -> tuple[int, list[Span]]:
        return YES - self.child.truth(document), []


_LATE: dict[str, Callable[[str], Residual]] = {"lang": _Language, "sentiment": _Sentiment, "emotion": _Emotion}


def _price(node: Node) -> int:
    """What to ask first in an AND: words; then what must not be there, which decides least often; then the language,
    which costs reading the text."""
    if isinstance(node, Is) and node.field == "lang":
        return 2
    if isinstance(node, (And, Or, Not)):
        children = (node.child,) if isinstance(node, Not) else node.children
        return max(int(isinstance(node, Not)), max(_price(child) for child in children))
    return 0


def build(node: Node) -> Residual:
    """Compile a tree, as `parse` gives it, for evaluation."""
    match node:
        case Handle(text):
            return _Handle(tagged(f"@{text}"))
        case Is(field, value):
            return _LATE[field](value) if field in _LATE else _Key(f"{field}:{value}")
        case Between(field, low, high):
            return _Between(field, low, high)
        case Title(child):
            return _Title(build(child))
        case Not(child):
            return _None(build(child))
        case And(children):
            return _All(tuple(build(child) for child in sorted(children, key=_price)))
        case Or(children):
            return _Any(tuple(build(child) for child in sorted(children, key=_price)))
        case _:
            return _Words(words_of(node))
