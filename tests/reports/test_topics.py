"""Where a report's topics come from: the run that counts, as people named and merged them, and why there are none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from analytics.insights.contracts import Period
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from analytics.reports.locale import Wording
from analytics.reports.topics import topics_of, topics_told
from analytics.topics.models import TopicRun
from analytics.topics.naming import merge, rename
from analytics.topics.selectors import about, topics
from analytics.topics.services import request_run
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.reports.test_compose import composed
from tests.topics.talk import said, store_talk

MARCH = Period(date(2026, 3, 2), date(2026, 3, 29))
ENGLISH = Wording.of("en-GB")


@pytest.fixture
def query(in_client: Cast) -> Query:
    return Query.objects.create(name="Juniper", kind="brand", text="juniper")


def run_found() -> TopicRun:
    run, _ = request_run()
    drain()
    return TopicRun.objects.get(id=run.id)


def test_why_there_are_none_is_told(in_client: Cast, query: Query) -> None:
    def told(period: Period) -> tuple[int, str]:
        found = topics_of(period=period, zone="UTC", wording=ENGLISH)
        assert topics_told(found, ENGLISH) == ("Topics", found.abstained)
        return len(found.topics), found.abstained

    assert told(MARCH) == (0, "Topics have not been looked for yet.")
    store_talk(said(20, seed=3, languages=("en",)), query.id, name="few")
    run_found()
    assert told(MARCH)[1].startswith("No topics were found: the mentions are too few")
    store_talk(said(400, seed=1, languages=("en",)), query.id)
    run_found()
    assert told(Period(date(2025, 1, 1), date(2025, 1, 31))) == (
        0,
        "None of this period’s mentions belongs to a topic.",
    )
    found = topics_of(period=MARCH, zone="UTC", wording=ENGLISH)
    assert found.topics
    assert found.abstained == ""
    given = found.mentions - found.unassigned
    assert topics_told(found, ENGLISH) == ("Topics", f"{found.model}; n = {given} / {found.mentions}")


def test_the_report_has_them_and_its_last_page_says_so(in_client: Cast, query: Query) -> None:
    assert ("Topics", "Topics have not been looked for yet.") in composed(in_client, period=MARCH).methods
    store_talk(said(400, seed=1, languages=("en",)), query.id)
    run = run_found()
    content = composed(in_client, period=MARCH)
    assert content.topics.found_at == run.finished_at
    assert [text for term, text in content.methods if term == "Topics"] == [topics_told(content.topics, ENGLISH)[1]]


def test_people_s_names_and_mergers_are_those_of_the_report(query: Query) -> None:
    store_talk(said(400, seed=1), query.id)
    run_found()
    one, other = topics().filter(theme=False, language="de").order_by("id")[:2]
    rename(topic=one, name="Deliveries and drivers")
    merge(topic=other, into=one)
    found = topics_of(period=MARCH, zone="UTC", wording=ENGLISH)
    by_name = {row.name: row for row in found.topics}
    assert by_name["Deliveries and drivers"].language == "", "nobody says in which language people name topics"
    assert by_name["Deliveries and drivers"].mentions == about(one.id).count() > about(other.id).count() > 0
    assert {row.language for row in found.topics} == {"", "de", "en"}


def test_what_is_no_more_in_the_period_is_not_in_the_report(query: Query) -> None:
    store_talk(said(400, seed=1, languages=("en",)), query.id)
    run_found()
    gone = topics().filter(theme=False)[0]
    Mention.objects.filter(id__in=about(gone.id)).update(posted_at="2026-02-20T12:00:00Z")
    found = topics_of(period=MARCH, zone="UTC", wording=ENGLISH)
    assert len(found.topics) == topics().filter(theme=False).count() - 1
    assert all(row.mentions for row in found.topics)


def test_a_run_that_takes_over_meanwhile_is_the_one_that_counts(query: Query) -> None:
    store_talk(said(400, seed=1, languages=("en",)), query.id)
    run_found()
    newer, _ = request_run()

    class Meanwhile:
        done = False

        def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not self.done and "FROM topics_topicmention t" in sql:
                self.done = True
                drain()
            return execute(sql, params, many, context)

    meanwhile = Meanwhile()
    with connection.execute_wrapper(meanwhile):
        found = topics_of(period=MARCH, zone="UTC", wording=ENGLISH)
    assert meanwhile.done
    assert found.found_at == TopicRun.objects.get(id=newer.id, state=TopicRun.State.CURRENT).finished_at
    assert found.mentions == 400
    assert found.topics
