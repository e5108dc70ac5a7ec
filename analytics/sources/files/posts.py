"""One row -> one post, under a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.sources.contracts import BadRow, Metrics, PostKind, RawAuthor, RawPost, RowNote
from analytics.sources.extraction import (
    find_handles,
    find_hashtags,
    reposted_handle,
    slug,
    strip_markup,
    unescape_basic,
)
from analytics.sources.files.dates import TimeOutOfRange, TimeReader, UnreadableTime
from analytics.sources.files.identity import derive_id
from analytics.sources.files.plan import Plan
from analytics.sources.files.rows import Row
from analytics.sources.files.values import (
    EMPTY,
    read_count,
    read_country,
    read_flag,
    read_id,
    read_kind,
    read_language,
    read_place,
    read_rating,
    read_url,
)

MAX_TEXT = 100_000
MAX_HANDLE = 200
MAX_TITLE = 1_000
_NUMBERS = ("likes", "reposts", "replies", "views", "author_followers", "rating")
_DOTTED_SOURCES = frozenset({"bluesky", "mastodon", "fediverse", "threads"})
_SPLIT = str.maketrans({",": " ", ";": " ", "|": " ", "[": " ", "]": " ", "'": " ", '"': " "})


class PostBuilder:
    """Builds posts from rows. Holds no state that depends on the rows seen: any row may come first."""

    def __init__(self, plan: Plan) -> None:
        places = {column: place for place, column in enumerate(plan.columns)}
        at = {field: places[column] for field, column in plan.mapping.columns.items()}
        # Constants stand behind the cells of every row, so that each field has a place.
        constants = {k: v for k, v in plan.mapping.constants.items() if k not in ("source", "created_at")}
        at.update({field: len(places) + number for number, field in enumerate(constants)})
        self._extra = list(constants.values())
        dates = plan.dates
        self._reader = TimeReader(
            now=plan.now, day_first=dates.day_first, year_first=dates.year_first, zone=ZoneInfo(dates.zone)
        )
        self._html = plan.html_text
        self._fallback = plan.identity.fallback
        self._rekeyed = frozenset(plan.identity.rekeyed)
        self._occurrences = dict(zip(plan.identity.duplicates, plan.identity.occurrences, strict=True))
        self._number_all = self._fallback == "numbered_row" and not plan.identity.complete
        self._source = slug(plan.mapping.constants.get("source", plan.source_default)) or "upload"
        self._slugs: dict[str, str] = {}
        self._constant_time: datetime | None = None
        if "created_at" not in at:
            self._constant_time = self._reader.read(plan.mapping.constants["created_at"])

        def place(field: str) -> int:
            return at.get(field, -1)

        self._text, self._title, self._time, self._clock = map(place, ("text", "title", "created_at", "time_of_day"))
        self._id = place("external_id") if plan.identity.usable else -1
        self._source_at, self._author = place("source"), place("author")
        self._author_details = tuple(map(place, ("author_name", "author_url", "author_followers", "author_verified")))
        self._kinds = tuple(map(place, ("kind", "repost_of", "reply_to", "quote_of")))
        self._likes, self._reposts, self._replies, self._views = map(place, ("likes", "reposts", "replies", "views"))
        self._url, self._language = map(place, ("url", "language"))
        self._country, self._region, self._city = map(place, ("country", "region", "city"))
        self._rating, self._hashtags, self._mentions = map(place, ("rating", "hashtags", "mentions"))
        self._numbers = tuple((field, at[field]) for field in _NUMBERS if field in at)

    def build(self, row: Row) -> tuple[RawPost | None, BadRow | None, RowNote | None]:
        """Return a post, or why there is none, or that the row repeats an earlier one. With a post there may be a note
        on what of its row could not be read. `row.problem` is empty."""
        line, cells = row.line, [*row.cells, *self._extra] if self._extra else row.cells
        text = cells[self._text] if self._text >= 0 else ""
        title = cells[self._title] if self._title >= 0 else ""
        raw = text or title
        if self._html:
            text, title = strip_markup(text), strip_markup(title)
        elif "&" in text:
            text = unescape_basic(text)
        text = text.strip() or title.strip()
        if not text:
            return None, BadRow(line, "empty_text", "The row has no text.", "text"), None
        if len(text) > MAX_TEXT:
            return (
                None,
                BadRow(line, "text_too_long", f"The text is longer than {MAX_TEXT:,} characters.", "text"),
                None,
            )
        created_at = self._constant_time
        if created_at is None:
            written = cells[self._time]
            if self._clock >= 0:
                written = f"{written} {cells[self._clock]}"
            try:
                created_at = self._reader.read(written)
            except UnreadableTime:
                return None, self._bad_time(line, written, cells), None
            except TimeOutOfRange:
                reason = "The time is before 1990 or in the future."
                return None, BadRow(line, "time_out_of_range", reason, "created_at"), None
        own_id = read_id(_value(cells, self._id)) if self._id >= 0 and line not in self._rekeyed else ""
        if line in self._occurrences and (own_id or self._fallback != "numbered_row"):
            return None, None, RowNote(line, "duplicate", "An earlier row of this file is the same post.")
        source = self._source if self._source_at < 0 else self._source_of(cells)
        author = self._author_of(cells) if self._author >= 0 else None
        external_id = own_id or self._derive(row, source, author, created_at, raw.strip())
        post = self._post(cells, text, title.strip(), created_at, source, author, external_id)
        return post, None, self._unread(line, cells)

    def _unread(self, line: int, cells: Sequence[str]) -> RowNote | None:
        """What to say of numbers that are none, or that nobody would believe."""
        unread = []
        for field, place in self._numbers:
            cell = cells[place]
            # Nearly all are short runs of digits: a quick way past them.
            if cell and not (cell.isdecimal() and len(cell) <= (2 if field == "rating" else 12)):
                value = _value(cells, place)
                if value and (read_rating if field == "rating" else read_count)(value) is None:
                    unread.append(field)
        if not unread:
            return None
        reason = f"No number that can be believed stands in {', '.join(unread)}; the rest of the row is in."
        return RowNote(line, "unreadable_number", reason, unread[0])

    def _bad_time(self, line: int, written: str, cells: Sequence[str]) -> BadRow:
        if not written.strip():
            code, reason = "missing_time", "The row has no time."
        else:
            code, reason = "unreadable_time", "The time of the row cannot be read."
        for place, cell in enumerate(cells):
            if (
                place != self._time
                and 8 <= len(cell) <= 40
                and any(map(str.isdigit, cell))
                and self._is_full_time(cell)
            ):
                reason = "The row's columns have slipped: its time stands in another column."
                return BadRow(line, "slipped_columns", reason, "created_at")
        return BadRow(line, code, reason, "created_at")

    def _is_full_time(self, cell: str) -> bool:
        if ":" not in cell:
            return False
        try:
            self._reader.read(cell)
        except (UnreadableTime, TimeOutOfRange):
            return False
        return True

    def _derive(self, row: Row, source: str, author: RawAuthor | None, created_at: datetime, raw: str) -> str:
        if self._fallback == "content":
            return derive_id((source, author.handle if author else "", created_at.isoformat(), raw))
        parts = ("row", source, *row.cells)
        if self._fallback == "numbered_row":
            number = row.line if self._number_all else self._occurrences.get(row.line, 0)
            parts = (*parts, str(number))
        return derive_id(parts)

    def _post(
        self,
        cells: Sequence[str],
        text: str,
        title: str,
        created_at: datetime,
        source: str,
        author: RawAuthor | None,
        external_id: str,
    ) -> RawPost:
        kind, repost_of, reply_to, quote_of = self._kind_of(cells, text)
        hashtags = _list(cells[self._hashtags], "#") if self._hashtags >= 0 else ()
        mentioned = _list(cells[self._mentions], "@") if self._mentions >= 0 else ()
        return RawPost(
            source,
            external_id,
            text,
            created_at,
            author,
            read_url(_value(cells, self._url)) if self._url >= 0 else "",
            title[:MAX_TITLE] if title and title != text else "",
            read_language(_value(cells, self._language)) if self._language >= 0 else "",
            kind,
            reply_to,
            repost_of,
            quote_of,
            mentioned or find_handles(text, dotted=source in _DOTTED_SOURCES),
            hashtags or find_hashtags(text),
            (),
            Metrics(
                _count(cells, self._likes) or 0,
                _count(cells, self._reposts) or 0,
                _count(cells, self._replies) or 0,
                _count(cells, self._views),
            ),
            read_country(_value(cells, self._country)) if self._country >= 0 else "",
            read_rating(_value(cells, self._rating)) if self._rating >= 0 else None,
            read_place(_value(cells, self._region)) if self._region >= 0 else "",
            read_place(_value(cells, self._city)) if self._city >= 0 else "",
        )

    def _source_of(self, cells: Sequence[str]) -> str:
        name = cells[self._source_at].strip()
        known = self._slugs.get(name)
        if known is None:
            known = (slug(name) if name not in EMPTY else "") or self._source
            if len(self._slugs) < 1_000:
                self._slugs[name] = known
        return known

    def _author_of(self, cells: Sequence[str]) -> RawAuthor | None:
        handle = _value(cells, self._author).removeprefix("@")[:MAX_HANDLE]
        if not handle:
            return None
        name, url, followers, verified = self._author_details
        return RawAuthor(
            handle,
            _value(cells, name)[:MAX_HANDLE] if name >= 0 else "",
            read_url(_value(cells, url)) if url >= 0 else "",
            _count(cells, followers),
            read_flag(_value(cells, verified)) if verified >= 0 else False,
        )

    def _kind_of(self, cells: Sequence[str], text: str) -> tuple[PostKind, str, str, str]:
        """Kind, repost_of, reply_to, quote_of: a kind column decides, else the references, else "RT @…"."""
        named, repost, reply, quote = self._kinds
        repost_of = read_id(_value(cells, repost)) if repost >= 0 else ""
        reply_to = read_id(_value(cells, reply)) if reply >= 0 else ""
        quote_of = read_id(_value(cells, quote)) if quote >= 0 else ""
        kind = read_kind(_value(cells, named)) if named >= 0 else None
        if kind is None:
            if repost_of or (text[:2] == "RT" and reposted_handle(text)):
                kind = "repost"
            elif quote_of:
                kind = "quote"
            elif reply_to:
                kind = "reply"
            else:
                kind = "review" if self._rating >= 0 and _value(cells, self._rating) else "post"
        return kind, repost_of, reply_to, quote_of


def _value(cells: Sequence[str], place: int) -> str:
    cell = cells[place].strip()
    return "" if cell in EMPTY else cell


def _count(cells: Sequence[str], place: int) -> int | None:
    return read_count(_value(cells, place)) if place >= 0 else None


def _list(cell: str, mark: str) -> tuple[str, ...]:
    """Words of a list cell without their mark, each once."""
    words = (word.strip(mark + "＃＠.") for word in cell.translate(_SPLIT).split())
    unique = dict.fromkeys(word for word in words if word and len(word) <= MAX_HANDLE and word not in EMPTY)
    return tuple(unique)[:50]
