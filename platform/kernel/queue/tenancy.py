"""The middleware that carries a message's client along."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection, connections
from django.utils.module_loading import import_string
from dramatiq import Broker, Message, MessageProxy
from dramatiq.middleware import Middleware, SkipMessage
from dramatiq.worker import WorkerThread

from kernel.logs import get_logger
from kernel.queue.errors import TenantNotEntered
from kernel.queue.waiting import Forsaken, Postponed

log = get_logger(__name__)

PUBLIC = "public"
FIRST = "default"

# What a message sent by a hook after processing is stamped with: the actor's client has been left by then.
_handover: contextvars.ContextVar[tuple[str | None, str]] = contextvars.ContextVar(
    "queue_handover", default=(None, FIRST)
)
# The schema of the message being processed, for the actor's own check.
_expected: contextvars.ContextVar[str | None] = contextvars.ContextVar("queue_expected", default=None)


def active_schema() -> str:
    """The schema Django's connection works in, "public" for a connection that knows no schemas."""
    return str(getattr(connection, "schema_name", None) or PUBLIC)


@contextmanager
def handing_over(schema: str | None, cluster: str = FIRST) -> Iterator[None]:
    """Messages sent in this block from outside any client belong to `schema`, and go into that cluster's queue."""
    token = _handover.set((schema, cluster))
    try:
        yield
    finally:
        _handover.reset(token)


def handed_cluster() -> str:
    """Into which cluster's queue a message goes that is sent from outside any client."""
    return _handover.get()[1]


def check_tenant() -> None:
    """Raise TenantNotEntered when a message is being processed and its schema is not the active one."""
    expected = _expected.get()
    if expected is not None and active_schema() != expected:
        raise TenantNotEntered("the active schema is not the message's")


def _drop_stale_connections() -> None:
    # Inside a transaction (a test's) the connection looks stale to Django, and is not ours to drop.
    if not connection.in_atomic_block:
        close_old_connections()


def enter(schema: str) -> AbstractContextManager[object]:
    """The context manager that the setting EARSHOT_TENANT_ENTER makes for a schema. Raises TenantNotEntered."""
    path = getattr(settings, "EARSHOT_TENANT_ENTER", "")
    if not path:
        raise TenantNotEntered("EARSHOT_TENANT_ENTER is not set")
    factory: Callable[[str], AbstractContextManager[object]] = import_string(path)
    return factory(schema)


class Tenant(Middleware):
    """Stamps the sender's schema on each message and enters it around processing, through the context manager that
    the setting EARSHOT_TENANT_ENTER names. A retry keeps its first stamp."""

    def __init__(self) -> None:
        self._local = threading.local()

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:
        schema = active_schema()
        if schema == PUBLIC:
            schema = _handover.get()[0] or PUBLIC
        message.options.setdefault("schema", schema)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        schema = message.options.get("schema")
        if not isinstance(schema, str) or not schema:
            raise TenantNotEntered("the message names no schema")
        self._leave()
        _drop_stale_connections()
        stack = ExitStack()
        try:
            if schema != active_schema():
                stack.enter_context(enter(schema))
        except Postponed as problem:
            self._put_back(broker, message, problem)
            raise SkipMessage from None
        except Forsaken:
            log.info("queue.forsaken", message_id=message.message_id)
            raise SkipMessage from None
        except TenantNotEntered:
            raise
        except Exception as error:
            raise TenantNotEntered(f"entering the message's schema failed: {type(error).__name__}") from error
        stack.callback(_expected.reset, _expected.set(schema))
        self._local.stack = stack
        check_tenant()

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: object = None, exception: BaseException | None = None
    ) -> None:
        self._leave()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        self._leave()

    def before_worker_thread_shutdown(self, broker: Broker, thread: WorkerThread) -> None:
        connections.close_all()

    def _put_back(self, broker: Broker, message: MessageProxy, problem: Postponed) -> None:
        """The same row waits on: written before the message is acknowledged, which then finds nobody holding it."""
        try:
            broker.enqueue(message._message, delay=int(problem.delay.total_seconds() * 1000))
        except Exception as error:
            # Anything else than a MiddlewareError would be swallowed, and the actor run in no schema.
            raise TenantNotEntered(f"postponing failed: {type(error).__name__}") from error
        log.info("queue.postponed", message_id=message.message_id, reason=problem.reason)

    def _leave(self) -> None:
        stack: ExitStack | None = getattr(self._local, "stack", None)
        self._local.stack = None
        try:
            if stack is not None:
                stack.close()
        except Exception:
            # Whatever state it is in: a new connection starts in public.
            connection.close()
            raise
        finally:
            _drop_stale_connections()
