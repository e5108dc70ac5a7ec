"""How fast posts are read: the compact engine end to end and by part, beside other ways of doing it.

    python -m tests.benchmarks.language [--posts 4000] [--rounds 7] [--texts FILE] [--without transformers]

Prints one JSON object last. Posts are the demo's own sentences, filled in anew from a seed until there are enough that
differ (or the lines of FILE). All run in one thread, in turns (ours, peer, peer, …, ours, …), in slices of about 0.2 s
of CPU time; a rate is the median over the rounds, a ratio is that of two medians. Above 1 is faster than the peer.
Nothing is asserted about time.

- `compact_posts_per_cpu_s`: whole posts to Readings, the language of each told, all heads and intents; `…_hinted` where
  the source names the language.
- `parts_posts_per_cpu_s`: `language_id`, `features` (text to hashed features) and `intents` alone; `rest` is what is
  left of the time of the whole: heads, rules, abstaining, making Readings. `share_of_time` says the same in shares.
- `language_id_vs_py3langid`: against py3langid's `classify`, post by post, which does less (no masking, no script, no
  hint, no policy); `…_vs_reference` against our own policy in Python over py3langid.
- `vs_vader`, `vs_textblob`: English lexicons, sentiment only, where they are installed (`pip install vaderSentiment
  textblob`); null elsewhere. They tell no language, no emotion and no irony.
- `transformers`: what `tests.benchmarks.transformers_speed` measures, where its extras are; else why not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks.listening.rounds import Run, rates

ROOT = Path(__file__).resolve().parents[2]
BATCH = 256
Work = Callable[[Sequence[str]], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--texts", type=Path, default=None, help="a UTF-8 file with one post per line")
    parser.add_argument("--without", default="", help="leave out: transformers")
    options = parser.parse_args()
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.path.append(str(ROOT / "platform"))
    if options.texts is not None:
        texts = [line for line in options.texts.read_text(encoding="utf-8").split("\n") if line.strip()]
    else:
        texts = demo_texts(options.posts, options.seed)
    result = measure(texts, options)
    if options.without != "transformers":
        from tests.benchmarks import transformers_speed

        say("transformers: some minutes")
        result["transformers"] = transformers_speed.measure(posts=120, rounds=3)
    print(json.dumps(result))


def demo_texts(wanted: int, seed: int) -> list[str]:
    """Different texts of the demo's kind, in its languages, mixed."""
    from datetime import date

    from analytics.sources.corpus.build import build

    found: dict[str, None] = {}
    for turn in range(20):
        found |= dict.fromkeys(post.text for post in build(seed + turn, 2_000, 90, date(2026, 6, 30)).posts)
        if len(found) >= wanted:
            break
    texts = list(found)
    random.Random(seed).shuffle(texts)
    return texts[:wanted]


def measure(texts: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    """The figures told above."""
    from analytics.language.compact.hashing import hash_texts
    from analytics.language.engines import get_engine
    from analytics.language.identification import reference
    from analytics.language.intents import find_many
    from analytics.language.langid import identify_many

    engine = get_engine("compact")
    readings = engine.read(texts)
    by_text = dict(zip(texts, readings, strict=True))

    def intents(part: Sequence[str]) -> object:
        found = [by_text[text] for text in part]
        languages = [each.language for each in found]
        return find_many(part, languages, [each.negative for each in found], [each.positive for each in found])

    works: dict[str, Work] = {
        "compact": engine.read,
        "hinted": lambda part: engine.read(part, [by_text[text].language for text in part]),
        "language_id": identify_many,
        "features": hash_texts,
        "intents": intents,
        "py3langid": _py3langid(),
        "reference": lambda part: reference.Texts(part).rank(_every(part)),
        **_lexicons(),
    }
    say(f"{len(texts):,} posts, {engine.model_id}")
    runs = {name: _run(work, texts) for name, work in works.items()}
    found = rates(runs, rounds=options.rounds, seconds=options.seconds, most_seconds=60 * options.seconds)
    parts = {name: found[name] for name in ("language_id", "features", "intents")}
    if all(reading.intents is None for reading in readings):
        del parts["intents"]  # this engine does not look for them
    rest = 1 / found["compact"] - sum(1 / rate for rate in parts.values())
    languages: dict[str, int] = {}
    for reading in readings:
        languages[reading.language] = languages.get(reading.language, 0) + 1
    return {
        "model_id": engine.model_id,
        "compact_posts_per_cpu_s": _short(found["compact"]),
        "compact_hinted_posts_per_cpu_s": _short(found["hinted"]),
        "parts_posts_per_cpu_s": {
            **{name: _short(rate) for name, rate in parts.items()},
            "rest": _short(1 / rest) if rest > 0 else None,
        },
        "share_of_time": {
            **{name: round(found["compact"] / rate, 3) for name, rate in parts.items()},
            "rest": round(rest * found["compact"], 3),
        },
        "language_id_vs_py3langid": _short(found["language_id"] / found["py3langid"]),
        "language_id_vs_reference": _short(found["language_id"] / found["reference"]),
        **{f"vs_{name}": _short(found["compact"] / found[name]) if name in found else None for name in PEERS},
        "peers_posts_per_cpu_s": {name: _short(found[name]) for name in ("py3langid", *PEERS) if name in found},
        "versions": {name: _version(name) for name in ("numpy", "numba", "py3langid", "vaderSentiment", "textblob")},
        "posts": len(texts),
        "characters_per_post": round(sum(map(len, texts)) / len(texts), 1),
        "languages": dict(sorted(languages.items(), key=lambda item: -item[1])),
        "rounds": options.rounds,
        "seed": options.seed,
        "python": sys.version.split()[0],
    }


PEERS = ("vader", "textblob")


def _run(work: Work, texts: Sequence[str]) -> Run:
    """CPU seconds of `work` on `count` posts from the `start`-th on, in batches; the posts go round."""

    def run(start: int, count: int) -> float:
        picked = [texts[(start + place) % len(texts)] for place in range(count)]
        begun = time.process_time()
        for first in range(0, count, BATCH):
            work(picked[first : first + BATCH])
        return time.process_time() - begun

    return run


def _every(part: Sequence[str]) -> Any:
    import numpy as np

    return np.arange(len(part))


def _py3langid() -> Work:
    import py3langid

    return lambda part: [py3langid.classify(text) for text in part]


def _lexicons() -> dict[str, Work]:
    works: dict[str, Work] = {}
    try:
        from vaderSentiment.vaderSentiment import (  # type: ignore[import-not-found]
            SentimentIntensityAnalyzer,
        )

        vader = SentimentIntensityAnalyzer()
        works["vader"] = lambda part: [vader.polarity_scores(text) for text in part]
    except ImportError:
        say("vaderSentiment is not installed")
    try:
        from textblob import TextBlob  # type: ignore[import-not-found]

        works["textblob"] = lambda part: [TextBlob(text).sentiment for text in part]
    except ImportError:
        say("textblob is not installed")
    return works


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _short(number: float) -> float:
    """Four digits are more than is known."""
    return float(f"{number:.4g}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
