"""Every process knows every client's queries: at once, as a whole, and all of them the same."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction

from analytics.listening.catalogue.following import Compile, Follower, Index, Key
from analytics.listening.catalogue.models import Entry
from analytics.listening.catalogue.selectors import position
from analytics.listening.catalogue.services import tell
from analytics.listening.engine.plain import PlainMatcher
from analytics.listening.facts import Readable
from analytics.listening.models import Query
from analytics.listening.services import create_query, delete_query, update_query
from kernel import db
from kernel.queue.wakeups import Wakeups
from tenants import services
from tenants.models import Agency, Client, User
from tests.cast import Cast
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed, eventually
from tests.listening.following_fixtures import following
from tests.tenants.committing import agency

__all__ = ["agency", "committed"]

WORDS = ("rye", "bread", "cake", "oven", "flour", "salt")
POSTS = [Readable(f"{one} and {two}") for one in WORDS for two in WORDS]


def told() -> None:
    connection.run_on_commit.clear()
    tell()


def answers(index: Index) -> list[list[tuple[Key, bool]]]:
    return [sorted(found) for found in index.matcher.pairs(POSTS)]


class TestInOneProcess:
    def test_nothing_is_answered_before_anything_was_followed(self, cast: Cast) -> None:
        with pytest.raises(RuntimeError):
            _ = Follower().index

    @pytest.mark.parametrize("compile", [None, PlainMatcher], ids=["kernel", "reference"])
    def test_who_followed_each_change_holds_what_one_who_loads_anew_holds(
        self, cast: Cast, compile: Compile | None
    ) -> None:
        chance = random.Random(5)
        schemas = [cast.client.schema_name, cast.second_client.schema_name, cast.other_client.schema_name]
        steady, seldom = Follower(compile), Follower(compile)
        steady.catch_up()
        seldom.catch_up()
        for step in range(60):
            with db.enter(chance.choice(schemas)):
                there = list(Query.objects.all())
                act = chance.choice(["make", "change", "toggle", "drop"]) if there else "make"
                text = " AND ".join(chance.sample(WORDS, 2)) if chance.random() < 0.5 else chance.choice(WORDS)
                if act == "make":
                    create_query(name=f"q{step}", kind="topic", text=text)
                elif act == "change":
                    update_query(query=chance.choice(there), text=text)
                elif act == "toggle":
                    query = chance.choice(there)
                    update_query(query=query, active=not query.active)
                else:
                    delete_query(query=chance.choice(there))
                told()
            index = steady.catch_up()
            if step % 7 == 0:
                seldom.catch_up()
            fresh = Follower(compile).catch_up()
            assert (index.change, index.versions, answers(index)) == (fresh.change, fresh.versions, answers(fresh))
        assert seldom.catch_up().change == steady.index.change
        assert answers(seldom.index) == answers(steady.index)
        for schema in schemas:
            assert seldom.index.edition_of(schema) == steady.index.edition_of(schema)

    def test_an_index_that_was_taken_stays_as_it_was(self, in_client: Cast) -> None:
        query = create_query(name="Own", kind="brand", text="rye")
        told()
        follower = Follower()
        taken = follower.catch_up()
        before = answers(taken)
        update_query(query=query, text="bread")
        told()
        assert answers(follower.catch_up()) != before == answers(taken)

    def test_a_client_of_which_nothing_changed_has_the_same_edition(self, cast: Cast) -> None:
        follower = Follower()
        with db.enter(cast.client.schema_name):
            create_query(name="Own", kind="brand", text="rye")
            told()
        own = follower.catch_up().edition_of(cast.client.schema_name)
        with db.enter(cast.other_client.schema_name):
            create_query(name="Own", kind="brand", text="rye")
            told()
        index = follower.catch_up()
        assert index.edition_of(cast.client.schema_name) == own != index.edition_of(cast.other_client.schema_name)

    def test_what_cannot_be_held_keeps_nothing_else_back(self, in_client: Cast) -> None:
        query = create_query(name="Own", kind="brand", text="rye")
        told()
        with db.public():
            for number, tree in enumerate(('{"is":"Telepathy"}', '{"is":"Not","child":{"is":"Term","text":"rye"}}')):
                Entry.objects.create(
                    schema="c_other", query_id=f"qry_{number}", version=1, tree=tree, source="", active=True,
                    heard=True, change=0,
                )  # fmt: skip
        index = Follower().catch_up()
        assert [key[1] for key, _ in index.matcher.pairs([Readable("rye")])[0]] == [query.id]
        assert "c_other" not in index.versions


@pytest.fixture
def client(agency: tuple[Agency, User]) -> Iterator[Client]:
    made, owner = agency
    client = services.create_client(agency_id=made.id, name="One", locale="en-GB", time_zone="UTC", actor=owner.id)
    yield client
    with db.enter(client.schema_name):
        Query.objects.all().delete()
        tell()
    Entry.objects.all().delete()


def _cut_off() -> bool:
    """End the connections on which followers of this database wait to be woken. Returns whether there were any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'earshot-follower' AND datname = current_database()"
        )
        return bool(cursor.fetchall())


@COMMITTING
class TestInProcesses:
    def test_a_saved_query_is_live_in_every_process_though_no_worker_runs(self, client: Client) -> None:
        """Woken by the change itself: none of them would look by itself for an hour."""
        posts = ["rye bread", "salt"]
        with (
            following(posts, poll_s=3600, engine="kernel") as one,
            following(posts, poll_s=3600, engine="plain") as two,
        ):
            for process in (one, two):
                assert process.next()[1] == [[], []]
            with db.enter(client.schema_name):
                query = create_query(name="Own", kind="brand", text="rye")
            stands = position()
            for process in (one, two):
                assert process.until(stands)[1] == [[[client.schema_name, query.id, 1]], []]
            with db.enter(client.schema_name):
                update_query(query=query, text="salt")
            stands = position()
            for process in (one, two):
                assert process.until(stands)[1] == [[], [[client.schema_name, query.id, 2]]]
            assert one.said[-1] == two.said[-1]

    def test_a_process_whose_wakeups_are_cut_off_follows_all_the_same(self, client: Client) -> None:
        with following(["rye"]) as process:
            process.next()
            eventually(_cut_off)  # it may have answered before it began to listen
            with db.enter(client.schema_name):
                query = create_query(name="Own", kind="brand", text="rye")
            assert process.until(position())[1] == [[[client.schema_name, query.id, 1]]]

    def test_a_follower_that_cannot_read_goes_on_with_what_it_holds_and_catches_up(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        follower = Follower(PlainMatcher, poll_s=0.05)
        follower.start()
        try:
            stood = follower.index
            fail = threading.Event()
            fail.set()
            monkeypatch.setattr(follower, "_compile", PlainMatcher)
            reading = Follower._applied

            def failing(self: Follower, *args: object) -> Index:
                if fail.is_set():
                    raise OSError("away")
                return reading(self, *args)  # type: ignore[arg-type]

            monkeypatch.setattr(Follower, "_applied", failing)
            with db.enter(client.schema_name):
                create_query(name="Own", kind="brand", text="rye")
            assert not follower.wait_for(position(), timeout=0.3)
            assert follower.index is stood
            fail.clear()
            assert follower.wait_for(position(), timeout=PATIENCE)
        finally:
            follower.stop()

    @pytest.mark.slow
    def test_a_process_that_is_killed_while_it_takes_over_changes_never_answers_with_half_of_one(
        self, client: Client
    ) -> None:
        """Each transaction moves all queries to the next word. So at every change exactly one post is matched, by all
        of them, in versions that belong together; in every process, and in the one that comes after a killed one."""
        many, kills = 20, 8
        posts = [f"word{number}" for number in range(8)]
        chance = random.Random(11)
        with db.enter(client.schema_name), transaction.atomic():
            queries = [create_query(name=f"q{n}", kind="topic", text="word0") for n in range(many)]
        first, done = position(), threading.Event()
        problems: list[BaseException] = []

        def change() -> None:
            try:
                step = 0
                with db.enter(client.schema_name):
                    while not done.is_set():
                        step += 1
                        with transaction.atomic():
                            for query in queries:
                                update_query(query=query, text=f"word{step % len(posts)}")
            except BaseException as error:
                problems.append(error)
            finally:
                connections.close_all()

        changing = threading.Thread(target=change)
        changing.start()
        said = []
        try:
            with following(posts, poll_s=0.2) as witness:
                witness.until(first)
                for _ in range(kills):
                    with following(posts, poll_s=0.2) as process:
                        for _ in range(chance.randint(1, 4)):
                            assert problems == []
                            process.next()
                        changing.join(chance.random() * 0.2)  # anywhere between two of its answers
                    said += process.said
                witness.until(position())
        finally:
            done.set()
            changing.join()
        said += witness.said
        assert problems == []
        assert len({number for number, _ in said}) > kills
        meant: dict[int, tuple[int, int]] = {}
        for number, found in said:
            (place,) = [at for at, keys in enumerate(found) if keys]
            (version,) = {version for _, _, version in found[place]}
            assert sorted(key[1] for key in found[place]) == sorted(query.id for query in queries)
            assert meant.setdefault(number, (place, version)) == (place, version)
        assert {place == (version - 1) % len(posts) for place, version in meant.values()} == {True}

    def test_wakeups_come_back_after_their_connection_is_lost(self, committed: None) -> None:
        wakeups = Wakeups("test_wakeups", name="earshot-test-wakeups")
        try:
            assert wakeups.wait(0.1)  # connected: something may have been sent before
            assert not wakeups.wait(0.05)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                    ["earshot-test-wakeups"],
                )
            eventually(lambda: not wakeups.wait(0.05))  # cut off, connected anew, quiet again
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify('test_wakeups', '')")
            assert wakeups.wait(PATIENCE)
        finally:
            wakeups.close()
