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


def keys_in(units: Sequence[Unit]) -> list[tuple[str, ...]]:
    """The folded words of each phrase of two telling words that stand side by side, or with one function word
    between."""
    return [tuple([each.key for each in piece]) for piece in _pieces(units)]


def _pieces(units: Sequence[Unit]) -> Iterator[tuple[Unit, ...]]:
    for first, second, third in zip(units, units[1:], [*units[2:], None], strict=False):
        if first.stop or not second.joined:
            continue
        if not second.stop:
            yield first, second
        elif third is not None and third.joined and not third.stop:
            yield first, second, third


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
    # Pairs by their first word, by their last, and in all: the table of Dunning's section 5.
    pairs: Counter[tuple[str, ...]] = Counter()
    for mine in units:
        phrases = keys_in(mine)
        pairs.update(phrases)
        found.update(set(phrases))
    firsts: Counter[str] = Counter()
    lasts: Counter[str] = Counter()
    for phrase, n in pairs.items():
        firsts[phrase[0]] += n
        lasts[phrase[-1]] += n
    whole = pairs.total()
    certain = {
        phrase
        for phrase, n in found.items()
        if n >= LEAST_POSTS
        and phrase[0] != phrase[-1]
        and g2(pairs[phrase], firsts[phrase[0]], lasts[phrase[-1]], whole) >= CERTAIN
    }
    # Who said it and how it was written is asked of these few alone: most phrases are said once.
    authors: dict[tuple[str, ...], set[int]] = {}
    written: dict[tuple[str, ...], Counter[str]] = {}
    for post, mine in zip(posts, units, strict=True):
        for piece in _pieces(mine):
            phrase = tuple([each.key for each in piece])
            if phrase in certain:
                authors.setdefault(phrase, set()).add(post.author)
                written.setdefault(phrase, Counter())[_written(piece)] += 1
    return {
        phrase: min(written[phrase].items(), key=lambda pair: (-pair[1], pair[0]))[0]
        for phrase in sorted(certain)
        if len(authors[phrase]) >= LEAST_AUTHORS
    }
