"""What holds for any file: what was written is read back, and reading goes on where it stopped."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.sources.files import FileProblem, Plan
from tests.sources.files_cast import HEADER, connect, gather, write

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


def lines_of(text: str) -> int:
    return text.count("\n")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(CELL.filter(lambda cell: bool(cell.strip())), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]),
    batch_size=st.integers(1, 5),
)
def test_what_csv_writes_is_read_back(
    tmp_path: Path, texts: list[str], delimiter: str, ending: str, quoting: int, encoding: str, batch_size: int
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=ending, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["post_id", "created_at", "text"])
    expected = []
    for number, text in enumerate(texts):
        expected.append((f"n{number}", text.strip(), lines_of(buffer.getvalue()) + 1))
        writer.writerow([f"n{number}", "2024-05-01 10:00" if number % 3 != 2 else "never", text])
    path = tmp_path / "posts.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    mapping = {"text": "text", "created_at": "created_at", "external_id": "post_id"}
    override = {"encoding": encoding} if encoding == "utf-16-le" else {}
    connector = connect(path, mapping=mapping, batch_size=batch_size, **override)
    assert connector.prepare().columns == ("post_id", "created_at", "text")
    posts, bad, _ = gather(connector.pages())
    good = [row for number, row in enumerate(expected) if number % 3 != 2]
    assert [p.external_id for p in posts] == [name for name, _, _ in good]
    if not any("&" in text for text in texts):  # entities are decoded
        assert [p.text for p in posts] == [text for _, text, _ in good]
    assert [row.line for row in bad] == [line for number, (_, _, line) in enumerate(expected) if number % 3 == 2]


ROWS = st.lists(
    st.sampled_from(
        ["{n},ada,2024-05-01 10:00,bread {n}\n", '{n},bo,2024-05-01,"two\nlines {n}"\r\n', "{n},cy,never,x\n", "\n",
         "1,ada,2024-05-01 10:00,bread 1\n", "{n},short\n", "{n},di,2024-05-02,\0nul {n}\n",
         '{n},ed,2024-05-02,"open {n}\n']
    ),
    max_size=20,
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, batch_size=st.integers(1, 7), data=st.data())
def test_resuming_from_any_cursor_continues_the_same_run(
    tmp_path: Path, rows: list[str], batch_size: int, data: st.DataObject
) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(HEADER + "".join(row.format(n=n) for n, row in enumerate(rows, 1)), newline="")
    connector = connect(path, batch_size=batch_size, mapping=MAP)
    whole = list(connector.pages())
    stop = data.draw(st.integers(0, len(whole) - 1))
    stored = json.loads(json.dumps({"plan": connector.prepare().to_json(), "cursor": whole[stop].cursor}))
    resumed = connect(path, batch_size=batch_size, plan=Plan.from_json(stored["plan"]))
    rest = list(resumed.pages(stored["cursor"]))
    if whole[stop].done:
        assert gather(rest) == ([], [], [])
    else:
        assert rest == whole[stop + 1 :]
    assert sum(page.done for page in whole) == 1
    assert whole[-1].done
    posts, bad, notes = gather(whole)
    duplicates = sum(note.code == "duplicate" for note in notes)
    assert len(posts) + len(bad) + duplicates == connector.prepare().rows


MAP = {"text": "text", "created_at": "created_at", "author": "author", "external_id": "id"}


def test_a_changed_file_and_a_strange_cursor_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "1,ada,2024-05-01 10:00,bread\n")
    plan = connect(path).prepare()
    for cursor in ({}, {"offset": "5", "line": 1}, {"offset": -1, "line": 1}, {"offset": 10**9, "line": 1}):
        with pytest.raises(FileProblem) as caught:
            list(connect(path, plan=plan).pages(cursor))
        assert caught.value.code == "invalid_cursor"
    path.write_text(HEADER)
    with pytest.raises(FileProblem) as caught:
        list(connect(path, plan=plan).pages())
    assert caught.value.code == "file_changed"


def test_a_plan_of_another_version_is_refused(tmp_path: Path) -> None:
    plan = connect(write(tmp_path, HEADER + "1,ada,2024-05-01 10:00,bread\n")).prepare().to_json()
    for broken in ({}, {**plan, "version": 0}, {"version": plan["version"]}, {**plan, "encoding": 5}):
        with pytest.raises(FileProblem) as caught:
            Plan.from_json(broken)
        assert caught.value.code == "invalid_plan"
