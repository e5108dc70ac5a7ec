"""Which brands a stranger's file talks about, found in its texts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.listening.text import scan

_LEAST_SHARE = 0.01
_MOST_BRANDS = 6
_LEAST_WORD = 5
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class FoundBrand:
    """A name that many posts speak to or of, and the query that listens for it; `posts` is how many."""

    name: str
    query: str
    posts: int


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A hashtag that many posts share and that is no brand."""

    name: str
    query: str


def find_brands(texts: Iterable[str]) -> tuple[list[FoundBrand], FoundTopic | None]:
    """The up to six handles most posts name (at least 1 % of them), and the commonest hashtag beside them.

    Where posts name no handles, hashtags stand in for them, and then long words. Returns ([], None) for no texts.
    """
    handles, hashtags, words, spelt, total = Counter[str](), Counter[str](), Counter[str](), dict[str, str](), 0
    for text in texts:
        total += 1
        scanned = scan(text)
        for tag in {tag.key: tag for tag in scanned.tags}.values():
            (handles if tag.key[0] == "@" else hashtags)[tag.key[1:]] += 1
            spelt.setdefault(tag.key, text[tag.start + 1 : tag.end])
        words.update({word for word in scanned.words if len(word) >= _LEAST_WORD and word.isalpha()})
    least = max(2, round(total * _LEAST_SHARE))
    for sigil, found in (("@", handles), ("#", hashtags), ("", words)):
        common = [(key, count) for key, count in found.most_common(_MOST_BRANDS) if count >= least]
        if len(common) >= 2:
            brands = [_brand(sigil, key, spelt.get(sigil + key, key), count) for key, count in common]
            taken = {key for key, _ in common}
            topic = next((key for key, count in hashtags.most_common(20) if key not in taken and count >= 5), None)
            return brands, FoundTopic(f"#{topic}", f"#{topic}") if topic else None
    return [], None


def _brand(sigil: str, key: str, spelling: str, posts: int) -> FoundBrand:
    name = _HUMP.sub(" ", spelling) if sigil else key
    query = f"@{key} OR #{key}" if sigil else key
    if sigil and " " in name:
        query += f' OR "{name.lower()}"'
    return FoundBrand(name, query, posts)
