"""Brand24: a project's lists of words, or its Boolean search.

A project is written one list to a line, its name first; words of a list are parted by commas or semicolons:

    keywords: juniper bakery, #juniperbread
    required: bread, cake
    excluded: jobs, "juniper tree"

Any keyword makes a mention; it must also hold one of the required words and none of the excluded ones. Source: its
help on required and excluded words and on Boolean search. Lines without a name are keywords; a text with AND, OR, NOT
or parentheses is a Boolean search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analytics.listening.dialects import rules
from analytics.listening.dialects.dialect import Dialect, Rule, Value
from analytics.listening.dialects.pieces import Piece, joined, negated, spelled
from analytics.listening.dialects.reader import Reader
from analytics.listening.dialects.symbols import Symbol

BRAND24 = Dialect("Brand24", {}, minus=False, implicit_and=False)

_BOOLEAN = re.compile(r"(?<!\S)(?:AND|OR|NOT)(?!\S)|[()\uff08\uff09]")
_LINE = re.compile(r"[^\r\n]+")
_LABEL = re.compile(r"[ \t]*([A-Za-z][A-Za-z ]{0,40}?)[ \t]*:(?!//)")
_ENTRY = re.compile(r'(?:"[^"]*"|\u201c[^\u201d]*\u201d|[^,;])+')
_LISTS = {
    "keywords": "any", "keyword": "any", "any": "any", "any of": "any", "words": "any",
    "required": "required", "required words": "required", "required keywords": "required", "must": "required",
    "excluded": "excluded", "excluded words": "excluded", "excluded keywords": "excluded", "not": "excluded",
    "negative keywords": "excluded",
    "excluded sites": "sites", "excluded sources": "sites", "blocked sites": "sites", "excluded domains": "sites",
    "excluded authors": "authors", "blocked authors": "authors", "muted authors": "authors",
    "language": "languages", "languages": "languages",
    "country": "countries", "countries": "countries",
}  # fmt: skip
_FACTS: dict[str, Rule] = {
    "sites": rules.address("site"),
    "authors": rules.author,
    "languages": rules.language,
    "countries": rules.country,
}


def is_boolean(text: str) -> bool:
    """Whether this is a Boolean search rather than lists of words."""
    return _BOOLEAN.search(text) is not None and not any(
        label and label[1].lower() in _LISTS for label in (_LABEL.match(line[0]) for line in _LINE.finditer(text))
    )


class ProjectReader(Reader):
    """Reads the lists of a project."""

    def __init__(self, text: str) -> None:
        super().__init__(text, BRAND24)
        self._lists: dict[str, list[Piece]] = {}

    def read(self) -> Piece:
        """The whole project as one piece."""
        for line in _LINE.finditer(self.text):
            self._line(line.start(), line.end())
        lists = self._lists
        if not lists.get("any"):
            self.note(Symbol("end", 0, len(self.text)), "empty", "There is no keyword.", "Write keywords: and a word.")
            return Piece("", "word", good=False)
        parts = [joined(lists["any"], "or")]
        parts += [joined(lists[name], "or") for name in ("required", "languages", "countries") if name in lists]
        parts += [negated(joined(lists[name], "or")) for name in ("excluded", "sites", "authors") if name in lists]
        return joined(parts, "and")

    def _line(self, start: int, end: int) -> None:
        name, label = "any", _LABEL.match(self.text, start, end)
        if label:
            named = Symbol("field", label.start(1), label.end())
            if label[1].lower() not in _LISTS:
                reason = "Brand24 has no list of this name that is known here."
                self.note(named, "field", reason, "Put it in quotation marks if it is text to look for.")
                name = ""
            else:
                name = _LISTS[label[1].lower()]
                self.kept(named)
            start = label.end()
        for entry in self._entries(start, end):
            if not name:
                self.note(entry, "field", "This belongs to a list that is not known here.")
            elif name in _FACTS:
                self._entry_fact(name, entry)
            else:
                self._entry_word(name, entry)

    def _entries(self, start: int, end: int) -> Iterator[Symbol]:
        for found in _ENTRY.finditer(self.text, start, end):
            text = found[0].strip()
            if text:
                first = found.start() + found[0].index(text[0])
                yield Symbol("word", first, first + len(text), text)

    def _entry_fact(self, name: str, entry: Symbol) -> None:
        said = _FACTS[name](Value(entry.text.strip('"\u201c\u201d'), "word"))
        if said.text is None:
            self.note(entry, said.code or "value", said.reason, said.suggestion)
            return
        if said.reason:
            self.note(entry, said.code or "differs", said.reason, said.suggestion, said.severity)
        self._lists.setdefault(name, []).append(self.checked(entry, Piece(said.text, "fact")))

    def _entry_word(self, name: str, entry: Symbol) -> None:
        inside = entry.text.strip('"\u201c\u201d')
        if inside != entry.text or len(inside.split()) == 1:
            text = spelled(inside) if inside == entry.text else f'"{inside}"'
        else:
            text = f'"{inside}"'
            reason = "Several words are read as a phrase."
            self.note(entry, "differs", reason, "Join them by AND if their order does not matter.", "warning")
        if name == "required" and len(self._lists.get(name, [])) == 1:
            reason = "One of the required words is enough."
            self.note(entry, "differs", reason, "Join them by AND if all must be there.", "warning")
        self._lists.setdefault(name, []).append(self.checked(entry, Piece(text, "word")))
