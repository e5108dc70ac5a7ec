"""Imports through the API: a file in, a job, counters, the plan, the problems."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kernel.queue.testing import drain
from tests.api.conftest import Api
from tests.cast import Cast

ROWS = (
    "id,when,said,likes\n"
    "p1,2026-03-02T10:00:00Z,I love the rye bread at Juniper Bakery,4\n"
    "p2,yesterdayish,Juniper Bakery again,0\n"
    "p3,2026-03-02T11:00:00Z,Nothing to do with it,0\n"
    "p4,never,Juniper Bakery once more,0\n"
)
MAPPING = json.dumps({"text": "said", "created_at": "when", "external_id": "id", "country": {"value": "GB"}})


def _send(api: Api, place: str, data: bytes = ROWS.encode(), key: str = "analyst", **fields: Any) -> Any:
    form = {"file": SimpleUploadedFile("my posts.csv", data), **fields}
    return api(key).post(f"{place}/imports", form, format="multipart")


@pytest.fixture
def listening(api: Api, place: str) -> None:
    api("analyst").post(f"{place}/queries", {"name": "J", "kind": "brand", "text": '"juniper bakery"'})


def test_a_file_goes_in_and_says_what_became_of_it(api: Api, place: str, listening: None) -> None:
    sent = _send(api, place, source="web", mapping=MAPPING, day_first="true", default_zone="Europe/Berlin")
    queued = api("viewer").get(sent["Location"]).json()
    drain()
    job = api("viewer").get(sent["Location"]).json()
    done = api("viewer").get(job["result"]["href"]).json()

    assert (sent.status_code, sent.json()["plan"], sent.json()["job"]) == (202, None, job["id"])
    assert (queued["state"], queued["progress"]) == ("queued", 0.0)
    assert (job["state"], job["progress"], job["error"]) == ("succeeded", 1.0, None)
    counted = {
        name: done[name] for name in ("rows", "read", "stored", "known", "unmatched", "bad", "repeated", "understood")
    }
    assert counted == {
        "rows": 4, "read": 4, "stored": 1, "known": 0, "unmatched": 1, "bad": 2, "repeated": 0, "understood": 1
    }  # fmt: skip
    columns = {column["field"]: column for column in done["plan"]["columns"]}
    assert (columns["text"]["column"], columns["text"]["guessed"]) == ("said", False)
    assert (columns["country"]["column"], columns["country"]["value"]) == (None, "GB")
    assert columns["likes"]["guessed"]
    assert 0 < columns["likes"]["confidence"] <= 1
    assert done["plan"]["dates"]["zone"] == "Europe/Berlin"
    assert done["plan"]["ids"]["usable"]
    mention = api("viewer").get(f"{place}/mentions").json()["data"][0]
    assert (mention["source"], mention["country"], mention["origin"]) == ("web", "GB", done["id"])


def test_problems_come_by_line_and_page_by_page(api: Api, place: str, listening: None) -> None:
    url = f"{place}/imports/{_send(api, place, mapping=MAPPING).json()['id']}/problems"
    drain()

    first = api("viewer").get(f"{url}?limit=1").json()
    second = api("viewer").get(url, {"limit": 1, "cursor": first["next_cursor"]}).json()

    assert [page["data"][0]["line"] for page in (first, second)] == [3, 5]
    assert second["next_cursor"] is None
    assert (first["data"][0]["refused"], first["data"][0]["field"]) == (True, "created_at")
    assert "yesterdayish" not in json.dumps(first)


def test_a_file_without_a_text_fails_its_job_with_the_reason(api: Api, place: str) -> None:
    sent = _send(api, place, b"id,created_at\n1,2026-03-01\n")
    drain()

    job = api("viewer").get(sent["Location"]).json()

    assert (job["state"], job["error"]["code"]) == ("failed", "missing_column")


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"mapping": "{"}, "/mapping", "not_json"),
        ({"mapping": "[" * 100_00}, "/mapping", "not_json"),
        ({"mapping": "[]"}, "/mapping", "wrong_type"),
        ({"mapping": '{"colour": "a"}'}, "/mapping/colour", "invalid"),
        ({"mapping": '{"text": 7}'}, "/mapping/text", "invalid"),
        ({"mapping": '{"text": {"value": 7}}'}, "/mapping/text", "invalid"),
        ({"mapping": '{"text": "\\u0000"}'}, "/mapping/text", "nul_character"),
        ({"mapping": '{"text": "\\ud800"}'}, "/mapping/text", "lone_surrogate"),
        ({"mapping": "x" * 20_001}, "/mapping", "max_length"),
        ({"source": "Web Site"}, "/source", "invalid"),
        ({"source": "a" * 41}, "/source", "invalid"),
        ({"source": "w\x00b"}, "/source", "nul_character"),
        ({"day_first": "maybe"}, "/day_first", "invalid_choice"),
        ({"default_zone": "Mars/Olympus"}, "/default_zone", "unknown_time_zone"),
        ({"colour": "red"}, "/colour", "unknown_field"),
    ],
)
def test_a_form_that_cannot_be_is_refused(api: Api, place: str, fields: Any, pointer: str, code: str) -> None:
    refused = _send(api, place, **fields)

    assert refused.status_code == 400
    assert [(problem["pointer"], problem["code"]) for problem in refused.json()["errors"]] == [(pointer, code)]


def test_a_file_is_needed_and_it_must_not_be_empty(api: Api, place: str) -> None:
    assert _send(api, place, b"").json()["errors"][0] == {
        "pointer": "/file", "code": "empty_file", "detail": "The file is empty."
    }  # fmt: skip
    missing = api("analyst").post(f"{place}/imports", {"source": "web"}, format="multipart")
    assert missing.json()["errors"][0]["pointer"] == "/file"
    assert api("analyst").post(f"{place}/imports", {"file": "x"}, format="json").status_code == 415


def test_a_file_above_the_limit_is_a_413_before_it_is_read(api: Api, place: str, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000

    # The first is refused by its length alone; the second fits the length of a form but not of a file.
    assert _send(api, place, b"x" * 100_000).status_code == 413
    assert _send(api, place, b"x" * 1_001).status_code == 413
    assert list(settings.FILES_ROOT.rglob("imp_*")) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x01b.csv", "ü" * 300, '"><script>'])
def test_a_file_name_is_only_shown(api: Api, place: str, name: str, cast: Cast) -> None:
    form = {"file": SimpleUploadedFile(name, ROWS.encode())}

    sent = api("analyst").post(f"{place}/imports", form, format="multipart")

    assert sent.status_code == 202
    assert len(sent.json()["file_name"]) <= 255
    assert not set(sent.json()["file_name"]) & set('/\\<>"\x00\x01')


def test_the_same_upload_under_one_key_is_one_import(api: Api, place: str) -> None:
    writer = api("analyst")
    form = [{"file": SimpleUploadedFile("p.csv", ROWS.encode())} for _ in range(2)]
    one, two = (writer.post(f"{place}/imports", f, format="multipart", HTTP_IDEMPOTENCY_KEY="k1") for f in form)

    assert two.json() == one.json()
    assert two["Location"] == one["Location"]
    other = {"file": SimpleUploadedFile("p.csv", ROWS.encode() + b"p9,never,x,0\n")}
    assert writer.post(f"{place}/imports", other, format="multipart", HTTP_IDEMPOTENCY_KEY="k1").status_code == 422
