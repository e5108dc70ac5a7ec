"""Emotions, irony and intents over a period: counts, shares with their intervals, and what nobody tells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analytics.insights import measures, rollups
from analytics.insights.contracts import ModelUse, Period
from analytics.insights.models import HourlyRollup
from analytics.insights.models_used import models_used
from analytics.insights.readings import daily_readings, readings
from analytics.language import contracts
from analytics.listening.models import Query
from analytics.mentions import tallies
from analytics.mentions.contracts import Hit
from analytics.mentions.models import Mention, MentionMatch
from kernel.ids import decode
from tests.mentions.sample import NOON, mention, put

pytestmark = pytest.mark.usefixtures("in_client")
DAY = Period(NOON.date(), NOON.date())


def test_the_labels_are_those_of_the_engines() -> None:
    assert (tallies.SENTIMENTS, tallies.EMOTIONS, tallies.INTENTS) == (
        contracts.SENTIMENTS,
        contracts.EMOTIONS,
        contracts.INTENTS,
    )


@pytest.fixture
def query() -> Query:
    """Six mentions: two days; one says nothing, one was not read, one is hidden."""
    query = Query.objects.create(name="q", kind="brand", text="bread")
    put(*(mention(f"p{n}", hits=(Hit(query.id, 1),), posted_at=NOON - timedelta(days=n // 4)) for n in range(6)))
    ids = [decode("men", str(pk)) for pk in Mention.objects.order_by("external_id").values_list("id", flat=True)]
    rollups.rebuild(query.id)
    with rollups.keep_counting(ids):
        for n, (emotions, irony, intents, model) in enumerate(
            [
                (["joy", "trust"], 0.5, ["praise"], "a"),
                (["joy"], 0.49, [], "a"),
                ([], 0.9, ["complaint", "churn_risk"], "b"),
                (None, None, None, "b"),
                (["anger"], 0.1, ["complaint"], "a"),
                (["joy"], 1.0, ["spam"], "a"),
            ]
        ):
            Mention.objects.filter(external_id=f"p{n}").update(
                emotions=emotions, irony=irony, intents=intents, model_id=model, understood_at=NOON
            )
        Mention.objects.filter(external_id="p1").update(corrected=["irony"])
        MentionMatch.objects.filter(mention__external_id="p5").update(hidden=True)
    return query


def test_shares_are_of_the_mentions_that_were_told_apart(query: Query) -> None:
    (found,) = readings(period=DAY, zone="UTC", queries=[query])
    assert found.mentions == 4
    emotions = {part.name: part for part in found.emotions.parts}
    assert (found.emotions.read, found.emotions.untold) == (3, 1)
    assert {name: part.mentions for name, part in emotions.items() if part.mentions} == {"joy": 2, "trust": 1}
    assert emotions["joy"].share == measures.share(2, 3)
    assert emotions["fear"].share == measures.share(0, 3)
    (irony,) = found.irony.parts
    assert (found.irony.read, irony.mentions, irony.share.n) == (3, 2, 3)
    intents = {part.name: part.mentions for part in found.intents.parts if part.mentions}
    assert (found.intents.read, intents) == (3, {"praise": 1, "complaint": 1, "churn_risk": 1})


def test_days_have_no_gaps_and_add_up(query: Query) -> None:
    period = Period(DAY.start - timedelta(days=2), DAY.end)
    (days,) = daily_readings(period=period, zone="UTC", queries=[query])
    assert [(day, each.mentions) for day, each in days] == [
        (period.start, 0), (period.start + timedelta(days=1), 1), (DAY.end, 4),
    ]  # fmt: skip
    assert days[0][1].emotions.parts[0].share.value is None, "nothing to tell of nothing"
    (whole,) = readings(period=period, zone="UTC", queries=[query])
    for place, part in enumerate(whole.emotions.parts):
        assert part.mentions == sum(each.emotions.parts[place].mentions for _, each in days)


def test_what_read_them_is_told_once_a_mention_and_without_what_is_hidden(query: Query) -> None:
    other = Query.objects.create(name="other", kind="topic", text="rye")
    MentionMatch.objects.create(
        mention=Mention.objects.get(external_id="p0"), query=other, query_version=1, posted_at=NOON
    )
    period = Period(date(2026, 1, 1), DAY.end)
    found = models_used(period=period, zone="UTC", query_ids=[query.id, other.id])
    assert found == [ModelUse("a", 3, 1), ModelUse("b", 2, 0)]
    assert models_used(period=period, zone="UTC", query_ids=[other.id]) == [ModelUse("a", 1, 0)]
    assert models_used(period=period, zone="UTC", query_ids=[]) == []


def test_a_label_that_the_engine_does_not_know_has_no_share(query: Query) -> None:
    ids = [decode("men", str(pk)) for pk in Mention.objects.values_list("id", flat=True)]
    with rollups.keep_counting(ids):
        # It knows joy and anger; and of one mention people say that there is trust.
        Mention.objects.filter(emotions__isnull=False).update(
            emotion_scores=[0.1, None, None, None, 0.2, None, None, None]
        )
        Mention.objects.filter(external_id="p2").update(emotions=["trust"], corrected=["emotions"])
    (found,) = readings(period=DAY, zone="UTC", queries=[query])
    shares = {part.name: (part.mentions, part.share.n) for part in found.emotions.parts}
    assert shares["joy"] == (2, 3)
    assert shares["trust"] == (2, 2), "what was asserted, and what people said"
    assert shares["fear"] == (0, 1), "people say what there is, and so what there is not"
    assert found.emotions.read == 3
    before = list(HourlyRollup.objects.order_by("hour").values_list(*tallies.MEASURES))
    rollups.rebuild(query.id)
    assert list(HourlyRollup.objects.order_by("hour").values_list(*tallies.MEASURES)) == before
