"""Feeds, read from a real HTTP server."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from analytics.sources.contracts import Media, Page
from analytics.sources.feeds import MAX_BYTES, FeedConnector, harmless
from analytics.sources.problems import FeedProblem

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def fetch(url: str, *, headers: Mapping[str, str], max_bytes: int) -> Answer:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        reply = opener.open(urllib.request.Request(url, headers=dict(headers)))  # noqa: S310
    except urllib.error.HTTPError as error:
        reply = error  # type: ignore[assignment]
    with reply:
        names = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status, names, reply.read(max_bytes), reply.url)


@dataclass
class Site:
    """One feed behind HTTP, with an ETag and a modification date, that counts what it is asked."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    content_type: str = "application/rss+xml"
    tag: str = '"1"'
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("If-None-Match", "")
            site.asked.append(known)
            fresh = site.status == 200 and known == site.tag
            self.send_response(304 if fresh else site.status)
            self.send_header("ETag", site.tag)
            self.send_header("Last-Modified", format_datetime(NOW, usegmt=True))
            self.send_header("Content-Type", site.content_type)
            self.send_header("Content-Length", "0" if fresh else str(len(site.body)))
            self.end_headers()
            if not fresh:
                self.wfile.write(site.body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}/feed.xml"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def connect(site: Site, **options: Any) -> FeedConnector:
    return FeedConnector(site.url, fetch=fetch, clock=lambda: NOW, **options)


def read(site: Site, cursor: Mapping[str, object] | None = None, **options: Any) -> list[Page]:
    return list(connect(site, **options).pages(cursor))


def rss(*items: str, head: str = "") -> bytes:
    channel = "".join(f"<item>{item}</item>" for item in items)
    opening = f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>News</title><language>en-us</language>'
    return f"{opening}{channel}</channel></rss>".encode()


def item(n: int, extra: str = "") -> str:
    return (
        f"<title>Bread {n}</title><guid>urn:example:{n}</guid><link>/posts/{n}</link>"
        f"<description>&lt;p&gt;Fresh #bread &amp;amp; rolls {n}&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</description>"
        f"<pubDate>Tue, 24 Feb 2015 11:{n:02}:00 -0800</pubDate>{extra}"
    )


def ids(pages: list[Page]) -> list[str]:
    return [post.external_id for page in pages for post in page.posts]


def test_reads_rss(site: Site) -> None:
    enclosure = '<enclosure url="https://example.com/a.mp3" type="audio/mpeg" length="1"/>'
    site.body = rss(item(1, f"<author>ada@example.com (Ada Example)</author>{enclosure}"))
    (page,) = read(site, source="Bakery News")
    (post,) = page.posts
    assert (post.source, post.external_id, post.title, post.language) == (
        "bakery-news",
        "urn:example:1",
        "Bread 1",
        "en",
    )
    assert (post.text, post.hashtags) == ("Fresh #bread & rolls 1", ("bread",))
    assert post.created_at == datetime(2015, 2, 24, 19, 1, tzinfo=UTC)
    assert post.url == site.url.replace("/feed.xml", "/posts/1")
    assert post.author is not None
    assert post.author.display_name == "Ada Example"
    assert post.media == (Media("audio", "https://example.com/a.mp3"),)
    assert page.done
    assert page.bad_rows == ()
    assert page.notes == ()


def test_reads_atom(site: Site) -> None:
    site.body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Brot</title><id>x</id><entry>'
        b"<id>tag:example.com,2015:1</id><title>Brot</title><updated>2015-02-24T11:35:52Z</updated>"
        b'<link href="https://example.com/1"/><author><name>Ada</name><uri>https://example.com/ada</uri></author>'
        b'<summary>kurz</summary><content type="html">&lt;b&gt;Frisches&lt;/b&gt; Brot</content></entry></feed>'
    )
    (post,) = read(site)[0].posts
    assert (post.external_id, post.text, post.title) == ("tag:example.com,2015:1", "Frisches Brot", "Brot")
    assert (post.language, post.created_at) == ("de", datetime(2015, 2, 24, 11, 35, 52, tzinfo=UTC))
    assert post.author is not None
    assert post.author.url == "https://example.com/ada"


def test_asks_conditionally_and_yields_only_what_is_new(site: Site) -> None:
    site.body = rss(item(1), item(2))
    first = read(site)
    assert ids(first) == ["urn:example:1", "urn:example:2"]
    again = read(site, first[-1].cursor)
    assert site.asked == ["", '"1"']
    assert ids(again) == []
    assert again[-1].cursor == first[-1].cursor
    site.tag, site.body = '"2"', rss(item(3), item(1), item(2))
    third = read(site, again[-1].cursor)
    assert ids(third) == ["urn:example:3"]
    assert third[-1].cursor["etag"] == '"2"'


def test_a_run_that_ends_between_pages_loses_nothing(site: Site) -> None:
    site.body = rss(*(item(n) for n in range(1, 8)))
    whole = read(site, batch_size=3)
    assert [len(page.posts) for page in whole] == [3, 3, 1]
    assert [page.done for page in whole] == [False, False, True]
    for stop, page in enumerate(whole[:-1]):
        assert ids(read(site, page.cursor, batch_size=3)) == ids(whole[stop + 1 :])


def test_entries_without_a_guid_or_with_a_local_one(site: Site) -> None:
    site.body = rss(
        "<title>One</title><link>https://example.com/1</link>", "<title>Two</title>",
        "<title>Three</title><guid isPermaLink='false'>3</guid>", "<title>Four</title><guid>" + "x" * 500 + "</guid>",
    )  # fmt: skip
    pages = read(site)
    found = ids(pages)
    assert found[0] == "https://example.com/1"
    assert found[2].endswith(":3")
    assert len(set(found)) == 4
    assert max(map(len, found)) <= 200
    assert ids(read(site)) == found
    assert {note.code for note in pages[0].notes} == {"time_assumed"}
    assert {post.created_at for post in pages[0].posts} == {NOW}


def test_bad_entries_are_reported_by_place(site: Site) -> None:
    site.body = rss(
        item(1), "<guid>urn:x</guid><title> </title>", item(2).replace("2015", "2035"), item(3).replace("2015", "1985")
    )
    (page,) = read(site)
    assert ids([page]) == ["urn:example:1"]
    assert [(row.line, row.code) for row in page.bad_rows] == [
        (2, "empty_text"), (3, "time_out_of_range"), (4, "time_out_of_range"),
    ]  # fmt: skip


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes(site: Site) -> None:
    site.body = rss(item(1), item(2)).replace(b"</item><item>", b"</item><item><broken & <b>", 1)
    (page,) = read(site)
    assert "urn:example:1" in ids([page])
    assert [note.code for note in page.notes] == ["malformed_feed"]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, b"", "feed_gone"), (410, b"", "feed_gone"), (500, b"", "feed_unavailable"),
        (403, b"", "feed_unavailable"), (200, b"", "not_a_feed"),
        (200, b"<html><body>Hello</body></html>", "not_a_feed"),
        (200, b'{"a": 1}', "not_a_feed"), (200, b"/etc/hostname", "not_a_feed"), (200, b"\x00\x01\x02", "not_a_feed"),
    ],
)  # fmt: skip
def test_what_is_no_feed(site: Site, status: int, body: bytes, code: str) -> None:
    site.status, site.body = status, body
    with pytest.raises(FeedProblem) as caught:
        read(site)
    assert caught.value.code == code


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_entity_declarations_are_refused_in_any_encoding(site: Site, encoding: str) -> None:
    site.body = rss("<title>&b;&c;</title>", head=BOMB).decode().encode(encoding)
    with pytest.raises(FeedProblem) as caught:
        read(site)
    assert caught.value.code == "entities_refused"


def test_an_encoding_that_hides_markup_is_not_used() -> None:
    hidden = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-ENTITY a "x"+AD4-<rss></rss>'
    assert b"<!ENTITY" in hidden.decode("utf-7").encode()
    assert "<!ENTITY" not in harmless(hidden)


def test_a_plain_doctype_and_a_quoted_one_are_fine(site: Site) -> None:
    quoted = "<guid>urn:q</guid><description><![CDATA[How to write <!ENTITY and <!DOCTYPE]]></description>"
    site.body = rss(quoted, head='<!DOCTYPE rss PUBLIC "-//Example//DTD RSS 0.91//EN" "https://example.com/rss.dtd">')
    assert ids(read(site)) == ["urn:q"]


def test_deep_nesting_and_large_bodies_are_refused(site: Site) -> None:
    site.body = rss("<description>" + "<b>" * 5000 + "</description>")
    with pytest.raises(FeedProblem) as caught:
        read(site)
    assert caught.value.code == "too_deep"
    with pytest.raises(FeedProblem) as caught:
        list(
            FeedConnector(
                site.url, clock=lambda: NOW, fetch=lambda url, **_: Answer(200, {}, b" " * (MAX_BYTES + 1), url)
            ).pages()
        )
    assert caught.value.code == "feed_too_large"


@pytest.mark.parametrize(
    ("encoding", "content_type", "text"),
    [
        ("iso-8859-1", "text/xml", "Brötchen"),
        ("utf-16", "text/xml", "パン"),
        ("cp1251", "text/xml; charset=windows-1251", "Хлеб"),
    ],
)
def test_encodings(site: Site, encoding: str, content_type: str, text: str) -> None:
    declared = f' encoding="{encoding}"' if encoding == "iso-8859-1" else ""
    site.content_type = content_type
    channel = f'<rss version="2.0"><channel><item><title>{text}</title></item></channel></rss>'
    site.body = f'<?xml version="1.0"{declared}?>{channel}'.encode(encoding)
    assert read(site)[0].posts[0].text == text
