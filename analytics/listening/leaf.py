"""Reads one word, quoted phrase or pair of braces of a query into a leaf of its tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analytics.listening.addresses import normal, trimmed
from analytics.listening.fields import FOREIGN
from analytics.listening.parts import check_length, parts_of, runs_of
from analytics.listening.text import scan, spelling
from analytics.listening.tree import (
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Leaf,
    Near,
    Node,
    Or,
    Pattern,
    Phrase,
    Prefix,
    QueryError,
    Term,
)
from analytics.listening.wildcard import is_wild

MAX_PHRASE_WORDS = 64  # characters count as words in scripts without spaces

_SIGILS = "#@$\uff03\uff20\uff04\ufe5f\ufe6b\ufe69"
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_BARE = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
_FIELD = re.compile(r"([A-Za-z_]+):")


@dataclass(frozen=True, slots=True)
class Piece:
    """A leaf (or what one word can amount to: a Near, or an Or), how many words it counts for, and how many of them
    are patterns (prefixes outside phrases, which are cheap, are not)."""

    node: Node
    words: int
    wildcards: int = 0


def read_phrase(inside: str, position: int, *, within: int = 0) -> Piece:
    """The inside of a quoted phrase that begins at `position`; `within` is the n of `~n`, or 0.

    One word in quotation marks is the word itself. Raises QueryError.
    """
    parts, words = parts_of(inside, position + 1, quoted=True)
    _check(parts, words, position)
    if not within:
        return _piece(parts, words)
    if len(parts) < 2:
        raise QueryError(
            "A phrase with ~ needs at least two words.",
            position,
            expected="two or more words",
            suggestion="Leave ~ out, or add a word.",
        )
    if len(set(parts)) < len(parts):
        raise QueryError(
            "A phrase with ~ cannot hold a word twice.",
            position,
            expected="different words",
            suggestion="Write very ONEAR/5 very for a word that comes twice.",
        )
    return Piece(Near(tuple(map(_leaf, parts)), within), words, sum(map(is_wild, parts)))


def read_word(word: str, position: int, *, linked: bool = True) -> Piece:
    """An unquoted word that begins at `position`. One that holds several (`coca-cola`) is the phrase of them; a web
    address is that or, if `linked`, a link to it. Raises QueryError."""
    if word[:1] and word[0] in _SIGILS:
        word = word.lower()  # where a handle ends depends on the case after its dots; nobody types that on purpose
    elif _ADDRESS.match(word):
        return _address(word, position, linked=linked)
    else:
        _refuse_foreign_syntax(word, position)
    parts, words = parts_of(word, position)
    _check(parts, words, position)
    if len(parts) > 1 and any(part.endswith("?") for part in parts):
        raise QueryError(
            "In a word that holds several, none can end in a question mark.",
            position,
            expected="a letter, digit or star at the end of each",
            suggestion="Join them by ONEAR/1, as in coca ONEAR/1 col?.",
        )
    return _piece(parts, words)


def read_cased(inside: str, position: int) -> Piece:
    """The inside of braces that open at `position`: words in exactly this spelling. Raises QueryError."""
    scanned = scan(inside)
    if scanned.tags or is_wild(inside):
        raise QueryError(
            "Braces hold plain words: no wildcard, tag or handle.",
            position,
            expected="words in the spelling to look for",
            suggestion="Leave out the sign; {Acme} finds the word in tags and handles, too.",
        )
    words = [spelling(inside[start:end]) for start, end in zip(scanned.starts, scanned.ends, strict=True)]
    parts = tuple(runs_of(scanned, words))
    _check(parts, len(words), position)
    return Piece(Cased(parts), len(words))


def _address(word: str, position: int, *, linked: bool) -> Piece:
    """A pasted web address: posts that link to it, or hold it."""
    if "*" in word:
        raise QueryError(
            "A web address cannot hold a star.",
            position + word.index("*"),
            expected="a whole address",
            suggestion="Write links:acme.example/news: it finds links to all that lies below, too.",
        )
    scanned = scan(word)
    bare = scan(trimmed(_BARE.sub("", word, count=1)).partition("#")[0])
    link = normal(trimmed(word))
    if not linked or "." not in link.partition("/")[0] or not bare.words:
        parts = tuple(runs_of(scanned, scanned.words))
        _check(parts, len(scanned.words), position)
        return _piece(parts, len(scanned.words))
    parts = tuple(runs_of(bare, bare.words))
    _check(parts, len(bare.words), position)
    return Piece(Or((Is("links", link), _piece(parts, 0).node)), len(scanned.words))


def _refuse_foreign_syntax(word: str, position: int) -> None:
    """Refuse what other tools' languages would read as more than a word, rather than search for something else."""
    field = _FIELD.match(word)
    if field and field[1].lower() in FOREIGN:
        raise QueryError(
            "There is no such field.",
            position,
            expected="a field of this language, or plain words",
            suggestion=f"Use {FOREIGN[field[1].lower()]} instead; put it in quotation marks to search for the words.",
        )
    for sign, instead in (("|", "OR"), ("~", 'OR between the spellings, or "flat white"~5 for words near each other')):
        if sign in word:
            raise QueryError(
                f"The sign {sign} has no meaning here.",
                position + word.index(sign),
                expected="a word, or an operator of this language",
                suggestion=f"Use {instead}.",
            )


def _check(parts: tuple[str, ...], words: int, position: int) -> None:
    if not parts:
        raise QueryError(
            "There is no letter, digit or emoji to search for here.",
            position,
            expected="a word, phrase, #tag, @handle, $CASH or prefix*",
            suggestion="Join terms by AND, OR and NOT in capitals; other signs are not searched for.",
        )
    if words > MAX_PHRASE_WORDS:
        raise QueryError(
            f"A phrase has more than {MAX_PHRASE_WORDS} words.",
            position,
            expected=f"at most {MAX_PHRASE_WORDS} words",
            suggestion="Quote the part that identifies the text you look for.",
        )
    check_length(parts, position)


def _piece(parts: tuple[str, ...], words: int) -> Piece:
    if len(parts) > 1:
        return Piece(Phrase(parts), words, sum(map(is_wild, parts)))
    leaf = _leaf(parts[0])
    return Piece(leaf, words, int(is_wild(parts[0]) and not isinstance(leaf, Prefix)))


def _leaf(part: str) -> Leaf:
    match part[0]:
        case "#":
            return Hashtag(part[1:])
        case "@":
            return Handle(part[1:])
        case "$":
            return Cashtag(part[1:])
    if not is_wild(part):
        return Term(part)
    stem = part[:-1]
    return Prefix(stem) if part[-1] == "*" and not is_wild(stem) else Pattern(part)
