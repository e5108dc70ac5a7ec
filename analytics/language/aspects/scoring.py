"""How well aspects are found and judged, on the posts in `judged/`: with intervals, against "what the whole post says".

The interval is a bootstrap (Efron, 1979) over posts, because judgements of one post hang together.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.aspects.contracts import Judged, Post, Spoken
from analytics.language.aspects.finding import find
from analytics.language.aspects.judging import WEIGHTS, Weights, judge
from analytics.language.aspects.wording import Lookout, lookout
from analytics.language.contracts import SENTIMENTS, Engine, Reading

FOLDER: Final = Path(__file__).parent / "judged"
PARTS: Final = ("dev", "held-out")
_RESAMPLES: Final = 2_000

Labels = Mapping[str, str]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A judged post: the polarity of each aspect (or entity, by name) that it speaks of."""

    part: str
    language: str
    industry: str
    post: Post
    labels: Labels


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in a post: label per key ("" where it abstained), and the same with the label of the whole post
    for each."""

    labels: Labels
    whole: Labels


def posts(part: str) -> list[Example]:
    """The judged posts of one of PARTS."""
    return [
        Example(part, row["language"], row["industry"], Post(row["text"], row["language"]), _labels(row["aspects"]))
        for row in _rows("posts.tsv", part)
    ]


def entity_posts(part: str) -> list[Example]:
    """The judged posts that name two brands."""
    examples = []
    for row in _rows("entities.tsv", part):
        labels, text = _labels(row["entities"]), row["text"]
        named = tuple((name, found.span()) for name in labels for found in re.finditer(re.escape(name), text))
        examples.append(Example(part, row["language"], "", Post(text, row["language"], entities=named), labels))
    return examples


def _rows(name: str, part: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE) if row["part"] == part]


def _labels(cell: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in cell.split("; ") if item)
    return {key: label for key, _, label in pairs}


@cache
def _lookout(industry: str, language: str) -> Lookout:
    return lookout(industry, language)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found in a post and what the engine read in it and in its clauses."""

    example: Example
    spoken: tuple[Spoken, ...]
    readings: tuple[Reading, ...]
    whole: Reading


def hear(examples: Sequence[Example], engine: Engine) -> list[Heard]:
    """Find what the posts speak of and have their clauses read, all at once."""
    found = [find(example.post, _lookout(example.industry, example.language)) for example in examples]
    asked = [
        (spoken.asked(example.post.text), example.language)
        for example, each in zip(examples, found, strict=True)
        for spoken in each
    ]
    clauses = iter(engine.read([text for text, _ in asked], [language for _, language in asked]))
    wholes = engine.read([example.post.text for example in examples], [example.language for example in examples])
    return [
        Heard(example, tuple(each), tuple(next(clauses) for _ in each), whole)
        for example, each, whole in zip(examples, found, wholes, strict=True)
    ]


def answers(heard: Iterable[Heard], *, weights: Weights = WEIGHTS, forced: bool = False) -> list[Answer]:
    """What is told of each post; `forced`: the likelier label also where it abstains."""
    told = []
    for each in heard:
        judged = judge(each.spoken, each.readings, weights)
        labels: dict[str, list[str]] = defaultdict(list)
        for one in judged:
            labels[one.spoken.subject.key].append(_top(one) if forced else one.sentiment)
        whole = _top(each.whole) if forced else each.whole.sentiment
        told.append(Answer({key: _one(found) for key, found in labels.items()}, dict.fromkeys(labels, whole)))
    return told


def _top(read: Judged | Reading) -> str:
    shares = (read.negative, read.neutral, read.positive)
    return SENTIMENTS[shares.index(max(shares))]


def _one(labels: Sequence[str]) -> str:
    """One label of several for the same aspect: the side that has more."""
    balance = labels.count("positive") - labels.count("negative")
    if balance:
        return "positive" if balance > 0 else "negative"
    return "neutral" if any(labels) else ""


def score(examples: Sequence[Example], told: Sequence[Answer], *, seed: int = 7) -> dict[str, object]:
    """Detection (precision, recall, F1 of (post, aspect) pairs) and polarity (on the pairs found: macro-F1 over the
    classes that occur, accuracy of those answered, coverage), each with its 95 % interval and n."""
    table = np.array([_counts(example, answer) for example, answer in zip(examples, told, strict=True)], dtype=float)
    draws = np.random.default_rng(seed).multinomial(len(table), np.full(len(table), 1 / len(table)), size=_RESAMPLES)
    whole, resampled = _measures(table.sum(axis=0)[None]), _measures(draws.astype(np.float64) @ table)
    found: dict[str, object] = {"posts": len(table)}
    for name, (values, n) in whole.items():
        low, high = np.nanquantile(resampled[name][0], [0.025, 0.975]) if n[0] else (np.nan, np.nan)
        found[name] = {
            "value": _plain(float(values[0])),
            "interval": [_plain(float(low)), _plain(float(high))],
            "n": int(n[0]),
        }
    return found


def _measures(tables: Floats) -> dict[str, tuple[Floats, Floats]]:
    """Each measure of m rows of `_counts` added up, and the n it rests on."""
    found, wrong, missed = tables[:, 0], tables[:, 1], tables[:, 2]
    measures = {
        "precision": (_ratio(found, found + wrong), found + wrong),
        "recall": (_ratio(found, found + missed), found + missed),
        "detection_f1": (_ratio(2 * found, 2 * found + wrong + missed), found + wrong + missed),
    }
    for name, first in (("", 3), ("whole_post_", 15)):
        cells = tables[:, first : first + 12].reshape(-1, 3, 4)
        hits = cells[:, range(3), range(3)]
        truth, said = cells.sum(axis=2), cells[:, :, :3].sum(axis=1)
        answered = said.sum(axis=1)
        # Over the classes that occur as truth; no answer is a miss.
        f1 = np.where(truth > 0, _ratio(2 * hits, truth + said), np.nan)
        measures[f"{name}macro_f1"] = _mean(f1), found
        measures[f"{name}accuracy_answered"] = _ratio(hits.sum(axis=1), answered), answered
        measures[f"{name}coverage"] = _ratio(answered, found), found
    return measures


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def _counts(example: Example, answer: Answer) -> list[int]:
    """Found, found wrongly, missed; then, twice, a table of truth × (negative, neutral, positive, no answer)."""
    both = example.labels.keys() & answer.labels.keys()
    row = [len(both), len(answer.labels.keys() - both), len(example.labels.keys() - both)]
    for labels in (answer.labels, answer.whole):
        cells = [0] * 12
        for key in both:
            said = SENTIMENTS.index(labels[key]) if labels[key] else 3
            cells[SENTIMENTS.index(example.labels[key]) * 4 + said] += 1
        row += cells
    return row


def _ratio(upper: Floats, lower: Floats) -> Floats:
    return np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0)


def _mean(values: Floats) -> Floats:
    """The mean of each row without what is not a number."""
    there = ~np.isnan(values)
    return _ratio(np.where(there, values, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64))
