"""Cuts words and phrases of a query into parts: what a Term holds, tags with their sigil, and patterns of one word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analytics.listening.text import Scan, is_inside_word, scan
from analytics.listening.tree import QueryError
from analytics.listening.wildcard import is_wild

MAX_WORD_LENGTH = 100  # characters of a folded word
MIN_PREFIX = 2  # letters or digits before the first wildcard
MAX_WILDCARDS_IN_WORD = 8

_CHUNK = re.compile(r"\S+")
_WILD = re.compile(r"[*?]+")
_ADDRESS = re.compile(r"\W*(?:https?://|www\.)", re.IGNORECASE)
_TAG = re.compile(r"[^\w*?#@\uff03\uff20\ufe5f\ufe6b]*([#@\uff03\uff20\ufe5f\ufe6b][^*?]*)([*?].*)", re.DOTALL)
_CASH = re.compile("[$\uff04\ufe69][A-Za-z]")
# Letters of Linear A, to which folding does nothing, stand for the wildcards while words are cut.
_STAR, _ONE = "\U00010600", "\U00010601"
_STAND_INS = str.maketrans("*?", _STAR + _ONE)
_WILDCARDS = str.maketrans(_STAR + _ONE, "*?")


def parts_of(text: str, position: int, *, quoted: bool = False) -> tuple[tuple[str, ...], int]:
    """A word, or the inside of a phrase, that begins at `position` -> its parts and how many words they have.

    In quotation marks a question mark at the edge of a word is only that. Raises QueryError.
    """
    if not is_wild(text):
        scanned = scan(text)
        return tuple(runs_of(scanned, scanned.words)), len(scanned.words)
    parts: list[str] = []
    words = 0
    for found in _CHUNK.finditer(text):
        chunk, start = found[0], position + found.start()
        if quoted:
            chunk = _without_question_marks(chunk, start)
        if is_wild(chunk):
            more = _wild_parts(chunk, start)
            words += len(more)
        else:
            scanned = scan(chunk)
            more = runs_of(scanned, scanned.words)
            words += len(scanned.words)
        parts += more
    return tuple(parts), words


def runs_of(scanned: Scan, words: Sequence[str]) -> list[str]:
    """Tags and words in order, glued characters joined into runs; `words` are what to write for those scanned."""
    tags = {tag.first: tag for tag in scanned.tags}
    runs: list[str] = []
    index = 0
    while index < len(words):
        tag = tags.get(index)
        if tag is not None:
            runs.append(tag.key)
            index += tag.width
            continue
        run = [words[index]]
        index += 1
        while index < len(words) and index in scanned.glued and index not in tags:
            run.append(words[index])
            index += 1
        runs.append("".join(run))
    return runs


def check_length(parts: Sequence[str], position: int) -> None:
    """Raises QueryError for a word that is too long; a run of characters counts as so many words."""
    for part in parts:
        if len(part) > MAX_WORD_LENGTH and (is_wild(part) or any(len(word) > MAX_WORD_LENGTH for word in _keys(part))):
            raise QueryError(
                f"A word has more than {MAX_WORD_LENGTH} characters.",
                position,
                expected=f"at most {MAX_WORD_LENGTH} characters",
                suggestion="Write a shorter word or a prefix*.",
            )


def _keys(part: str) -> Iterator[str]:
    scanned = scan(part)
    yield from scanned.words
    yield from (tag.key for tag in scanned.tags)


def _without_question_marks(chunk: str, start: int) -> str:
    """A chunk of a phrase with spaces for the question marks that are no wildcards: those of web addresses, and those
    that no letter touches on one side."""
    address = _ADDRESS.match(chunk) is not None

    def kept(run: re.Match[str]) -> str:
        if "*" in run[0]:
            if address:
                raise QueryError(
                    "A web address cannot hold a star.",
                    start + run.start(),
                    expected="an address without a star",
                    suggestion="Write its beginning only.",
                )
            return run[0]
        return run[0] if not address and is_inside_word(chunk, *run.span()) else " " * len(run[0])

    return _WILD.sub(kept, chunk)


def _wild_parts(chunk: str, position: int) -> list[str]:
    tag = _TAG.fullmatch(chunk)
    if tag is not None:
        return [_wild_tag(tag[1], tag[2], position + tag.start(1))]
    if _STAR in chunk or _ONE in chunk:
        raise QueryError(
            "A wildcard cannot stand in a word of this script.",
            position,
            expected="a word without a wildcard",
            suggestion="Write the whole word.",
        )
    if _CASH.search(chunk):
        raise QueryError(
            "A cashtag cannot hold a wildcard.",
            position,
            expected="one to six letters",
            suggestion="List the symbols with OR, as in $ACM OR $ACME.",
        )
    scanned = scan(chunk.translate(_STAND_INS))
    plain = [word.translate(_WILDCARDS) for word in scanned.words]
    tags = {tag.first: tag for tag in scanned.tags}
    parts: list[str] = []
    index = 0
    while index < len(plain):
        at, word, tagged = position + scanned.starts[index], plain[index], tags.get(index)
        first = index
        index += 1
        if tagged is not None:
            if _STAR in tagged.key or _ONE in tagged.key:
                raise _bad_tag(at)
            parts.append(tagged.key)
            index = first + tagged.width
        elif not is_wild(word):
            while index < len(plain) and index in scanned.glued and index not in tags:
                word += plain[index]
                index += 1
            parts.append(word)
        elif word[0] not in "*?" or not first or not _follows_cluster(chunk, scanned, first):
            parts.append(_pattern(word, at))
        elif word.strip("*") or (index < len(plain) and scanned.starts[index] == scanned.ends[first]):
            raise _unspaced(at)
        # else: characters of scripts without spaces are found anywhere, so that a star after them adds nothing
    return parts


def _follows_cluster(chunk: str, scanned: Scan, place: int) -> bool:
    """Whether directly before this word stands a character of a script without spaces: doubled, it is glued."""
    start, end = scanned.starts[place - 1], scanned.ends[place - 1]
    return end == scanned.starts[place] and bool(scan(chunk[start:end] * 2).glued)


def _pattern(part: str, position: int) -> str:
    pieces = _WILD.split(part)
    if len(pieces) - 1 > MAX_WILDCARDS_IN_WORD:
        raise QueryError(
            f"A word has more than {MAX_WILDCARDS_IN_WORD} wildcards.",
            position,
            expected=f"at most {MAX_WILDCARDS_IN_WORD} wildcards",
            suggestion="Write more of the word.",
        )
    if sum(character.isalnum() for character in pieces[0]) < MIN_PREFIX:
        raise _too_short(position)
    return _WILD.sub(_one_way, part)


def _one_way(run: re.Match[str]) -> str:
    """Wildcards side by side in one order: `*?*` is the same as `?*`."""
    return "?" * run[0].count("?") + ("*" if "*" in run[0] else "")


def _too_short(position: int) -> QueryError:
    return QueryError(
        f"A wildcard needs at least {MIN_PREFIX} letters or digits before it.",
        position,
        expected=f"{MIN_PREFIX} or more letters or digits, then * or ?",
        suggestion="Write more of the word, as in ca*; for any word between two others write flat ONEAR/2 white.",
    )


def _unspaced(position: int) -> QueryError:
    return QueryError(
        "A wildcard cannot stand between characters of a script without spaces.",
        position,
        expected="characters without a wildcard",
        suggestion="Write the characters before and after it with ONEAR/5 between them.",
    )


def _wild_tag(name: str, rest: str, position: int) -> str:
    """A tag that ends in a star: `#caf*`."""
    name = name.lower()
    scanned = scan(name)
    whole = len(scanned.tags) == 1 and scanned.tags[0].end == len(name)
    if rest.strip("*").strip(".,;:!)") or "?" in rest or not whole:
        raise _bad_tag(position)
    key = scanned.tags[0].key
    if sum(character.isalnum() for character in key) < MIN_PREFIX:
        raise _too_short(position)
    return f"{key}*"


def _bad_tag(position: int) -> QueryError:
    return QueryError(
        "In a hashtag or handle a star can only stand at the end, after a letter or digit.",
        position,
        expected="one star, after the last letter",
        suggestion="Write #caf*, or the prefix without its sign: caf* finds words inside hashtags and handles, too.",
    )
