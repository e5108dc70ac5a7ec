"""Lucene as a percolator, where there is Java: `Percolator.java` beside this file, run from its source.

Its JARs (lucene-core, lucene-memory; 8.7 is what Debian's liblucene8-java has) are looked for in the folder that
LUCENE_JARS names, then in /usr/share/java. A post becomes a memory index only if it holds a covering term of any query.
The CPU time is that of the thread that matches, after a warm-up; compiling and collecting garbage are not counted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from analytics.listening.anchors import find_anchors
from analytics.listening.facts import Readable
from analytics.listening.query import Node
from tests.benchmarks.listening.plain import Word, positions, rebuilt

_SOURCE = Path(__file__).with_name("Percolator.java")


def jars() -> list[Path]:
    """The JARs that are needed; empty where any, or Java, is missing."""
    if shutil.which("java") is None:
        return []
    for folder in (os.environ.get("LUCENE_JARS", ""), "/usr/share/java"):
        found = [sorted(Path(folder).glob(f"lucene-{name}-*.jar")) for name in ("core", "memory")] if folder else []
        if found and all(found):
            return [versions[-1] for versions in found]
    return []


def _phrase(words: list[Word]) -> str:
    return f"phrase {len(words)} " + " ".join(f"{key} {'*' if wild else '.'} {width}" for key, wild, width in words)


def spelled(query: Node) -> str | None:
    """A query in the notation that Percolator.java reads; None for one that comes to nothing."""
    return rebuilt(
        query,
        phrase=_phrase,
        near=lambda parts, slack, ordered: f"near {slack} {int(ordered)} {len(parts)} {' '.join(parts)}",
        every=lambda parts: f"and {len(parts)} {' '.join(parts)}",
        some=lambda parts: f"or {len(parts)} {' '.join(parts)}",
        no=lambda part: f"not {part}",
    )


class Lucene:
    """A Java process that holds the queries and the posts. Ends with `close`."""

    def __init__(
        self, folder: Path, classes: Sequence[Path], pool: Sequence[Readable], queries: Sequence[Node]
    ) -> None:
        path = folder / f"percolator-{len(queries)}.txt"
        with path.open("w", encoding="utf-8", errors="replace") as file:
            for query in queries:
                said, anchors = spelled(query), find_anchors(query)
                if said is not None and anchors is not None:
                    cover = sorted({*anchors.keys, *(f"{stem}*" for stem in anchors.prefixes)})
                    file.write(f"Q\t{' '.join(cover)}\t{said}\n")
            for post in pool:
                keys = sorted(positions(post.text), key=lambda key: key[1])
                file.write("P\t" + " ".join(f"{key} {place}" for key, place in keys) + "\n")
        command = ["java", "-Xmx2g", "-cp", os.pathsep.join(map(str, classes)), str(_SOURCE), str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith("ready"):
            raise RuntimeError("the percolator did not start")
        self.candidates = self.matches = self.posts = 0

    def run(self, first: int, count: int) -> float:
        """CPU seconds of the matching thread."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{first} {count}\n")
        self._process.stdin.flush()
        nanoseconds, candidates, matches = map(int, self._process.stdout.readline().split())
        self.candidates += candidates
        self.matches += matches
        self.posts += count
        return nanoseconds / 1e9

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
