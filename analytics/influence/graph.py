"""Who influences whom: PageRank with its uncertainty, and communities, from interactions between authors.

An edge runs from the author who acted to the author acted upon: Ada reposts Ben is Ada -> Ben, and influence flows to
Ben. Authors are the pseudonymous integer ids of one client; nothing here can name a person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# How much of one interaction counts as influence. A convention, not a measurement: passing a post on, commenting it or
# answering it are full acts of attention; naming somebody may be no more than an address line.
DEFAULT_KIND_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"repost": 1.0, "quote": 1.0, "reply": 1.0, "mention": 0.5},
)
INTERVAL = 0.90
"""Share of the resamples that the low-high bounds hold: from the 5th to the 95th percentile."""

MIN_AUTHORS = 5
MIN_INTERACTIONS = 10

_TOTAL_ERROR = 1e-12  # L1 distance at which power iteration stops
_TIE = 1e-11  # neighbours in the ranking closer than this are equal: that is rounding, not influence
_RESAMPLING_BUDGET = 10_000_000  # (authors + edges) x resamples: a few seconds of one core
_FEWEST_RESAMPLES = 20  # below this, a 5th percentile is only the minimum by another name


@dataclass(frozen=True, slots=True)
class Edge:
    """Interactions of one kind from author `source` to author `target`.

    `weight` is how many interactions the edge stands for (> 0): 1 for a single reply, the count for a rolled-up row,
    a fraction where the caller lets old interactions fade.
    """

    source: int
    target: int
    kind: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class AuthorScore:
    """One author's place in the map.

    `pagerank` is in (0, 1) and sums to 1 over all authors; `pagerank_low`..`pagerank_high` and `rank_low`..`rank_high`
    hold `INTERVAL` of the bootstrap resamples and always the estimate itself (rank_low is the better rank). `rank` is
    1 for the most influential; equal PageRanks share a rank (1, 2, 2, 4). `community` is 1 for the largest community.
    `in_weight` and `out_weight` are interactions received and made, times their kind weights; `interactions` is how
    many interactions the author took part in, unweighted and rounded to a whole number.
    """

    author: int
    pagerank: float
    pagerank_low: float
    pagerank_high: float
    rank: int
    rank_low: int
    rank_high: int
    community: int
    in_weight: float
    out_weight: float
    interactions: int


@dataclass(frozen=True, slots=True)
class InfluenceMap:
    """The map of one set of interactions. `scores` are in order of rank, then author id.

    `nodes` authors, `edges` distinct (source, target) pairs, `communities` a count, `modularity` in [-0.5, 1] or None
    without any edge, `resamples` how many bootstrap resamples the bounds rest on. `abstained` says that there is too
    little to rank anybody by, with `reason` (`too_few_authors`, `too_few_interactions`); what was computed is there all
    the same, for whoever wants to look.
    """

    nodes: int
    edges: int
    communities: int
    modularity: float | None
    scores: tuple[AuthorScore, ...]
    resamples: int
    abstained: bool
    reason: str


def map_influence(
    edges: Iterable[Edge],
    *,
    damping: float = 0.85,
    resamples: int = 50,
    seed: int = 0,
    kind_weights: Mapping[str, float] = DEFAULT_KIND_WEIGHTS,
) -> InfluenceMap:
    """Score every author by weighted PageRank, with bootstrap bounds, and find communities.

    Edges of one pair and kind add up, so neither their order nor how they were rolled up matters. Self loops are
    dropped, and with them authors who only ever interact with themselves. A kind of weight 0 is left out.

    PageRank: Page, Brin, Motwani & Winograd 1999, teleporting uniformly with probability 1 - `damping`. Communities:
    Louvain (Blondel et al. 2008) on the undirected graph, by networkx, with `seed`. Bounds: Poisson bootstrap over
    interactions (Hanley & MacGibbon 2006; Chamandy et al. 2012): in each resample an edge that stands for n
    interactions stands for Poisson(n) instead, the authors stay, and the whole of PageRank is recomputed. The bounds
    take interactions as independent; where one loud author makes most of them, truth is less certain than they say.

    `resamples` (>= 20) is an upper limit: on graphs where it would take more than some seconds fewer are drawn, never
    under 20, and the map says how many.

    Raises ValueError, naming the argument, when damping is not in (0, 1), resamples is too small, a kind weight or an
    edge weight is not a finite number (kinds >= 0, edges > 0), or an edge's kind has no weight.
    """
    if not 0 < damping < 1:
        raise ValueError("damping must be greater than 0 and less than 1")
    if resamples < _FEWEST_RESAMPLES:
        raise ValueError(f"resamples must be at least {_FEWEST_RESAMPLES}")
    if any(not math.isfinite(weight) or weight < 0 for weight in kind_weights.values()):
        raise ValueError("kind_weights must be finite numbers of at least 0")
    counts = _count_interactions(edges, kind_weights)
    if not counts:
        return InfluenceMap(0, 0, 0, None, (), 0, True, "too_few_authors")
    return _Graph(counts, kind_weights).map(damping, resamples, seed)


def _count_interactions(edges: Iterable[Edge], kind_weights: Mapping[str, float]) -> dict[tuple[int, int, str], float]:
    """Interactions per (source, target, kind), without self loops and worthless kinds, sorted by key."""
    parts: dict[tuple[int, int, str], list[float]] = {}
    for position, edge in enumerate(edges):
        if edge.kind not in kind_weights:
            raise ValueError(f"edges[{position}].kind is not in kind_weights")
        if not math.isfinite(edge.weight) or edge.weight <= 0:
            raise ValueError(f"edges[{position}].weight must be a finite number greater than 0")
        if edge.source != edge.target and kind_weights[edge.kind] > 0:
            parts.setdefault((edge.source, edge.target, edge.kind), []).append(edge.weight)
    # fsum is exact, so the order in which a caller's edges arrive cannot change a bit of the result
    return {key: math.fsum(parts[key]) for key in sorted(parts)}


class _Graph:
    """Interactions as arrays: one entry per (source, target, kind), authors numbered 0..n-1 in order of their ids."""

    def __init__(self, counts: Mapping[tuple[int, int, str], float], kind_weights: Mapping[str, float]) -> None:
        import numpy as np

        self.authors: list[int] = sorted({author for source, target, _ in counts for author in (source, target)})
        number = {author: place for place, author in enumerate(self.authors)}
        self.sources: Ints = np.array([number[source] for source, _, _ in counts], dtype=np.int64)
        self.targets: Ints = np.array([number[target] for _, target, _ in counts], dtype=np.int64)
        self.counts: Floats = np.array(list(counts.values()), dtype=np.float64)
        self.worth: Floats = np.array([kind_weights[kind] for _, _, kind in counts], dtype=np.float64)

    def map(self, damping: float, resamples: int, seed: int) -> InfluenceMap:
        import networkx as nx
        import numpy as np

        size = len(self.authors)
        weights = self.counts * self.worth
        directed = self._directed(weights)
        tolerance = _TOTAL_ERROR / size  # networkx multiplies its tolerance by the number of nodes
        ranks = nx.pagerank(directed, alpha=damping, tol=tolerance, max_iter=_iterations(damping))
        pagerank = np.array([ranks[place] for place in range(size)], dtype=np.float64)
        best, worst = _rank_span(pagerank)

        affordable = _RESAMPLING_BUDGET // (size + len(self.counts))
        resamples = min(resamples, max(_FEWEST_RESAMPLES, affordable))
        low, high, rank_low, rank_high = self._bounds(damping, resamples, seed)
        communities, modularity = self._communities(weights, seed)
        received = np.bincount(self.targets, weights, size)
        made = np.bincount(self.sources, weights, size)
        taken_part = np.bincount(self.targets, self.counts, size) + np.bincount(self.sources, self.counts, size)
        scores = [
            AuthorScore(
                author=self.authors[place],
                pagerank=float(pagerank[place]),
                pagerank_low=float(min(low[place], pagerank[place])),
                pagerank_high=float(max(high[place], pagerank[place])),
                rank=int(best[place]),
                rank_low=int(min(rank_low[place], best[place])),
                rank_high=int(max(rank_high[place], worst[place])),
                community=communities[place],
                in_weight=float(received[place]),
                out_weight=float(made[place]),
                interactions=round(float(taken_part[place])),
            )
            for place in range(size)
        ]
        reason = ""
        if size < MIN_AUTHORS:
            reason = "too_few_authors"
        elif self.counts.sum() < MIN_INTERACTIONS:
            reason = "too_few_interactions"
        return InfluenceMap(
            nodes=size,
            edges=directed.number_of_edges(),
            communities=max(communities),
            modularity=modularity,
            scores=tuple(sorted(scores, key=lambda score: (score.rank, score.author))),
            resamples=resamples,
            abstained=bool(reason),
            reason=reason,
        )

    def _directed(self, weights: Floats) -> nx.DiGraph[int]:
        import networkx as nx

        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(len(self.authors)))
        for source, target, weight in zip(self.sources.tolist(), self.targets.tolist(), weights.tolist(), strict=True):
            if graph.has_edge(source, target):
                graph[source][target]["weight"] += weight
            else:
                graph.add_edge(source, target, weight=weight)
        return graph

    def _bounds(self, damping: float, resamples: int, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Percentile bounds of PageRank, of the best rank and of the worst rank, over Poisson resamples."""
        import numpy as np

        random = np.random.default_rng(seed)
        size = len(self.authors)
        drawn = np.empty((resamples, size), dtype=np.float64)
        best = np.empty((resamples, size), dtype=np.int32)
        worst = np.empty((resamples, size), dtype=np.int32)
        for row in range(resamples):
            drawn[row] = self._pagerank(random.poisson(self.counts) * self.worth, damping)
            best[row], worst[row] = _rank_span(drawn[row])
        tail = (1 - INTERVAL) / 2
        low, high = np.quantile(drawn, (tail, 1 - tail), axis=0)
        rank_low = np.quantile(best, tail, axis=0, method="lower")
        rank_high = np.quantile(worst, 1 - tail, axis=0, method="higher")
        return low, high, rank_low, rank_high

    def _pagerank(self, weights: Floats, damping: float) -> Floats:
        """networkx's PageRank straight from the arrays: it spares building a graph of objects for every resample."""
        import numpy as np

        size = len(self.authors)
        out = np.bincount(self.sources, weights, size)
        # an author left without interactions in this resample passes its weight on to everybody alike
        dangling = out == 0
        shares = np.divide(weights, out[self.sources], out=np.zeros_like(weights), where=weights > 0)
        rank = np.full(size, 1 / size)
        for _ in range(_iterations(damping)):
            spread = (damping * float(rank[dangling].sum()) + 1 - damping) / size
            following = damping * np.bincount(self.targets, shares * rank[self.sources], size) + spread
            moved = float(np.abs(following - rank).sum())
            rank = following
            if moved < _TOTAL_ERROR:
                break
        return rank

    def _communities(self, weights: Floats, seed: int) -> tuple[list[int], float | None]:
        """Each author's community number (1 = largest, ties to the lowest author id), and the modularity."""
        import networkx as nx

        undirected: nx.Graph[int] = nx.Graph()
        undirected.add_nodes_from(range(len(self.authors)))
        for source, target, weight in zip(self.sources.tolist(), self.targets.tolist(), weights.tolist(), strict=True):
            if undirected.has_edge(source, target):
                undirected[source][target]["weight"] += weight
            else:
                undirected.add_edge(source, target, weight=weight)
        groups: Sequence[set[int]] = nx.community.louvain_communities(undirected, weight="weight", seed=seed)
        groups = sorted(groups, key=lambda group: (-len(group), min(group)))
        number = {place: rank for rank, group in enumerate(groups, start=1) for place in group}
        modularity = float(nx.community.modularity(undirected, groups, weight="weight"))
        return [number[place] for place in range(len(self.authors))], modularity


def _rank_span(pagerank: Floats) -> tuple[Ints, Ints]:
    """The best and the worst rank each author can claim: they differ where PageRanks are equal."""
    import numpy as np

    order = np.argsort(-pagerank, kind="stable")
    group = np.concatenate(([0], np.cumsum(-np.diff(pagerank[order]) > _TIE)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = group
    sizes = np.bincount(group)
    worst = np.cumsum(sizes)[place]
    best = worst - sizes[place] + 1
    return best, worst


def _iterations(damping: float) -> int:
    """Steps after which power iteration has certainly converged: each shrinks the L1 error by the damping factor."""
    return math.ceil(math.log(_TOTAL_ERROR / 2) / math.log(damping)) + 2
