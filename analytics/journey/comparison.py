"""Two versions of a query side by side: what was written differently, and what that does to stored mentions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from analytics.journey.facts import Named, Pseudonym, named_handles, readable_kept
from analytics.listening.matcher import Matcher
from analytics.listening.models import QueryVersion
from analytics.listening.query import terms
from analytics.listening.versions import tree_of_version
from analytics.mentions import pages
from kernel.ids import encode

MOST_MENTIONS = 20_000
"""A comparison looks at so many mentions at most, those that were stored last."""

MOST_SECONDS = 5.0
SAMPLES = 10

Side = Literal["both", "before", "after", "undecided"]
SIDES: tuple[Side, ...] = ("both", "before", "after", "undecided")

_WORDS = re.compile(r"\s+|[^\s()\"]+|[()\"]")
# Longer texts than that are compared as one piece between what they begin and end with alike.
_MOST_PAIRS = 250_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text that both versions have ("same"), or that was "removed" or "added"."""

    change: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`counts` are mentions that both versions match, only the one `before`, only the one `after`, and those of which
    one of them waits for a reading; `samples` some ids of each. Of `stored` mentions the newest `looked_at` were tried:
    all, where the two are equal."""

    pieces: tuple[Piece, ...]
    terms_removed: tuple[str, ...]
    terms_added: tuple[str, ...]
    stored: int
    looked_at: int
    counts: Mapping[Side, int]
    samples: Mapping[Side, tuple[str, ...]]


def compare(
    *,
    before: QueryVersion,
    after: QueryVersion,
    pseudonym: Pseudonym,
    clock: Callable[[], float] = time.monotonic,
) -> Comparison:
    """Compare two versions over at most MOST_MENTIONS stored mentions, for at most about MOST_SECONDS."""
    trees = [tree_of_version(version) for version in (before, after)]
    matcher = Matcher(list(zip(("before", "after"), trees, strict=True)))
    named = Named(pseudonym, named_handles(trees))
    found: dict[Side, list[str]] = {side: [] for side in SIDES}
    counts: dict[Side, int] = dict.fromkeys(SIDES, 0)
    looked_at, began = 0, clock()
    for page in pages.newest(MOST_MENTIONS):
        answers = matcher.pairs([readable_kept(post, named) for post in page])
        for post, answer in zip(page, answers, strict=True):
            side = _side(dict(answer))
            if side is not None:
                counts[side] += 1
                if len(found[side]) < SAMPLES:
                    found[side].append(encode("men", post.id))
        looked_at += len(page)
        if clock() - began > MOST_SECONDS:
            break
    was, is_ = (dict.fromkeys(terms(tree)) for tree in trees)
    return Comparison(
        pieces=tuple(pieces(before.text, after.text)),
        terms_removed=tuple(term for term in was if term not in is_),
        terms_added=tuple(term for term in is_ if term not in was),
        stored=max(looked_at, pages.extent()[1]),
        looked_at=looked_at,
        counts=counts,
        samples={side: tuple(ids) for side, ids in found.items()},
    )


def _side(answer: dict[str, bool]) -> Side | None:
    if any(answer.values()):
        return "undecided"
    match "before" in answer, "after" in answer:
        case True, True:
            return "both"
        case True, False:
            return "before"
        case False, True:
            return "after"
    return None


def pieces(before: str, after: str) -> list[Piece]:
    """What was removed from a text and what was added, word by word; the pieces that are not "added" make up the text
    before, those that are not "removed" the one after. Bounded: long texts that differ much give few pieces."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    found = [Piece("same", "".join(old[:head]))]
    if len(middle_old) * len(middle_new) > _MOST_PAIRS:
        found += [Piece("removed", "".join(middle_old)), Piece("added", "".join(middle_new))]
    else:
        for kind, i, j, k, m in SequenceMatcher(None, middle_old, middle_new, autojunk=False).get_opcodes():
            if kind == "equal":
                found.append(Piece("same", "".join(middle_old[i:j])))
            else:
                found += [Piece("removed", "".join(middle_old[i:j])), Piece("added", "".join(middle_new[k:m]))]
    found.append(Piece("same", "".join(old[len(old) - tail :])))
    return [piece for piece in found if piece.text]


def _alike(one: list[str], other: list[str]) -> int:
    """How many words both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
