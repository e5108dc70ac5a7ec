"""Noise from post to rollup: judged when it is read, hidden from the queries that want it, also by rematches."""

from __future__ import annotations

import csv
import io

import pytest

from analytics.insights import rollups
from analytics.insights.models import HourlyRollup
from analytics.insights.noise import restore, set_filter
from analytics.journey.requests import change_query
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention, MentionMatch, Noise
from analytics.sources.services import accept_upload
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.mentions.sample import NOON

HOLDS_TRANSACTIONS = True

SPAM = "free bitcoin at the bakery! airdrop is live, join our telegram https://t.me/x #a1 #b2 #c3 #d4 #e5"
FINE = "The bakery has rye bread again, and it is as good as it was last year"


def import_posts(name: str, *texts: str) -> None:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["id", "text", "author", "created_at"])
    rows.writerows([f"{name}{n}", text, f"writer{n}", "2026-03-02T12:00:00Z"] for n, text in enumerate(texts))
    accept_upload(chunks=[file.getvalue().encode()], file_name=f"{name}.csv", source="upload", mapping={}, options={})
    drain()


def shown(query: Query) -> tuple[int, int]:
    rows = list(HourlyRollup.objects.filter(query=query))
    before = sorted((row.hour, row.source, row.mentions, row.hidden, row.positive, row.negative) for row in rows)
    rollups.rebuild(query.id)
    after = HourlyRollup.objects.filter(query=query)
    kept = [row for row in before if row[2] or row[3]]
    assert kept == sorted((r.hour, r.source, r.mentions, r.hidden, r.positive, r.negative) for r in after)
    return sum(row.mentions for row in rows), sum(row.hidden for row in rows)


@pytest.fixture
def query(in_client: Cast) -> Query:
    return create_query(name="Bakery", kind="brand", text="bakery")


def test_noise_is_judged_with_the_reading_and_hidden_at_once(query: Query) -> None:
    set_filter(query=query, level="strict")
    open_one = create_query(name="Open", kind="topic", text="bakery")
    import_posts("p", SPAM, FINE, FINE + " and more")
    assert Noise.objects.count() == 3
    assert shown(query) == (2, 1)
    assert shown(open_one) == (3, 0)
    assert MentionMatch.objects.get(hidden=True).mention.external_id == "p0"
    assert Mention.objects.count() == 3, "hidden, never deleted"


def test_a_changed_query_hides_what_it_finds_by_its_filter_and_shows_what_was_restored(query: Query) -> None:
    set_filter(query=query, level="strict")
    import_posts("p", SPAM, SPAM + " today", FINE)
    restored = Mention.objects.get(external_id="p0")
    restore(query=query, mentions=[str(restored.id)], restored=True, now=NOON)
    assert shown(query) == (2, 1)
    for text in ("bakery OR bread", "bakery -rye", "rye", "bakery"):
        query, job = change_query(query=query, text=text)
        assert job is not None
        drain()
        hidden = set(
            MentionMatch.objects.filter(query=query, hidden=True).values_list("mention__external_id", flat=True)
        )
        assert hidden == ({"p1"} if text != "rye" else set())
        assert shown(query)[1] == len(hidden)
    change_query(query=query, active=False)
    drain()
    assert shown(query) == (0, 0)
    change_query(query=query, active=True)
    drain()
    assert shown(query) == (2, 1)


def test_a_filter_that_changes_with_the_text_ends_the_same(query: Query) -> None:
    import_posts("p", SPAM, FINE)
    change_query(query=query, text="bakery OR bread")
    set_filter(query=query, level="low")
    drain()
    assert shown(query) == (1, 1)


def test_a_match_that_hangs_on_sentiment_is_hidden_as_soon_as_it_is_one(in_client: Cast) -> None:
    query = create_query(name="Good", kind="topic", text="bakery (sentiment:positive OR sentiment:neutral OR bread)")
    set_filter(query=query, level="strict")
    import_posts("p", SPAM, FINE)
    settled = MentionMatch.objects.filter(query=query, settled=True)
    assert shown(query) == (settled.filter(hidden=False).count(), settled.filter(hidden=True).count())
    assert not MentionMatch.objects.filter(settled=False, hidden=True).exists()
