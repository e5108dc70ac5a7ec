"""Which column is which? Names propose, values confirm or refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.sources.files.columns import FIELDS, NAME_SCORES, normalise_name
from analytics.sources.files.dates import TimeOutOfRange, TimeReader, UnreadableTime
from analytics.sources.files.values import EMPTY, read_count, read_rating

SAMPLE_ROWS = 500
_PROBED = 60


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """`field` is read from `column` with `confidence` 0 to 1, because of `why`."""

    field: str
    column: str
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class _Look:
    """What the values of a column look like, as shares of the non-empty ones (0 to 1). `filled` is the share of
    non-empty ones, -1 without any row."""

    filled: float
    length: float
    blanks: float
    dates: float
    counts: float
    ratings: float
    urls: float
    words: float
    distinct: float


def _look(cells: Sequence[str], reader: TimeReader) -> _Look:
    values = [cell.strip() for cell in cells if cell.strip() not in EMPTY]
    probed = values[:: max(1, len(values) // _PROBED)][:_PROBED]
    total, few = max(1, len(values)), max(1, len(probed))
    return _Look(
        filled=len(values) / len(cells) if cells else -1.0,
        length=sum(map(len, values)) / total,
        blanks=sum(" " in value for value in values) / total,
        dates=sum(_is_date(value, reader) for value in probed) / few,
        counts=sum(read_count(value) is not None for value in probed) / few,
        ratings=sum(read_rating(value) is not None for value in probed) / few,
        urls=sum(value[:8].lower().startswith(("http://", "https://")) for value in values) / total,
        words=sum(any(character.isalpha() for character in value) for value in probed) / few,
        distinct=len(set(values)) / total,
    )


def _is_date(value: str, reader: TimeReader) -> bool:
    try:
        reader.read(value)
    except (UnreadableTime, TimeOutOfRange):
        return False
    return True


def _fits(field: str, look: _Look) -> float:
    """How well values suit a field, 0 (refused) to 1. An empty column is refused for required fields only."""
    if look.filled < 0:
        return 0.3  # not a single row to judge by
    if look.filled == 0:
        return 0.0 if field in ("text", "created_at") else 0.3
    if field == "text":
        return min(1.0, look.words) * (0.4 + 0.6 * min(1.0, look.length / 20)) * (1 - look.urls)
    if field == "created_at":
        return look.dates
    if field == "time_of_day":
        return float(look.dates < 0.2 and look.counts < 0.5)
    if field in ("likes", "reposts", "replies", "views", "author_followers"):
        return look.counts
    if field == "rating":
        return look.ratings * float(look.length < 15)
    if field in ("url", "author_url"):
        return look.urls
    if field in ("region", "city"):
        return float(look.length <= 60 and look.urls < 0.1 and look.dates < 0.2 and look.counts < 0.2) * look.words
    if field in ("language", "country", "kind", "source", "author_verified"):
        return float(look.length <= 30 and look.urls < 0.5) * (0.3 if look.distinct > 0.9 and look.filled > 0.5 else 1)
    if field in ("author", "author_name"):
        return float(look.length <= 60 and look.dates < 0.5)
    if field == "external_id":
        return float(look.length <= 200 and look.blanks < 0.2)
    return 1.0


def guess_mapping(columns: Sequence[str], rows: Sequence[Sequence[str]], *, now: datetime) -> dict[str, ColumnGuess]:
    """Guess which column holds which field of a post.

    `rows` is a sample of cells in the order of `columns`. A known name (export tools, about twenty languages)
    proposes a field, and the values must fit; without a named column the text is the column with the longest
    prose, the time the one whose values are dates. Each column serves at most one field. Fields that are not
    found are absent from the answer.
    """
    readers = TimeReader(now=now, day_first=True), TimeReader(now=now, day_first=False)
    looks: list[_Look] = []
    for position in range(len(columns)):
        cells = [row[position] if position < len(row) else "" for row in rows]
        looks.append(max((_look(cells, reader) for reader in readers), key=lambda look: look.dates))
    few_rows = len(rows) < 5
    proposals: list[tuple[float, int, int, str, str]] = []
    for position, column in enumerate(columns):
        for field, score in NAME_SCORES.get(normalise_name(column), {}).items():
            fit = _fits(field, looks[position])
            if fit >= 0.25 or (few_rows and fit > 0):
                why = "its name and its values" if fit > 0.5 else "its name"
                proposals.append((score * (0.5 + 0.5 * fit), -position, FIELDS.index(field), column, why))
    for position, look in enumerate(looks):
        prose = look.words * look.blanks * min(1.0, look.length / 60) * look.distinct * (1 - look.urls)
        if prose > 0.15 and look.dates < 0.5:
            proposals.append((0.3 * prose, -position, FIELDS.index("text"), columns[position], "its values are prose"))
        if look.dates > 0.8 and look.counts < 0.5:
            why = "its values are dates"
            proposals.append((0.3 * look.dates, -position, FIELDS.index("created_at"), columns[position], why))
    chosen: dict[str, ColumnGuess] = {}
    taken: set[str] = set()
    for score, _, index, column, why in sorted(proposals, key=lambda p: (-p[0], -p[1], p[2])):
        field = FIELDS[index]
        if field not in chosen and column not in taken:
            chosen[field] = ColumnGuess(field, column, round(score, 2), f"chosen for {why}")
            taken.add(column)
    if "author" not in chosen and "author_name" in chosen:
        name = chosen.pop("author_name")
        chosen["author"] = ColumnGuess("author", name.column, name.confidence, name.why)
    if "time_of_day" in chosen and "created_at" not in chosen:
        del chosen["time_of_day"]
    return {field: chosen[field] for field in FIELDS if field in chosen}
