"""Wildcards in words: `*` for any run of characters, `?` for exactly one."""

from __future__ import annotations

import re


class Wildcard:
    """A folded word with `*` or `?` in it. Matching takes time in proportion to the two lengths multiplied: between
    two stars the leftmost fit is as good as any, so nothing is tried twice."""

    __slots__ = ("_beginning", "_ending", "_ending_width", "_middle", "stem", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.stem = re.split(r"[*?]", text, maxsplit=1)[0]
        first, *rest = text.split("*")
        self._beginning = _pattern(first)
        self._ending = _pattern(rest[-1]) if rest else None
        self._ending_width = len(rest[-1]) if rest else 0
        self._middle = tuple(_pattern(piece) for piece in rest[:-1] if piece)

    def fits(self, word: str) -> bool:
        """Whether the whole folded word is as described."""
        if not word.startswith(self.stem):
            return False
        found = self._beginning.match(word)
        if found is None:
            return False
        if self._ending is None:
            return found.end() == len(word)
        last = len(word) - self._ending_width
        position = found.end()
        for piece in self._middle:
            within = piece.search(word, position)
            if within is None:
                return False
            position = within.end()
        return position <= last and self._ending.match(word, last) is not None


def _pattern(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if character == "?" else re.escape(character) for character in piece), re.DOTALL)


def is_wild(part: str) -> bool:
    """Whether a part of a phrase holds a wildcard."""
    return "*" in part or "?" in part
