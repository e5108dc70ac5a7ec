"""Root, ordinary users, and directories that are closed to some of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kernel import embedded
from kernel.embedded import binaries, cluster, place, server
from kernel.embedded.identity import server_identity
from tests.kernel.embedded_cast import ENSURE, ROOT, as_root, kill


@as_root
def test_server_does_not_run_as_root_and_no_account_is_added(template: Path) -> None:
    accounts = Path("/etc/passwd").read_bytes()
    instance = embedded.ensure(template, durable=False)
    assert Path(f"/proc/{instance.pid}").stat().st_uid == server_identity().uid != 0
    assert Path("/etc/passwd").read_bytes() == accounts


@as_root
def test_home_below_a_closed_directory_moves(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    instance = embedded.ensure(closed / "pg", durable=False)
    try:
        assert instance.home.parent == place.ROOT_HOMES
        assert (closed / "pg" / place.MOVED).read_text(encoding="utf-8").strip() == str(instance.home)
        assert not embedded.ensure(closed / "pg", durable=False).started
    finally:
        embedded.remove(closed / "pg")
    assert not instance.home.exists()
    assert not (closed / "pg").exists()


@pytest.mark.slow
@as_root
def test_binaries_below_a_closed_directory_are_copied(folder: Path) -> None:
    installed = binaries.Binaries.find()
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    tree = closed / binaries.PACKAGE / binaries.TREE
    shutil.copytree(installed.tree, tree, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = f"{binaries.PACKAGE}.libs"
    if (installed.tree.parent.parent / libraries).is_dir():
        shutil.copytree(installed.tree.parent.parent / libraries, closed / libraries)
    identity = server_identity()
    home = place.prepare(folder / "pg")
    copied = binaries.Binaries(tree=tree, version="0").readable_by(identity, cache=home.path)
    assert copied.tree.is_relative_to(home.path)
    cluster.create(home, copied, identity, durable=False, min_free_mb=1)
    started = server.start(home, copied, identity, port=5432, durable=False, timeout=60, min_free_mb=1)
    assert server.find(home.cluster) == started
    shutil.rmtree(closed)


def as_user(uid: int, home: Path) -> str:
    """What ensure() tells an ordinary user. Forked, since the interpreter may lie where only root reads."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            try:
                instance = embedded.ensure(home, durable=False)
                answer = f"{Path(f'/proc/{instance.pid}').stat().st_uid} {instance.home}"
            except embedded.EmbeddedError as error:
                answer = str(error)
            os.write(writer, answer.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    return answer


@as_root
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_ordinary_user(folder: Path) -> None:
    home = folder / "of-nobody"
    home.mkdir()
    os.chown(home, 65534, 65534)
    assert as_user(65534, home) == f"65534 {home}"
    # Root finds the user's server, and starts it as that user after a stop.
    assert not embedded.ensure(home, durable=False).started
    embedded.stop(home)
    again = embedded.ensure(home, durable=False)
    assert Path(f"/proc/{again.pid}").stat().st_uid == 65534
    assert as_user(65533, home).startswith("data-dir: ")


@pytest.mark.slow
@as_root
def test_root_without_the_right_to_look_at_other_processes(folder: Path) -> None:
    """Docker's root: without SYS_PTRACE it may not read another uid's /proc/<pid>/cwd."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed")
    embedded.ensure(folder / "pg", durable=False)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    limited = [setpriv, "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", sys.executable, "-c"]
    look = ENSURE + "; print(i.pid, i.started)"
    done = subprocess.run([*limited, look, folder / "pg"], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split()[1:] == ["False"], done
    kill(int(done.stdout.split()[0]))
    done = subprocess.run([*limited, look, folder / "pg"], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split()[1:] == ["True"], done
