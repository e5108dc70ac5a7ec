"""What a query is warned of before it brings the wrong posts."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.listening.document import read
from analytics.listening.facts import Readable
from analytics.listening.frequent import FREQUENT
from analytics.listening.guard import MOST_WARNINGS, QueryWarning, check
from analytics.listening.implied import Reasoner
from analytics.listening.placed import place
from analytics.listening.query import And, Hashtag, Node, Not, Or, Phrase, Prefix, Term, leaves, parse
from analytics.listening.residual import YES, build
from analytics.listening.text import scan
from analytics.listening.tree import Between, Cased, Is, Near, Title
from tests.listening.naive import evaluate
from tests.listening.query_trees import posts, trees
from tests.listening.test_properties import queries, texts


def warned(node: Node, **more: tuple[str, ...]) -> list[tuple[str, int | None]]:
    """The codes and which leaf, counted from 0, each begins at."""
    places = [(10 * number, 10 * number + 5) for number, _ in enumerate(leaves(node))]
    return [(one.code, one.start // 10 if one.start is not None else None) for one in check(node, places, **more)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"juniper bakery" OR @juniper', []),
        ("the", [("frequent_word", 0)]),
        ("rye OR the", [("frequent_word", 1)]),
        ("rye the", []),
        ("(the OR of) and", [("frequent_word", 0)]),
        ("的", [("frequent_word", 0)]),
        ("東京", []),
        ("an*", [("short_prefix", 0)]),
        ("caf*", []),
        ('coffee OR "coffee cup"', [("alternative_contained", 1)]),
        ("coffee OR coffee", [("alternative_contained", 1)]),
        ("#rye OR rye", [("alternative_contained", 0)]),
        ("@rye OR rye", []),
        ("東京 OR 東京都", [("alternative_contained", 1)]),
        ("rye AND (bread OR (bread milk))", [("alternative_contained", 2)]),
        ("coffee OR (tea NOT coffee)", [("exclusion_removes_nothing", 2)]),
        ('coffee NOT sugar NOT "sugar cane"', [("exclusion_removes_nothing", 2)]),
        ("coffee NOT sugar NOT sugar", [("exclusion_removes_nothing", 2)]),
        ('"coffee cup" NOT coffee', [("matches_nothing", 2 - 1)]),
        ("coffee NOT tea", []),
    ],
)
def test_what_is_warned_of(text: str, expected: list[tuple[str, int]]) -> None:
    assert warned(parse(text)) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (And((Term("rye"), Is("lang", "en"), Not(Is("lang", "de")))), [("exclusion_removes_nothing", 2)]),
        (And((Term("rye"), Is("lang", "en"), Is("lang", "de"))), [("matches_nothing", 2)]),
        (And((Term("rye"), Is("has", "image"), Is("has", "video"))), []),
        (And((Term("rye"), Between("rating", 1, 2), Between("rating", 3, None))), [("matches_nothing", 2)]),
        (And((Term("rye"), Between("rating", 1, 3), Between("rating", 3, None))), []),
        (Or((Near((Term("rye"), Term("oat")), 4), Term("rye"))), [("alternative_contained", 0)]),
        (Or((Title(Term("rye")), Term("rye"))), [("alternative_contained", 0)]),
        (Or((Term("rye"), Cased(("Rye",)))), [("alternative_contained", 1)]),
        (And((Term("rye"), Not(Title(Term("rye"))))), []),
    ],
)
def test_what_is_warned_of_among_facts_and_nearness(node: Node, expected: list[tuple[str, int]]) -> None:
    assert warned(node) == expected


def test_a_field_that_no_source_tells_is_named() -> None:
    node = And((Term("rye"), Or((Between("rating", 4, None), Is("lang", "en")))))
    assert warned(node, never_known=("rating",)) == [("field_never_known", 1)]
    assert warned(node) == []


def test_a_warning_says_where_and_repeats_nothing() -> None:
    (one,) = check(parse("secretword OR secretword"), [(0, 10), (14, 24)])
    assert isinstance(one, QueryWarning)
    assert (one.start, one.end) == (14, 24)
    assert "secretword" not in one.message


def test_places_must_fit_the_tree() -> None:
    for places in ([(0, 1)], [(0, 1)] * 3):
        with pytest.raises(ValueError, match="as many places"):
            place(parse("a b"), places)


def test_function_words_are_folded_as_texts_are() -> None:
    assert {"the", "fur", "uma", "не", "في", "的"} <= FREQUENT


_words = st.sampled_from(("rye", "oat", "bran"))
_few = st.recursive(
    st.one_of(
        _words.map(Term),
        _words.map(Hashtag),
        st.tuples(_words, _words).map(Phrase),
        st.tuples(_words, _words, _words).map(Phrase),
        st.sampled_from(("ry", "rye", "oa")).map(Prefix),
    ),
    lambda children: st.one_of(
        st.lists(children, min_size=2, max_size=3).map(tuple).map(And),
        st.lists(children, min_size=2, max_size=3).map(tuple).map(Or),
        children.map(lambda child: child.child if isinstance(child, Not) else Not(child)),
    ),
    max_leaves=6,
)
_texts = st.lists(st.sampled_from(("rye", "oat", "bran", "#rye", "#oat", ".", "ryes")), max_size=6).map(" ".join)


@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(_few, _few, _texts)
def test_what_is_said_to_follow_does(one: Node, other: Node, text: str) -> None:
    reason = Reasoner(1_000)
    first, second = evaluate(one, text), evaluate(other, text)
    if reason.implies(one, other):
        assert second or not first
    if reason.excludes(one, other):
        assert not (first and second)


@settings(max_examples=300, deadline=None)
@given(queries, queries, texts)
def test_what_is_said_to_follow_does_in_every_script(one: Node, other: Node, text: str) -> None:
    if Reasoner(1_000).implies(one, other) and evaluate(one, text):
        assert evaluate(other, text)


@settings(max_examples=800, deadline=None)
@given(trees, trees, posts())
def test_what_is_said_to_follow_does_over_the_whole_language(one: Node, other: Node, post: Readable) -> None:
    document = read(scan(post.text), title_length=post.title_length, facts=post.facts)
    first, second = build(one).truth(document), build(other).truth(document)
    # Beside what chance brings: parts of a tree, which often follow from it.
    for broader in (other, *getattr(one, "children", ())):
        if first == YES and Reasoner(1_000).implies(one, broader):
            assert build(broader).truth(document) == YES
    if Reasoner(1_000).excludes(one, other):
        assert YES not in (first, second) or first != second


@settings(max_examples=300, deadline=None)
@given(_few, _texts)
def test_a_query_that_is_said_to_match_nothing_as_a_whole_matches_nothing(node: Node, text: str) -> None:
    if isinstance(node, And) and any(code == "matches_nothing" for code, _ in _of_the_top(node)):
        assert not evaluate(node, text)


def _of_the_top(node: And) -> list[tuple[str, int | None]]:
    plain = And(tuple(child for child in node.children if not isinstance(child, (And, Or))))
    return warned(plain) if len(plain.children) > 1 else []


@pytest.mark.parametrize(
    "node",
    [
        Or(tuple(Prefix(f"w{number}") for number in range(2_000))),
        Or(tuple(And((Term("rye"), Term(f"w{number}"))) for number in range(1_000))),
        And(
            (
                Or(tuple(Term(f"w{number}") for number in range(1_000))),
                Not(Or(tuple(Term(f"w{number}") for number in reversed(range(1_000))))),
            )
        ),
        Or((Term("rye"),) * 2_000),
    ],
)
def test_a_query_at_its_limits_is_checked_in_bounded_steps(node: Node) -> None:
    places = [(number, number + 1) for number, _ in enumerate(leaves(node))]
    assert len(check(node, places)) <= MOST_WARNINGS
