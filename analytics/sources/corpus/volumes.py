"""How many posts of which kind on which day: shares, a weekly season, a slow trend, one incident, Poisson noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from analytics.sources.corpus.cast import AGENCY, COFFEE, DemoClient

INCIDENT_FACTORS = (6.0, 10.0, 7.0)
"""How many times the usual number of negative posts the incident's three days see."""
INCIDENT_AT = 0.65
"""Where in the period the incident begins, as a fraction of it."""
TONES: Mapping[str, tuple[float, float, float]] = {
    # negative, neutral, positive
    "Elbkranich Kaffee": (0.24, 0.30, 0.46),
    "Nebelbohne": (0.34, 0.30, 0.36),
    "Möwenröster": (0.28, 0.36, 0.36),
    "Maré de Magnésio": (0.22, 0.28, 0.50),
    "Parede Nove": (0.36, 0.30, 0.34),
    "Gruta Brava": (0.26, 0.38, 0.36),
}
# Monday first; each averages to 1. Cafés and climbing halls are talked about most at the weekend.
_WEEK = {"coffee": (0.78, 0.76, 0.82, 0.92, 1.08, 1.42, 1.22), "climb": (0.86, 0.90, 0.88, 0.92, 0.90, 1.30, 1.24)}


@dataclass(frozen=True, slots=True)
class Stream:
    """Posts of one scene about the same queries: `share` of the whole, `growth` = last day's level over the first's."""

    client: DemoClient
    scene: str
    concerns: tuple[str, ...]
    share: float
    growth: float = 1.0


def streams() -> tuple[Stream, ...]:
    """All streams; shares add up to 1 (the incident's come on top)."""
    found: list[Stream] = []
    for client, scale in ((AGENCY.clients[0], 0.49), (AGENCY.clients[1], 0.43)):
        (brand,), (first, second), (topic,) = (client.names(kind) for kind in ("brand", "competitor", "topic"))
        growth = 1.15 if client is COFFEE else 1.5
        plan = (
            ("brand", (brand,), 0.41, growth),
            ("brand", (first,), 0.18, 0.85),
            ("brand", (second,), 0.12, 1.1),
            ("versus", (brand, first), 0.05, growth),
            ("versus", (second, brand), 0.035, 1.0),
            ("topic", (topic,), 0.13, 1.3),
            ("blend", (brand, topic), 0.055, growth),
            ("official", (brand,), 0.02, 1.0),
        )
        found += [Stream(client, scene, names, scale * share, rise) for scene, names, share, rise in plan]
        found.append(Stream(client, "noise", (), 0.04))
    found.append(Stream(COFFEE, "incident", (COFFEE.name,), 0.0))
    return tuple(found)


def incident_days(first_day: date, days: int) -> tuple[date, ...]:
    """The incident's days, all inside the period (shorter when it does not fit)."""
    start = int(days * INCIDENT_AT)
    return tuple(first_day + timedelta(days=start + k) for k in range(len(INCIDENT_FACTORS)) if start + k < days)


def means(all_streams: Sequence[Stream], posts: int, first_day: date, days: int) -> list[tuple[float, ...]]:
    """The expected number of posts per stream and day, in the streams' order; everything adds up to `posts`."""
    table = [_level(stream, first_day, days) for stream in all_streams]
    brand = next(k for k, s in enumerate(all_streams) if s.client is COFFEE and s.scene == "brand")
    incident = next(k for k, s in enumerate(all_streams) if s.scene == "incident")
    for day, factor in zip(incident_days(first_day, days), INCIDENT_FACTORS, strict=False):
        k = (day - first_day).days
        table[incident][k] = table[brand][k] * TONES[COFFEE.name][0] * (factor - 1)
    scale = posts / sum(map(math.fsum, table))
    return [tuple(value * scale for value in row) for row in table]


def _level(stream: Stream, first_day: date, days: int) -> list[float]:
    week = _WEEK[stream.client.book]
    shape = [
        week[(first_day + timedelta(days=k)).weekday()] * stream.growth ** (k / max(days - 1, 1)) for k in range(days)
    ]
    whole = math.fsum(shape)
    return [stream.share * value / whole for value in shape]


def query_means(all_streams: Sequence[Stream], table: Sequence[Sequence[float]]) -> dict[str, tuple[float, ...]]:
    """The expected number of posts per day that concern each query: sums over the streams that name it."""
    names = [query.name for client in AGENCY.clients for query in client.queries]
    found: dict[str, tuple[float, ...]] = {}
    for name in names:
        rows = [row for stream, row in zip(all_streams, table, strict=True) if name in stream.concerns]
        found[name] = tuple(math.fsum(column) for column in zip(*rows, strict=True))
    return found


def poisson(mean: float, rng: Random) -> int:
    """A Poisson draw. Knuth's product method on pieces of at most 16 (Knuth, TAOCP 2, 3.4.1), which needs nothing
    but uniform draws and so gives the same numbers everywhere."""
    count = 0
    while mean > 0:
        piece = min(mean, 16.0)
        mean -= piece
        limit, product = math.exp(-piece), rng.random()
        while product > limit:
            count += 1
            product *= rng.random()
    return count
