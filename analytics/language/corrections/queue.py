"""What to label next: the mentions an engine is least sure of, those that most people see, and some by chance.

The random part is a simple random sample of the population, without replacement and whatever anybody labelled before,
so that what its labels tell is unbiased for the population. Of the other two parts nobody is given a mention that they
have labelled, and of each story only one. *Uncertain* goes by the entropy of the three probabilities (Shannon, 1948; as
a way to choose what to label: Settles, 2009), among mentions that say enough in a language the engine knows;
*influential* by ln(1 + reach) + ln(1 + engagement).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from analytics.language.corrections.models import Queued, ReviewQueue
from analytics.listening.models import Query
from kernel.errors import Conflict
from kernel.ids import decode, encode

PARTS: Final = ("uncertain", "influential", "random")
MIX: Final[Mapping[str, float]] = {"uncertain": 0.5, "influential": 0.3, "random": 0.2}
MOST: Final = 1_000
MOST_LOOKED_AT: Final = 200_000
"""The population is at most so many mentions, those stored last."""

_ENTROPY = " - ".join(f"CASE WHEN {p} > 0 THEN {p} * ln({p}) ELSE 0 END" for p in ("negative", "neutral", "positive"))
_POOL = f"""WITH pool AS MATERIALIZED (
SELECT m.id, m.story, m.model_id, m.abstain_reason, (0 - {_ENTROPY}) / ln(3) AS entropy,
  ln(1 + m.reach::float8) + ln(1 + (m.likes + m.reposts + m.replies)::float8) AS weight
FROM mentions_mention m WHERE m.understood_at IS NOT NULL AND m.negative IS NOT NULL
  AND (%(language)s = '' OR m.language = %(language)s)
  AND (%(query)s::uuid IS NULL OR EXISTS (SELECT FROM mentions_mentionmatch q WHERE q.mention_id = m.id
    AND q.query_id = %(query)s::uuid AND q.settled AND NOT q.hidden))
ORDER BY m.id DESC LIMIT {MOST_LOOKED_AT}),
fresh AS (SELECT * FROM pool p WHERE NOT EXISTS (SELECT FROM corrections_label l WHERE l.mention_id = p.id
  AND l.by = %(by)s AND l.taken_back_at IS NULL))
"""
_DRAW = (
    _POOL
    + """SELECT 'random' AS part, id, entropy, model_id FROM
  (SELECT * FROM pool ORDER BY md5(id::text || %(seed)s), id LIMIT %(size)s) AS by_chance
UNION ALL SELECT 'uncertain', id, entropy, model_id FROM (SELECT * FROM (SELECT DISTINCT ON (story) * FROM fresh
  WHERE abstain_reason IN ('', 'low_confidence') ORDER BY story, entropy DESC, id) AS each_once
  ORDER BY entropy DESC, id LIMIT 2 * %(size)s) AS doubtful
UNION ALL SELECT 'influential', id, entropy, model_id FROM (SELECT * FROM (SELECT DISTINCT ON (story) * FROM fresh
  WHERE weight > 0 ORDER BY story, weight DESC, id) AS each_once
  ORDER BY weight DESC, id LIMIT 3 * %(size)s) AS seen_by_many
UNION ALL SELECT 'population', NULL, count(*), '' FROM pool"""
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    mention: UUID
    entropy: float
    model_id: str


@transaction.atomic
def draw_queue(
    *, by: str, size: int, mix: Mapping[str, float], query: Query | None, language: str, seed: int, now: datetime
) -> ReviewQueue:
    """Draw at most `size` mentions (1..1,000) for somebody to label: `mix` has a share, 0..1, for each of PARTS, which
    together are 1; what one part cannot fill the next takes. Raises Conflict where no mention fits."""
    given: dict[str, Any] = {
        "by": by,
        "language": language,
        "query": None if query is None else decode("qry", query.id),
        "seed": str(seed),
        "size": size,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, given)
        *rows, (_, _, population, _) = cursor.fetchall()
    if not population:
        raise Conflict("No mention that was read fits.")
    candidates: dict[str, list[_Candidate]] = {part: [] for part in PARTS}
    for part, pk, entropy, model_id in rows:
        candidates[part].append(_Candidate(pk, max(0.0, entropy), model_id))
    chosen = _chosen(candidates, size, mix)
    queue = ReviewQueue.objects.create(
        by=by,
        query=query,
        language=language,
        mix={part: mix[part] for part in PARTS},
        parts={part: len(chosen[part]) for part in PARTS},
        population=int(population),
        seed=seed,
        drawn_at=now,
    )
    # Parts take turns, so that whoever stops early has labelled some of each; the random one in the order of chance.
    turns = sorted(
        ((rank + 0.5) / len(members), PARTS.index(part), part, each)
        for part, members in chosen.items()
        for rank, each in enumerate(members)
    )
    Queued.objects.bulk_create(
        Queued(
            queue=queue,
            mention_id=encode("men", each.mention),
            place=place,
            reason=part,
            entropy=round(each.entropy, 6),
            model_id=each.model_id,
        )
        for place, (_, _, part, each) in enumerate(turns)
    )
    return queue


def _chosen(
    candidates: Mapping[str, list[_Candidate]], size: int, mix: Mapping[str, float]
) -> dict[str, list[_Candidate]]:
    """Who is drawn for what, each mention once. The random part goes first, so that nothing is taken out of it."""
    wanted = _parts(size, mix)
    taken: set[UUID] = set()
    chosen: dict[str, list[_Candidate]] = {}
    short = 0
    for part in ("random", "influential", "uncertain"):
        free = [each for each in candidates[part] if each.mention not in taken]
        # Chance takes no more than it was given: its share is stated.
        room = wanted[part] + (short if part != "random" and wanted[part] else 0)
        chosen[part] = free[:room]
        short = max(0, room - len(chosen[part])) if part != "random" else 0
        taken.update(each.mention for each in chosen[part])
    return chosen


def _parts(size: int, mix: Mapping[str, float]) -> dict[str, int]:
    """`size` by shares, by largest remainders: together never more, and nothing for a share of 0."""
    exact = {part: size * mix[part] for part in PARTS}
    wanted = {part: int(share) for part, share in exact.items()}
    by_remainder = sorted(PARTS, key=lambda part: wanted[part] - exact[part])
    for part in by_remainder[: size - sum(wanted.values())]:
        wanted[part] += 1
    return wanted
