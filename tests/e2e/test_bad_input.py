"""What hostile or clumsy callers send, against the running stack: a clear error each time, and nothing lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import pytest

from kernel import embedded
from tests.e2e.stack import Stack, standing

HEADER = "id,author,created_at,text\n"
# Planted in everything that is sent, and looked for afterwards in all that was said about it.
HANDLE = "zz_planted_handle"
ADDRESS = "zz.planted@example.org"
PATIENCE_S = 300.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with standing(tmp_path_factory.mktemp("bad") / "home") as started:
        yield started


def _client(stack: Stack) -> str:
    """A client that listens for bread."""
    made = stack.api.post("/clients", json={"name": "Juniper Bakery"}).raise_for_status().json()["id"]
    stack.api.post(
        f"/clients/{made}/queries", json={"name": "Own", "kind": "brand", "text": "bread"}
    ).raise_for_status()
    return str(made)


@pytest.fixture(scope="module")
def client(stack: Stack) -> str:
    return _client(stack)


def _upload(stack: Stack, client: str, content: bytes) -> dict[str, Any]:
    answer = stack.api.post(f"/clients/{client}/imports", files={"file": ("posts.csv", content)})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def _end(stack: Stack, client: str, job: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        state: dict[str, Any] = stack.api.get(f"/clients/{client}/jobs/{job}").json()
        if state["state"] in ("succeeded", "failed"):
            return state
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def _raw(stack: Stack, request: bytes) -> tuple[int, dict[str, Any]]:
    """The status and the problem that bytes on a socket are answered with."""
    with socket.create_connection(("127.0.0.1", httpx.URL(stack.running.url).port or 0), timeout=PATIENCE_S) as wire:
        wire.sendall(request)
        answer = HTTPResponse(wire)
        answer.begin()
        assert answer.headers["Content-Type"] == "application/problem+json"
        return answer.status, json.load(answer)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"  \n\n", "empty_file"),
        (b"\0" * 1000, "empty_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "not_text"),
        (b"PK\x03\x04" + bytes(range(256)), "not_text"),
        (b'[{"id": 1, "text": "bread"}]', "json_array"),
        (b'{\n "id": 1,\n "text": "bread"\n}', "not_json_lines"),
        (b"id,text\n1,bread\n", "missing_column"),
        (b"x" * 100_000_000, "header_too_long"),
        (b"a," * 50_000 + HEADER.encode(), "too_many_columns"),
    ],
    ids=["blank", "nul", "picture", "archive", "json-array", "pretty-json", "no-time", "100-mb-line", "wide"],
)
def test_a_file_that_is_none_fails_its_job_with_the_reason(
    stack: Stack, client: str, content: bytes, code: str
) -> None:
    ended = _end(stack, client, _upload(stack, client, content)["job"])
    assert (ended["state"], ended["error"]["code"]) == ("failed", code)
    assert ended["error"]["detail"].endswith(".")


def test_what_can_be_read_of_a_bad_file_goes_in(stack: Stack) -> None:
    client = _client(stack)
    rows = [
        f'1,{HANDLE},2026-03-02T10:00:00Z,"bread by @{HANDLE}, mail {ADDRESS}",{2**63},5',
        f"2,{HANDLE},not a time {HANDLE},bread,1,5",
        "3,ana_example,2026-03-02T10:00:00Z,bread \x00 and butter,1e400,NaN",
        f"4,{HANDLE},2026-03-02T10:00:00Z",
        "5,ben_example,2026-03-02T10:00:00Z,bread " + "x" * 200_000 + ",1,5",
        f'"6\t\\N",\u202e{HANDLE},2026-03-02T10:00:00Z,bread ' + "#tag " * 5_000 + ",999999999999999999999,5",
        "7,cat_example,9999-12-31,bread,1,5",
    ]
    text = "id,author,created_at,text,likes,rating\n" + "\n".join(rows) + "\n"
    upload = _upload(stack, client, text.encode())
    stack.wait_for(client, upload["job"])
    place = f"/clients/{client}/imports/{upload['id']}"
    outcome = stack.api.get(place).json()
    assert (outcome["read"], outcome["stored"], outcome["bad"]) == (7, 3, 4)
    problems = stack.api.get(f"{place}/problems").json()["data"]
    assert [(row["line"], row["code"]) for row in problems if row["refused"]] == [
        (3, "unreadable_time"), (5, "wrong_column_count"), (6, "cell_too_long"), (8, "time_out_of_range"),
    ]  # fmt: skip
    said = stack.api.get(f"/clients/{client}/mentions").text + json.dumps(problems) + stack.api.get(place).text
    assert "planted" not in said


def test_a_form_route_without_a_body_asks_for_its_file(stack: Stack, client: str) -> None:
    for answer in (stack.api.post(f"/clients/{client}/imports"), stack.api.put("/branding/logo")):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "required")


def test_a_mapping_names_no_person(stack: Stack, client: str) -> None:
    files = {"file": ("posts.csv", b"created_at,text\n2026-03-02,bread\n")}
    mapping = json.dumps({"author": {"value": HANDLE}})
    answer = stack.api.post(f"/clients/{client}/imports", files=files, data={"mapping": mapping})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/mapping/author")
    assert "planted" not in answer.text


@pytest.mark.parametrize(
    ("text", "code"),
    [("a " * 25_000, "max_length"), ("(" * 5_000 + "a" + ")" * 5_000, "query_syntax"), ("NOT " * 4_000, "query_syntax"),
     ('"' * 9_999, "query_syntax"), ("", "blank"), ("\0", "nul_character"), ("\ud800", "lone_surrogate"),
     ("-bread", "query_syntax")],
    ids=["50-kb", "5000-parentheses", "nots", "quotes", "empty", "nul", "surrogate", "nothing-but-not"],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused_at_its_place(stack: Stack, client: str, text: str, code: str) -> None:
    body = json.dumps({"name": "New", "kind": "topic", "text": text}).encode()
    answer = stack.api.post(f"/clients/{client}/queries", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/text", code)]


@pytest.mark.parametrize(
    "search", ["it's", "a\\", "'a' & b", "'):*", "a:*b", '"it\'s \\ x"', "!a|b<->c", "咖啡 ☕ ไทย*"]
)
def test_a_search_is_words_and_never_a_tsquery(stack: Stack, client: str, search: str) -> None:
    answer = stack.api.get(f"/clients/{client}/mentions", params={"search": search})
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\r\n\r\n", 400),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: odd\r\n\r\n", 501),
        (b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
    ],
    ids=["tls", "long-address", "long-header", "unknown-coding", "chunked"],
)  # fmt: skip
def test_what_is_hardly_http_gets_a_problem_document(stack: Stack, request_bytes: bytes, status: int) -> None:
    answered, problem = _raw(stack, request_bytes)
    assert (answered, problem["status"]) == (status, status)
    assert problem["request_id"].startswith("req_")


def test_a_refused_body_leaves_the_connection_in_order(stack: Stack) -> None:
    for _ in range(3):
        refused = stack.api.post("/clients", content=b" " * 3_000_000, headers={"Content-Type": "application/json"})
        assert refused.status_code == 413
        assert stack.api.get("/clients").status_code == 200


@pytest.mark.slow  # they are waited for
def test_senders_that_fall_silent_do_not_block_the_others(stack: Stack) -> None:
    key = stack.api.headers["Authorization"]
    half = f"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
    port = httpx.URL(stack.running.url).port or 0
    wires = [socket.create_connection(("127.0.0.1", port)) for _ in range(12)]
    try:
        for wire in wires:
            wire.sendall(half.encode() + b"Content-Length: 2000\r\n\r\n{")
        assert stack.api.get("/health", timeout=PATIENCE_S).status_code == 200
    finally:
        for wire in wires:
            wire.close()


def test_queries_and_clients_can_be_deleted_while_their_import_runs(stack: Stack) -> None:
    client = _client(stack)
    query = stack.api.get(f"/clients/{client}/queries").json()["data"][0]["id"]
    rows = "".join(f"p{n},ana_example,2026-03-02T10:00:00Z,I love bread number {n}\n" for n in range(8_000))
    upload = _upload(stack, client, (HEADER + rows).encode())
    while stack.api.get(f"/clients/{client}/imports/{upload['id']}").json()["read"] == 0:
        time.sleep(0.02)
    assert stack.api.delete(f"/clients/{client}/queries/{query}").status_code == 204
    stack.wait_for(client, upload["job"])
    outcome = stack.api.get(f"/clients/{client}/imports/{upload['id']}").json()
    assert outcome["stored"] + outcome["unmatched"] == outcome["read"] == 8_000
    assert stack.api.get(f"/clients/{client}/insights/summary").json()["queries"] == []
    _upload(stack, client, (HEADER + rows).encode())
    token = stack.api.post(f"/clients/{client}/deletion").json()["token"]
    confirmation = {"token": token, "immediately": True}
    assert stack.api.request("DELETE", f"/clients/{client}", json=confirmation).status_code == 202
    assert stack.api.get(f"/clients/{client}").status_code == 404


def test_a_killed_database_comes_back_and_nothing_is_lost(stack: Stack) -> None:
    client = _client(stack)
    rows = "".join(f"p{n},ana_example,2026-03-02T10:00:00Z,I love bread number {n}\n" for n in range(8_000))
    upload = _upload(stack, client, (HEADER + rows).encode())
    while stack.api.get(f"/clients/{client}/imports/{upload['id']}").json()["read"] == 0:
        time.sleep(0.02)
    os.kill(embedded.ensure(Path(stack.environment["EARSHOT_HOME"]) / "postgres").pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE_S
    while (answer := stack.api.get("/clients")).status_code != 200:
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert time.monotonic() < end
        time.sleep(0.2)
    stack.wait_for(client, upload["job"])
    outcome = stack.api.get(f"/clients/{client}/imports/{upload['id']}").json()
    assert (outcome["read"], outcome["stored"], outcome["understood"]) == (8_000, 8_000, 8_000)
    days = {"start": "2026-03-01", "end": "2026-03-03"}
    (counted,) = stack.api.get(f"/clients/{client}/insights/summary", params=days).json()["queries"]
    assert counted["mentions"] == 8_000


def test_the_log_names_nobody(stack: Stack, client: str) -> None:
    """Stands last: everything above has been written to it."""
    place = f"/clients/{client}/mentions"
    stack.api.get(f"{place}/{HANDLE}@example.org")
    stack.api.get(place, params={HANDLE: ADDRESS})
    stack.api.get(place, params={"search": f'@{HANDLE} "'})
    _raw(stack, f"GET {place}?search={HANDLE}{'x' * 9_000} HTTP/1.1\r\n\r\n".encode())
    log = stack.log.read_text(errors="replace")
    assert log
    assert "planted" not in log
