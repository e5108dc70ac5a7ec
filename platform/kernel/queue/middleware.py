"""Which middleware our brokers run, and our versions of dramatiq's that keep exceptions' texts out of messages."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import dramatiq
from dramatiq import Broker, MessageProxy
from dramatiq import middleware as standard
from dramatiq.common import compute_backoff
from dramatiq.middleware import Middleware

from kernel.logs import bind
from kernel.queue.tenancy import Tenant


def default_middleware() -> list[Middleware]:
    """The tenant comes last: entered after everything else, and left before retries and callbacks are sent."""
    return [
        LogIds(),
        standard.AgeLimit(),
        standard.TimeLimit(),
        standard.ShutdownNotifications(),
        Callbacks(),
        standard.Pipelines(),
        Retries(),
        Tenant(),
    ]


class LogIds(Middleware):
    """Every log line written while a message is processed carries its id, actor and schema."""

    def __init__(self) -> None:
        self._local = threading.local()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        self._close()
        self._local.stack = stack = ExitStack()
        stack.enter_context(
            bind(message_id=message.message_id, actor=message.actor_name, schema=message.options.get("schema"))
        )

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: object = None, exception: BaseException | None = None
    ) -> None:
        self._close()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        self._close()

    def _close(self) -> None:
        stack: ExitStack | None = getattr(self._local, "stack", None)
        self._local.stack = None
        if stack is not None:
            stack.close()


class Callbacks(standard.Callbacks):
    """dramatiq's, but `on_failure` gets the exception's type alone: its text may quote a post."""

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: object = None, exception: BaseException | None = None
    ) -> None:
        actor = broker.get_actor(message.actor_name)
        name = "on_success" if exception is None else "on_failure"
        target = message.options.get(name) or actor.options.get(name)
        if target:
            outcome = result if exception is None else {"type": type(exception).__name__}
            broker.get_actor(target).send(message.asdict(), outcome)


class Retries(standard.Retries):
    """dramatiq's, without the traceback it stores in the message; `on_retry_exhausted` works the same."""

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: object = None, exception: BaseException | None = None
    ) -> None:
        if exception is None:
            return
        options = broker.get_actor(message.actor_name).options
        throws = message.options.get("throws") or options.get("throws")
        if throws and isinstance(exception, throws):
            message.fail()
            return
        retries = message.options.get("retries", 0)
        message.options["retries"] = retries + 1
        message.options["requeue_timestamp"] = int(time.time() * 1000)
        most = message.options.get("max_retries", options.get("max_retries", self.max_retries))
        retry_when = options.get("retry_when", self.retry_when)
        if not retry_when(retries, exception) if retry_when else most is not None and retries >= most:
            target = message.options.get("on_retry_exhausted") or options.get("on_retry_exhausted")
            if target:
                broker.get_actor(target).send(message.asdict(), {"retries": retries, "max_retries": most})
            # Last: where the line above could not send, the message must come back and not be buried.
            message.fail()
            return
        delay = exception.delay if isinstance(exception, dramatiq.Retry) else None
        if delay is None:
            least = message.options.get("min_backoff", options.get("min_backoff", self.min_backoff))
            longest = message.options.get("max_backoff", options.get("max_backoff", self.max_backoff))
            _, delay = compute_backoff(retries, factor=least, max_backoff=longest)
        broker.enqueue(message._message, delay=delay)
