"""Files that cannot be imported at all, and the reason that each is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.sources.files import FileProblem
from analytics.sources.files.dialect import name_columns
from tests.sources.files_cast import HEADER, connect, write


@pytest.mark.parametrize("content", [b"", b"   \n\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0" * 200_000])
def test_an_empty_file_says_so(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, content)).prepare()
    assert caught.value.code == "empty_file"


@pytest.mark.parametrize(
    "start",
    [b"PK\x03\x04rest", b"%PDF-1.7", b"\x1f\x8bxx", b"\xd0\xcf\x11\xe0xx", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0",
     b"id,text\n" + bytes(range(1, 256)) * 9],
)  # fmt: skip
def test_files_that_are_no_text_are_refused(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, start)).prepare()
    assert caught.value.code == "not_text"


def test_a_json_array_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, '[\n{"text": "a"}\n]')).prepare()
    assert caught.value.code == "json_array"


@pytest.mark.parametrize("content", ['{\n "id": 1,\n "text": "bread"\n}', '{"id": 1,}\n{"id": 2,}\n'])
def test_a_file_that_is_nearly_json_lines_says_so(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, content)).prepare()
    assert caught.value.code == "not_json_lines"


@pytest.mark.parametrize("names", ["a," * 50_000, ",".join(map(str, range(50_000))) + ","])
def test_a_table_far_too_wide_is_refused(tmp_path: Path, names: str) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, names + HEADER)).prepare()
    assert caught.value.code == "too_many_columns"


def test_a_long_file_without_a_readable_row_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, HEADER + "lost\n" * 10_001)).prepare()
    assert (caught.value.code, "10,001" in caught.value.reason) == ("no_readable_row", True)
    assert connect(write(tmp_path, HEADER + "lost\n" * 10_000)).prepare().rows == 10_000


def test_columns_of_one_name_are_told_apart() -> None:
    assert name_columns(["a", "a (2)", "a", " a ", ""]) == ("a", "a (2)", "a (3)", "a (4)", "column 5")
