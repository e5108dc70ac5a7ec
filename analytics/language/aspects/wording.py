"""How opinions are worded and clauses joined, per language. Data: `opinions.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from analytics.language.aspects.contracts import Subject
from analytics.language.aspects.ontology import LANGUAGES, Industry, industry
from analytics.listening.matcher import Matcher
from analytics.listening.query import Node, parse

FILE: Final = Path(__file__).parent / "opinions.toml"
_WORD = re.compile(r"\w+\*?")
# Arabic writes its article, and "and", "with", "for" before it, as one with the word.
_ARABIC_HEADS: Final = ("", "ال", "و", "وال", "بال", "لل")
_ROLES: Final = (
    "contrast",
    "after_comma",
    "than",
    "joins",
    "unreal",
    "absent",
    "negators",
    "hollow",
    "positive",
    "negative",
)
_EMOJI: Final = {
    "positive": tuple("😀😃😄😁😊😍🥰😘😋🤩😎👍👏🙌💪❤💕💖🔥✨🎉🥳💯😻🤗⭐🌟👌🙏"),
    "negative": tuple("😡😠🤬😤😞😒🙄😢😭🤮🤢👎💔😩😫😖😣🤦😑💩😓🥴😾☹🙁😕"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """A key of a matcher for what is no subject: contrast, after_comma, joins, than, unreal, absent, negators,
    hollow, positive, negative; the last two of one aspect only where `of` names it."""

    role: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Within how many words a negator turns an opinion that comes after it, or before."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Own:
    """A client's own aspect: its public id and what it looks for."""

    id: str
    query: Node


@dataclass(frozen=True, slots=True)
class Lookout:
    """All that is looked for in posts of one language; `subjects`: whether any aspect is."""

    subjects: bool
    matcher: Matcher[Subject | Word]
    reach: Reach


@cache
def _tables() -> Mapping[str, Mapping[str, object]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def lookout(industry_key: str, language: str, own: Iterable[Own] = ()) -> Lookout:
    """What to look for in posts of a language, in an industry ("" for none) and for a client. A language that the
    ontologies do not cover has the client's own aspects alone; of one that is not known ("und"), everything is looked
    for in all languages that they cover."""
    languages = LANGUAGES if language == "und" else (language,) if language in LANGUAGES else ()
    queries: list[tuple[Subject | Word, Node]] = []
    if industry_key:
        queries += _ontology(industry(industry_key), languages)
    queries += [(Subject("own", each.id), each.query) for each in own]
    subjects = bool(queries)
    queries += _words(languages)
    tables = [_tables()[each] for each in languages]
    before = max([int(str(table["before"])) for table in tables], default=0)
    after = max([int(str(table["after"])) for table in tables], default=0) if len(tables) == 1 else 0
    return Lookout(subjects, Matcher(queries), Reach(before, after))


def _ontology(found: Industry, languages: Iterable[str]) -> Iterator[tuple[Subject, Node]]:
    languages = tuple(languages)
    for aspect in found.aspects:
        for language in languages:
            for query in queries_of(aspect.terms.get(language, ()), language):
                yield Subject("aspect", aspect.key), query


def _words(languages: Iterable[str]) -> Iterator[tuple[Word, Node]]:
    for role, emoji in _EMOJI.items():
        yield from ((Word(role), query) for query in queries_of(emoji, ""))
    for language in languages:
        table = _tables()[language]
        for role in _ROLES:
            terms = table[role]
            assert isinstance(terms, list)
            given = language if role in ("positive", "negative") else ""
            yield from ((Word(role), query) for query in queries_of(terms, given))
        of = table.get("of", {})
        assert isinstance(of, dict)
        for key, sides in of.items():
            for role, terms in sides.items():
                yield from ((Word(role, key), query) for query in queries_of(terms, language))


def queries_of(terms: Iterable[str], language: str) -> list[Node]:
    """Each of some terms as a query of its own, so that only those that a post holds cost anything. Raises QueryError
    for a term that cannot be one."""
    return [parse(text) for text in dict.fromkeys(written for term in terms for written in _written(term, language))]


def _written(term: str, language: str) -> Iterator[str]:
    if term.startswith("="):
        yield f"({term[1:]})"
    elif not _WORD.fullmatch(term):
        yield f'"{term}"'
    elif language == "ar":
        bare = term.removeprefix("ال")
        yield from (f"{head}{bare}" for head in _ARABIC_HEADS)
    else:
        yield term
