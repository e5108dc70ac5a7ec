"""Which way round are this column's dates? Evidence from every row, then one decision for all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from analytics.sources.files.dates import LATEST_AHEAD, MAX_LENGTH, normalise

_TRIPLE = re.compile(r"(?<![\d:.])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_CLOCK = re.compile(r"\d:\d\d")
_HALF_DAY = re.compile(r"\d\s*[ap]\.?m\b")
_HAS_ZONE = re.compile(r"(?:z|(?<=[\d\s(])(?!am|pm)[a-z]{3,4}\)?|[+-]\d{2}:?\d{2}|[+-]\d\d?)$")


@dataclass(frozen=True, slots=True)
class DateDecision:
    """How every date of a column is read.

    `day_first`: 03/04/2015 is 3 April. `year_first`: 15-04-03 is 3 April 2015. `ambiguous`: no row settled the
    order and a default was taken. `why` is a plain sentence. `zone` is the IANA name for times without one;
    `without_zone` counts them.
    """

    day_first: bool
    year_first: bool
    ambiguous: bool
    why: str
    zone: str
    without_zone: int


class DateColumn:
    """Gathers evidence; `add` every value once, then `decide`.

    An order is contradicted by a row when it would give a month above 12, a day above 31 or a day after
    `now` + 2 days. The order with the fewest contradicting rows wins. Where no row contradicts, the default is
    day first (most locales), but month first where slashes and am/pm stand together (the American habit).
    """

    def __init__(self, *, now: datetime) -> None:
        latest = now.astimezone(UTC) + LATEST_AHEAD
        self._latest = (latest.year, latest.month, latest.day)
        self._against = {"dmy": 0, "mdy": 0, "ymd": 0}
        self._triples = 0
        self._short_years = 0
        self._slashes = 0
        self._half_days = 0
        self.values = 0
        self.without_zone = 0

    def add(self, value: str) -> None:
        """Take one value of the column as it stands in the file."""
        if not value:
            return
        self.values += 1
        if value[4:5] == "-" and value[7:8] == "-":
            tail = value[-6:]
            if not ("+" in tail or "-" in tail[:-2] or tail[-1] in "Zz"):
                self.without_zone += 1
            return
        if len(value) > MAX_LENGTH:
            return
        text = normalise(value).strip()
        match = _TRIPLE.search(text)
        if (match or _CLOCK.search(text)) and not _HAS_ZONE.search(text):
            self.without_zone += 1
        if match is None:
            return
        self._triples += 1
        first, separator, second, third = match.groups()
        self._slashes += separator == "/"
        self._half_days += _HALF_DAY.search(text) is not None
        a, b, c = int(first), int(second), int(third)
        century = 0
        if len(third) == 2:
            self._short_years += 1
            century = 1900 if c >= 70 else 2000
            if not self._possible(2000 + a, b, c):
                self._against["ymd"] += 1
        else:
            self._against["ymd"] += 1
        if not self._possible(century + c, b, a):
            self._against["dmy"] += 1
        if not self._possible(century + c, a, b):
            self._against["mdy"] += 1

    def _possible(self, year: int, month: int, day: int) -> bool:
        return 1 <= month <= 12 and 1 <= day <= 31 and (year, month, day) <= self._latest

    def decide(self, *, day_first: bool | None = None, zone: str = "UTC") -> DateDecision:
        """Return the decision; `day_first` overrides the evidence where given."""

        def decision(order: str, why: str, *, ambiguous: bool = False) -> DateDecision:
            return DateDecision(order == "dmy", order == "ymd", ambiguous, why, zone, self.without_zone)

        if day_first is not None:
            return decision("dmy" if day_first else "mdy", "The import says which comes first, day or month.")
        if not self._triples:
            return decision("dmy", "No date of this column leaves the order of day and month open.")
        names = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
        default = "mdy" if self._slashes * 2 > self._triples and self._half_days else "dmy"
        ranking = sorted(self._against, key=lambda order: (self._against[order], order != default, order == "ymd"))
        best, second = ranking[0], ranking[1]
        if self._against[best] < self._against[second]:
            settled = self._against[second] - self._against[best]
            why = f"{names[best].capitalize()}: {settled} of {self._triples} dates cannot be read {names[second]}."
            return decision(best, why)
        if self._against[best]:
            why = f"As many dates are {names[best]} as are {names[second]}; {names[best]} is assumed."
            return decision(best, why, ambiguous=True)
        why = f"No row tells whether day or month comes first in {self._triples} dates; {names[best]} is assumed."
        return decision(best, why, ambiguous=True)
