"""What takes a job: influence maps, forecasts, reports."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics.reports.models import Report
from kernel import db as schemas
from kernel.jobs import services as jobs
from kernel.queue.testing import drain
from tests.api.conftest import Api, Things
from tests.cast import Cast

PERIOD = {"start": "2026-03-01", "end": "2026-03-31"}


def test_a_map_is_drawn_by_a_job(api: Api, place: str) -> None:
    asked = api("analyst").post(f"{place}/influence/maps", PERIOD)
    drain()
    job = api("viewer").get(asked["Location"]).json()
    drawn = api("viewer").get(job["result"]["href"]).json()

    assert (asked.status_code, asked.json()["state"], job["state"]) == (202, "queued", "succeeded")
    assert (drawn["start"], drawn["end"]) == ("2026-03-01", "2026-03-31")
    assert drawn["abstain_reason"]
    assert drawn["scores"] == []
    assert api("viewer").get(f"{place}/influence/maps/latest").json() == drawn


def test_a_map_shows_as_many_people_as_asked(api: Api, place: str, things: Things) -> None:
    (score,) = api("viewer").get(f"{place}/influence/maps/latest?limit=1").json()["scores"]

    assert (score["rank"], score["author"]["label"]) == (1, "p1")
    assert api("viewer").get(f"{place}/influence/maps/latest?limit=0").status_code == 400


def test_there_is_no_latest_map_where_there_is_none(api: Api, place: str) -> None:
    assert api("viewer").get(f"{place}/influence/maps/latest").status_code == 404


@pytest.mark.parametrize("path", ["influence/maps", "reports"])
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"start": "2026-04-01"}, "/end"),
        ({"start": "1990-01-01"}, "/end"),
        ({"start": "2026-3-1"}, "/start"),
        ({"start": "2026-03-01T00:00:00Z"}, "/start"),
        ({"start": 20260301}, "/start"),
        ({"end": None}, "/end"),
        ({"end": "9999-12-31"}, "/end"),
        ({"end": "\u0662026-03-01"}, "/end"),
    ],
)
def test_a_period_that_cannot_be_is_named(api: Api, place: str, path: str, change: Any, pointer: str) -> None:
    refused = api("analyst").post(f"{place}/{path}", {**PERIOD, **change})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_forecasts_are_made_by_a_job(api: Api, place: str, things: Things) -> None:
    asked = api("analyst").post(f"{place}/forecasts", {"queries": [things["query"]], "horizon": 3})
    drain()
    job = api("viewer").get(asked["Location"]).json()
    made = api("viewer").get(job["result"]["href"], {"query": things["query"]}).json()["data"]

    assert (asked.status_code, job["state"], job["result"]["id"]) == (202, "succeeded", None)
    assert {(forecast["measure"], forecast["horizon"]) for forecast in made[:2]} == {
        ("volume", 3),
        ("net_sentiment", 3),
    }
    # One mention is not a history.
    assert all(forecast["abstain_reason"] and forecast["points"] == [] for forecast in made[:2])
    only = api("viewer").get(f"{place}/forecasts?measure=net_sentiment").json()["data"]
    assert {forecast["measure"] for forecast in only} == {"net_sentiment"}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"horizon": 0}, "/horizon", "min_value"),
        ({"horizon": 61}, "/horizon", "max_value"),
        ({"horizon": "7"}, "/horizon", "wrong_type"),
        ({"horizon": 7.0}, "/horizon", "wrong_type"),
        ({"horizon": True}, "/horizon", "wrong_type"),
        ({"queries": ["qry_0"]}, "/queries/0", "bad_id"),
        ({"queries": ["qry_019d4b0a7c007abc8def0123456789ab"]}, "/queries/0", "unknown_query"),
        ({"queries": {}}, "/queries", "not_a_list"),
    ],
)
def test_a_forecast_that_cannot_be_is_refused(api: Api, place: str, body: Any, pointer: str, code: str) -> None:
    refused = api("analyst").post(f"{place}/forecasts", body)

    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def test_a_report_is_asked_for_polled_and_downloaded(api: Api, cast: Cast, place: str) -> None:
    api("manager").patch(place, {"name": 'Café "Ünion" 漢字\r\nX-Evil: 1'})
    asked = api("analyst").post(f"{place}/reports", {**PERIOD, "locale": "de-DE", "title": "März"})
    url = f"{place}/reports/{asked.json()['id']}"
    early = api("viewer").get(f"{url}/file")

    drain()
    job = api("viewer").get(asked["Location"]).json()
    report = api("viewer").get(job["result"]["href"]).json()
    file = api("viewer").get(report["file"])
    content = file.getvalue()

    assert (asked.status_code, asked.json()["file"], early.status_code) == (202, None, 409)
    assert (early["Content-Type"], early.json()["code"]) == ("application/problem+json", "conflict")
    assert (job["state"], report["locale"], report["title"]) == ("succeeded", "de-DE", "März")
    assert (content[:5], len(content)) == (b"%PDF-", report["size"])
    assert (file["ETag"], file["Content-Length"]) == (f'"{report["sha256"]}"', str(report["size"]))
    assert file["Content-Disposition"] == 'attachment; filename="Cafe-Union-X-Evil-1-2026-03-01-2026-03-31.pdf"'


def test_a_file_that_is_gone_is_said_so(api: Api, cast: Cast, place: str) -> None:
    with schemas.enter(cast.client.schema_name):
        report = Report.objects.create(
            job_id="job_0", start=date(2026, 3, 1), end=date(2026, 3, 2), locale="en-GB", path="gone.pdf", sha256="x"
        )

    assert api("viewer").get(f"{place}/reports/{report.id}/file").status_code == 409


def test_a_file_is_named_without_the_clients_name_where_that_is_not_ascii(api: Api, place: str, things: Things) -> None:
    api("manager").patch(place, {"name": "漢字"})

    file = api("viewer").get(f"{place}/reports/{things['report']}/file")

    assert file["Content-Disposition"] == 'attachment; filename="report-2026-03-01-2026-03-31.pdf"'
    assert file.getvalue() == b"%PDF-"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"locale": "xx-YY"}, "/locale"),
        ({"locale": ""}, "/locale"),
        ({"title": "a" * 201}, "/title"),
        ({"title": 7}, "/title"),
    ],
)
def test_a_report_that_cannot_be_is_refused(api: Api, place: str, change: Any, pointer: str) -> None:
    refused = api("analyst").post(f"{place}/reports", {**PERIOD, **change})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_a_job_tells_how_far_it_is_and_why_it_failed(api: Api, cast: Cast, place: str) -> None:
    with schemas.enter(cast.client.schema_name):
        job = jobs.open_job(kind="import")
        jobs.start(job_id=job.id, total=8)
        jobs.advance(job_id=job.id, done=2, total=8)
    half = api("viewer").get(f"{place}/jobs/{job.id}").json()
    with schemas.enter(cast.client.schema_name):
        jobs.fail(job_id=job.id, code="missing_column", detail="No column holds the text.")
    failed = api("viewer").get(f"{place}/jobs/{job.id}").json()

    assert (half["state"], half["progress"], half["result"], half["error"]) == ("running", 0.25, None, None)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "missing_column")
    assert failed["finished_at"].endswith("Z")


def test_feeds_are_followed_once_and_unfollowed(api: Api, place: str) -> None:
    writer, body = api("analyst"), {"name": "Town", "url": "https://town.example/feed"}

    made = writer.post(f"{place}/feeds", body)

    assert (made.status_code, made.json()["problem"], made.json()["polled_at"]) == (201, None, None)
    assert writer.post(f"{place}/feeds", body).json()["errors"][0]["code"] == "taken"
    assert writer.get(made["Location"]).json() == made.json()
    assert writer.delete(made["Location"]).status_code == 204
    assert writer.get(made["Location"]).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "ftp://town.example/feed", "file:///etc/passwd", "javascript:alert(1)", "https://", "town.example", "",
        "https://user:secret@town.example/", "https://town.example/" + "a" * 2_000, "https://a b.example/", 7, None,
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_is_refused(api: Api, place: str, url: Any) -> None:
    refused = api("analyst").post(f"{place}/feeds", {"name": "x", "url": url})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/url")
    assert "secret" not in refused.content.decode()


def test_redactions_are_counted_by_kind(api: Api, place: str, things: Things) -> None:
    assert api("viewer").get(f"{place}/redactions").json() == {
        "data": [{"entity": "EMAIL_ADDRESS", "findings": 2}],
        "total": 2,
    }
