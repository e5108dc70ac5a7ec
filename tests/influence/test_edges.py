"""Edges: who acted on whom, whichever of two posts comes first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from analytics.influence.edges import add_edges
from analytics.influence.models import DailyEdge
from analytics.mentions.contracts import NewMention
from analytics.mentions.models import Mention, MentionMatch
from tests.mentions.sample import NOON, mention, put

pytestmark = pytest.mark.usefixtures("in_client")

POINTERS = {"reply": "reply_to", "repost": "repost_of", "quote": "quote_of"}


def _come(*mentions: NewMention) -> None:
    add_edges(put(*mentions))


def _edges() -> dict[tuple[str, str, str], int]:
    rows = DailyEdge.objects.select_related("source", "target")
    found = {(row.source.label, row.kind, row.target.label): row.interactions for row in rows}
    assert len(found) == len(rows), "one day only"
    return found


def _answer(kind: str, **more: object) -> NewMention:
    return mention("b", author="ben", kind=kind, **{POINTERS[kind]: "a"}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", POINTERS)
def test_an_answer_points_to_the_author_of_the_other_post(kind: str) -> None:
    _come(mention("a"))
    _come(_answer(kind))
    assert _edges() == {("ben", kind, "ana"): 1}


@pytest.mark.parametrize("kind", POINTERS)
def test_a_post_that_comes_late_is_found_by_its_answers(kind: str) -> None:
    _come(_answer(kind))
    assert _edges() == {}
    _come(mention("a", posted_at=NOON - timedelta(days=3)))
    assert _edges() == {("ben", kind, "ana"): 1}
    assert DailyEdge.objects.get().day == NOON.date(), "the day of the answer"


@pytest.mark.parametrize("kind", POINTERS)
@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_two_that_come_together_are_counted_once(kind: str, order: tuple[int, ...]) -> None:
    both = (mention("a"), _answer(kind))
    _come(*(both[place] for place in order))
    assert _edges() == {("ben", kind, "ana"): 1}


def test_every_other_handle_is_a_mention_and_the_one_answered_is_not_counted_twice() -> None:
    _come(mention("a"), _answer("reply", addressed=("ana", "cat", "cat", "dan")))
    assert _edges() == {("ben", "reply", "ana"): 1, ("ben", "mention", "cat"): 1, ("ben", "mention", "dan"): 1}


def test_a_repost_of_an_unknown_post_points_to_the_first_person_it_names() -> None:
    _come(_answer("repost", addressed=("ana", "cat")))
    assert _edges() == {("ben", "repost", "ana"): 1, ("ben", "mention", "cat"): 1}


ANSWERS = {
    "names the author": _answer("repost", addressed=("ana", "cat")),
    "names another first": _answer("repost", addressed=("cat", "ana")),
    "names others": _answer("repost", addressed=("cat", "dan")),
    "replies and names": _answer("reply", addressed=("ana", "cat")),
    "reposts and quotes": mention("b", author="ben", kind="repost", repost_of="a", quote_of="c", addressed=("dan",)),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_which_posts_come_changes_nothing(answer: NewMention, order: tuple[int, ...]) -> None:
    every = (mention("a"), answer, mention("c", author="eve"))
    _come(*every)
    expected = {key: count for key, count in _edges().items() if count}
    assert expected
    for model in (MentionMatch, Mention, DailyEdge):
        model.objects.all().delete()
    for place in order:
        _come(every[place])
    assert {key: count for key, count in _edges().items() if count} == expected


def test_nobody_interacts_with_themselves() -> None:
    _come(mention("a", author="ben", addressed=("ben",)), _answer("reply"), mention("c", author="ben", repost_of="c"))
    _come(mention("d", author="ben", quote_of="e"))
    _come(mention("e", author="ben"))
    assert _edges() == {}


def test_posts_without_an_author_have_no_edges() -> None:
    _come(mention("a", author=None), _answer("reply"), mention("c", author=None, reply_to="b", addressed=("ana",)))
    _come(mention("d", author=None, reply_to="z"))
    _come(mention("z"))
    assert _edges() == {}


def test_the_same_posts_again_add_none() -> None:
    batch = (mention("a"), _answer("reply", addressed=("cat",)), mention("c", author="cat", quote_of="b"))
    _come(*batch)
    before = _edges()
    _come(*batch)
    _come(*reversed(batch), mention("new", author="eve"))
    assert before == _edges() == {("ben", "reply", "ana"): 1, ("ben", "mention", "cat"): 1, ("cat", "quote", "ben"): 1}


def test_interactions_of_a_day_add_up_and_sources_keep_apart() -> None:
    _come(mention("a"), mention("a", source="rss", author="zoe"))
    for number in range(3):
        _come(mention(f"b{number}", author="ben", reply_to="a", posted_at=NOON + timedelta(hours=number)))
    assert _edges() == {("ben", "reply", "ana"): 3}


def test_the_day_is_that_of_utc() -> None:
    late = datetime.fromisoformat("2026-03-02T23:30:00-05:00").astimezone(UTC)
    _come(mention("a"), _answer("reply", posted_at=late))
    assert DailyEdge.objects.get().day == date(2026, 3, 3)
