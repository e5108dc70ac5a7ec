"""Real servers in temporary directories: started, killed, lied to, and started again."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from kernel import embedded
from kernel.embedded import cluster, place
from kernel.embedded.errors import CODES, diagnose
from kernel.embedded.identity import server_identity
from tests.kernel.embedded_cast import ENSURE, kill, run, value


def test_starts_once_and_is_found_again(template: Path) -> None:
    first = embedded.ensure(template, durable=False)
    second = embedded.ensure(template, durable=False)
    assert first.started or first.pid == second.pid
    assert not second.started
    assert second.pid == first.pid
    assert value(second, "select current_user") == "earshot_app"
    assert value(second, "select lower('ÄÖЖ')") == "äöж"
    assert embedded.database_settings(second) == {
        "HOST": second.host,
        "PORT": "5432",
        "USER": "earshot_app",
        "OWNER": "earshot",
        "NAME": "earshot",
        "PASSWORD": "",
    }


def test_nothing_listens_on_tcp_and_the_socket_is_private(template: Path) -> None:
    instance = embedded.ensure(template, durable=False)
    assert value(instance, "select current_setting('listen_addresses')") == ""
    assert Path(instance.host).stat().st_mode & 0o777 == 0o700
    assert (instance.home / "cluster").stat().st_mode & 0o777 == 0o700
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=instance.port, user="earshot", dbname="earshot", connect_timeout=2)


def test_client_errors_leave_no_values_in_the_log(template: Path) -> None:
    instance = embedded.ensure(template, durable=False)
    with psycopg.connect(instance.dsn()) as connection, pytest.raises(psycopg.errors.InvalidTextRepresentation):
        connection.execute("select 'kim.invented@example.org'::int")
    assert "invented" not in (instance.home / "server.log").read_text(encoding="utf-8")


def test_durable_by_default_and_not_when_asked(folder: Path, template: Path) -> None:
    durable = embedded.ensure(folder / "durable")
    assert value(durable, "select current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
    quick = embedded.ensure(template, durable=False)
    assert value(quick, "select current_setting('fsync') || current_setting('synchronous_commit')") == "offoff"


def test_committed_rows_survive_kill_9_of_the_server(folder: Path) -> None:
    home = folder / "pg"
    first = embedded.ensure(home)
    with psycopg.connect(first.dsn(superuser=True)) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (42)")
        connection.execute("grant select on kept to earshot_app")
    kill(first.pid)
    second = embedded.ensure(home)
    assert second.started
    assert second.pid != first.pid
    assert value(second, "select n from kept") == 42


def test_busy_orphans_of_a_killed_server_are_ended_before_the_next_one_starts(folder: Path) -> None:
    home = folder / "pg"
    first = embedded.ensure(home, durable=False)
    with psycopg.connect(first.dsn()) as connection:
        connection.execute("select 1")
        kill(first.pid)
        second = embedded.ensure(home, durable=False)
        assert second.started
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_pid_file_whose_number_now_belongs_to_another_program(folder: Path) -> None:
    home = folder / "pg"
    first = embedded.ensure(home, durable=False)
    embedded.stop(home)
    identity = server_identity()
    who = {"user": identity.uid, "group": identity.gid, "extra_groups": []} if identity.switch else {}
    with subprocess.Popen(["/bin/sleep", "600"], **who) as stranger:  # type: ignore[call-overload]
        try:
            pid_file = home / "cluster" / "postmaster.pid"
            content = f"{stranger.pid}\n{home / 'cluster'}\n1700000000\n5432\n{first.host}\n\n  0  0\nready\n"
            pid_file.write_text(content, encoding="utf-8")
            identity.own(pid_file)
            second = embedded.ensure(home, durable=False)
            assert second.started
            assert second.pid != stranger.pid
            assert stranger.poll() is None
            assert value(second, "select 1") == 1
        finally:
            stranger.kill()


@pytest.mark.parametrize("content", [b"", b"no number\n", b"-5\n", b"0\n", b"99999999\n", b"\xff\xfe\n\n\n"])
def test_pid_file_full_of_rubbish(template: Path, content: bytes) -> None:
    embedded.ensure(template, durable=False)
    embedded.stop(template)
    pid_file = template / "cluster" / "postmaster.pid"
    pid_file.write_bytes(content)
    server_identity().own(pid_file)
    assert embedded.ensure(template, durable=False).started


def test_half_made_cluster_of_a_killed_initdb_is_made_anew(folder: Path) -> None:
    home = folder / "pg"
    part = home / f"{cluster.PART}half"
    part.mkdir(parents=True)
    home.chmod(0o711)
    (part / "PG_VERSION").write_text("18\n", encoding="ascii")
    assert value(embedded.ensure(home, durable=False), "select 1") == 1
    assert not part.exists()


def test_two_processes_at_once_share_one_server(folder: Path) -> None:
    processes = [run(ENSURE + "; print(i.pid, i.started)", folder / "pg") for _ in range(3)]
    answers = [process.communicate()[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    assert len({pid for pid, _ in answers}) == 1
    assert sorted(started for _, started in answers) == ["False", "False", "True"]


@pytest.mark.slow
def test_killed_in_the_middle_of_ensure_and_tried_again(folder: Path) -> None:
    home = folder / "pg"
    for delay in (0.25, 0.45):
        process = run(ENSURE, home)
        time.sleep(delay)  # any moment will do: what is asserted below holds for all of them
        process.kill()
        process.communicate()
    assert value(embedded.ensure(home, durable=False), "select 1") == 1


def test_stop_says_whether_there_was_something_to_stop(folder: Path) -> None:
    assert embedded.stop(folder / "never") is False
    instance = embedded.ensure(folder / "pg", durable=False)
    assert embedded.stop(folder / "pg") is True
    assert embedded.stop(folder / "pg") is False
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(instance.dsn())


def test_path_with_everything_a_shell_or_a_list_would_trip_over(folder: Path) -> None:
    home = folder / 'it\'s a "$HOME", `id` ü%d'
    instance = embedded.ensure(home, durable=False)
    assert value(instance, "select 1") == 1


def test_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    home = folder / ("long-" * 30)
    instance = embedded.ensure(home, durable=False)
    assert len(instance.host) <= place.MAX_SOCKET_DIR
    assert instance.host.startswith(tempfile.gettempdir())
    assert value(instance, "select 1") == 1
    embedded.remove(home)
    assert not Path(instance.host).exists()


def test_socket_directory_somebody_made_before_us_is_refused(folder: Path) -> None:
    home = place.Home(folder / ("long-" * 30))
    trap = place.short_socket_dir(home)
    trap.symlink_to(folder)
    try:
        with pytest.raises(embedded.EmbeddedError) as caught:
            place.socket_dir(home, server_identity())
        assert caught.value.code == "socket-dir"
    finally:
        trap.unlink()


def test_files_of_another_version_are_left_alone(template: Path) -> None:
    embedded.ensure(template, durable=False)
    embedded.stop(template)
    version = template / "cluster" / "PG_VERSION"
    version.write_text("15\n", encoding="ascii")
    with pytest.raises(embedded.EmbeddedError) as caught:
        embedded.ensure(template, durable=False)
    version.write_text("18\n", encoding="ascii")
    assert caught.value.code == "version-mismatch"
    assert "15" in caught.value.message


def test_full_disk_is_said_before_anything_is_written(folder: Path) -> None:
    with pytest.raises(embedded.EmbeddedError) as caught:
        embedded.ensure(folder / "pg", min_free_mb=1 << 40)
    assert caught.value.code == "disk-full"
    assert not (folder / "pg" / "cluster").exists()


def test_data_directory_that_is_a_file(folder: Path) -> None:
    (folder / "pg").write_text("", encoding="ascii")
    with pytest.raises(embedded.EmbeddedError) as caught:
        embedded.ensure(folder / "pg")
    assert caught.value.code == "data-dir"


def test_lock_held_by_somebody_else_is_not_waited_for_for_ever(folder: Path) -> None:
    home = place.prepare(folder / "pg")
    with (
        place.locked(home, timeout=1),
        pytest.raises(embedded.EmbeddedError) as caught,
        place.locked(home, timeout=0.1),
    ):
        pass
    assert caught.value.code == "busy"


def test_server_that_dies_while_starting_is_diagnosed(template: Path) -> None:
    embedded.ensure(template, durable=False)
    embedded.stop(template)
    control = template / "cluster" / "global" / "pg_control"
    aside = control.with_name("pg_control.aside")
    control.rename(aside)
    with pytest.raises(embedded.EmbeddedError) as caught:
        embedded.ensure(template, durable=False)
    aside.rename(control)
    assert caught.value.code == "start-failed"
    assert embedded.ensure(template, durable=False).started


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("FATAL:  could not write lock file: No space left on device", "disk-full"),
        ("FATAL:  could not open file: Read-only file system", "read-only"),
        ("FATAL:  database files are incompatible with server", "version-mismatch"),
        ("FATAL:  could not create any Unix-domain sockets", "socket-dir"),
        ("postgres: error while loading shared libraries: libz.so.1", "binaries-missing"),
        ("LOG:  database system is ready", None),
    ],
)
def test_diagnosis(line: str, code: str | None) -> None:
    assert diagnose(line) == code
    assert code is None or code in CODES


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_port_out_of_range(folder: Path, port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        embedded.ensure(folder / "pg", port=port)


def test_port_names_the_socket_file(folder: Path) -> None:
    instance = embedded.ensure(folder / "pg", port=6543, durable=False)
    assert instance.port == 6543
    assert (Path(instance.host) / ".s.PGSQL.6543").is_socket()
    assert embedded.ensure(folder / "pg", durable=False).port == 6543
