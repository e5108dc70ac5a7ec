"""How well languages are told: per language, on posts of training sets that were held out, without any hint.

    EARSHOT_DATA=folder python -m tests.benchmarks.identification [--most 1000]

Prints a table, and one JSON object last. Per language: `n`, `right` (share, with Wilson's 95 % interval), `undecided`
("und": an honest answer on short posts), `wrong` and what it was mostly taken for, `refused` (romanised or mixed). The
sets' own language is taken for the truth; some posts are in several or in none. At most `--most` posts per language,
drawn by a seed. UMSAB's Hindi (in Latin letters; a third of it is English) is used without labels: there `romanised`
is the share that is said to be romanised or mixed, and `taken_for` what else it was said to be.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    data = Path(os.environ.get("EARSHOT_DATA", ""))
    if not (data / "train").is_dir():
        parser.error("EARSHOT_DATA names no folder of data sets")
    sys.path.append(str(ROOT / "platform"))
    print(json.dumps(measure(data, options.most, options.seed)))


def measure(data: Path, most: int, seed: int) -> dict[str, Any]:
    """The table as JSON."""
    from analytics.language.compact.rows import read_rows, read_umsab
    from analytics.language.langid import identify_many

    texts: dict[str, list[str]] = {}
    for row in (*read_rows(data), *read_umsab(data / "dev" / "umsab")):
        if row.part == "test":
            texts.setdefault(row.language, []).append(row.text)
    dice = random.Random(seed)
    table = {}
    for language, posts in sorted(texts.items()):
        picked = dice.sample(posts, most) if len(posts) > most else posts
        table[language] = told(language, identify_many(picked))
        say(f"{language:4} {json.dumps(table[language])}")
    hindi = (data / "dev" / "umsab" / "hi_val_text.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    guesses = identify_many(hindi)
    refused = sum(bool(guess.refusal) for guess in guesses)
    others = Counter(guess.language for guess in guesses if not guess.refusal)
    return {
        "languages": table,
        "umsab_hindi": {
            "n": len(hindi),
            "romanised": share(refused, len(hindi)),
            "taken_for": dict(others.most_common()),
        },
        "seed": seed,
    }


def told(language: str, guesses: list[Any]) -> dict[str, Any]:
    """How often a language was told right."""
    n = len(guesses)
    wrong = Counter(guess.language for guess in guesses if guess.language not in (language, "und"))
    return {
        "n": n,
        "right": share(sum(guess.language == language and not guess.refusal for guess in guesses), n),
        "undecided": round(sum(guess.language == "und" for guess in guesses) / n, 4),
        "wrong": round(wrong.total() / n, 4),
        "taken_for": {code: round(count / n, 4) for code, count in wrong.most_common(3)},
        "refused": round(sum(bool(guess.refusal) for guess in guesses) / n, 4),
    }


def share(hits: int, n: int) -> list[float]:
    """The share and its 95 % interval."""
    from analytics.language.evaluate import wilson

    return [round(value, 4) for value in (hits / n, *wilson(hits, n))]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
