"""Gathering what a report shows. Every figure comes from the rollups, maps and forecasts, with its sample size."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from analytics.foresight import selectors as foresight
from analytics.foresight.models import Forecast
from analytics.foresight.services import make_forecasts
from analytics.influence import selectors as influence
from analytics.influence.models import InfluenceMap
from analytics.influence.services import draw_map
from analytics.insights import selectors as insights
from analytics.insights.aspects import aspect_figures
from analytics.insights.contracts import ModelUse, Period, QueryTotals, Series
from analytics.insights.models_used import models_used
from analytics.language.aspects.inforce import settings_row
from analytics.language.aspects.ontology import Aspect, industry
from analytics.listening.models import Query
from analytics.listening.selectors import queries
from analytics.mentions.models import Mention
from analytics.mentions.selectors import most_engaging
from analytics.reports.content import (
    AspectSplit,
    Brand,
    ForecastView,
    Influencer,
    Kpi,
    QuerySeries,
    ReportContent,
    SampleMention,
    SentimentSeries,
    SentimentSplit,
    Share,
    Topics,
)
from analytics.reports.locale import Wording
from analytics.reports.models import Report
from analytics.reports.topics import topics_of, topics_told
from kernel.errors import NotFound
from tenants.models import Client

_ASPECTS = 10
_INFLUENCERS = 10
_SAMPLES = 8
_HISTORY_SHOWN = 42


def compose(*, report: Report, client: Client, brand: Brand) -> ReportContent:
    """Everything one report shows, in the client's time zone and the report's locale.

    A map of the period or a forecast that is not there yet is made first.
    """
    zone, period = client.time_zone, Period(report.start, report.end)
    wording = Wording.of(report.locale)
    totals = insights.totals(period=period, zone=zone)
    before = Period(period.start - timedelta(days=period.days), period.start - timedelta(days=1))
    earlier = {row.query_id: row for row in insights.totals(period=before, zone=zone)}
    active = {query.id: query for query in queries().filter(active=True)}
    series = insights.daily(period=period, zone=zone, queries=[active[row.query_id] for row in totals])
    own = next((row for row in totals if row.kind == Query.Kind.BRAND), None)
    drawn = influence.drawn_map(period) or draw_map(period=period)
    forecast = _forecast_of(active[own.query_id], client, report) if own else None
    readings = models_used(period=period, zone=zone, query_ids=[row.query_id for row in totals])
    samples = _samples(period, zone, [row.query_id for row in totals if row.kind == Query.Kind.BRAND])
    topics = topics_of(period=period, zone=zone, wording=wording)
    return ReportContent(
        brand=brand,
        client_name=client.name,
        period_start=report.start,
        period_end=report.end,
        locale=report.locale,
        time_zone=zone,
        generated_on=report.created_at,
        kpis=_kpis(own, earlier.get(own.query_id)) if own else (),
        volume_series=tuple(_volume(row) for row in series),
        sentiment_series=_sentiment(series[0]) if own else None,
        share_of_voice=tuple(_share(row) for row in totals if row.share_of_voice and row.share_of_voice.n),
        sentiment_split=tuple(
            SentimentSplit(row.name, row.positive, row.neutral, row.negative, row.kind == Query.Kind.BRAND)
            for row in totals
        ),
        aspects=_aspects(period, zone, active[own.query_id], wording.language) if own else (),
        topics=topics,
        influencers=tuple(
            Influencer(
                score.author.label,
                str(score.community),
                score.pagerank,
                score.rank,
                score.rank_low,
                score.rank_high,
                score.interactions,
            )
            for score in influence.top(drawn, limit=_INFLUENCERS)
        ),
        forecast=_forecast_view(forecast, client, wording) if forecast and own else None,
        samples=tuple(_sample(mention) for mention in samples),
        methods=_methods(wording, totals, readings, topics, drawn, forecast),
        readings=tuple(readings),
    )


def _forecast_of(query: Query, client: Client, report: Report) -> Forecast | None:
    """The newest volume forecast of the own brand; made now where none follows the latest complete day."""
    today = report.created_at.astimezone(ZoneInfo(client.time_zone)).date()
    covered = insights.covered(client.time_zone)
    known = foresight.latest(query_id=query.id, measure=Forecast.Measure.VOLUME)
    if covered and (known is None or known.history_end != min(covered.end, today - timedelta(days=1))):
        make_forecasts(queries=[query], zone=client.time_zone, today=today)
        known = foresight.latest(query_id=query.id, measure=Forecast.Measure.VOLUME)
    return known


def _kpis(own: QueryTotals, before: QueryTotals | None) -> tuple[Kpi, ...]:
    past = before if before and before.mentions else None
    net, voice = own.net_sentiment, own.share_of_voice
    return (
        Kpi("mentions", own.mentions, "count", past.mentions if past else None, n=own.mentions),
        Kpi("reach", own.reach, "count", past.reach if past else None, n=own.mentions),
        Kpi("engagement", own.engagement, "count", past.engagement if past else None, n=own.mentions),
        Kpi(
            "net_sentiment",
            net.value,
            "score",
            past.net_sentiment.value if past else None,
            net.low,
            net.high,
            net.n,
        ),
        *(
            [
                Kpi(
                    "share_of_voice",
                    voice.value,
                    "share",
                    past.share_of_voice.value if past and past.share_of_voice else None,
                    voice.low,
                    voice.high,
                    voice.n,
                )
            ]
            if voice
            else []
        ),
    )


def _volume(series: Series) -> QuerySeries:
    return QuerySeries(
        series.name,
        series.kind,  # type: ignore[arg-type]  # the model's choices are this literal
        tuple(day.day for day in series.days),
        tuple(day.mentions for day in series.days),
    )


def _sentiment(series: Series) -> SentimentSeries:
    return SentimentSeries(
        tuple(day.day for day in series.days),
        tuple(day.net_sentiment.value for day in series.days),
        tuple(day.net_sentiment.n for day in series.days),
    )


def _share(row: QueryTotals) -> Share:
    voice = row.share_of_voice
    if voice is None or voice.value is None or voice.low is None or voice.high is None:
        raise ValueError("a share needs a sample")
    return Share(row.name, row.mentions, voice.value, voice.low, voice.high, row.kind == Query.Kind.BRAND)


def _aspects(period: Period, zone: str, query: Query, language: str) -> tuple[AspectSplit, ...]:
    """What the own brand's mentions speak of, the most talked about first, named in the report's language."""
    chosen = settings_row().industry
    known: dict[str, Aspect] = {aspect.key: aspect for aspect in industry(chosen).aspects} if chosen else {}
    _, figures = aspect_figures(period=period, zone=zone, query=query)
    return tuple(
        AspectSplit(
            known[row.key].name_in(language) if row.key in known else row.name,
            row.counts.mentions,
            row.counts.positive,
            row.counts.neutral + row.counts.mixed,
            row.counts.negative,
        )
        for row in figures[:_ASPECTS]
    )


def _samples(period: Period, zone: str, query_ids: list[str]) -> list[Mention]:
    since, until = insights.bounds(period, zone)
    return most_engaging(query_ids=query_ids, since=since, until=until, limit=_SAMPLES)


def _sample(mention: Mention) -> SampleMention:
    return SampleMention(
        text=f"{mention.title}\n{mention.text}" if mention.title else mention.text,
        source=mention.source,
        language=mention.language,
        posted_at=mention.posted_at,
        sentiment=mention.sentiment or None,  # type: ignore[arg-type]
        engagement=mention.likes + mention.reposts + mention.replies,
        author_label=mention.author.label if mention.author else "",
    )


def _forecast_view(forecast: Forecast, client: Client, wording: Wording) -> ForecastView:
    if forecast.abstain_reason:
        return ForecastView(
            model=forecast.model_id, n=forecast.n, abstained=wording.text(f"abstain_{forecast.abstain_reason}")
        )
    if forecast.history_start is None or forecast.history_end is None:
        raise NotFound()
    shown = Period(
        max(forecast.history_start, forecast.history_end - timedelta(days=_HISTORY_SHOWN - 1)), forecast.history_end
    )
    (history,) = insights.daily(period=shown, zone=client.time_zone, queries=[forecast.query])
    points, backtest = forecast.points, forecast.backtest or {}
    first = forecast.history_end + timedelta(days=1)

    def column(name: str) -> tuple[float, ...]:
        return tuple(float(point[name]) for point in points)

    return ForecastView(
        days=tuple(first + timedelta(days=index) for index in range(len(points))),
        mean=column("mean"),
        low80=column("low_80"),
        high80=column("high_80"),
        low95=column("low_95"),
        high95=column("high_95"),
        model=forecast.model_id,
        n=forecast.n,
        coverage95=backtest.get("coverage", {}).get("95"),
        mase=backtest.get("mase"),
        history_days=tuple(day.day for day in history.days),
        history=tuple(float(day.mentions) for day in history.days),
    )


def _methods(
    wording: Wording,
    totals: list[QueryTotals],
    readings: list[ModelUse],
    topics: Topics,
    drawn: InfluenceMap,
    forecast: Forecast | None,
) -> tuple[tuple[str, str], ...]:
    """Which model made what, over how much; names and numbers only, so that they read alike in every locale."""
    read = sum(row.negative + row.neutral + row.positive for row in totals)
    every = sum(row.mentions for row in totals)
    models = [f"{use.model}: {wording.number(use.mentions)}" for use in readings if use.model]
    corrected = sum(use.corrected for use in readings)
    rows = [
        (
            wording.text("sentiment"),
            f"{', '.join(models) or '–'}; n = {wording.number(read)} / {wording.number(every)}",
        ),
        *([(wording.text("set_by_people"), f"n = {wording.number(corrected)}")] if corrected else []),
        topics_told(topics, wording),
        (wording.text("influencers"), f"{drawn.model_id}; n = {wording.number(drawn.interactions)}"),
    ]
    if forecast:
        rows.append((wording.text("forecast"), f"{forecast.model_id}; n = {wording.number(forecast.n)}"))
    return tuple(rows)
