"""The store: each post once, threads whatever comes first, and every text as it came."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.contracts import Hit
from analytics.mentions.models import Author, Mention
from analytics.mentions.services import store
from tests.cast import Cast
from tests.mentions.sample import NOON, mention, person, put, stored_author

pytestmark = pytest.mark.usefixtures("in_client")

HOSTILE = (
    "a\\b", "\\N", "\\.", "\\", "tab\there", "line\nbreak\r\nand another", "it's \"quoted\"", "{a,b}", '{"a"}', "NULL",
    "", " ", "👩‍👩‍👧 🇩🇪", "مرحبا \u202eabc", "\u2028\x85\x1f\x7f", "%s %(x)s", "x" * 9_000,
)  # fmt: skip
numbers = count()
# What PostgreSQL can hold: `journey.listen.storable` takes the rest out.
texts = st.text(st.one_of(st.sampled_from("\\\t\n\r'\"{},N."), st.characters(exclude_categories=("Cs",)))).map(
    lambda text: text.replace("\0", "")
)


def _threads() -> dict[str, str]:
    return dict(Mention.objects.values_list("external_id", "thread"))


def _query(name: str = "Bread") -> Query:
    return create_query(name=name, kind="brand", text="bread")


def test_a_batch_that_comes_twice_is_stored_once() -> None:
    hit = Hit(_query().id, 1, (4, 9))
    batch = [mention("p1", hits=(hit,), addressed=("ben",)), mention("p2", reply_to="p1", hits=(hit,))]
    first, again = put(*batch), put(*batch)

    assert ([row.mention.external_id for row in first.fresh], first.known) == (["p1", "p2"], 0)
    assert (again.fresh, again.known) == ((), 2)
    assert Mention.objects.count() == 2
    assert Author.objects.count() == 2
    assert [list(stored.matches.values_list("spans", flat=True)) for stored in Mention.objects.all()] == [[[4, 9]]] * 2


def test_an_id_counts_within_its_source_and_the_first_of_two_in_a_batch_stays() -> None:
    batch = put(mention("p1", text="first"), mention("p1", text="second"), mention("p1", text="other", source="rss"))

    assert batch.known == 1
    assert set(Mention.objects.values_list("source", "text")) == {("web", "first"), ("rss", "other")}


def test_an_empty_batch_is_no_work() -> None:
    batch = store(mentions=[], origin="imp_test", now=NOON)

    assert (batch.fresh, batch.known) == ((), 0)


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_a_thread_is_the_same_in_whatever_order_its_posts_come(order: tuple[str, ...]) -> None:
    posts = {"a": mention("a"), "b": mention("b", reply_to="a"), "c": mention("c", reply_to="b")}
    for name in order:
        put(posts[name])
    assert _threads() == {"a": "a", "b": "a", "c": "a"}


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_a_thread_that_comes_in_one_batch_is_joined(order: tuple[str, ...]) -> None:
    posts = {"a": mention("a"), "b": mention("b", reply_to="a"), "c": mention("c", reply_to="b")}
    put(*(posts[name] for name in order))
    assert _threads() == {"a": "a", "b": "a", "c": "a"}


def test_replies_to_a_post_that_never_comes_share_its_thread_and_circles_end() -> None:
    put(mention("x", reply_to="gone"), mention("y", reply_to="gone"))
    put(mention("me", reply_to="me"), mention("left", reply_to="right"), mention("right", reply_to="left"))

    threads = _threads()
    assert threads["x"] == threads["y"] == "gone"
    assert threads["me"] == "me"
    assert {threads["left"], threads["right"]} <= {"left", "right"}


def test_an_author_is_brought_up_to_date_and_not_doubled() -> None:
    put(mention("p1", author="ana", addressed=("ben",)))
    assert (stored_author("ben").envelope, stored_author("ben").followers) == (None, None)

    sealed = person("ben", envelope=b"\x00\\\xff", followers=12, verified=True, is_brand=True)
    put(mention("p2", author=sealed))
    put(mention("p3", author=person("ben", envelope=b"later", followers=15)), mention("p4", addressed=("ben",)))

    ben = stored_author("ben")
    assert Author.objects.count() == 2
    assert bytes(ben.envelope or b"") == b"\x00\\\xff", "the first seal stays"
    assert (ben.followers, ben.verified, ben.is_brand) == (15, True, True)


def test_an_author_of_one_batch_is_known_by_their_own_post_and_not_by_who_names_them() -> None:
    put(mention("p1", addressed=("ben",)), mention("p2", author=person("ben", envelope=b"seal", followers=3)))
    put(mention("p3", author=person("eve", envelope=b"seal", followers=4)), mention("p4", addressed=("eve",)))

    assert [stored_author(name).followers for name in ("ben", "eve")] == [3, 4]


def test_a_post_may_have_no_author() -> None:
    (row,) = put(mention("p1", author=None)).fresh
    assert row.author_id is None
    assert Mention.objects.get().author is None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back_as_they_went_in(text: str) -> None:
    _round_trip(text, hashtags=(text, "b"), alt=text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, st.lists(texts, max_size=3).map(tuple), texts)
def test_any_text_comes_back_as_it_went_in(text: str, hashtags: tuple[str, ...], alt: str) -> None:
    _round_trip(text, hashtags, alt)


def _round_trip(text: str, hashtags: tuple[str, ...], alt: str) -> None:
    post = f"{text[:400]}{next(numbers)}"  # an id of the same hostile characters
    made = mention(
        post,
        text=text,
        title=text,
        url=text,
        reply_to=text[:500],
        hashtags=hashtags,
        media=({"type": "image", "url": text, "alt": alt},),
        addressed=("ben", "cat"),
        envelope=text.encode(),
        rating=2.5,
        views=7,
        likes=1,
        reposts=2,
        replies=3,
        country="DE",
        language_hint="de",
    )
    put(made, origin=text[:40])
    back = Mention.objects.get(external_id=post)
    assert (back.text, back.title, back.url, back.reply_to) == (text, text, text, text[:500])
    assert (back.hashtags, back.origin) == (list(hashtags), text[:40])
    assert back.media == [{"type": "image", "url": text, "alt": alt}]
    assert [bytes(known) for known in back.addressed] == [known.pseudonym for known in made.addressed]
    assert bytes(back.envelope or b"") == text.encode()
    assert (back.rating, back.views, back.likes, back.reposts, back.replies, back.reach) == (2.5, 7, 1, 2, 3, 7)
    assert (back.country, back.language_hint, back.posted_at, back.stored_at) == ("DE", "de", NOON, NOON)
    assert (back.sentiment, back.understood_at) == ("", None)


def test_a_batch_is_all_or_nothing(in_client: Cast) -> None:
    with pytest.raises(UnicodeEncodeError):
        put(mention("p1"), mention("p2", text="\ud800"))
    assert not Mention.objects.exists()
