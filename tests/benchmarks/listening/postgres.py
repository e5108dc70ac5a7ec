"""PostgreSQL as a percolator: queries stored as `tsquery`, each post asked about as a `tsvector`.

The CPU time is that of the server's process for this connection, from /proc; parallel workers and JIT are off, since
both only make it slower here. Posts go in one statement, as arrays, so that round trips count for little. Nearness is
taken as AND, in its favour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from analytics.listening.anchors import find_anchors
from analytics.listening.facts import Readable
from analytics.listening.query import Node
from tests.benchmarks.listening.peers import chosen
from tests.benchmarks.listening.plain import Word, positions, rebuilt

_SEQUENTIAL = """
WITH post AS MATERIALIZED (SELECT v::tsvector AS v FROM unnest(%s::text[]) AS given (v))
SELECT count(*) FROM post JOIN queries q ON post.v @@ q.wanted
"""
_ANCHORED = """
WITH post AS MATERIALIZED (
    SELECT v::tsvector AS v, keys::text[] AS keys FROM unnest(%s::text[], %s::text[]) AS given (v, keys)
)
SELECT count(*) FROM post JOIN queries q ON q.anchors && post.keys AND post.v @@ q.wanted
"""


def _quoted(key: str) -> str:
    return "'" + key.replace("\\", "\\\\").replace("'", "''").replace("\0", "") + "'"


def _phrase(words: list[Word]) -> str:
    text, distance = "", 0
    for key, beginning, width in words:
        text += (f" <{distance}> " if text else "") + _quoted(key) + (":*" if beginning else "")
        distance = width
    return f"({text})" if len(words) > 1 else text


def _near(parts: list[str], _slack: int, _ordered: bool) -> str:
    # A tsquery has exact distances only, and one with all of them does not fit into a row: the words are enough here.
    return f"({' & '.join(parts)})"


def tsquery(query: Node) -> str | None:
    """A query as the text of a tsquery; None for one that comes to nothing that PostgreSQL could look for."""
    return rebuilt(
        query,
        phrase=_phrase,
        near=_near,
        every=lambda parts: f"({' & '.join(parts)})",
        some=lambda parts: f"({' | '.join(parts)})",
        no=lambda part: f"!{part}",
    )


def tsvector(text: str) -> str:
    """A text's keys with their positions as the text of a tsvector."""
    return " ".join(f"{_quoted(key)}:{min(place, 16_383)}" for key, place in positions(text))


class Postgres:
    """Queries in a table; sequentially, or by a GIN index over their anchors."""

    def __init__(self, dsn: str, pool: Sequence[Readable]) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        for setting in (
            "jit = off",
            "max_parallel_workers_per_gather = 0",
            "work_mem = '256MB'",
            "from_collapse_limit = 8",
        ):
            self._connection.execute(f"SET {setting}")
        row = self._connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        self._clock = Path(f"/proc/{row[0]}/schedstat")
        self._pool = pool
        self._vectors = [tsvector(post.text) for post in pool]
        self._keys: list[str] = []

    def load(self, queries: Sequence[Node]) -> None:
        """Put these queries in place of those before."""
        anchors = [find_anchors(query) for query in queries]
        lengths = sorted({len(stem) for found in anchors if found for stem in found.prefixes})
        self._keys = [_array(_post_keys(post.text, lengths)) for post in self._pool]
        self._connection.execute("DROP TABLE IF EXISTS queries")
        self._connection.execute("CREATE UNLOGGED TABLE queries (id int, wanted tsquery, anchors text[])")
        with self._connection.cursor().copy("COPY queries FROM STDIN") as copy:
            for number, (query, found) in enumerate(zip(queries, anchors, strict=True)):
                wanted = tsquery(query)
                assert found is not None
                if wanted is not None:
                    copy.write_row((number, wanted, sorted({*found.keys, *(f"{stem}*" for stem in found.prefixes)})))
        self._connection.execute("CREATE INDEX ON queries USING gin (anchors)")
        self._connection.execute("VACUUM ANALYZE queries")

    def sequential(self, first: int, count: int) -> float:
        """CPU seconds of the server, every query tried."""
        vectors = [self._vectors[(first + place) % len(self._pool)] for place in range(count)]
        with self._planned("enable_indexscan", "enable_bitmapscan"):
            return self._timed(_SEQUENTIAL, (vectors,))

    def anchored(self, first: int, count: int) -> float:
        """CPU seconds of the server, the queries tried that share an anchor with the post."""
        places = [(first + place) % len(self._pool) for place in range(count)]
        arguments = ([self._vectors[place] for place in places], [self._keys[place] for place in places])
        with self._planned("enable_seqscan"):
            return self._timed(_ANCHORED, arguments)

    def matches(self, first: int, count: int) -> int:
        """How many pairs it finds."""
        vectors = [tsvector(post.text) for post in chosen(self._pool, first, count)]
        row = self._connection.execute(_SEQUENTIAL, (vectors,)).fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _planned(self, *without: str) -> Iterator[None]:
        for way in without:
            self._connection.execute(f"SET {way} = off")
        yield
        for way in without:
            self._connection.execute(f"RESET {way}")

    def _timed(self, statement: str, arguments: tuple[list[str], ...]) -> float:
        before = self._cpu()
        self._connection.execute(statement, arguments, prepare=False).fetchone()
        return self._cpu() - before

    def _cpu(self) -> float:
        return int(self._clock.read_text().split()[0]) / 1e9


def _post_keys(text: str, lengths: Sequence[int]) -> Iterator[str]:
    seen = {key for key, _ in positions(text)}
    yield from seen
    for length in lengths:
        yield from {f"{key[:length]}*" for key in seen if len(key) >= length}


def _array(keys: Iterator[str]) -> str:
    quoted = ('"' + key.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "") + '"' for key in keys)
    return "{" + ",".join(quoted) + "}"
