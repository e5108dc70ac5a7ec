"""The influence map against exact answers: linear algebra for PageRank, cliques for communities, symmetry for ties."""

from __future__ import annotations

import os
import subprocess
import sys
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.influence import graph
from analytics.influence.graph import (
    DEFAULT_KIND_WEIGHTS,
    AuthorScore,
    Edge,
    InfluenceMap,
    map_influence,
)

KINDS = sorted(DEFAULT_KIND_WEIGHTS)
EDGE = st.builds(
    Edge,
    source=st.integers(1, 12),
    target=st.integers(1, 12),
    kind=st.sampled_from(KINDS),
    weight=st.integers(1, 5).map(float),
)


def clique(members: range, weight: float = 1.0) -> list[Edge]:
    return [Edge(a, b, "reply", weight) for a in members for b in members if a != b]


def random_edges(seed: int, authors: int = 40, interactions: int = 300) -> list[Edge]:
    random = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, authors + 1)
    sources = random.integers(0, authors, interactions)
    targets = random.choice(authors, interactions, p=popularity / popularity.sum())
    kinds = random.integers(0, len(KINDS), interactions)
    return [
        Edge(int(source) * 7 + 3, int(target) * 7 + 3, KINDS[kind])
        for source, target, kind in zip(sources, targets, kinds, strict=True)
    ]


def solve_pagerank(edges: list[Edge], damping: float) -> dict[int, float]:
    """PageRank by its definition: the one solution of a dense linear system."""
    edges = [edge for edge in edges if edge.source != edge.target]
    authors = sorted({author for edge in edges for author in (edge.source, edge.target)})
    size = len(authors)
    matrix = np.zeros((size, size))
    for edge in edges:
        weight = edge.weight * DEFAULT_KIND_WEIGHTS[edge.kind]
        matrix[authors.index(edge.target), authors.index(edge.source)] += weight
    out = matrix.sum(axis=0)
    matrix = np.where(out > 0, matrix / np.where(out > 0, out, 1), 1 / size)
    rank = np.linalg.solve(np.eye(size) - damping * matrix, np.full(size, (1 - damping) / size))
    return dict(zip(authors, rank.tolist(), strict=True))


def of(influence_map: InfluenceMap, author: int) -> AuthorScore:
    return next(score for score in influence_map.scores if score.author == author)


@given(st.lists(EDGE, max_size=40), st.sampled_from([0.5, 0.85, 0.95]))
@settings(max_examples=60, deadline=None)
def test_pagerank_solves_its_equation(edges: list[Edge], damping: float) -> None:
    scores = map_influence(edges, damping=damping, resamples=20).scores
    if not scores:
        assert all(edge.source == edge.target for edge in edges)
        return
    assert {score.author: score.pagerank for score in scores} == pytest.approx(solve_pagerank(edges, damping), abs=1e-9)


@given(st.lists(EDGE, min_size=1, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_and_roll_up_of_edges_do_not_matter(edges: list[Edge], random: Random) -> None:
    single = [Edge(edge.source, edge.target, edge.kind) for edge in edges for _ in range(int(edge.weight))]
    random.shuffle(single)
    assert map_influence(single, resamples=20, seed=3) == map_influence(edges, resamples=20, seed=3)


@given(st.lists(EDGE, min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_bounds_ranks_and_totals_hold_together(edges: list[Edge]) -> None:
    found = map_influence(edges, resamples=20)
    for score in found.scores:
        assert score.pagerank_low <= score.pagerank <= score.pagerank_high
        assert 1 <= score.rank_low <= score.rank <= score.rank_high <= found.nodes
        assert 1 <= score.community <= found.communities
        assert score.rank == 1 + sum(other.pagerank > score.pagerank + 1e-11 for other in found.scores)
    assert [(score.rank, score.author) for score in found.scores] == sorted(
        (score.rank, score.author) for score in found.scores
    )
    kept = [edge for edge in edges if edge.source != edge.target]
    assert sum(score.interactions for score in found.scores) == 2 * sum(edge.weight for edge in kept)
    assert sum(score.in_weight for score in found.scores) == pytest.approx(
        sum(score.out_weight for score in found.scores)
    )
    assert found.edges == len({(edge.source, edge.target) for edge in kept})


def test_influence_flows_to_the_author_acted_upon() -> None:
    found = map_influence([Edge(fan, 99, "repost") for fan in range(20)])
    hub = found.scores[0]
    assert (hub.author, hub.rank, hub.in_weight, hub.out_weight, hub.interactions) == (99, 1, 20.0, 0.0, 20)
    assert (hub.rank_low, hub.rank_high) == (1, 1)
    # the fans are all alike: they share rank 2, and any of them could be anywhere behind the hub
    assert {score.rank for score in found.scores[1:]} == {2}
    assert all(score.rank_high == 21 for score in found.scores[1:])


def test_kinds_weigh_differently_and_a_worthless_kind_is_left_out() -> None:
    edges = [Edge(1, 2, "repost"), Edge(1, 3, "mention")]
    found = map_influence(edges)
    assert of(found, 2).in_weight == 2 * of(found, 3).in_weight
    without = map_influence(edges, kind_weights={"repost": 1.0, "mention": 0.0})
    assert {score.author for score in without.scores} == {1, 2}


def test_two_cliques_are_two_communities() -> None:
    apart = map_influence(clique(range(1, 7)) + clique(range(10, 15)))
    members = {n: {score.author for score in apart.scores if score.community == n} for n in (1, 2)}
    assert members == {1: set(range(1, 7)), 2: set(range(10, 15))}
    # modularity of separate groups is 1 - the sum of squared shares of all edge weight: 30 and 20 interactions of 50
    assert apart.modularity == pytest.approx(1 - 0.6**2 - 0.4**2)
    joined = map_influence([*clique(range(1, 7)), *clique(range(10, 15)), Edge(1, 10, "reply")])
    assert joined.communities == 2
    assert joined.modularity is not None
    assert apart.modularity is not None
    assert 0.4 < joined.modularity < apart.modularity


def test_bounds_narrow_with_the_square_root_of_the_evidence() -> None:
    def width(weight: float) -> float:
        edges = [Edge(edge.source, edge.target, edge.kind, weight) for edge in random_edges(5)]
        top = map_influence(edges, resamples=300, seed=1).scores[0]
        return top.pagerank_high - top.pagerank_low

    assert width(100.0) / width(10_000.0) == pytest.approx(10, rel=0.25)


def test_bounds_tell_a_clear_leader_from_a_close_race() -> None:
    clear = [Edge(fan, 90, "repost") for fan in range(40)] + [Edge(fan, 91, "repost") for fan in range(40, 50)]
    close = [Edge(fan, 90, "repost") for fan in range(26)] + [Edge(fan, 91, "repost") for fan in range(26, 50)]
    assert [(score.rank_low, score.rank_high) for score in map_influence(clear).scores[:2]] == [(1, 1), (2, 2)]
    assert [(score.rank_low, score.rank_high) for score in map_influence(close).scores[:2]] == [(1, 2), (1, 2)]


def test_resampled_pagerank_is_the_same_pagerank() -> None:
    """A million interactions behind each edge: a resample barely differs, so its PageRank is the estimate's."""
    edges = [Edge(edge.source, edge.target, edge.kind, 1e6) for edge in random_edges(2)]
    for score in map_influence(edges).scores:
        assert score.pagerank_low == pytest.approx(score.pagerank, rel=0.01)
        assert score.pagerank_high == pytest.approx(score.pagerank, rel=0.01)


def test_too_little_to_rank_by_abstains_and_says_why() -> None:
    assert map_influence([]) == InfluenceMap(0, 0, 0, None, (), 0, True, "too_few_authors")
    assert map_influence([Edge(4, 4, "reply", 50.0)]) == map_influence([])
    four = map_influence([Edge(a, 4, "reply", 10.0) for a in (1, 2, 3)])
    assert (four.abstained, four.reason, len(four.scores)) == (True, "too_few_authors", 4)
    nine = map_influence([Edge(a, 99, "reply") for a in range(9)])
    assert (nine.abstained, nine.reason, len(nine.scores)) == (True, "too_few_interactions", 10)
    ten = map_influence([Edge(a, 99, "reply") for a in range(10)])
    assert (ten.abstained, ten.reason) == (False, "")


def test_who_is_acted_upon_most_need_not_rank_first() -> None:
    # 50 is acted upon most, by authors nobody listens to; 60 less often, but by 50
    fans = [Edge(fan, 50, "reply") for fan in range(12)] + [Edge(20, 60, "reply"), Edge(21, 60, "reply")]
    found = map_influence([*fans, Edge(50, 60, "repost", 4.0)])
    assert found.scores[0].author == 60
    assert max(found.scores, key=lambda score: score.in_weight).author == 50


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"damping": 0.0}, "damping"),
        ({"damping": 1.0}, "damping"),
        ({"damping": float("nan")}, "damping"),
        ({"resamples": 19}, "resamples"),
        ({"kind_weights": {"reply": -1.0}}, "kind_weights"),
        ({"kind_weights": {"reply": float("inf")}}, "kind_weights"),
        ({"kind_weights": {"repost": 1.0}}, r"edges\[0\]\.kind"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} "):
        map_influence([Edge(1, 2, "reply")], **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_bad_edge_weight_is_named_by_position(weight: float) -> None:
    with pytest.raises(ValueError, match=r"^edges\[1\]\.weight "):
        map_influence([Edge(1, 2, "reply"), Edge(2, 3, "reply", weight)])


def test_the_seed_moves_only_the_bounds_of_a_clear_structure() -> None:
    edges = random_edges(9)
    one, other = map_influence(edges, seed=1), map_influence(edges, seed=2)
    assert one != other
    assert [(score.author, score.pagerank) for score in one.scores] == [
        (score.author, score.pagerank) for score in other.scores
    ]


def test_resamples_are_an_upper_limit_on_large_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = [Edge(source, (source + 1) % 100, "reply") for source in range(100)]
    assert map_influence(ring, resamples=60).resamples == 60
    monkeypatch.setattr(graph, "_RESAMPLING_BUDGET", 30 * (100 + 100))
    assert map_influence(ring, resamples=60).resamples == 30
    monkeypatch.setattr(graph, "_RESAMPLING_BUDGET", 1)
    assert map_influence(ring, resamples=60).resamples == 20


def test_same_input_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "from tests.influence.test_graph import random_edges; from analytics.influence.graph import map_influence; "
        "print(repr(map_influence(random_edges(4), seed=8)))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(printed) == 1
    assert repr(map_influence(random_edges(4), seed=8)).encode() == printed.pop().rstrip()
