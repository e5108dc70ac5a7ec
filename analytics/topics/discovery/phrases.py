"""Words that belong together, and words that are said more than elsewhere: log-likelihood ratios (Dunning 1993)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from analytics.topics.discovery.vocabulary import LEAST_AUTHORS, LEAST_POSTS, Post, Unit

CERTAIN = 10.83
"""The 0.1 % point of chi-squared with one degree of freedom, which G² follows where there is no association."""


def g2(both: int, first: int, second: int, whole: int) -> float:
    """Dunning's G² for a two by two table: `both` of `whole` have both properties, `first` and `second` one each.
    Signed: below 0 where both meet less often than by chance. Raises ValueError for counts that contradict."""
    cells = (both, first - both, second - both, whole - first - second + both)
    if min(cells) < 0:
        raise ValueError("counts contradict each other")
    rows, columns = (first, whole - first), (second, whole - second)
    total = 0.0
    for place, cell in enumerate(cells):
        expected = rows[place // 2] * columns[place % 2] / whole if whole else 0.0
        if cell and expected:
            total += cell * math.log(cell / expected)
    return math.copysign(2.0 * max(0.0, total), both * whole - first * second)


def phrases_in(units: Sequence[Unit]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each phrase of two telling words that stand side by side, or with one function word between, as its folded
    words and as it was written."""
    for place, unit in enumerate(units):
        if unit.stop:
            continue
        for width in (2, 3):
            piece = units[place : place + width]
            if len(piece) < width or piece[-1].stop or not all(each.joined for each in piece[1:]):
                continue
            if width == 3 and not piece[1].stop:
                continue
            yield tuple(each.key for each in piece), _written(piece)


def _written(piece: Sequence[Unit]) -> str:
    """Scripts without spaces are put together as they were."""
    text = piece[0].written
    for before, each in pairwise(piece):
        text += each.written if _no_blank(before.written[-1]) and _no_blank(each.written[0]) else f" {each.written}"
    return text


def _no_blank(character: str) -> bool:
    code = ord(character)
    return 0x0E00 <= code < 0x0F00 or 0x1000 <= code < 0x10A0 or 0x1780 <= code < 0x1800 or 0x3040 <= code < 0xA000


def collocations(posts: Sequence[Post], units: Sequence[Sequence[Unit]]) -> dict[tuple[str, ...], str]:
    """The phrases that stand together more than by chance (G² at 0.1 %), in at least 3 posts and of at least 3
    authors, and how most wrote them."""
    found: Counter[tuple[str, ...]] = Counter()
    authors: dict[tuple[str, ...], set[int]] = {}
    written: dict[tuple[str, ...], Counter[str]] = {}
    # Pairs by their first word, by their last, and in all: the table of Dunning's section 5.
    pairs: Counter[tuple[str, ...]] = Counter()
    firsts: Counter[str] = Counter()
    lasts: Counter[str] = Counter()
    for post, mine in zip(posts, units, strict=True):
        seen = set()
        for phrase, as_written in phrases_in(mine):
            written.setdefault(phrase, Counter())[as_written] += 1
            pairs[phrase] += 1
            firsts[phrase[0]] += 1
            lasts[phrase[-1]] += 1
            if phrase not in seen:
                seen.add(phrase)
                who = authors.setdefault(phrase, set())
                if len(who) < LEAST_AUTHORS:
                    who.add(post.author)
        found.update(seen)
    whole = pairs.total()
    return {
        phrase: min(written[phrase].items(), key=lambda pair: (-pair[1], pair[0]))[0]
        for phrase, n in sorted(found.items())
        if n >= LEAST_POSTS
        and len(authors[phrase]) >= LEAST_AUTHORS
        and phrase[0] != phrase[-1]
        and g2(pairs[phrase], firsts[phrase[0]], lasts[phrase[-1]], whole) >= CERTAIN
    }
