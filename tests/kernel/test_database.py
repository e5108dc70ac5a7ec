"""DATABASE_URL, taken apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.database import ENGINE, clusters, embedded, from_url, session_options, sessions

PASSWORD = "hunter2-and-more"


def test_every_part_has_its_place() -> None:
    assert from_url(f"postgresql://ear:{PASSWORD}@db.example:6543/earshot?sslmode=require&connect_timeout=5") == {
        "ENGINE": ENGINE,
        "NAME": "earshot",
        "USER": "ear",
        "PASSWORD": PASSWORD,
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "require", "connect_timeout": "5"},
    }


def test_what_is_left_out_is_left_to_the_driver() -> None:
    settings = from_url("postgres:///earshot")
    assert (settings["NAME"], settings["HOST"], settings["PORT"], settings["USER"]) == ("earshot", "", "", "")
    assert settings["OPTIONS"] == {}


@pytest.mark.parametrize(
    ("url", "name", "value"),
    [
        ("postgresql://u:p%40ss%2Fw%3Ard%25@h/d", "PASSWORD", "p@ss/w:rd%"),
        ("postgresql://us%40er:p@h/d", "USER", "us@er"),
        ("postgresql://u:p@h/d%20b", "NAME", "d b"),
        ("postgresql://u:p@[2001:db8::1]:5433/d", "HOST", "2001:db8::1"),
        ("postgresql://u:p@%2Fvar%2Frun%2Fpostgresql/d", "HOST", "/var/run/postgresql"),
        ("postgresql:///d?host=/var/run/postgresql", "HOST", "/var/run/postgresql"),
        (
            "postgresql://u:p@h/d?options=-c%20statement_timeout%3D5000",
            "OPTIONS",
            {"options": "-c statement_timeout=5000"},
        ),
    ],
)
def test_parts_are_decoded(url: str, name: str, value: object) -> None:
    assert from_url(url)[name] == value


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://ear:{PASSWORD}@h/d",
        f"postgresql://ear:{PASSWORD}@h",
        f"postgresql://ear:{PASSWORD}@h/",
        f"postgresql://ear:{PASSWORD}@h:port/d",
        f"postgresql://ear:{PASSWORD}@h:99999/d",
        f"postgresql://ear:{PASSWORD}@[2001:db8/d",
        f"postgresql://ear:{PASSWORD}@[not-an-address]/d",
        f"postgresql://ear:{PASSWORD}℀@h/d",
        f"ear:{PASSWORD}@h/d",
        PASSWORD,
        "",
    ],
)
def test_one_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as problem:
        from_url(url)
    assert PASSWORD not in str(problem.value)
    assert "DATABASE_URL" in str(problem.value)
    # A traceback prints the causes too.
    assert problem.value.__suppress_context__ or problem.value.__context__ is None


def test_the_embedded_one_is_only_described_here(tmp_path: Path) -> None:
    settings = embedded(tmp_path / "postgres", durable=False)
    assert settings["ENGINE"] == ENGINE
    assert settings["EMBEDDED"] == {"data_dir": tmp_path / "postgres", "durable": False}
    assert not (tmp_path / "postgres").exists()


def test_clusters_are_read_by_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_CLUSTERS", f"eu=postgresql://u:{PASSWORD}@eu.example/d; us=postgresql://u@us.example/d")
    found = clusters(owner="own")
    assert [(alias, each["HOST"], each["OWNER"]) for alias, each in found.items()] == [
        ("eu", "eu.example", "own"),
        ("us", "us.example", "own"),
    ]
    monkeypatch.delenv("EARSHOT_CLUSTERS")
    assert clusters(owner="") == {}


@pytest.mark.parametrize(
    "text", [f"eu=mysql://u:{PASSWORD}@h/d", f"default=postgresql://u:{PASSWORD}@h/d", "eu", "E U=postgresql://h/d"]
)
def test_clusters_that_cannot_be_read_are_not_repeated(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("EARSHOT_CLUSTERS", text)
    with pytest.raises(ImproperlyConfigured, match="EARSHOT_CLUSTERS") as problem:
        clusters(owner="")
    assert PASSWORD not in str(problem.value)


def test_a_pool_is_off_until_it_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "pool" not in session_options()
    assert (sessions()["CONN_MAX_AGE"], sessions()["ISOLATION"]) == (300, "default")
    monkeypatch.setenv("EARSHOT_POOL_SIZE", "7")
    monkeypatch.setenv("EARSHOT_CONN_MAX_LIFETIME", "60")
    assert (session_options()["pool"]["max_size"], session_options()["pool"]["max_lifetime"]) == (7, 60)
    assert sessions()["CONN_MAX_AGE"] == 0
    monkeypatch.setenv("EARSHOT_CONN_MAX_AGE", "0")
    assert sessions()["CONN_MAX_AGE"] == 0
    monkeypatch.setenv("EARSHOT_CONN_MAX_AGE", "5")
    with pytest.raises(ImproperlyConfigured):
        sessions()
    monkeypatch.setenv("EARSHOT_ISOLATION", "strictly")
    with pytest.raises(ImproperlyConfigured, match="strict"):
        sessions()
