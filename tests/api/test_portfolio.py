"""The portfolio and its benchmarks through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tenants.models import Agency, Client, ClientMeter, ClientSummary, MentionCount, Plan
from tenants.plans.limits import month_of
from tenants.portfolio.benchmarks import publish_due
from tenants.portfolio.contracts import Alert
from tenants.services import issue_key
from tests.api.conftest import Api
from tests.cast import Cast
from tests.tenants.portfolio_cast import add_clients

URL = "/api/v1/portfolio"
NAMES = ("name", "mentions", "net_sentiment", "alerts")


def told(client: Client, **changed: Any) -> None:
    ClientSummary.objects.filter(client=client).update(**changed)


def alerts(*values: float) -> dict[str, Any]:
    since = timezone.now() - timedelta(days=1)
    stored = [Alert("volume_spike", value, 18, 61, 28, since).to_json() for value in values]
    return {"alerts": stored, "alert_count": len(stored)}


def walk(reader: Any, **parameters: Any) -> list[dict[str, Any]]:
    """All rows, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = reader.get(URL, {**parameters, **({"cursor": cursor} if cursor else {})}).json()
        assert len(page["data"]) <= int(parameters.get("limit", 50))
        rows += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


def metered(agency: Agency, client_id: str, mentions: int) -> None:
    MentionCount.objects.create(
        agency=agency, client_id_text=client_id, month=month_of(timezone.now()), mentions=mentions
    )


def test_a_client_that_has_told_nothing_has_nulls_and_no_zeros(api: Api, cast: Cast) -> None:
    body = api("viewer").get(URL).json()

    row = next(row for row in body["data"] if row["client"] == cast.client.id)
    assert row == {
        "client": cast.client.id,
        "name": cast.client.name,
        "status": "active",
        "as_of": None,
        "mentions": dict.fromkeys(("today", "last_7_days", "previous_7_days", "change", "last_30_days")),
        "engagement_per_mention": None,
        "net_sentiment": None,
        "net_sentiment_7d": {"value": None, "n": None},
        "alerts": None,
        "quota": {"mentions": None, "share": None},
        "queries": None,
    }
    assert body["totals"]["mentions"] == dict.fromkeys(("today", "last_7_days", "change", "last_30_days"))
    assert (body["totals"]["clients"], body["totals"]["clients_with_summary"]) == (2, 0)


def test_a_row_shows_what_was_told_and_metered(api: Api, cast: Cast) -> None:
    (client,) = add_clients(cast.agency, 1, mentions_7d=150)
    told(client, **alerts(96))
    ClientMeter.objects.create(client=client, queries=4, queries_changed_at=timezone.now())
    metered(cast.agency, client.id, 250)
    Agency.objects.filter(id=cast.agency.id).update(plan=Plan.objects.create(name="Small", mentions_per_month=1_000))

    body = api("viewer").get(URL, {"has_alerts": "true"}).json()

    (row,) = body["data"]
    assert row["mentions"] == {
        "today": 5, "last_7_days": 150, "previous_7_days": 100, "change": 0.5, "last_30_days": 400
    }  # fmt: skip
    assert row["net_sentiment"] == {"value": 0.2, "low": 0.1, "high": 0.3, "n": 300}
    assert row["engagement_per_mention"] == pytest.approx(200 / 150)
    (alert,) = row["alerts"]
    assert {name: alert[name] for name in ("kind", "value", "expected", "n")} == {
        "kind": "volume_spike", "value": 96.0, "expected": {"low": 18.0, "high": 61.0}, "n": 28
    }  # fmt: skip
    assert (row["quota"], row["queries"]) == ({"mentions": 250, "share": 0.25}, 4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_hold_every_client_once_in_order_and_those_that_cannot_tell_last(
    api: Api, cast: Cast, name: str, sign: str
) -> None:
    clients = add_clients(cast.agency, 9)
    for number, client in enumerate(clients):
        Client.objects.filter(id=client.id).update(name=f"{'aB'[number % 2]}{number // 3}")
        net = [None, -0.5, 0.1 + 0.2][number % 3]
        told(client, mentions_7d=number // 2, net_sentiment=net, **alerts(*range(number % 3)))
    keys = {
        "name": lambda row: row["name"].lower(),
        "mentions": lambda row: row["mentions"]["last_7_days"],
        "net_sentiment": lambda row: row["net_sentiment"] and row["net_sentiment"]["value"],
        "alerts": lambda row: None if row["alerts"] is None else len(row["alerts"]),
    }

    for limit in (1, 2, 4, 200):
        rows = walk(api("viewer"), sort=sign + name, limit=limit)
        found = [keys[name](row) for row in rows]  # type: ignore[no-untyped-call]
        known = [value for value in found if value is not None]
        assert sorted(row["client"] for row in rows) == sorted(
            client.id for client in (*clients, cast.client, cast.second_client)
        )
        assert known == sorted(known, reverse=sign == "-")
        assert found == known + [None] * (len(found) - len(known))


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzEsMiwzXQ", "WyJuYW1lIiwgIngiLCAieCJd", "W" * 1999])
def test_a_cursor_of_another_list_is_refused(api: Api, cast: Cast, cursor: str) -> None:
    refused = api("viewer").get(URL, {"cursor": cursor})

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "bad_cursor")


def test_a_cursor_of_another_order_is_refused(api: Api, cast: Cast) -> None:
    cursor = api("viewer").get(URL, {"limit": 1}).json()["next_cursor"]

    for sort in ("-name", "mentions", "-net_sentiment"):
        assert api("viewer").get(URL, {"cursor": cursor, "sort": sort}).status_code == 400
    assert api("viewer").get(URL, {"cursor": cursor}).status_code == 200


@pytest.mark.parametrize("query", ["sort=age", "sort=", "status=purging", "has_alerts=1", "limit=0", "since=x"])
def test_a_parameter_that_cannot_be_is_named(api: Api, cast: Cast, query: str) -> None:
    refused = api("viewer").get(f"{URL}?{query}")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/" + query.partition("=")[0])


def test_filters_choose_and_totals_stay(api: Api, cast: Cast) -> None:
    loud, quiet, stopped = add_clients(cast.agency, 3)
    told(loud, **alerts(1, 2))
    Client.objects.filter(id=stopped.id).update(status=Client.Status.SUSPENDED)

    def chosen(**parameters: str) -> set[str]:
        body = api("viewer").get(URL, parameters).json()
        assert (body["totals"]["clients"], body["totals"]["clients_with_alerts"]) == (5, 1)
        assert body["totals"]["mentions"]["last_7_days"] == 303
        assert body["totals"]["mentions"]["change"] == pytest.approx(0.01)
        return {row["client"] for row in body["data"]}

    assert chosen(has_alerts="true") == {loud.id}
    assert chosen(has_alerts="false") == {quiet.id, stopped.id}, "of who has told nothing, nobody knows"
    assert chosen(status="suspended") == {stopped.id}
    assert chosen(status="suspended", has_alerts="true") == set()


def test_a_key_bound_to_clients_sees_those_and_nothing_of_the_plan(api: Api, cast: Cast) -> None:
    mine, yours = add_clients(cast.agency, 2)
    for client in (mine, yours):
        metered(cast.agency, client.id, 450)
    Agency.objects.filter(id=cast.agency.id).update(plan=Plan.objects.create(name="Small", mentions_per_month=1_000))
    _, bound = issue_key(agency_id=cast.agency.id, name="x", role="viewer", actor="system", clients=[mine])

    body, whole = api(bound.text).get(URL).json(), api("viewer").get(URL).json()

    assert [row["client"] for row in body["data"]] == [mine.id]
    assert body["data"][0]["quota"] == {"mentions": 450, "share": None}
    assert body["totals"]["clients"] == 1
    assert body["totals"]["mentions"]["last_7_days"] == 100
    assert body["totals"]["quota"] == {**whole["totals"]["quota"], "mentions": 450, "limit": None, "share": None}
    assert body["totals"]["alerts"] == []


def test_four_fifths_of_the_plan_are_an_alert_of_the_agency(api: Api, cast: Cast) -> None:
    metered(cast.agency, cast.client.id, 500)
    metered(cast.agency, "cli_that_is_gone", 299)
    metered(cast.other, cast.other_client.id, 10_000)
    Agency.objects.filter(id=cast.agency.id).update(plan=Plan.objects.create(name="Small", mentions_per_month=1_000))
    assert api("viewer").get(URL).json()["totals"]["alerts"] == []

    MentionCount.objects.filter(client_id_text=cast.client.id).update(mentions=501)
    totals = api("viewer").get(URL).json()["totals"]

    assert (totals["quota"]["mentions"], totals["quota"]["limit"], totals["quota"]["share"]) == (800, 1_000, 0.8)
    (alert,) = totals["alerts"]
    assert (alert["kind"], alert["value"], alert["n"], alert["since"][:10]) == (
        "quota_near", 0.8, 800, totals["quota"]["month"]
    )  # fmt: skip


@pytest.mark.parametrize("path", [URL, f"{URL}?sort=-mentions&has_alerts=false", f"{URL}/benchmarks"])
def test_statements_do_not_grow_with_clients(
    api: Api, cast: Cast, path: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    reader = api("owner")
    add_clients(cast.agency, 1)
    reader.get(path)
    with django_assert_max_num_queries(20) as few:
        assert reader.get(path).status_code == 200

    add_clients(cast.agency, 47)
    with django_assert_num_queries(len(few)):
        answer = reader.get(path)

    shown = [query["sql"] for query in few.captured_queries if "tenants_clientsummary" in query["sql"]]
    assert len(shown) <= 2
    assert "benchmarks" in path or len(answer.json()["data"]) >= 48


def test_the_same_portfolio_has_the_same_tag(api: Api, cast: Cast) -> None:
    (client,) = add_clients(cast.agency, 1)
    tag = api("viewer").get(URL)["ETag"]
    assert api("viewer").get(URL, HTTP_IF_NONE_MATCH=tag).status_code == 304

    told(client, mentions_7d=7)
    assert api("viewer").get(URL, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_benchmarks_abstain_until_five_clients_can_tell(api: Api, cast: Cast) -> None:
    now = timezone.now()
    add_clients(cast.agency, 4, as_of=now)
    publish_due(now=now)
    few = api("viewer").get(f"{URL}/benchmarks").json()
    none = {"value": None, "at_least": None, "abstain_reason": "too_few_clients"}
    assert few == {
        "week": None,
        "made_at": None,
        "figures": dict.fromkeys(("mentions_7d", "change", "net_sentiment_7d", "engagement_per_mention"), none),
    }

    add_clients(cast.agency, 1, as_of=now, sentiment_n_7d=3)
    publish_due(now=now)
    figures = api("viewer").get(f"{URL}/benchmarks").json()["figures"]
    assert figures["mentions_7d"] == {"value": 100.0, "at_least": 5, "abstain_reason": None}
    assert figures["net_sentiment_7d"] == none


def test_everybody_reads_the_same_benchmark_whatever_they_reach(api: Api, cast: Cast) -> None:
    now = timezone.now()
    clients = add_clients(cast.agency, 6, as_of=now)
    publish_due(now=now)
    keys = [
        issue_key(agency_id=cast.agency.id, name="x", role="viewer", actor="system", clients=bound)[1].text
        for bound in ((), clients[:1], clients[1:], [cast.client])
    ]

    bodies = {api(key).get(f"{URL}/benchmarks").content for key in keys}
    Client.objects.filter(id=clients[0].id).delete()
    publish_due(now=now)
    bodies.add(api(keys[0]).get(f"{URL}/benchmarks").content)

    assert len(bodies) == 1
    assert api(cast.other_keys["viewer"]).get(f"{URL}/benchmarks").json()["week"] is None
    assert api(keys[0]).get(f"{URL}/benchmarks?status=active").status_code == 400, "no filter carves out a few"
