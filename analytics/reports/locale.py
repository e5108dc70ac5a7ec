"""A report's words, numbers and dates in the client's language: a small catalogue, and Babel for the formats."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import babel
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_decimal, format_percent, get_decimal_symbol, get_group_symbol

from analytics.reports.glyphs import drawable

FALLBACK = "en"
_CATALOGUE = Path(__file__).with_name("catalogue.json")
_LETTER_PAPER = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})
_MINUS = "\u2212"


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Language -> key -> text; every language has the same keys and placeholders."""
    loaded: dict[str, dict[str, str]] = json.loads(_CATALOGUE.read_text("utf-8"))
    return loaded


def parse_locale(tag: str) -> babel.Locale:
    """The locale of a BCP 47 tag such as "en-GB". Raises ValueError naming a tag that is not known."""
    try:
        return babel.Locale.parse(tag, sep="-" if "-" in tag else "_")
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise ValueError(f"unknown locale: {str(tag)[:40]!r}") from error


@lru_cache(maxsize=64)
def _legible(locale: babel.Locale) -> babel.Locale:
    """The locale, or English of the same territory where the fonts cannot draw its dates and digits."""
    written = "".join(
        format_date(date(2026, month, day), style, locale=locale)
        for month, day in zip(range(1, 13), range(16, 28), strict=True)
        for style in ("medium", "full")
    ) + format_decimal(1234567890, locale=locale)
    if all(drawable(char) for char in written if unicodedata.category(char) not in ("Cf", "Zs")):
        return locale
    try:
        return babel.Locale(FALLBACK, locale.territory)
    except UnknownLocaleError:
        return babel.Locale(FALLBACK)


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts and formats of one locale. A language without a catalogue gets English words in its own formats; one whose
    script no bundled font draws gets English formats too."""

    locale: babel.Locale
    language: str
    texts: Mapping[str, str]

    @classmethod
    def of(cls, tag: str) -> Wording:
        """Raises ValueError naming a tag that is not known."""
        locale = _legible(parse_locale(tag))
        language = locale.language if locale.language in catalogue() else FALLBACK
        return cls(locale, language, catalogue()[language])

    @property
    def region(self) -> str:
        """Two-letter territory in upper case, or empty."""
        territory = self.locale.territory or ""
        return territory if re.fullmatch("[A-Z]{2}", territory) else ""

    @property
    def paper(self) -> str:
        """A typst paper name."""
        return "us-letter" if self.region in _LETTER_PAPER else "a4"

    def text(self, key: str, **values: str) -> str:
        """The text of `key` with its placeholders filled. Raises KeyError for an unknown key."""
        return self.texts[key].format(**values)

    def has(self, key: str) -> bool:
        return key in self.texts

    def number(self, value: float, *, digits: int = 0, signed: bool = False) -> str:
        """Rounded to `digits` decimals, with the locale's separators and, if `signed`, always a sign."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        rounded = round(value, digits) + 0.0  # + 0.0 turns -0.0 into 0.0
        text = format_decimal(abs(rounded), format=pattern, locale=self.locale)
        sign = _MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text

    def share(self, value: float, *, digits: int = 1, signed: bool = False) -> str:
        """A part 0..1 (or a change of one) as a percentage in the locale's manner."""
        pattern = str(self.locale.percent_formats[None].pattern)
        if digits:
            pattern = re.sub(r"0(?=[^0]*$)", "0." + "0" * digits, pattern, count=1)
        rounded = round(value, digits + 2) + 0.0
        text = format_percent(abs(rounded), format=pattern, locale=self.locale)
        sign = _MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + text

    def day(self, value: date, *, style: Literal["medium", "long"] = "medium") -> str:
        return self._apart(format_date(value, style, locale=self.locale))

    def period(self, start: date, end: date) -> str:
        """Both days inclusive, such as "1 Mar – 31 May 2026"."""
        return self._apart(format_interval(start, end, "yMMMd", locale=self.locale))

    def moment(self, value: datetime, zone: str) -> str:
        """Date and time in the IANA time zone `zone`."""
        return self._apart(format_datetime(value, "medium", tzinfo=ZoneInfo(zone), locale=self.locale))

    def _apart(self, when: str) -> str:
        """A date as it can stand among our words: one that is written from right to left is fenced off, or its numbers
        would change places with its month."""
        return f"\u2068{when}\u2069" if self.locale.text_direction == "rtl" else when

    def vega_locale(self) -> dict[str, object]:
        """The number and time locale of this language in d3's shape, for `config.locale` of a Vega-Lite spec."""
        months = self.locale.months["format"]
        days = self.locale.days["format"]
        week = [6, 0, 1, 2, 3, 4, 5]  # d3 starts on Sunday, CLDR on Monday
        return {
            "number": {
                "decimal": get_decimal_symbol(self.locale),
                "thousands": get_group_symbol(self.locale),
                "grouping": [3],
                "currency": ["", ""],
                "minus": _MINUS,
                "percent": re.sub(r"[#,0.]", "", str(self.locale.percent_formats[None].pattern)),
            },
            "time": {
                "dateTime": "%x, %X",
                "date": "%Y-%m-%d",
                "time": "%H:%M",
                "periods": ["AM", "PM"],
                "days": [days["wide"][at] for at in week],
                "shortDays": [days["abbreviated"][at] for at in week],
                "months": [months["wide"][at] for at in range(1, 13)],
                "shortMonths": [months["abbreviated"][at] for at in range(1, 13)],
            },
        }

    def d3_day(self) -> str:
        """The locale's short day-and-month pattern ("d MMM", "MMM d", "d. MMM" …) as a d3 time format."""
        pattern = str(self.locale.datetime_skeletons["MMMd"].pattern)
        return _d3_format(pattern)

    def d3_month(self) -> str:
        """The locale's month-and-year pattern as a d3 time format."""
        return _d3_format(str(self.locale.datetime_skeletons["yMMM"].pattern))


_FIELDS = {"MMMM": "%B", "MMM": "%b", "LLLL": "%B", "LLL": "%b", "MM": "%m", "M": "%-m", "L": "%-m", "dd": "%d"}
_FIELDS |= {"d": "%-d", "yyyy": "%Y", "y": "%Y", "yy": "%y", "U": "%Y", "r": "%Y"}


def _d3_format(pattern: str) -> str:
    out = []
    for match in re.finditer(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+", pattern):
        token = match.group(0)
        if token.startswith("'"):
            out.append((match.group(1) or "'").replace("%", "%%"))
        elif match.group(2):
            out.append(_FIELDS.get(token, ""))
        else:
            out.append(token.replace("%", "%%"))
    return "".join(out).strip()
