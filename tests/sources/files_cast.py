"""How the tests of file reading write and read their files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.sources.contracts import BadRow, Page, RawPost, RowNote
from analytics.sources.files import FileConnector

NOW = datetime(2026, 11, 20, tzinfo=UTC)
HEADER = "id,author,created_at,text\n"


def connect(path: Path, **options: Any) -> FileConnector:
    return FileConnector(path, now=NOW, **options)


def write(tmp_path: Path, content: str | bytes, name: str = "posts.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def gather(pages: Iterable[Page]) -> tuple[list[RawPost], list[BadRow], list[RowNote]]:
    posts: list[RawPost] = []
    bad: list[BadRow] = []
    notes: list[RowNote] = []
    for page in pages:
        posts += page.posts
        bad += page.bad_rows
        notes += page.notes
    return posts, bad, notes


def read(path: Path, **options: Any) -> tuple[list[RawPost], list[BadRow], list[RowNote]]:
    return gather(connect(path, **options).pages())


def bad_of(rows: Iterable[BadRow]) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in rows]
