"""Stories in the store: the same whatever the order and the batches in which mentions come."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.mentions import stories
from analytics.mentions.contracts import NewMention
from analytics.mentions.duplicates import Wording as Compared
from analytics.mentions.duplicates import alike
from analytics.mentions.models import Mention, Wording
from analytics.mentions.selectors import MentionFilter, mentions
from analytics.mentions.stories import figures_of, prune
from tests.mentions.sample import NOON, mention, put

pytestmark = pytest.mark.usefixtures("in_client")

TEXT = (
    "the bakery on market street will open a second shop in the old post office next spring the owners said on monday "
    "and expects to hire twelve people from the neighbourhood"
)
WORDS = TEXT.split()


def edited(places: set[int]) -> str:
    return " ".join(f"x{place}" if place in places else word for place, word in enumerate(WORDS))


def grouped() -> set[frozenset[str]]:
    """Which mentions share a story."""
    found: dict[UUID, set[str]] = {}
    for name, story in Mention.objects.values_list("external_id", "story"):
        found.setdefault(story, set()).add(name)
    return {frozenset(names) for names in found.values()}


def test_copies_and_edits_share_the_story_of_the_first_and_others_do_not() -> None:
    first = put(mention("p1", text=TEXT)).fresh[0]
    put(
        mention("p2", author="ben", text=f"RT @~abcdefghij: {TEXT} https://x.example/1"),
        mention("p3", author="cid", text=edited({7})),
        mention("p4", text="something else altogether that nobody has said before in these words"),
        mention("p5", text="too short"),
        mention("p6", text="too short"),
    )
    assert grouped() == {frozenset(names) for names in (("p1", "p2", "p3"), ("p4",), ("p5",), ("p6",))}
    assert Mention.objects.get(external_id="p3").story.hex == first.id.removeprefix("men_")
    assert Mention.objects.count() == 6, "clustered, never dropped"


def test_one_that_is_like_two_stories_makes_them_one() -> None:
    far_left, far_right, between = edited({3, 7}), edited({20, 24}), edited({7})
    put(mention("left", text=far_left))
    put(mention("right", text=far_right))
    assert len(grouped()) == 2
    put(mention("bridge", text=TEXT), mention("near", text=between))
    assert grouped() == {frozenset({"left", "right", "bridge", "near"})}
    assert set(Wording.objects.values_list("story", flat=True)) == {Mention.objects.get(external_id="left").story}


variants = st.lists(st.sets(st.integers(0, len(WORDS) - 1), max_size=6), min_size=2, max_size=8)


def forget() -> None:
    Mention.objects.all().delete()
    Wording.objects.all().delete()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(variants, st.randoms(use_true_random=False))
def test_the_order_and_the_batches_make_no_difference(places: list[set[int]], rng: random.Random) -> None:
    made = [mention(f"p{number}", text=edited(changed)) for number, changed in enumerate(places)]
    forget()  # an example that failed left its own
    put(*made)
    expected = grouped()
    for _ in range(3):
        forget()
        rng.shuffle(made)
        left: list[NewMention] = list(made)
        while left:
            size = rng.randint(1, len(left))
            put(*left[:size])
            left = left[size:]
        put(*made)  # again: nothing is new
        assert grouped() == expected


def test_a_key_that_too_many_share_is_looked_up_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is bounded is the work: however many texts open alike, a mention is compared with a few of them."""
    compared: list[Compared] = []

    def counted(one: Compared, other: Compared) -> bool:
        compared.append(one)
        return alike(one, other)

    monkeypatch.setattr(stories, "alike", counted)
    opening = " ".join(f"o{number}" for number in range(8))
    put(*(mention(f"p{n}", text=f"{opening} {' '.join(f'w{n}x{m}' for m in range(20))}") for n in range(100)))
    compared.clear()
    put(mention("last", text=f"{opening} {' '.join(f'last{m}' for m in range(20))}"))
    assert 0 < len(compared) <= stories.MOST_PER_KEY * 5
    assert len(grouped()) == 101


def test_figures_say_how_far_a_story_went() -> None:
    put(
        mention("p1", text=TEXT, posted_at=NOON, url="https://www.one.example/a"),
        mention("p2", text=TEXT, posted_at=NOON - timedelta(hours=2), url="https://one.example/b", source="rss"),
        mention("p3", text=TEXT, posted_at=NOON + timedelta(hours=2), url="http://TWO.example/c", author="ben"),
        mention("p4", text=TEXT, author="cid"),
    )
    (story,) = set(Mention.objects.values_list("story", flat=True))
    found = figures_of([story, UUID(int=5)])
    assert list(found) == [story]
    assert (found[story].mentions, found[story].sources, found[story].sites) == (4, ("rss", "web"), 2)
    assert found[story].first_posted_at == NOON - timedelta(hours=2)


def test_a_list_can_show_each_story_once_and_one_story_whole() -> None:
    put(*(mention(f"p{n}", text=TEXT, posted_at=NOON + timedelta(minutes=n)) for n in range(4)))
    put(mention("other", text="quite another text that says nothing of a bakery at all today"))
    put(mention("rss", text=TEXT, source="rss", posted_at=NOON + timedelta(hours=1)))
    story = Mention.objects.get(external_id="p1").story

    def listed(**wanted: object) -> set[str]:
        return {row.external_id for row in mentions(MentionFilter(**wanted))}  # type: ignore[arg-type]

    assert listed(once=True) == {"rss", "other"}
    assert listed(once=True, source="web") == {"p3", "other"}, "the newest of those that fit"
    assert listed(once=True, until=NOON + timedelta(minutes=2), source="web") == {"p1", "other"}
    assert listed(story=story) == {"p0", "p1", "p2", "p3", "rss"}


def test_wordings_go_with_the_last_mention_that_has_them() -> None:
    put(mention("p1", text=TEXT), mention("p2", text=TEXT), mention("p3", text=edited({7})))
    gone = Mention.objects.filter(external_id__in=["p1", "p3"])
    touched = set(gone.values_list("story", flat=True))
    gone.delete()
    assert prune(touched) == 1
    (left,) = Wording.objects.all()
    assert left.key == Mention.objects.get().wording
    put(mention("p4", text=edited({7})))
    assert len(grouped()) == 1, "what is left is still what others are compared with"
    Mention.objects.all().delete()
    assert prune(touched) == 2
    assert not Wording.objects.exists()
