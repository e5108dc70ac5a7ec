"""RSS and Atom feeds -> posts, politely (conditional GET) and without trusting the document."""

from __future__ import annotations

import calendar
import codecs
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urljoin

import feedparser

from analytics.sources.contracts import BadRow, Media, Page, RawAuthor, RawPost, RowNote
from analytics.sources.extraction import find_handles, find_hashtags, slug, strip_markup
from analytics.sources.files.dates import EARLIEST, LATEST_AHEAD, TimeOutOfRange, TimeReader, UnreadableTime
from analytics.sources.files.identity import derive_id
from analytics.sources.files.values import read_language, read_url
from analytics.sources.problems import FeedProblem

MAX_BYTES = 4 * 1_048_576
MAX_ENTRIES = 1_000
MAX_SEEN = 2_000
MAX_TEXT = 100_000
MAX_DEPTH = 100

_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[\]]{0,1000}>", re.IGNORECASE)
_SUBSET = re.compile(r"<!(?:ENTITY|DOCTYPE|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_ELEMENT = re.compile(r"</?(?!(?:br|img|hr|wbr|input|meta|source|p|li)\b)[A-Za-z_][^<>]*>?")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_GLOBAL_ID = re.compile(r"(?:https?://|tag:|urn:)", re.IGNORECASE)
# Encodings that cannot hide markup from the check for entity declarations (UTF-7 and EBCDIC could).
_ENCODINGS = re.compile(r"utf-?8|utf-?16(-[lb]e)?|iso8859-\d+|latin-?1|ascii|cp125\d|koi8-[ru]|gb18030|gbk|gb2312|big5|"
                        r"shift_jis|cp932|euc_jp|euc_kr|cp949")  # fmt: skip


class Response(Protocol):
    """What a fetch answers: status, headers by lower-case name, the body decompressed, and the final address."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> bytes: ...

    @property
    def url(self) -> str: ...


class Fetch(Protocol):
    """`kernel.http.fetch`, or anything that behaves like it."""

    def __call__(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> Response: ...


class FeedConnector:
    """Reads one RSS or Atom feed.

    Parameters: `url` of the feed. `fetch` gets it (network errors are its own and pass through). `clock` tells
    the time: entries without a time are given it, with a note; entries more than two days later are refused.
    `source` is the slug of the posts' source. `batch_size` is the number of entries per page. `BadRow.line`
    is the entry's place in the feed, from 1.
    """

    def __init__(
        self, url: str, *, fetch: Fetch, clock: Callable[[], datetime], source: str = "rss", batch_size: int = 500
    ) -> None:
        if batch_size < 1:
            raise ValueError("batch_size must be at least 1")
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._source = slug(source) or "rss"
        self._batch_size = batch_size
        self._scope = derive_id((url,))[:12]

    def pages(self, cursor: Mapping[str, object] | None = None) -> Iterator[Page]:
        """Fetch once and yield the entries not seen before.

        The cursor keeps the server's validators and a window of hashes of entries seen. Validators are kept
        with the last page only, so that a run which ends in between is not answered "not modified". Raises
        `FeedProblem`: `feed_gone`, `feed_unavailable`, `not_a_feed`, `feed_too_large`, `entities_refused`,
        `too_deep`.
        """
        state = dict(cursor or {})
        headers = {"accept": _ACCEPT}
        for key, header in (("etag", "if-none-match"), ("modified", "if-modified-since")):
            if isinstance(state.get(key), str) and state[key]:
                headers[header] = str(state[key])
        response = self._fetch(self._url, headers=headers, max_bytes=MAX_BYTES)
        if response.status == 304:
            yield Page((), (), state, True, unchanged=True)
            return
        entries, feed, notes = read_feed(response)
        seen: dict[str, None] = dict.fromkeys(_strings(state.get("seen")))
        fresh: list[tuple[int, str, Any]] = []
        for place, entry in enumerate(entries, 1):
            external_id = self._identify(entry)
            mark = derive_id((external_id,))[:16]
            if mark not in seen:
                seen[mark] = None
                fresh.append((place, external_id, entry))
            else:  # still in the feed: it must not fall out of the window
                del seen[mark]
                seen[mark] = None
        reader = TimeReader(now=self._clock())
        validators = {
            "etag": response.headers.get("etag", "")[:1000],
            "modified": response.headers.get("last-modified", "")[:100],
        }
        pending = {derive_id((external_id,))[:16] for _, external_id, _ in fresh}
        for start in range(0, max(1, len(fresh)), self._batch_size):
            batch = fresh[start : start + self._batch_size]
            pending -= {derive_id((external_id,))[:16] for _, external_id, _ in batch}
            done = start + self._batch_size >= len(fresh)
            window = [mark for mark in seen if mark not in pending][-MAX_SEEN:]
            kept = validators if done else {key: state.get(key, "") for key in validators}
            yield self._page(batch, feed, response.url, reader, {**kept, "seen": window}, done, notes if done else [])

    def _identify(self, entry: Any) -> str:
        """The entry's id where it is unique in the world, else scoped by the feed; a hash where there is none."""
        own = _text(entry, "id").strip() or _text(entry, "link").strip()
        if not own:
            return f"{self._scope}:" + derive_id((_text(entry, "title"), _text(entry, "published"), _body(entry)))
        if len(own) > 200:
            return f"{self._scope}:" + derive_id((own,))
        return own if _GLOBAL_ID.match(own) else f"{self._scope}:{own}"

    def _page(
        self,
        batch: Sequence[tuple[int, str, Any]],
        feed: Any,
        base: str,
        reader: TimeReader,
        cursor: Mapping[str, object],
        done: bool,
        notes: Sequence[RowNote],
    ) -> Page:
        posts: list[RawPost] = []
        bad_rows: list[BadRow] = []
        said = list(notes)
        language = read_language(_text(feed, "language"))
        for place, external_id, entry in batch:
            title = strip_markup(_text(entry, "title"))
            text = strip_markup(_body(entry)) or title
            if not text:
                bad_rows.append(BadRow(place, "empty_text", "The entry has no text.", "text"))
                continue
            if len(text) > MAX_TEXT:
                reason = f"The text is longer than {MAX_TEXT:,} characters."
                bad_rows.append(BadRow(place, "text_too_long", reason, "text"))
                continue
            try:
                created_at = _time_of(entry, reader, self._clock())
            except TimeOutOfRange:
                reason = "The time is before 1990 or in the future."
                bad_rows.append(BadRow(place, "time_out_of_range", reason, "created_at"))
                continue
            if created_at is None:
                created_at = self._clock().astimezone(UTC)
                reason = "The entry has no time that can be read; the time of fetching is taken."
                said.append(RowNote(place, "time_assumed", reason, "created_at"))
            posts.append(
                RawPost(
                    source=self._source,
                    external_id=external_id,
                    text=text,
                    created_at=created_at,
                    author=_author_of(entry),
                    url=read_url(urljoin(base, _text(entry, "link").strip())),
                    title=title[:1_000] if title != text else "",
                    language=_language_of(entry) or language,
                    mentioned=find_handles(text),
                    hashtags=find_hashtags(text),
                    media=_media_of(entry, base),
                )
            )
        return Page(tuple(posts), tuple(bad_rows), cursor, done, tuple(said))


def read_feed(response: Response) -> tuple[list[Any], Any, list[RowNote]]:
    """Entries (at most 1,000), the feed's own data and notes. Raises `FeedProblem` as `FeedConnector.pages` does."""
    if response.status in (404, 410):
        raise FeedProblem("feed_gone", f"The feed's address answers {response.status}: there is no feed any more.")
    if response.status != 200:
        raise FeedProblem("feed_unavailable", f"The feed's address answers {response.status}.")
    if len(response.body) > MAX_BYTES:
        raise FeedProblem("feed_too_large", f"The feed is larger than {MAX_BYTES:,} bytes.")
    document = harmless(response.body, response.headers.get("content-type", ""))
    parsed = feedparser.parse(
        # A stream: given bytes, feedparser would first try to open a file of that name.
        io.BytesIO(document.encode("utf-8")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": response.url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    entries = list(parsed.entries)
    if not entries and not parsed.get("version"):
        raise FeedProblem("not_a_feed", "The address answers with something that is no RSS or Atom feed.")
    notes = []
    if parsed.get("bozo"):
        notes.append(RowNote(1, "malformed_feed", "The feed is not well-formed XML; what could be read is in."))
    if len(entries) > MAX_ENTRIES:
        notes.append(RowNote(MAX_ENTRIES + 1, "too_many_entries", f"Only the first {MAX_ENTRIES:,} entries are read."))
    return entries[:MAX_ENTRIES], parsed.feed, notes


def harmless(body: bytes, content_type: str = "") -> str:
    """Decode a feed and take its document type out, so that no parser meets an entity declaration.

    Raises `FeedProblem` `entities_refused` for a document that declares entities (they can grow without bound, or
    name local files) and `too_deep` for elements nested deeper than 100 (parsers are quadratic in the depth).
    """
    document = _decode(body, content_type)
    document = _DECLARATION.sub("", document, count=1) if document.lstrip().startswith("<?xml") else document
    document = _DOCTYPE.sub("", document, count=1)
    # Only markup counts: a post about XML may well quote a DOCTYPE inside CDATA or a comment.
    markup = _CDATA.sub("", document)
    if _SUBSET.search(markup):
        raise FeedProblem("entities_refused", "The feed declares entities of its own, which is not safe to read.")
    depth = 0
    for element in _ELEMENT.findall(markup):
        depth += -1 if element[1] == "/" else (0 if element.endswith("/>") else 1)
        if depth > MAX_DEPTH:
            raise FeedProblem("too_deep", f"The feed nests elements more than {MAX_DEPTH} deep.")
    return document


def _decode(body: bytes, content_type: str) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace").replace("\0", "")
    if body[:4] in (b"<\0?\0", b"\0<\0?"):
        return body.decode("utf-16-le" if body[0] else "utf-16-be", "replace").replace("\0", "")
    declared = _DECLARED.match(body.lstrip()[:200])
    header = _CHARSET.search(content_type)
    names = [declared.group(1).decode("ascii") if declared else "", header.group(1) if header else "", "utf-8"]
    for name in names:
        try:
            known = codecs.lookup(name).name if name else ""
            if known and _ENCODINGS.fullmatch(known):
                return body.decode(known).replace("\0", "")
        except (LookupError, UnicodeError):
            continue
    return body.decode("cp1252", "replace").replace("\0", "")


def _text(entry: Any, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _body(entry: Any) -> str:
    """The fullest of an entry's contents, else its summary."""
    contents = [_text(content, "value") for content in entry.get("content") or []]
    return max(contents, key=len, default="") or _text(entry, "summary")


def _language_of(entry: Any) -> str:
    return next(
        (read_language(_text(item, "language")) for item in entry.get("content") or [] if item.get("language")), ""
    )


def _time_of(entry: Any, reader: TimeReader, now: datetime) -> datetime | None:
    """Published, else updated, in UTC; None where neither can be read. Raises `TimeOutOfRange`."""
    for key in ("published", "updated", "created"):
        parsed = entry.get(f"{key}_parsed")
        if parsed:
            try:
                moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                continue
            if not EARLIEST <= moment <= now.astimezone(UTC) + LATEST_AHEAD:
                raise TimeOutOfRange("the time is before 1990 or in the future")
            return moment
        written = _text(entry, key)
        if written:
            try:
                return reader.read(written)
            except UnreadableTime:
                continue
    return None


def _author_of(entry: Any) -> RawAuthor | None:
    detail = entry.get("author_detail") or {}
    name = strip_markup(_text(detail, "name") or _text(entry, "author"))[:200]
    handle = name or _text(detail, "email")[:200]
    return RawAuthor(handle, name, read_url(_text(detail, "href"))) if handle else None


def _media_of(entry: Any, base: str) -> tuple[Media, ...]:
    """Enclosures and Media RSS contents, each address once, at most 20."""
    found: dict[str, Media] = {}
    for item in [*(entry.get("enclosures") or []), *(entry.get("media_content") or [])]:
        address = read_url(urljoin(base, _text(item, "href") or _text(item, "url")))
        family = (_text(item, "type").split("/")[0] or _text(item, "medium")).lower()
        if address:
            found.setdefault(address, Media(family if family in ("image", "video", "audio") else "link", address))
    return tuple(found.values())[:20]
