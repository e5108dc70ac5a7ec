"""Being woken by PostgreSQL: one channel, on a connection of its own, that comes back when it is lost."""

from __future__ import annotations

import time

import psycopg
from psycopg import sql

from kernel.logs import get_logger
from kernel.queue.errors import DatabaseLost
from kernel.queue.postgres import Connection, connect
from kernel.queue.tenancy import FIRST

log = get_logger(__name__)

LONGEST_PAUSE = 1.0


class Wakeups:
    """Listens to a channel of a cluster. What is sent while it is not connected is lost, so who waits must look for
    itself whenever it is woken, and now and then without; every new connection wakes too. For one thread."""

    def __init__(self, channel: str, *, name: str, cluster: str = FIRST) -> None:
        self.channel = channel
        self.name = name
        self.cluster = cluster
        self._connection: Connection | None = None

    def wait(self, timeout: float) -> bool:
        """Wait until something is sent, at most `timeout` seconds. Returns whether there was something, or may have
        been. A connection that is lost is made anew by this call or the next one; raises nothing for it."""
        try:
            if self._connection is None:
                self._connection = connect(self.name, self.cluster)
                self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self.channel)))
                return True
            woken = bool(list(self._connection.notifies(timeout=timeout, stop_after=1)))
            if woken:  # what came together wakes once
                list(self._connection.notifies(timeout=0))
        except (psycopg.Error, DatabaseLost, OSError) as error:
            log.warning("queue.wakeups_lost", channel=self.channel, error_type=type(error).__name__)
            self.close()
            time.sleep(min(timeout, LONGEST_PAUSE))
            return True
        return woken

    def close(self) -> None:
        """Let go of the connection; the next `wait` makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
