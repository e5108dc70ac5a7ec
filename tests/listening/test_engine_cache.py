"""Where the engine keeps its machine code, and what it does where it may not."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from django.conf import settings

from analytics.listening.engine import cache

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary folder is one of this test's own; the engine's choice is put back."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    cache.choose(settings.CACHE_ROOT)


def test_the_chosen_folder_is_made_and_used(tmp_path: Path, temporary: Path) -> None:
    cache.choose(tmp_path / "home" / "cache")
    found = cache.place()
    assert found is not None
    assert found.is_dir()
    assert found.parent == tmp_path / "home" / "cache"
    assert list(temporary.iterdir()) == []


def test_a_folder_that_cannot_be_made_gives_way_to_a_private_temporary_one(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "file").write_text("")
    cache.choose(tmp_path / "file" / "cache")
    found = cache.place()
    assert found is not None
    assert found.parent.parent == temporary
    assert found.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["open to others", "a link", "a file"])
def test_what_others_may_have_written_is_not_run(tmp_path: Path, temporary: Path, kind: str) -> None:
    own = temporary / f"earshot-{os.getuid()}"
    if kind == "a link":
        own.symlink_to(tmp_path)
    elif kind == "a file":
        own.write_text("")
    else:
        own.mkdir()
        own.chmod(0o777)
    cache.choose(None)
    assert cache.place() is None


def _place_without_rights(chosen: Path, answer: Connection) -> None:
    if os.getuid() == 0:
        os.setuid(NOBODY)
    cache.choose(chosen)
    found = cache.place()
    answer.send(None if found is None else {str(path.relative_to(found)): path.read_text() for path in _files(found)})


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_a_read_only_folder_holds_is_taken_along(tmp_path: Path, temporary: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    chosen = tmp_path / "image"
    cache.choose(chosen)
    warm = cache.place()
    assert warm is not None
    (warm / "below").mkdir()
    (warm / "tables.npz").write_text("tables")
    (warm / "below" / "code.nbc").write_text("code")
    temporary.chmod(0o777)
    for path in (warm / "below", warm, chosen):
        path.chmod(0o555)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_place_without_rights, args=(chosen, theirs))
    child.start()
    child.join()
    for path in (chosen, warm, warm / "below"):
        path.chmod(0o755)
    assert ours.poll(0), "it failed"
    assert ours.recv() == {"tables.npz": "tables", "below/code.nbc": "code"}


def _python(code: str, *arguments: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


READ = """
import sys
from pathlib import Path
from analytics.listening.engine import cache
cache.choose(Path(sys.argv[1]))
from analytics.listening.engine.reader import Reader
from analytics.listening.engine.tables import load
batch = Reader(load()).read(["Größe #Café", "東京"])
print(batch.word_keys[: batch.words[2]].tolist())
"""


@pytest.mark.slow
def test_machine_code_is_compiled_once_or_without_a_place_each_time(tmp_path: Path) -> None:
    first = _python(READ, str(tmp_path / "cache"))
    kept = {path: path.stat().st_mtime_ns for path in _files(tmp_path / "cache")}
    assert any(path.suffix == ".nbc" for path in kept)
    assert any(path.name == "tables.npz" for path in kept)

    assert _python(READ, str(tmp_path / "cache")) == first
    assert {path: path.stat().st_mtime_ns for path in _files(tmp_path / "cache")} == kept, "nothing was compiled again"

    (tmp_path / "file").write_text("")
    (tmp_path / "tmp" / f"earshot-{os.getuid()}").mkdir(parents=True)
    (tmp_path / "tmp" / f"earshot-{os.getuid()}").chmod(0o777)
    assert _python(READ, str(tmp_path / "file" / "cache"), TMPDIR=str(tmp_path / "tmp")) == first


@pytest.mark.slow
def test_a_broken_table_is_built_anew(tmp_path: Path, temporary: Path) -> None:
    from analytics.listening.engine.tables import load

    whole = load()
    cache.choose(tmp_path / "cache")
    folder = cache.place()
    assert folder is not None
    (folder / "tables.npz").write_bytes(b"PK\\x03\\x04 torn")
    load.cache_clear()
    try:
        for table, expected in zip(load(), whole, strict=True):
            assert table.tolist() == expected.tolist()
        load.cache_clear()
        assert load().info.tolist() == whole.info.tolist(), "and was written whole"
    finally:
        load.cache_clear()


def test_who_serves_the_api_does_not_load_the_compiler() -> None:
    code = """
import os, sys
sys.path.append("platform")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
import config.urls_tenant, config.urls_public
print([name for name in ("numba", "llvmlite") if name in sys.modules])
"""
    assert _python(code).strip() == "[]"
