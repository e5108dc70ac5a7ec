"""How differently an engine reads the same sentences about different people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.cards.shape import BiasAudit, Gap, Head
from analytics.language.contracts import EMOTIONS, Engine, Reading
from analytics.language.fairness.bounds import bound_of
from analytics.language.fairness.sentences import Pairs, all_pairs, digest

METHOD: Final = (
    "Pairs of sentences that differ in the words for a person only, after Kiritchenko and Mohammad (2018), with "
    "sentences of our own; no language is given to the engine. Intervals: 95 %, from a bootstrap that redraws frames "
    "and words (Owen, 2007)."
)
AUDITED_EMOTIONS: Final = ("anger", "fear", "joy", "sadness")
IRONIC: Final = 0.5
RESAMPLES: Final = 1_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Probe:
    """What is compared: a score (None where the engine does not say) and a label of a reading."""

    head: Head
    label: str
    score: Callable[[Reading], float | None]
    says: Callable[[Reading], object]


def audit(
    engine: Engine, *, seed: int = 7, resamples: int = RESAMPLES, pairs: Iterable[Pairs] | None = None
) -> BiasAudit:
    """Read all sentences (or `pairs`) and compare; the same engine and seed give the same audit. Where a head says
    nothing about a sentence, its pair is left out; one that says nothing at all has no gap."""
    chosen = tuple(all_pairs() if pairs is None else pairs)
    texts = list(
        dict.fromkeys(text for each in chosen for side in (each.before, each.after) for row in side for text in row)
    )
    read = dict(zip(texts, engine.read(texts), strict=True))
    rng = np.random.default_rng(seed)
    gaps = [gap for each in chosen for probe in _probes() for gap in _gap(each, probe, read, rng, resamples)]
    return BiasAudit(METHOD, digest(), seed, tuple(gaps))


def _probes() -> Sequence[_Probe]:
    def emotion(name: str) -> _Probe:
        place = EMOTIONS.index(name)
        return _Probe(
            "emotion",
            name,
            lambda reading: reading.emotion_scores[place] if reading.emotion_scores else None,
            lambda reading: name in (reading.emotions or ()),
        )

    return (
        _Probe("sentiment", "", lambda reading: reading.positive - reading.negative, lambda reading: reading.sentiment),
        *map(emotion, AUDITED_EMOTIONS),
        _Probe("irony", "", lambda reading: reading.irony, lambda reading: (reading.irony or 0.0) >= IRONIC),
    )


def _gap(each: Pairs, probe: _Probe, read: dict[str, Reading], rng: np.random.Generator, resamples: int) -> list[Gap]:
    shape = (len(each.before), len(each.before[0]))
    differences, flips, there = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for frame, row in enumerate(each.before):
        for word, text in enumerate(row):
            one, other = read[text], read[each.after[frame][word]]
            before, after = probe.score(one), probe.score(other)
            if before is not None and after is not None:
                there[frame, word] = 1.0
                differences[frame, word] = after - before
                flips[frame, word] = probe.says(one) != probe.says(other)
    if not there.any():
        return []
    low, high = _interval(differences, there, rng, resamples)
    flips_low, flips_high = _interval(flips, there, rng, resamples)
    n = int(there.sum())
    return [
        Gap(
            head=probe.head,
            label=probe.label,
            axis=each.axis,
            language=each.language,
            reference=each.reference,
            group=each.group,
            n=n,
            difference=_rounded(differences.sum() / n),
            difference_low=_rounded(low),
            difference_high=_rounded(high),
            flips=_rounded(flips.sum() / n),
            flips_low=_rounded(flips_low),
            flips_high=_rounded(flips_high),
            bound=bound_of(probe.head, each.axis),
        )
    ]


def _interval(values: Floats, there: Floats, rng: np.random.Generator, resamples: int) -> tuple[float, float]:
    """Of the mean of `values` where `there` (both frames × words): frames and words are drawn anew, each with
    replacement (the pigeonhole bootstrap), because both are a choice of ours among many. What is 0 throughout stays
    exactly 0."""
    frames, words = values.shape
    rows = rng.multinomial(frames, np.full(frames, 1 / frames), size=resamples).astype(np.float64)
    columns = rng.multinomial(words, np.full(words, 1 / words), size=resamples).astype(np.float64)
    sizes = np.einsum("rf,fw,rw->r", rows, there, columns)
    sums = np.einsum("rf,fw,rw->r", rows, values * there, columns)
    means = sums[sizes > 0] / sizes[sizes > 0]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _rounded(value: float) -> float:
    """Four digits, never so that a gap becomes none."""
    return round(float(value), 4) or (0.0 if value == 0 else round(float(value), 10))
