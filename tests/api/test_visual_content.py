"""Images of mentions over HTTP: switching on, what is shown with and without a model, and finding by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from analytics.language.vision.contracts import Sight
from analytics.language.vision.models import Visual
from analytics.language.vision.services import Seen, keep_seen, set_enabled
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel import db
from kernel.ids import decode
from tenants.models import AuditEvent
from tests.api.conftest import Api, add_mention
from tests.cast import Cast

SIGHTS = (
    Sight((("Rye bread", 0.91), ("Tray", 0.2)), "RYE 4.20", "a loaf on a table"),
    Sight((("Tram", 0.7),), "Line 100% full_of_people", None),
)


@pytest.fixture
def shown_pictures(cast: Cast) -> list[str]:
    """Four mentions: with an image each that a model saw, with an alternative text only, and with neither."""
    with db.enter(cast.client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        alts = ("", "", "A basket of rolls", "")
        made = []
        for number, alt in enumerate(alts):
            media = [{"type": "link", "url": "https://news.example/a", "alt": "no image"}]
            if number < 3:
                media.append({"type": "image", "url": f"https://posts.example/{number}.jpg", "alt": alt})
            made.append(add_mention(query, f"v{number}", media=media))
        set_enabled(enabled=True, now=timezone.now())
        seen = [Seen(decode("men", row.id), 1, b"x", sight) for row, sight in zip(made, SIGHTS, strict=False)]
        assert keep_seen(seen=seen, model_id="transformers/shop@1a2b3c4d", now=timezone.now())
        return [row.id for row in made]


def test_it_is_off_by_default_and_switched_by_managers_with_a_trace(cast: Cast, place: str, api: Api) -> None:
    url = f"{place}/visual_content"
    nothing: dict[str, Any] = {
        "enabled": False, "changed_at": None, "available": False, "problem": None, "model": None, "seen": 0,
        "not_seen": [],
    }  # fmt: skip
    assert api("viewer").get(url).json() == nothing
    assert api("analyst").patch(url, {"enabled": True}).status_code == 403
    changed = api("manager").patch(url, {"enabled": True}).json()
    assert changed == {**nothing, "enabled": True, "changed_at": changed["changed_at"]}
    assert api("viewer").get(url).json()["enabled"] is True
    assert api("manager").patch(url, {"enabled": False}).json()["enabled"] is False
    events = AuditEvent.objects.filter(action="visual_content.changed").order_by("id")
    assert [event.detail for event in events] == [{"enabled": True}, {"enabled": False}]


@pytest.mark.parametrize("body", [{}, {"enabled": "yes"}, {"enabled": True, "model": "x"}, {"enabled": None}])
def test_bodies_are_strict(place: str, api: Api, body: dict[str, Any]) -> None:
    answer = api("manager").patch(f"{place}/visual_content", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_a_model_that_is_not_there_is_told(place: str, api: Api, settings: Any, tmp_path: Any) -> None:
    settings.IMAGE_LABELS_MODEL = str(tmp_path)
    told = api("viewer").get(f"{place}/visual_content").json()
    assert (told["available"], told["problem"]) == (True, "model_not_found")


def test_each_mention_says_where_what_is_known_comes_from(shown_pictures: list[str], place: str, api: Api) -> None:
    told = [api("viewer").get(f"{place}/mentions/{mention}").json()["visual"] for mention in shown_pictures]
    assert told[0] == {
        "source": "model:transformers/shop@1a2b3c4d",
        "images": [
            {
                "media": 1,
                "labels": [{"label": "Rye bread", "score": 0.91}, {"label": "Tray", "score": 0.2}],
                "text": "RYE 4.20",
                "caption": "a loaf on a table",
                "alt": "",
                "problem": None,
            }
        ],
    }
    assert told[2]["source"] == "alt_text"
    assert told[2]["images"][0]["alt"] == "A basket of rolls"
    assert (told[2]["images"][0]["labels"], told[2]["images"][0]["text"]) == ([], None)
    assert told[3] == {"source": "none", "images": []}
    listed = api("viewer").get(f"{place}/mentions").json()["data"]
    assert {row["id"]: row["visual"] for row in listed} == dict(zip(shown_pictures, told, strict=True))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"visual_label": "rye bread"}, [0]),
        ({"visual_label": "TRAM"}, [1]),
        ({"visual_label": "bread"}, []),
        ({"visual_text": "rye 4"}, [0]),
        ({"visual_text": "LOAF"}, [0]),
        ({"visual_text": "100%"}, [1]),
        ({"visual_text": "full_of"}, [1]),
        ({"visual_text": "fullxof"}, []),
        ({"visual_text": "%"}, [1]),
        ({"visual_label": "tram", "visual_text": "rye"}, []),
        ({"visual_label": "tray", "visual_text": "rye", "language": "en"}, [0]),
        ({"visual_label": "tray", "collapse": "duplicates"}, [0]),
        ({"visual_label": "tray", "search": "juniper"}, [0]),
        ({"visual_label": "tray", "language": "de"}, []),
    ],
)
def test_mentions_are_found_by_what_their_images_show(
    shown_pictures: list[str], place: str, api: Api, asked: dict[str, str], found: list[int]
) -> None:
    answer = api("viewer").get(f"{place}/mentions", asked).json()
    assert [row["id"] for row in answer["data"]] == [shown_pictures[number] for number in found]


def test_deleting_a_mention_takes_what_was_seen_with_it(cast: Cast, shown_pictures: list[str]) -> None:
    with db.enter(cast.client.schema_name):
        Mention.objects.filter(id=shown_pictures[0]).delete()
        assert Visual.objects.count() == 1


def test_it_is_the_clients_own(cast: Cast, shown_pictures: list[str], api: Api) -> None:
    other = f"/api/v1/clients/{cast.second_client.id}"
    assert api("viewer").get(f"{other}/visual_content").json()["enabled"] is False
    assert api("viewer").get(f"{other}/mentions", {"visual_label": "tram"}).json()["data"] == []
