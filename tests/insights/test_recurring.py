"""Days that recur: dates that were looked up elsewhere, places, years, and what reaches over a year's end."""

from __future__ import annotations

from datetime import date

import pytest

from analytics.insights.context.recurring import OBSERVANCES, countries, is_place, observances, public_holidays

# Published dates of 2024, 2025 and 2026; lunar ones by the country whose calendar is used.
KNOWN = {
    "lunar_new_year": ("2024-02-10", "2025-01-29", "2026-02-17"),
    "carnival": ("2024-02-10", "2025-03-01", "2026-02-14"),
    "holi": ("2024-03-25", "2025-03-14", "2026-03-04"),
    "ramadan": ("2024-03-12", "2025-03-02", "2026-02-19"),
    "eid_al_fitr": ("2024-04-10", "2025-03-31", "2026-03-21"),
    "easter": ("2024-03-29", "2025-04-18", "2026-04-03"),
    "orthodox_easter": ("2024-05-03", "2025-04-18", "2026-04-10"),
    "eid_al_adha": ("2024-06-17", "2025-06-07", "2026-05-27"),
    "rosh_hashanah": ("2024-10-03", "2025-09-23", "2026-09-12"),
    "mid_autumn": ("2024-09-17", "2025-10-06", "2026-09-25"),
    "oktoberfest": ("2024-09-21", "2025-09-20", "2026-09-19"),
    "dussehra": ("2024-10-12", "2025-10-02", "2026-10-20"),
    "diwali": ("2024-10-31", "2025-10-20", "2026-11-08"),
    "black_friday": ("2024-11-29", "2025-11-28", "2026-11-27"),
    "hanukkah": ("2024-12-26", "2025-12-15", "2026-12-05"),
    "mothers_day": ("2024-05-12", "2025-05-11", "2026-05-10"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_dates(name: str) -> None:
    found = [span[0].isoformat() for year in (2024, 2025, 2026) for span in OBSERVANCES[name].spans(year)]
    assert tuple(found) == KNOWN[name]


def test_the_super_bowl_moved_by_a_week() -> None:
    days = {span[0].isoformat() for year in range(2000, 2025) for span in OBSERVANCES["super_bowl"].spans(year)}
    assert {"2004-02-01", "2021-02-07", "2022-02-13", "2024-02-11"} < days
    assert len(days) == 21


@pytest.mark.parametrize("name", OBSERVANCES)
def test_every_observance_falls_in_the_years_people_look_at(name: str) -> None:
    for year in range(2020, 2031):
        spans = OBSERVANCES[name].spans(year)
        # The Islamic year is shorter than ours, so that a feast may come twice, or not at all.
        assert 1 <= len(spans) <= 2 or name in ("ramadan", "eid_al_fitr", "eid_al_adha"), year
        for first, last, _ in spans:
            assert first.year == year
            assert 0 <= (last - first).days <= 31
    assert OBSERVANCES[name].about.endswith(".")


def test_ramadan_ends_on_the_eve_of_the_feast() -> None:
    (ramadan,) = observances(["ramadan"], date(2026, 3, 1), date(2026, 3, 1))
    (feast,) = observances(["eid_al_fitr"], date(2026, 3, 15), date(2026, 3, 31))
    assert (feast.start - ramadan.end).days == 1
    # 2030 has two, as the lunar year is eleven days short.
    assert len(OBSERVANCES["ramadan"].spans(2030)) == 2


def test_what_reaches_over_the_year_is_found_from_both_sides() -> None:
    for day in (date(2024, 12, 31), date(2025, 1, 1)):
        assert [each.name for each in observances(["hanukkah", "new_year"], day, day)] == ["Hanukkah", "New Year"]
    assert observances(["new_year"], date(2025, 1, 2), date(2025, 1, 3)) == []


def test_public_holidays_of_countries_and_their_parts() -> None:
    year = (date(2026, 1, 1), date(2026, 12, 31))
    germany, bavaria = public_holidays(["DE"], *year), public_holidays(["DE-BY"], *year)
    assert "Epiphany" not in {each.name for each in germany}
    assert date(2026, 1, 6) in {each.start for each in bavaria}
    assert {each.ref for each in bavaria} == {"DE-BY"}
    assert {each.start for each in germany} < {each.start for each in bavaria}
    (diwali,) = [each for each in public_holidays(["IN"], *year) if each.name == "Diwali"]
    assert (diwali.start, diwali.estimated) == (date(2026, 11, 8), False)


def test_what_is_only_estimated_says_so() -> None:
    (feast,) = observances(["eid_al_fitr"], date(2031, 1, 1), date(2031, 2, 28))
    assert feast.estimated
    assert "estimated" not in feast.name


def test_years_without_a_calendar_are_empty() -> None:
    assert public_holidays(["DE"], date(1990, 1, 1), date(1999, 12, 31)) == []
    assert public_holidays(["DE"], date(2190, 1, 1), date(2199, 12, 31)) == []
    assert observances(["diwali"], date(2040, 1, 1), date(2040, 12, 31)) == []


@pytest.mark.parametrize("place", ["", "de", "DE-", "DE-XX", "XX", "-BY", "DE-BY-1", "Germany", "DEU"])
def test_no_place(place: str) -> None:
    assert not is_place(place)
    with pytest.raises(ValueError, match="no place"):
        public_holidays([place], date(2026, 1, 1), date(2026, 1, 2))


def test_places() -> None:
    assert len(countries()) > 150
    assert is_place("DE-BY")
    assert is_place("US")
