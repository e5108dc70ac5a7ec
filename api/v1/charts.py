"""The report's charts, as specifications that a front end draws."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights import selectors as insights
from analytics.insights.contracts import Period
from analytics.listening.selectors import queries
from analytics.reports.content import QuerySeries, SentimentSplit, Share
from analytics.reports.locale import Wording
from analytics.topics.figures import TopicTrend, trends
from analytics.topics.selectors import current_run
from api.permissions import least
from api.schema import operation
from api.v1.periods import PeriodParameters, period_of
from api.views import ClientView
from kernel import db
from kernel.errors import NotFound
from tenants.models import Client
from tenants.selectors import brand_for

# Days of a period beyond which the chart of topics counts by week.
WEEKLY_FROM = 21


def _volume(period: Period, client: Client, wording: Wording, primary: str) -> dict[str, Any]:
    from analytics.reports.charts import volume_chart

    series = insights.daily(period=period, zone=client.time_zone, queries=list(queries().filter(active=True)))
    drawn = [
        QuerySeries(
            row.name,
            row.kind,  # type: ignore[arg-type]  # the model's choices are this literal
            tuple(day.day for day in row.days),
            tuple(day.mentions for day in row.days),
        )
        for row in series
    ]
    return volume_chart(drawn, wording=wording, primary=primary)


def _share_of_voice(period: Period, client: Client, wording: Wording, primary: str) -> dict[str, Any]:
    from analytics.reports.charts import sov_chart

    shares = []
    for row in insights.totals(period=period, zone=client.time_zone):
        voice = row.share_of_voice
        if voice is None or voice.value is None or voice.low is None or voice.high is None:
            continue
        shares.append(Share(row.name, row.mentions, voice.value, voice.low, voice.high, row.kind == "brand"))
    return sov_chart(shares, wording=wording, primary=primary)


def _sentiment(period: Period, client: Client, wording: Wording, primary: str) -> dict[str, Any]:
    from analytics.reports.charts import sentiment_split_chart

    rows = insights.totals(period=period, zone=client.time_zone)
    splits = [SentimentSplit(row.name, row.positive, row.neutral, row.negative, row.kind == "brand") for row in rows]
    return sentiment_split_chart(splits, wording=wording)


def _topic_rows(period: Period, client: Client) -> tuple[TopicTrend, ...]:
    run = current_run(None)
    # A topic's days are few mentions each: lines of them cross too often to be read.
    weekly = period.days > WEEKLY_FROM
    return () if run is None else trends(run=run, period=period, zone=client.time_zone, weekly=weekly).topics


def _topics(period: Period, client: Client, wording: Wording, primary: str) -> dict[str, Any]:
    from analytics.reports.charts import volume_chart

    drawn = [
        QuerySeries(row.name, "topic", *zip(*((step.start, step.mentions) for step in row.steps), strict=True))
        for row in _topic_rows(period, client)
    ]
    return volume_chart(drawn, wording=wording, primary=primary)


def _topic_sentiment(period: Period, client: Client, wording: Wording, primary: str) -> dict[str, Any]:
    from analytics.reports.charts import sentiment_split_chart

    rows = _topic_rows(period, client)
    splits = [SentimentSplit(row.name, row.positive, row.neutral, row.negative, False) for row in rows]
    return sentiment_split_chart(splits, wording=wording)


# altair takes a second to import, so that each chart imports it when it is drawn.
_CHARTS = {
    "volume": _volume,
    "share_of_voice": _share_of_voice,
    "sentiment": _sentiment,
    "topics": _topics,
    "topic_sentiment": _topic_sentiment,
}


class Chart(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_chart",
        tag="insights",
        summary="Get a chart",
        description="A Vega-Lite specification with its data inside, in the client's colours and locale: the chart "
        "that the report prints. Draw it with vega-embed. `volume` is mentions per day, `share_of_voice` compares "
        "with competitors, `sentiment` splits each query's mentions, `topics` is mentions per day (of longer "
        "periods: per week, by its Monday) of the topics that are spoken of most, `topic_sentiment` splits each "
        "topic's.",
        query=PeriodParameters,
        answer=OpenApiTypes.OBJECT,
        answered={"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "mark": {"type": "line"}},
    )
    def get(self, request: Request, client: str, chart: str) -> Response:
        draw = _CHARTS.get(chart)
        if draw is None:
            raise NotFound()
        period = period_of(PeriodParameters.read(request), self.client.time_zone)
        with db.public():
            primary = brand_for(agency_id=self.client.agency_id, client=self.client).primary
        return Response(draw(period, self.client, Wording.of(self.client.locale), primary))


client_urlpatterns = [path("clients/<str:client>/insights/charts/<str:chart>", Chart.as_view(), name="chart")]
