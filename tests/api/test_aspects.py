"""Aspects through the API: figures that can be told by hand, the filter, and what a mention shows."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.language.aspects.models import AspectSettings, MentionAspect
from analytics.listening.models import Query
from analytics.mentions.contracts import Hit
from analytics.mentions.matching import replace_matches
from analytics.mentions.models import Mention, MentionMatch
from kernel import db as schemas
from kernel.ids import decode
from tests.api.conftest import NOW, Api, add_mention
from tests.cast import Cast

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


def _says(mention: Mention, sentiment: str, about: Query | None = None, **subject: Any) -> None:
    MentionAspect.objects.create(
        mention=mention, posted_at=mention.posted_at, start=0, end=7, stretches=[0, 22], opinions=[18, 22, 1],
        negative=0.1, neutral=0.2, positive=0.7, sentiment=sentiment, abstain_reason="" if sentiment else "too_short",
        model_id="toy/1+aspects/1", about=about, **subject,
    )  # fmt: skip


@pytest.fixture
def spoken(cast: Cast) -> dict[str, str]:
    """Two brands; five mentions of the first, of which the last names the second too, and one that a filter hides."""
    with schemas.enter(cast.client.schema_name):
        AspectSettings.objects.create(industry="restaurants", version=2, applied_version=2)
        ours = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        theirs = Query.objects.create(name="Birch", kind="competitor", text="birch")
        made = [add_mention(ours, f"m{number}") for number in range(6)]
        for mention, sentiments in zip(made, ("+", "-", "+-", "", "+", "+"), strict=True):
            for sign in sentiments or "?":
                _says(mention, {"+": "positive", "-": "negative"}.get(sign, ""), aspect="food.taste")
        both = made[4]
        replace_matches(theirs.id, of=[decode("men", both.id)], found=[(both.id, NOW, Hit(theirs.id, 1, (0, 5)))])
        _says(both, "negative", theirs, aspect="service")
        _says(both, "positive", ours, entity=ours)
        _says(both, "negative", theirs, entity=theirs)
        MentionMatch.objects.filter(mention=made[5]).update(hidden=True)
        return {"ours": ours.id, "theirs": theirs.id, **{f"m{n}": str(each.id) for n, each in enumerate(made)}}


def _figures(api: Api, place: str, name: str, **parameters: str) -> Any:
    answer = api("viewer").get(f"{place}/insights/{name}", {**MARCH, **parameters})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_mention_counts_once_for_an_aspect_and_for_the_whole(api: Api, place: str, spoken: dict[str, str]) -> None:
    body = _figures(api, place, "aspects", query=spoken["ours"])
    assert body["read"] == 5  # the hidden one is in no figure
    rows = {row["key"]: row for row in body["data"]}
    assert set(rows) == {"food", "food.taste"}  # what is said of the other brand is not said of this one
    for row in rows.values():
        counts = [row[name] for name in ("mentions", "negative", "neutral", "positive", "mixed", "abstained")]
        assert counts == [5, 1, 0, 2, 1, 1]
        assert row["net_sentiment"]["value"] == pytest.approx((2 - 1) / 4)
        assert row["positive_share"]["value"] == pytest.approx(0.5)
        assert row["positive_share"]["n"] == 4
        assert row["talked_about"]["n"] == 5
    assert (rows["food.taste"]["name"], rows["food.taste"]["parent"]) == ("Taste", "food")
    everything = {row["key"]: row["mentions"] for row in _figures(api, place, "aspects")["data"]}
    assert everything == {"food": 5, "food.taste": 5, "service": 1}
    assert _figures(api, place, "aspects", start="2026-01-01", end="2026-01-31")["data"] == []


def test_brands_are_told_apart(api: Api, place: str, spoken: dict[str, str]) -> None:
    brands = {row["name"]: row for row in _figures(api, place, "brand_sentiment")["data"]}
    assert {name: (row["positive"], row["negative"], row["together"]) for name, row in brands.items()} == {
        "Juniper": (1, 0, 1), "Birch": (0, 1, 1),
    }  # fmt: skip
    compared = {row["name"]: row for row in _figures(api, place, "aspects/comparison")["brands"]}
    assert {each["key"]: each["mentions"] for each in compared["Birch"]["aspects"]} == {
        "food": 1, "food.taste": 1, "service": 1,
    }  # fmt: skip
    assert compared["Juniper"]["read"] == 5


def test_mentions_are_found_by_what_they_speak_of(api: Api, place: str, spoken: dict[str, str]) -> None:
    def listed(**filters: str) -> set[str]:
        return {each["id"] for each in api("viewer").get(f"{place}/mentions", filters).json()["data"]}

    assert listed(aspect="food") == listed(aspect="food.taste") == {spoken[f"m{n}"] for n in range(5)}
    assert listed(aspect="food.taste", aspect_sentiment="negative") == {spoken["m1"], spoken["m2"]}
    assert listed(aspect="service", query=spoken["theirs"]) == {spoken["m4"]}
    assert listed(aspect="service", query=spoken["ours"]) == set()  # as in its figures
    assert listed(aspect="foo") == set()
    refused = api("viewer").get(f"{place}/mentions", {"aspect_sentiment": "negative"})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/aspect"]


def test_a_mention_shows_places_and_quotes(api: Api, place: str, spoken: dict[str, str]) -> None:
    shown = api("viewer").get(f"{place}/mentions/{spoken['m4']}").json()["aspects"]
    assert [(each["kind"], each["key"]) for each in shown] == [
        ("aspect", "food.taste"), ("aspect", "service"), ("entity", spoken["ours"]), ("entity", spoken["theirs"]),
    ]  # fmt: skip
    assert shown[0]["quote"] == "Juniper"
    assert shown[0]["clauses"] == [{"start": 0, "end": 22, "quote": "Juniper Bakery is good"}]
    assert shown[0]["opinions"] == [{"start": 18, "end": 22, "quote": "good", "positive": True}]
    assert shown[1]["about"] == spoken["theirs"]
    silent = api("viewer").get(f"{place}/mentions/{spoken['m3']}").json()["aspects"][0]["sentiment"]
    assert (silent["label"], silent["abstain_reason"]) == (None, "too_short")
