"""Declaring actors and sending to them by name."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import dramatiq
from django.utils.module_loading import autodiscover_modules
from dramatiq import Actor, Message
from dramatiq.errors import ActorNotFound

from kernel.queue.tenancy import check_tenant

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_QUEUE = "default"


def actor(
    name: str,
    *,
    queue: str = DEFAULT_QUEUE,
    priority: int = 0,
    max_retries: int = 5,
    min_backoff: timedelta = timedelta(seconds=5),
    max_backoff: timedelta = timedelta(minutes=15),
    time_limit: timedelta = timedelta(minutes=30),
    **options: Any,
) -> Callable[[Callable[P, R]], Actor[P, R]]:
    """Declare a function as the actor `name` ("journey.ingest_import"). It takes ids and other small JSON values only.

    Parameters:
      priority: lower runs first.
      max_retries: how often a failed run is repeated before the message becomes a dead letter.
      min_backoff, max_backoff: the pause before a retry starts at the one, doubles, and stays below the other.
      time_limit: after which `dramatiq.middleware.TimeLimitExceeded` is raised inside the actor.
      options: whatever else the broker's middleware knows (throws, on_failure, …).

    Raises ValueError for a name that is taken or an option that is unknown.
    """
    from kernel.queue.setup import configure

    def declare(function: Callable[P, R]) -> Actor[P, R]:
        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            check_tenant()
            return function(*args, **kwargs)

        declared: Actor[P, R] = dramatiq.actor(
            actor_name=name,
            queue_name=queue,
            priority=priority,
            broker=configure(),
            max_retries=max_retries,
            min_backoff=_milliseconds(min_backoff),
            max_backoff=_milliseconds(max_backoff),
            time_limit=_milliseconds(time_limit),
            **options,
        )(checked)
        return declared

    return declare


def send(name: str, *args: Any, delay: timedelta | None = None, **kwargs: Any) -> Message[Any]:
    """Enqueue the actor `name` with JSON arguments, in the caller's transaction and for the caller's client.

    The sender need not import the actor: all installed apps' `actors` modules are looked through once.
    Raises dramatiq's ActorNotFound for a name nobody declares, TypeError for arguments that are not JSON.
    """
    declared = find(name)
    return declared.send_with_options(args=args, kwargs=kwargs, delay=delay)


def find(name: str) -> Actor[Any, Any]:
    """The actor of this name, after looking into all apps if need be. Raises ActorNotFound."""
    from kernel.queue.setup import configure

    broker = configure()
    try:
        return broker.get_actor(name)
    except ActorNotFound:
        discover()
        return broker.get_actor(name)


def discover() -> None:
    """Import the `actors` module of every installed app, and the queue's own."""
    autodiscover_modules("actors")
    importlib.import_module("kernel.queue.tidying")


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
