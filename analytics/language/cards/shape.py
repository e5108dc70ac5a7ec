"""What a model card holds, format 2: frozen, plain, free of Django. `reading.read_card` makes one from JSON.

After Mitchell et al. (2019), "Model Cards for Model Reporting". Every score names its set, language, number of texts
and 95 % interval; sets that served to choose or to calibrate say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

FORMAT: Final = 2

Head = Literal["sentiment", "emotion", "irony", "intents", "aspects", "language_id"]
HEADS: Final[tuple[Head, ...]] = ("sentiment", "emotion", "irony", "intents", "aspects", "language_id")

Role = Literal["held_out", "chosen_on", "calibrated_on"]
ROLES: Final[tuple[Role, ...]] = ("held_out", "chosen_on", "calibrated_on")

METRICS: Final = (
    "macro_f1",
    "micro_f1",
    "f1",
    "macro_recall",
    "accuracy",
    "precision",
    "recall",
    "jaccard",
    "coverage",
    "ece",
)
MAIN_METRICS: Final = ("macro_f1", "f1", "accuracy")


@dataclass(frozen=True, slots=True)
class Measured:
    """A value in 0..1 with its 95 % interval; None only for an `ece` whose interval nobody computed, and for the F1 of
    single labels."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """Something learned from. `licence` is an SPDX id or the words found; `attribution` is owed where it is not ""."""

    name: str
    licence: str
    source: str
    use: str
    attribution: str = ""
    rows_learned: int = 0
    rows_calibration: int = 0
    rows_test: int = 0


@dataclass(frozen=True, slots=True)
class SetScore:
    """One head on one set in one language (ISO 639, "mul" for several at once).

    `metrics` maps names of `METRICS` to values. `labels` are those the set knows, in the head's order. `f1` is per
    label. `confusion` is for heads that give one label: rows are what people said, in the order of `labels`; columns
    what the engine said in the same order, and one last column for where it abstained; () where nobody counted.
    `binary` is for heads whose labels hold independently: per label true positives, false positives, false negatives,
    true negatives.
    `counted` says what the metrics rest on: "all" texts, every one answered, or the "answered" ones only.
    """

    set: str
    source: str
    language: str
    n: int
    role: Role
    labels: tuple[str, ...]
    metrics: Mapping[str, Measured]
    f1: Mapping[str, Measured] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()
    binary: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    counted: Literal["all", "answered"] = "all"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose top probability lay in [low, high): how many, its mean, and the share that was right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """A reliability diagram (Guo et al., 2017) of one head on one set; `language` "mul" for all together."""

    set: str
    language: str
    role: Role
    n: int
    ece: Measured
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores were made probabilities, on what, and how well that holds."""

    method: str
    fitted_on: str
    diagrams: tuple[Reliability, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageLevel:
    """What part of the texts is answered at a threshold, and how often that is right."""

    threshold: float
    coverage: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    n: int


@dataclass(frozen=True, slots=True)
class Abstention:
    """When the head says nothing. `threshold` is None where it always answers."""

    rule: str
    threshold: float | None = None
    set: str = ""
    levels: tuple[CoverageLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadCard:
    """One thing that the engine reads. `languages` are those it claims; in others it abstains or does not say, `rule`
    says why. `labels` are in the order of `contracts`."""

    task: str
    labels: tuple[str, ...]
    languages: tuple[str, ...]
    rule: str
    scores: tuple[SetScore, ...] = ()
    calibration: Calibration | None = None
    abstention: Abstention | None = None
    known_failures: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """How differently a head reads the same sentences when only one word group is swapped.

    `label` is the emotion, "" for other heads. `difference` is the mean of `group` minus `reference` in positive minus
    negative probability (sentiment, -2..2) or in the head's probability (emotion, irony); `flips` the share of pairs
    whose label changes. 95 % intervals by a paired bootstrap over frames and words; n pairs. `bound` is the largest
    absolute difference that CI lets pass, None where none is set.
    """

    head: Head
    label: str
    axis: str
    language: str
    reference: str
    group: str
    n: int
    difference: float
    difference_low: float
    difference_high: float
    flips: float
    flips_low: float
    flips_high: float
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class BiasAudit:
    """What `manage.py audit_bias` found; `templates` is the digest of the sentences used."""

    method: str
    templates: str
    seed: int
    gaps: tuple[Gap, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One engine in one version. `id` is what readings carry as `model_id`. `weights_sha256` is "" where there are no
    weights of its own or they lie elsewhere; `weights_bytes` 0 then. `thin_languages` are read, but known from little.
    `unsupported` says in words what it does about every other language. `heads` has an entry for each head the engine
    has. `engine` is the engine's own: thresholds and the like, shown as it is."""

    format: Literal[2]
    id: str
    name: str
    version: str
    summary: str
    licence: str
    intended_use: tuple[str, ...]
    not_for: tuple[str, ...]
    architecture: str
    weights_sha256: str
    weights_bytes: int
    data: tuple[DataSet, ...]
    unsupported: str
    heads: Mapping[str, HeadCard]
    known_failures: tuple[str, ...]
    thin_languages: tuple[str, ...] = ()
    bias: BiasAudit | None = None
    command: str = ""
    seed: int | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)
