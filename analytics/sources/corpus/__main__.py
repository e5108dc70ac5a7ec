"""Writes the demo corpus: `python -m analytics.sources.corpus --seed 2026 --out posts.csv`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from analytics.sources.corpus import DAYS, LAST_DAY, POSTS, SEED, corpus
from analytics.sources.corpus.export import write_csv, write_jsonl, write_truth


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses `arguments` (default: the command line's), writes the files, says how many posts. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m analytics.sources.corpus", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--format", choices=("csv", "jsonl"), help="default: from the file's name, else csv")
    parser.add_argument("--truth", type=Path, help="also write what is true about the posts, as JSON")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--posts", type=int, default=POSTS, help="expected number of posts (default %(default)s)")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--end", type=date.fromisoformat, default=LAST_DAY, help="last day (default %(default)s)")
    options = parser.parse_args(arguments)
    made = corpus(options.seed, options.posts, options.days, options.end)
    jsonl = options.format == "jsonl" or (options.format is None and options.out.suffix == ".jsonl")
    with options.out.open("w", encoding="utf-8", newline="") as out:
        (write_jsonl if jsonl else write_csv)(made.posts, out)
    if options.truth is not None:
        with options.truth.open("w", encoding="utf-8", newline="") as out:
            write_truth(made.truth, out)
    sys.stderr.write(f"{len(made.posts)} posts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
