"""Plan limits as a caller meets them, and what is metered of calls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from analytics.listening.models import Query
from analytics.mentions.models import MonthlyTally
from analytics.sources.models import Feed, Import
from api import parsers
from kernel import db as schemas
from tenants.models import Client, ClientMeter, Usage
from tenants.plans.claims import settle_storage
from tenants.plans.limits import month_of
from tenants.plans.meters import tell_mentions
from tenants.plans.services import assign_plan, create_plan
from tests.api.conftest import Api
from tests.cast import Cast

QUERY = {"name": "Rye", "kind": "topic", "text": "rye"}
FEED = {"name": "Town", "url": "https://town.example/feed"}


def plan(cast: Cast, **limits: int) -> None:
    with schemas.public():
        assign_plan(agency_id=cast.agency.id, plan=create_plan(name="Small", **limits))


def calls(cast: Cast) -> int:
    with schemas.public():
        return sum(Usage.objects.filter(agency=cast.agency).values_list("api_calls", flat=True))


def store(cast: Cast, number: int) -> None:
    """As if this client had stored so many mentions this month."""
    with schemas.enter(cast.client.schema_name):
        MonthlyTally.objects.update_or_create(month=month_of(datetime.now(UTC)), defaults={"stored": number})


def file(size: int = 10) -> dict[str, Any]:
    return {"data": {"file": SimpleUploadedFile("p.csv", b"text,created_at\n" + b"x" * size)}, "format": "multipart"}


def refusal(response: Any) -> tuple[int, str, dict[str, Any]]:
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, body["code"], {name: body[name] for name in ("plan", "limit", "used", "allowed")}


def limit(name: str, used: int, allowed: int) -> tuple[int, str, dict[str, Any]]:
    return 402, "plan_limit", {"plan": "Small", "limit": name, "used": used, "allowed": allowed}


class TestWhatDoesNotFit:
    def test_a_client(self, api: Api, cast: Cast) -> None:
        plan(cast, clients=3)

        made = [api("manager").post("/api/v1/clients", {"name": name}) for name in ("Third", "Fourth")]

        assert made[0].status_code == 201
        assert refusal(made[1]) == limit("clients", 3, 3)
        assert api(cast.other_keys["owner"]).post("/api/v1/clients", {"name": "x"}).status_code == 201

    def test_a_query_until_one_is_deleted(
        self, api: Api, cast: Cast, place: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        plan(cast, queries=1)
        elsewhere = place.replace(cast.client.id, cast.second_client.id)

        made = api("manager").post(f"{place}/queries", QUERY)
        refused = [api("manager").post(f"{where}/queries", {**QUERY, "name": "x"}) for where in (place, elsewhere)]

        assert made.status_code == 201
        assert [refusal(each) for each in refused] == [limit("queries", 1, 1)] * 2
        with schemas.enter(cast.client.schema_name):
            assert Query.objects.count() == 1
        with django_capture_on_commit_callbacks(execute=True):
            assert api("manager").delete(made["Location"]).status_code == 204
        assert api("manager").post(f"{elsewhere}/queries", QUERY).status_code == 201

    def test_a_query_that_is_refused_for_another_reason_takes_no_place(self, api: Api, cast: Cast, place: str) -> None:
        plan(cast, queries=1)

        for body in ({**QUERY, "text": '"open'}, {**QUERY, "kind": "x"}):
            assert api("analyst").post(f"{place}/queries", body).status_code == 400

        assert api("analyst").post(f"{place}/queries", QUERY).status_code == 201

    def test_an_import_or_a_feed_when_the_months_mentions_are_used_up(self, api: Api, cast: Cast, place: str) -> None:
        plan(cast, mentions_per_month=10)
        this_month = month_of(datetime.now(UTC))
        store(cast, 4)
        with schemas.public():
            tell_mentions(cast.second_client, month=this_month, mentions=6)

        for made in (api("analyst").post(f"{place}/imports", **file()), api("analyst").post(f"{place}/feeds", FEED)):
            assert refusal(made) == limit("mentions_per_month", 10, 10)

        with schemas.enter(cast.client.schema_name):
            assert not Import.objects.exists()
            assert not Feed.objects.exists()
        store(cast, 3)
        assert api("analyst").post(f"{place}/imports", **file()).status_code == 202
        assert api("analyst").post(f"{place}/feeds", FEED).status_code == 201

    def test_a_file_before_it_is_read(self, api: Api, cast: Cast, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
        plan(cast, storage_bytes=100_000)
        with schemas.public():
            settle_storage(cast.second_client, size=90_000, measured_at=datetime.now(UTC))
        reads: list[int] = []
        read = parsers.FormParser.parse

        def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
            reads.append(1)
            return read(self, *args, **kwargs)

        monkeypatch.setattr(parsers.FormParser, "parse", counting)

        refused = api("analyst").post(f"{place}/imports", **file(20_000))

        assert refusal(refused) == limit("storage_bytes", 90_000, 100_000)
        assert reads == []
        # What fits is kept, and counts from then on.
        assert api("analyst").post(f"{place}/imports", **file(6_000)).status_code == 202
        assert api("analyst").post(f"{place}/imports", **file(6_000)).status_code == 402
        assert reads == [1]
        with schemas.public():
            assert ClientMeter.objects.get(client=cast.client).storage_bytes == 6_016

    def test_a_file_that_is_refused_takes_no_room(self, api: Api, cast: Cast, place: str) -> None:
        empty = {"data": {"file": SimpleUploadedFile("p.csv", b"")}, "format": "multipart"}

        assert api("analyst").post(f"{place}/imports", **empty).status_code == 400

        with schemas.public():
            assert ClientMeter.objects.get(client=cast.client).storage_bytes == 0

    def test_a_limit_does_not_tell_of_a_client_out_of_reach(self, api: Api, cast: Cast, place: str) -> None:
        with schemas.public():
            assign_plan(agency_id=cast.other.id, plan=create_plan(name="None", queries=0, mentions_per_month=0))
        theirs = place.replace(cast.client.id, cast.other_client.id)

        for path, content in (("queries", {"data": QUERY}), ("feeds", {"data": FEED}), ("imports", file())):
            assert api("owner").post(f"{theirs}/{path}", **content).status_code == 404
            assert api(cast.other_keys["viewer"]).post(f"{theirs}/{path}", **content).status_code == 403
            assert api(cast.other_keys["owner"]).post(f"{theirs}/{path}", **content).status_code == 402


class TestSentTwice:
    def test_a_refusal_is_not_kept_for_the_same_key(self, api: Api, cast: Cast, place: str) -> None:
        plan(cast, clients=2)

        def post() -> Any:
            return api("manager").post("/api/v1/clients", {"name": "Third"}, HTTP_IDEMPOTENCY_KEY="k1")

        assert post().status_code == 402
        with schemas.public():
            assign_plan(agency_id=cast.agency.id, plan=None)
        assert post().status_code == 201

    def test_what_was_done_is_answered_although_there_is_no_room_any_more(
        self, api: Api, cast: Cast, place: str
    ) -> None:
        plan(cast, mentions_per_month=10, storage_bytes=10**9)
        first = api("analyst").post(f"{place}/imports", **file(), HTTP_IDEMPOTENCY_KEY="k2")
        store(cast, 10)

        again = api("analyst").post(f"{place}/imports", **file(), HTTP_IDEMPOTENCY_KEY="k2")

        assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (202, first.json(), "true")
        assert api("analyst").post(f"{place}/imports", **file(), HTTP_IDEMPOTENCY_KEY="k3").status_code == 402

    def test_a_replay_is_no_call_of_the_month(self, api: Api, cast: Cast, place: str) -> None:
        for _ in range(3):
            made = api("analyst").post(f"{place}/queries", QUERY, HTTP_IDEMPOTENCY_KEY="k1")
            assert made.status_code == 201

        assert calls(cast) == 1
        with schemas.public():
            assert ClientMeter.objects.get(client=cast.client).queries == 1


class TestCalls:
    def test_what_is_answered_counts_and_what_was_nobodys_does_not(self, api: Api, cast: Cast, place: str) -> None:
        visitor = api("viewer")
        for path, status in (
            (place, 200), (f"{place}/jobs/job_0", 404), ("/api/v1/api_keys", 403), (f"{place}?x=1", 400),
        ):  # fmt: skip
            assert visitor.get(path).status_code == status
        assert calls(cast) == 4

        assert api(None).get(place).status_code == 401
        assert api("ear_" + "a" * 12 + "_" + "b" * 43).get(place).status_code == 401
        assert api(None).get("/api/v1/health").status_code == 200
        assert calls(cast) == 4

    def test_what_fails_on_our_side_is_not_charged(self, api: Api, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(*args: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("api.v1.clients.clients_of", crash)
        visitor = api("viewer")
        visitor.raise_request_exception = False

        assert visitor.get("/api/v1/clients").status_code == 500
        assert calls(cast) == 0

    def test_what_came_too_fast_is_not_charged(self, api: Api, cast: Cast, place: str, settings: Any) -> None:
        settings.RATE_LIMIT_PER_MINUTE = 2

        with mock.patch("django.utils.timezone.now", return_value=timezone.now()):  # all in one minute
            answers = [api("viewer").get(place) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert calls(cast) == 2

    def test_the_month_is_told_and_kept(self, api: Api, cast: Cast, place: str) -> None:
        plan(cast, api_calls_per_month=2)

        allowed = [api("viewer").get(place), api("owner").get("/api/v1/api_keys")]
        refused = api("viewer").get(place)

        assert [answer.status_code for answer in allowed] == [200, 200]
        assert [answer["RateLimit"].split(", ")[1].split(";")[:2] for answer in (*allowed, refused)] == [
            ['"month"', "r=1"], ['"month"', "r=0"], ['"month"', "r=0"],
        ]  # fmt: skip
        assert refused["RateLimit-Policy"].split(", ")[1].startswith('"month";q=2;w=')
        assert refusal(refused) == (
            429, "plan_limit", {"plan": "Small", "limit": "api_calls_per_month", "used": 2, "allowed": 2},
        )  # fmt: skip
        now = datetime.now(UTC)
        following = (month_of(now) + timedelta(days=32)).replace(day=1)
        ends = now + timedelta(seconds=int(refused["Retry-After"]))
        assert abs(ends - datetime(following.year, following.month, 1, tzinfo=UTC)) < timedelta(seconds=30)
        assert calls(cast) == 2
        assert api(cast.other_keys["viewer"]).get("/api/v1/clients").status_code == 200

    def test_what_is_used_can_be_asked_for_when_nothing_else_can(self, api: Api, cast: Cast, place: str) -> None:
        plan(cast, api_calls_per_month=1)
        assert api("viewer").get(place).status_code == 200

        for path in ("/api/v1/usage", "/api/v1/usage/clients", f"{place}/usage"):
            answer = api("viewer").get(path)
            assert (path, answer.status_code) == (path, 200)
            assert '"month"' not in answer["RateLimit"]
        assert api("viewer").get("/api/v1/usage").json()["limits"]["api_calls_per_month"] == {"used": 1, "allowed": 1}


class TestUsage:
    def test_it_tells_the_agency_and_each_client(self, api: Api, cast: Cast, place: str) -> None:
        plan(cast, clients=5, queries=10)
        present = month_of(datetime.now(UTC))
        api("analyst").post(f"{place}/queries", QUERY)
        with schemas.public():
            tell_mentions(cast.client, month=present, mentions=7)
            tell_mentions(cast.client, month=date(present.year - 1, present.month, 1) + timedelta(days=31), mentions=1)

        whole = api("viewer").get("/api/v1/usage").json()
        clients = api("viewer").get("/api/v1/usage/clients").json()["data"]
        own = api("viewer").get(f"{place}/usage").json()

        assert (whole["plan"], whole["measured_at"]) == ("Small", None)
        assert whole["limits"]["clients"] == {"used": 2, "allowed": 5}
        assert whole["limits"]["queries"] == {"used": 1, "allowed": 10}
        assert whole["limits"]["mentions_per_month"] == {"used": 7, "allowed": None}
        assert whole["months"][0] == {"month": present.isoformat(), "mentions": 7, "api_calls": 1}
        assert [(row["client"], row["mentions"], row["queries"]) for row in clients] == [
            (cast.second_client.id, 0, 0), (cast.client.id, 7, 1),
        ]  # fmt: skip
        assert (own["client"], own["mentions"], own["queries"]) == (cast.client.id, 7, 1)
        assert own["months"][0] == {"month": present.isoformat(), "mentions": 7}

    def test_a_bound_key_sees_its_clients_and_not_the_plan(self, api: Api, cast: Cast, place: str) -> None:
        bound = api(cast.bound_key)

        assert bound.get("/api/v1/usage").status_code == 403
        assert [row["client"] for row in bound.get("/api/v1/usage/clients").json()["data"]] == [cast.client.id]
        assert "plan" not in bound.get(f"{place}/usage").json()

    def test_a_list_of_clients_costs_as_many_statements_as_one(
        self, api: Api, cast: Cast, django_assert_max_num_queries: Any
    ) -> None:
        api("owner").get("/api/v1/usage/clients")
        with schemas.public():
            for number in range(9):
                made = Client.objects.create(
                    agency=cast.agency, name="c", schema_name=f"c_usage_{number}", wrapped_key=b"x"
                )
                settle_storage(made, size=1, measured_at=datetime.now(UTC))

        with django_assert_max_num_queries(7):
            assert len(api("owner").get("/api/v1/usage/clients").json()["data"]) == 11
