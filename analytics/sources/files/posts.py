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
    read_rating,
    read_url,
)

MAX_TEXT = 100_000
MAX_HANDLE = 200
MAX_TITLE = 1_000
_DOTTED_SOURCES = frozenset({"bluesky", "mastodon", "fediverse", "threads"})
_SPLIT = str.maketrans({",": " ", ";": " ", "|": " ", "[": " ", "]": " ", "'": " ", '"': " "})


class PostBuilder:
    """Builds posts from rows. Holds no state that depends on the rows seen: any row may come first."""

    def __init__(self, plan: Plan) -> None:
        places = {column: place for place, column in enumerate(plan.columns)}
        self._at = {field: places[column] for field, column in plan.mapping.columns.items()}
        self._constants = dict(plan.mapping.constants)
        dates = plan.dates
        self._reader = TimeReader(
            now=plan.now, day_first=dates.day_first, year_first=dates.year_first, zone=ZoneInfo(dates.zone)
        )
        self._html = plan.html_text
        self._basis = plan.identity.basis
        self._use_id = plan.identity.usable and "external_id" in self._at
        self._rekeyed = frozenset(plan.identity.rekeyed)
        self._occurrences = dict(zip(plan.identity.duplicates, plan.identity.occurrences, strict=True))
        self._number_all = plan.identity.basis == "numbered_row" and not plan.identity.complete
        self._source = slug(self._constants.get("source", plan.source_default)) or "upload"
        self._slugs: dict[str, str] = {}
        self._text = self._at.get("text", -1)
        self._title = self._at.get("title", -1)
        self._time = self._at.get("created_at", -1)
        self._constant_time: datetime | None = None
        if self._time < 0:
            self._constant_time = self._reader.read(self._constants["created_at"])
        self._author = self._at.get("author", -1)

    def build(self, row: Row) -> tuple[RawPost | None, BadRow | None, RowNote | None]:
        """Return a post, or why there is none, or that the row repeats an earlier one. `row.problem` is empty."""
        line, cells = row.line, row.cells
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
            if "time_of_day" in self._at:
                written = f"{written} {cells[self._at['time_of_day']]}"
            try:
                created_at = self._reader.read(written)
            except UnreadableTime:
                return None, self._bad_time(line, written, cells), None
            except TimeOutOfRange:
                reason = "The time is before 1990 or in the future."
                return None, BadRow(line, "time_out_of_range", reason, "created_at"), None
        if line in self._occurrences and self._basis != "numbered_row":
            return None, None, RowNote(line, "duplicate", "An earlier row of this file is the same post.")
        return self._post(row, raw, text, title.strip(), created_at), None, None

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

    def _cell(self, field: str, cells: Sequence[str]) -> str:
        place = self._at.get(field, -1)
        if place < 0:
            return self._constants.get(field, "")
        cell = cells[place].strip()
        return "" if cell in EMPTY else cell

    def _post(self, row: Row, raw: str, text: str, title: str, created_at: datetime) -> RawPost:
        cells, cell, at = row.cells, self._cell, self._at
        source = self._source_of(cells)
        author = self._author_of(cells)
        kind, repost_of, reply_to, quote_of = self._kind_of(cells, text)
        hashtags = (
            _list(cells[at["hashtags"]], "#")
            if "hashtags" in at and cells[at["hashtags"]].strip()
            else find_hashtags(text)
        )
        mentioned = (
            _list(cells[at["mentions"]], "@")
            if "mentions" in at and cells[at["mentions"]].strip()
            else find_handles(text, dotted=source in _DOTTED_SOURCES)
        )
        external_id = read_id(cell("external_id", cells)) if self._use_id and row.line not in self._rekeyed else ""
        if not external_id:
            handle = author.handle if author else ""
            parts: tuple[str, ...] = (source, handle, created_at.isoformat(), raw.strip())
            if self._basis in ("row", "numbered_row"):
                parts = ("row", source, *cells)
            if self._basis == "numbered_row":
                number = row.line if self._number_all else self._occurrences.get(row.line, 0)
                parts = (*parts, str(number))
            external_id = derive_id(parts)
        has = at.keys()
        views = read_count(cell("views", cells)) if "views" in has else None
        return RawPost(
            source,
            external_id,
            text,
            created_at,
            author,
            read_url(cell("url", cells)) if "url" in has else "",
            title[:MAX_TITLE] if title != text else "",
            read_language(cell("language", cells)),
            kind,
            reply_to,
            repost_of,
            quote_of,
            mentioned,
            hashtags,
            (),
            Metrics(
                (read_count(cell("likes", cells)) or 0) if "likes" in has else 0,
                (read_count(cell("reposts", cells)) or 0) if "reposts" in has else 0,
                (read_count(cell("replies", cells)) or 0) if "replies" in has else 0,
                views,
            ),
            read_country(cell("country", cells)),
            read_rating(cell("rating", cells)) if "rating" in has else None,
        )

    def _source_of(self, cells: Sequence[str]) -> str:
        place = self._at.get("source", -1)
        if place < 0:
            return self._source
        name = cells[place].strip()
        known = self._slugs.get(name)
        if known is None:
            known = (slug(name) if name not in EMPTY else "") or self._source
            if len(self._slugs) < 1_000:
                self._slugs[name] = known
        return known

    def _author_of(self, cells: Sequence[str]) -> RawAuthor | None:
        cell = self._cell
        handle = cell("author", cells).removeprefix("@")[:MAX_HANDLE]
        if not handle:
            return None
        followers = read_count(cell("author_followers", cells)) if "author_followers" in self._at else None
        return RawAuthor(
            handle,
            cell("author_name", cells)[:MAX_HANDLE],
            read_url(cell("author_url", cells)),
            followers,
            read_flag(cell("author_verified", cells)),
        )

    def _kind_of(self, cells: Sequence[str], text: str) -> tuple[PostKind, str, str, str]:
        """Kind, repost_of, reply_to, quote_of: a kind column decides, else the references, else "RT @…"."""
        repost_of = read_id(self._cell("repost_of", cells)) if "repost_of" in self._at else ""
        reply_to = read_id(self._cell("reply_to", cells)) if "reply_to" in self._at else ""
        quote_of = read_id(self._cell("quote_of", cells)) if "quote_of" in self._at else ""
        kind = read_kind(self._cell("kind", cells)) if "kind" in self._at or "kind" in self._constants else None
        if kind is None:
            if repost_of or reposted_handle(text):
                kind = "repost"
            elif quote_of:
                kind = "quote"
            elif reply_to:
                kind = "reply"
            else:
                kind = "review" if "rating" in self._at else "post"
        return kind, repost_of, reply_to, quote_of


def _list(cell: str, mark: str) -> tuple[str, ...]:
    """Words of a list cell without their mark, each once."""
    words = (word.strip(mark + "＃＠.") for word in cell.translate(_SPLIT).split())
    unique = dict.fromkeys(word for word in words if word and len(word) <= MAX_HANDLE and word not in EMPTY)
    return tuple(unique)[:50]
