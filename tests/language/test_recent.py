"""What a process keeps of clients' tunings: the ones used last, up to what they weigh, whoever asks at once."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.language.tuning.lexicon import Lexicon, key_of
from analytics.language.tuning.models import Switch, TuningVersion
from analytics.language.tuning.recent import Recent
from analytics.language.tuning.selectors import tuning_in_force
from tests.cast import Cast

NOW = datetime(2026, 3, 31, tzinfo=UTC)
EACH = 3_000


def recent(most: int) -> Recent[str, str]:
    """Of texts that weigh what they are long."""
    return Recent(most, len)


def put(kept: Recent[str, str], *values: str) -> None:
    for value in values:
        kept.get(value, partial(str, value))


def test_what_is_kept_is_made_once_and_what_was_used_longest_ago_goes_first() -> None:
    kept = recent(10)
    put(kept, "aaaa", "bbb", "ccc")
    put(kept, "aaaa")  # used again, so that "bbb" is the oldest
    put(kept, "dd")
    assert [value in kept for value in ("aaaa", "bbb", "ccc", "dd")] == [True, False, True, True]
    assert kept.weight == 9
    assert kept.get("aaaa", lambda: "made again") == "aaaa"
    assert kept.get("bbb", lambda: "BBB") == "BBB"


def test_many_small_ones_go_for_one_that_is_large_and_one_that_is_too_large_is_kept_alone() -> None:
    kept = recent(10)
    put(kept, "a", "b", "c", "eeeeeeeee")
    assert [value in kept for value in ("a", "b", "c", "eeeeeeeee")] == [False, False, True, True]
    put(kept, "x" * 50)
    assert (kept.weight, "c" in kept) == (50, False)
    assert kept.get("x" * 50, lambda: "made again") == "x" * 50, "page after page"
    put(kept, "f")
    assert (kept.weight, "x" * 50 in kept) == (1, False)


def test_what_cannot_be_made_is_not_kept() -> None:
    kept = recent(10)

    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        kept.get("a", fail)
    assert kept.weight == 0
    assert kept.get("a", lambda: "made") == "made"


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(0, 30))
def test_it_never_holds_more_than_it_may_but_for_the_last(sizes: list[int], most: int) -> None:
    kept = recent(most)
    for size in sizes:
        put(kept, "x" * size)
        assert "x" * size in kept
        assert kept.weight == sum(each for each in set(sizes) if "x" * each in kept)
        assert kept.weight <= max(most, size)


def test_threads_that_ask_at_once_get_the_same_and_it_weighs_once() -> None:
    """All of them are making it before any is through: nobody waits for another, or this would never end."""
    kept: Recent[int, list[int]] = Recent(1_000, len)
    barrier = Barrier(8, timeout=30)

    def make() -> list[int]:
        barrier.wait()
        return [0] * 10

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: kept.get(1, make), range(8)))
    assert all(each is found[0] for each in found)
    assert kept.weight == 10


def test_threads_that_use_many_leave_it_whole() -> None:
    kept: Recent[int, list[int]] = Recent(40, len)

    def use(seed: int) -> None:
        for step in range(2_000):
            number = (seed * 7 + step * 13) % 20
            assert len(kept.get(number, partial(list, range(number)))) == number

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert kept.weight == sum(number for number in range(20) if number in kept) <= 40


@pytest.mark.parametrize(
    "word",
    [
        pytest.param(lambda n: f"word{n}", id="a word"),
        pytest.param(lambda n: f"word{n} again{n}", id="two"),
        pytest.param(lambda n: " ".join(f"слово{n}" for _ in range(8)), id="as many as can be"),
        pytest.param(lambda n: f"{n:x}".rjust(90, "x"), id="a long one"),
        pytest.param(lambda n: f"#tag{n}", id="a tag"),
    ],
)
def test_a_lexicon_tells_about_what_it_takes(word: Callable[[int], str]) -> None:
    keys = [key_of(word(n)) for n in range(EACH)]
    _is_about_what_it_takes(lambda: Lexicon([("en", "".join(list(key)), n % 5) for n, key in enumerate(keys)]))


def test_one_of_many_languages_does_too() -> None:
    codes = [f"{n:05d}" for n in range(EACH)]
    _is_about_what_it_takes(lambda: Lexicon([(code, "".join(list("wort")), 1) for code in codes]))


def _is_about_what_it_takes(make: Callable[[], Lexicon]) -> None:
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 * taken < made.size < 2 * taken


def test_the_tuning_in_force_is_read_once(in_client: Cast, django_assert_num_queries: Any) -> None:
    words = [["en", f"word{n}", 1] for n in range(10)]
    made = TuningVersion.objects.create(
        number=1, asked_calibration="none", asked_lexicon="draft", engine="toy/1", lexicon=words, by="usr_a",
        asked_at=NOW, made_at=NOW,
    )  # fmt: skip
    Switch.objects.create(tuning=made, by="usr_a", at=NOW)
    with django_assert_num_queries(2):  # which one, and what it has
        first = tuning_in_force()
    with django_assert_num_queries(1):
        assert tuning_in_force() is first
    assert first is not None
    assert len(first.lexicon.entries) == 10
