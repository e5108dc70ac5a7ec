"""The reference: a query evaluated the slow and obvious way, against which the index matcher is tested.

It shares the tokeniser with the matcher and nothing else: no anchors, no index, no compilation.
"""

from __future__ import annotations

from analytics.listening.query import And, Cashtag, Handle, Hashtag, Node, Not, Or, Phrase, Prefix, Term
from analytics.listening.text import Token, tokenise

Span = tuple[int, int]


def _is_tag(token: Token) -> bool:
    return token.key[0] in "#@$"


def _wanted(parts: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The keys of a phrase in order, each with whether it must be glued to the one before."""
    wanted: list[tuple[str, bool]] = []
    for part in parts:
        if part[0] in "#@$":
            wanted.append((part, False))
        else:
            wanted += [(token.key, token.glued) for token in tokenise(part)]
    return wanted


def _occurrences(parts: tuple[str, ...], tokens: list[Token]) -> list[Span]:
    found: list[Span] = []
    for beginning in sorted({token.position for token in tokens}):
        position, reached = beginning, []
        for key, glued in _wanted(parts):
            fitting = [
                token
                for token in tokens
                if token.position == position and token.key == key and (token.glued or not glued or _is_tag(token))
            ]
            if not fitting:
                break
            reached.append(fitting[0])
            position += fitting[0].width
        else:
            found.append((reached[0].start, reached[-1].end))
    return found


def _shown(node: Node, tokens: list[Token]) -> list[Span] | None:
    match node:
        case Term(text):
            return _occurrences((text,), tokens) or None
        case Phrase(parts):
            return _occurrences(parts, tokens) or None
        case Hashtag(text):
            return _occurrences((f"#{text}",), tokens) or None
        case Handle(text):
            return _occurrences((f"@{text}",), tokens) or None
        case Cashtag(text):
            return _occurrences((f"${text}",), tokens) or None
        case Prefix(text):
            return [
                (token.start, token.end) for token in tokens if not _is_tag(token) and token.key.startswith(text)
            ] or None
        case Not(child):
            return [] if _shown(child, tokens) is None else None
        case And(children):
            answers = [_shown(child, tokens) for child in children]
            return None if None in answers else [span for answer in answers for span in answer or []]
        case Or(children):
            answers = [answer for child in children if (answer := _shown(child, tokens)) is not None]
            return [span for answer in answers for span in answer or []] if answers else None


def evaluate(node: Node, text: str) -> bool:
    """Whether the query matches the text."""
    return _shown(node, tokenise(text)) is not None


def highlighted(node: Node, text: str) -> set[int]:
    """The offsets of all characters that the query's terms cover in a text that it matches."""
    return {offset for start, end in _shown(node, tokenise(text)) or () for offset in range(start, end)}
