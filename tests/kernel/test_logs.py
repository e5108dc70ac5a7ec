"""Logs carry ids and places, and no personal data, whoever writes them."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from kernel import logs

PERSONAL = "kim.invented@example.org"
Events = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Events]:
    """What was logged, as JSON objects."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    level = root.level
    logs.configure(level="DEBUG", json=True)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    monkeypatch.undo()
    logs.configure(level="WARNING")
    root.setLevel(level)


def raise_with_secret() -> None:
    raise ValueError(f"cannot read {PERSONAL}")


def test_event_carries_ids_of_the_block_and_only_there(events: Events) -> None:
    log = logs.get_logger("kernel.test")
    with logs.bind(request_id="req_1", client_id="cli_1", message_id=None):
        log.info("import.done", rows=12)
    log.info("later")
    first, second = events()
    assert first["event"] == "import.done"
    assert first["rows"] == 12
    assert first["level"] == "info"
    assert first["request_id"] == "req_1"
    assert first["client_id"] == "cli_1"
    assert "message_id" not in first
    assert first["logger"] == "kernel.test"
    assert first["timestamp"].endswith("Z")
    assert "request_id" not in second


def test_exception_is_shown_by_type_and_place_without_its_message(events: Events) -> None:
    try:
        try:
            raise_with_secret()
        except ValueError as error:
            raise RuntimeError(f"worse: {PERSONAL}") from error
    except RuntimeError:
        logs.get_logger("kernel.test").exception("failed")
    (event,) = events()
    assert event["error"] == "RuntimeError"
    assert event["caused_by"] == ["ValueError"]
    assert event["at"][-1].startswith("tests/kernel/test_logs.py:")
    assert PERSONAL not in json.dumps(event)


def test_standard_library_loggers_go_the_same_way(events: Events) -> None:
    try:
        raise_with_secret()
    except ValueError:
        logging.getLogger("some.library").exception("could not read %s", PERSONAL)
    (event,) = events()
    assert event["event"] == "could not read [email]"
    assert event["error"] == "ValueError"
    assert event["at"][-1].endswith(":raise_with_secret")


def test_django_loggers_have_no_handlers_of_their_own(events: Events) -> None:
    logging.getLogger("django.request").error("Internal Server Error: %s", "/x")
    assert [event["event"] for event in events()] == ["Internal Server Error: /x"]


def test_nested_values_bytes_and_exceptions_are_redacted(events: Events) -> None:
    logs.get_logger("x").info(
        "e", a={"who": [PERSONAL, ("@invented",)]}, b=PERSONAL.encode(), c=ValueError(PERSONAL), d={PERSONAL}
    )
    (event,) = events()
    assert event["a"] == {"who": ["[email]", ["[handle]"]]}
    assert (event["b"], event["c"], event["d"]) == ("<24 bytes>", "ValueError", ["[email]"])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mail to kim.invented@example.org now", "mail to [email] now"),
        ("<kim@example.org>,kim=kim@example.org", "<[email]>,kim=[email]"),
        ("юля@пример.испытание", "[email]"),
        ("by @invented_one: hello", "by [handle]: hello"),
        ("by @почта.тест", "by [handle]"),
        ("call +49 (0)30 1234-5678 or 030/1234567", "call [number] or [number]"),
        ("(555) 010-0199.", "[number]."),
        ("from 192.0.2.145", "from [number]"),
        ("from 9.9.9.9:443 and [2001:db8::9]", "from [number]:443 and [[number]]"),
        ("on 2026-11-22 030 1234567", "on [number]"),
        ("at 2026-11-22 10:15:30, 12:30:45, version 3.11.7", "at 2026-11-22 10:15:30, 12:30:45, version 3.11.7"),
        ("tests/x.py::test_a, kernel::b", "tests/x.py::test_a, kernel::b"),
        ("2026-11-22 took 120 ms for 1500 rows", "2026-11-22 took 120 ms for 1500 rows"),
        ("message 3f2504e0-4f89-41d3-9a0c-0305e82c3301", "message 3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ("message 12345678-1234-4234-8234-123456789012", "message 12345678-1234-4234-8234-123456789012"),
        ("client_7 men_01J9ZK", "client_7 men_01J9ZK"),
    ],
)
def test_redact(text: str, clean: str) -> None:
    assert logs.redact(text) == clean


NAME = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=20)
AROUND = st.text(max_size=40)


@given(AROUND, NAME, AROUND)
def test_no_address_survives_whatever_is_around_it(before: str, name: str, after: str) -> None:
    assert f"{name}@{name}.example" not in logs.redact(f"{before} {name}@{name}.example {after}")


@given(AROUND, NAME, AROUND)
def test_no_handle_survives_whatever_is_around_it(before: str, name: str, after: str) -> None:
    assert f"@{name} " not in logs.redact(f"{before} @{name} {after}").replace(before, "").replace(after, "")


@given(AROUND, st.from_regex(r"\+[1-9][0-9]{8,13}", fullmatch=True), AROUND)
def test_no_international_number_survives(before: str, number: str, after: str) -> None:
    assert number not in logs.redact(f"{before} {number} {after}")


@pytest.mark.parametrize("text", ["a" * 10_000_000, "@" * 10_000_000, "1 " * 5_000_000, "a." * 5_000_000])
def test_a_huge_value_is_cut(text: str) -> None:
    assert len(logs.redact(text)) <= logs.MAX_TEXT + 20


def test_text_for_people(monkeypatch: pytest.MonkeyPatch, events: Events) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure({"level": "info", "json": False})
    logs.get_logger("x").debug("hidden")
    logs.get_logger("x").info("shown", rows=3, to=PERSONAL)
    assert "shown" in stream.getvalue()
    assert "rows=3" in stream.getvalue()
    assert "[email]" in stream.getvalue()
    assert "hidden" not in stream.getvalue()


def test_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        logs.configure(level="LOUD")


def test_bound_ids_do_not_leak_after_an_error() -> None:
    with pytest.raises(ValueError, match="cannot"), logs.bind(request_id="req_1"):
        raise_with_secret()
    assert structlog.contextvars.get_contextvars() == {}
