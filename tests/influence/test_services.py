"""Drawing a map from the daily edges: which of them count, who is left out, and when it abstains."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from analytics.influence.models import DailyEdge, InfluenceMap, InfluenceScore
from analytics.influence.selectors import map_of, top
from analytics.influence.services import draw_map
from analytics.insights.contracts import Period
from analytics.journey.requests import request_map
from analytics.mentions.models import Author
from kernel.errors import NotFound
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def people(in_client: Cast) -> list[Author]:
    return [Author.objects.create(source="web", pseudonym=bytes([n]) * 16, label=f"person{n:04}") for n in range(40)]


def edge(source: Author, target: Author, day: int = 5, interactions: int = 1, kind: str = "reply") -> None:
    DailyEdge.objects.create(day=date(2026, 3, day), source=source, target=target, kind=kind, interactions=interactions)


def crowd_around(star: Author, people: list[Author], seed: int = 4) -> None:
    """Everybody answers the star, and now and then each other."""
    dice = Random(seed)
    for number, person in enumerate(people):
        if person != star:
            edge(person, star, day=1 + number % 28, interactions=3)
            other = dice.choice([one for one in people if one != person])
            edge(person, other, day=1 + number % 28, kind="mention")


def numbers(drawn: InfluenceMap) -> list[tuple[object, ...]]:
    return list(
        drawn.scores.order_by("rank", "author_id").values_list(
            "author__label", "rank", "rank_low", "rank_high", "pagerank", "pagerank_low", "pagerank_high", "community"
        )
    )


def test_whom_everybody_answers_is_first(people: list[Author]) -> None:
    crowd_around(people[17], people)
    drawn = draw_map(period=MARCH)
    best = top(drawn, limit=5)
    assert best[0].author == people[17]
    assert best[0].rank == best[0].rank_low == best[0].rank_high == 1
    assert [score.rank for score in best] == sorted(score.rank for score in best)
    assert (drawn.abstain_reason, drawn.nodes) == ("", 40)
    assert drawn.interactions == sum(DailyEdge.objects.values_list("interactions", flat=True))
    assert drawn.model_id
    assert sum(score.pagerank for score in drawn.scores.all()) == pytest.approx(1.0, abs=1e-6)


def test_the_same_edges_and_seed_give_the_same_map(people: list[Author]) -> None:
    crowd_around(people[3], people)
    assert numbers(draw_map(period=MARCH)) == numbers(draw_map(period=MARCH))


def test_only_edges_of_the_period_count(people: list[Author]) -> None:
    crowd_around(people[3], people)
    DailyEdge.objects.create(day=date(2026, 4, 1), source=people[0], target=people[1], kind="quote", interactions=999)
    DailyEdge.objects.create(day=date(2026, 2, 28), source=people[0], target=people[2], kind="quote", interactions=999)
    drawn = draw_map(period=MARCH)
    assert drawn.interactions < 999
    assert top(drawn, limit=1)[0].author == people[3]
    whole = draw_map(period=Period(date(2026, 2, 28), date(2026, 4, 1)))
    assert whole.interactions == drawn.interactions + 2 * 999


def test_brands_are_left_out_with_all_that_is_said_to_them(people: list[Author]) -> None:
    crowd_around(people[0], people)
    for person in people[2:]:
        edge(person, people[1], day=28, interactions=50, kind="quote")
    Author.objects.filter(id=people[1].id).update(is_brand=True)
    drawn = draw_map(period=MARCH)
    assert not InfluenceScore.objects.filter(map=drawn, author=people[1]).exists()
    assert top(drawn, limit=1)[0].author == people[0]
    assert drawn.interactions < 50 * 38


@pytest.mark.parametrize("edges", [0, 2])
def test_a_map_of_too_little_abstains_and_ranks_nobody(people: list[Author], edges: int) -> None:
    for number in range(edges):
        edge(people[number], people[number + 1])
    drawn = draw_map(period=MARCH)
    assert drawn.abstain_reason
    assert (drawn.interactions, drawn.scores.count()) == (edges, 0)
    assert top(drawn, limit=10) == []


def test_maps_are_found_by_id_and_as_the_latest(people: list[Author]) -> None:
    with pytest.raises(NotFound):
        map_of("latest")
    first, second = draw_map(period=MARCH), draw_map(period=MARCH)
    assert map_of("latest") == second
    assert map_of(first.id) == first
    with pytest.raises(NotFound):
        map_of("map_" + "0" * 32)


def test_the_actor_draws_and_points_its_job_at_the_map(people: list[Author]) -> None:
    crowd_around(people[3], people)
    job = request_map(period=MARCH)
    drain()
    job.refresh_from_db()
    drawn = InfluenceMap.objects.get()
    assert (job.state, job.result) == (Job.State.SUCCEEDED, drawn.id)
    assert (drawn.start, drawn.end) == (MARCH.start, MARCH.end)


def test_a_message_that_comes_again_draws_no_second_map(in_client: Cast) -> None:
    job = request_map(period=MARCH)
    drain()
    send("influence.draw_map", job.id, MARCH.start.isoformat(), MARCH.end.isoformat())
    drain()
    assert InfluenceMap.objects.count() == 1
