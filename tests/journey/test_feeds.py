"""Feeds, polled from a real server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from analytics.insights.models import HourlyRollup
from analytics.journey.feeds import _PAUSED
from analytics.listening.services import create_query
from analytics.mentions.models import Author, Mention
from analytics.sources.models import Feed
from analytics.sources.services import follow_feed, unfollow_feed
from kernel.errors import ValidationFailed
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast

ITEM = """<item><guid isPermaLink="false">{guid}</guid><title>{title}</title><link>https://news.example/{guid}</link>
<author>ana_example</author><pubDate>Mon, 02 Mar 2026 10:{minute:02}:00 GMT</pubDate>
<description>{text}</description></item>"""


def feed_of(*items: tuple[str, str]) -> str:
    """An RSS document with these (guid, text) entries."""
    inside = "".join(
        ITEM.format(guid=guid, title=f"News {guid}", minute=number % 60, text=text)
        for number, (guid, text) in enumerate(items)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{inside}</channel></rss>'


FIRST = feed_of(("a", "Juniper Bakery is lovely"), ("b", "Nothing of interest"), ("c", "Juniper Bakery was awful"))


@dataclass
class Site:
    """What the server answers with, and what it was asked. An ETag is always of the document as it is."""

    document: str = FIRST
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    port: int = 0

    def url(self, credentials: str = "") -> str:
        return f"http://{credentials}127.0.0.1:{self.port}/feed.xml"


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    settings.PRIVATE_FEED_HOSTS = ["127.0.0.1"]
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append({name.lower(): value for name, value in self.headers.items()})
            etag = f'"{hash(state.document)}"'
            code = 304 if self.headers.get("If-None-Match") == etag else state.status
            body = b"" if code == 304 else state.document.encode()
            state.answered.append(code)
            self.send_response(code)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def query(in_client: Cast) -> None:
    create_query(name="Juniper", kind="brand", text='"juniper bakery"')


def poll(feed: Feed) -> Feed:
    send("journey.poll_feed", feed.id)
    drain()
    return Feed.objects.get(id=feed.id)


def counted() -> int:
    return sum(HourlyRollup.objects.values_list("mentions", flat=True))


def test_following_reads_the_feed_and_understands_what_it_brought(site: Site) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    feed.refresh_from_db()
    assert (feed.problem, feed.polled_at is not None) == ("", True)
    stored = list(Mention.objects.order_by("posted_at"))
    assert [row.source for row in stored] == ["rss", "rss"]
    assert [row.title for row in stored] == ["News a", "News c"]
    assert {row.origin for row in stored} == {feed.id}
    assert all(row.understood_at for row in stored)
    assert [row.sentiment for row in stored] == ["positive", "negative"]
    assert counted() == 2
    assert "ana_example" not in repr(list(Author.objects.values())) + repr(list(Mention.objects.values()))


def test_a_second_poll_asks_whether_anything_changed_and_adds_nothing(site: Site) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    before = Feed.objects.get(id=feed.id)
    after = poll(feed)
    assert site.answered == [200, 304]
    assert site.asked[1]["if-none-match"] == (before.cursor or {})["etag"]
    assert after.cursor == before.cursor
    assert before.polled_at is not None
    assert after.polled_at is not None
    assert after.polled_at > before.polled_at
    assert (Mention.objects.count(), counted()) == (2, 2)


def test_only_what_is_new_is_added(site: Site) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    site.document = feed_of(("c", "Juniper Bakery was awful"), ("d", "Off to Juniper Bakery, it is lovely"))
    poll(feed)
    assert site.answered == [200, 200]
    assert sorted(Mention.objects.values_list("title", flat=True)) == ["News a", "News c", "News d"]
    assert counted() == 3


def test_a_message_delivered_twice_adds_nothing(site: Site) -> None:
    feed = follow_feed(url=site.url(), name="News")
    for _ in range(3):
        send("journey.poll_feed", feed.id)
    drain()
    assert (Mention.objects.count(), counted()) == (2, 2)


def test_a_poll_that_lost_its_cursor_stores_nothing_twice(site: Site) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    Feed.objects.filter(id=feed.id).update(cursor=None)
    poll(feed)
    assert site.answered == [200, 200]
    assert (Mention.objects.count(), counted()) == (2, 2)


def test_an_unfollowed_feed_is_not_asked_and_what_it_brought_stays(site: Site) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    feed_id = feed.id
    unfollow_feed(feed=feed)
    send("journey.poll_feed", feed_id)
    drain()
    assert len(site.asked) == 1
    assert Mention.objects.count() == 2


def test_a_feed_can_be_followed_once(site: Site) -> None:
    follow_feed(url=site.url(), name="News")
    with pytest.raises(ValidationFailed) as problem:
        follow_feed(url=site.url(), name="Again")
    assert [(row.pointer, row.code) for row in problem.value.fields] == [("/url", "taken")]


@pytest.mark.parametrize(
    ("status", "document"),
    [(404, "gone"), (410, "gone"), (500, "oops"), (401, "who?"), (200, "<html>no feed</html>"), (200, "")],
)
def test_a_feed_that_cannot_be_read_says_why_and_keeps_what_it_knew(site: Site, status: int, document: str) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    cursor = Feed.objects.get(id=feed.id).cursor
    site.status, site.document = status, document
    failed = poll(feed)
    assert failed.problem
    assert failed.cursor == cursor
    site.status, site.document = 200, FIRST
    assert poll(feed).problem == ""
    assert (Mention.objects.count(), counted()) == (2, 2)


def test_what_is_wrong_with_one_page_is_told_although_the_next_is_sound(site: Site) -> None:
    filling = [(f"n{number}", "Nothing of interest") for number in range(500)]  # as many as are a page
    site.document = feed_of(("a", "Juniper Bakery"), ("b", "x" * 200_000), *filling, ("c", "Juniper Bakery was awful"))
    feed = follow_feed(url=site.url(), name="News")
    drain()
    feed.refresh_from_db()
    assert feed.problem == "The text is longer than 100,000 characters."
    assert Mention.objects.count() == 2
    site.document = feed_of(("a", "Juniper Bakery"), ("c", "Juniper Bakery was awful"))
    assert poll(feed).problem == ""


def test_what_is_wrong_with_the_feed_is_told_until_it_is_mended(site: Site) -> None:
    site.document = FIRST.replace("</rss>", "")
    feed = follow_feed(url=site.url(), name="News")
    drain()
    feed.refresh_from_db()
    assert feed.problem == "The feed is not well-formed XML; what could be read is in."
    assert Mention.objects.count() == 2
    assert poll(feed).problem == feed.problem, "not modified: as it was"
    assert site.answered == [200, 304]
    site.document = FIRST
    assert poll(feed).problem == ""


@pytest.mark.parametrize("why", ["a failure", "a used up plan"])
def test_a_feed_that_has_not_changed_is_read_again(site: Site, why: str) -> None:
    feed = follow_feed(url=site.url(), name="News")
    drain()
    if why == "a failure":
        site.status = 500
        site.document = "oops"
        assert poll(feed).problem
        site.status, site.document = 200, FIRST
    else:
        Feed.objects.filter(id=feed.id).update(problem=_PAUSED)
    assert poll(feed).problem == ""
    assert site.answered[-1] == 304


def test_credentials_are_sent_and_never_told(site: Site) -> None:
    secret = "hunter2-and-more"
    feed = follow_feed(url=site.url(f"reader:{secret}@"), name="Private")
    drain()
    assert site.asked[0]["authorization"].startswith("Basic ")
    assert Mention.objects.count() == 2
    for status, document in ((401, "no"), (200, "nothing"), (500, "")):
        site.status, site.document = status, document
        failed = poll(feed)
        assert failed.problem
        assert secret not in failed.problem
        assert "reader" not in failed.problem


def test_a_server_that_is_not_there_is_a_problem_without_an_address(site: Site, settings: Any) -> None:
    settings.PRIVATE_FEED_HOSTS = ["127.0.0.1"]
    feed = follow_feed(url="http://reader:hunter2@127.0.0.1:9/feed.xml", name="Nobody")
    drain()
    feed.refresh_from_db()
    assert feed.problem
    assert "hunter2" not in feed.problem
    assert feed.cursor is None


def test_a_private_address_is_not_asked_unless_the_operator_said_so(site: Site, settings: Any) -> None:
    settings.PRIVATE_FEED_HOSTS = []
    feed = follow_feed(url=site.url(), name="Inside")
    drain()
    feed.refresh_from_db()
    assert feed.problem
    assert site.asked == []
    assert not Mention.objects.exists()


def test_each_client_reads_a_feed_for_itself(site: Site, cast: Cast) -> None:
    from kernel import db

    follow_feed(url=site.url(), name="News")
    with db.enter(cast.second_client.schema_name):
        create_query(name="Other", kind="brand", text="interest")
        follow_feed(url=site.url(), name="News")
    drain()
    assert Mention.objects.count() == 2
    with db.enter(cast.second_client.schema_name):
        assert [row.title for row in Mention.objects.all()] == ["News b"]
