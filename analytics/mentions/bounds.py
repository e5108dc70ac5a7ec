"""What PostgreSQL can say of a query: a condition that every mention which matches meets, and where that says it all.
What an inexact one lets through is to be checked by the matcher.

Nearness, spelling, wildcards, the title and what is told from a text's addresses are beyond a tsvector. Rather than
search for something else, `upper` asks for what such a part needs at least, and leaves the rest to the matcher.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from analytics.listening.text import scan
from analytics.listening.tree import (
    And,
    Between,
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Term,
    Title,
)
from analytics.mentions.search import quoted, sequence

_M = '"mentions_mention".'
_WILD = re.compile(r"[*?]")
_SIGILS = "#@$"
_LINKED = f"""{_M}media @> '[{{"type": "link"}}]'"""
_TEXT = f"concat({_M}title, ' ', {_M}text)"
_COLUMNS = {"source": "source", "type": "kind"}
_NUMBERS = {
    "followers": f"{_M}followers",
    "rating": f"{_M}rating",
    "engagement": f"({_M}likes + {_M}reposts + {_M}replies)",
    "posted": f"extract(epoch FROM {_M}posted_at)::float8",
}
# Moments that a timestamp can hold for sure; bounds beyond say nothing.
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC).timestamp(), datetime(2300, 1, 1, tzinfo=UTC).timestamp()


class Lookups(Protocol):
    """What has to be looked up in the store, or computed with a client's key, before a condition can be written."""

    def pseudonyms(self, handle: str) -> Sequence[bytes]:
        """Under which pseudonyms the client's sources know a handle."""
        ...

    def spellings(self, column: str, value: str) -> Sequence[str]:
        """The values of a column (`country`, `region`, `city`) that are `value` once folded."""
        ...


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the table of mentions that is never NULL: a tsquery's text, or SQL with its parameters."""

    kind: Literal["all", "none", "words", "sql"]
    text: str = ""
    parameters: tuple[Any, ...] = ()

    def sql(self) -> tuple[str, tuple[Any, ...]]:
        """As SQL and its parameters."""
        text, parameters = self.written()
        return text, tuple(list(one) if isinstance(one, tuple) else one for one in parameters)

    def written(self) -> tuple[str, tuple[Any, ...]]:
        """The same, with tuples where the driver takes lists."""
        match self.kind:
            case "all":
                return "TRUE", ()
            case "none":
                return "FALSE", ()
            case "words":
                return f"{_M}search @@ %s::tsquery", (self.text,)
            case _:
                return self.text, self.parameters


ALL, NONE = Condition("all"), Condition("none")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Every mention that the query matches meets `upper`, and none that it does not match meets `lower`; one that is
    pending may meet either. `exact`: the first are all that meet `upper`, the second all that do not meet `lower`. So
    negation swaps the two, and what is joined of exact parts is exact, also among pending ones (Kleene 1938)."""

    upper: Condition
    lower: Condition = NONE
    exact: bool = False

    @classmethod
    def of(cls, condition: Condition) -> Bounds:
        """Of what a condition says exactly and is never pending."""
        return cls(condition, condition, True)


def bounds(node: Node, lookups: Lookups, *, handles: Iterable[str] = ()) -> Bounds:
    """The bounds of a parsed query; `handles` are all that it names. Of texts that are longer than a tsvector holds
    (16,382 words, 255 places of each) they know the beginning only."""
    return _Writer(lookups, tuple(handles)).bounds(node)


@dataclass(frozen=True, slots=True)
class _Writer:
    lookups: Lookups
    handles: tuple[str, ...] = field(default=())

    def bounds(self, node: Node) -> Bounds:
        match node:
            case And(children):
                return _joined([self.bounds(child) for child in children], _all_of)
            case Or(children):
                return _joined([self.bounds(child) for child in children], _any_of)
            case Not(child):
                inner = self.bounds(child)
                return Bounds(_negated(inner.lower), _negated(inner.upper), inner.exact)
            case Near(children):
                return Bounds(_all_of([self.bounds(child).upper for child in children]))
            case Title(child):
                return Bounds(self._in_title(child))
            case Is() | Between():
                return self._fact(node)
            case Handle(text):
                return self._handle(text)
            case _:
                return _words(node)

    def _in_title(self, node: Node) -> Condition:
        """What the whole text needs where a part of it, the title, is to match. Nothing, for what must not be there."""
        match node:
            case And(children):
                return _all_of([self._in_title(child) for child in children])
            case Or(children):
                return _any_of([self._in_title(child) for child in children])
            case Not():
                return ALL
            case Handle(text):
                return _row([f"@{text}"]).upper
            case _:
                return self.bounds(node).upper

    def _handle(self, text: str) -> Bounds:
        in_text = _row([f"@{text}"]).upper
        # A star finds, of the handles that a post addresses, those that the query names elsewhere: no others are known.
        named = [text] if not text.endswith("*") else [one for one in self.handles if one.startswith(text[:-1])]
        addressed = tuple(sorted({pseudonym for handle in named for pseudonym in self.lookups.pseudonyms(handle)}))
        if not addressed:
            return Bounds.of(in_text)
        either = _any_of([in_text, _sql(f"{_M}addressed && %s::bytea[]", addressed)])
        return Bounds.of(either)

    def _fact(self, node: Is | Between) -> Bounds:
        if isinstance(node, Between):
            return _number(node)
        value = node.value
        match node.field:
            case "source" | "type":
                same = _sql(f"{_M}{_COLUMNS[node.field]} = %s", value)
            case "country" | "region" | "city":
                same = _sql(f"{_M}{node.field} = ANY(%s::text[])", tuple(self.lookups.spellings(node.field, value)))
            case "verified":
                same = _sql(f"coalesce({_M}verified = %s, FALSE)", value == "true")
                return Bounds.of(same if value in ("true", "false") else NONE)
            case "author":
                authors = "SELECT a.id FROM mentions_author a WHERE a.pseudonym = ANY(%s::bytea[])"
                same = _sql(f"coalesce({_M}author_id IN ({authors}), FALSE)", tuple(self.lookups.pseudonyms(value)))
            case "lang":
                if value == "und":  # stands for no language in the store, and so is none
                    return Bounds.of(NONE)
                # What has not been read yet is told when it is checked.
                read = _sql(f"({_M}understood_at IS NOT NULL AND {_M}language = %s)", value)
                return Bounds(_any_of([read, _sql(f"{_M}understood_at IS NULL")]), read)
            case "sentiment":
                same = _sql(f"({_M}understood_at IS NOT NULL AND {_M}sentiment = %s)", value)
                # Before it is read it is neither this nor something else.
                return Bounds(same, _any_of([same, _sql(f"{_M}understood_at IS NULL")]), True)
            case "has":
                told = f"{_M}has IS NOT NULL AND %s = ANY({_M}has)"
                if value == "link":
                    linked = f"CASE WHEN {_M}links IS NULL THEN {_TEXT} ~* '://|www[.]' ELSE {_M}links <> '{{}}' END"
                    untold = f"{_M}has IS NULL AND ({linked} OR {_LINKED})"
                    return Bounds(_sql(f"(({told}) OR ({untold}))", value), _sql(f"({told})", value))
                shown = f"{_M}has IS NULL AND {_M}media @> jsonb_build_array(jsonb_build_object('type', %s::text))"
                same = _sql(f"(({told}) OR ({shown}))", value, value)
            case "site":
                return Bounds(
                    _any_of(
                        [
                            _names(f"array_to_string({_M}sites, ' ')", value),
                            _all_of([_sql(f"{_M}sites IS NULL"), _names(f"{_M}url", value)]),
                        ]
                    )
                )
            case "links":
                # The words of an address are words of the text, which the index knows.
                host = [(quoted(word), 1) for word in scan(_host(value)).words]
                words = Condition("words", f"({sequence(host)}) | 'xn'") if host and value.isascii() else ALL
                elsewhere = _all_of([_sql(f"{_M}links IS NULL"), _any_of([words, _sql(_LINKED)])])
                return Bounds(_any_of([_names(f"array_to_string({_M}links, ' ')", value), elsewhere]))
            case _:  # emotions
                same = _sql(f"({_M}understood_at IS NOT NULL AND coalesce(%s = ANY({_M}emotions), FALSE))", value)
                return Bounds(same, _any_of([same, _sql(f"{_M}understood_at IS NULL")]), True)
        return Bounds.of(same)


def _host(address: str) -> str:
    return address.partition("/")[0].partition("?")[0]


def _names(column: str, address: str) -> Condition:
    """That a column holds an address's host, as far as PostgreSQL folds letters as we do. NULL is no."""
    host = _host(address)
    if not host.isascii():
        return _sql(f"{column} IS NOT NULL")
    plain = f"replace(lower(normalize({column}, NFKC)), 'ß', 'ss')"
    return _sql(f"coalesce(strpos({plain}, %s) > 0 OR {plain} ~ 'xn--', FALSE)", host)


def _joined(found: Sequence[Bounds], join: Callable[[Iterable[Condition]], Condition]) -> Bounds:
    return Bounds(join(one.upper for one in found), join(one.lower for one in found), all(one.exact for one in found))


def _words(leaf: Node) -> Bounds:
    match leaf:
        case Term(text):
            return _row([text])
        case Phrase(parts):
            return _row(parts)
        case Prefix(text):
            return Bounds.of(Condition("words", f"{quoted(text)}:*"))
        case Pattern(text):
            return _row([text])
        case Cased(parts):
            return Bounds(_row(parts).upper)
        case Hashtag(text):
            return _row([f"#{text}"])
        case Cashtag(text):
            return _row([f"${text}"])
    raise ValueError("not a leaf over words")


def _row(parts: Sequence[str]) -> Bounds:
    """Parts that stand one after the other. A tsvector does not know whether characters stand directly together, what
    a pattern says behind its beginning, and how many words a tag with a star has."""
    exact = True
    rows: list[list[tuple[str, int]]] = [[]]
    for part in parts:
        if part[0] in _SIGILS:
            width = len(scan(part).words)
            if part.endswith("*"):
                rows += [[(f"{quoted(part[:-1])}:*", 1)], []]
                exact = exact and len(parts) == 1
            else:
                rows[-1].append((quoted(part), width))
        elif wild := _WILD.search(part):
            rows[-1].append((f"{quoted(part[: wild.start()])}:*", 1))
            exact = False
        else:
            scanned = scan(part)
            rows[-1] += [(quoted(word), 1) for word in scanned.words]
            exact = exact and not scanned.glued
    found = Condition("words", " & ".join(f"({sequence(row)})" if len(row) > 1 else row[0][0] for row in rows if row))
    return Bounds.of(found) if exact else Bounds(found)


def _number(node: Between) -> Bounds:
    column = _NUMBERS[node.field]
    tests, given = [f"{column} IS NOT NULL"], []
    for bound, sign in ((node.low, ">="), (node.high, "<=")):
        if bound is None:
            continue
        tests.append(f"{column} {sign} %s::float8")
        given.append(bound)
        if node.field == "posted" and _EARLIEST < bound < _LATEST:
            # For the index: a second further out than the bound itself.
            tests.append(f"{_M}posted_at {sign} to_timestamp(%s::float8)")
            given.append(bound - 1 if sign == ">=" else bound + 1)
    return Bounds.of(_sql(f"({' AND '.join(tests)})", *given))


def _sql(text: str, *parameters: Any) -> Condition:
    return Condition("sql", text, parameters)


def _all_of(conditions: Iterable[Condition]) -> Condition:
    return _combined([one for one in conditions if one.kind != "all"], NONE, ALL, "&", "AND")


def _any_of(conditions: Iterable[Condition]) -> Condition:
    return _combined([one for one in conditions if one.kind != "none"], ALL, NONE, "|", "OR")


def _combined(parts: Sequence[Condition], decisive: Condition, nothing: Condition, sign: str, word: str) -> Condition:
    """What is joined by AND or OR; parts over words become one tsquery, so that the index answers them at once."""
    if decisive in parts:
        return decisive
    words = list(dict.fromkeys(part.text for part in parts if part.kind == "words"))
    others = list(dict.fromkeys(part for part in parts if part.kind == "sql"))
    joined = [Condition("words", f" {sign} ".join(f"({text})" for text in words) if len(words) > 1 else words[0])] if (
        words
    ) else []  # fmt: skip
    joined += others
    if len(joined) < 2:
        return joined[0] if joined else nothing
    written = [part.written() for part in joined]
    text = f" {word} ".join(f"({sql})" for sql, _ in written)
    return Condition("sql", f"({text})", tuple(value for _, values in written for value in values))


def _negated(condition: Condition) -> Condition:
    match condition.kind:
        case "all":
            return NONE
        case "none":
            return ALL
        case "words":
            return Condition("words", f"!({condition.text})")
        case _:
            return Condition("sql", f"NOT ({condition.text})", condition.parameters)
