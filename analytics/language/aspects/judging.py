"""From what an engine reads in the clauses about a target to a judgement of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.language.aspects.contracts import RULES_ID, Judged, Spoken
from analytics.language.contracts import SENTIMENTS, Reading, to_shares


@dataclass(frozen=True, slots=True)
class Weights:
    """How much opinion words count beside the engine, in log-odds: `opinion` for all pointing one way, `plain` for
    neutral where there is none. `least` is the probability below which a judgement abstains."""

    opinion: float
    plain: float
    least: float


# Chosen on the dev half of judged/, see docs/aspects.md.
WEIGHTS: Final = Weights(opinion=2.0, plain=0.0, least=0.5)


def judge(spoken: Sequence[Spoken], readings: Sequence[Reading], weights: Weights = WEIGHTS) -> list[Judged]:
    """One judgement for each, in order, from what the engine read in its stretches. Raises ValueError for unequal
    lengths."""
    return [_judged(each, reading, weights) for each, reading in zip(spoken, readings, strict=True)]


def stance(spoken: Spoken) -> float:
    """Which way the opinion words point together: -1 (all against it) to 1, 0 where there is none."""
    if not spoken.opinions:
        return 0.0
    return sum(1 if opinion.positive else -1 for opinion in spoken.opinions) / len(spoken.opinions)


def _judged(spoken: Spoken, reading: Reading, weights: Weights) -> Judged:
    model_id = f"{reading.model_id}+{RULES_ID}"
    if not spoken.opinions and not spoken.inverted and not weights.plain:
        shares = reading.negative, reading.neutral, reading.positive
        return Judged(spoken, *shares, reading.sentiment, reading.abstain_reason, model_id)
    pull = weights.opinion * stance(spoken)
    logs = [math.log(max(p, 1e-6)) for p in (reading.negative, reading.neutral, reading.positive)]
    logs[0] -= pull
    logs[2] += pull
    if not spoken.opinions:
        logs[1] += weights.plain
    highest = max(logs)
    powers = [math.exp(value - highest) for value in logs]
    negative, positive = powers[0] / sum(powers), powers[2] / sum(powers)
    if spoken.inverted:
        negative, positive = positive, negative
    shares = to_shares(negative, positive)
    reason = reading.abstain_reason
    if reason in ("", "low_confidence"):
        # Doubt about the clause as a whole is settled by what is known of it together.
        reason = "low_confidence" if max(shares) < weights.least else ""
    return Judged(
        spoken,
        *shares,
        sentiment="" if reason else SENTIMENTS[shares.index(max(shares))],
        abstain_reason=reason,
        model_id=model_id,
    )
