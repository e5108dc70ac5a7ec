"""Model cards through the API: shipped ones, those of other engines, tuned ids, pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from analytics.language.cards.pictures import languages
from analytics.language.cards.shipped import shipped_cards
from analytics.language.contracts import Reading
from analytics.language.registry.models import SeenModel
from analytics.language.registry.selectors import card_for
from analytics.language.registry.services import remember, remember_before_work
from kernel import db
from tests.api.conftest import Api
from tests.cast import Cast

OLD = "compact-sentiment/0.1.0"
PRESENT = "compact/0.2.0"
NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)


class Brought:
    """An engine as an operator brings one: it tells little of itself."""

    model_id = "transformers/somebody/mood@0123456789ab"

    def __init__(self, device: str = "cpu") -> None:
        self._device = device

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        return []

    def card(self) -> Mapping[str, object]:
        return {"device": self._device, "models": {"sentiment": {}, "irony": {}}}


class Shipped(Brought):
    model_id = OLD


@pytest.mark.django_db
def test_the_card_of_an_earlier_version_is_there(api: Api) -> None:
    card = api("viewer").get(f"/api/v1/models/{OLD}").json()
    assert (card["id"], card["shipped"], card["in_use"]) == (OLD, True, False)
    (german,) = [s for s in card["heads"]["sentiment"]["scores"] if s["set"] == "umsab_val" and s["language"] == "de"]
    assert german["n"] == 324
    assert german["metrics"]["macro_f1"]["low"] < german["metrics"]["macro_f1"]["value"]
    assert all(each["licence"] for each in card["data"])


@pytest.mark.django_db
def test_the_best_score_is_one_among_all_classes(api: Api) -> None:
    (listed,) = [each for each in api("viewer").get("/api/v1/models").json()["data"] if each["id"] == PRESENT]
    card = shipped_cards()[PRESENT]
    scores = card.heads["sentiment"].scores
    two = {score.set for score in scores if len(score.labels) == 2}
    best = max(score.metrics["macro_f1"].value for score in scores if score.set not in two)
    assert two
    assert listed["heads"]["sentiment"]["best"]["value"] == best
    assert listed["heads"]["sentiment"]["scored"] == len(scores)
    told = [name for name in json.dumps(languages(card, "sentiment")).split('"') if "2 classes" in name]
    assert {name.split()[1] for name in told} == two


@pytest.mark.django_db
def test_a_tuned_reading_leads_to_the_engine_beneath(api: Api) -> None:
    viewer = api("viewer")
    assert viewer.get(f"/api/v1/models/{OLD}+t3").json() == viewer.get(f"/api/v1/models/{OLD}").json()
    assert viewer.get(f"/api/v1/models/{OLD.replace('/', '%2F')}").json()["id"] == OLD


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["compact/9.9.9", "compact", "+t1", "a/b/c/d", f"{OLD}+t", "%00", "é/1"])
def test_no_card_of_what_never_read(api: Api, model: str) -> None:
    answer = api("viewer").get(f"/api/v1/models/{model}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
def test_what_a_worker_was_started_with_is_kept_and_said_to_be_in_use(api: Api, cast: Cast) -> None:
    with db.enter(cast.client.schema_name):
        assert remember(engine=Shipped(), now=NOW)
        assert remember(engine=Brought(), now=NOW + timedelta(hours=1))
        assert not remember(engine=Brought("cuda:0"), now=NOW + timedelta(hours=2))
        kept = card_for(f"{Brought.model_id}+t4")
    assert kept is not None
    assert kept.engine["device"] == "cuda:0"
    first, *others = api("viewer").get("/api/v1/models").json()["data"]
    assert (first["id"], first["in_use"], first["shipped"]) == (Brought.model_id, True, False)
    assert set(first["heads"]) == {"sentiment", "irony"}
    assert first["heads"]["sentiment"] == {
        "languages": [], "scored": 0, "texts": 0, "metric": None, "best": None, "worst": None,
    }  # fmt: skip
    assert [other["in_use"] for other in others] == [False] * len(others)
    card = api("viewer").get(f"/api/v1/models/{Brought.model_id}").json()
    assert "Nobody has measured" in card["known_failures"][0]
    with db.public():
        row = SeenModel.objects.get(id=Brought.model_id)
        assert (row.first_seen_at, row.seen_at) == (NOW + timedelta(hours=1), NOW + timedelta(hours=2))
        assert SeenModel.objects.get(id=OLD).card is None


@pytest.mark.django_db
def test_a_card_that_cannot_be_kept_keeps_no_worker_from_working(monkeypatch: pytest.MonkeyPatch) -> None:
    class Overflowing(Brought):
        def card(self) -> Mapping[str, object]:
            return {"export": {"gap": float("nan")}}

    monkeypatch.setattr("analytics.language.registry.services.serving_engine", Overflowing)
    remember_before_work()
    assert card_for(Overflowing.model_id) is None


@pytest.mark.django_db
def test_clients_roles_cannot_read_the_registry(cast: Cast) -> None:
    with (
        db.enter(cast.client.schema_name),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM public.registry_seenmodel")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("picture", "parameters", "accept", "media", "begins"),
    [
        ("reliability", {}, "*/*", "image/svg+xml", b"<svg"),
        ("reliability", {"head": "sentiment"}, "image/png", "image/png", b"\x89PNG"),
        ("languages", {"format": "png"}, "image/svg+xml", "image/png", b"\x89PNG"),
    ],
)
def test_pictures(api: Api, picture: str, parameters: dict[str, str], accept: str, media: str, begins: bytes) -> None:
    answer: Any = api("viewer").get(f"/api/v1/models/{OLD}/pictures/{picture}", parameters, headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, media)
    assert answer.content.startswith(begins)
    again: Any = api("viewer").get(
        f"/api/v1/models/{OLD}/pictures/{picture}",
        parameters,
        headers={"accept": accept, "if-none-match": answer["ETag"]},
    )
    assert again.status_code == 304


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{OLD}/pictures/bias", 404, "not_found"),
        (f"{OLD}/pictures/reliability?head=irony", 404, "not_found"),
        (f"{OLD}/pictures/portrait", 404, "not_found"),
        ("nobody/1/pictures/languages", 404, "not_found"),
        (f"{OLD}/pictures/languages?head=mood", 400, "validation_failed"),
        (f"{OLD}/pictures/languages?format=gif", 400, "validation_failed"),
        (f"{OLD}?bias=no", 400, "validation_failed"),
    ],
)
def test_what_there_is_no_picture_of(api: Api, path: str, status: int, code: str) -> None:
    answer = api("viewer").get(f"/api/v1/models/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
