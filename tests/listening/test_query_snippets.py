"""Snippets in queries: what they stand for, and the ends they have."""

from __future__ import annotations

import pytest

from analytics.listening.query import Not, QueryError, Term, parse

A = Term("a")
SNIPPETS = {
    "drinks": "tea OR coffee",
    "Two Words": "snippet:drinks NEAR/3 cake",
    "loop": "a snippet:pool",
    "pool": "b OR snippet:LOOP",
    "not": "NOT spam",
    "broken": "a AND",
    "facts": "a lang:en",
    **{f"deep{number}": f"snippet:deep{number + 1}" for number in range(11)},
    "deep11": "a",
    "many": "a " * 50,
}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("snippet:drinks", "tea OR coffee"),
        ("snippet:DRINKS cake", "(tea OR coffee) cake"),
        ('cake -snippet:"two  words"', "cake -((tea OR coffee) NEAR/3 cake)"),
        ("a snippet:not", "a (NOT spam)"),
        ("title:(snippet:drinks)", "title:(tea OR coffee)"),
        ("title:(cake snippet:drinks)", "title:(cake (tea OR coffee))"),
        ("snippet:facts", "a lang:en"),
    ],
)
def test_a_snippet_stands_for_its_text(text: str, same: str) -> None:
    assert parse(text, snippets=SNIPPETS) == parse(same)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("a snippet:none", 2, "There is no snippet of this name."),
        ("a snippet:(drinks)", 10, "snippet: takes one value, without parentheses."),
        ("snippet:loop", 0, "In this snippet, at character 2: In this snippet, at character 5: "
         "This snippet uses itself."),
        ("a OR snippet:not", 5, "From here on the query would match posts that contain none of its terms."),
        ("a snippet:broken", 2, "In this snippet, at character 5: AND needs something after it."),
        ("title:(a snippet:facts)", 9, "This snippet holds a field, and a field cannot stand in another one."),
        ("lang:(en OR snippet:drinks)", 12, "A field cannot stand in another one."),
        ("snippet:many " * 41, 40 * 13, "The query has more than 2,000 words."),
        ("snippet:not " * 201, 200 * 12, "The query uses more than 200 snippets, or they use each other more than 10 "
         "levels deep."),
    ],
)  # fmt: skip
def test_snippets_that_cannot_be_used(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, snippets=SNIPPETS)
    assert (caught.value.position, caught.value.message) == (position, message)


def test_snippets_in_snippets_end_somewhere() -> None:
    assert parse("snippet:deep2", snippets=SNIPPETS) == A
    with pytest.raises(QueryError, match="more than 10 levels deep"):
        parse("snippet:deep0", snippets=SNIPPETS)


def test_a_snippet_alone_needs_no_anchor() -> None:
    assert parse("NOT a", anchored=False) == Not(A)
