from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.sources.files.datecolumn import DateColumn
from analytics.sources.files.dates import TimeOutOfRange, TimeReader, UnreadableTime

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

# Value -> the instant, in ISO 8601. Day first, UTC where the value names no zone.
FORMATS = [
    ("2015-02-24T11:35:52Z", "2015-02-24T11:35:52"),
    ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52"),
    ("2015-02-24 11:35:52-08:00", "2015-02-24T19:35:52"),
    ("2015-02-24T11:35:52.123456+01:00", "2015-02-24T10:35:52.123456"),
    ("2015-02-24T11:35:52.123Z", "2015-02-24T11:35:52.123"),
    ("2015-02-24 11:35:52,500", "2015-02-24T11:35:52.5"),
    ("2015-02-24 11:35:52 UTC", "2015-02-24T11:35:52"),
    ("2015-02-24 11:35:52 +00:00", "2015-02-24T11:35:52"),
    ("2015-02-24 11:35", "2015-02-24T11:35"),
    ("2015-02-24", "2015-02-24"),
    ("2015-2-4 9:05", "2015-02-04T09:05"),
    ("2015/02/24 11:35", "2015-02-24T11:35"),
    ("2015.02.24", "2015-02-24"),
    ("20150224", "2015-02-24"),
    ("20150224T113552Z", "2015-02-24T11:35:52"),
    ("20150224113552", "2015-02-24T11:35:52"),
    ("201502241135", "2015-02-24T11:35"),
    ("Tue, 24 Feb 2015 11:35:52 +0100", "2015-02-24T10:35:52"),
    ("Tue, 24 Feb 2015 11:35:52 GMT", "2015-02-24T11:35:52"),
    ("24 Feb 2015 11:35:52 EST", "2015-02-24T16:35:52"),
    ("Wed Oct 10 20:19:24 +0000 2018", "2018-10-10T20:19:24"),
    ("Tue Feb 24 11:35:52 PST 2015", "2015-02-24T19:35:52"),
    ("Tue Feb 24 2015 11:35:52 GMT-0800 (Pacific Standard Time)", "2015-02-24T19:35:52"),
    ("Tue Feb 24 11:35:52 2015", "2015-02-24T11:35:52"),
    ("Feb 24, 2015", "2015-02-24"),
    ("February 24th, 2015 at 11:35 PM", "2015-02-24T23:35"),
    ("Feb 24, 2015, 11:35:52 p.m.", "2015-02-24T23:35:52"),
    ("11:35 PM · Feb 24, 2015", "2015-02-24T23:35"),
    ("24-Feb-2015", "2015-02-24"),
    ("24-Feb-15 11:35", "2015-02-24T11:35"),
    ("24.02.2015 11:35", "2015-02-24T11:35"),
    ("24.02.2015, 11.35", "2015-02-24T11:35"),
    ("24.2.15", "2015-02-24"),
    ("24/02/2015 12:05 am", "2015-02-24T00:05"),
    ("24/02/2015 12:05 pm", "2015-02-24T12:05"),
    ("24/02/2015 5pm", "2015-02-24T17:00"),
    ("24-02-2015 11:35:52 UTC+02:00", "2015-02-24T09:35:52"),
    ("24/02/2015 à 11h35", "2015-02-24T11:35"),
    ("11:35 24/02/2015", "2015-02-24T11:35"),
    ("24. Februar 2015 um 11:35 Uhr", "2015-02-24T11:35"),
    ("24 février 2015", "2015-02-24"),
    ("mar, 24 de feb de 2015 11:35", "2015-02-24T11:35"),
    ("24 de fevereiro de 2015", "2015-02-24"),
    ("24 февраля 2015 г. 11:35", "2015-02-24T11:35"),
    ("24 Şubat 2015", "2015-02-24"),
    ("24 lutego 2015", "2015-02-24"),
    ("24 فبراير 2015", "2015-02-24"),
    ("٢٤/٠٢/٢٠١٥ ١١:٣٥", "2015-02-24T11:35"),
    ("24 फ़रवरी 2015", "2015-02-24"),
    ("2015年2月24日 11時35分", "2015-02-24T11:35"),
    ("2015年2月24日 下午3:05", "2015-02-24T15:05"),
    ("2015년 2월 24일 오전 9:05", "2015-02-24T09:05"),
    ("1424777752", "2015-02-24T11:35:52"),
    ("1424777752.5", "2015-02-24T11:35:52.5"),
    ("1424777752123", "2015-02-24T11:35:52.123"),
    ("1424777752123456", "2015-02-24T11:35:52.123456"),
    ("1424777752123456789", "2015-02-24T11:35:52.123456"),
    ("42059.5", "2015-02-24T12:00"),
    ("2015-02-24T11:35:52[Europe/Berlin]", "2015-02-24T10:35:52"),
    ("2015-02-24 11:35 Europe/Berlin", "2015-02-24T10:35"),
    ("２０１５-02-24 11:35", "2015-02-24T11:35"),
    ("2015-W09-2", "2015-02-24"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), FORMATS)
def test_reads_the_formats_that_exports_write(written: str, expected: str) -> None:
    moment = TimeReader(now=NOW, day_first=True).read(written)
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    ["", "   ", "yesterday", "2 hours ago", "hello 12", "2015", "Feb 2015", "Feb 24", "11:35", "24/13/2015",
     "31.02.2015", "2015-02-24 25:00", "2015-02-24 13:05 am", "1.42478E+12", "-1424777752", "12",
     "99999999999999999999", "nan", "inf", "1/2/3/4", "2015-02-24 11:35 Moon/Base", "0000-00-00 00:00:00",
     "[40.7, -73.9]", "9" * 5000, "24/02/2015 " * 20, "\ud800", "2015-02-24 +9999"],
)  # fmt: skip
def test_refuses_what_is_no_full_date(written: str) -> None:
    with pytest.raises((UnreadableTime, TimeOutOfRange)) as caught:
        TimeReader(now=NOW, day_first=True).read(written)
    assert not written.strip() or written.strip() not in str(caught.value)


@pytest.mark.parametrize("written", ["1989-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00", "2026-11-23T00:00:00Z"])
def test_refuses_years_that_no_post_is_from(written: str) -> None:
    with pytest.raises(TimeOutOfRange):
        TimeReader(now=NOW).read(written)


def test_two_days_ahead_are_a_matter_of_zones() -> None:
    assert TimeReader(now=NOW).read("2026-11-22T11:59:59Z").day == 22


@given(st.text(max_size=60))
def test_never_fails_otherwise(written: str) -> None:
    try:
        moment = TimeReader(now=NOW).read(written)
    except (UnreadableTime, TimeOutOfRange):
        return
    assert moment.tzinfo is UTC


@given(
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2026, 11, 20)),
    st.sampled_from(["%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S",
                     "%a %b %d %H:%M:%S +0000 %Y", "%B %d, %Y %H:%M:%S"]),
)  # fmt: skip
def test_reads_back_what_was_written(moment: datetime, form: str) -> None:
    moment = moment.replace(microsecond=0)
    reader = TimeReader(now=NOW, day_first=form.startswith("%d"))
    assert reader.read(moment.strftime(form)) == moment.replace(tzinfo=UTC)


def decide(*values: str, day_first: bool | None = None) -> tuple[bool, bool, bool]:
    column = DateColumn(now=NOW)
    for value in values:
        column.add(value)
    decision = column.decide(day_first=day_first)
    return decision.day_first, decision.year_first, decision.ambiguous


def test_one_row_settles_the_order_for_the_whole_column() -> None:
    assert decide("03/04/2015", "05/06/2015", "25/06/2015") == (True, False, False)
    assert decide("03/04/2015", "05/06/2015", "06/25/2015") == (False, False, False)


def test_a_future_date_is_evidence_too() -> None:
    # Month first, 12/11/2026 would be 11 December 2026: after now.
    assert decide("12/11/2026", "01/02/2026") == (True, False, False)
    assert decide("11/12/2026", "01/02/2026") == (False, False, False)


def test_without_evidence_the_default_is_taken_and_said() -> None:
    assert decide("03/04/2015", "05/06/2015") == (True, False, True)
    assert decide("03.04.2015") == (True, False, True)
    assert decide("03/04/2015 5:00 PM") == (False, False, True)


def test_the_majority_decides_when_rows_contradict() -> None:
    assert decide("25/06/2015", "26/06/2015", "06/25/2015") == (True, False, False)


def test_the_import_may_say_the_order() -> None:
    assert decide("25/06/2015", day_first=False) == (False, False, False)


def test_short_years_first() -> None:
    assert decide("15-12-31", "16-01-02", "17-05-28", "18-07-30") == (False, True, False)


def test_counts_times_without_a_zone() -> None:
    column = DateColumn(now=NOW)
    for value in ("2015-02-24 11:35:52", "2015-02-24 11:35:52 -0800", "2015-02-24T11:35:52Z", "24/02/2015 5:00 pm",
                  "24/02/2015 17:00 CET", "1424777752", "", "no date"):  # fmt: skip
        column.add(value)
    assert column.decide().without_zone == 2


def test_times_without_a_zone_take_the_default() -> None:
    from zoneinfo import ZoneInfo

    reader = TimeReader(now=NOW, day_first=True, zone=ZoneInfo("Europe/Berlin"))
    assert reader.read("2015-07-24 12:00") == datetime(2015, 7, 24, 10, tzinfo=UTC)
    assert reader.read("24.01.2015 12:00") == datetime(2015, 1, 24, 11, tzinfo=UTC)
    assert reader.read("2015-07-24 12:00Z") == datetime(2015, 7, 24, 12, tzinfo=UTC)


def test_dates_that_contradict_each_other_are_not_called_silent() -> None:
    column = DateColumn(now=NOW)
    for value in ("25/03/2024", "03/25/2024"):
        column.add(value)
    decision = column.decide()
    assert decision.ambiguous
    assert decision.why == "As many dates are day first as are month first; day first is assumed."
