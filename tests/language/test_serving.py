"""Which engine serves where the one that was wanted cannot be loaded, and who is told."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from analytics.language.checks import check_language, load_before_work
from analytics.language.contracts import EngineUnavailable
from analytics.language.engines import get_engine
from analytics.language.serving import options_from_settings, serving
from analytics.language.state.models import EngineState
from kernel.queue.process import EXIT_NOT_READY, NotReady

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def nowhere(settings: Any, tmp_path: Path) -> str:
    """An engine that is not there."""
    settings.LANGUAGE_ENGINE = f"transformers:{tmp_path / 'nowhere'}"
    return str(tmp_path)


def test_without_a_fallback_nothing_serves_and_both_places_say_what_helps(nowhere: str) -> None:
    with pytest.raises(EngineUnavailable) as refusal:
        serving()
    assert refusal.value.code == "model_not_found"
    (message,) = check_language()
    assert (message.id, message.is_serious()) == ("language.E001", True)
    with pytest.raises(NotReady, match=r"config\.json.*EARSHOT_LANGUAGE_FALLBACK=compact") as stop:
        load_before_work()
    assert nowhere not in str(stop.value) + str(message)
    assert "\n" not in str(stop.value)


@pytest.mark.django_db
def test_with_a_fallback_the_compact_engine_serves_and_health_says_so(nowhere: str, settings: Any) -> None:
    settings.LANGUAGE_FALLBACK = "compact"
    found = serving()
    assert (found.engine, found.problem) == (get_engine("compact"), "model_not_found")
    assert found.engine.read(["lovely"])[0].model_id == get_engine("compact").model_id
    assert serving() is found  # decided once, not with each batch
    (message,) = check_language()
    assert (message.id, message.is_serious()) == ("language.W001", False)
    load_before_work()
    state = EngineState.objects.get()
    assert (state.wanted, state.model_id) == ("transformers", get_engine("compact").model_id)
    answer = APIClient().get("/api/v1/health").json()
    assert (answer["language"], answer["language_problem"]) == ("fallback", "model_not_found")
    assert nowhere not in state.detail + str(answer)


@pytest.mark.django_db
def test_health_knows_nothing_before_a_worker_starts_and_the_last_word_counts(settings: Any) -> None:
    client = APIClient()
    assert client.get("/api/v1/health").json()["language"] == "unknown"
    EngineState.objects.create(
        wanted="transformers", model_id="x", problem="torch_missing", told_at="2026-03-01T00:00:00Z"
    )
    assert client.get("/api/v1/health").json()["language"] == "fallback"
    load_before_work()
    assert client.get("/api/v1/health").json() == {"status": "ok", "language": "ok", "language_problem": None}


def test_labels_that_mean_something_else_are_told_without_loading(settings: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "config.json").write_text('{"id2label": {"0": "toxic", "1": "fine"}}', encoding="utf-8")
    settings.LANGUAGE_ENGINE = f"transformers:{tmp_path}"
    (message,) = check_language()
    assert "labels_unknown" in message.msg


def test_settings_that_do_not_hold_are_refused(settings: Any) -> None:
    settings.LANGUAGE_RUNTIME = "tensorflow"
    with pytest.raises(ImproperlyConfigured, match="runtime"):
        options_from_settings()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_worker_without_its_engine_ends_and_says_why(tmp_path: Path, processes: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "EARSHOT_LANGUAGE_ENGINE": f"transformers:{tmp_path / 'nowhere'}",
        "EARSHOT_LOG_JSON": "true",
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "worker", "--processes", processes],
        env=environment, capture_output=True, text=True, timeout=1_200, check=False,
    )  # fmt: skip
    assert done.returncode == EXIT_NOT_READY, done.stderr
    assert "EARSHOT_LANGUAGE_FALLBACK=compact" in done.stdout + done.stderr


def test_the_check_command_says_it(nowhere: str) -> None:
    errors = io.StringIO()
    with pytest.raises(CommandError, match="model_not_found"):
        call_command("check", "--tag", "language", stderr=errors)
