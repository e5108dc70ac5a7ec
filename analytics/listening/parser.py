"""Reads the text of a query into its tree, with one explicit stack: no recursion but into snippets, linear time."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.listening.fields import NUMBERS, TIMES, VALUED, read_number, read_range, read_time, read_value
from analytics.listening.groups import MAX_DEPTH, Group, Part, add, empty, finish, negate, operate, too_deep, wrap
from analytics.listening.leaf import Piece, read_cased, read_phrase, read_word
from analytics.listening.lexer import Symbol, symbols
from analytics.listening.snippets import Snippets
from analytics.listening.tree import And, Between, Is, Near, Node, Not, Or, QueryError, Title, leaves

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MAX_WILDCARDS", "MAX_WORDS", "parse", "parse_placed"]

MAX_LENGTH = 20_000  # characters
MAX_WORDS = 2_000  # words in all terms and phrases together, those of snippets included
MAX_WILDCARDS = 200  # patterns, which are tried on every word of a post; a word with one star at its end is none

Places = tuple[tuple[int, int], ...]


def parse(text: str, *, snippets: Mapping[str, str] | None = None, anchored: bool = True) -> Node:
    """Text of a query -> its tree (terms folded, redundant parentheses and double negations gone, snippets put in).

    At most MAX_LENGTH characters, MAX_DEPTH levels, MAX_WORDS words and MAX_WILDCARDS patterns; and, unless `anchored`
    is False (as for a snippet), at least one term that every matching post must contain. Raises QueryError otherwise,
    with the position of the first thing that is wrong. `snippets` are the texts of those that it may name.
    """
    return parse_placed(text, snippets=snippets, anchored=anchored)[0]


def parse_placed(text: str, *, snippets: Mapping[str, str] | None = None, anchored: bool = True) -> tuple[Node, Places]:
    """`parse`, and where each of the tree's leaves (in the order of `leaves`) was written: [start, end) in the text;
    of a snippet's leaves, where the snippet is named."""
    whole, reader = _read(text, Snippets(snippets or {}, _read_snippet))
    if anchored and whole.blame is not None:
        raise QueryError(
            "From here on the query would match posts that contain none of its terms.",
            whole.blame,
            expected="a term that must be present, beside what must not",
            suggestion="Join each NOT, and each field such as lang:, by AND to a term to look for, as in coffee AND "
            "NOT decaf or coffee AND lang:en.",
        )
    return whole.node, tuple(reader.places)


def _read_snippet(text: str, snippets: Snippets) -> tuple[Part, int, int]:
    whole, reader = _read(text, snippets)
    return whole, reader.words, reader.wildcards


def _read(text: str, snippets: Snippets) -> tuple[Part, _Reader]:
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"The query has more than {MAX_LENGTH:,} characters.",
            MAX_LENGTH,
            expected=f"at most {MAX_LENGTH:,} characters",
            suggestion="Split it into several queries.",
        )
    reader = _Reader(snippets)
    for symbol in symbols(text):
        reader.take(symbol)
    return finish(reader.stack[0], len(text)), reader


class _Reader:
    """What has been read of one text so far."""

    def __init__(self, snippets: Snippets) -> None:
        self.stack = [Group(0)]
        self.places: list[tuple[int, int]] = []
        self.words = 0
        self.wildcards = 0
        self._snippets = snippets
        self._field: Symbol | None = None  # the field of which the next symbol is the value

    def take(self, symbol: Symbol) -> None:
        """Read one more symbol. Raises QueryError."""
        group, waiting = self.stack[-1], self._field
        self._field = None
        match symbol.kind:
            case "word" | "phrase" | "cased" | "range":
                self._take_leaf(symbol, waiting)
            case "field":
                if waiting is not None or group.value_of or (group.in_title and symbol.text != "snippet"):
                    raise QueryError(
                        "A field cannot stand in another one.",
                        symbol.position,
                        expected="a plain value",
                        suggestion="Join the two by AND; put the value in quotation marks to search for the words.",
                    )
                self._field = symbol
            case "NOT":
                negate(group, symbol)
            case "(":
                self._open(symbol, waiting)
            case ")":
                self._close(symbol)
            case "end":
                self._end(symbol)
            case _:
                operate(group, symbol)

    def _take_leaf(self, symbol: Symbol, waiting: Symbol | None) -> None:
        group = self.stack[-1]
        field = waiting.text if waiting else group.value_of
        start = waiting.position if waiting else symbol.position
        if field == "snippet":
            part, words, wildcards = self._snippets.read(symbol, start)
            if group.in_title and not _is_plain(part.node):
                raise QueryError(
                    "This snippet holds a field, and a field cannot stand in another one.",
                    start,
                    expected="a snippet of words only",
                    suggestion="Name the snippet outside title:.",
                )
            piece = Piece(part.node, words, wildcards)
        else:
            if field and field != "title":
                piece = Piece(_fact(field, symbol), 1)
            else:
                piece = _words(symbol, linked=not (group.in_title or field == "title"))
            part = Part.of(piece.node, start)
        self._count(piece, start)
        self.places += [(start, symbol.end)] * sum(1 for _ in leaves(part.node))
        add(group, wrap(part) if field == "title" else part)

    def _count(self, piece: Piece, position: int) -> None:
        self.words += piece.words
        self.wildcards += piece.wildcards
        if self.words > MAX_WORDS:
            raise QueryError(
                f"The query has more than {MAX_WORDS:,} words.",
                position,
                expected=f"at most {MAX_WORDS:,} words",
                suggestion="Split it into several queries.",
            )
        if self.wildcards > MAX_WILDCARDS:
            raise QueryError(
                f"The query has more than {MAX_WILDCARDS} patterns.",
                position,
                expected=f"at most {MAX_WILDCARDS} patterns",
                suggestion="Use prefix* where it does, or split the query.",
            )

    def _open(self, symbol: Symbol, waiting: Symbol | None) -> None:
        if len(self.stack) > MAX_DEPTH:
            raise too_deep(symbol.position)
        group = self.stack[-1]
        if waiting is None:
            self.stack.append(Group(symbol.position, group.value_of, in_title=group.in_title))
        elif waiting.text == "title":
            self.stack.append(Group(waiting.position, title=True, in_title=True))
        elif waiting.text in VALUED:
            self.stack.append(Group(waiting.position, waiting.text))
        else:
            raise QueryError(
                f"{waiting.text}: takes one value, without parentheses.",
                symbol.position,
                expected="one value directly after the colon",
                suggestion="Write the field once for each value, and join them by OR.",
            )

    def _close(self, symbol: Symbol) -> None:
        if len(self.stack) == 1:
            raise QueryError(
                "This closing parenthesis was never opened.",
                symbol.position,
                expected="a term, an operator or the end",
                suggestion="Remove it, or open a parenthesis before it.",
            )
        part = finish(self.stack.pop(), symbol.position)
        add(self.stack[-1], part)

    def _end(self, symbol: Symbol) -> None:
        group = self.stack[-1]
        if len(self.stack) > 1:
            raise QueryError(
                "This parenthesis is never closed.", group.start, expected=")", suggestion="Close it, or remove it."
            )
        if group.is_empty():
            raise empty(symbol.position)


def _words(symbol: Symbol, *, linked: bool) -> Piece:
    match symbol.kind:
        case "phrase":
            return read_phrase(symbol.text, symbol.position, within=symbol.words)
        case "cased":
            return read_cased(symbol.text, symbol.position)
        case _:
            return read_word(symbol.text, symbol.position, linked=linked)


def _fact(field: str, symbol: Symbol) -> Node:
    if symbol.kind == "range":
        return read_range(field, symbol.text, symbol.high, symbol.position)
    if symbol.kind == "cased" or symbol.words:
        raise QueryError(
            f"{field}: needs a plain value.",
            symbol.position,
            expected="a word, or words in quotation marks",
            suggestion="Remove the braces, or the sign after the quotation mark.",
        )
    if field in NUMBERS:
        return read_number(field, symbol.text, symbol.position)
    if field in TIMES:
        return read_time(field, symbol.text, symbol.position)
    return read_value(field, symbol.text, symbol.position)


def _is_plain(node: Node) -> bool:
    """Whether a tree asks of the words of a text only."""
    match node:
        case Is() | Between() | Title():
            return False
        case Not(child):
            return _is_plain(child)
        case And(children) | Or(children) | Near(children):
            return all(map(_is_plain, children))
        case _:
            return True
