"""A connection that the server has ended is replaced, and costs at most the request or message it broke in."""

from __future__ import annotations

import threading

import pytest
from django.db import close_old_connections, connection

from kernel import db
from kernel.errors import TenantUnavailable
from tests.kernel.queue_fixtures import COMMITTING

pytestmark = COMMITTING


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _end(backend: int) -> None:
    """End a connection from another one, and wait until it is gone."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_a_connection_that_died_while_idle_is_not_noticed() -> None:
    before = _backend()
    _end(before)
    close_old_connections()
    assert _backend() != before


def test_a_connection_that_died_in_use_is_replaced_at_the_next_request() -> None:
    before = _backend()
    _end(before)
    with pytest.raises(TenantUnavailable), db.enter("c_0123456789"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    close_old_connections()
    assert _backend() != before
