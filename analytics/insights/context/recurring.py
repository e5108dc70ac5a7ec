"""Days that recur: public holidays by country, and feasts and commercial days across cultures, whose dates move.

Holidays and the dates of lunar calendars come from the library `holidays`, through the public calendars of countries
that keep the feast; what no state keeps is in the table here, each with its rule. Islamic feasts begin with a sighted
moon and differ between countries by a day: those shown here are Brunei's. The library marks days to come that it only
estimates, and knows India's feasts for the years 2001 to 2035.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import holidays
from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from analytics.insights.context.contracts import Occasion

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2060
_DAY: Final = timedelta(days=1)
_ENGLISH: Final = "en_US"
_ESTIMATED: Final = "estimated"

Span = tuple[date, date, bool]

_REMARK = re.compile(r" \(((?:observed|estimated|in lieu)(?:, estimated)?)\)\Z")
_asking = threading.Lock()


@dataclass(frozen=True, slots=True)
class Observance:
    """A feast or day that recurs. `spans` gives, for a year, the first and last days, and whether they are estimates;
    `about` says who keeps it and by which rule the date is found."""

    name: str
    about: str
    spans: Callable[[int], list[Span]]


def countries() -> Mapping[str, frozenset[str]]:
    """ISO 3166-1 codes of two letters, each with the codes of the subdivisions that have holidays of their own."""
    return _countries()


@lru_cache(maxsize=1)
def _countries() -> dict[str, frozenset[str]]:
    listed = holidays.list_supported_countries(include_aliases=False)
    return {code: frozenset(parts) for code, parts in listed.items() if len(code) == 2}


def is_place(code: str) -> bool:
    """Whether `code` is a country, or a country and one of its subdivisions ("DE-BY"), whose holidays are known."""
    country, _, part = code.partition("-")
    known = countries().get(country)
    return known is not None and (not part or part in known) and code == code.rstrip("-")


def public_holidays(places: Iterable[str], start: date, end: date) -> list[Occasion]:
    """The public holidays of the places between two days, both included, with English names where the library has them.
    Years outside of 2000 to 2060 have none. Raises ValueError for a place that `is_place` does not know."""
    found = []
    for place in places:
        if not is_place(place):
            raise ValueError(f"{place} is no place whose holidays are known")
        for year in _years(start, end):
            for day, name in _of_place(place, year):
                if start <= day <= end:
                    plain, estimated = _plain(name)
                    found.append(Occasion(day, day, "public_holiday", plain, place, "", estimated))
    return found


def observances(names: Iterable[str], start: date, end: date) -> list[Occasion]:
    """The occurrences of the observances that touch the days from `start` to `end`. Raises KeyError for a name that is
    not in `OBSERVANCES`."""
    found = []
    for name in names:
        kept = OBSERVANCES[name]
        # One that begins in December may reach into the next year.
        for year in _years(start - timedelta(days=60), end):
            for first, last, estimated in kept.spans(year):
                if first <= end and last >= start:
                    found.append(Occasion(first, last, "observance", kept.name, name, "", estimated))
    return found


def _years(start: date, end: date) -> range:
    return range(max(FIRST_YEAR, start.year), min(LAST_YEAR, end.year) + 1)


@lru_cache(maxsize=4_000)
def _of_place(place: str, year: int) -> tuple[tuple[date, str], ...]:
    country, _, part = place.partition("-")
    shape = holidays.country_holidays(country)
    if not shape.start_year <= year <= shape.end_year:
        return ()
    language = next((each for each in (_ENGLISH, "en_GB", "en") if each in shape.supported_languages), None)
    listed = _asked(country, subdiv=part or None, years=year, language=language)
    return tuple((day, name) for day, names in sorted(listed.items()) for name in names.split("; ") if day.year == year)


@lru_cache(maxsize=4_000)
def _kept(country: str, year: int) -> tuple[tuple[date, str], ...]:
    """All that a country's calendar knows of a year, optional days too."""
    shape = holidays.country_holidays(country)
    if not shape.start_year <= year <= shape.end_year:
        return ()
    kinds = tuple(kind for kind in ("public", "optional", "school") if kind in shape.supported_categories)
    listed = _asked(country, years=year, language=_ENGLISH, categories=kinds)
    return tuple((day, name) for day, names in sorted(listed.items()) for name in names.split("; "))


def _asked(country: str, **options: Any) -> holidays.HolidayBase:
    """The library warns of each year that a part of a calendar does not reach; such years lack those days here."""
    with _asking, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return holidays.country_holidays(country, **options)


def _plain(name: str) -> tuple[str, bool]:
    """A name without what the library says of the date behind it."""
    remark = _REMARK.search(name)
    if remark is None or _ESTIMATED not in remark[1]:
        return name, False
    return _REMARK.sub("", name), True


def _in_calendar(country: str, word: str, *, days: int = 1) -> Callable[[int], list[Span]]:
    """`days` from each first day on that a country's calendar has under this name."""

    def spans(year: int) -> list[Span]:
        found: list[Span] = []
        for day, name in (*_kept(country, year - 1), *_kept(country, year)):
            remark = _REMARK.search(name)
            # The same feast over several days is one, and may have begun last year.
            again = bool(found) and day - found[-1][0] < timedelta(days=10)
            if _REMARK.sub("", name) == word and (remark is None or remark[1] == _ESTIMATED) and not again:
                found.append((day, day + (days - 1) * _DAY, remark is not None))
        return [span for span in found if span[0].year == year]

    return spans


def _ramadan(year: int) -> list[Span]:
    """From its first day to the eve of Eid al-Fitr, both by Brunei's calendar."""
    feasts = [span for each in (year, year + 1) for span in _in_calendar("BN", "Eid al-Fitr")(each)]
    found = []
    for first, _, estimated in _in_calendar("BN", "First Day of Ramadan")(year):
        ends = [feast - _DAY for feast, _, _ in feasts if 28 <= (feast - first).days <= 31]
        found.append((first, ends[0] if ends else first + 28 * _DAY, estimated))
    return found


def _on(month: int, day: int, *, days: int = 1) -> Callable[[int], list[Span]]:
    def spans(year: int) -> list[Span]:
        first = date(year, month, day)
        return [(first, first + (days - 1) * _DAY, False)]

    return spans


def _weekday(month: int, weekday: int, number: int, *, plus: int = 0) -> Callable[[int], list[Span]]:
    """The `number`th `weekday` (Monday 0) of a month, and `plus` days."""

    def spans(year: int) -> list[Span]:
        first = date(year, month, 1)
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1) + plus)
        return [(day, day, False)]

    return spans


def _easter(first: int, last: int, *, orthodox: bool = False) -> Callable[[int], list[Span]]:
    """From `first` to `last` days after Easter Sunday."""

    def spans(year: int) -> list[Span]:
        sunday = easter(year, EASTER_ORTHODOX if orthodox else EASTER_WESTERN)
        return [(sunday + first * _DAY, sunday + last * _DAY, False)]

    return spans


def _super_bowl(year: int) -> list[Span]:
    """A week later since the season became longer; before, it was now in January and now in February."""
    return [] if year < 2004 else _weekday(2, 6, 1 if year < 2022 else 2)(year)


def _new_year(year: int) -> list[Span]:
    return [(date(year, 12, 31), date(year + 1, 1, 1), False)]


def _oktoberfest(year: int) -> list[Span]:
    """It ends on the first Sunday of October, or on the 3rd where that Sunday comes before."""
    ((sunday, _, _),) = _weekday(10, 6, 1)(year)
    start = sunday - timedelta(days=15)
    return [(start, max(sunday, date(year, 10, 3)), False)]


_CATALOGUE: Final[tuple[tuple[str, str, str, Callable[[int], list[Span]]], ...]] = (
    ("new_year", "New Year", "31 December and 1 January.", _new_year),
    ("epiphany", "Epiphany", "6 January; Western churches.", _on(1, 6)),
    (
        "lunar_new_year",
        "Lunar New Year",
        "China, Korea, Vietnam, Singapore; Singapore's calendar.",
        _in_calendar("SG", "Chinese New Year", days=2),
    ),
    (
        "super_bowl",
        "Super Bowl",
        "United States; second Sunday of February since 2022, the first since 2004.",
        _super_bowl,
    ),
    ("valentines_day", "Valentine's Day", "14 February.", _on(2, 14)),
    ("carnival", "Carnival", "Saturday to Tuesday before Ash Wednesday.", _easter(-50, -47)),
    ("holi", "Holi", "Hindus; India's calendar.", _in_calendar("IN", "Holi")),
    ("ramadan", "Ramadan", "Muslims; Brunei's calendar, which may be a day off elsewhere.", _ramadan),
    ("womens_day", "International Women's Day", "8 March.", _on(3, 8)),
    ("nowruz", "Nowruz", "Iran and Central Asia; Iran's calendar.", _in_calendar("IR", "Nowruz")),
    ("eid_al_fitr", "Eid al-Fitr", "Muslims; Brunei's calendar.", _in_calendar("BN", "Eid al-Fitr", days=3)),
    ("easter", "Easter", "Good Friday to Easter Monday; Western churches.", _easter(-2, 1)),
    (
        "orthodox_easter",
        "Orthodox Easter",
        "Good Friday to Easter Monday; Orthodox churches.",
        _easter(-2, 1, orthodox=True),
    ),
    ("passover", "Passover", "Jews; Israel's calendar, seven days.", _in_calendar("IL", "Pesach", days=7)),
    ("songkran", "Songkran", "Thailand; 13 to 15 April.", _on(4, 13, days=3)),
    ("earth_day", "Earth Day", "22 April.", _on(4, 22)),
    ("mothers_day", "Mother's Day", "Second Sunday of May; many countries, not all.", _weekday(5, 6, 2)),
    ("vesak", "Vesak", "Buddhists; Singapore's calendar.", _in_calendar("SG", "Vesak Day")),
    ("eid_al_adha", "Eid al-Adha", "Muslims; Brunei's calendar.", _in_calendar("BN", "Eid al-Adha", days=4)),
    ("pride_month", "Pride Month", "June.", _on(6, 1, days=30)),
    ("fathers_day", "Father's Day", "Third Sunday of June; many countries, not all.", _weekday(6, 6, 3)),
    (
        "rosh_hashanah",
        "Rosh Hashanah",
        "Jews; Israel's calendar, two days.",
        _in_calendar("IL", "Rosh Hashanah", days=2),
    ),
    ("yom_kippur", "Yom Kippur", "Jews; Israel's calendar.", _in_calendar("IL", "Yom Kippur")),
    (
        "mid_autumn",
        "Mid-Autumn Festival",
        "China and its neighbours; China's calendar.",
        _in_calendar("CN", "Mid-Autumn Festival"),
    ),
    (
        "oktoberfest",
        "Oktoberfest",
        "Munich; from the Saturday after 15 September to the first Sunday of October.",
        _oktoberfest,
    ),
    ("dussehra", "Dussehra", "Hindus; India's calendar.", _in_calendar("IN", "Dussehra")),
    ("halloween", "Halloween", "31 October.", _on(10, 31)),
    ("diwali", "Diwali", "Hindus, Sikhs, Jains; India's calendar.", _in_calendar("IN", "Diwali")),
    ("singles_day", "Singles' Day", "Shops, first in China; 11 November.", _on(11, 11)),
    ("thanksgiving", "Thanksgiving", "United States; fourth Thursday of November.", _weekday(11, 3, 4)),
    ("black_friday", "Black Friday", "Shops; the day after Thanksgiving.", _weekday(11, 3, 4, plus=1)),
    ("cyber_monday", "Cyber Monday", "Shops; the Monday after Thanksgiving.", _weekday(11, 3, 4, plus=4)),
    ("hanukkah", "Hanukkah", "Jews; Israel's calendar, eight days.", _in_calendar("IL", "Hanukkah", days=8)),
    ("christmas", "Christmas", "24 to 26 December; Western churches.", _on(12, 24, days=3)),
    ("orthodox_christmas", "Orthodox Christmas", "7 January; Orthodox churches of the old calendar.", _on(1, 7)),
)

OBSERVANCES: Final[Mapping[str, Observance]] = {
    slug: Observance(name, about, spans) for slug, name, about, spans in _CATALOGUE
}
