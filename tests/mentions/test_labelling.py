"""Samples to label: drawn at random within bands of the score, weighted by what they stand for."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import timedelta

import pytest

from analytics.listening.models import Query
from analytics.mentions.contracts import Hit
from analytics.mentions.labelling import draw_sample, label_mentions, labels_of, measure, sample_of
from analytics.mentions.models import Mention, MentionMatch, Noise, NoiseLabel, NoiseSample, Sampled
from analytics.mentions.noise import MODEL
from analytics.mentions.noise.quality import BANDS
from kernel.errors import Conflict, NotFound, ValidationFailed
from kernel.ids import encode, uuid7
from tests.mentions.sample import NOON, mention, put

pytestmark = pytest.mark.usefixtures("in_client")


def query_with(scores: list[float]) -> Query:
    """A query that matches one mention of each score."""
    query = Query.objects.create(name="q", kind="brand", text="bread")
    batch = put(*(mention(f"p{n}", hits=(Hit(query.id, 1),)) for n in range(len(scores))))
    Noise.objects.bulk_create(
        Noise(mention_id=row.id, spam=score, score=score, model_id=MODEL)
        for row, score in zip(batch.fresh, scores, strict=True)
    )
    return query


MIXED = [0.95] * 5 + [0.75] * 30 + [0.6] * 40 + [0.1] * 300


def drawn(sample: NoiseSample) -> list[tuple[str, str]]:
    return [(str(row.mention_id), row.stratum) for row in sample.drawn.all()]


def test_bands_share_a_sample_and_keep_their_weights() -> None:
    query = query_with(MIXED)
    sample = draw_sample(query=query, size=100, seed=1, now=NOON)
    assert sample.strata == {
        "0.9": {"mentions": 5, "drawn": 5},
        "0.7": {"mentions": 30, "drawn": 30},
        "0.5": {"mentions": 40, "drawn": 33},
        "0": {"mentions": 300, "drawn": 32},
    }
    assert Counter(band for _, band in drawn(sample)) == {"0.9": 5, "0.7": 30, "0.5": 33, "0": 32}
    assert len({pk for pk, _ in drawn(sample)}) == 100
    first = Counter(band for _, band in drawn(sample)[:20])
    assert min(first[band] for band in BANDS) >= 1, "a first part holds all bands"


def test_each_mention_of_a_band_is_as_likely() -> None:
    query = query_with([0.1] * 40)
    times: Counter[str] = Counter()
    for seed in range(200):
        times.update(pk for pk, _ in drawn(draw_sample(query=query, size=10, seed=seed, now=NOON)))
    # Of 200 draws of a quarter: 50 times each, with a standard deviation of 6.
    assert set(times) == {str(pk) for pk in Mention.objects.values_list("id", flat=True)}
    assert all(20 < count < 80 for count in times.values())


def test_a_small_query_is_drawn_whole_and_a_seed_draws_the_same() -> None:
    query = query_with([0.95, 0.2, 0.2])
    one, other = (draw_sample(query=query, size=100, seed=4, now=NOON) for _ in range(2))
    assert drawn(one) == drawn(other)
    assert len(drawn(one)) == 3


def test_a_few_of_many_take_little_room() -> None:
    query = query_with([0.1] * 4_000)
    tracemalloc.start()
    sample = draw_sample(query=query, size=5, seed=1, now=NOON)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sample.strata["0"] == {"mentions": 4_000, "drawn": 5}
    assert peak < 500_000


def test_only_mentions_with_a_score_of_this_version_are_drawn() -> None:
    query = query_with([0.95, 0.2])
    put(mention("unread", hits=(Hit(query.id, 1),)))
    Noise.objects.filter(score=0.2).update(model_id="noise/0")
    assert len(drawn(draw_sample(query=query, size=10, seed=1, now=NOON))) == 1
    Noise.objects.all().delete()
    with pytest.raises(Conflict):
        draw_sample(query=query, size=10, seed=1, now=NOON)


def test_labels_are_replaced_by_later_ones_and_are_a_query_s_own() -> None:
    query = query_with([0.95, 0.2])
    one, other = (str(pk) for pk in Mention.objects.order_by("id").values_list("id", flat=True))
    assert label_mentions(query=query, labels={one: True, other: True}, now=NOON) == 2
    assert label_mentions(query=query, labels={one: False}, now=NOON + timedelta(days=1)) == 1
    assert labels_of(query, [one, other]) == {one: False, other: True}
    another = Query.objects.create(name="other", kind="topic", text="bread")
    assert labels_of(another, [one, other]) == {}
    with pytest.raises(ValidationFailed) as refused:
        label_mentions(query=query, labels={other: False, encode("men", uuid7()): True}, now=NOON)
    assert [problem.pointer for problem in refused.value.fields] == ["/labels/1/mention"]
    assert labels_of(query, [other]) == {other: True}, "all or none"
    assert not MentionMatch.objects.filter(hidden=True).exists(), "a label hides nothing"


def test_quality_is_told_from_the_latest_sample_or_not_at_all() -> None:
    query = query_with(MIXED)
    with pytest.raises(NotFound):
        measure(query)
    draw_sample(query=query, size=20, seed=1, now=NOON)
    sample = draw_sample(query=query, size=100, seed=2, now=NOON)
    found = measure(query)
    assert found.sample == sample
    assert found.qualities == ()
    assert [band.missing for band in found.bands] == [5, 10, 10, 10]

    noise = {"0.9": True, "0.7": True, "0.5": False, "0": False}
    label_mentions(query=query, labels={pk: noise[band] for pk, band in drawn(sample)}, now=NOON)
    outside = str(Mention.objects.exclude(id__in=Sampled.objects.filter(sample=sample).values("mention")).first().id)  # type: ignore[union-attr]
    label_mentions(query=query, labels={outside: True}, now=NOON)
    found = measure(query)
    assert [(band.labelled, band.noise) for band in found.bands] == [(5, 5), (30, 30), (33, 0), (32, 0)]
    low, medium, strict = found.qualities
    assert (low.hidden, medium.hidden, strict.hidden) == (5, 35, 75)
    assert low.precision is not None
    assert strict.precision is not None
    assert medium.recall is not None
    assert low.recall is not None
    assert low.precision.value == 1
    assert strict.precision.value == pytest.approx(35 / 75, abs=1e-4)
    assert low.recall.value == pytest.approx(5 / 35, abs=1e-4)
    assert medium.recall.value == 1
    assert medium.recall.low < 1, "300 were hardly looked at"


def test_deleting_a_mention_takes_its_labels_scores_and_places_along() -> None:
    query = query_with([0.95, 0.2])
    sample = draw_sample(query=query, size=10, seed=1, now=NOON)
    label_mentions(query=query, labels={pk: True for pk, _ in drawn(sample)}, now=NOON)
    Mention.objects.all().delete()
    for model in (Noise, NoiseLabel, Sampled):
        assert not model.objects.exists()
    assert sample_of(query, sample.id) == sample
    query.delete()
    assert not NoiseSample.objects.exists()
