"""Samples of a query's mentions, the labels that people give them, and what these tell of the query's noise filter.

Labels change nothing that is hidden, so what is measured does not move by being measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from analytics.listening.models import Query
from analytics.mentions.models import MentionMatch, NoiseLabel, NoiseSample, Sampled
from analytics.mentions.noise import MODEL
from analytics.mentions.noise.quality import BANDS, Band, Quality, is_enough, qualities
from kernel.errors import Conflict, FieldProblem, NotFound, ValidationFailed
from kernel.ids import decode, encode
from kernel.lookups import one

MAX_SAMPLE = 500

_BAND = "CASE " + " ".join(f"WHEN n.score >= {band} THEN '{band}'" for band in BANDS) + " END"
# The first of each band in the order of chance, and how many the band has: a query may have matched millions.
_CHANCE = f"""SELECT band, mention_id, size FROM (
SELECT band, mention_id, count(*) OVER (PARTITION BY band) AS size,
  row_number() OVER (PARTITION BY band ORDER BY chance, mention_id) AS rank
FROM (SELECT q.mention_id, {_BAND} AS band, md5(q.mention_id::text || %s) AS chance FROM mentions_mentionmatch q
  JOIN mentions_noise n ON n.mention_id = q.mention_id
  -- Scores of another version fall into bands that this one does not know.
  WHERE q.query_id = %s AND q.settled AND n.model_id = %s) AS scored) AS ranked
WHERE rank <= %s ORDER BY band, rank"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a query's latest sample tells. `qualities` is empty where there are too few labels."""

    sample: NoiseSample
    bands: tuple[Band, ...]
    qualities: tuple[Quality, ...]


@transaction.atomic
def draw_sample(*, query: Query, size: int, seed: int, now: datetime) -> NoiseSample:
    """Draw at most `size` of a query's mentions (1..500), as evenly over the bands of the score as they allow, each
    mention of a band as likely as any other. Raises Conflict where no mention of the query has a score yet.
    """
    by_band: dict[str, list[UUID]] = {band: [] for band in BANDS}
    sizes = dict.fromkeys(BANDS, 0)
    with connection.cursor() as cursor:
        cursor.execute(_CHANCE, [str(seed), decode("qry", query.id), MODEL, size])
        for band, mention, in_all in cursor.fetchall():
            by_band[band].append(mention)
            sizes[band] = in_all
    if not any(by_band.values()):
        raise Conflict("No mention of this query has been read yet.")
    wanted = _allotted(sizes, size)
    # Bands take turns, each in the order of chance: so whoever stops early has labelled a sample of every band too.
    drawn = [
        (rank / wanted[band], band, mention)
        for band, members in by_band.items()
        for rank, mention in enumerate(members[: wanted[band]])
    ]
    sample = NoiseSample.objects.create(
        query=query,
        model_id=MODEL,
        seed=seed,
        strata={band: {"mentions": sizes[band], "drawn": wanted[band]} for band in BANDS},
        drawn_at=now,
    )
    Sampled.objects.bulk_create(
        Sampled(sample=sample, mention_id=encode("men", mention), place=place, stratum=band)
        for place, (_, band, mention) in enumerate(sorted(drawn))
    )
    return sample


def _allotted(sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """As equal parts of `size` as the bands' own sizes allow; what small ones leave goes to the others."""
    wanted = dict.fromkeys(sizes, 0)
    left = min(size, sum(sizes.values()))
    while left:
        open_ones = [band for band in sizes if wanted[band] < sizes[band]]
        each = max(1, left // len(open_ones))
        for band in open_ones:
            more = min(each, sizes[band] - wanted[band], left)
            wanted[band] += more
            left -= more
    return wanted


@transaction.atomic
def label_mentions(*, query: Query, labels: Mapping[str, bool], now: datetime) -> int:
    """Say of some mentions of a query whether they are noise; a later label replaces an earlier one. Returns how many.

    Raises ValidationFailed (/labels/…/mention, in the order given) for mentions that the query did not match.
    """
    check_matched(query, list(labels), "/labels/{}/mention")
    NoiseLabel.objects.bulk_create(
        [
            NoiseLabel(query=query, mention_id=mention, noise=noise, labelled_at=now)
            for mention, noise in sorted(labels.items())
        ],
        update_conflicts=True,
        unique_fields=["query", "mention"],
        update_fields=["noise", "labelled_at"],
    )
    return len(labels)


def check_matched(query: Query, mentions: Sequence[str], pointer: str) -> None:
    """Raises ValidationFailed at `pointer` (with a place for the number) for ids that are none of the query's."""
    matches = MentionMatch.objects.filter(query=query, mention__in=_uuids(mentions))
    known = set(map(str, matches.values_list("mention_id", flat=True)))
    unknown = tuple(
        FieldProblem(pointer.format(number), "unknown_mention", "This query matched no such mention.")
        for number, mention in enumerate(mentions)
        if mention not in known
    )
    if unknown:
        raise ValidationFailed(fields=unknown)


def samples(query: Query) -> QuerySet[NoiseSample]:
    """A query's samples, the latest first."""
    return NoiseSample.objects.filter(query=query)


def sample_of(query: Query, sample_id: str) -> NoiseSample:
    """One sample of a query. Raises NotFound."""
    return one(samples(query), sample_id)


def labels_of(query: Query, mentions: Sequence[str]) -> dict[str, bool]:
    """Which of some mentions are labelled for a query, and as what."""
    found = NoiseLabel.objects.filter(query=query, mention__in=_uuids(mentions))
    return {str(mention): noise for mention, noise in found.values_list("mention_id", "noise")}


def _uuids(mentions: Sequence[str]) -> list[UUID]:
    return [decode("men", mention) for mention in mentions]


def measure(query: Query) -> Measured:
    """What the labels on a query's latest sample tell of its filter. Raises NotFound where none was drawn."""
    sample = samples(query).first()
    if sample is None:
        raise NotFound("No sample of this query's mentions was drawn yet.")
    rows = Sampled.objects.filter(sample=sample).values_list("mention_id", "stratum")
    drawn = {str(mention): stratum for mention, stratum in rows}
    labels = labels_of(query, list(drawn))
    labelled = Counter(drawn[mention] for mention in labels)
    noise = Counter(drawn[mention] for mention, is_noise in labels.items() if is_noise)
    bands = tuple(
        Band(band, sample.strata[band]["mentions"], sample.strata[band]["drawn"], labelled[band], noise[band])
        for band in BANDS
    )
    return Measured(sample, bands, tuple(qualities(bands, seed=sample.seed)) if is_enough(bands) else ())
