"""Uploaded files: one pass to understand the file, a second, resumable one to read its posts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal
from zoneinfo import ZoneInfo

from analytics.sources.contracts import BadRow, Page, RawPost, RowNote
from analytics.sources.files.datecolumn import DateColumn, DateDecision
from analytics.sources.files.dates import TimeOutOfRange, TimeReader, UnreadableTime
from analytics.sources.files.dialect import Dialect, name_columns, parse, sniff_dialect
from analytics.sources.files.encoding import Encoding, detect_encoding
from analytics.sources.files.guessing import SAMPLE_ROWS, guess_mapping
from analytics.sources.files.identity import Basis, IdentityColumn, IdentityDecision
from analytics.sources.files.lines import LineReader, LineTooLong
from analytics.sources.files.mapping import ColumnMapping, decide_mapping
from analytics.sources.files.plan import VERSION, Plan, PlanNote
from analytics.sources.files.posts import PostBuilder
from analytics.sources.files.rows import MAX_NAMES, MAX_ROW_BYTES, REASONS, DelimitedRows, JsonRows, Row, RowReader
from analytics.sources.problems import FileProblem

_SAMPLE_BYTES = 262_144
MAX_COLUMNS = 2_000
# A shorter file of which nothing can be read still gets its list of rows and reasons.
MAX_LISTED_ROWS = 10_000


class FileConnector:
    """Reads a CSV, TSV, semicolon, pipe or JSON Lines file.

    Parameters: `path` of the file. `now`, aware: times more than two days later are refused. `mapping` gives
    per field of a post a column's name, None or {"value": constant} and overrides what is guessed.
    `source_default` names the source of posts where no column does. `day_first` settles the order of day and
    month; None leaves it to the column. `default_zone` is the IANA zone of times without one. `batch_size`
    is the number of rows per page. `encoding` overrides what is detected. `plan` is the plan of an earlier
    `prepare` of the same file: with it nothing is decided again and the parameters before it are not used.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        now: datetime,
        mapping: Mapping[str, object] | None = None,
        source_default: str = "upload",
        day_first: bool | None = None,
        default_zone: str = "UTC",
        encoding: str | None = None,
        batch_size: int = 500,
        plan: Plan | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError("batch_size must be at least 1")
        try:
            ZoneInfo(default_zone)
        except (KeyError, ValueError, OSError):
            raise FileProblem("unknown_zone", "The time zone is not known.", field="default_zone") from None
        self._path = Path(path)
        self._now = now
        self._override = mapping
        self._source_default = source_default
        self._day_first = day_first
        self._zone = default_zone
        self._encoding = encoding
        self._batch_size = batch_size
        self._plan = plan

    def prepare(self) -> Plan:
        """Read the whole file once and decide how to read it; later calls return the same plan.

        Raises `FileProblem`: `empty_file`, `not_text`, `json_array`, `not_json_lines`,
        `missing_header`, `header_too_long`, `too_many_columns`, `missing_column`, `unknown_field`,
        `unknown_column`, `invalid_mapping`, `unknown_encoding`, `unreadable_constant`, `no_readable_row`.
        """
        if self._plan is None:
            with self._path.open("rb") as stream:
                self._plan = self._decide(stream)
        return self._plan

    def _decide(self, stream: BinaryIO) -> Plan:
        encoding = detect_encoding(stream, override=self._encoding)
        lines = _sample_lines(stream, encoding)
        first = next((line.strip() for line in lines if line.strip()), "")
        if first.startswith("[") and (first == "[" or first[1:].lstrip().startswith(("{", "["))):
            raise FileProblem("json_array", "The file is one JSON array; write one object per line instead.")
        form: Literal["delimited", "jsonl"] = "jsonl" if first.startswith("{") else "delimited"
        dialect = Dialect(",", '"', "", 0)
        start = (encoding.bom, 0)
        if form == "jsonl":
            collected = JsonRows(stream, encoding=encoding, offset=encoding.bom, line=0)
            for _ in itertools.islice(collected, SAMPLE_ROWS * 2):
                pass
            columns = tuple(collected.columns)
            if not columns:
                raise FileProblem("not_json_lines", "No line of the file is a JSON object; write one on each line.")
        else:
            dialect = sniff_dialect(lines)
            start, columns = _read_header(stream, encoding, dialect, lines)
            if any(_is_time(column, self._now) for column in columns):
                raise FileProblem("missing_header", "The first line holds a post; it must name the columns.")
        sample_reader = open_rows(stream, form, encoding, dialect, columns, *start)
        sample = [row.cells for row in itertools.islice(sample_reader, SAMPLE_ROWS) if not row.problem]
        mapping = decide_mapping(columns, guess_mapping(columns, sample, now=self._now), self._override)
        return self._gather(stream, form, encoding, dialect, columns, start, mapping, sample)

    def _gather(
        self,
        stream: BinaryIO,
        form: Literal["delimited", "jsonl"],
        encoding: Encoding,
        dialect: Dialect,
        columns: tuple[str, ...],
        start: tuple[int, int],
        mapping: ColumnMapping,
        sample: list[list[str]],
    ) -> Plan:
        """The pass over the whole file: evidence on dates and ids."""
        at = {field: columns.index(column) for field, column in mapping.columns.items()}
        time, clock = at.get("created_at", -1), at.get("time_of_day", -1)
        identifier = at.get("external_id", -1)
        content = [
            at[field] for field in ("source", "author", "created_at", "time_of_day", "text", "title") if field in at
        ]
        dates, identity = DateColumn(now=self._now), IdentityColumn()
        rows = timed = 0
        problems: Counter[str] = Counter()
        reader = open_rows(stream, form, encoding, dialect, columns, *start)
        for row in reader:
            rows += 1
            if row.problem:
                problems[row.problem] += 1
                continue
            cells = row.cells
            if time >= 0:
                written = cells[time] if clock < 0 else f"{cells[time]} {cells[clock]}"
                dates.add(written.strip())
                timed += ":" in written or written.isdigit()
            identity.add(
                row.line,
                cells[identifier].strip() if identifier >= 0 else "",
                tuple([cells[place] for place in content]),
                tuple(cells),
            )
        if rows == problems.total() > MAX_LISTED_ROWS:
            reason = REASONS[problems.most_common(1)[0][0]]
            raise FileProblem("no_readable_row", f"None of the {rows:,} rows can be read. {reason}")
        has_author = "author" in at
        fallback: Basis = "content" if has_author and timed * 2 > rows else "row"
        if not has_author and time < 0:
            fallback = "numbered_row"
        decision = dates.decide(day_first=self._day_first, zone=self._zone)
        identities = identity.decide(has_column=identifier >= 0, fallback=fallback)
        if "created_at" in mapping.constants:
            times = TimeReader(now=self._now, day_first=decision.day_first, zone=ZoneInfo(self._zone))
            try:
                times.read(mapping.constants["created_at"])
            except ValueError:
                raise FileProblem(
                    "unreadable_constant", "The constant time cannot be read.", field="created_at"
                ) from None
        text = at.get("text", at.get("title", 0))
        return Plan(
            version=VERSION, form=form, size=self._path.stat().st_size, rows=rows, encoding=encoding,
            dialect=dialect, columns=columns, start_offset=start[0], start_line=start[1], mapping=mapping,
            dates=decision, identity=identities, source_default=self._source_default,
            html_text=_is_html([cells[text] for cells in sample]), now=self._now,
            notes=tuple(_notes(encoding, decision, identities, identifier >= 0, len(reader.ignored))),
        )  # fmt: skip

    def pages(self, cursor: Mapping[str, object] | None = None) -> Iterator[Page]:
        """Yield pages of at most `batch_size` rows, from the start or from behind the page whose cursor is given.

        The pages after a cursor are those that an uninterrupted run would have yielded. Raises what `prepare`
        raises, `file_changed` when the file's size is not the plan's, `invalid_cursor` for a cursor that is
        none of this file's.
        """
        plan = self.prepare()
        offset, line = _place(plan, cursor)
        if self._path.stat().st_size != plan.size:
            raise FileProblem("file_changed", "The file has changed since the import was planned.")
        builder = PostBuilder(plan)
        with self._path.open("rb") as stream:
            rows = open_rows(stream, plan.form, plan.encoding, plan.dialect, plan.columns, offset, line)
            iterator = iter(rows)
            while True:
                page = self._page(iterator, rows, builder, plan.size)
                yield page
                if page.done:
                    return

    def _page(self, iterator: Iterator[Row], rows: RowReader, builder: PostBuilder, size: int) -> Page:
        posts: list[RawPost] = []
        bad_rows: list[BadRow] = []
        notes: list[RowNote] = []
        taken = 0
        for row in itertools.islice(iterator, self._batch_size):
            taken += 1
            if row.problem:
                bad_rows.append(BadRow(row.line, row.problem, REASONS[row.problem]))
                continue
            post, bad, note = builder.build(row)
            if post is not None:
                posts.append(post)
                if row.nul:
                    notes.append(RowNote(row.line, "nul_bytes", "NUL characters were taken out of the row."))
            elif bad is not None:
                bad_rows.append(bad)
            if note is not None:
                notes.append(note)
        done = taken < self._batch_size or rows.offset >= size
        cursor = {"offset": rows.offset, "line": rows.line}
        return Page(tuple(posts), tuple(bad_rows), cursor, done, tuple(notes))


def open_rows(
    stream: BinaryIO,
    form: Literal["delimited", "jsonl"],
    encoding: Encoding,
    dialect: Dialect,
    columns: Sequence[str],
    offset: int,
    line: int,
) -> DelimitedRows | JsonRows:
    """A reader of the rows from byte `offset` on, behind `line` physical lines."""
    if form == "jsonl":
        return JsonRows(stream, encoding=encoding, offset=offset, line=line, columns=columns)
    return DelimitedRows(stream, encoding=encoding, dialect=dialect, width=len(columns), offset=offset, line=line)


def _sample_lines(stream: BinaryIO, encoding: Encoding) -> list[str]:
    reader = LineReader(stream, newline=encoding.newline, max_bytes=MAX_ROW_BYTES, offset=encoding.bom)
    lines: list[str] = []
    while reader.offset < _SAMPLE_BYTES:
        try:
            raw = reader.read()
        except LineTooLong:
            if not lines:
                raise FileProblem(
                    "header_too_long", f"The first line is longer than {MAX_ROW_BYTES:,} bytes."
                ) from None
            break
        if not raw:
            break
        lines.append(raw.decode(encoding.name, "replace").replace("\0", ""))
    return lines


def _read_header(
    stream: BinaryIO, encoding: Encoding, dialect: Dialect, lines: list[str]
) -> tuple[tuple[int, int], tuple[str, ...]]:
    """Column names, and the offset and line behind the header."""
    rows = [row for row in parse(lines, dialect) if row]
    if len(rows) <= dialect.preamble:
        raise FileProblem("missing_header", "The file has no line that names its columns.")
    cells = rows[dialect.preamble]
    if len(cells) > MAX_COLUMNS:
        raise FileProblem("too_many_columns", f"The file has more than {MAX_COLUMNS:,} columns.")
    # Read up to the header once more, by the reader that knows offsets; the width makes no row bad here.
    reader = DelimitedRows(
        stream, encoding=encoding, dialect=replace(dialect, preamble=0), width=0, offset=encoding.bom, line=0
    )
    for _ in range(dialect.preamble + 1):
        reader.skip_row()
    return (reader.offset, reader.line), name_columns(cells)


def _is_time(name: str, now: datetime) -> bool:
    try:
        TimeReader(now=now).read(name)
    except (UnreadableTime, TimeOutOfRange):
        return False
    return True


def _is_html(texts: list[str]) -> bool:
    """Mastodon and some CRMs export HTML: half of the texts, at least, carry block or link tags."""
    filled = [text for text in texts if text.strip()]
    marked = sum(any(tag in text for tag in ("<p>", "<br", "</p>", "</a>", "<div", "<span")) for text in filled)
    return bool(filled) and marked * 2 >= len(filled)


def _notes(
    encoding: Encoding, dates: DateDecision, identity: IdentityDecision, has_id: bool, ignored: int
) -> Iterator[PlanNote]:
    if ignored:
        reason = f"only the first {MAX_NAMES} of the first {SAMPLE_ROWS * 2:,} lines are."
        yield PlanNote("keys_ignored", f"{ignored} keys of the objects are not read: {reason}")
    if encoding.damaged:
        yield PlanNote("undecodable_bytes", f"{encoding.damaged} lines are not valid {encoding.name.upper()}.")
    if dates.ambiguous:
        yield PlanNote("ambiguous_dates", dates.why)
    if dates.without_zone:
        yield PlanNote("no_zone", f"{dates.without_zone} times name no zone; they are read as {dates.zone}.")
    if has_id and (not identity.usable or identity.conflicts):
        yield PlanNote("ids_unusable" if not identity.usable else "id_conflicts", identity.reason)
    if identity.exact_duplicates:
        yield PlanNote("exact_duplicates", f"{identity.exact_duplicates} rows repeat an earlier row in every column.")
    if identity.same_post:
        yield PlanNote("same_post", f"{identity.same_post} rows are the same post as an earlier row.")


def _place(plan: Plan, cursor: Mapping[str, object] | None) -> tuple[int, int]:
    if cursor is None:
        return plan.start_offset, plan.start_line
    offset, line = cursor.get("offset"), cursor.get("line")
    if not isinstance(offset, int) or not isinstance(line, int) or not plan.start_offset <= offset <= plan.size:
        raise FileProblem("invalid_cursor", "The import cannot go on from this place.")
    return offset, line
