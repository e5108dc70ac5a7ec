"""Reads one word or quoted phrase of a query into a leaf of its tree."""

from __future__ import annotations

import re

from analytics.listening.text import Scan, scan
from analytics.listening.tree import Cashtag, Handle, Hashtag, Leaf, Phrase, Prefix, QueryError, Term

MAX_WORD_LENGTH = 100  # characters of a folded word
MAX_PHRASE_WORDS = 64  # characters count as words in scripts without spaces
MIN_PREFIX = 2  # letters or digits

_SIGILS = "#@$\uff03\uff20\uff04\ufe5f\ufe6b\ufe69"
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_FIELD = re.compile(
    r"(?:from|to|by|author|user|lang|language|site|domain|url|link|title|country|place|location|near|source|has|is"
    r"|filter|since|until|hashtags?|mentions?):",
    re.IGNORECASE,
)
_NEARNESS = re.compile(r"O?NEAR(?:/\d+f?)?\Z")


def read_phrase(inside: str, position: int) -> tuple[Leaf, int]:
    """The inside of a quoted phrase that begins at `position` -> its leaf and how many words it counts for.

    One word in quotation marks is the word itself. Raises QueryError.
    """
    star = inside.find("*")
    if star >= 0:
        raise QueryError(
            "A star has no meaning inside a phrase.",
            position + 1 + star,
            suggestion="Remove the star, or write the prefix outside the quotation marks, joined by AND.",
        )
    return _leaf(scan(inside), position)


def read_word(word: str, position: int) -> tuple[Leaf, int]:
    """An unquoted word that begins at `position` -> its leaf and how many words it counts for. A word that holds
    several (`coca-cola`) is the phrase of them. Raises QueryError."""
    if word[0] in _SIGILS:
        word = word.lower()  # where a handle ends depends on the case after its dots; nobody types that on purpose
    else:
        _refuse_foreign_syntax(word, position)
    star = word.find("*")
    if star < 0:
        return _leaf(scan(word), position)
    if star != len(word) - 1:
        raise QueryError(
            "A star can only stand at the end of a word.",
            position + star,
            suggestion="Move the star to the end (caf*), or list the spellings with OR.",
        )
    return _prefix(word[:-1], position)


def _prefix(stem: str, position: int) -> tuple[Leaf, int]:
    if stem[:1] and stem[0] in _SIGILS:
        raise QueryError(
            "A hashtag or handle cannot end in a star.",
            position + len(stem),
            suggestion="Write the prefix without # or @: it finds words inside hashtags and handles too.",
        )
    scanned = scan(stem)
    last = scanned.words[-1] if scanned.words else ""
    if last and _is_cluster(stem, scanned):
        return _leaf(scanned, position)  # characters are found anywhere, so the star adds nothing
    if len(scanned.words) > 1:
        raise QueryError(
            "A prefix must be a single word.",
            position,
            expected="one word and a star",
            suggestion="Join the words by AND and give the star to one of them.",
        )
    if sum(character.isalnum() for character in last) < MIN_PREFIX:
        raise QueryError(
            f"A prefix needs at least {MIN_PREFIX} letters or digits before the star.",
            position,
            expected=f"{MIN_PREFIX} or more letters or digits",
            suggestion="Write more of the word, as in ca*.",
        )
    _check_length(scanned, position)
    return Prefix(last), 1


def _is_cluster(stem: str, scanned: Scan) -> bool:
    """Whether the last word is a character of a script without spaces: doubled, it would be glued to itself."""
    last = stem[scanned.starts[-1] : scanned.ends[-1]]
    return bool(scan(last + last).glued)


def _refuse_foreign_syntax(word: str, position: int) -> None:
    """Refuse what other tools' languages would read as more than a word, rather than search for something else."""
    if _ADDRESS.match(word):
        return
    if _NEARNESS.match(word):
        raise QueryError(
            "There is no nearness operator.",
            position,
            suggestion="Use a phrase or AND; to search for the word itself write it in lower case.",
        )
    if _FIELD.match(word):
        raise QueryError(
            "A query looks at the text only: there are no fields.",
            position,
            suggestion="Filter by language, source or date where you read the mentions; put it in quotation marks to "
            "search for the words.",
        )
    for sign, instead in (("|", "OR"), ("?", "a prefix* or quotation marks"), ("~", "OR between the spellings")):
        if sign in word:
            raise QueryError(
                f"The sign {sign} has no meaning here.", position + word.index(sign), suggestion=f"Use {instead}."
            )


def _check_length(scanned: Scan, position: int) -> None:
    if any(len(word) > MAX_WORD_LENGTH for word in scanned.words) or any(
        len(tag.key) > MAX_WORD_LENGTH for tag in scanned.tags
    ):
        raise QueryError(
            f"A word has more than {MAX_WORD_LENGTH} characters.",
            position,
            suggestion="Write a shorter word or a prefix*.",
        )


def _leaf(scanned: Scan, position: int) -> tuple[Leaf, int]:
    count = len(scanned.words)
    if not count:
        raise QueryError(
            "There is no letter, digit or emoji to search for here.",
            position,
            expected="a word, phrase, #tag, @handle or prefix*",
            suggestion="Join terms by AND, OR and NOT in capitals; other signs are not searched for.",
        )
    if count > MAX_PHRASE_WORDS:
        raise QueryError(
            f"A phrase has more than {MAX_PHRASE_WORDS} words.",
            position,
            suggestion="Quote the part that identifies the text you look for.",
        )
    _check_length(scanned, position)
    parts = _parts(scanned)
    if len(parts) > 1:
        return Phrase(tuple(parts)), count
    only = parts[0]
    if only[0] == "#":
        return Hashtag(only[1:]), count
    if only[0] == "$":
        return Cashtag(only[1:]), count
    return (Handle(only[1:]) if only[0] == "@" else Term(only)), count


def _parts(scanned: Scan) -> list[str]:
    """Tags and words in order, glued characters joined into runs."""
    tags = {tag.first: tag for tag in scanned.tags}
    parts: list[str] = []
    index = 0
    while index < len(scanned.words):
        tag = tags.get(index)
        if tag is not None:
            parts.append(tag.key)
            index += tag.width
            continue
        run = [scanned.words[index]]
        index += 1
        while index < len(scanned.words) and index in scanned.glued and index not in tags:
            run.append(scanned.words[index])
            index += 1
        parts.append("".join(run))
    return parts
