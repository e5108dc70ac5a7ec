"""Corrected insights through the API, on stored mentions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from analytics.insights import correcting
from analytics.insights.contracts import Period
from analytics.insights.rollups import rebuild
from analytics.insights.selectors import totals
from analytics.insights.weighting.compose import Options
from analytics.language.compact import CompactEngine
from analytics.language.registry.selectors import card_for
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel import db
from kernel.ids import decode
from tests.api.conftest import Api, add_mention
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MODEL = "compact-sentiment/0.1.0"


@pytest.fixture
def query(cast: Cast) -> Query:
    """Twelve mentions: eight angry copies of one story by one author, four glad ones; two of those from a forum."""
    with db.enter(cast.client.schema_name):
        made = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        angry = [add_mention(made, f"a{n}", sentiment="negative", model_id=MODEL) for n in range(8)]
        glad = [add_mention(made, f"g{n}", sentiment="positive", model_id=MODEL) for n in range(4)]
        Mention.objects.filter(id__in=[each.id for each in angry]).update(author=angry[0].author, story=angry[0].story)
        Mention.objects.filter(id__in=[each.id for each in glad[:2]]).update(source="forum", rating=5)
        for each in glad:
            Mention.objects.filter(id=each.id).update(story=decode("men", each.id))
        add_mention(made, "unread", sentiment="", model_id=MODEL)
    return made


def _asked(api: Api, place: str, **parameters: Any) -> dict[str, Any]:
    answer = api("viewer").get(
        f"{place}/insights/corrected", {"start": "2026-03-31", "end": "2026-03-31", **parameters}
    )
    assert answer.status_code == 200, answer.json()
    told: dict[str, Any] = answer.json()
    return told


def test_raw_figures_are_the_summary_s(api: Api, place: str, query: Query) -> None:
    told = _asked(api, place)
    assert (told["query"], told["mentions"], told["raw"]["n"], told["steps"]) == (query.id, 13, 12, [])
    assert told["raw"]["net_sentiment"]["value"] == pytest.approx(-4 / 12)
    assert told["corrected"] == told["raw"]
    assert told["unread_bounds"]["net_sentiment"]["low"] < -4 / 12
    assert told["ratings"]["mean"]["value"] == 5


def test_raw_figures_are_the_summary_s_in_a_zone_off_by_half_an_hour(cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        # The hour from 18:00 spans midnight in India, and counts for the day it starts in.
        for minute in (10, 40):
            add_mention(query, f"m{minute}", posted_at=datetime(2026, 3, 30, 18, minute, tzinfo=UTC))
        rebuild(query.id)
        counts = []
        for day in (date(2026, 3, 30), date(2026, 3, 31)):
            period = Period(day, day)
            (row,) = totals(period=period, zone="Asia/Kolkata")
            found = correcting.corrected(query=query, period=period, zone="Asia/Kolkata", options=Options())
            counts.append((row.mentions, found.mentions))
    assert counts == [(2, 2), (0, 0)]


def test_one_voice_per_author_and_story(api: Api, place: str, query: Query) -> None:
    for parameters in ({"authors": "one_vote"}, {"stories": "once"}, {"authors": "one_vote", "stories": "once"}):
        told = _asked(api, place, query=query.id, **parameters)
        assert told["corrected"]["net_sentiment"]["value"] == pytest.approx(3 / 5), parameters
        assert told["corrected"]["n_effective"] == pytest.approx(5)
        assert told["raw"]["net_sentiment"]["value"] == pytest.approx(-4 / 12)
        assert all(step["source"] and step["assumes"] for step in told["steps"])


def test_weighing_to_a_population(api: Api, place: str, query: Query) -> None:
    made = api("analyst").post(
        f"{place}/populations",
        {"name": "C", "origin": "A survey", "margins": {"source": {"web": 0.4, "forum": 0.4, "shop": 0.2}}},
    )
    told = _asked(api, place, population=made.json()["id"], response_rate="0.1")
    (step,) = told["steps"]
    # Web is at -0.6, forums at 1; shops say nothing, so that the two stand for half each.
    assert step["figures"]["net_sentiment"]["value"] == pytest.approx((-0.6 + 1) / 2, abs=0.05)
    assert step["uncovered"] == pytest.approx(0.2)
    assert step["bounds"]["net_sentiment"]["low"] < 0
    assert told["corrected"]["n_effective"] < told["raw"]["n"]
    assert told["silent_bounds"]["net_sentiment"]["high"] > 0.9
    assert told["population"] == made.json()["id"]


def test_errors_of_the_engine_are_refused_or_corrected(api: Api, place: str, query: Query, cast: Cast) -> None:
    (step,) = _asked(api, place, misclassification="correct")["steps"]
    assert (step["method"], step["refused"]) == ("misclassification", None)
    assert step["figures"]["net_sentiment"]["high"] - step["figures"]["net_sentiment"]["low"] > 0.5
    with db.enter(cast.client.schema_name):
        Mention.objects.update(model_id=f"{MODEL}+t1")
    (step,) = _asked(api, place, misclassification="correct")["steps"]
    assert (step["refused"], step["figures"]) == ("no_confusion_data", None)
    assert "errors" not in step["detail"] or step["detail"].endswith(".")
    with db.enter(cast.client.schema_name):
        Mention.objects.filter(sentiment="positive").update(corrected=["sentiment"])
    (step,) = _asked(api, place, misclassification="correct")["steps"]
    assert step["unmeasured"] == [{"language": "en", "model": f"{MODEL}+t1", "code": "not_measured"}]
    assert step["figures"]["positive"]["value"] == pytest.approx(1.0)
    assert step["uncovered"] == pytest.approx(8 / 12)


def test_errors_are_those_on_posts_that_nothing_was_chosen_on() -> None:
    card = card_for(CompactEngine().model_id)
    assert card is not None
    found = correcting._confusions([(card.id, "en"), (card.id, "es"), (card.id, "ko"), ("", "en")])
    scores = {(score.language, score.role): score for score in card.heads["sentiment"].scores if score.confusion}
    assert {language for _, language in found} == {"en", "es"}
    assert found[card.id, "en"] == scores["en", "held_out"].confusion
    assert found[card.id, "es"] == scores["es", "chosen_on"].confusion


def test_steps_build_upon_each_other(api: Api, place: str, query: Query) -> None:
    told = _asked(api, place, stories="once", authors="one_vote", half_life_days=7, response_rates="0.5,0.1,0.25")
    assert [step["method"] for step in told["steps"]] == [
        "stories_once", "one_author_one_vote", "recency", "response_rates",
    ]  # fmt: skip
    # One angry voice in five weighs 1/0.5, four glad ones 1/0.25 each.
    assert told["corrected"]["negative"]["value"] == pytest.approx(2 / 18)
    assert told["corrected"] == told["steps"][-1]["figures"]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"query": "qry_1"}, "/query"),
        ({"query": "qry_" + "0" * 32}, "/query"),
        ({"population": "pop_" + "0" * 32}, "/population"),
        ({"stories": "twice"}, "/stories"),
        ({"authors": "some"}, "/authors"),
        ({"half_life_days": "0"}, "/half_life_days"),
        ({"half_life_days": "x"}, "/half_life_days"),
        ({"half_life_days": "1_0"}, "/half_life_days"),
        ({"response_rate": "0"}, "/response_rate"),
        ({"response_rate": "nan"}, "/response_rate"),
        ({"response_rate": "inf"}, "/response_rate"),
        ({"response_rates": "0.5,0.5"}, "/response_rates"),
        ({"response_rates": "0.5,0.5,2"}, "/response_rates"),
        ({"response_rates": "a,b,c"}, "/response_rates"),
        ({"response_rates": "1e-200,0.5,0.5"}, "/response_rates"),
        ({"response_rates": "0.5,0.5,1e-310"}, "/response_rates"),
        ({"misclassification": "yes"}, "/misclassification"),
        ({"platform": "web"}, "/platform"),
    ],
)
def test_no_options(api: Api, place: str, query: Query, parameters: dict[str, str], pointer: str) -> None:
    answer = api("viewer").get(f"{place}/insights/corrected", parameters)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_without_a_brand_a_query_has_to_be_named(api: Api, place: str) -> None:
    answer = api("viewer").get(f"{place}/insights/corrected")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/query")


def test_too_many_mentions_are_refused(api: Api, place: str, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correcting, "MOST_MENTIONS", 12)
    answer = api("viewer").get(f"{place}/insights/corrected", {"start": "2026-03-31", "end": "2026-03-31"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_many_mentions")


def test_another_client_s_population_is_nobody_s(api: Api, cast: Cast, place: str, query: Query) -> None:
    other = f"/api/v1/clients/{cast.second_client.id}"
    made = api("owner").post(
        f"{other}/populations", {"name": "C", "origin": "A survey", "margins": {"source": {"web": 1}}}
    )
    answer = api("owner").get(f"{place}/insights/corrected", {"population": made.json()["id"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown")
