"""A client's data to take away: what the API shows, and nothing more."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import Settings, settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from analytics.insights.models import HourlyRollup
from analytics.journey import exports
from analytics.journey.models import Export
from analytics.listening.models import Query
from analytics.mentions.models import Author, Mention
from analytics.mentions.tallies import MEASURES
from api.exports import kinds, making
from api.exports.sheet import Lines, cell
from kernel import db as schemas
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants.models import AuditEvent, Client
from tests.api.conftest import NOW, Api, Things, add_mention
from tests.cast import Cast


def ask(api: Api, place: str, format: str = "jsonl") -> tuple[dict[str, Any], zipfile.ZipFile]:
    """Ask for an export as a manager, have it made, and download it."""
    asked = api("manager").post(f"{place}/exports", {"format": format})
    assert asked.status_code == 202, asked.content
    drain()
    job = api("manager").get(asked["Location"]).json()
    assert job["state"] == "succeeded", job
    export = api("manager").get(job["result"]["href"]).json()
    content = api("manager").get(export["file"]).getvalue()
    assert hashlib.sha256(content).hexdigest() == export["sha256"]
    return export, zipfile.ZipFile(io.BytesIO(content))


def rows(bundle: zipfile.ZipFile, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in bundle.read(f"{kind}.jsonl").splitlines()]


def table(bundle: zipfile.ZipFile, kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bundle.read(f"{kind}.csv").decode(), newline="")))


def test_an_export_holds_what_the_api_shows(api: Api, place: str, things: Things) -> None:
    export, bundle = ask(api, place)
    viewer = api("viewer")

    for kind, path in (
        ("queries", "queries"), ("mentions", "mentions"), ("forecasts", "forecasts"), ("imports", "imports"),
        ("feeds", "feeds"), ("influence_maps", "influence/maps"),
    ):  # fmt: skip
        shown = viewer.get(f"{place}/{path}").json()["data"]
        found = rows(bundle, kind)
        assert len(shown) >= 1
        assert sorted(found, key=lambda row: row["id"]) == sorted(shown, key=lambda row: row["id"]), kind
    (score,) = rows(bundle, "influence_scores")
    (shown_score,) = viewer.get(f"{place}/influence/maps/{things['map']}").json()["scores"]
    assert score == {**shown_score, "map": things["map"]}
    (problem,) = rows(bundle, "import_problems")
    (shown_problem,) = viewer.get(f"{place}/imports/{things['import']}/problems").json()["data"]
    assert problem == {**shown_problem, "upload": things["import"]}
    (report,) = rows(bundle, "reports")
    shown_report = viewer.get(f"{place}/reports/{things['report']}").json()
    assert {**report, "file": shown_report["file"]} == {name: shown_report[name] for name in report}
    assert bundle.read(report["file"]) == viewer.get(shown_report["file"]).getvalue()
    (hour,) = rows(bundle, "hours")
    assert set(hour) == {"hour", "query", "source", "hidden", *MEASURES}
    assert hour.items() >= {
        "hour": "2026-03-31T18:00:00Z", "query": things["query"], "source": "web", "mentions": 1, "reach": 5,
        "engagement": 1, "negative": 0, "neutral": 0, "positive": 1, "emotion_joy": 0, "hidden": 0,
    }.items()  # fmt: skip
    (rescoring,) = rows(bundle, "rescorings")
    assert rescoring == viewer.get(f"{place}/rescorings/{things['rescoring']}").json()
    assert rows(bundle, "redactions") == [{"day": "2026-03-31", "entity": "EMAIL_ADDRESS", "findings": 2}]
    assert json.loads(bundle.read("client.json"))["id"] == things["client"]
    assert export["contents"] == {kind.name: len(rows(bundle, kind.name)) for kind in kinds.KINDS}


def test_the_manifest_has_every_file_with_its_checksum(api: Api, place: str, things: Things) -> None:
    _, bundle = ask(api, place)
    manifest = json.loads(bundle.read("manifest.json"))

    assert [file["name"] for file in manifest["files"]] == bundle.namelist()[:-1]
    assert bundle.namelist()[-1] == "manifest.json"
    for file in manifest["files"]:
        content = bundle.read(file["name"])
        assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        if file["name"].endswith(".jsonl"):
            assert file["rows"] == content.count(b"\n")
    readme = bundle.read("README.txt").decode()
    assert all(f"{kind.name}.jsonl" in readme for kind in kinds.KINDS)
    assert bundle.testzip() is None


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_nothing_secret_is_in_an_export(api: Api, cast: Cast, place: str, things: Things, format: str) -> None:
    with schemas.enter(cast.client.schema_name):
        Author.objects.update(envelope=b"sealed-handle-of-somebody")
        Mention.objects.update(envelope=b"sealed-address-of-somebody")
        pseudonym = bytes(Author.objects.get().pseudonym)
    _, bundle = ask(api, place, format)
    everything = b"".join(bundle.read(name) for name in bundle.namelist())

    for secret in (b"sealed", pseudonym, bytes(cast.client.wrapped_key), cast.client.schema_name.encode()):
        assert secret not in everything
        assert secret.hex().encode() not in everything
    for word in (b"envelope", b"pseudonym", b"wrapped", b"cursor"):
        assert word not in everything.replace(b"Authors are pseudonyms", b"")


def test_an_export_for_spreadsheets_has_the_same_in_columns(api: Api, cast: Cast, place: str, things: Things) -> None:
    with schemas.enter(cast.client.schema_name):
        add_mention(Query.objects.get(), "p2", text='=HYPERLINK("https://evil.example")\nsecond line, "quoted"')
        Mention.objects.filter(external_id="p2").update(author=None, title="@SUM(1)", understood_at=None)
    _, bundle = ask(api, place, "csv")
    shown = {row["external_id"]: row for row in api("viewer").get(f"{place}/mentions").json()["data"]}
    found = {row["external_id"]: row for row in table(bundle, "mentions")}

    assert set(found) == {"p1", "p2"}
    plain, odd = found["p1"], found["p2"]
    assert plain["text"] == shown["p1"]["text"]
    assert (plain["author.label"], plain["sentiment.label"]) == ("p1", "positive")
    assert float(plain["sentiment.positive"]) == shown["p1"]["sentiment"]["positive"]
    assert json.loads(plain["matches"]) == shown["p1"]["matches"]
    assert odd["text"] == "'" + shown["p2"]["text"]
    assert odd["title"] == "'@SUM(1)"
    assert (odd["author.id"], odd["sentiment.label"], odd["language"]) == ("", "", "")
    assert table(bundle, "hours")[0]["mentions"] == "1"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), (True, "true"), (False, "false"), (-5, "-5"), (0.1, "0.1"), (1e-7, "1e-07"), ("", ""), ("a", "a"),
        ("a=1", "a=1"), ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\t=1", "'\t=1"),
        ("\r\n=1", "'\r\n=1"), ("  =1", "'  =1"), ("\u00a0=1", "'\u00a0=1"), ("\ufeff=1", "'\ufeff=1"),
        ("＝1", "'＝1"), ("＠a", "'＠a"), ("|cmd", "'|cmd"), ([], "[]"), (["=1"], '["=1"]'), ({"a": "é"}, '{"a": "é"}'),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(value: Any, shown: str) -> None:
    assert cell(value) == shown


def test_lines_are_written_in_pieces() -> None:
    lines = Lines(["id", "author.id"])
    lines.add({"id": 'a"b', "author": None})
    first = lines.take()
    lines.add({"id": "c\nd", "author": {"id": 7}})

    assert first + lines.take() == b'id,author.id\r\n"a""b",\r\n"c\nd",7\r\n'
    assert lines.take() == b""


def test_more_than_one_page_is_written_whole_and_told_of(
    api: Api, cast: Cast, place: str, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (kinds, making):
        monkeypatch.setattr(module, "AT_ONCE", 3)
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.get()
        for number in range(6):
            add_mention(query, f"more{number}")
        HourlyRollup.objects.bulk_create(
            HourlyRollup(hour=NOW + timedelta(hours=n), query=query, source="web", mentions=n) for n in range(1, 9)
        )
    told: list[tuple[int, int]] = []
    advance = making.jobs.advance

    def tell(*, job_id: str, done: int, total: int) -> None:
        told.append((done, total))
        advance(job_id=job_id, done=done, total=total)

    monkeypatch.setattr(making.jobs, "advance", tell)

    export, bundle = ask(api, place)

    assert (export["contents"]["mentions"], export["contents"]["hours"]) == (7, 9)
    assert len({row["id"] for row in rows(bundle, "mentions")}) == 7
    assert [row["mentions"] for row in rows(bundle, "hours")] == list(range(1, 2)) + list(range(1, 9))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == sum(export["contents"].values())


def test_an_empty_client_has_an_export_too(api: Api, place: str) -> None:
    for format in ("jsonl", "csv"):
        export, bundle = ask(api, place, format)
        assert set(export["contents"].values()) == {0}
        assert bundle.testzip() is None


def test_one_at_a_time(api: Api, place: str) -> None:
    first = api("manager").post(f"{place}/exports")
    second = api("manager").post(f"{place}/exports")

    assert (first.status_code, second.status_code, second.json()["code"]) == (202, 409, "conflict")
    url = f"{place}/exports/{first.json()['result']['id']}"
    assert api("manager").get(url).json()["file"] is None
    assert api("manager").get(f"{url}/file").status_code == 409
    assert api("manager").delete(url).status_code == 409
    drain()
    assert api("manager").post(f"{place}/exports").status_code == 202


@pytest.mark.parametrize("body", [{"format": "xml"}, {"format": None}, {"format": 1}, {"kinds": []}, []])
def test_an_export_that_cannot_be_is_refused(api: Api, place: str, body: Any) -> None:
    assert api("manager").post(f"{place}/exports", body).status_code == 400


def test_asking_downloading_and_deleting_are_audited(
    api: Api, cast: Cast, place: str, things: Things, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    export, _ = ask(api, place, "csv")
    api("manager").get(export["file"], HTTP_IF_NONE_MATCH=f'"{export["sha256"]}"')
    with django_capture_on_commit_callbacks(execute=True):
        assert api("manager").delete(f"{place}/exports/{export['id']}").status_code == 204

    events = AuditEvent.objects.filter(client_id_text=cast.client.id, action__startswith="export.").order_by("id")
    assert [(event.action, event.detail) for event in events] == [
        ("export.requested", {"export": export["id"], "format": "csv"}),
        ("export.downloaded", {"export": export["id"]}),
        ("export.deleted", {"export": export["id"]}),
    ]
    assert {event.actor for event in events} != {"system"}
    assert api("manager").get(export["file"]).status_code == 404
    assert files(cast) == []


def files(cast: Cast) -> list[str]:
    return [path.name for path in (Path(settings.FILES_ROOT) / cast.client.schema_name / "exports").glob("*")]


@pytest.mark.parametrize("status", [Client.Status.SUSPENDED, Client.Status.DELETING])
def test_a_client_on_hold_can_be_taken_away(api: Api, cast: Cast, place: str, things: Things, status: str) -> None:
    with schemas.public():
        Client.objects.filter(id=cast.client.id).update(status=status, suspended_at=NOW)

    export, bundle = ask(api, place)

    assert rows(bundle, "mentions")
    assert export["contents"]["queries"] == 1


def test_a_file_is_deleted_in_time_and_its_row_stays(api: Api, cast: Cast, place: str, things: Things) -> None:
    export, _ = ask(api, place)
    assert export["expires_at"] > export["finished_at"]
    with schemas.enter(cast.client.schema_name):
        lapse = datetime.now(UTC) + exports.KEPT_FOR
        assert exports.expire(now=lapse - timedelta(minutes=5)) == 0
        assert files(cast) == [f"{export['id']}.zip"]
        Export.objects.filter(id=export["id"]).update(expires_at=NOW)
    with schemas.public():
        send("api.expire_exports")
    drain()

    after = api("manager").get(f"{place}/exports/{export['id']}").json()
    assert files(cast) == []
    assert (after["file"], after["size"], after["contents"]) == (None, None, export["contents"])
    gone = api("manager").get(export["file"])
    assert (gone.status_code, "deleted" in gone.json()["detail"]) == (409, True)


def test_a_worker_that_dies_leaves_no_half_file(
    api: Api, cast: Cast, place: str, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = api("manager").post(f"{place}/exports").json()
    whole = making.exports.keep
    monkeypatch.setattr(making.exports, "keep", lambda **_: (_ for _ in ()).throw(RuntimeError("gone")))
    drain(reraise=False)
    url = f"{place}/exports/{asked['result']['id']}"

    assert files(cast) == []
    assert api("manager").get(url).json()["file"] is None
    # The message comes again, and twice.
    monkeypatch.setattr(making.exports, "keep", whole)
    drain(delayed=True)
    made = api("manager").get(url).json()
    with schemas.public():
        send("api.make_export", cast.client.id, asked["result"]["id"])
    drain()
    assert api("manager").get(url).json() == made
    assert files(cast) == [f"{made['id']}.zip"]


def test_an_export_that_fails_for_good_ends_its_job(
    api: Api, cast: Cast, place: str, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = api("manager").post(f"{place}/exports").json()
    monkeypatch.setattr(making.exports, "keep", lambda **_: (_ for _ in ()).throw(RuntimeError("gone")))
    drain(reraise=False, delayed=True)

    job = api("manager").get(f"{place}/jobs/{asked['id']}").json()
    assert (job["state"], job["error"]["code"]) == ("failed", "export_failed")
    assert files(cast) == []
    assert api("manager").post(f"{place}/exports").status_code == 202


def test_half_files_of_the_killed_are_swept(cast: Cast, settings: Settings) -> None:
    with schemas.enter(cast.client.schema_name):
        job = Job.objects.create(kind="export")
        export = Export.objects.create(job_id=job.id)
        old, fresh = exports.part_of(export), exports.part_of(export)
        for part in (old, fresh):
            part.write_bytes(b"half")
        long_ago = datetime.now(UTC).timestamp() - 2 * 24 * 3600
        os.utime(old, (long_ago, long_ago))
        exports.expire(now=NOW)
    assert files(cast) == [fresh.name]


def test_an_export_of_a_client_that_is_gone_is_let_be(cast: Cast) -> None:
    with schemas.public():
        send("api.make_export", "cli_" + "0" * 32, "exp_" + "0" * 32)
        send("api.make_export", cast.client.id, "exp_" + "0" * 32)
    assert drain() == 2
    assert not Message.objects.exists()


def test_what_was_asked_for_and_never_sent_is_sent_again(api: Api, cast: Cast, place: str, things: Things) -> None:
    asked = api("manager").post(f"{place}/exports").json()
    with schemas.public():
        Message.objects.all().delete()
        send("api.expire_exports")
    drain()
    assert api("manager").get(f"{place}/jobs/{asked['id']}").json()["state"] == "queued"
    with schemas.enter(cast.client.schema_name):
        Job.objects.filter(id=asked["id"]).update(created_at=datetime.now(UTC) - timedelta(hours=2))
    with schemas.public():
        send("api.expire_exports")
    drain()
    assert api("manager").get(f"{place}/jobs/{asked['id']}").json()["state"] == "succeeded"
