"""What an analyst sees of a query before it is saved: how much it would find, of what, and what to do about it.

Everything rests on bounded samples, so the time it takes is bounded too: at most MOST_NEWEST + MOST_SPREAD stored
mentions and MOST_SHARED posts of the shared sample are read, whatever the query and however large the store.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from analytics.journey.tried import Trial, Tried, texts_of, try_on_shared, try_on_stored
from analytics.language.abilities import emotions_now
from analytics.listening.cutting import Branch, Cut, Exclusion, Looked, branches, cuts, exclusions
from analytics.listening.document import Document, Span
from analytics.listening.estimate import LEVEL, Rate
from analytics.listening.guard import QueryWarning, check
from analytics.listening.implied import words_of
from analytics.listening.matcher import Matcher
from analytics.listening.models import Query
from analytics.listening.parser import parse_placed
from analytics.listening.placed import place
from analytics.listening.query import Is, Node, QueryError, leaves
from analytics.listening.sharing import read_text
from analytics.mentions.noise import NOISY, Judgement, judge_texts
from analytics.mentions.sampling import never_known
from tenants.models import Client
from tenants.plans.limits import ceiling_of

MOST_NEWEST, MOST_SPREAD, MOST_SHARED = 300, 1_700, 2_000
SHOWN = 20
"""Matching posts that are shown."""
_MOST_JUDGED = 500
_MOST_COUNTED = 300
_FEWEST_JUDGED = 20
_FEWEST_EXCLUDABLE = 50
_DAYS_A_MONTH = 30.44
_MANY_A_DAY = 5_000
_QUICK_SHARED = 800


@dataclass(frozen=True, slots=True)
class Noise:
    """The share of the matching posts that were judged (`of`) that looks like noise, with its Wilson interval (1927).
    None where too few match, with the reason."""

    of: int
    share: float | None
    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A matching post to show, where it matched in title and text joined, and what it looks like."""

    post: Tried
    spans: tuple[Span, ...]
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Preview:
    """`rate` is the best estimate of posts a day and `basis` the sample it comes from; None where neither is enough,
    with the reason. `cuts`, `branches` and `exclusions` count among the matching posts that were looked at."""

    warnings: tuple[QueryWarning, ...]
    basis: Literal["shared", "stored", ""]
    rate: Rate | None
    reason: str
    stored: Trial
    shared: Trial
    noise: Noise
    samples: tuple[Sample, ...]
    cuts: tuple[Cut, ...]
    branches: tuple[Branch, ...]
    exclusions: tuple[Exclusion, ...]
    counted: int


def preview(*, text: str, client: Client, data_key: Callable[[], bytes], now: datetime) -> Preview:
    """Try a query on samples. In the client's schema, outside a transaction: the shared sample lies in the public one.
    Writes nothing. Raises ValidationFailed (/text) for a text that cannot be saved."""
    _, used = read_text(text)
    node, places = parse_placed(text, snippets=used)
    placed = place(node, places)
    stored = try_on_stored(node, data_key=data_key, newest=MOST_NEWEST, spread=MOST_SPREAD)
    shared = try_on_shared(node, now=now, most=MOST_SHARED)
    basis, rate, reason = best_of(stored, shared)
    matches = tuple(sorted((*stored.matches, *shared.matches), key=lambda tried: tried.posted_at, reverse=True))
    judged = matches[:_MOST_JUDGED]
    judgements = judge_texts(texts_of(judged))
    documents = [tried.document() for tried in judged]
    looked = [
        Looked(_words_in(document), verdict.noise >= NOISY)
        for document, verdict in zip(documents, judgements, strict=True)
    ]
    counted = documents[:_MOST_COUNTED]
    wanted = {word for leaf in leaves(node, positive_only=True) for word in words_of(leaf)}
    excluded = (*stored.excluded, *shared.excluded)
    found_exclusions = exclusions(placed, [tried.document() for tried in excluded[:_MOST_COUNTED]])
    matcher = Matcher([("", node)])
    spans = [matcher.spans(document, [""])[0].spans for document in documents[:SHOWN]]
    return Preview(
        warnings=(
            *check(node, places, never_known=_never_known(node)),
            *_of_rate(rate, client=client, now=now),
            *_of_exclusions(found_exclusions, shared, complete=len(excluded) <= _MOST_COUNTED),
        ),
        basis=basis,
        rate=rate,
        reason=reason,
        stored=stored,
        shared=shared,
        noise=_noise(sum(post.noisy for post in looked), len(looked)),
        samples=tuple(map(Sample, judged, spans, judgements)),
        cuts=cuts(looked, wanted=wanted),
        branches=branches(placed, counted),
        exclusions=found_exclusions,
        counted=len(counted),
    )


def warnings_of(*, query: Query, client: Client | None, now: datetime) -> tuple[QueryWarning, ...]:
    """What to tell somebody who has just saved a query: of its text and, given its client, of how much it finds in a
    small part of the shared sample. In the client's schema; with `client`, outside a transaction, which must not go on
    in the public one. () for a text that does not parse any more."""
    try:
        node, places = parse_placed(query.text, snippets=query.snippets)
    except QueryError:
        return ()
    found = check(node, places, never_known=_never_known(node))
    if client is None:
        return found
    return (*found, *_of_rate(try_on_shared(node, now=now, most=_QUICK_SHARED).estimate.rate, client=client, now=now))


def _never_known(node: Node) -> frozenset[str]:
    """Fields of which nobody ever says anything here, and emotions; what reads posts is asked only where the query asks
    for them."""
    named = {leaf.value for leaf in leaves(node) if isinstance(leaf, Is) and leaf.field == "emotion"}
    unknown = named - emotions_now() if named else frozenset[str]()
    return never_known() | {f"emotion:{each}" for each in unknown}


def best_of(stored: Trial, shared: Trial) -> tuple[Literal["shared", "stored", ""], Rate | None, str]:
    """Which sample to go by. What is stored matched another query already, and so says only how much of that this one
    finds too; the shared sample is of everything, but cannot answer for people."""
    answers = shared.estimate.matched > 0 or not shared.unanswered
    if shared.estimate.rate is not None and answers:
        return "shared", shared.estimate.rate, ""
    if stored.estimate.rate is not None:
        return "stored", stored.estimate.rate, ""
    return "", None, shared.estimate.reason if shared.estimate.examined else stored.estimate.reason


def _of_rate(rate: Rate | None, *, client: Client, now: datetime) -> tuple[QueryWarning, ...]:
    """Warned of where even the low end of the interval is too much."""
    if rate is None:
        return ()
    month = rate.low * _DAYS_A_MONTH
    ceiling = ceiling_of(client, now=now)
    if ceiling is not None and month > ceiling.allowed:
        message = (
            f"This would bring about {_round(rate.posts_a_day * _DAYS_A_MONTH):,} mentions a month; the plan "
            f"allows {ceiling.allowed:,} for all clients together."
        )
        return (QueryWarning("exceeds_plan", message),)
    if rate.low > _MANY_A_DAY:
        message = f"This would bring about {_round(rate.posts_a_day):,} mentions a day."
        return (QueryWarning("finds_very_much", message),)
    return ()


def _of_exclusions(found: tuple[Exclusion, ...], shared: Trial, *, complete: bool) -> tuple[QueryWarning, ...]:
    """Told by the shared sample alone, where it holds enough of what the rest of the query finds: what a saved query
    excludes is never stored, so that no stored mention could be removed."""
    looked_at = len(shared.matches) + len(shared.excluded)
    if not complete or looked_at < _FEWEST_EXCLUDABLE:
        return ()
    message = (
        f"None of the {looked_at:,} posts of the shared sample that the rest of the query finds is removed by this."
    )
    return tuple(
        QueryWarning("exclusion_removed_nothing", message, one.start, one.end) for one in found if not one.removes
    )


def _noise(noisy: int, of: int) -> Noise:
    if of < _FEWEST_JUDGED:
        return Noise(of, None, None, None, f"Only {of} matching posts could be judged; it takes {_FEWEST_JUDGED}.")
    z = 1.959964  # of the normal distribution, for LEVEL
    assert LEVEL == 0.95
    share = noisy / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return Noise(of, share, max(0.0, middle - reach), min(1.0, middle + reach))


def _words_in(document: Document) -> frozenset[str]:
    return frozenset((*document.positions, *document.tags))


def _round(number: float) -> int:
    """To two digits that count: the rest is chance."""
    if number < 10:
        return round(number)
    return int(round(number, 1 - int(math.log10(number))))
