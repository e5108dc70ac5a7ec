"""The compiled matcher gives the reference's answers, whatever was added and removed before and whoever else asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.listening.anchors import find_anchors
from analytics.listening.engine import Compiled, compile_matcher, matching
from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.engine.plain import PlainMatcher
from analytics.listening.engine.worker import Tally
from analytics.listening.facts import Facts, Readable
from analytics.listening.matcher import Matcher
from analytics.listening.query import Node, Not, Term, parse
from tests.listening import dense
from tests.listening.query_trees import posts, trees

anchored = trees.filter(lambda tree: find_anchors(tree) is not None)


def parsed(*texts: str) -> list[tuple[str, Node]]:
    return [(text, parse(text)) for text in texts]


@settings(max_examples=100, deadline=None)
@given(st.lists(anchored, min_size=1, max_size=12), st.lists(posts(), min_size=1, max_size=8))
def test_the_kernel_answers_like_the_reference(queries: list[Node], batch: list[Readable]) -> None:
    pairs = list(enumerate(queries))
    assert BatchMatcher(pairs).pairs(batch) == Matcher(pairs).pairs(batch)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_kernel_answers_like_the_reference_where_most_queries_match(seed: int) -> None:
    rng = Random(seed)
    pairs = list(enumerate(dense.queries(rng, 40)))
    batch = [dense.post(rng) for _ in range(40)]
    tally = Tally()
    expected = Matcher(pairs).pairs(batch)
    assert BatchMatcher(pairs).pairs(batch, tally) == expected
    assert tally.answers == sum(map(len, expected))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 30))
def test_history_leaves_no_trace(seed: int, most_overlay: int) -> None:
    rng = Random(seed)
    held: dict[int, Node] = dict(enumerate(dense.queries(rng, 12)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_MOST_OVERLAY", most_overlay)
        matcher: Compiled[int] = BatchMatcher(held.items())
        plain: Compiled[int] = PlainMatcher(held.items())
        for _ in range(8):
            removed = rng.sample(range(20), 3)
            added = [(key, tree) for key, tree in zip(rng.sample(range(20), 4), dense.queries(rng, 4), strict=True)]
            matcher, plain = matcher.with_changes(added, removed), plain.with_changes(added, removed)
            for key in (*removed, *(key for key, _ in added)):
                held.pop(key, None)
            held.update(added)
    batch = [dense.post(rng) for _ in range(30)]
    expected = Matcher(held.items()).pairs(batch)
    assert len(matcher) == len(plain) == len(held)
    assert matcher.pairs(batch) == plain.pairs(batch) == expected
    assert isinstance(matcher, BatchMatcher)
    assert list(matcher.keys()) == list(held)
    assert matcher.compacted().pairs(batch) == expected


def test_a_change_leaves_the_matcher_that_it_came_from_alone() -> None:
    before = BatchMatcher(parsed("tea", "cake"))
    after = before.with_changes([("tea", parse("coffee")), ("rye", parse("rye"))], ["cake"])
    batch = [Readable("tea cake coffee rye")]
    assert before.pairs(batch) == [[("tea", False), ("cake", False)]]
    assert after.pairs(batch) == [[("tea", False), ("rye", False)]]
    assert after.with_changes([], ["tea", "rye", "nobody's"]).pairs(batch) == [[]]


def test_numbers_are_those_of_the_keys() -> None:
    matcher = BatchMatcher(parsed("tea", "cake")).with_changes(parsed("rye", "bread"), ["tea"])
    found, queries, pending = matcher.match(["rye cake", "", "tea", "bread"])
    assert found.tolist() == [0, 0, 3]
    assert [matcher.key(query) for query in queries.tolist()] == ["cake", "rye", "bread"]
    assert not pending.any()


def test_threads_share_a_matcher_while_it_is_changed() -> None:
    rng = Random(7)
    pairs = list(enumerate(dense.queries(rng, 60)))
    batch = [dense.post(rng) for _ in range(200)]
    every = dict(pairs)
    expected = Matcher(pairs).pairs(batch)
    held = [BatchMatcher(pairs)]
    stop = Event()

    def ask(_: int) -> int:
        rounds = 0
        while not stop.is_set() or rounds == 0:
            assert [sorted(found) for found in held[0].pairs(batch)] == expected
            rounds += 1
        return rounds

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, number) for number in range(4)]
        for turn in range(25):
            key = rng.randrange(60)
            held[0] = held[0].with_changes([(key, every[key])], [key]) if turn % 5 else held[0].compacted()
        stop.set()
        assert all(one.result() for one in asking)


@pytest.mark.parametrize(
    "unit", ["a ", "東", "@a ", "#a ", "#a_", "ab", "\x00", "\ud83d", "\u202e", "👩‍👩‍", "é", "a\u0301", "ab cd"]
)
def test_a_very_long_text_is_matched(unit: str) -> None:
    queries = parsed(
        "a", '"' + "a " * 60 + 'b"', "東" * 60 + "京", '"#a a"', '"@a a b"', "ab*", "zz OR a -b", "a NEAR/20 (b OR zz)",
        "a ONEAR/3 a", '"a b zz"~5', "ab*b", "{A} OR zz",
    )  # fmt: skip
    matcher = BatchMatcher(queries)
    text = unit * (100_000 // len(unit))
    assert matcher.pairs([Readable(text), Readable(f"{text} zz")]) == Matcher(queries).pairs(
        [Readable(text), Readable(f"{text} zz")]
    )


def test_more_answers_and_beginnings_than_there_was_room_for() -> None:
    queries = parsed(*(f"te* OR x{number}" for number in range(700)), *(f"te{'a' * number}*" for number in range(60)))
    batch = [Readable("te" + "a" * 70), *(Readable("tea tee ten " * 30) for _ in range(60))]
    assert BatchMatcher(queries).pairs(batch) == Matcher(queries).pairs(batch)


def test_the_language_is_asked_for_once_and_only_where_it_decides() -> None:
    asked: list[str] = []

    def said(language: str) -> str:
        asked.append(language)
        return language

    matcher = BatchMatcher(parsed("tea lang:en", "tea lang:de", "cake"))
    batch = [
        Readable("tea", facts=Facts(language=lambda: said("en"))),
        Readable("cake", facts=Facts(language=lambda: said("de"))),
        Readable("tea"),
    ]
    assert matcher.pairs(batch) == [
        [("tea lang:en", False)], [("cake", False)], [("tea lang:en", True), ("tea lang:de", True)],
    ]  # fmt: skip
    assert asked == ["en"]


def test_what_was_counted_makes_better_anchors() -> None:
    # By their looks `xi` is frequent and `elephants` is rare; in these posts it is the other way round.
    matcher = BatchMatcher(parsed(*(f"xi elephants w{number}" for number in range(100))))
    texts = ["elephants here"] * 5_000
    before, after = Tally(), Tally()
    matcher.match(texts, before)
    compacted = matcher.compacted()
    assert len(compacted.match(texts, after)[0]) == 0
    assert (before.candidates > 0, after.candidates) == (True, 0)
    assert compacted.pairs([Readable("xi elephants w7")]) == [[("xi elephants w7", False)]]


def test_nothing_matches_nothing() -> None:
    assert BatchMatcher[str]([]).pairs([Readable("anything"), Readable("")]) == [[], []]
    matcher = BatchMatcher(parsed("tea"))
    assert matcher.pairs([]) == []
    assert [len(column) for column in matcher.match([])] == [0, 0, 0]
    assert matcher.with_changes([], ["tea"]).pairs([Readable("tea")]) == [[]]


@pytest.mark.parametrize("made", [BatchMatcher, PlainMatcher, compile_matcher])
def test_queries_without_an_anchor_and_keys_that_come_twice_are_refused(made: type[BatchMatcher[str]]) -> None:
    with pytest.raises(ValueError, match="must have a term"):
        made([("q", Not(Term("a")))])
    with pytest.raises(ValueError, match="same key"):
        made([("q", Term("a")), ("q", Term("b"))])


def test_what_was_warmed_is_all_that_is_ever_compiled() -> None:
    from analytics.listening.engine import choosing, deciding, index, probing
    from analytics.listening.engine.warming import warm

    warm()
    rng = Random(3)
    matcher = BatchMatcher(enumerate(dense.queries(rng, 50)))
    matcher = matcher.with_changes([(number, tree) for number, tree in enumerate(dense.queries(rng, 9))], [20])
    matcher.compacted().pairs([dense.post(rng) for _ in range(300)])
    matcher.pairs([dense.post(rng) for _ in range(300)])
    for function in (
        choosing.choose, choosing.leaf_costs, deciding.decide, index._fill_slots, index._write_code, probing.find_stems,
        probing.probe,
    ):  # fmt: skip
        assert len(function.signatures) == 1, function  # type: ignore[attr-defined]
