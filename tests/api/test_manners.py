"""What every route does alike: parameters, bodies, tags, headers, errors."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import override_settings
from django.utils import timezone

from api.models import IdempotencyRecord
from kernel import db as schemas
from tests.api.conftest import Api, Things
from tests.api.table import BODIES, READS, Row
from tests.cast import Cast

PROBLEM = "application/problem+json"
NUL, SURROGATE = '"\\u0000"', '"\\ud800"'


def _json(api: Api, key: str, row: Row, things: Things, body: str | bytes, **headers: str) -> Any:
    return api(key).generic(row.method, row.url(things), body, content_type="application/json", **headers)


@pytest.mark.parametrize("row", READS, ids=str)
def test_a_get_has_its_type_a_tag_and_a_304(row: Row, api: Api, things: Things) -> None:
    reader = api(row.asker)

    first = reader.get(row.url(things))
    content = first.getvalue()
    again = reader.get(row.url(things), HTTP_IF_NONE_MATCH=f'"other", W/{first["ETag"]}')
    changed = reader.get(row.url(things), HTTP_IF_NONE_MATCH='"other"')
    head = reader.head(row.url(things))

    assert first["Content-Type"] == row.media
    assert first["ETag"].startswith('"')
    assert content
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert (changed.status_code, changed.getvalue()) == (200, content)
    assert (head.status_code, head.getvalue(), head["ETag"]) == (200, b"", first["ETag"])


@pytest.mark.parametrize("row", READS, ids=str)
def test_a_get_refuses_a_parameter_it_does_not_know(row: Row, api: Api, things: Things) -> None:
    for query, code in (("colour=red", "unknown_parameter"), ("a\x00b=1", "unknown_parameter")):
        refused = api(row.asker).get(f"{row.url(things)}?{query}")

        assert refused.status_code == 400
        assert refused["Content-Type"] == PROBLEM
        (problem,) = refused.json()["errors"]
        assert problem["code"] == code


@pytest.mark.parametrize("row", BODIES, ids=str)
def test_a_body_is_read_strictly(row: Row, api: Api, things: Things) -> None:
    good = json.dumps(row.body)
    named = next(iter(row.body))
    bad = {
        json.dumps({**row.body, "colour": "red"}): ("/colour", "unknown_field"),
        json.dumps([row.body]): ("", "invalid"),
        "null": ("", "null"),
        '"text"': ("", "invalid"),
        good[:-1] + ', "x": ' + NUL + "}": ("/x", "nul_character"),
        good[:-1] + ', "x": ' + SURROGATE + "}": ("/x", "lone_surrogate"),
        json.dumps({**row.body, named: [["a"]]}): (f"/{named}", None),
        json.dumps({**row.body, named: {"a": 1}}): (f"/{named}", None),
    }
    for body, (pointer, code) in bad.items():
        refused = _json(api, row.asker, row, things, body)
        assert (body, refused.status_code) == (body, 400)
        found = {problem["pointer"]: problem["code"] for problem in refused.json()["errors"]}
        if code is None and isinstance(row.body[named], list) and f"{pointer}/0" in found:
            continue  # of a list, the item that is wrong is named
        assert pointer in found, body
        assert code in (None, found[pointer]), body
    for nonsense in (
        "{",
        good + "x",
        '{"a":1,"a":2}',
        '{"a":NaN}',
        "[" * 100_000,
        '{"a":' + "9" * 5_000 + "}",
        b"\xff",
    ):
        assert (nonsense[:9], _json(api, row.asker, row, things, nonsense).status_code) == (nonsense[:9], 400)
    assert _json(api, row.asker, row, things, '{"name": "' + "a" * 3_000_000 + '"}').status_code == 413


@pytest.mark.parametrize("row", BODIES, ids=str)
def test_a_body_of_another_type_is_refused(row: Row, api: Api, things: Things) -> None:
    for media in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        refused = api(row.asker).generic(row.method, row.url(things), b"x=1", content_type=media)
        assert (media, refused.status_code, refused.json()["code"]) == (media, 415, "unsupported_media_type")


@pytest.mark.parametrize("row", [row for row in BODIES if row.method == "POST"], ids=str)
def test_a_post_refuses_parameters(row: Row, api: Api, things: Things) -> None:
    refused = api(row.asker).post(f"{row.url(things)}?colour=red", row.body)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/colour")


def test_a_repeated_parameter_is_refused(api: Api) -> None:
    refused = api("viewer").get("/api/v1/clients?limit=1&limit=2")

    assert refused.json()["errors"] == [
        {"pointer": "/limit", "code": "repeated_parameter", "detail": "Given more than once."}
    ]


def test_what_cannot_be_accepted_is_a_406(api: Api, place: str) -> None:
    refused = api("viewer").get(place, HTTP_ACCEPT="application/xml")

    assert (refused.status_code, refused["Content-Type"], refused.json()["code"]) == (406, PROBLEM, "not_acceptable")


@pytest.mark.parametrize("path", ["/", "/nothing", "/api", "/api/v1", "/api/v1/nothing", "/api/v1/clients/", "/%00"])
def test_what_no_route_leads_to_is_a_problem_too(path: str, api: Api, db: None) -> None:
    refused = api("viewer").get(path)

    assert (refused.status_code, refused["Content-Type"], refused.json()["code"]) == (404, PROBLEM, "not_found")
    assert refused.json()["request_id"] == refused["X-Request-Id"]


def test_a_bad_host_is_a_problem_too(api: Api, db: None) -> None:
    with override_settings(ALLOWED_HOSTS=["api.example"]):
        refused = api("viewer").get("/api/v1/clients", SERVER_NAME="elsewhere.example")

    assert (refused.status_code, refused["Content-Type"]) == (400, PROBLEM)


def test_a_crash_is_a_problem_without_its_message(
    api: Api, place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*args: object) -> None:
        raise RuntimeError("ana_example wrote this")

    monkeypatch.setattr("api.v1.queries.queries", crash)
    visitor = api("viewer")
    visitor.raise_request_exception = False

    broken = visitor.get(f"{place}/queries")

    assert (broken.status_code, broken["Content-Type"], broken.json()["code"]) == (500, PROBLEM, "internal_error")
    assert "ana_example" not in broken.content.decode()


def test_a_crash_outside_a_view_is_a_problem_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("tenants.middleware.client_of_host", crash)
    visitor = api("viewer")
    visitor.raise_request_exception = False

    assert visitor.get("/api/v1/clients").json()["code"] == "internal_error"


@pytest.mark.parametrize("where", ["tenants.middleware.client_of_host", "api.authentication.caller_of"])
def test_a_database_that_is_away_is_a_503(where: str, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(where, away)
    visitor = api("viewer")
    visitor.raise_request_exception = False

    answer = visitor.get("/api/v1/clients")

    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (503, PROBLEM, "unavailable")


def test_a_request_id_is_taken_over_where_it_is_well_formed(api: Api, place: str) -> None:
    visitor = api("viewer")

    assert visitor.get(place, HTTP_X_REQUEST_ID="from-the-proxy-1")["X-Request-Id"] == "from-the-proxy-1"
    assert visitor.get(place, HTTP_X_REQUEST_ID="a b")["X-Request-Id"].startswith("req_")


def test_a_limit_is_told_and_kept(api: Api, cast: Cast, place: str, settings: Any) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 3
    visitor, other = api("viewer"), api("analyst")

    with mock.patch("django.utils.timezone.now", return_value=timezone.now()):  # all in one minute
        allowed = [visitor.get(place), visitor.get("/api/v1/api_keys"), visitor.get(f"{place}/jobs/job_0")]
        refused = visitor.get(place)

    # Refused requests count too.
    assert [answer.status_code for answer in allowed] == [200, 403, 404]
    assert [answer["RateLimit"].split(";")[1] for answer in allowed] == ["r=2", "r=1", "r=0"]
    assert allowed[0]["RateLimit-Policy"] == '"default";q=3;w=60'
    assert (refused.status_code, refused["Content-Type"], refused.json()["code"]) == (429, PROBLEM, "rate_limited")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert other.get(place).status_code == 200


def test_the_same_key_twice_is_done_once(api: Api, place: str) -> None:
    writer = api("analyst")
    body = {"name": "Rye", "kind": "topic", "text": "rye"}

    first = writer.post(f"{place}/queries", body, HTTP_IDEMPOTENCY_KEY="k1")
    second = writer.post(f"{place}/queries", body, HTTP_IDEMPOTENCY_KEY="k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Location"] == first["Location"]
    assert (second["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    assert len(writer.get(f"{place}/queries").json()["data"]) == 1


def test_an_error_is_repeated_as_the_problem_it_was(api: Api, place: str) -> None:
    bad = {"name": "Rye", "kind": "topic", "text": "("}

    first, second = (api("analyst").post(f"{place}/queries", bad, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))

    assert (first.status_code, second.status_code, second["Content-Type"]) == (400, 400, PROBLEM)
    assert second.content == first.content


def test_the_same_key_for_something_else_is_refused(api: Api, place: str) -> None:
    writer = api("analyst")
    body = {"name": "Rye", "kind": "topic", "text": "rye"}
    writer.post(f"{place}/queries", body, HTTP_IDEMPOTENCY_KEY="k1")

    other_body = writer.post(f"{place}/queries", {**body, "name": "Oat"}, HTTP_IDEMPOTENCY_KEY="k1")
    other_route = writer.post(f"{place}/forecasts", body, HTTP_IDEMPOTENCY_KEY="k1")
    other_caller = api("owner").post(f"{place}/queries", {**body, "name": "Oat"}, HTTP_IDEMPOTENCY_KEY="k1")

    assert (other_body.status_code, other_body.json()["code"]) == (422, "unprocessable")
    assert other_route.status_code == 422
    assert other_caller.status_code == 201


def test_a_key_whose_first_request_still_runs_is_a_409(api: Api, cast: Cast, place: str) -> None:
    writer = api("analyst")
    body = {"name": "Rye", "kind": "topic", "text": "rye"}
    writer.post(f"{place}/queries", body, HTTP_IDEMPOTENCY_KEY="k1")
    with schemas.public():
        IdempotencyRecord.objects.update(status=None, answer=None)

    assert writer.post(f"{place}/queries", body, HTTP_IDEMPOTENCY_KEY="k1").status_code == 409


def test_a_kept_answer_is_not_readable_in_the_database(api: Api, cast: Cast) -> None:
    made = (
        api("owner").post("/api/v1/api_keys", {"name": "Dashboard", "role": "viewer"}, HTTP_IDEMPOTENCY_KEY="k1").json()
    )

    with schemas.public():
        kept = bytes(IdempotencyRecord.objects.get().answer)
    assert made["secret"].encode() not in kept
    assert b"Dashboard" not in kept


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(key: str, api: Api, place: str) -> None:
    assert api("analyst").post(f"{place}/forecasts", {}, HTTP_IDEMPOTENCY_KEY=key).status_code == 400


def test_if_match_lets_only_the_newest_state_be_changed(api: Api, place: str) -> None:
    writer = api("manager")
    tag = writer.get(place)["ETag"]

    stale = writer.patch(place, {"name": "Stale"}, HTTP_IF_MATCH='"older"')
    fresh = writer.patch(place, {"name": "Fresh"}, HTTP_IF_MATCH=f'"older", {tag}')
    late = writer.patch(place, {"name": "Late"}, HTTP_IF_MATCH=tag)
    whatever = writer.patch(place, {"time_zone": "Asia/Tokyo"}, HTTP_IF_MATCH="*")

    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (fresh.status_code, fresh.json()["name"]) == (200, "Fresh")
    assert late.status_code == 412
    assert (whatever.status_code, whatever.json()["name"]) == (200, "Fresh")


def test_a_write_that_fails_after_its_if_match_changes_nothing(api: Api, place: str) -> None:
    writer = api("manager")
    tag = writer.get(place)["ETag"]

    refused = writer.patch(place, {"name": "New", "time_zone": "Nowhere/Else"}, HTTP_IF_MATCH=tag)

    assert refused.status_code == 400
    assert writer.get(place)["ETag"] == tag
    assert api("viewer").get(f"{place}/queries").status_code == 200
