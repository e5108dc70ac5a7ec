"""A worker process: consumers, threads, scheduler and, with an outside broker, the relay."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from multiprocessing.process import BaseProcess
from types import FrameType

import dramatiq
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from kernel import db
from kernel.logs import get_logger
from kernel.queue.actors import discover
from kernel.queue.outbox import OutboxBroker, Relay
from kernel.queue.schedule import Scheduler
from kernel.queue.setup import of_cluster

log = get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What a worker exits with that could not begin: starting it again would not help (sysexits.h, EX_CONFIG).
EXIT_NOT_READY = 78


class NotReady(RuntimeError):
    """What the setting EARSHOT_BEFORE_WORK names raises where work cannot begin; the message says what would help."""


def work(*, threads: int, queues: Collection[str] = (), grace: float = 60.0, clusters: Collection[str] = ()) -> None:
    """Process messages until SIGTERM or SIGINT (the main thread's only). Then finish what runs, for at most `grace`
    seconds, and give back the rest. A second signal ends at once: what ran is taken up by other workers.

    `queues` limits which are consumed, `clusters` whose; empty means all. Each cluster has `threads` of its own, so
    that one which is away keeps nobody else's work waiting.

    Raises NotReady where what the setting EARSHOT_BEFORE_WORK names refuses to begin.
    """
    stopping = _stop_event()
    discover()
    for path in getattr(settings, "EARSHOT_BEFORE_WORK", ()):
        import_string(path)()
    brokers = [of_cluster(alias) for alias in clusters or db.clusters()]
    workers: list[dramatiq.Worker] = []
    companions: list[Scheduler | Relay] = []
    for broker in brokers:
        broker.emit_after("process_boot")
        if isinstance(broker, OutboxBroker):
            companions.append(Relay(broker.target, broker.cluster))
        if not (isinstance(broker, OutboxBroker) and workers):
            # What is relayed to one outside broker is consumed there once.
            workers.append(dramatiq.Worker(broker, queues=set(queues) or None, worker_threads=threads))
    companions.append(Scheduler())
    for companion in companions:
        companion.start()
    for worker in workers:
        worker.start()
    log.info("worker.ready", pid=os.getpid(), threads=threads, actors=len(brokers[0].actors))
    _wait(stopping)
    log.info("worker.stopping", pid=os.getpid())
    for companion in companions:
        companion.stop()
    deadline = time.monotonic() + grace
    for worker in workers:
        worker.stop(timeout=max(0, int(1000 * (deadline - time.monotonic()))))
    for broker in brokers:
        broker.close()
    connections.close_all()
    log.info("worker.stopped", pid=os.getpid())


def supervise(
    processes: int,
    *,
    threads: int,
    queues: Collection[str] = (),
    grace: float = 60.0,
    clusters: Collection[str] = (),
) -> None:
    """Run `processes` worker processes, replace those that die, and stop them all on SIGTERM or SIGINT.

    Raises NotReady when one could not begin; it has said why.
    """
    stopping = _stop_event()
    # Spawned, not forked: a fork would share the parent's connections and locks.
    context = multiprocessing.get_context("spawn")
    options = {"threads": threads, "queues": tuple(queues), "grace": grace, "clusters": tuple(clusters)}

    def start() -> BaseProcess:
        process = context.Process(target=_child, kwargs=options)
        process.start()
        return process

    children = [start() for _ in range(processes)]
    not_ready = False
    while not stopping.wait(0.5):
        for index, child in enumerate(children):
            if child.exitcode == EXIT_NOT_READY:
                not_ready = True
                stopping.set()
            elif not child.is_alive():
                log.error("worker.died", pid=child.pid, exit_code=child.exitcode)
                stopping.wait(1.0)
                children[index] = start()
    for child in children:
        child.terminate()
    deadline = time.monotonic() + grace + 5
    for child in children:
        child.join(max(0.0, deadline - time.monotonic()))
        if child.is_alive():
            child.kill()
            child.join()
    if not_ready:
        raise NotReady("A worker process could not begin.")


def _child(threads: int, queues: tuple[str, ...], grace: float, clusters: tuple[str, ...]) -> None:
    import django

    django.setup()
    try:
        work(threads=threads, queues=queues, grace=grace, clusters=clusters)
    except NotReady as problem:
        log.error("worker.not_ready", pid=os.getpid(), helps=str(problem))
        raise SystemExit(EXIT_NOT_READY) from None


def _stop_event() -> threading.Event:
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(1)
        stopping.set()

    handler: Callable[[int, FrameType | None], None] = stop
    for number in STOP_SIGNALS:
        signal.signal(number, handler)
    return stopping


def _wait(stopping: threading.Event) -> None:
    parent = multiprocessing.parent_process()
    while not stopping.wait(1.0):
        if parent is not None and not parent.is_alive():
            log.error("worker.orphaned", pid=os.getpid())
            return
