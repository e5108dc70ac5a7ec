"""The reference: a query evaluated the slow and obvious way, against which the index matcher and the kernel are tested.

It shares the tokeniser and the spelling of a word with the matcher and nothing else: no anchors, no index, no
compilation, and nearness by trying every combination.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, product

from analytics.listening.facts import Readable
from analytics.listening.query import (
    And,
    Between,
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Term,
    Title,
)
from analytics.listening.text import Token, spelling, tokenise

NO, PENDING, YES = "no", "pending", "yes"
_WORSE = (NO, PENDING, YES)
Place = tuple[int, int, int, int]
"""First word, last word, start and end in the text."""


class _Reading:
    """One text to look at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenise(text)
        self.words = {token.position: token for token in self.tokens if not _is_tag(token.key)}
        self.looked: dict[int, tuple[str, list[Place]]] = {}

    def span(self, first: int, last: int) -> Place:
        return first, last, self.words[first].start, self.words[last].end


def _is_tag(key: str) -> bool:
    return key[0] in "#@$"


def _fits(key: str, part: str) -> bool:
    """Whether a token's key is what a part of a query describes; a tag only a tag, a word only a word."""
    if _is_tag(key) != _is_tag(part):
        return False
    pattern = "".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in part)
    return re.fullmatch(pattern, key, re.DOTALL) is not None


def _wanted(part: str) -> list[tuple[str, bool]]:
    """The keys of a part in order, each with whether it must be glued to the one before."""
    if _is_tag(part) or "*" in part or "?" in part:
        return [(part, False)]
    return [(token.key, token.glued) for token in tokenise(part)]


def _row(parts: tuple[str, ...], reading: _Reading) -> list[Place]:
    wanted = [step for part in parts for step in _wanted(part)]
    found: list[Place] = []
    for beginning in sorted({token.position for token in reading.tokens}):
        position = beginning
        reached: list[Token] = []
        for key, glued in wanted:
            fitting = [
                token
                for token in reading.tokens
                if token.position == position and _fits(token.key, key) and (token.glued or not glued)
            ]
            if not fitting:
                break
            reached.append(fitting[0])
            position += fitting[0].width
        else:
            found.append((beginning, position - 1, reached[0].start, reached[-1].end))
    return found


def _spelled(parts: tuple[str, ...], reading: _Reading) -> list[Place]:
    found = []
    for first, last, start, end in _row(parts, reading):
        words = [reading.words[place] for place in range(first, last + 1)]
        own = [part[token.start : token.end] for part in parts for token in tokenise(part)]
        if [spelling(reading.text[word.start : word.end]) for word in words] == [spelling(word) for word in own]:
            found.append((first, last, start, end))
    return found


def _near(node: Near, reading: _Reading) -> list[Place]:
    found: set[Place] = set()
    for chosen in product(*(_places(child, reading) for child in node.children)):
        if node.ordered and any(one[1] >= other[0] for one, other in pairwise(chosen)):
            continue
        first, last = min(place[0] for place in chosen), max(place[1] for place in chosen)
        if last - first + 1 - sum(place[1] - place[0] + 1 for place in chosen) <= node.slack:
            found.add(reading.span(first, last))
    return sorted(found)


def _places(node: Node, reading: _Reading) -> list[Place]:
    """Where something made of words stands."""
    match node:
        case Term(text) | Pattern(text):
            return _row((text,), reading)
        case Prefix(text):
            return _row((f"{text}*",), reading)
        case Phrase(parts):
            return _row(parts, reading)
        case Hashtag(text):
            return _row((f"#{text}",), reading)
        case Handle(text):
            return _row((f"@{text}",), reading)
        case Cashtag(text):
            return _row((f"${text}",), reading)
        case Cased(parts):
            return _spelled(parts, reading)
        case Near():
            return _near(node, reading)
        case Or(children):
            return [place for child in children for place in _places(child, reading)]
    raise AssertionError(node)


def _known(node: Is, post: Readable) -> str:
    facts = post.facts
    if node.field == "lang":
        language = None if facts.language is None else facts.language()
        known = None if language is None else {language}
    elif node.field == "sentiment":
        known = None if facts.sentiment is None else {facts.sentiment}
    elif node.field == "emotion":
        known = None if facts.emotions is None else set(facts.emotions)
    elif node.field == "verified":
        known = {str(facts.verified).lower()}
    else:
        known = {
            "source": {facts.source}, "type": {facts.kind}, "author": set(facts.authors), "site": set(facts.sites),
            "links": set(facts.links), "country": {facts.country}, "region": {facts.region}, "city": {facts.city},
            "has": set(facts.has),
        }[node.field]  # fmt: skip
    return PENDING if known is None else YES if node.value in known else NO


def _shown(node: Node, post: Readable, reading: _Reading, *, addressed: frozenset[str]) -> tuple[str, list[Place]]:
    looked = reading.looked.get(id(node))
    if looked is None:
        looked = reading.looked[id(node)] = _look(node, post, reading, addressed)
    return looked


def _look(node: Node, post: Readable, reading: _Reading, addressed: frozenset[str]) -> tuple[str, list[Place]]:
    match node:
        case Is():
            return _known(node, post), []
        case Between(field, low, high):
            number = getattr(post.facts, field)
            inside = number is not None and (low is None or low <= number) and (high is None or number <= high)
            return YES if inside else NO, []
        case Title(child):
            title = _Reading(post.text[: post.title_length])
            return _shown(child, post, title, addressed=frozenset())
        case Not(child):
            answer = _shown(child, post, reading, addressed=addressed)[0]
            return {YES: NO, NO: YES, PENDING: PENDING}[answer], []
        case And(children) | Or(children):
            looked = [_shown(child, post, reading, addressed=addressed) for child in children]
            answers = [_WORSE.index(answer) for answer, _ in looked]
            answer = _WORSE[min(answers) if isinstance(node, And) else max(answers)]
            return answer, [place for each, places in looked if each != NO for place in places]
        case Near():
            nearest: dict[int, Place] = {}
            for place in sorted(_near(node, reading), reverse=True):
                nearest[place[0]] = place
            return (YES if nearest else NO), list(nearest.values())
        case Handle(text) if any(_fits(f"@{handle}", f"@{text}") for handle in addressed):
            return YES, _places(node, reading)
        case _:
            places = _places(node, reading)
            return (YES if places else NO), places


def answer(node: Node, post: Readable) -> str:
    """Whether the query matches the post: "no", "yes", or "pending" for what depends on what is not known."""
    return _shown(node, post, _Reading(post.text), addressed=post.facts.addressed)[0]


def answers(nodes: Sequence[Node], post: Readable) -> list[str]:
    """`answer` for several queries; what is part of more than one of them is looked at once."""
    reading = _Reading(post.text)
    return [_shown(node, post, reading, addressed=post.facts.addressed)[0] for node in nodes]


def evaluate(node: Node, post: Readable | str) -> bool:
    """Whether the query matches a post, or a text of which nothing else is known."""
    return answer(node, Readable(post) if isinstance(post, str) else post) == YES


def highlighted(node: Node, post: Readable) -> set[int]:
    """The offsets of all characters that the query's terms cover in a post that it matches, or may match."""
    found, places = _shown(node, post, _Reading(post.text), addressed=post.facts.addressed)
    return set() if found == NO else {offset for *_, start, end in places for offset in range(start, end)}


def places(node: Node, text: str) -> list[Place]:
    """Where something made of words stands in a text."""
    return _places(node, _Reading(text))
