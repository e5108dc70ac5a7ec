"""What PostgreSQL is asked for holds everything that a query matches, and nothing else where it says so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.listening.document import read
from analytics.listening.query import Between, Is, Node, leaves, parse
from analytics.listening.residual import NO, YES, build
from analytics.listening.text import scan
from analytics.mentions.bounds import Bounds, Condition, bounds
from analytics.mentions.search import vector
from tests.listening.naive import evaluate
from tests.listening.test_properties import queries, texts

pytestmark = pytest.mark.usefixtures("db")


class Nothing:
    """A store in which nothing is to be looked up."""

    def pseudonyms(self, handle: str) -> Sequence[bytes]:
        return ()

    def spellings(self, column: str, value: str) -> Sequence[str]:
        return ()


def _bounds(node: Node) -> Bounds:
    return bounds(node, Nothing())


def _meets(condition: Condition, text: str) -> bool:
    if condition.kind in ("all", "none"):
        return condition.kind == "all"
    assert condition.kind == "words"
    return _finds(condition.text, text)


def _finds(query: str, text: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [vector(read(scan(text))), query])
        return bool(cursor.fetchone()[0])


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries.filter(lambda node: not any(isinstance(leaf, (Is, Between)) for leaf in leaves(node))), texts)
def test_the_bounds_of_a_query_hold_what_it_matches(node: Node, text: str) -> None:
    """Of words; of facts see tests/journey/test_search.py."""
    found = _bounds(node)
    matches = evaluate(node, text)
    above, below = _meets(found.upper, text), _meets(found.lower, text)

    assert above or not matches
    assert matches or not below
    if found.exact:
        assert above == matches == below


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), texts)
def test_any_text_can_be_searched(text: str, seamed: str) -> None:
    document = read(scan(text + seamed))
    assert not {"'", "\\", "\0", " "} & set("".join([*document.positions, *document.tags])), "keys need no escaping"
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector", [vector(document)])


@pytest.mark.parametrize(
    ("query", "text", "found", "exact"),
    [
        ("東京", "東 京", True, False),  # a tsvector knows no "directly follows"
        ("東京", "京東", False, False),
        ("rye -東京", "rye 東 京", True, False),
        ('"#rye bread"', "#rye bread", True, True),
        ('"love #rye_bread now"', "love #rye_bread now", True, True),
        ('"love now"', "love #rye_bread now", False, True),
        ("rye", "#rye", True, True),
        ("ry*", "#rye", True, True),
        ("ry*", "x#rye", True, True),
        ("bread AND NOT stale", "stale bread", False, True),
        ("o'reilly", "O’Reilly", True, True),
    ],
)
def test_searches_that_are_easily_got_wrong(query: str, text: str, found: bool, exact: bool) -> None:
    bounds_ = _bounds(parse(query))
    assert (_meets(bounds_.upper, text), bounds_.exact) == (found, exact)
    truth = build(parse(query)).truth(read(scan(text)))
    assert found or truth == NO
    if exact:
        assert (truth == YES) is found


def test_what_postgresql_cannot_hold_is_left_out_and_keeps_its_place() -> None:
    long_word = "é" * 1_100
    assert _finds("'before' <2> 'after'", f"before {long_word} after")
    assert not _finds("'before' <1> 'after'", f"before {long_word} after")
    assert _finds("'end'", "word " * 16_000 + "end")
    assert not _finds("'end'", "word " * 17_000 + "end"), "positions end at 16,383"
    assert _finds("'w0'", " ".join(f"w{number}" for number in range(16_500)))
    much = " ".join(f"x{number}" + "e" * 400 for number in range(3_000))  # more than 1 MiB of different words
    assert _finds("'first'", f"first {much} last")
    assert not _finds("'last'", f"first {much} last")
