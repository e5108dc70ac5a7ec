"""The portfolio: all clients at a glance, and what is typical of them."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.keyset import page_by
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown
from api.v1.insights import EstimateSerializer
from api.views import AgencyView
from tenants.models import Client
from tenants.portfolio.benchmarks import benchmark_of
from tenants.portfolio.contracts import ALERTS, Alert
from tenants.portfolio.selectors import portfolio_of, totals_of
from tenants.portfolio.typical import LEAST_CLIENTS, MEASURES

_KINDS: dict[str, type] = {"name": str, "mentions": int, "net_sentiment": float, "alerts": int}
_STATUSES = [Client.Status.ACTIVE.value, Client.Status.SUSPENDED.value, Client.Status.DELETING.value]
_ALERT = {
    "kind": "volume_spike",
    "value": 96.0,
    "expected": {"low": 18.0, "high": 61.0},
    "n": 28,
    "since": "2026-03-30T23:00:00Z",
}
_ROW = {
    "client": sample_id("cli"),
    "name": "Juniper Bakery",
    "status": "active",
    "as_of": "2026-03-31T18:00:00Z",
    "mentions": {
        "today": 96,
        "last_7_days": 321,
        "previous_7_days": 294,
        "change": 0.0918,
        "last_30_days": 1290,
    },
    "engagement_per_mention": 3.4,
    "net_sentiment": {"value": 0.42, "low": 0.36, "high": 0.48, "n": 1104},
    "net_sentiment_7d": {"value": 0.39, "n": 290},
    "alerts": [_ALERT],
    "quota": {"mentions": 1410, "share": 0.0141},
    "queries": 4,
}
_TOTALS = {
    "clients": 2,
    "clients_with_summary": 1,
    "clients_with_alerts": 1,
    "mentions": {"today": 96, "last_7_days": 321, "change": 0.0918, "last_30_days": 1290},
    "quota": {"month": "2026-03-01", "mentions": 1410, "limit": 100000, "share": 0.0141},
    "alerts": [],
}
_FIGURE = {"value": 300.0, "at_least": 10, "abstain_reason": None}


class ExpectedSerializer(Shown):
    """What would have been ordinary; null where that side has no bound."""

    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class AlertSerializer(Shown):
    kind = serializers.ChoiceField(ALERTS)
    value = serializers.FloatField(help_text="Mentions, net sentiment, feeds, or the used part of the plan, by kind.")
    expected = ExpectedSerializer(source="*")
    n = serializers.IntegerField(help_text="What it rests on: days of history, readings, feeds or mentions, by kind.")
    since = MomentField()


class ClientMentionsSerializer(Shown):
    today = serializers.IntegerField(source="mentions_today", allow_null=True, help_text="So far.")
    last_7_days = serializers.IntegerField(source="mentions_7d", allow_null=True, help_text="Whole days, to yesterday.")
    previous_7_days = serializers.IntegerField(
        source="mentions_previous_7d", allow_null=True, help_text="Null where listening began later."
    )
    change = serializers.FloatField(allow_null=True, help_text="Of the 7 days against the 7 before; 0.1 is 10 % more.")
    last_30_days = serializers.IntegerField(source="mentions_30d", allow_null=True)


class ValueSerializer(Shown):
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)


class UsedSerializer(Shown):
    mentions = serializers.IntegerField(allow_null=True, help_text="Stored this month (UTC).")
    share = serializers.FloatField(
        allow_null=True, help_text="Of what the plan allows; null without a limit, and for keys bound to clients."
    )


class PortfolioRowSerializer(Shown):
    client = serializers.CharField(help_text="The client's id.")
    name = serializers.CharField()
    status = serializers.ChoiceField(Client.Status.choices)
    as_of = MomentField(allow_null=True, help_text="When the client last told; null where it has not yet.")
    mentions = ClientMentionsSerializer(help_text="Of the client's own brands, by days in its time zone.")
    engagement_per_mention = serializers.FloatField(allow_null=True, help_text="Of the last 7 days.")
    net_sentiment = EstimateSerializer(allow_null=True, help_text="Of the last 30 days, -1 to 1.")
    net_sentiment_7d = ValueSerializer(help_text="Of the last 7 days, to compare with the benchmark.")
    alerts = AlertSerializer(many=True, allow_null=True)
    quota = UsedSerializer()
    queries = serializers.IntegerField(allow_null=True, help_text="Saved ones.")


class AllMentionsSerializer(Shown):
    today = serializers.IntegerField(allow_null=True)
    last_7_days = serializers.IntegerField(allow_null=True)
    change = serializers.FloatField(allow_null=True, help_text="Over the clients that know both weeks.")
    last_30_days = serializers.IntegerField(allow_null=True)


class QuotaSerializer(UsedSerializer):
    month = serializers.DateField(help_text="Its first day.")
    limit = serializers.IntegerField(allow_null=True, help_text="The plan's, for all clients together.")


class TotalsSerializer(Shown):
    """Over all clients that you reach, whatever page or filter this is."""

    clients = serializers.IntegerField()
    clients_with_summary = serializers.IntegerField()
    clients_with_alerts = serializers.IntegerField()
    mentions = AllMentionsSerializer()
    quota = QuotaSerializer()
    alerts = AlertSerializer(many=True, help_text="Of the agency as a whole: `quota_near`.")


class PortfolioSerializer(Shown):
    data = PortfolioRowSerializer(many=True)  # type: ignore[assignment]
    totals = TotalsSerializer()
    next_cursor = serializers.CharField(
        allow_null=True, help_text="Give it as `cursor` to get the next page; null on the last one."
    )


class PortfolioParameters(PageParameters):
    sort = serializers.ChoiceField(
        [sign + name for name in _KINDS for sign in ("", "-")],
        required=False,
        default="name",
        help_text="Descending with a minus. Clients that cannot tell come last either way.",
    )
    status = serializers.ChoiceField(_STATUSES, required=False)
    has_alerts = serializers.ChoiceField(["true", "false"], required=False, help_text="`false`: clients without any.")


class FigureSerializer(Shown):
    value = serializers.FloatField(allow_null=True, help_text="Interquartile mean, rounded.")
    at_least = serializers.IntegerField(allow_null=True, help_text="How many clients it rests on at the least.")
    abstain_reason = serializers.ChoiceField(["too_few_clients"], allow_null=True)


class FiguresSerializer(Shown):
    mentions_7d = FigureSerializer(help_text="Mentions of own brands in a week.")
    change = FigureSerializer(help_text="Of the week against the one before; 0.1 is 10 % more.")
    net_sentiment_7d = FigureSerializer(help_text="Of the week, -1 to 1.")
    engagement_per_mention = FigureSerializer()


class BenchmarksSerializer(Shown):
    week = serializers.DateField(allow_null=True, help_text="The Monday of the week they were made in; null: none yet.")
    made_at = MomentField(allow_null=True)
    figures = FiguresSerializer()


def _change(recent: int | None, previous: int | None) -> float | None:
    return recent / previous - 1 if recent is not None and previous else None


def _row(client: Any, limit: int | None) -> dict[str, Any]:
    """One client; all that it has not told yet is None."""
    told, meter, metered = getattr(client, "summary", None), getattr(client, "meter", None), client.metered
    mentions: dict[str, Any] = dict.fromkeys(("mentions_today", "mentions_7d", "mentions_previous_7d", "mentions_30d"))
    row: dict[str, Any] = {
        "client": client.id,
        "name": client.name,
        "status": client.status,
        "as_of": None,
        "mentions": {**mentions, "change": None},
        "engagement_per_mention": None,
        "net_sentiment": None,
        "net_sentiment_7d": {"value": None, "n": None},
        "alerts": None,
        "quota": {"mentions": metered, "share": metered / limit if limit and metered is not None else None},
        "queries": meter.queries if meter else None,
    }
    if told is not None:
        row |= {
            "as_of": told.as_of,
            "mentions": {
                **{name: getattr(told, name) for name in mentions},
                "change": _change(told.mentions_7d, told.mentions_previous_7d),
            },
            "engagement_per_mention": told.engagement_7d / told.mentions_7d if told.mentions_7d else None,
            "net_sentiment": {
                "value": told.net_sentiment,
                "low": told.net_sentiment_low,
                "high": told.net_sentiment_high,
                "n": told.sentiment_n,
            },
            "net_sentiment_7d": {"value": told.net_sentiment_7d, "n": told.sentiment_n_7d},
            "alerts": [Alert.from_json(alert) for alert in told.alerts],
        }
    return PortfolioRowSerializer.of(row)  # type: ignore[no-any-return]


class Portfolio(AgencyView):
    roles = least(GET="viewer")
    open_to_bound_keys = frozenset({"GET"})

    @operation(
        id="portfolio_get",
        tag="portfolio",
        summary="See all clients at a glance",
        description="The clients that you reach, each as it last told of itself (within the hour, and soon after "
        "something new was stored), and totals over all of them. Figures are of a client's own brands. A client that "
        "has not told anything yet has nulls, not zeros. With `sort` other than by name, a client whose figure "
        "changes while you page may be met twice or not at all.",
        query=PortfolioParameters,
        answer=PortfolioSerializer,
        answered={"data": [_ROW], "totals": _TOTALS, "next_cursor": None},
    )
    def get(self, request: Request) -> Response:
        parameters, now = PortfolioParameters.read(request), timezone.now()
        rows = portfolio_of(self.caller, now=now)
        if "status" in parameters:
            rows = rows.filter(status=parameters["status"])
        if "has_alerts" in parameters:
            wanted = parameters["has_alerts"] == "true"
            rows = rows.filter(by_alerts__gt=0) if wanted else rows.filter(by_alerts=0)
        sort = parameters["sort"]
        name = sort.removeprefix("-")
        page = page_by(
            rows,
            sort=sort,
            column=f"by_{name}",
            kind=_KINDS[name],
            prefix="cli",
            cursor=parameters["cursor"],
            limit=parameters["limit"],
        )
        totals = totals_of(self.caller, now=now)
        return Response({**page.body(lambda client: _row(client, totals.limit)), "totals": _totals(totals)})


def _totals(totals: Any) -> dict[str, Any]:
    return TotalsSerializer.of(  # type: ignore[no-any-return]
        {
            "clients": totals.clients,
            "clients_with_summary": totals.clients_with_summary,
            "clients_with_alerts": totals.clients_with_alerts,
            "mentions": {
                "today": totals.mentions_today,
                "last_7_days": totals.mentions_7d,
                "change": totals.change,
                "last_30_days": totals.mentions_30d,
            },
            "quota": {
                "month": totals.month,
                "mentions": totals.metered,
                "limit": totals.limit,
                "share": totals.share,
            },
            "alerts": totals.alerts,
        }
    )


class Benchmarks(AgencyView):
    roles = least(GET="viewer")
    open_to_bound_keys = frozenset({"GET"})

    @operation(
        id="portfolio_benchmarks",
        tag="portfolio",
        summary="See what is typical of the clients",
        description=f"Figures over at least {LEAST_CLIENTS} of the agency's clients, the same for everybody who asks, "
        "made every seven days: an interquartile mean, rounded, so that it tells nothing of a single client. A figure "
        f"that fewer than {LEAST_CLIENTS} clients can tell is null, with the reason.",
        answer=BenchmarksSerializer,
        answered={
            "week": "2026-03-30",
            "made_at": "2026-03-30T00:00:05Z",
            "figures": {
                "mentions_7d": _FIGURE,
                "change": {**_FIGURE, "value": 0.05},
                "net_sentiment_7d": {**_FIGURE, "value": 0.35},
                "engagement_per_mention": {"value": None, "at_least": None, "abstain_reason": "too_few_clients"},
            },
        },
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        found = benchmark_of(self.caller, now=timezone.now())
        made: dict[str, Any] = found.figures if found else {}
        few = {"value": None, "at_least": None, "abstain_reason": "too_few_clients"}
        figures = {name: {**made[name], "abstain_reason": None} if name in made else few for name in MEASURES}
        head = {"week": found.week if found else None, "made_at": found.made_at if found else None}
        return Response(BenchmarksSerializer.of({**head, "figures": figures}))


agency_urlpatterns = [
    path("portfolio", Portfolio.as_view(), name="portfolio"),
    path("portfolio/benchmarks", Benchmarks.as_view(), name="portfolio-benchmarks"),
]
