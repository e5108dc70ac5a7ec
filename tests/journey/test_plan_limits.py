"""Mentions are metered once, and where the plan ends, imports stop and feeds pause without losing anything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from analytics.insights.models import HourlyRollup
from analytics.journey import services as journey
from analytics.journey.feeds import poll
from analytics.journey.imports import read_slice
from analytics.journey.metering import tell_meters
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention, MonthlyTally
from analytics.mentions.selectors import stored_in
from analytics.sources.models import Feed, Import
from analytics.sources.selectors import file_of
from kernel import db
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tenants.models import Client, ClientMeter, MentionCount
from tenants.plans.limits import month_of
from tenants.plans.meters import tell_mentions
from tenants.plans.services import assign_plan, change_plan, create_plan
from tests.cast import Cast
from tests.journey.test_feeds import Site, feed_of, site
from tests.journey.test_retry import rows, upload_of

__all__ = ["site"]

APRIL = datetime(2026, 4, 30, 23, 50, tzinfo=UTC)
MAY = APRIL + timedelta(minutes=20)


@pytest.fixture
def listening(in_client: Cast) -> Cast:
    create_query(name="Juniper", kind="brand", text='"juniper bakery"')
    return in_client


def allow(cast: Cast, mentions: int | None) -> None:
    with db.public():
        plan = create_plan(name=f"{mentions} mentions", mentions_per_month=mentions)
        assign_plan(agency_id=cast.agency.id, plan=plan)


def imported(text: str) -> tuple[Import, Job]:
    upload = upload_of(text)
    drain()
    upload.refresh_from_db()
    return upload, Job.objects.get(id=upload.job_id)


def this_month() -> date:
    return month_of(datetime.now(UTC))


def told(cast: Cast, month: date | None = None) -> int:
    with db.public():
        count = MentionCount.objects.filter(client_id_text=cast.client.id, month=month or this_month()).first()
    return count.mentions if count else 0


def client_of(cast: Cast) -> Client:
    with db.public():
        found: Client = Client.objects.get(id=cast.client.id)
    return found


class TestCounting:
    def test_each_mention_counts_once_however_often_it_comes(self, listening: Cast) -> None:
        upload, _ = imported(rows(20))
        assert (upload.stored, stored_in(this_month()), told(listening)) == (19, 19, 19)

        again, _ = imported(rows(25))  # the unreadable one again, 19 known ones, and five new ones

        assert (again.stored, again.known) == (5, 19)
        assert Mention.objects.count() == stored_in(this_month()) == told(listening) == 24

    def test_a_message_that_is_delivered_twice_counts_once(self, listening: Cast) -> None:
        upload = upload_of(rows(20))
        for _ in range(3):
            send("journey.ingest_import", upload.id)
        drain()

        assert Mention.objects.count() == stored_in(this_month()) == told(listening) == 19

    def test_a_worker_that_dies_before_its_transaction_ends_has_counted_nothing(
        self, listening: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = upload_of(rows(20))
        died: list[int] = []

        def dying(*args: Any) -> None:
            died.append(stored_in(this_month()))
            raise DatabaseError("the connection is gone")

        with monkeypatch.context() as patched:
            patched.setattr(journey, "add_edges", dying)
            with pytest.raises(DatabaseError):
                drain()
        assert (died, stored_in(this_month()), told(listening), Mention.objects.count()) == ([19], 0, 0, 0)

        drain(delayed=True)

        assert Mention.objects.count() == stored_in(this_month()) == told(listening) == upload_stored(upload) == 19

    def test_a_worker_that_dies_before_it_has_told_is_made_up_for(
        self, listening: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = upload_of(rows(20))

        def dying(*args: object, **kwargs: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("analytics.journey.imports.tell_stored", dying)
            with pytest.raises(KeyboardInterrupt):
                read_slice(upload=upload, client=client_of(listening), now=datetime.now(UTC))
        assert (stored_in(this_month()), told(listening)) == (19, 0)

        drain()  # the message, which nobody has acknowledged

        assert (stored_in(this_month()), told(listening)) == (19, 19)

    def test_deleting_mentions_takes_nothing_off(self, listening: Cast) -> None:
        imported(rows(20))
        Mention.objects.all().delete()
        assert stored_in(this_month()) == 19


def upload_stored(upload: Import) -> int:
    return Import.objects.get(id=upload.id).stored


class TestImports:
    def test_an_import_stops_where_the_plan_ends_and_goes_on_when_there_is_room(
        self, listening: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        allow(listening, 12)
        with db.public():
            tell_mentions(listening.second_client, month=this_month(), mentions=2)

        with django_capture_on_commit_callbacks(execute=True):
            upload, job = imported(rows(20))

        assert (upload.stored, upload.understood, upload.exhausted) == (10, 10, True)
        # Row 7 cannot be read; the ten that had no room are not said to have been.
        assert (upload.rows, upload.read, upload.bad) == (20, 11, 1)
        assert not file_of(upload).exists()
        assert job.state == Job.State.FAILED
        assert job.error is not None
        assert job.error["code"] == "plan_limit"
        assert '12 of 12 mentions a month that the plan "12 mentions" allows are used.' in job.error["detail"]
        assert Mention.objects.count() == stored_in(this_month()) == told(listening) == 10
        assert sum(HourlyRollup.objects.values_list("mentions", flat=True)) == 10

        allow(listening, None)
        rest, job = imported(rows(20))

        assert (rest.stored, rest.known, job.state) == (9, 10, Job.State.SUCCEEDED)
        assert Mention.objects.count() == stored_in(this_month()) == 19

    def test_a_file_that_just_fits_is_taken_whole(self, listening: Cast) -> None:
        allow(listening, 19)

        upload, job = imported(rows(20))

        assert (upload.stored, job.state) == (19, Job.State.SUCCEEDED)

    def test_what_is_known_or_matches_nothing_needs_no_room(self, listening: Cast) -> None:
        imported(rows(20))
        allow(listening, 19)

        upload, job = imported(rows(20) + "x,2026-03-01T10:00:00Z,guest_example,Nothing of interest,,0\n")

        assert (upload.known, upload.unmatched, job.state) == (19, 1, Job.State.SUCCEEDED)


class TestFeeds:
    DOCUMENT = feed_of(*((f"n{number}", "Juniper Bakery is lovely") for number in range(5)))

    @pytest.fixture
    def feed(self, listening: Cast, site: Site) -> Feed:
        site.document = self.DOCUMENT
        return Feed.objects.create(url=site.url(), name="News")

    def read(self, cast: Cast, feed: Feed, now: datetime) -> tuple[int, Feed]:
        stored = poll(feed=Feed.objects.get(id=feed.id), client=client_of(cast), now=now)
        return stored, Feed.objects.get(id=feed.id)

    def test_reading_pauses_and_goes_on_by_itself_with_the_next_month(
        self, listening: Cast, feed: Feed, site: Site
    ) -> None:
        allow(listening, 3)

        stored, after = self.read(listening, feed, APRIL)
        assert (stored, after.active, after.cursor) == (3, True, None)
        assert after.problem.startswith("The plan's mentions of this month are used up.")
        stored, after = self.read(listening, feed, APRIL)
        assert (stored, len(site.asked)) == (0, 1)  # the site is left in peace

        stored, after = self.read(listening, feed, MAY)

        assert (stored, after.problem) == (2, "")
        assert after.cursor is not None
        assert Mention.objects.count() == 5
        assert dict(MonthlyTally.objects.values_list("month", "stored")) == {date(2026, 4, 1): 3, date(2026, 5, 1): 2}
        assert (told(listening, date(2026, 4, 1)), told(listening, date(2026, 5, 1))) == (3, 2)

    def test_more_room_ends_the_pause_at_once(self, listening: Cast, feed: Feed) -> None:
        with db.public():
            plan = create_plan(name="Small", mentions_per_month=1)
            assign_plan(agency_id=listening.agency.id, plan=plan)
        assert self.read(listening, feed, APRIL)[0] == 1

        with db.public():
            change_plan(plan=plan, mentions_per_month=100)

        assert self.read(listening, feed, APRIL)[0] == 4


class TestTelling:
    def test_all_that_is_metered_is_told_with_the_summary(self, listening: Cast) -> None:
        imported(rows(20))
        MonthlyTally.objects.create(month=(this_month() - timedelta(days=1)).replace(day=1), stored=3)
        Query.objects.create(name="Other", kind="topic", text="rye")
        with db.public():
            MentionCount.objects.all().delete()

        send("journey.summarise")
        drain()

        with db.public():
            meter = ClientMeter.objects.get(client=listening.client)
            counts = MentionCount.objects.filter(client_id_text=listening.client.id).order_by("month")
            assert [count.mentions for count in counts] == [3, 19]
        assert meter.queries == 2
        assert meter.storage_bytes > 100_000
        assert meter.storage_measured_at is not None

    def test_a_client_without_mentions_tells_of_none(self, in_client: Cast) -> None:
        tell_meters(client_of(in_client), now=APRIL)
        with db.public():
            assert not MentionCount.objects.filter(client_id_text=in_client.client.id).exists()
