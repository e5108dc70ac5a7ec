"""A post as words that can tell a topic: the listening tokeniser's, without whom it names and how it is built.

Left out: handles and pseudonyms, redaction marks, addresses, numbers, single letters, function words, and what the
caller masks (the words that the query asked for stand in every post it found, and so tell them not apart). Scripts
without spaces come as runs of characters, to be cut by `lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from analytics.listening.text import Scan, scan
from analytics.privacy.redact import HANDLE_MARK, PLACEHOLDERS
from analytics.topics.discovery.segment import LONGEST
from analytics.topics.discovery.stopwords import stopwords

MOST_CHARACTERS = 4_000
"""Of a post: what comes behind is not looked at. Posts are short; one of a megabyte must not weigh as much as 200."""

MOST_WORDS_OF_POST = 60
"""Words that count; what comes behind is not looked at: a text says at its beginning what it is about. Of scripts
without spaces as many characters as the longest such words have."""

_USUALLY_ENOUGH = (600, 1_000)
"""Characters that as a rule hold all the words that count, without and with spaces: an article is looked at no further
where they do."""

_SPACES = 40
"""In as many characters as the first of those, from which on the second is tried."""

_MARKS = "|".join(re.escape(mark) for mark in PLACEHOLDERS.values())
_NOBODY = re.compile(rf"@{HANDLE_MARK}[a-z2-7]{{10}}|{_MARKS}|https?://\S*+|www\.\S*+", re.IGNORECASE)
_BLANK = re.compile(r"[\s\-'’_#]*")
_LETTER = re.compile(r"[^\W\d_]")


class Word(NamedTuple):
    """A folded word, as it was written, and whether nothing but blanks stand between it and the word before it. Of a
    script without spaces one character each, where `run` says that it continues the one before."""

    key: str
    written: str
    joined: bool
    unspaced: bool = False
    run: bool = False
    stop: bool = False


# Hundreds of thousands of words at once keep the garbage collector busier than reading them does; most are alike.
_shared = lru_cache(maxsize=1 << 14)(Word)
_LONGEST_SHARED = 32


class Read(NamedTuple):
    """What was read of a text: its words, how many had to be looked at for them, with those that are left out, and
    whether they are all, not only those of its beginning."""

    words: list[Word]
    looked_at: int
    whole: bool


def words_of(text: str, *, language: str = "", masked: Sequence[int] = ()) -> list[Word]:
    """The first words of a text, function words among them (`stop`), for they hold phrases together. `masked` are
    flattened [start, end) pairs in `text` to leave out. Linear in the text; never raises for what it holds."""
    return read(text, language=language, masked=masked).words


def read(text: str, *, language: str = "", masked: Sequence[int] = ()) -> Read:
    """The `words_of` a text, and how much of it they are."""
    whole = len(text) <= MOST_CHARACTERS
    text = text[:MOST_CHARACTERS]
    hidden = bytearray(len(text))
    for start, end in zip(masked[::2], masked[1::2], strict=False):
        hidden[start:end] = b"\x01" * max(0, min(end, len(text)) - start)
    for found in _NOBODY.finditer(text):
        hidden[found.start() : found.end()] = b"\x01" * (found.end() - found.start())
    enough = _USUALLY_ENOUGH[text.count(" ", 0, _USUALLY_ENOUGH[0]) >= _SPACES]
    if len(text) > enough:
        scanned = scan(text[:enough])
        words, place = _counting(text, scanned, hidden, language)
        # A word or handle that the cut has parted stands behind those that count if any does, and changes nothing.
        if place < len(scanned.words):
            return Read(words, place, False)
    scanned = scan(text)
    words, place = _counting(text, scanned, hidden, language)
    return Read(words, place, whole and place == len(scanned.words))


def _counting(text: str, scanned: Scan, hidden: bytearray, language: str) -> tuple[list[Word], int]:
    """The words of what was scanned, as far as they count, and how many of all words that took."""
    handles = [(tag.start, tag.end) for tag in scanned.tags if tag.key[0] == "@"]
    if handles:
        hidden = hidden[:]
        for start, end in handles:
            hidden[start:end] = b"\x01" * (end - start)
    stop = stopwords(language)
    glue = scanned.glued
    result: list[Word] = []
    room = MOST_WORDS_OF_POST * LONGEST
    last = -1  # end of the word before, -1 where something that is left out stands between
    place = 0
    for key, start, end in zip(scanned.words, scanned.starts, scanned.ends, strict=True):
        place += 1
        if hidden[start] or (not key.isalpha() and not _LETTER.search(key)):
            last = -1
            continue
        glued = bool(glue) and place - 1 in glue
        unspaced = glued or (bool(glue) and place in glue) or _is_unspaced(key)
        joined = last >= 0 and (last == start or _BLANK.fullmatch(text, last, start) is not None)
        is_stop = key in stop or (len(key) == 1 and not unspaced)
        make = _shared if end - start <= _LONGEST_SHARED else Word
        result.append(make(key, text[start:end], joined, unspaced, glued and joined, is_stop))
        last = end
        room -= 1 if unspaced else 0 if is_stop else LONGEST
        if room <= 0:  # of 20,000 articles the rest would take gigabytes
            break
    return result, place


def _is_unspaced(key: str) -> bool:
    """Whether a word is of a script without spaces: Thai, Lao, Myanmar, Khmer, kana, bopomofo, Han."""
    code = ord(key[0])
    return 0x0E00 <= code < 0x0F00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800 or 0x3040 <= code < 0xA000
