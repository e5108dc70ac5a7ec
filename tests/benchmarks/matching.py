"""How fast many queries are matched against posts, beside other ways of doing it.

    python -m tests.benchmarks.matching [--sizes 1000,10000,100000] [--pool 20000] [--rounds 9] [--without lucene]

Prints one JSON object last. Everything is made from a seed, needs nothing but the repository, and runs in turns (ours,
peer, peer, …, ours, …) in slices of about 0.2 s of CPU time; a rate is the median over the rounds, a ratio is that of
two medians. Above 1 is faster than the peer.

- Posts (`listening/posts.py`): about 100 characters, a third of them sentences of the bundled demo corpus, the others
  invented words by Zipf's law in ten scripts (Latin, Cyrillic, Greek, Arabic, Hebrew, Devanagari, Thai, Han, kana,
  Hangul), with hashtags, handles, addresses and emoji; one in eight names a brand.
- Queries (`listening/queries.py`): names as word, handle or hashtag; phrases and ORs of names; names AND topics; NOT;
  NEAR; beginnings; wildcards; {Case}; fields. Shares are in `KINDS` there. The smaller sets are part of the larger.
- `posts_per_cpu_s`: ours, from whole posts with their facts to lists of (query, pending), as the stream's route calls
  it, in one thread. `texts_per_cpu_s` is the same without facts: texts to arrays, which is all the peers are asked for.
  Ratios are of `posts_per_cpu_s`. Anchors were chosen by frequencies counted on other posts of the same kind.
- `vs_naive`: `tests/listening/naive.py`, each query on each post; of many queries 1,000, and the time raised to all.
  `vs_python_index`: the reference matcher.
- `vs_pg_seq`, `vs_pg_gin`: queries stored in PostgreSQL as tsquery, all tried, or those that share an anchor with the
  post by a GIN index. It gets our tokens with positions, so it need not tokenise; the CPU time is the backend's.
- `vs_aho_corasick`: one ahocorasick_rs scan for all terms of the queries, over bytes of texts that were folded before
  the clock starts. It knows no words and answers no query: it is what merely looking for the terms costs. `…_folding`
  is the same over strings, with `str.casefold` on the clock; `…_without_overlaps` misses terms that begin inside
  another one.
- `vs_lucene`: percolation by Lucene's memory index with covering terms, our tokens ready made, where Java and its JARs
  are (see `listening/lucene.py`); null elsewhere.
- `candidates_per_post` (query, post) pairs of which an anchor was there; `matches_per_post` those that match.
- `mismatches`: posts of the pool for which ours, the reference and (on a few) the naive evaluator do not agree.
- `build_s`: CPU seconds to build the index of the largest set; `overlay_update_ms`: median CPU milliseconds to change
  one query of it. `index_mb`, `python_index_mb`: memory. `highlights_per_cpu_s`: matches told with their places in the
  text, by the reference, for what was found.

What takes too long is sampled (one post a slice), and what was not run is null. Nothing is asserted about time.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from analytics.listening.document import read
from analytics.listening.engine.matching import BatchMatcher
from analytics.listening.engine.worker import Tally
from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.query import Node, leaves, parse
from analytics.listening.text import scan
from tests.benchmarks.listening import lucene
from tests.benchmarks.listening.peers import (
    AhoCorasick,
    FoldingAhoCorasick,
    Kernel,
    KernelTexts,
    Naive,
    PythonIndex,
    naive_matches,
    terms_of,
)
from tests.benchmarks.listening.postgres import Postgres
from tests.benchmarks.listening.posts import posts
from tests.benchmarks.listening.queries import queries
from tests.benchmarks.listening.rounds import Run, rates
from tests.benchmarks.listening.words import languages

ROOT = Path(__file__).resolve().parents[2]
PEERS = (
    "naive", "python_index", "pg_seq", "pg_gin", "aho_corasick", "aho_corasick_without_overlaps",
    "aho_corasick_folding", "lucene",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--pool", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--without", default="", help=f"peers to leave out, by commas: {', '.join(PEERS)}")
    options = parser.parse_args()
    sizes = sorted({int(size) for size in options.sizes.split(",")})
    without = frozenset(options.without.split(",")) - {""}
    if not without <= set(PEERS):
        parser.error(f"there are no peers {sorted(without - set(PEERS))}")
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), sizes, without, options)))


def measure(folder: Path, sizes: Sequence[int], without: frozenset[str], options: argparse.Namespace) -> dict[str, Any]:
    """Run everything and return what it came to."""
    spoken = languages(options.seed)
    pool = posts(spoken, count=options.pool, seed=options.seed)
    others = posts(spoken, count=options.pool, seed=options.seed + 1)
    trees = [parse(text) for text in queries(spoken, count=max(sizes), seed=options.seed)]
    result: dict[str, Any] = {"queries": {}, "build_s": None, "overlay_update_ms": None}
    warm = BatchMatcher(enumerate(trees[:1_000]))
    warm.pairs(pool[:2_000])
    warm.match([post.text for post in pool[:2_000]])
    with ExitStack() as stack:
        postgres = None
        if not {"pg_seq", "pg_gin"} <= without:
            postgres = stack.enter_context(_postgres(folder, pool))
        for size in sizes:
            found, matcher = _measured(folder, trees[:size], pool, others, postgres, without, options)
            result["queries"][str(size)] = found
            result["build_s"] = found["build_s"]
            _say(f"{size:,} queries: {json.dumps(found)}")
        result["overlay_update_ms"] = _update_ms(matcher, trees)
    result |= {
        "characters_per_post": round(statistics.mean(len(post.text) for post in pool), 1),
        "pool": len(pool),
        "rounds": options.rounds,
        "seed": options.seed,
        "python": sys.version.split()[0],
    }
    return result


def _measured(
    folder: Path,
    trees: Sequence[Node],
    pool: Sequence[Readable],
    others: Sequence[Readable],
    postgres: Postgres | None,
    without: frozenset[str],
    options: argparse.Namespace,
) -> tuple[dict[str, Any], BatchMatcher[int]]:
    matcher: BatchMatcher[int] = BatchMatcher(enumerate(trees))
    matcher.match([post.text for post in others])  # counts how frequent the keys are
    matcher, build_s = _timed(lambda: BatchMatcher(enumerate(trees), matcher.frequencies))
    before = _memory_mb()
    reference, reference_s = _timed(lambda: Matcher(enumerate(trees)))
    reference_mb = _memory_mb() - before
    tally = Tally()
    matcher.match([post.text for post in pool], tally)
    with ExitStack() as stack:
        peers: dict[str, Run] = {
            "kernel": Kernel(pool, matcher).run,
            "kernel_texts": KernelTexts(pool, matcher).run,
            "naive": Naive(pool, trees).run,
            "python_index": PythonIndex(pool, reference).run,
        }
        terms = terms_of(trees)
        peers["aho_corasick"] = AhoCorasick(pool, terms).run
        peers["aho_corasick_without_overlaps"] = AhoCorasick(pool, terms, overlapping=False).run
        peers["aho_corasick_folding"] = FoldingAhoCorasick(pool, terms).run
        if postgres is not None:
            postgres.load(trees)
            peers |= {"pg_seq": postgres.sequential, "pg_gin": postgres.anchored}
        jars = lucene.jars() if "lucene" not in without else []
        if jars:
            percolator = stack.enter_context(_closing(lucene.Lucene(folder, jars, pool, trees)))
            percolator.run(0, min(len(pool), 5_000))  # Java compiles what runs often
            peers["lucene"] = percolator.run
        kept = {name: run for name, run in peers.items() if name not in without}
        gc.collect()
        gc.freeze()
        measured = rates(kept, rounds=options.rounds, seconds=options.seconds, most_seconds=30 * options.seconds)
        gc.unfreeze()
    ours = measured["kernel"]
    found: dict[str, Any] = {
        "posts_per_cpu_s": round(ours),
        "texts_per_cpu_s": round(measured["kernel_texts"]),
        **{f"vs_{name}": _ratio(ours, measured.get(name)) for name in PEERS},
        "terms_per_query": round(statistics.mean(sum(1 for _ in leaves(tree)) for tree in trees), 1),
        "candidates_per_post": round(tally.candidates / tally.posts, 3),
        "matches_per_post": round(tally.answers / tally.posts, 3),
        "peers_posts_per_cpu_s": {name: _short(rate) for name, rate in measured.items() if name in PEERS},
        "build_s": round(build_s, 3),
        "python_index_build_s": round(reference_s, 3),
        "index_mb": round(matcher.nbytes / 2**20, 1),
        "python_index_mb": round(reference_mb, 1),
        "mismatches": _mismatches(trees, pool, matcher, reference),
        "highlights_per_cpu_s": _highlights(pool, matcher, reference),
    }
    return found, matcher


def _timed(make: Callable[[], Any]) -> tuple[Any, float]:
    gc.collect()
    start = time.process_time()
    made = make()
    return made, time.process_time() - start


def _ratio(ours: float, peer: float | None) -> float | None:
    return None if peer is None else float(_short(ours / peer))


def _short(number: float) -> float:
    """Four digits are more than is known."""
    return float(f"{number:.4g}")


def _memory_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _mismatches(
    trees: Sequence[Node], pool: Sequence[Readable], matcher: BatchMatcher[int], reference: Matcher[int]
) -> int:
    """Posts on which they disagree: ours and the reference on 1,000, the naive evaluator with 1,000 queries on 20."""
    sample = list(pool[:1_000])
    ours, theirs = matcher.pairs(sample), reference.pairs(sample)
    wrong = sum(one != other for one, other in zip(ours, theirs, strict=True))
    few = trees[:1_000]
    return wrong + sum(
        [key for key, _ in found if key < len(few)] != naive_matches(few, post)
        for found, post in zip(ours[:20], sample[:20], strict=True)
    )


def _highlights(pool: Sequence[Readable], matcher: BatchMatcher[int], reference: Matcher[int]) -> float | None:
    """Matches told with their places, per CPU second, reading the text included."""
    found = [(post, [key for key, _ in keys]) for post, keys in zip(pool, matcher.pairs(pool), strict=True) if keys][
        :5_000
    ]
    start = time.process_time()
    told = 0
    for post, keys in found:
        document = read(scan(post.text), title_length=post.title_length, facts=post.facts)
        told += len(reference.spans(document, keys))
    used = time.process_time() - start
    return round(told / used) if told else None


def _update_ms(matcher: BatchMatcher[int], trees: Sequence[Node]) -> float:
    """Median CPU milliseconds of changing one query, over up to 200 changes one after the other."""
    used = []
    for turn in range(min(200, len(trees))):
        start = time.process_time()
        matcher = matcher.with_changes([(turn, trees[-1 - turn])])
        used.append(time.process_time() - start)
    return round(statistics.median(used) * 1_000, 3)


@contextmanager
def _closing(process: lucene.Lucene) -> Iterator[lucene.Lucene]:
    try:
        yield process
    finally:
        process.close()


@contextmanager
def _postgres(folder: Path, pool: Sequence[Readable]) -> Iterator[Postgres]:
    """The embedded server, in a folder of its own."""
    sys.path.append(str(ROOT / "platform"))
    from kernel import embedded

    server = embedded.ensure(folder / "postgres", durable=False)
    try:
        peer = Postgres(server.dsn(superuser=True), pool)
        yield peer
        peer.close()
    finally:
        embedded.stop(folder / "postgres")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
