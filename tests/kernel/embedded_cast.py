"""What the tests of the embedded server share: real servers in temporary directories."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kernel import embedded

ROOT = Path(__file__).resolve().parents[2]
ENSURE = (
    "import sys, pathlib; from kernel import embedded; i = embedded.ensure(pathlib.Path(sys.argv[1]), durable=False)"
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Like tmp_path, but another uid may walk through it."""
    path = Path(tempfile.mkdtemp(prefix="earshot-test-"))
    path.chmod(0o711)
    yield path
    for home in list(path.iterdir()):
        if home.is_dir():
            embedded.remove(home)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One server shared by the tests that do not harm it."""
    path = Path(tempfile.mkdtemp(prefix="earshot-test-"))
    path.chmod(0o711)
    yield path / "shared"
    embedded.remove(path / "shared")
    shutil.rmtree(path)


def run(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "HOME": "/",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", **options
    )


def value(instance: embedded.Instance, query: str, *, superuser: bool = False) -> object:
    with psycopg.connect(instance.dsn(superuser=superuser)) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
