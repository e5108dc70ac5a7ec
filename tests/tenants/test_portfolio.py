"""Keeping what clients tell, and publishing what is typical of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel import db
from kernel.ids import encode, uuid7
from tenants.access import Caller
from tenants.models import Agency, Benchmark, Client, ClientSummary
from tenants.portfolio.benchmarks import benchmark_of, publish_due, week_of
from tenants.portfolio.contracts import Alert, Summary
from tenants.portfolio.selectors import portfolio_of, totals_of
from tenants.portfolio.services import keep_summary
from tests.cast import Cast
from tests.tenants.portfolio_cast import NOW, add_clients

MONDAY = date(2026, 3, 30)


def kept(client: Client) -> ClientSummary:
    return ClientSummary.objects.get(client=client)


def drop(since: datetime, value: float = -0.4) -> Alert:
    return Alert("sentiment_drop", value, -0.1, 0.3, 90, since)


def test_a_newer_summary_replaces_an_older_one_and_never_the_other_way(cast: Cast) -> None:
    later, earlier = Summary(mentions_7d=20), Summary(mentions_7d=10)

    assert keep_summary(client_id=cast.client.id, as_of=NOW, summary=later)
    assert not keep_summary(client_id=cast.client.id, as_of=NOW - timedelta(seconds=1), summary=earlier)
    assert (kept(cast.client).mentions_7d, kept(cast.client).as_of) == (20, NOW)

    assert keep_summary(client_id=cast.client.id, as_of=NOW + timedelta(seconds=1), summary=Summary())
    assert kept(cast.client).mentions_7d is None


def test_the_same_twice_changes_nothing(cast: Cast) -> None:
    summary = Summary(mentions_today=1, mentions_7d=2, net_sentiment=0.5, sentiment_n=3, alerts=(drop(NOW),))
    rows = []
    for _ in range(2):
        keep_summary(client_id=cast.client.id, as_of=NOW, summary=summary)
        rows.append(ClientSummary.objects.filter(client=cast.client).values().get())

    assert rows[0] == rows[1]
    assert rows[0]["alert_count"] == 1
    assert [Alert.from_json(alert) for alert in rows[0]["alerts"]] == [drop(NOW)]


def test_a_client_that_is_gone_is_passed_over(cast: Cast) -> None:
    assert not keep_summary(client_id=encode("cli", uuid7()), as_of=NOW, summary=Summary())
    assert not ClientSummary.objects.exists()


def test_a_drop_that_lasts_keeps_its_age_and_one_that_comes_again_does_not(cast: Cast) -> None:
    def tell(minutes: int, *alerts: Alert) -> list[Any]:
        as_of = NOW + timedelta(minutes=minutes)
        keep_summary(client_id=cast.client.id, as_of=as_of, summary=Summary(alerts=alerts))
        return [(alert["value"], alert["since"]) for alert in kept(cast.client).alerts]

    first, later = NOW - timedelta(days=7), NOW - timedelta(days=6)
    assert tell(0, drop(first)) == [(-0.4, first.isoformat())]
    assert tell(1, drop(later, -0.5)) == [(-0.5, first.isoformat())]
    assert tell(2) == []
    assert tell(3, drop(later)) == [(-0.4, later.isoformat())]


def test_no_client_can_write_a_summary_itself(cast: Cast) -> None:
    with pytest.raises(Exception, match=r"does not exist|denied"), transaction.atomic(), db.enter(
        cast.client.schema_name
    ):  # fmt: skip
        keep_summary(client_id=cast.client.id, as_of=NOW, summary=Summary())


def asker(agency: Agency, *clients: Client) -> Caller:
    return Caller("key_x", agency.id, "viewer", frozenset(client.id for client in clients) or None)


def test_five_clients_make_a_benchmark_and_four_do_not(cast: Cast) -> None:
    add_clients(cast.agency, 5)
    add_clients(cast.other, 4)

    assert publish_due(now=NOW) == 1

    (made,) = Benchmark.objects.all()
    assert (made.agency_id, made.week, made.made_at) == (cast.agency.id, MONDAY, NOW)
    assert made.figures["mentions_7d"] == {"value": 100.0, "at_least": 5}
    assert benchmark_of(asker(cast.other), now=NOW) is None


def test_one_version_a_week_whoever_comes_or_goes(cast: Cast) -> None:
    clients = add_clients(cast.agency, 6)
    publish_due(now=NOW)
    before = Benchmark.objects.get().figures

    add_clients(cast.agency, 20, mentions_7d=9_000)
    Client.objects.filter(id=clients[0].id).delete()
    assert publish_due(now=NOW + timedelta(days=5)) == 0
    assert Benchmark.objects.get().figures == before

    ClientSummary.objects.update(as_of=NOW + timedelta(days=6))
    assert publish_due(now=NOW + timedelta(days=6)) == 0, "another week, and six of the same days"
    ClientSummary.objects.update(as_of=NOW + timedelta(days=7))
    assert publish_due(now=NOW + timedelta(days=7)) == 1
    assert Benchmark.objects.latest("week").figures != before


def test_an_agency_with_too_few_is_looked_at_again(cast: Cast) -> None:
    add_clients(cast.agency, 4)
    assert publish_due(now=NOW) == 0

    add_clients(cast.agency, 1)
    assert publish_due(now=NOW + timedelta(days=1)) == 1


def test_who_sleeps_or_is_stopped_is_not_counted(cast: Cast) -> None:
    add_clients(cast.agency, 4)
    add_clients(cast.agency, 1, as_of=NOW - timedelta(days=3))
    (stopped,) = add_clients(cast.agency, 1)
    Client.objects.filter(id=stopped.id).update(status=Client.Status.SUSPENDED)

    assert publish_due(now=NOW) == 0


def test_everybody_in_the_agency_reads_the_same(cast: Cast) -> None:
    clients = add_clients(cast.agency, 5)
    publish_due(now=NOW)

    found = [benchmark_of(asker(cast.agency, *bound), now=NOW) for bound in ((), clients[:1], clients[1:])]

    assert len({benchmark.pk for benchmark in found if benchmark}) == 1
    assert all(found)


def test_a_benchmark_of_last_month_is_not_shown(cast: Cast) -> None:
    add_clients(cast.agency, 5)
    publish_due(now=NOW)

    assert benchmark_of(asker(cast.agency), now=NOW + timedelta(days=13)) is not None
    assert benchmark_of(asker(cast.agency), now=NOW + timedelta(days=15)) is None


def test_the_database_holds_one_benchmark_per_week(cast: Cast) -> None:
    Benchmark.objects.create(agency=cast.agency, week=MONDAY, made_at=NOW, figures={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Benchmark.objects.create(agency=cast.agency, week=MONDAY, made_at=NOW, figures={})


def test_a_week_begins_on_monday_in_utc() -> None:
    assert week_of(datetime(2026, 3, 29, 23, 59, tzinfo=UTC)) == MONDAY - timedelta(days=7)
    assert week_of(datetime(2026, 3, 30, tzinfo=UTC)) == MONDAY


def test_who_has_roles_at_single_clients_reaches_those_alone(cast: Cast) -> None:
    mine, yours = add_clients(cast.agency, 2)
    person = Caller("usr_x", cast.agency.id, None, client_roles={mine.id: "viewer"}, is_person=True)

    assert [client.id for client in portfolio_of(person, now=NOW)] == [mine.id]
    totals = totals_of(person, now=NOW)
    assert (totals.clients, totals.mentions_7d, totals.limit) == (1, 100, None)
    assert yours.id not in {client.id for client in portfolio_of(person, now=NOW)}
