from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from analytics.reports.locale import Wording, catalogue

LANGUAGES = ("en", "de", "fr", "es", "it", "pt")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_placeholders(language: str) -> None:
    def shape(texts: dict[str, str]) -> dict[str, set[str]]:
        return {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in texts.items()}

    assert shape(dict(catalogue()[language])) == shape(dict(catalogue()["en"]))
    assert all(text.strip() for text in catalogue()[language].values())


def test_the_catalogue_has_exactly_the_promised_languages() -> None:
    assert set(catalogue()) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("tag", "number", "share", "day", "period"),
    [
        ("en-GB", "12,345.7", "34.6%", "1 Mar 2026", "1 Mar – 31 May 2026"),
        ("en-US", "12,345.7", "34.6%", "Mar 1, 2026", "Mar 1 – May 31, 2026"),
        ("de-DE", "12.345,7", "34,6 %", "01.03.2026", "1. März – 31. Mai 2026"),
        ("fr-FR", "12 345,7", "34,6 %", "1 mars 2026", "1 mars – 31 mai 2026"),
        ("es-ES", "12.345,7", "34,6 %", "1 mar 2026", "1 mar – 31 may 2026"),
        ("it-IT", "12.345,7", "34,6%", "1 mar 2026", "01 mar – 31 mag 2026"),
        ("pt-BR", "12.345,7", "34,6%", "1 de mar. de 2026", "1 de mar. – 31 de mai. de 2026"),
        ("de-CH", "12’345.7", "34.6%", "01.03.2026", "1. März – 31. Mai 2026"),
    ],
)
def test_numbers_and_dates_follow_the_locale(tag: str, number: str, share: str, day: str, period: str) -> None:
    wording = Wording.of(tag)

    def plain(text: str) -> str:
        return re.sub(r"\s", " ", text)

    assert plain(wording.number(12345.67, digits=1)) == number
    assert plain(wording.share(0.3456)) == share
    assert plain(wording.day(date(2026, 3, 1))) == day
    assert plain(wording.period(date(2026, 3, 1), date(2026, 5, 31))) == period


def test_signs_are_typographic_and_zero_has_none() -> None:
    wording = Wording.of("en")
    assert wording.number(-0.126, digits=2, signed=True) == "−0.13"
    assert wording.number(0.126, digits=2, signed=True) == "+0.13"
    assert wording.number(-0.001, digits=2, signed=True) == "0.00"
    assert wording.share(-0.02, signed=True) == "−2.0%"


@pytest.mark.parametrize("tag", ["ar-EG", "he-IL", "ur-PK"])
def test_dates_from_right_to_left_are_fenced_off_among_our_words(tag: str) -> None:
    wording = Wording.of(tag)
    told = (
        wording.day(date(2026, 3, 1)),
        wording.period(date(2026, 3, 1), date(2026, 5, 31)),
        wording.moment(datetime(2026, 3, 1, tzinfo=UTC), "UTC"),
    )
    for text in told:
        assert (text[0], text[-1]) == ("\u2068", "\u2069")


def test_a_moment_is_told_in_the_clients_time_zone() -> None:
    late = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    assert Wording.of("en-GB").moment(late, "Asia/Tokyo").startswith("1 Jun 2026")


def test_a_language_without_a_catalogue_gets_english_words_in_its_own_formats() -> None:
    wording = Wording.of("nl-NL")
    assert wording.language == "en"
    assert wording.text("overview") == "Overview"
    assert wording.number(1234.5, digits=1) == "1.234,5"


@pytest.mark.parametrize("tag", ["xx-YY", "", "../../etc/passwd", "en-GB-lol-rofl", "e", "de-Q"])
def test_an_unknown_locale_is_named(tag: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"unknown locale: {tag!r}")):
        Wording.of(tag)


@pytest.mark.parametrize(
    ("tag", "day"), [("en-GB", "%-d %b"), ("en-US", "%b %-d"), ("de-DE", "%-d. %b"), ("pt-BR", "%-d de %b")]
)
def test_charts_write_days_as_the_locale_does(tag: str, day: str) -> None:
    assert Wording.of(tag).d3_day() == day


def test_the_chart_locale_starts_its_week_on_sunday() -> None:
    time = Wording.of("de-DE").vega_locale()["time"]
    assert isinstance(time, dict)
    assert (time["days"][0], time["days"][1], time["months"][2]) == ("Sonntag", "Montag", "März")


def test_paper_follows_the_territory() -> None:
    assert (Wording.of("en-US").paper, Wording.of("en-GB").paper, Wording.of("fr").paper) == ("us-letter", "a4", "a4")


@pytest.mark.parametrize(("tag", "written"), [("bo", "Mar 31, 2026"), ("or-IN", "31 Mar 2026"), ("th", "31 มี.ค. 2026")])
def test_a_script_that_no_font_draws_gives_way_to_english(tag: str, written: str) -> None:
    wording = Wording.of(tag)
    assert wording.day(date(2026, 3, 31)) == written
    assert set(wording.number(1234567)) <= set("0123456789,.")
