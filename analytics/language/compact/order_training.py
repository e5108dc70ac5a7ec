"""Learning the convolution over word order, with torch (the optional extra `earshot[torch]`); reading needs none.

Words and whole dimensions are hidden at random while learning (Srivastava et al., 2014), and each set has biases of its
own, as in `learn`. Table by sparse Adam, all else by AdamW (Loshchilov and Hutter, 2019), the rate falling to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.compact.convolution import BITS, CLASSES, SHIFT, Convolution
from analytics.language.compact.hashing import hash_texts
from analytics.language.compact.learn import Lesson, Say

_LARGEST: Final = 63  # whole number in the table: seven bits of eight pack into a seventh less
_SPAN: Final = 2.0  # of a word's mean while learning, which then goes into the table's scales


@dataclass(frozen=True, slots=True)
class OrderRecipe:
    """The settings of the convolution's training; `seeds` are how many are learned, whose scores are averaged."""

    width: int = 40
    gates: int = 64
    passes: int = 2
    batch: int = 256
    rate: float = 4e-3
    dropout: float = 0.3
    word_dropout: float = 0.2
    seeds: int = 2


@dataclass(frozen=True, slots=True)
class _Words:
    """Texts as numbers of distinct words, and the table rows of each word."""

    rows: NDArray[np.int64]
    offsets: NDArray[np.int64]
    texts: NDArray[np.int64]
    text_offsets: NDArray[np.int64]


def learn_order(lesson: Lesson, recipe: OrderRecipe, *, seed: int, say: Say) -> list[Convolution]:
    """One convolution per seed, each on a core of its own. Deterministic for one seed and build of torch."""
    say(f"  word order: {recipe.seeds} x {recipe.passes} passes over {len(lesson.targets)} texts")
    run = partial(_learn_one, lesson, recipe)
    with ProcessPoolExecutor(min(recipe.seeds, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        return list(pool.map(run, range(seed, seed + recipe.seeds)))


def _learn_one(lesson: Lesson, recipe: OrderRecipe, seed: int) -> Convolution:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    dice = np.random.default_rng(seed)
    words = _words_of(lesson.texts)
    net = _net(recipe, lesson.domain_count)
    rest = [weights for name, weights in net.named_parameters() if name != "words.weight"]
    optimisers: tuple[Any, ...] = (
        torch.optim.SparseAdam([net.words.weight], lr=recipe.rate),
        torch.optim.AdamW(rest, lr=recipe.rate, weight_decay=1e-2),
    )
    tensors = [torch.from_numpy(np.asarray(values)) for values in (lesson.targets, lesson.weights[:, 0], lesson.shifts)]
    domains = torch.from_numpy(lesson.domains)
    lengths = np.diff(words.text_offsets)
    total, step = recipe.passes * -(-len(lengths) // recipe.batch), 0
    for _ in range(recipe.passes):
        for chosen in _batches(lengths, recipe.batch, dice):
            rate = recipe.rate * (1 - step / total) * min(1.0, (step + 1) / 300) + 1e-5
            for optimiser in optimisers:
                optimiser.param_groups[0]["lr"] = rate
                optimiser.zero_grad()
            targets, weights, shifts = (values[chosen] for values in tensors)
            biases = net.domains(domains[chosen])
            scores = net.scores(words, chosen) + biases + shifts
            losses = -(targets * torch.log_softmax(scores, dim=1)).sum(dim=1) * weights
            (losses.mean() + 1e-3 * net.domains.weight.pow(2).mean()).backward()
            for optimiser in optimisers:
                optimiser.step()
            step += 1
    return _quantised({name: values.detach().numpy() for name, values in net.named_parameters()})


def _words_of(texts: Sequence[str]) -> _Words:
    hashed = hash_texts(texts)
    rows, offsets = (hashed.word_rows >> SHIFT).astype(np.int64), hashed.word_offsets
    mixed = (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9FB21C651E98DF25)
    mixed ^= mixed >> np.uint64(29)
    keys = np.add.reduceat(mixed * np.uint64(0xBF58476D1CE4E5B9), offsets[:-1]) + np.diff(offsets).astype(np.uint64)
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    sizes = np.diff(offsets)[first]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    places = np.repeat(offsets[first] - starts[:-1], sizes) + np.arange(starts[-1])
    return _Words(rows[places], starts, number.astype(np.int64), hashed.text_words)


def _batches(lengths: NDArray[np.int64], size: int, dice: np.random.Generator) -> list[NDArray[np.int64]]:
    """Batches in random order whose texts have like lengths."""
    order = dice.permutation(np.flatnonzero(lengths > 0))
    found = []
    for start in range(0, len(order), 50 * size):
        chunk = order[start : start + 50 * size]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        parts = [chunk[at : at + size] for at in range(0, len(chunk), size)]
        found += [parts[place] for place in dice.permutation(len(parts))]
    return found


def _net(recipe: OrderRecipe, domains: int) -> Any:
    import torch
    from torch.nn import functional

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = torch.nn.EmbeddingBag(1 << BITS, recipe.width, mode="mean", sparse=True)
            torch.nn.init.normal_(self.words.weight, std=0.1)
            self.filters = torch.nn.Conv1d(recipe.width, 2 * recipe.gates, 3, padding=1)
            self.out = torch.nn.Linear(2 * recipe.gates + recipe.width, CLASSES)
            self.domains = torch.nn.Embedding(domains, CLASSES)
            torch.nn.init.zeros_(self.domains.weight)

        def scores(self, words: _Words, chosen: NDArray[np.int64]) -> Any:
            inputs, mask = self._inputs(words, chosen)
            mask = mask * (torch.rand(mask.shape) > recipe.word_dropout).float()
            inputs = functional.dropout(inputs * mask, recipe.dropout)
            sums = self.filters(inputs.transpose(1, 2)).transpose(1, 2)
            left, right = sums.chunk(2, -1)
            gated = left * torch.sigmoid(right)
            most = (gated - 1e4 * (1 - mask)).max(1).values.clamp(min=-50)
            root = mask.sum(1).clamp(min=1).sqrt()
            pooled = torch.cat([most, (gated * mask).sum(1) / root, inputs.sum(1) / root], 1)
            return self.out(functional.dropout(pooled, recipe.dropout))

        def _inputs(self, words: _Words, chosen: NDArray[np.int64]) -> tuple[Any, Any]:
            starts, sizes = words.text_offsets[chosen], np.diff(words.text_offsets)[chosen]
            steps = np.arange(sizes.max())
            mask = steps < sizes[:, None]
            numbers = words.texts[np.where(mask, starts[:, None] + steps, starts[:, None])]
            distinct, places = np.unique(numbers, return_inverse=True)
            counts = words.offsets[distinct + 1] - words.offsets[distinct]
            begins = np.cumsum(counts) - counts
            rows = words.rows[np.repeat(words.offsets[distinct] - begins, counts) + np.arange(counts.sum())]
            means = self.words(torch.from_numpy(rows), torch.from_numpy(begins)) * _SPAN
            shape = (*numbers.shape, recipe.width)
            return means[torch.from_numpy(places.reshape(-1))].view(shape), torch.from_numpy(mask)[..., None].float()

    return Net()


def _quantised(learned: dict[str, NDArray[np.float32]]) -> Convolution:
    words = learned["words.weight"]
    scales = np.quantile(np.abs(words), 0.9999, axis=0) / _LARGEST
    return Convolution(
        words=np.clip(np.rint(words / scales), -_LARGEST, _LARGEST).astype(np.int8),
        word_scales=(_SPAN * scales).astype(np.float32),
        filters=np.ascontiguousarray(learned["filters.weight"].transpose(2, 1, 0)),
        filter_bias=learned["filters.bias"],
        out=np.ascontiguousarray(learned["out.weight"].T),
        out_bias=learned["out.bias"],
    )
