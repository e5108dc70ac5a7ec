"""Where posts lie: vectors of words learnt from which words stand together in this very client's posts.

Word vectors are a truncated singular value decomposition of positive pointwise mutual information (Levy and Goldberg
2014; Bullinaria and Levy 2007), small counts discounted (Pantel and Lin 2002); a post is the mean of its words', each
weighted by how rare it is. So two posts that share no word are near each other where their words keep the same company,
which short posts need. Nothing is downloaded, and no language is preferred; but words of two languages keep no common
company, so a space is of one language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.topics.discovery.vocabulary import Bags, Vocabulary

DIMENSIONS = 64
MOST_PAIRS = 20_000_000
"""Of words that stand together: posts beyond that teach no more. Learning from 20,000 posts took 0.2 GB of memory
with twelve words each, and 0.7 GB with sixty, which is as long as posts are looked at."""

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Space:
    """A vocabulary and a vector for each term, weighted already; shape (terms, dimensions). `middle` is where posts are
    on average."""

    vocabulary: Vocabulary
    vectors: Matrix
    middle: npt.NDArray[np.float32]

    def place(self, bags: Bags) -> Matrix:
        """Each post's place: unit vectors, zero for a post of which no word is known. Shape (posts, dimensions)."""
        return self.from_middle((presence(bags, len(self.vocabulary)) @ self.vectors).astype(np.float32))

    def from_middle(self, sums: Matrix) -> Matrix:
        """Sums of words' vectors as directions from where posts are on average: what all have in common tells none
        apart, and makes nonsense look like sense (after Arora, Liang and Ma 2017)."""
        placed = unit(sums)
        known = np.linalg.norm(placed, axis=1, keepdims=True) > 0.5
        return np.where(known, unit(placed - self.middle), 0.0).astype(np.float32)


def presence(bags: Bags, terms: int) -> Any:
    """Which post has which term: a sparse matrix of zeros and ones, shape (posts, terms)."""
    from scipy import sparse

    rows = np.repeat(np.arange(len(bags)), np.diff(bags.starts))
    found = sparse.csr_matrix((np.ones(len(bags.terms), np.float32), (rows, bags.terms)), shape=(len(bags), terms))
    found.sum_duplicates()
    found.data[:] = 1.0
    return found


def learn(bags: Bags, vocabulary: Vocabulary, *, seed: int) -> Space:
    """A space learnt from posts. Deterministic for a seed, on one machine to the last digit."""
    from scipy import sparse
    from scipy.sparse.linalg import svds

    size = len(vocabulary)
    inside = presence(bags, size)
    within = np.cumsum(np.diff(bags.starts).astype(np.int64) ** 2) <= MOST_PAIRS
    teaching = inside[within] if not within.all() else inside
    posts = max(1, teaching.shape[0])
    together = (teaching.T @ teaching).tocoo()
    frequency = np.maximum(np.asarray(teaching.sum(axis=0)).ravel(), 1.0)
    # Both ends of a pair: a word does not keep company with itself.
    apart = together.row != together.col
    row, col, count = together.row[apart], together.col[apart], together.data[apart].astype(np.float64)
    strength = np.log(count * posts / (frequency[row] * frequency[col])) * count / (count + 1.0)
    kept = strength > 0
    company = sparse.csr_matrix((strength[kept], (row[kept], col[kept])), shape=(size, size))
    # With as many directions as words, each word would only be like itself.
    dimensions = min(DIMENSIONS, max(4, size // 6), size - 1)
    if dimensions < 1 or company.nnz == 0:
        vectors = np.zeros((size, 1))
    else:
        start = np.random.default_rng(seed).normal(size=size)
        left, values, _ = svds(company, k=dimensions, v0=start)
        vectors = _signed(left) * np.sqrt(values)
    rarity = np.log(max(2, inside.shape[0]) / np.maximum(np.asarray(inside.sum(axis=0)).ravel(), 1.0))
    # As they are kept: half precision, so that what was learnt and what is read back say the same.
    weighted = (vectors * rarity[:, None]).astype(np.float16).astype(np.float32)
    middle = unit(np.asarray(inside @ weighted, np.float32)).mean(axis=0).astype(np.float32)
    return Space(vocabulary, weighted, middle)


def _signed(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A decomposition leaves signs open: the largest entry of each direction is made positive."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0, -1.0, 1.0)


def unit(vectors: Matrix) -> Matrix:
    """Rows at length 1; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, vectors / np.maximum(lengths, 1e-9), 0.0).astype(np.float32)
