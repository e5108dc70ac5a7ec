"""Named pieces of queries that other queries share: `snippet:name` stands for all of its text, in parentheses."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from analytics.listening.groups import Part
from analytics.listening.lexer import Symbol
from analytics.listening.tree import QueryError

MAX_SNIPPETS = 200  # uses in one query, those in its snippets included
MAX_SNIPPET_DEPTH = 10  # of snippets that use snippets


def fold_name(name: str) -> str:
    """A snippet's name as it is compared: case, form and spaces at the ends make no difference."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


class Snippets:
    """The snippets that one query may name: each is read once, however often it is used."""

    def __init__(self, texts: Mapping[str, str], read: Callable[[str, Snippets], tuple[Part, int, int]]) -> None:
        self._texts = {fold_name(name): text for name, text in texts.items()}
        self._read = read
        self._known: dict[str, tuple[Part, int, int]] = {}
        self._open: list[str] = []
        self._uses = 0

    def read(self, symbol: Symbol, position: int) -> tuple[Part, int, int]:
        """What the snippet named by a word or phrase stands for, how many words that has and how many patterns.

        Raises QueryError at `position` for a name that is unknown, a snippet that uses itself, and one that cannot be
        read.
        """
        name = fold_name(symbol.text)
        if symbol.words or symbol.kind not in ("word", "phrase") or name not in self._texts:
            close = get_close_matches(name[:100], self._texts, 1)
            raise QueryError(
                "There is no snippet of this name.",
                position,
                expected='snippet:name, or snippet:"a name of several words"',
                suggestion="Look at the list of snippets: a similar name is there." if close else
                "Save the snippet first, or write its text here.",
            )  # fmt: skip
        self._uses += 1
        if name in self._open:
            raise QueryError(
                "This snippet uses itself.",
                position,
                expected="a snippet that does not lead back to itself",
                suggestion="Remove one of the two from the other.",
            )
        if self._uses > MAX_SNIPPETS or len(self._open) >= MAX_SNIPPET_DEPTH:
            raise QueryError(
                f"The query uses more than {MAX_SNIPPETS} snippets, or they use each other more than "
                f"{MAX_SNIPPET_DEPTH} levels deep.",
                position,
                expected="fewer snippets",
                suggestion="Write the text of some of them here.",
            )
        if name not in self._known:
            self._open.append(name)
            try:
                self._known[name] = self._read(self._texts[name], self)
            except QueryError as error:
                raise QueryError(
                    f"In this snippet, at character {error.position}: {error.message}",
                    position,
                    expected=error.expected,
                    suggestion=error.suggestion,
                ) from None
            self._open.pop()
        part, words, wildcards = self._known[name]
        blame = None if part.blame is None else position
        return Part(part.node, part.depth, position, blame, part.nearable, part.nears), words, wildcards
