"""Reads the hand-written phrase files and turns a template into one sentence.

A file is a list of sections (`== praise`), one template per line. `[a|b]` picks one alternative; `{slot}` picks
a value from the file's `== slots` section (`slot: a | b`), unless the caller supplies that name. Lines that
start with `//` are comments. Files are named `<book>.<language>.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from random import Random

_PIECE = re.compile(r"\[([^\]]*)\]|\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """One language's templates for one subject area. `sections` maps a section's name to its templates."""

    slots: Mapping[str, tuple[str, ...]]
    sections: Mapping[str, tuple[str, ...]]

    def render(self, section: str, given: Mapping[str, str], rng: Random) -> str:
        """One sentence of `section`, with `given` (slot name -> text) taking precedence over the file's slots.

        Raises KeyError for a section or a slot that does not exist.
        """
        return self._fill(rng.choice(self.sections[section]), given, rng)

    def _fill(self, template: str, given: Mapping[str, str], rng: Random) -> str:
        def piece(match: re.Match[str]) -> str:
            if match.group(1) is not None:
                return self._fill(rng.choice(match.group(1).split("|")), given, rng)
            name = match.group(2)
            return given[name] if name in given else rng.choice(self.slots[name])

        return _PIECE.sub(piece, template)


def parse(text: str) -> Phrasebook:
    """The phrasebook written in `text` (see the module's description). ValueError for a line outside one."""
    slots: dict[str, tuple[str, ...]] = {}
    sections: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("//"):
            continue
        if line.startswith("== "):
            current = line[3:].strip()
            if current != "slots":
                sections[current] = []
        elif current == "slots":
            name, _, values = line.partition(":")
            slots[name] = tuple(value.strip() for value in values.split(" | "))
        elif current:
            sections[current].append(line)
        else:
            raise ValueError("a phrase stands before the first section")
    return Phrasebook(slots=slots, sections={name: tuple(lines) for name, lines in sections.items()})


@lru_cache(maxsize=1)
def shelf() -> Mapping[tuple[str, str], Phrasebook]:
    """Every phrasebook by (book, language); the noise book has the empty language."""
    books: dict[tuple[str, str], Phrasebook] = {}
    for entry in sorted(files(__package__).joinpath("phrases").iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".txt"):
            book, _, language = entry.name.removesuffix(".txt").partition(".")
            books[book, language] = parse(entry.read_text(encoding="utf-8"))
    return books
