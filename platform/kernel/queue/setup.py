"""Which broker this process uses."""

from __future__ import annotations

import threading

import dramatiq
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kernel.queue.broker import OutboxWriter

_lock = threading.Lock()
_broker: OutboxWriter | None = None
_others: dict[str, OutboxWriter] = {}


def configure() -> OutboxWriter:
    """The broker that settings.BROKER_URL asks for, made once and set as dramatiq's own.

    "" is PostgreSQL; amqp:// and redis:// are relayed to from the same table. Raises ImproperlyConfigured for any
    other URL, or when the client library is not installed.
    """
    global _broker
    with _lock:
        if _broker is None:
            _broker = make(getattr(settings, "BROKER_URL", "") or "")
            dramatiq.set_broker(_broker)
        return _broker


def make(url: str) -> OutboxWriter:
    """A new broker for `url`; see `configure`."""
    if not url:
        from kernel.queue.postgres import PostgresBroker

        return PostgresBroker()
    from kernel.queue.outbox import OutboxBroker, target_for

    scheme = url.partition(":")[0]
    if scheme not in ("amqp", "amqps", "redis", "rediss"):
        raise ImproperlyConfigured("BROKER_URL must be empty or start with amqp:// or redis://.")
    return OutboxBroker(target_for(url))


def of_cluster(cluster: str) -> OutboxWriter:
    """The broker of a cluster's own queue, made once: the process's own for the first, for others one that knows the
    same actors."""
    first = configure()
    if cluster == first.cluster:
        return first
    with _lock:
        if cluster not in _others:
            made = make(getattr(settings, "BROKER_URL", "") or "")
            made.cluster = cluster
            made.actors, made.queues = first.actors, first.queues
            _others[cluster] = made
        return _others[cluster]
