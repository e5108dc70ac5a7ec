"""`manage.py demo --once`, as a person runs it: with its own home, its own PostgreSQL, server and worker."""

from __future__ import annotations

import csv
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from pypdf import PdfReader

from analytics.sources.corpus.cast import AGENCY
from api.running import ROOT, free_port
from kernel import embedded

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run ended with, printed on standard output and error, and took (s)."""

    code: int
    out: str
    error: str
    seconds: float


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("home")
    try:
        yield place
    finally:
        embedded.remove(place / "postgres")


def demo(home: Path, *arguments: str) -> Shown:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EARSHOT_", "DJANGO_"))}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--once", "--port", str(free_port()), *arguments],
        cwd=ROOT,
        env={**kept, "EARSHOT_HOME": str(home), "EARSHOT_LOG_LEVEL": "WARNING"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1_200,
    )
    return Shown(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)


def rows_line(shown: Shown, client: str) -> str:
    return next(line for line in shown.out.splitlines() if line.startswith(f"{client}: ") and " rows: " in line)


def pdfs(shown: Shown) -> list[Path]:
    return [Path(path) for path in re.findall(r": (/\S+\.pdf)", shown.out)]


def test_the_bundled_demo_and_the_same_again(home: Path) -> None:
    first = demo(home)
    assert first.code == 0, first.error
    for client in AGENCY.clients:
        assert " 0 known before" in rows_line(first, client.name)
        for query in client.queries:
            assert query.name in first.out
    assert "share of voice" in first.out
    assert "top influencers" in first.out
    key = re.search(r"^Key (ear_\S+)$", first.out, re.MULTILINE)
    assert key is not None
    assert len(re.findall(r"^  net sentiment of the most talked about aspects: \w", first.out, re.MULTILINE)) == 2
    assert len(re.findall(r"^  largest of \d+ topics: “", first.out, re.MULTILINE)) == 2
    assert first.out.count("curl -s -H") == 4
    assert "/api/v1/docs" in first.out
    made = pdfs(first)
    assert len(made) == 2
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in made}
    for path, client in zip(made, AGENCY.clients, strict=True):
        text = "".join(page.extract_text() for page in PdfReader(path).pages)
        assert client.name in text
        assert AGENCY.name in text
    state = home / "demo" / "bundled" / "state.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    remembered = state.read_text()
    for log in home.rglob("*.log"):
        assert key[1] not in log.read_text(errors="replace")

    second = demo(home)
    assert second.code == 0, second.error
    assert state.read_text() == remembered
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in pdfs(second)} == before
    assert key[1] in second.out
    for client in AGENCY.clients:
        assert rows_line(second, client.name) == rows_line(first, client.name)
    tables = [shown.out[shown.out.index("rows: ") : shown.out.index("Reports\n")] for shown in (first, second)]
    assert tables[0] == tables[1]


def test_a_strangers_file(home: Path, tmp_path: Path) -> None:
    dice, path = Random(8), tmp_path / "feedback.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["tweet_id", "created", "user", "message", "likes"])
        for number in range(300):
            brand = dice.choice(["KestrelCoffee", "KestrelCoffee", "MossBean"])
            words = dice.choice(["was lovely, thank you", "was awful, never again", "opens at nine"])
            when = f"{1 + number % 28:02}/03/2026 {number % 24:02}:05"
            out.writerow([9_000 + number, when, f"guest{number % 30}_example", f"@{brand} {words} ({number})", number])
        out.writerow([1, "never", "guest1_example", "@MossBean hello", 0])
    before = path.read_bytes()

    first = demo(home, "--posts", str(path))
    assert first.code == 0, first.error
    for field, column in (("text", "message"), ("created_at", "created"), ("external_id", "tweet_id")):
        assert re.search(rf"{field}\s+│\s+{column}\b", first.out), field
    for client in ("Kestrel Coffee", "Moss Bean"):
        assert "301 rows: 300 stored, 0 known before, 0 repeated, 0 matching no query, 1 not readable" in (
            " ".join(rows_line(first, client).split())
        )
    assert "line 302:" in first.out
    assert "guest" not in first.out
    assert len(pdfs(first)) == 2
    assert all(path.is_file() for path in pdfs(first))

    second = demo(home, "--posts", str(path))
    assert second.code == 0, second.error
    assert pdfs(second) == pdfs(first)
    assert rows_line(second, "Moss Bean") == rows_line(first, "Moss Bean")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04rest", "archive"),
        (b"created,text\n2026-03-01,hello there\n", "nothing to listen for"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_one_sentence(
    home: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(content)
    shown = demo(home, "--posts", str(path))
    assert shown.code == 1
    assert said in shown.error
    assert "Traceback" not in shown.error
