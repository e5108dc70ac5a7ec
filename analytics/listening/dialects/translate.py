"""Imports queries of other tools: each is translated into ours, or what cannot be translated is named."""

from __future__ import annotations

from analytics.listening.dialects.brand24 import BRAND24, ProjectReader, is_boolean
from analytics.listening.dialects.brandwatch import BRANDWATCH
from analytics.listening.dialects.dialect import Dialect
from analytics.listening.dialects.meltwater import MELTWATER
from analytics.listening.dialects.reader import Reader
from analytics.listening.dialects.talkwalker import TALKWALKER, simple_search
from analytics.listening.dialects.translation import Note, Translation
from analytics.listening.parser import MAX_LENGTH, parse
from analytics.listening.tree import QueryError

DIALECTS: dict[str, Dialect] = {
    "brandwatch": BRANDWATCH,
    "talkwalker": TALKWALKER,
    "meltwater": MELTWATER,
    "brand24": BRAND24,
}


def translate(text: str, *, dialect: str) -> Translation:
    """A query of `dialect` (one of DIALECTS) -> the same query in ours, or notes on what cannot be said in it.

    The text that comes out is one that `parse` accepts; there is none where any note is an error. Every character of
    the original but white space is part of the translation or of a note. Takes time in proportion to the length, raises
    KeyError for an unknown dialect and nothing for any text.
    """
    spoken = DIALECTS[dialect]
    if len(text) > MAX_LENGTH:
        reason = f"The query has more than {MAX_LENGTH:,} characters."
        note = Note(0, len(text), text[:100], "too_long", "error", reason, "Split it into several queries.")
        return Translation(None, (note,), ())
    if spoken is TALKWALKER:
        simple = simple_search(text)
        if simple is not None:
            return _simple(text, *simple)
    reader = ProjectReader(text) if spoken is BRAND24 and not is_boolean(text) else Reader(text, spoken)
    whole = reader.read()
    notes = list(reader.notes)
    said = whole.text if whole.good and not any(note.severity == "error" for note in notes) else None
    return _done(text, said, notes, reader.translated)


def _simple(text: str, said: str, reason: str) -> Translation:
    start = len(text) - len(text.lstrip())
    stripped = text.strip()
    note = Note(start, len(stripped), stripped, "counted", "info", reason)
    return _done(text, said, [note], [(start, start + len(stripped))])


def _done(text: str, said: str | None, notes: list[Note], translated: list[tuple[int, int]]) -> Translation:
    if said is not None:
        try:
            parse(said)
        except QueryError as error:
            notes.append(Note(0, len(text), text[:100], "query_syntax", "error", error.message, error.suggestion))
            said = None
    notes.sort(key=lambda note: (note.position, note.length))
    return Translation(said, tuple(notes), tuple(sorted(set(translated))))
