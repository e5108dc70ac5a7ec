"""The bundled demo corpus: invented posts about two invented businesses, and the truth about them.

`python -m analytics.sources.corpus --seed 2026 --out posts.csv` writes the file; `corpus` and `truth` give the same
in memory. Every phrase is written by the project (`phrases/`), every person and business is invented (`people`,
`cast`), every piece of personal data is a reserved one (`planted`). The file holds no label of the truth.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from analytics.sources.corpus.build import build
from analytics.sources.corpus.posts import Corpus, CorpusPost, CorpusTruth, PostTruth

SEED = 2026
POSTS = 2000
DAYS = 90
LAST_DAY = date(2026, 11, 15)

__all__ = ["DAYS", "LAST_DAY", "POSTS", "SEED", "Corpus", "CorpusPost", "CorpusTruth", "PostTruth", "corpus", "truth"]


_build = lru_cache(maxsize=2)(build)


def corpus(seed: int = SEED, posts: int = POSTS, days: int = DAYS, last_day: date = LAST_DAY) -> Corpus:
    """About `posts` posts (a Poisson number with that mean, >= 1) over `days` (>= 1) local days up to `last_day`.

    The same arguments give the same corpus byte for byte. Raises ValueError for numbers below 1.
    """
    return _build(seed, posts, days, last_day)


def truth(seed: int = SEED, posts: int = POSTS, days: int = DAYS, last_day: date = LAST_DAY) -> CorpusTruth:
    """What is true about the corpus of the same arguments; `truth(...).posts` is one to one with its posts."""
    return corpus(seed, posts, days, last_day).truth
