"""One written time -> one instant. The order of day and month is decided elsewhere, over a whole column.

A small grammar of our own reads what exports contain (ISO 8601, RFC 2822, spreadsheets, epochs, month names of
23 locales); dateutil, which is slow, is asked only for short values with enough digits for a date that the grammar
does not know, so that a column of rubbish stays cheap.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser

from analytics.sources.files.datewords import DIGITS, FILLERS, HALVES, MONTHS, UNITS, WEEKDAYS, ZONES

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=2)
MAX_LENGTH = 100

_HALF = "|".join(re.escape(word) for word in sorted(HALVES, key=len, reverse=True))
_ZONE = r"(?:\s*(?:(?:utc|gmt|z)\s*)?(?P<offset>[+-]\d{2}:?\d{2}|[+-]\d{1,2}(?![\d./-]))|\s*(?P<zone>z|utc|gmt)\b)?"
_CLOCK = re.compile(
    rf"(?<![\d:])(?:(?P<before>{_HALF})\s*)?"
    r"(?P<hour>\d{1,2})(?::|h(?=\d))(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?![\d])h?:?"
    rf"(?:\s*(?P<half>{_HALF})(?![^\W\d]))?" + _ZONE
)
_HOUR_ONLY = re.compile(r"(?<![\d:./-])(?P<hour>\d{1,2})\s*(?P<half>[ap]\.?m\.?)(?![^\W\d])" + _ZONE)
_DOTTED_CLOCK = re.compile(
    r"(?<=\d{4})[ ,]+(?:kl\.?\s*|klo\s*)?(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?:\.(?P<second>\d{2}))?" + _ZONE + "$"
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?$")
_TOKEN = re.compile(r"\d+|[^\W\d_](?:[^\W_]|[\u0300-\u036f\u0900-\u097f'ʼ])*")
_PARENTHESIS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_IANA = re.compile(r"\b(?:africa|america|antarctica|asia|atlantic|australia|europe|indian|pacific)/[a-z_/+-]+")
_WEEK_DATE = re.compile(r"\d{4}-?w\d\d")
_DIGIT = re.compile(r"\d")
_EXCEL_EPOCH = datetime(1899, 12, 30)


class UnreadableTime(ValueError):
    """The value is not a full date in any form known here. The message never repeats the value."""


class TimeOutOfRange(ValueError):
    """The value is a date, but before 1990 or more than two days after `now`."""


class TimeReader:
    """Reads the values of one column under one decision.

    Parameters: `now`, aware, the moment of the import: times after `now` + 2 days are refused, as those before
    1990. `day_first` and `year_first` decide numeric dates such as 03/04/2015 and 15-04-03. `zone` is the
    zone of times that carry none.
    """

    def __init__(
        self, *, now: datetime, day_first: bool = False, year_first: bool = False, zone: tzinfo | None = None
    ) -> None:
        self._latest = now.astimezone(UTC) + LATEST_AHEAD
        self._day_first = day_first
        self._year_first = year_first
        self._zone: tzinfo = zone or UTC

    def read(self, value: str) -> datetime:
        """Return the instant in UTC; raise `UnreadableTime` or `TimeOutOfRange`."""
        moment: datetime | None = None
        if value[4:5] == "-" and value[7:8] == "-":
            try:
                # "2015-02-24 11:35:52 -0800" is ISO 8601 but for the blank before the offset.
                moment = datetime.fromisoformat(value[:19] + value[20:] if value[19:20] == " " else value)
            except ValueError:
                moment = None
        try:
            if moment is None:
                moment = self._read_any(value)
            zone = moment.tzinfo
            if zone is None:
                zone = self._zone
                moment = moment.replace(tzinfo=zone)
            if zone is not UTC:
                moment = moment.astimezone(UTC)
        except UnreadableTime:
            raise
        except OverflowError:
            raise TimeOutOfRange("the time is before 1990 or in the future") from None
        except ValueError:
            raise UnreadableTime("not a date and time that can be read") from None
        if not EARLIEST <= moment <= self._latest:
            raise TimeOutOfRange("the time is before 1990 or in the future")
        return moment

    def _read_any(self, value: str) -> datetime:
        text = value.strip()
        if not text or len(text) > MAX_LENGTH:
            raise UnreadableTime("not a date and time that can be read")
        text = normalise(text)
        if _NUMBER.match(text):
            return read_number(text)
        if _WEEK_DATE.match(text):
            return datetime.fromisoformat(text.upper())
        try:
            return read_written(text, day_first=self._day_first, year_first=self._year_first)
        except UnreadableTime:
            if len(text) > 40 or len(_DIGIT.findall(text)) < 5:
                raise
            return self._ask_dateutil(text)

    def _ask_dateutil(self, text: str) -> datetime:
        # Missing parts are filled from `default`: two different defaults show whether a part was missing.
        answers = []
        for default in (datetime(2001, 1, 1), datetime(2002, 2, 2)):
            try:
                answers.append(
                    dateutil_parser.parse(
                        text, default=default, dayfirst=self._day_first, yearfirst=self._year_first, tzinfos=_zone_info
                    )
                )
            except (ValueError, OverflowError, TypeError, AttributeError, RecursionError):
                raise UnreadableTime("not a date and time that can be read") from None
        first, second = answers
        if first.replace(tzinfo=None) != second.replace(tzinfo=None):
            raise UnreadableTime("not a full date")
        return first


def _zone_info(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    minutes = ZONES.get(name.lower())
    if minutes is None:
        raise ValueError("unknown zone")
    return timezone(timedelta(minutes=minutes))


def normalise(text: str) -> str:
    """Lower-case, with digits of any script as ASCII digits and East Asian units as separators."""
    text = text.lower()
    return text if text.isascii() else text.translate(DIGITS).translate(UNITS)


def read_number(text: str) -> datetime:
    """Read an epoch (s, ms, µs, ns), a spreadsheet serial, or 20150224[1135[52]]; naive only where it has no zone.

    The ranges do not overlap for years 1990 to 2100, so the magnitude alone tells which it is.
    Raises `UnreadableTime`.
    """
    whole = text.split(".")[0].lstrip("+-")
    if text[0] == "-":
        raise UnreadableTime("a negative number is not a time")
    if "." not in text and len(whole) in (8, 12, 14) and whole[:2] in ("19", "20"):
        for form in {8: ("%Y%m%d",), 12: ("%Y%m%d%H%M",), 14: ("%Y%m%d%H%M%S",)}[len(whole)]:
            try:
                return datetime.strptime(whole, form)
            except ValueError:
                continue
    number = float(text)
    for scale, low, high in ((1, 6e8, 5e9), (1e3, 6e11, 5e12), (1e6, 6e14, 5e15), (1e9, 6e17, 5e18)):
        if low <= number < high:
            if scale > 1:  # integers keep every digit, floats would not
                micros = int(whole) * 1_000_000 // int(scale)
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
            return datetime.fromtimestamp(number, UTC)
    if 32_874 <= number < 73_051:  # 1990-01-01 to 2100-01-01 in days since 1899-12-30
        return _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))
    raise UnreadableTime("a number that is not a time")


def read_written(text: str, *, day_first: bool, year_first: bool) -> datetime:
    """Read a normalised date with optional time and zone; aware where it names a zone. Raises `UnreadableTime`
    (or ValueError for a day that no calendar has)."""
    zone: tzinfo | None = None
    named = _IANA.search(text)
    if named:
        zone = _find_zone(named.group())
        text = text[: named.start()] + " " + text[named.end() :]
    if "(" in text or "[" in text:
        for inner in _PARENTHESIS.findall(text):
            if inner.strip() in ZONES:
                zone = timezone(timedelta(minutes=ZONES[inner.strip()]))
        text = _PARENTHESIS.sub(" ", text)
    clock = _CLOCK.search(text) or _HOUR_ONLY.search(text) or _DOTTED_CLOCK.search(text)
    time_of_day = (0, 0, 0, 0)
    if clock:
        time_of_day, offset = _read_clock(clock)
        zone = offset or zone
        # A "T" joins date and time in ISO 8601; it is no word of its own.
        text = text[: clock.start()].removesuffix("t") + " " + text[clock.end() :]
    tokens = _TOKEN.findall(text)
    numbers: list[str] = []
    months: list[str] = []
    for token in tokens:
        if token.isdigit():
            numbers.append(token)
        elif token in MONTHS:
            months.append(token)
        elif token in ZONES:
            zone = timezone(timedelta(minutes=ZONES[token]))
        elif token not in WEEKDAYS and token not in FILLERS:
            raise UnreadableTime("not a date and time that can be read")
    if len(months) > 1:  # "mar" is Tuesday in Spanish and March elsewhere
        months = [word for word in months if word not in WEEKDAYS] or months
    month = MONTHS[months[0]] if len({MONTHS[word] for word in months}) == 1 else 0
    if month and len(numbers) == 2:
        year, day = _year_and_day(numbers)
    elif len(numbers) == 3 and not month:
        year, month, day = _order_numbers(numbers, day_first=day_first, year_first=year_first)
    else:
        raise UnreadableTime("not a full date")
    return datetime(year, month, day, *time_of_day, tzinfo=zone)


def _read_clock(clock: re.Match[str]) -> tuple[tuple[int, int, int, int], tzinfo | None]:
    parts = clock.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = parts.get("half") or parts.get("before")
    if half and not 1 <= hour <= 12:
        if HALVES.get(half) is False:  # "13:05 am" contradicts itself; "13:05 pm" merely says it twice
            raise UnreadableTime("not a time of day")
    elif half:
        hour = hour % 12 + (12 if HALVES.get(half, half.startswith("p")) else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise UnreadableTime("not a time of day")
    micros = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    zone: tzinfo | None = UTC if parts.get("zone") else None
    offset = parts.get("offset")
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        if hours > 15 or minutes > 59:
            raise UnreadableTime("not an offset from UTC")
        delta = timedelta(hours=hours, minutes=minutes)
        zone = timezone(-delta if offset[0] == "-" else delta)
    return (hour, minute, min(second, 59), micros), zone


def _find_zone(name: str) -> tzinfo:
    try:
        return ZoneInfo("/".join("_".join(w.capitalize() for w in part.split("_")) for part in name.split("/")))
    except (KeyError, ValueError, OSError):
        raise UnreadableTime("an unknown time zone") from None


def _full_year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (1900 if year >= 70 else 2000)


def _year_and_day(numbers: list[str]) -> tuple[int, int]:
    first, second = numbers
    year, day = (first, second) if len(first) == 4 or int(first) > 31 else (second, first)
    if len(day) > 2 or len(year) not in (2, 4):
        raise UnreadableTime("not a full date")
    return _full_year(year), int(day)


def _order_numbers(numbers: list[str], *, day_first: bool, year_first: bool) -> tuple[int, int, int]:
    first, second, third = numbers
    if len(first) == 4:
        year, month, day = first, second, third
    elif len(third) == 4 or not year_first:
        year = third
        day, month = (first, second) if day_first else (second, first)
    else:
        year, month, day = first, second, third
    if len(day) > 2 or len(month) > 2 or len(year) not in (2, 4):
        raise UnreadableTime("not a full date")
    return _full_year(year), int(month), int(day)
