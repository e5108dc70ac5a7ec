"""Agreement of people, against worked examples of the literature; and files of labels."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.language.corrections.agreement import agreement, binary
from analytics.language.corrections.rows import MOST_ROWS, read_rows
from analytics.language.tables import UnreadableFile
from kernel.ids import encode, uuid7

MEN = [encode("men", uuid7()) for _ in range(9)]


def two(table: list[list[int]]) -> dict[Any, dict[str, Any]]:
    units = [(a, b) for a, row in enumerate(table) for b, count in enumerate(row) for _ in range(count)]
    return {n: {"ana": a, "ben": b} for n, (a, b) in enumerate(units)}


def test_kappa_is_that_of_a_worked_example() -> None:
    """The grant readers of many a textbook: po .7, pe .5."""
    found = agreement(two([[20, 5], [10, 15]]))
    assert (found.method, found.people, found.n, found.observed) == ("cohen_kappa", 2, 50, 0.7)
    assert found.value == 0.4
    assert found.low is not None
    assert found.high is not None
    assert 0.1 < found.low < 0.4 < found.high < 0.68


def test_alpha_is_that_of_krippendorffs_own_example() -> None:
    """Four observers, twelve units with gaps: nominal alpha .743 (Krippendorff, 2011, section C)."""
    a = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
    b = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
    c = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
    d = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]
    units: dict[Any, Any] = {
        n: {name: value for name, value in zip("abcd", values, strict=True) if value is not None}
        for n, values in enumerate(zip(a, b, c, d, strict=True))
    }
    found = agreement(units)
    assert (found.method, found.people, found.n) == ("krippendorff_alpha", 4, 11)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.743 < found.high


def test_nothing_is_said_of_too_few_or_of_labels_that_are_all_the_same() -> None:
    assert agreement({}).abstain_reason == "too_few"
    assert agreement({n: {"ana": 1} for n in range(50)}).n == 0
    few = agreement({n: {"ana": n % 2, "ben": n % 2} for n in range(9)})
    assert (few.abstain_reason, few.value, few.observed) == ("too_few", None, 1.0)
    same = agreement({n: {"ana": 1, "ben": 1} for n in range(50)})
    assert (same.abstain_reason, same.value, same.observed) == ("no_variation", None, 1.0)


@pytest.mark.parametrize("people", [2, 3])
def test_chance_is_no_agreement_and_the_interval_covers_it(people: int) -> None:
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        units: dict[Any, Any] = {n: {str(who): int(rng.integers(3)) for who in range(people)} for n in range(80)}
        found = agreement(units)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0 <= found.high
    assert covered >= 52  # of 60 at 95 %: fewer in one of 50,000 worlds


def test_as_many_mentions_as_are_looked_at_take_no_time() -> None:
    rng = np.random.default_rng(0)
    units: dict[Any, Any] = {n: {who: int(rng.integers(3)) for who in "abc"} for n in range(20_000)}
    began = time.process_time()
    found = agreement(units)
    assert time.process_time() - began < 1
    assert found.value == pytest.approx(0, abs=0.01)


def test_lists_are_compared_kind_by_kind() -> None:
    labels: dict[Any, Any] = {n: {"ana": ["joy"], "ben": ["joy", "trust"] if n % 2 else []} for n in range(20)}
    assert agreement(binary(labels, "joy")).observed == 0.5
    assert agreement(binary(labels, "fear")).observed == 1.0


def test_a_file_names_its_bad_rows_with_their_lines() -> None:
    text = (
        "\ufeffmention,Sentiment,emotions,irony,intents,note\r\n"
        f'{MEN[0]},Negative,joy|trust,yes,none,"two\r\nlines"\r\n'
        f"{MEN[1]},,,,,\r\n"
        "\r\n"
        "men_x,positive\r\n"
        f"{MEN[2]},glad\r\n"
        f"{MEN[0]},positive\r\n"
        f"{MEN[3]},,joy|glee\r\n"
        f"{MEN[4]},positive,none\r\n"
    )
    read = read_rows(text.encode())
    assert [(row.line, row.mention, dict(row.labels)) for row in read.rows] == [
        (2, MEN[0], {"sentiment": "negative", "emotions": ["joy", "trust"], "irony": True, "intents": []}),
        (10, MEN[4], {"sentiment": "positive", "emotions": []}),
    ]
    assert [(row.line, row.code, row.field) for row in read.bad] == [
        (4, "no_label", ""),
        (6, "bad_id", "mention"),
        (7, "unknown_label", "sentiment"),
        (8, "repeated", "mention"),
        (9, "unknown_label", "emotions"),
    ]


def test_other_separators_are_told_by_the_header() -> None:
    for separator in ";\t":
        (row,) = read_rows(f"mention{separator}irony\n{MEN[0]}{separator}0\n".encode()).rows
        assert row.labels == {"irony": False}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00", "not_utf8"),
        (b"", "bad_header"),
        (b"mention,note\n", "bad_header"),
        (b"sentiment\n", "bad_header"),
        (b"mention,sentiment,sentiment\n", "bad_header"),
        (b"mention,sentiment\n" + b"x,y\n" * (MOST_ROWS + 1), "too_many_rows"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_rows(content)
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    whole = b"mention,sentiment,emotions\n" + content
    try:
        whole.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnreadableFile):
            read_rows(whole)
    else:
        assert all(row.labels for row in read_rows(whole).rows)
