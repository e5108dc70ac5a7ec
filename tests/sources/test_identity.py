"""Does an id column identify, and is no post swallowed when it does not?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.sources.contracts import RawPost
from analytics.sources.files import FileConnector, Plan

NOW = datetime(2026, 11, 20, tzinfo=UTC)
HEADER = "id,author,created_at,text,note\n"


def load(
    tmp_path: Path, rows: list[str], header: str = HEADER, **options: object
) -> tuple[Plan, list[RawPost], list[int]]:
    path = tmp_path / "posts.csv"
    path.write_text(header + "\n".join(rows) + "\n")
    connector = FileConnector(path, now=NOW, **options)  # type: ignore[arg-type]
    pages = list(connector.pages())
    assert [bad for page in pages for bad in page.bad_rows] == []
    posts = [post for page in pages for post in page.posts]
    notes = [note.line for page in pages for note in page.notes if note.code == "duplicate"]
    return connector.prepare(), posts, notes


def row(n: int, identifier: str, note: str = "") -> str:
    return f"{identifier},reader{n},2024-05-01 10:{n:02}:00,Bread number {n},{note}"


def test_good_ids_are_kept(tmp_path: Path) -> None:
    plan, posts, _ = load(tmp_path, [row(n, f"5703061336777605{n:02}") for n in range(1, 40)])
    assert plan.identity.usable
    assert [p.external_id for p in posts] == [f"5703061336777605{n:02}" for n in range(1, 40)]


@pytest.mark.parametrize(
    "spell",
    [lambda n: f"5703061336777{n // 4:02}000", lambda _: "5.70306E+17", lambda n: f"5.703061336777{n:02}e+17",
     lambda n: f"{n % 5}", lambda n: "" if n % 3 else f"{n}"],
    ids=["rounded", "scientific", "float", "repeating", "mostly missing"],
)  # fmt: skip
def test_ids_that_do_not_identify_swallow_nothing(tmp_path: Path, spell: object) -> None:
    plan, posts, notes = load(tmp_path, [row(n, spell(n)) for n in range(1, 40)])  # type: ignore[operator]
    assert not plan.identity.usable
    assert plan.identity.reason
    assert any(note.code == "ids_unusable" for note in plan.notes)
    assert len({p.external_id for p in posts}) == 39
    assert notes == []
    assert all(len(p.external_id) == 32 for p in posts)


def test_a_few_conflicting_rows_get_ids_of_their_own(tmp_path: Path) -> None:
    rows = [f"i{n},reader{n},2024-05-01 10:00:00,Bread number {n}," for n in range(300)]
    plan, posts, _ = load(tmp_path, [*rows, "i5,bo,2024-05-01 11:00:00,Other bread,"])
    assert plan.identity.usable
    assert plan.identity.conflicts == 1
    assert plan.identity.rekeyed == (302,)
    assert len({p.external_id for p in posts}) == 301
    assert [p.external_id for p in posts][:300] == [f"i{n}" for n in range(300)]


def test_a_second_import_gives_the_same_ids(tmp_path: Path) -> None:
    rows = [row(n, "5.7E+17") for n in range(1, 30)]
    _, first, _ = load(tmp_path, rows)
    _, second, _ = load(tmp_path, rows[::-1])
    assert sorted(p.external_id for p in first) == sorted(p.external_id for p in second)


def test_repeated_rows_collapse_and_are_told_apart(tmp_path: Path) -> None:
    rows = [row(1, "5.7E+17"), row(2, "5.7E+17"), row(1, "5.7E+17"), row(2, "5.7E+17", "seen twice"), row(2, "5.7E+17")]
    plan, posts, notes = load(tmp_path, rows)
    assert (plan.identity.exact_duplicates, plan.identity.same_post) == (2, 1)
    assert len(posts) == 2
    assert notes == [4, 5, 6]
    assert {note.code for note in plan.notes} >= {"exact_duplicates", "same_post"}


def test_repeats_of_a_usable_id_collapse_too(tmp_path: Path) -> None:
    plan, posts, notes = load(tmp_path, [row(1, "a"), row(2, "b"), row(1, "a", "again"), row(1, "a")])
    assert plan.identity.usable
    assert (plan.identity.exact_duplicates, plan.identity.same_post) == (1, 1)
    assert [p.external_id for p in posts] == ["a", "b"]
    assert notes == [4, 5]


def test_anonymous_rows_differ_by_any_column(tmp_path: Path) -> None:
    rows = ["2024-05-01,Great!,5", "2024-05-01,Great!,4", "2024-05-01,Great!,5"]
    _, posts, notes = load(tmp_path, rows, header="date,text,rating\n")
    assert len({p.external_id for p in posts}) == 2
    assert notes == [4]


def test_answers_without_author_and_time_are_all_kept(tmp_path: Path) -> None:
    constant = {"created_at": {"value": "2024-05-01"}, "text": "answer"}
    rows = ["Great!", "Great!", "Fine", "Great!"]
    plan, posts, notes = load(tmp_path, rows, header="answer\n", mapping=constant)
    assert plan.identity.fallback == "numbered_row"
    assert len({p.external_id for p in posts}) == 4
    assert notes == []
    resumed = Plan.from_json(json.loads(json.dumps(plan.to_json())))
    again = FileConnector(tmp_path / "posts.csv", now=NOW, plan=resumed, batch_size=3)
    assert [p for page in again.pages() for p in page.posts] == posts


def test_derived_ids_do_not_contain_the_author(tmp_path: Path) -> None:
    _, posts, _ = load(tmp_path, [row(n, "5.7E+17") for n in range(1, 5)])
    assert not any("reader" in p.external_id for p in posts)


def test_spreadsheet_floats_lose_their_fraction(tmp_path: Path) -> None:
    _, posts, _ = load(tmp_path, [row(n, f"{n}.0") for n in range(1, 5)])
    assert [p.external_id for p in posts] == ["1", "2", "3", "4"]
