"""What to tell somebody who saves a query, before it brings them the wrong posts. It refuses nothing: `parse` does.

Everything here follows from the query alone, whatever posts come: a warning is never a guess about texts, but for
words that are known to stand in most of them (`frequent`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from analytics.listening.frequent import is_frequent
from analytics.listening.implied import Reasoner, words_of
from analytics.listening.placed import Placed, place
from analytics.listening.tree import And, Between, Is, Near, Node, Not, Or, Pattern, Prefix, Title

MOST_WARNINGS = 20
# A query at its limits is checked as far as this many comparisons go, some tenths of a second at worst.
_MOST_COMPARED = 10_000
_SHORT_PREFIX = 2
_NO_SOURCE = "None of your sources says this of its posts: the condition is never met."
_NEVER_KNOWN = {"emotion": "What reads the posts here does not tell this emotion: the condition is never met."}


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """A stable `code`, a sentence for people that repeats nothing of the query, and [start, end) in its text where it
    applies to a part of it (else None)."""

    code: str
    message: str
    start: int | None = None
    end: int | None = None


def check(
    node: Node, places: Sequence[tuple[int, int]], *, never_known: Collection[str] = ()
) -> tuple[QueryWarning, ...]:
    """What is odd about a query, in the order of its text, at most MOST_WARNINGS.

    `node` and `places` are as `parse_placed` gives them; `never_known` are the fields (`rating`, `country`,
    `emotion` …) that no source of the client tells, and nobody who reads its posts, or
    single values of one, such as `emotion:trust`.
    """
    return _Check(place(node, places), frozenset(never_known)).found()


class _Check:
    def __init__(self, query: Placed, never_known: frozenset[str]) -> None:
        self.query = query
        self.never_known = never_known
        self.reason = Reasoner(_MOST_COMPARED)

    def found(self) -> tuple[QueryWarning, ...]:
        warnings = {(one.code, one.start, one.end): one for one in self._all()}
        ordered = sorted(warnings.values(), key=lambda one: (one.start or 0, one.end or 0, one.code))
        return tuple(ordered[:MOST_WARNINGS])

    def _all(self) -> Iterator[QueryWarning]:
        for branch in _alternatives(self.query):
            yield from self._too_broad(branch)
        for part in self.query.walk():
            match part.node:
                case And():
                    yield from self._in_all(part)
                case Or():
                    yield from self._in_any(part)
                case Is(field, value):
                    if field in self.never_known or f"{field}:{value}" in self.never_known:
                        yield _at(part, "field_never_known", _NEVER_KNOWN.get(field, _NO_SOURCE))
                case Between(field):
                    if field in self.never_known:
                        yield _at(part, "field_never_known", _NO_SOURCE)

    def _too_broad(self, branch: Placed) -> Iterator[QueryWarning]:
        asked = [part for part in _conjuncts(branch) if not isinstance(part.node, (Not, Is, Between))]
        if not asked or not all(map(_is_broad, asked)):
            return
        if any(isinstance(part.node, (Prefix, Pattern)) for part in asked):
            message = "So short a beginning finds a large part of all posts. Write more of the word."
            yield _at(branch, "short_prefix", message)
        else:
            yield _at(
                branch,
                "frequent_word",
                "Nearly every post of a language holds this. Join it by AND to what you look for.",
            )

    def _in_all(self, part: Placed) -> Iterator[QueryWarning]:
        """Parts that are joined by AND: exclusions that remove nothing, and conditions that contradict each other."""
        wanted = [child for child in part.children if not isinstance(child.node, Not)]
        unwanted = [child for child in part.children if isinstance(child.node, Not)]
        for number, child in enumerate(wanted):
            if any(self.reason.excludes(child.node, other.node) for other in wanted[:number]):
                yield _at(child, "matches_nothing", "This contradicts what is asked for before it: nothing matches.")
        for number, child in enumerate(unwanted):
            inner = child.children[0].node
            if any(self.reason.implies(other.node, inner) for other in wanted):
                yield _at(child, "matches_nothing", "This excludes everything that the rest asks for: nothing matches.")
            elif any(self.reason.excludes(other.node, inner) for other in wanted):
                yield _at(child, "exclusion_removes_nothing", "What is excluded here cannot match anyway.")
            elif any(
                other is not child
                and self.reason.implies(inner, other.children[0].node)
                and (place_ < number or not self.reason.implies(other.children[0].node, inner))
                for place_, other in enumerate(unwanted)
            ):
                yield _at(child, "exclusion_removes_nothing", "Another exclusion removes all of this already.")

    def _in_any(self, part: Placed) -> Iterator[QueryWarning]:
        """Alternatives: those that another one contains, and exclusions that another one brings back."""
        index = _Index(part.children)
        for number, child in enumerate(part.children):
            for other_number, other in index.candidates(child):
                # Of two that are the same, the second one is too many.
                if other_number != number and self.reason.implies(child.node, other.node):
                    if number < other_number and self.reason.implies(other.node, child.node):
                        continue
                    yield _at(child, "alternative_contained", "Another alternative finds all that this one finds.")
                    break
            else:
                if isinstance(child.node, And):
                    yield from self._brought_back(child, index)

    def _brought_back(self, child: Placed, index: _Index) -> Iterator[QueryWarning]:
        for excluded in child.children:
            if isinstance(excluded.node, Not) and any(
                other is not child and self.reason.implies(excluded.children[0].node, other.node)
                for _, other in index.candidates(excluded)
            ):
                message = "Another alternative finds all that is excluded here: the exclusion removes nothing."
                yield _at(excluded, "exclusion_removes_nothing", message)


class _Index:
    """Which of many alternatives could contain a given part: those that look for a word of it or for a beginning of
    one, and those that look for no particular word. It spares comparing each with each."""

    def __init__(self, branches: Sequence[Placed]) -> None:
        self._by_word: defaultdict[str, list[tuple[int, Placed]]] = defaultdict(list)
        self._by_prefix: defaultdict[str, list[tuple[int, Placed]]] = defaultdict(list)
        self._others: list[tuple[int, Placed]] = []
        for number, branch in enumerate(branches):
            words = _needed(branch.node)
            if isinstance(branch.node, Prefix):
                self._by_prefix[branch.node.text].append((number, branch))
            elif words:
                self._by_word[words[0]].append((number, branch))
            else:
                self._others.append((number, branch))

    def candidates(self, part: Placed) -> Iterator[tuple[int, Placed]]:
        yield from self._others
        for text in dict.fromkeys(_all_words(part)):
            yield from self._by_word.get(text, ())
            if self._by_prefix:
                for length in range(1, len(text) + 1):
                    yield from self._by_prefix.get(text[:length], ())


def _needed(node: Node) -> tuple[str, ...]:
    """Words of which every part that implies `node` holds all; () where none can be told."""
    match node:
        case Prefix():
            return ()
        case And(children) | Near(children):
            return next((words for child in children if (words := _needed(child))), ())
        case Or() | Not():
            return ()
        case Title(child):
            return _needed(child)
    return words_of(node)


def _all_words(branch: Placed) -> Iterator[str]:
    for part in branch.walk():
        yield from (part.node.text,) if isinstance(part.node, (Prefix, Pattern)) else words_of(part.node)


def _alternatives(query: Placed) -> Iterator[Placed]:
    """The parts of which each alone makes a post match."""
    if isinstance(query.node, Or):
        for child in query.children:
            yield from _alternatives(child)
    else:
        yield query


def _conjuncts(branch: Placed) -> Iterator[Placed]:
    if isinstance(branch.node, And):
        for child in branch.children:
            yield from _conjuncts(child)
    else:
        yield branch


def _is_broad(part: Placed) -> bool:
    """Whether a part finds a large share of all posts by itself."""
    match part.node:
        case Or():
            return any(map(_is_broad, part.children))
        case And():
            return all(map(_is_broad, _conjuncts(part)))
        case Title() | Not() | Is() | Between():
            return False
        case Prefix(text):
            return len(text) <= _SHORT_PREFIX
        case Pattern(text):
            return len(text.rstrip("*?")) <= _SHORT_PREFIX and not text.strip("*?")[_SHORT_PREFIX:]
        case Near():
            return False
        case leaf:
            words = words_of(leaf)
            return len(words) == 1 and is_frequent(words[0])


def _at(part: Placed, code: str, message: str) -> QueryWarning:
    return QueryWarning(code, message, part.start, part.end)
