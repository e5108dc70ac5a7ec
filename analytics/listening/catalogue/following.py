"""One index over all clients' queries in this process, kept as the catalogue is.

Readers take `Follower.index` once per batch: an Index never changes. Changes are read as of one moment, applied to a
new Index as a whole, and then one reference is set. So no reader sees half of a change, whenever the process dies, and
two followers that stand at the same change hold the same queries.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db import close_old_connections, connections

from analytics.listening.anchors import find_anchors
from analytics.listening.catalogue import trees
from analytics.listening.catalogue.edition import edition
from analytics.listening.catalogue.selectors import Changes, Row, changes_since
from analytics.listening.engine import Compiled, compile_matcher
from analytics.listening.tree import Node
from kernel import db
from kernel.logs import get_logger
from kernel.queue.wakeups import Wakeups

log = get_logger(__name__)

CHANNEL = "earshot_catalogue"
# A notification that is lost delays a change by this much.
POLL_S = 1.0

Key: TypeAlias = tuple[str, str, int]
"""(schema, query id, version)."""


Compile: TypeAlias = Callable[[Iterable[tuple[Key, Node]]], Compiled[Key]]


@dataclass(frozen=True, slots=True)
class Index:
    """All queries as of one change. `versions` maps each client's schema to its queries that are held."""

    change: int
    matcher: Compiled[Key]
    versions: Mapping[str, Mapping[str, int]]
    _editions: dict[str, str] = field(default_factory=dict)

    def edition_of(self, schema: str) -> str:
        """What tells this client's queries from any others it had or will have."""
        if schema not in self._editions:
            self._editions[schema] = edition(self.versions.get(schema, {}))
        return self._editions[schema]

    def __len__(self) -> int:
        return sum(map(len, self.versions.values()))


class Follower:
    """Follows the catalogue in this process. `start` keeps it up to date in a thread of its own; without that,
    `catch_up` does it once. `compile` makes an index of queries."""

    def __init__(self, compile: Compile | None = None, *, poll_s: float = POLL_S) -> None:
        self._compile: Compile = compile or compile_matcher
        self._poll_s = poll_s
        self._index: Index | None = None
        self._applying = threading.Lock()
        self._moved = threading.Condition()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def index(self) -> Index:
        """All queries as far as they have been followed. Raises RuntimeError before the first `catch_up` or `start`."""
        index = self._index
        if index is None:
            raise RuntimeError("Nothing has been followed yet.")
        return index

    def catch_up(self) -> Index:
        """Read what changed and hold it from now on. May be called from any thread, in any schema."""
        with self._applying, db.public():
            held = self._index
            found = changes_since(-1 if held is None else held.change)
            if held is not None and found.change == held.change:
                return held
            begun = time.perf_counter()
            index = self._applied(held, found)
            self._index = index  # the one moment at which readers pass from the old to the new
        with self._moved:
            self._moved.notify_all()
        log.info(
            "catalogue.followed",
            change=index.change,
            rows=len(found.rows),
            queries=len(index),
            seconds=round(time.perf_counter() - begun, 3),
        )
        return index

    def wait_for(self, change: int, *, timeout: float) -> bool:
        """Wait until `change` or a later one is held. Returns whether that came true within `timeout` seconds."""
        with self._moved:
            return self._moved.wait_for(lambda: self._index is not None and self._index.change >= change, timeout)

    def start(self) -> None:
        """Load everything, then follow in a thread until `stop`. Raises what the first loading raises."""
        self.catch_up()
        self._thread = threading.Thread(target=self._run, name="catalogue", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; the index stays."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        wakeups = Wakeups(CHANNEL, name="earshot-follower")
        try:
            while not self._stopped.is_set():
                wakeups.wait(self._poll_s)
                try:
                    close_old_connections()
                    self.catch_up()
                except Exception as error:  # the index it holds stays good; the next round tries again
                    log.warning("catalogue.not_followed", error_type=type(error).__name__)
                    connections.close_all()
                    self._stopped.wait(self._poll_s)
        finally:
            wakeups.close()
            connections.close_all()

    def _applied(self, held: Index | None, found: Changes) -> Index:
        added = list(_readable(found.rows))
        try:
            return self._built(held, found, added)
        except ValueError:
            sound = [(key, node) for key, node in added if find_anchors(node) is not None]
            if len(sound) == len(added):
                raise
            # Older code let it be saved. All others are matched.
            log.error("catalogue.unanchored_queries", count=len(added) - len(sound))
            return self._built(held, found, sound)

    def _built(self, held: Index | None, found: Changes, added: list[tuple[Key, Node]]) -> Index:
        versions: dict[str, dict[str, int]] = {}
        if held is None or found.whole:
            matcher = self._compile(added)
        else:
            removed = []
            for row in found.rows:
                # Clients that nothing changed for share their part with the index before.
                own = versions.setdefault(row.schema, dict(held.versions.get(row.schema, {})))
                version = own.pop(row.query_id, None)
                if version is not None:
                    removed.append((row.schema, row.query_id, version))
            matcher = held.matcher.with_changes(added, removed)
        for (schema, query_id, version), _ in added:
            versions.setdefault(schema, {})[query_id] = version
        before = {} if held is None or found.whole else held.versions
        everyone = {**before, **versions}
        for schema, own in versions.items():
            if not own:
                del everyone[schema]
        return Index(found.change, matcher, everyone)


def _readable(rows: Iterable[Row]) -> Iterator[tuple[Key, Node]]:
    for row in rows:
        if not row.heard:
            continue
        try:
            yield (row.schema, row.query_id, row.version), trees.read(row.tree)
        except trees.UnknownTree:
            # Newer code wrote it. All others are matched; deliveries notice that this one was not.
            log.error("catalogue.unreadable_tree", query=row.query_id, version=row.version)
