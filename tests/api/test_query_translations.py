"""Queries of other tools through the API."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.listening.models import Query
from kernel import db as schemas
from tests.api.conftest import Api
from tests.cast import Cast


def test_a_query_of_another_tool_comes_back_in_ours_and_nothing_is_saved(api: Api, cast: Cast, place: str) -> None:
    writer = api("analyst")
    sent = {"dialect": "brandwatch", "text": '"juniper bakery" OR at_mentions:juniper NOT jobs'}

    answer = writer.post(f"{place}/query_translations", sent)

    assert answer.status_code == 200
    assert answer.json()["text"] == '"juniper bakery" OR (@juniper NOT jobs)'
    with schemas.enter(cast.client.schema_name):
        assert Query.objects.count() == 0
    saved = writer.post(f"{place}/queries", {"name": "Juniper", "kind": "brand", "text": answer.json()["text"]})
    assert saved.status_code == 201


def test_what_cannot_be_translated_is_named_with_its_place(api: Api, place: str) -> None:
    text = "juniper AND authorGender:F"

    answer = api("analyst").post(f"{place}/query_translations", {"dialect": "brandwatch", "text": text}).json()

    assert answer["text"] is None
    [note] = answer["notes"]
    assert (note["position"], note["length"], note["token"]) == (12, 14, "authorGender:F")
    assert (note["severity"], note["code"]) == ("error", "field")
    assert note["reason"]
    assert note["suggestion"]


@pytest.mark.parametrize(
    ("sent", "pointer", "code"),
    [
        ({"dialect": "sprinklr", "text": "rye"}, "/dialect", "invalid_choice"),
        ({"dialect": "brandwatch"}, "/text", "required"),
        ({"dialect": "brandwatch", "text": 7}, "/text", "wrong_type"),
        ({"dialect": "brandwatch", "text": "rye" * 10_000}, "/text", "max_length"),
        ({"dialect": "brandwatch", "text": "rye", "save": True}, "/save", "unknown_field"),
    ],
)
def test_a_body_that_cannot_be_is_refused(api: Api, place: str, sent: Any, pointer: str, code: str) -> None:
    refused = api("analyst").post(f"{place}/query_translations", sent)

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]
