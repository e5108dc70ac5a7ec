"""A search finds what a listening query matches, on real PostgreSQL.

One documented exception: PostgreSQL knows no "directly follows". In scripts without spaces a search for 東京 also finds
東 and 京 with a blank or sign between them; the test asks the reference for that.
"""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.listening.document import read
from analytics.listening.query import And, Node, Not, Or, Phrase, Term, parse
from analytics.listening.text import scan
from analytics.mentions.search import tsquery, vector
from tests.listening.naive import evaluate
from tests.listening.test_properties import queries, texts

pytestmark = pytest.mark.usefixtures("db")


def _finds(query: str, text: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [vector(read(scan(text))), query])
        return bool(cursor.fetchone()[0])


def _apart(node: Node) -> Node:
    """The query without its demand that characters stand directly together."""
    match node:
        case Term(text) if len(scan(text).words) > 1:
            return Phrase(tuple(scan(text).words))
        case Phrase(parts):
            return Phrase(tuple(word for part in parts for word in ([part] if part[0] in "#@" else scan(part).words)))
        case Not(child):
            return Not(_apart(child))
        case And(children):
            return And(tuple(map(_apart, children)))
        case Or(children):
            return Or(tuple(map(_apart, children)))
        case _:
            return node


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries, texts)
def test_a_search_finds_exactly_what_the_query_matches(node: Node, text: str) -> None:
    assert _finds(tsquery(node), text) == evaluate(_apart(node), text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), texts)
def test_any_text_can_be_searched(text: str, seamed: str) -> None:
    document = read(scan(text + seamed))
    assert not {"'", "\\", "\0", " "} & set("".join([*document.positions, *document.tags])), "keys need no escaping"
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector", [vector(document)])


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("東京", "東 京", True),  # the exception
        ("東京", "京東", False),
        ('"#rye bread"', "#rye bread", True),
        ('"love #rye_bread now"', "love #rye_bread now", True),
        ('"love now"', "love #rye_bread now", False),
        ("rye", "#rye", True),
        ("ry*", "#rye", True),
        ("ry*", "x#rye", True),
        ("bread AND NOT stale", "stale bread", False),
        ("o'reilly", "O’Reilly", True),
    ],
)
def test_searches_that_are_easily_got_wrong(query: str, text: str, found: bool) -> None:
    assert _finds(tsquery(parse(query)), text) is found


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
