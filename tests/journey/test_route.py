"""A shared stream reaches the clients: each its own, once, whatever happens to the others."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from analytics.insights.models import HourlyRollup
from analytics.journey.deliver import Delivery
from analytics.journey.route import Router
from analytics.journey.streams import parcels
from analytics.journey.streams.models import Parcel, Stream
from analytics.journey.streams.services import MOST_TRIES, Overtaken, tidy
from analytics.listening.matcher import Matcher
from analytics.listening.models import Query
from analytics.listening.services import create_query, delete_query, update_query
from analytics.mentions.models import Author, Mention
from analytics.privacy.models import RedactionTally
from analytics.sources.contracts import Media, Metrics, RawAuthor, RawPost
from kernel import db
from kernel.crypto import EnvelopeError, new_data_key
from kernel.queue.models import DeadLetter, Message
from kernel.queue.testing import drain
from tenants.lifecycle import purging
from tenants.lifecycle.suspension import resume_client, suspend_client
from tenants.plans.services import assign_plan, create_plan
from tests.cast import Cast
from tests.journey.routing import (
    NOW,
    following,
    hits,
    listens,
    mentions,
    post,
    received,
    send,
    stream,
    told,
    waiting,
    within,
)

FULL = 2**63 - 1
MAIL = "ana@posts.example"


def everything_public() -> str:
    """All bytes of the public tables that a stream passes through."""
    with db.public(), connection.cursor() as cursor:
        found = []
        for table in ("streams_parcel", "streams_stream", "queue_message", "queue_dead_letter"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


class TestEachItsOwn:
    def test_overlapping_queries_of_two_agencies_get_each_their_own(self, cast: Cast) -> None:
        (own,) = listens(cast.client, "rye")
        (theirs, more) = listens(cast.other_client, "rye", "cake")
        routed = send(post(1, "rye bread"), post(2, "cake"), post(3, "rye cake"), post(4, "salt"))
        assert (routed.posts, routed.matched, routed.pairs) == (4, 3, 6)
        assert routed.parts == {cast.client.schema_name: 2, cast.other_client.schema_name: 3}
        assert received(cast.client).stored == 2
        assert received(cast.other_client).stored == 3
        assert received(cast.second_client) == Delivery()
        assert hits(cast.client) == {("p1", own.id, 1), ("p3", own.id, 1)}
        assert hits(cast.other_client) == {
            ("p1", theirs.id, 1), ("p2", more.id, 1), ("p3", theirs.id, 1), ("p3", more.id, 1)
        }  # fmt: skip
        assert not mentions(cast.second_client)

    def test_a_mention_names_the_stream_as_its_origin_and_nobody_else(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        send(post(1, f"rye by @ben_oats, {MAIL}"))
        authors = set()
        for client in (cast.client, cast.other_client):
            received(client)
            (mention,) = mentions(client).values()
            assert mention.origin == stream().id
            assert mention.origin.startswith("str_")
            assert "ben_oats" not in mention.text
            assert MAIL not in mention.text
            authors |= within(client, lambda: {bytes(author.pseudonym) for author in Author.objects.all()})
        assert len(authors) == 4, "two people, each unknown to the other client"

    def test_what_waits_says_nothing_to_who_has_no_key(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        send(post(1, f"rye, {MAIL}"))
        (parcel,) = waiting(cast.client)
        plain = [secret.encode().hex() for secret in ("ana_rye", "Ana Example", MAIL, "rye")]
        there = everything_public()
        for secret in ("ana_rye", "Ana Example", MAIL, *plain):
            assert secret not in there
        for key in (new_data_key(), new_data_key()):
            with pytest.raises(EnvelopeError):
                parcels.unpacked(bytes(parcel.sealed), key=key, place=f"{parcel.schema} {parcel.stream_id}")

    def test_a_parcel_that_comes_to_the_wrong_client_is_not_opened(self, cast: Cast) -> None:
        """Whoever wrote it there: what belongs to one client is nothing to another."""
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        send(post(1, "rye"))
        (own,), (theirs,) = waiting(cast.client), waiting(cast.other_client)
        with db.public():
            Parcel.objects.filter(id=own.id).update(sealed=bytes(theirs.sealed))
        assert (received(cast.client).failed, mentions(cast.client)) == (1, {})
        with db.public():
            Parcel.objects.filter(id=own.id).update(sealed=bytes(own.sealed), stream=Stream.objects.create(name="x"))
        assert (received(cast.client).failed, mentions(cast.client)) == (1, {})
        assert received(cast.other_client).stored == 1

    def test_facts_and_what_is_not_known_yet_go_the_same_way(self, cast: Cast) -> None:
        author, late = listens(cast.client, "author:ana_rye", "rye AND sentiment:positive")
        send(
            post(1, "I love this rye bread, wonderful and delicious!"),
            post(2, "salt"),
            post(3, "salt", author=None),
        )
        received(cast.client)
        assert hits(cast.client) == {("p1", author.id, 1), ("p2", author.id, 1)}
        within(cast.client, lambda: _understand())
        assert hits(cast.client) == {("p1", author.id, 1), ("p2", author.id, 1), ("p1", late.id, 1)}

    def test_a_parcel_holds_all_of_a_post(self) -> None:
        full = RawPost(
            source="stream", external_id="1", text="t\u202e\U0001f1e9", created_at=NOW, title="a", language="en",
            author=RawAuthor("a", "b", "c", 5, True), url="u", kind="reply", reply_to="0", repost_of="r", quote_of="q",
            mentioned=("x", "y"), hashtags=("h",), media=(Media("image", "m", "alt"),), metrics=Metrics(1, 2, 3, 4),
            country="DE", rating=4.5, region="BE", city="Berlin",
        )  # fmt: skip
        default = RawPost(source="", external_id="", text="", created_at=NOW - timedelta(1))
        assert [field.name for field in fields(full) if getattr(full, field.name) == getattr(default, field.name)] == []
        contents = parcels.Contents("e", (full, default), ((("qry_1", True),), ()))
        key = new_data_key()
        assert parcels.unpacked(parcels.packed(contents, key=key, place="p"), key=key, place="p") == contents


class TestOnce:
    def test_a_batch_that_comes_again_is_stored_once(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        for _ in range(2):
            send(post(1, "rye"), post(2, "rye"))
        done = received(cast.client)
        assert (done.stored, done.known, waiting(cast.client)) == (2, 2, [])
        assert within(cast.client, lambda: sum(HourlyRollup.objects.values_list("mentions", flat=True))) == 2

    def test_a_parcel_that_was_stored_and_not_yet_deleted_is_stored_once(self, cast: Cast) -> None:
        """As where a worker dies between the two."""
        listens(cast.client, "rye")
        send(post(1, "rye"))
        (kept,) = waiting(cast.client)
        received(cast.client)
        kept.save(force_insert=True)
        done = received(cast.client)
        assert (done.stored, done.known) == (0, 1)

    def test_what_was_found_is_not_looked_for_again(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        listens(cast.client, "rye")
        send(post(1, "rye"))
        monkeypatch.setattr(Matcher, "pairs", None)
        monkeypatch.setattr(Matcher, "match_document", None)
        assert received(cast.client).stored == 1
        with db.enter(cast.client.schema_name):
            assert Mention.objects.get().matches.get().spans == [0, 3]


class TestQueriesThatChangeMeanwhile:
    def test_what_is_stored_goes_by_the_queries_as_they_are_then(self, cast: Cast) -> None:
        changed, dropped, paused, kept = listens(cast.client, "rye", "bread", "salt", "oven")
        send(post(1, "rye"), post(2, "bread"), post(3, "salt"), post(4, "oven cake"), post(5, "rye flour"))

        def change() -> None:
            update_query(query=changed, text="flour")
            delete_query(query=dropped)
            update_query(query=paused, active=False)
            create_query(name="New", kind="topic", text="cake")
            told()

        within(cast.client, change)
        done = received(cast.client)
        new = within(cast.client, lambda: Query.objects.get(name="New"))
        assert (done.stored, done.unmatched) == (2, 3)
        assert hits(cast.client) == {("p4", kept.id, 1), ("p4", new.id, 1), ("p5", changed.id, 2)}

    def test_a_follower_that_is_behind_breaks_nothing(self, cast: Cast) -> None:
        (query,) = listens(cast.client, "rye")
        behind = following()
        within(cast.client, lambda: update_query(query=query, text="bread"))
        send(post(1, "rye"), post(2, "rye bread"), follower=behind)
        assert received(cast.client).stored == 1
        assert hits(cast.client) == {("p2", query.id, 2)}


class TestNobodyHoldsUpAnybody:
    def test_a_client_that_fails_is_tried_again_and_all_others_go_on(self, cast: Cast) -> None:
        for client in (cast.client, cast.second_client, cast.other_client):
            listens(client, "rye")
        # A tally this full has no room for one more.
        full = within(
            cast.client,
            lambda: RedactionTally.objects.create(
                day=(NOW - timedelta(hours=2)).date(), entity="EMAIL_ADDRESS", findings=FULL
            ),
        )
        send(post(1, f"rye {MAIL}"))
        drain(reraise=False)
        assert (mentions(cast.client), len(waiting(cast.client))) == ({}, 1)
        for client in (cast.second_client, cast.other_client):
            assert list(mentions(client)) == ["p1"]
            assert waiting(client) == []
        within(cast.client, full.delete)
        drain(delayed=True)
        assert (list(mentions(cast.client)), waiting(cast.client)) == (["p1"], [])
        assert not DeadLetter.objects.exists()

    def test_one_parcel_that_cannot_be_stored_keeps_no_other_back(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        for number in range(3):
            send(post(number, "rye", metrics=Metrics(likes=FULL + 1 if number == 1 else 1)))
        done = received(cast.client)
        assert (done.stored, done.failed, sorted(mentions(cast.client))) == (2, 1, ["p0", "p2"])
        assert [parcel.tries for parcel in waiting(cast.client)] == [1]

    def test_of_a_bad_parcel_the_good_posts_are_stored_in_the_end(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        send(*(post(number, "rye", metrics=Metrics(likes=FULL + 1 if number == 1 else 1)) for number in range(3)))
        drain(delayed=True, reraise=False)
        assert sorted(mentions(cast.client)) == ["p0", "p2"]
        assert [parcel.tries for parcel in waiting(cast.client)] == [MOST_TRIES]
        assert received(cast.client) == Delivery(), "it is not tried for ever"
        with db.public():
            tidy(now=NOW + timedelta(days=30))
        assert waiting(cast.client) == []

    @pytest.mark.parametrize("field", ["text", "mentioned"])
    def test_a_post_that_cannot_be_read_keeps_no_other_back(self, cast: Cast, field: str) -> None:
        listens(cast.client, "rye", "@acme")
        broken = replace(post(1, "rye"), **{field: None})  # type: ignore[arg-type]
        routed = send(broken, post(2, "rye"))
        assert (routed.unreadable, routed.matched) == (1, 1)
        received(cast.client)
        assert list(mentions(cast.client)) == ["p2"]

    def test_a_client_whose_key_does_not_open_keeps_no_other_back(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        with db.public():
            type(cast.client).objects.filter(id=cast.client.id).update(wrapped_key=b"\x01" * 62)
        assert send(post(1, "rye")).parts == {cast.other_client.schema_name: 1}
        assert received(cast.other_client).stored == 1

    @pytest.mark.parametrize("text", ["rye \x00 \ud800 \u202e", "rye " + "a\u0301\u0489" * 20_000], ids=["odd", "long"])
    def test_hostile_text_goes_through(self, cast: Cast, text: str) -> None:
        listens(cast.client, "rye")
        send(post(1, text))
        assert received(cast.client).stored == 1


class TestWhoRests:
    def test_a_client_that_is_suspended_gets_nothing(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        behind = following()
        with db.public():
            suspend_client(client=cast.client, actor="x", now=NOW)
        for follower in (behind, following()):
            assert send(post(1, "rye"), follower=follower).parts == {}
        assert waiting(cast.client) == []

    def test_what_is_on_its_way_waits_until_the_client_is_resumed(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        send(post(1, "rye"))
        with db.public():
            suspend_client(client=cast.client, actor="x", now=NOW)
            drain()
        assert mentions(cast.client) == {}
        with db.public():
            resume_client(client=cast.client, actor="x")
            drain()
        assert list(mentions(cast.client)) == ["p1"]

    def test_what_is_on_its_way_to_a_client_that_is_removed_goes(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        send(post(1, "rye"))
        with db.public():
            purging.destroy_key(cast.client, actor="x")
            drain()
            tidy(now=NOW)
        assert waiting(cast.client) == []
        assert list(mentions(cast.other_client)) == ["p1"]

    def test_what_the_plan_has_no_room_for_stays_out(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        with db.public():
            assign_plan(agency_id=cast.agency.id, plan=create_plan(name="Two", mentions_per_month=2))
        send(*(post(number, "rye") for number in range(5)))
        done = received(cast.client)
        assert (done.stored, done.left, waiting(cast.client)) == (2, 3, [])
        assert received(cast.other_client).stored == 5


class TestTheStream:
    def test_the_cursor_moves_with_what_is_handed_over(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        source, follower = stream(), following()
        late = Router(follower=follower, stream=Stream.objects.get(id=source.id))
        Router(follower=follower, stream=source).route([post(1, "rye")], now=NOW, cursor={"at": 1})
        assert Stream.objects.get(id=source.id).cursor == {"at": 1}
        with pytest.raises(Overtaken):
            late.route([post(1, "rye"), post(2, "rye")], now=NOW, cursor={"at": 2})
        assert [parcel.posts for parcel in waiting(cast.client)] == [1]
        assert Stream.objects.get(id=source.id).cursor == {"at": 1}

    def test_a_clients_parcels_are_sent_for_once(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        listens(cast.other_client, "rye")
        for number in range(4):
            send(post(number, "rye"))
        sent = Message.objects.filter(actor="journey.deliver").values_list("schema", flat=True)
        assert sorted(sent) == sorted([cast.client.schema_name, cast.other_client.schema_name])

    def test_what_was_forgotten_is_sent_for_again(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        send(post(1, "rye"))
        Message.objects.all().delete()
        tidy(now=NOW + timedelta(minutes=1))
        assert not Message.objects.exists(), "it may be under way"
        tidy(now=NOW + timedelta(hours=1))
        drain()
        assert list(mentions(cast.client)) == ["p1"]

    def test_what_came_is_understood_and_told(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        send(post(1, "Lovely rye, I am so happy with it!"))
        drain()
        (mention,) = mentions(cast.client).values()
        assert mention.understood_at is not None
        assert Message.objects.filter(actor="journey.summarise", schema=cast.client.schema_name).exists()

    def test_no_message_holds_more_than_whose_it_is(self, cast: Cast) -> None:
        listens(cast.client, "rye")
        send(post(1, "rye"))
        message = Message.objects.get(actor="journey.deliver")
        assert (message.payload["args"], message.payload["kwargs"]) == ([], {})
        assert "rye" not in json.dumps(message.payload)


def _understand() -> Any:
    from analytics.journey.imports import understand_slice

    return understand_slice(origin=stream().id, now=NOW)
