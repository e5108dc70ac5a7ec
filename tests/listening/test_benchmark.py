"""What the benchmark of matching measures with: the same load for the same seed, and every peer asked in turn."""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import mean

import pytest

from analytics.listening.query import parse
from tests.benchmarks.listening.peers import folded
from tests.benchmarks.listening.plain import positions
from tests.benchmarks.listening.postgres import tsquery, tsvector
from tests.benchmarks.listening.posts import posts
from tests.benchmarks.listening.queries import queries
from tests.benchmarks.listening.rounds import rates
from tests.benchmarks.listening.words import SHARES, Language, languages
from tests.benchmarks.matching import PEERS, measure


@pytest.fixture(scope="module")
def spoken() -> dict[str, Language]:
    return languages(3, words=7_000, brands=500)


def test_the_same_seed_gives_the_same_load_and_another_seed_another(spoken: dict[str, Language]) -> None:
    assert languages(3, words=7_000, brands=500) == spoken
    assert posts(spoken, count=50, seed=1) == posts(spoken, count=50, seed=1)
    assert posts(spoken, count=50, seed=1) != posts(spoken, count=50, seed=2)
    assert queries(spoken, count=50, seed=1) == queries(spoken, count=50, seed=1)


def test_posts_are_about_a_hundred_characters_in_all_scripts(spoken: dict[str, Language]) -> None:
    made = posts(spoken, count=2_000, seed=1)

    assert 80 < mean(len(post.text) for post in made) < 120
    assert set(spoken) == set(SHARES)
    for language in spoken.values():
        frequent = [word for word in language.words[:300] if len(word) > 1]
        assert any(word in post.text for post in made for word in frequent)


def test_every_query_of_the_load_is_one(spoken: dict[str, Language]) -> None:
    for text in queries(spoken, count=500, seed=1):
        parse(text)


def test_a_text_is_told_to_peers_with_our_keys_and_their_places() -> None:
    assert positions("Go #東京 café") == [("go", 1), ("東", 2), ("京", 3), ("cafe", 4), ("#東京", 2)]
    assert folded("Go #東京 café").split() == ["go", "#東京", "東京", "cafe"]
    assert tsvector("it's #A") == "'it':1 's':2 'a':3 '#a':3"
    assert tsquery(parse('"a b" AND (cc* OR #d) NOT e')) == "(('a' <1> 'b') & ('cc':* | '#d') & !'e')"


def test_a_rate_is_the_median_of_slices_that_take_turns() -> None:
    asked: list[str] = []

    def taking(name: str, seconds: float) -> float:
        asked.append(name)
        return seconds

    found = rates(
        {"fast": lambda _, count: taking("fast", 0.001 * count), "slow": lambda _, count: taking("slow", 0.01 * count)},
        rounds=4,
        seconds=0.1,
        most_seconds=10,
    )

    assert found == pytest.approx({"fast": 1_000, "slow": 100})
    assert asked[-8:] == ["fast", "slow", "slow", "fast"] * 2


def test_what_is_printed_has_every_key_and_the_matchers_agree(tmp_path: Path) -> None:
    options = argparse.Namespace(pool=300, rounds=1, seconds=0.01, seed=5)

    found = measure(tmp_path, [40, 80], frozenset({"pg_seq", "pg_gin", "lucene", "naive"}), options)

    assert list(found["queries"]) == ["40", "80"]
    assert {"build_s", "overlay_update_ms"} <= set(found)
    for row in found["queries"].values():
        assert {"posts_per_cpu_s", "candidates_per_post", "matches_per_post", *(f"vs_{peer}" for peer in PEERS)} <= set(
            row
        )
        assert row["mismatches"] == 0
        assert row["vs_lucene"] is None
        assert row["vs_python_index"] > 0
