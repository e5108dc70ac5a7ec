"""Learning the compact model: mini-batch AdaGrad on a masked, weighted cross-entropy. numpy and scipy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analytics.language.compact.features import Hasher
from analytics.language.compact.network import Network, softmax

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of one training run. `dropout` is the share of features hidden from each text in each pass."""

    bits: int = 19
    hidden: int = 8
    passes: int = 8
    batch: int = 2_048
    rate: float = 0.3
    dropout: float = 0.3
    domain_rate: float = 0.5
    smoothing: float = 0.05


@dataclass(frozen=True, slots=True)
class Lesson:
    """n rows to learn from: features (n × 2^bits), labels (n), weights (n), `two_class` marks rows whose set has
    no neutral, `domains` (n) numbers the sets, `domain_count` of them."""

    features: sparse.csr_array
    labels: NDArray[np.int64]
    weights: Single
    two_class: NDArray[np.bool_]
    domains: NDArray[np.int64]
    domain_count: int


def matrix(texts: Sequence[str], hasher: Hasher, bits: int, chunk: int = 4_096) -> sparse.csr_array:
    """Features of `texts` as rows whose groups (words, n-grams) are each divided by the root of their size."""
    indices, values, counts = [], [], []
    for start in range(0, len(texts), chunk):
        part = texts[start : start + chunk]
        hashed = hasher.features(part)
        words, grams = np.diff(hashed.word_offsets), np.diff(hashed.gram_offsets)
        owner = np.concatenate((np.repeat(np.arange(len(part)), words), np.repeat(np.arange(len(part)), grams)))
        order = np.argsort(owner, kind="stable")
        scale = np.concatenate(
            (np.repeat(1 / np.sqrt(np.maximum(words, 1)), words), np.repeat(1 / np.sqrt(np.maximum(grams, 1)), grams))
        )
        indices.append(np.concatenate((hashed.words, hashed.grams))[order].astype(np.int32))
        values.append(scale[order].astype(np.float32))
        counts.append(words + grams)
    pointers = np.concatenate(([0], np.cumsum(np.concatenate(counts)))).astype(np.int32)
    return sparse.csr_array((np.concatenate(values), np.concatenate(indices), pointers), shape=(len(texts), 1 << bits))


def learn(
    lesson: Lesson, recipe: Recipe, classes: NDArray[np.uint8], *, seed: int, say: Callable[[str], None]
) -> Network:
    """Train and quantise; bias and temperature stay at 0 and 1, to be fitted on other rows.

    Deterministic for one seed on one build of numpy and scipy.

    Each domain (a set in one variety) has biases of its own while learning, dropped afterwards: that 70 % of one
    set is negative is a fact about how it was collected, not about words. Rows from sets without neutral compare
    negative with positive only.
    """
    random = np.random.default_rng(seed)
    size, width = 1 << recipe.bits, 3 + recipe.hidden
    table = np.zeros((size, width), dtype=np.float32)
    table[:, 3:] = random.normal(0.0, 0.3, (size, recipe.hidden)).astype(np.float32) if recipe.hidden else 0
    output = random.normal(0.0, 0.3, (recipe.hidden, 3)).astype(np.float32)
    hidden_bias = np.zeros(recipe.hidden, dtype=np.float32)
    domain_bias = np.zeros((lesson.domain_count, 3), dtype=np.float32)
    learned = [table, output, hidden_bias, domain_bias]
    history = [np.full_like(values, 1e-6 if values is table else 1e-1) for values in learned]
    rates = [recipe.rate, recipe.rate / 2, recipe.rate / 2, recipe.domain_rate]
    count = lesson.features.shape[0]
    steps, total = 0, recipe.passes * -(-count // recipe.batch)
    for turn in range(recipe.passes):
        order, loss, mass = random.permutation(count), 0.0, 0.0
        for start in range(0, count, recipe.batch):
            pick = order[start : start + recipe.batch]
            seen = lesson.features[pick]
            keep = random.random(seen.nnz, dtype=np.float32) >= recipe.dropout
            seen.data = seen.data * keep / np.float32(1 - recipe.dropout)
            pooled = seen @ table
            hidden = np.tanh(pooled[:, 3:] + hidden_bias)
            domains = lesson.domains[pick]
            scores = pooled[:, :3] + hidden @ output + domain_bias[domains]
            masked = lesson.two_class[pick]
            scores[masked, 1] = -30.0
            belief = softmax(scores.astype(np.float64)).astype(np.float32)
            labels, weights = lesson.labels[pick], lesson.weights[pick]
            target = np.full((len(pick), 3), recipe.smoothing / 3, dtype=np.float32)
            target[masked] = (recipe.smoothing / 2, 0.0, recipe.smoothing / 2)
            target[np.arange(len(pick)), labels] += 1 - recipe.smoothing
            loss -= float((weights * np.log(belief[np.arange(len(pick)), labels] + 1e-9)).sum())
            mass += float(weights.sum())
            blame = (belief - target) * (weights / weights.sum())[:, None]
            inner = (blame @ output.T) * (1 - hidden * hidden)
            slopes = [
                np.asarray(seen.T @ np.hstack((blame, inner)), dtype=np.float32),
                hidden.T @ blame,
                inner.sum(axis=0),
                _by_domain(blame, domains, lesson.domain_count) + 1e-4 * domain_bias,
            ]
            fade = np.float32(1 - 0.9 * steps / total)
            for values, slope, past, rate in zip(learned, slopes, history, rates, strict=True):
                past += slope * slope
                values -= np.float32(rate) * fade * slope / np.sqrt(past)
            steps += 1
        say(f"pass {turn + 1}/{recipe.passes}: loss {loss / mass:.4f}")
    scales = np.maximum(np.abs(table).max(axis=0), 1e-9).astype(np.float64) / 127
    return Network(
        bits=recipe.bits,
        table=np.clip(np.rint(table / scales), -127, 127).astype(np.int8),
        scales=scales,
        hidden_bias=hidden_bias.astype(np.float64),
        output=output.astype(np.float64),
        bias=np.zeros(3),
        temperature=1.0,
        classes=classes,
        thin=frozenset(),
        thin_bias=np.zeros(3),
    )


def _by_domain(blame: Single, domains: NDArray[np.int64], count: int) -> Single:
    columns = [np.bincount(domains, weights=blame[:, column], minlength=count) for column in range(3)]
    return np.stack(columns, axis=1).astype(np.float32)
