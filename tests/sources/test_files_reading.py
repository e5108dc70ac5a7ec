"""From bytes to rows: encodings, dialects, line numbers, and what is wrong with single rows."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest

from analytics.sources.files import FileProblem
from tests.sources.files_cast import HEADER, bad_of, connect, gather, read, write


def test_reads_a_plain_file(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "1,ada,2024-05-01 10:00,Lovely bread today\n2,bo,2024-05-02 11:00,Too salty\n")
    posts, bad, notes = read(path, source_default="survey")
    assert [(p.external_id, p.text, p.created_at.day, p.source) for p in posts] == [
        ("1", "Lovely bread today", 1, "survey"),
        ("2", "Too salty", 2, "survey"),
    ]
    assert posts[0].author is not None
    assert posts[0].author.handle == "ada"
    assert (bad, notes) == ([], [])


def test_a_header_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER)
    pages = list(connect(path, mapping={"text": "text", "created_at": "created_at"}).pages())
    assert [(page.posts, page.done) for page in pages] == [((), True)]


def test_no_text_column(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, "id,created_at\n1,2024-05-01\n")).prepare()
    assert (caught.value.code, caught.value.field) == ("missing_column", "text")


def test_no_time_column(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, "id,text\n1,hello there\n")).prepare()
    assert (caught.value.code, caught.value.field) == ("missing_column", "created_at")


# Enough rows in each script for a detector to tell; all text invented.
SCRIPTS = {
    "cp1252": "Das Brötchen für die Oma war großartig, während der Kaffee leider kühl und fad schmeckte",
    "cp1251": "Хлеб сегодня был отличный, но кофе совсем остыл и продавец не поздоровался",
    "cp932": "今日のパンはとても美味しかったですが、コーヒーは冷めていました。また行きます",
    "gb18030": "今天的面包非常好吃，可是咖啡已经凉了，下次我们还会再来这家店",
    "utf-8": "Ekmek harikaydı ☕ ama çay soğuktu",
    "utf-8-sig": "Brötchen ☕",
    "utf-16": "Brötchen ☕ 🥐 パン",
}


@pytest.mark.parametrize("encoding", SCRIPTS)
def test_finds_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = SCRIPTS[encoding]
    rows = "".join(f'{n},ada,2024-05-01 10:{n:02},"{text} {n}"\n' for n in range(30))
    posts, bad, _ = read(write(tmp_path, (HEADER + rows).encode(encoding)))
    assert [p.text for p in posts] == [f"{text} {n}" for n in range(30)]
    assert bad == []


def test_bytes_that_do_not_decode_cost_their_row_only(tmp_path: Path) -> None:
    good = "".join(f"{n},ada,2024-05-01 10:{n:02},schöner Tag {n}\n" for n in range(10)).encode()
    content = HEADER.encode() + good + b"99,bo,2024-05-01 11:00,sch\xf6n\n" + "98,bo,2024-05-01 11:01,schön\n".encode()
    connector = connect(write(tmp_path, content))
    posts, bad, _ = gather(connector.pages())
    assert bad_of(bad) == [(12, "undecodable_bytes")]
    assert len(posts) == 11
    assert any(note.code == "undecodable_bytes" for note in connector.prepare().notes)


def test_nul_characters_are_taken_out_and_reported(tmp_path: Path) -> None:
    posts, bad, notes = read(write(tmp_path, HEADER + "1,ada,2024-05-01 10:00,he\0llo bread\n"))
    assert posts[0].text == "hello bread"
    assert (bad, [(n.line, n.code) for n in notes]) == ([], [(2, "nul_bytes")])


def test_quoted_newlines_keep_physical_line_numbers(tmp_path: Path) -> None:
    rows = '1,ada,2024-05-01 10:00,"two\nlines"\n2,bo,never,what\n\n3,cy,2024-05-01 10:00,"a\n\nb"\n4,di,,late\n'
    posts, bad, _ = read(write(tmp_path, HEADER + rows))
    assert [p.text for p in posts] == ["two\nlines", "a\n\nb"]
    assert bad_of(bad) == [(4, "unreadable_time"), (9, "missing_time")]


def test_rows_with_another_width_and_slipped_columns(tmp_path: Path) -> None:
    good = "".join(f"{n},ada,2024-05-01 10:{n:02},fresh bread {n}\n" for n in range(5))
    rows = (
        good
        + "7,ada,2024-05-01 10:00\n8,ada,2024-05-01 10:00,a,b\n9,ada,x,2024-05-01 10:00\n10,ada,2024-05-01 12:00, \n"
    )
    posts, bad, _ = read(write(tmp_path, HEADER + rows))
    assert len(posts) == 5
    assert bad_of(bad) == [
        (7, "wrong_column_count"), (8, "wrong_column_count"), (9, "slipped_columns"), (10, "empty_text"),
    ]  # fmt: skip


def test_trailing_empty_cells_are_no_extra_columns(tmp_path: Path) -> None:
    posts, bad, _ = read(write(tmp_path, HEADER + "1,ada,2024-05-01 10:00,bread,,\n2,bo,2024-05-01 10:00,rolls\n,,,\n"))
    assert (len(posts), bad) == (2, [])


def test_a_quote_that_is_never_closed_costs_its_own_row(tmp_path: Path) -> None:
    good = "".join(f"{n},ada,2024-05-01 10:{n % 60:02},fresh bread {n}\n" for n in range(2, 300))
    posts, bad, _ = read(write(tmp_path, HEADER + '1,ada,2024-05-01 10:00,"oops\n' + good))
    assert bad_of(bad) == [(2, "unclosed_quote")]
    assert [p.external_id for p in posts] == [str(n) for n in range(2, 300)]


def test_a_quote_closed_rows_later_costs_its_own_row(tmp_path: Path) -> None:
    good = [f"{n},ada,2024-05-01 10:{n:02},fresh bread {n}\n" for n in range(2, 40)]
    good[20] = '22,ada,2024-05-01 10:22,"fresh, bread"\n'
    posts, bad, _ = read(write(tmp_path, HEADER + '1,ada,2024-05-01 10:00,"oops\n' + "".join(good)))
    assert bad_of(bad) == [(2, "unclosed_quote")]
    assert len(posts) == 38


def test_quotes_opened_row_after_row_cost_those_rows_only(tmp_path: Path) -> None:
    rows = "".join(
        f'{n},ada,2024-05-01 10:{n:02},"open {n}\n' if n % 4 == 0 else f"{n},ada,2024-05-01 10:{n:02},bread {n}\n"
        for n in range(1, 50)
    )
    posts, bad, _ = read(write(tmp_path, HEADER + rows))
    assert [row.line for row in bad] == [n + 1 for n in range(1, 50) if n % 4 == 0]
    assert [p.external_id for p in posts] == [str(n) for n in range(1, 50) if n % 4]


def test_a_second_line_like_a_row_may_belong_to_a_text(tmp_path: Path) -> None:
    posts, bad, _ = read(write(tmp_path, HEADER + '1,ada,2024-05-01 10:00,"bread\none, two, three, four"\n'))
    assert ([p.text for p in posts], bad) == (["bread\none, two, three, four"], [])


def test_a_file_without_a_header_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, "1,ada,2024-05-01 10:00,bread\n2,bo,2024-05-02 10:00,rolls\n")).prepare()
    assert caught.value.code == "missing_header"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_huge_line_is_refused_in_bounded_memory(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.write((HEADER + "1,ada,2024-05-01 10:00,first bread\n2,bo,2024-05-01 10:00,").encode(encoding))
        chunk = ("x" * 1_000_000).encode(encoding)[2 if encoding == "utf-16" else 0 :]
        for _ in range(30):
            stream.write(chunk)
        stream.write("\n3,cy,2024-05-01 11:00,last bread\n".encode(encoding)[2 if encoding == "utf-16" else 0 :])
    tracemalloc.start()
    posts, bad, _ = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [p.text for p in posts] == ["first bread", "last bread"]
    assert bad_of(bad) == [(3, "row_too_long")]
    assert peak < 16_000_000


def test_one_endless_line_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        connect(write(tmp_path, b"x" * 3_000_000)).prepare()
    assert caught.value.code == "header_too_long"


def test_a_text_too_long_for_a_post(tmp_path: Path) -> None:
    posts, bad, _ = read(write(tmp_path, HEADER + "1,ada,2024-05-01 10:00," + "x" * 120_000 + "\n"))
    assert (posts, bad_of(bad)) == ([], [(2, "text_too_long")])
    posts, bad, _ = read(write(tmp_path, HEADER + "1,ada,2024-05-01 10:00," + "x" * 200_000 + "\n"))
    assert (posts, bad_of(bad)) == ([], [(2, "cell_too_long")])


def test_reasons_never_repeat_the_row(tmp_path: Path) -> None:
    rows = 'zq1,zqada,zqnever,zqtext\nzq2,zqbo\nzq3,zqcy,3024-05-01,zqtext\nzq4,"zqdi,2024,zqtext\n'
    _, bad, _ = read(write(tmp_path, HEADER + rows), mapping={"created_at": "created_at"})
    assert len(bad) == 4
    assert not any("zq" in row.reason for row in bad)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    rows = [["text", "date", "id"]] + [[f"Bread, rolls; tea {n}", f"2024-05-01 10:{n:02}", str(n)] for n in range(9)]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    connector = connect(write(tmp_path, buffer.getvalue()))
    assert connector.prepare().dialect.delimiter == delimiter
    assert [p.text for p in read(tmp_path / "posts.csv")[0]] == [row[0] for row in rows[1:]]


def test_excel_hint_preamble_and_old_mac_line_ends(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, "sep=;\nid;date;text\n1;2024-05-01;bread\n"))[0]) == 1
    brand = "Report:,Weekly\nFrom,2024\n\nQuery Name,Date,Full Text,Author\n" + "".join(
        f"Bakery,2024-05-0{n} 10:00:00.0,fresh bread {n},ada\n" for n in range(1, 8)
    )
    posts, bad, _ = read(write(tmp_path, brand))
    assert (len(posts), bad) == (7, [])
    posts, _, _ = read(write(tmp_path, "id,date,text\r1,2024-05-01,bread\r2,2024-05-02,rolls\r"))
    assert [p.text for p in posts] == ["bread", "rolls"]


def test_json_lines_with_nested_authors(tmp_path: Path) -> None:
    lines = [
        {"id": 570306133677760513, "created_at": "2024-05-01T10:00:00Z", "text": "Fresh #bread", "lang": "en",
         "author": {"username": "ada", "name": "Ada Example", "public_metrics": {"followers_count": 12}},
         "public_metrics": {"like_count": 3, "retweet_count": 2, "reply_count": 1, "impression_count": 90}},
        {"id": 570306133677760514, "created_at": "2024-05-01T10:01:00Z", "text": "bad \ud800 \u0000half",
         "author": {"username": "bo"}},
    ]  # fmt: skip
    content = "\n".join(json.dumps(line) for line in lines) + '\n\n{"id": 1, \n[1]\n"x"\n' + "[" * 5000 + "\n"
    connector = connect(write(tmp_path, content))
    posts, bad, notes = gather(connector.pages())
    first, second = posts
    assert (first.external_id, first.language, first.hashtags) == ("570306133677760513", "en", ("bread",))
    assert first.author is not None
    assert (first.author.handle, first.author.followers) == ("ada", 12)
    assert first.author.display_name == "Ada Example"
    assert (first.metrics.likes, first.metrics.reposts, first.metrics.replies, first.metrics.views) == (3, 2, 1, 90)
    assert second.text == "bad \ufffd half"
    assert bad_of(bad) == [(4, "not_json"), (5, "not_json"), (6, "not_json"), (7, "not_json")]
    assert [(n.line, n.code) for n in notes] == [(2, "nul_bytes")]


def test_keys_beyond_what_is_read_are_counted_and_told(tmp_path: Path) -> None:
    def line(number: int, **more: object) -> str:
        return json.dumps({"text": f"bread {number}", "created_at": "2024-05-01T10:00:00Z", **more})

    wide = line(0, **{f"k{number}": number for number in range(600)})
    connector = connect(write(tmp_path, f"{wide}\n{line(1)}\n"))
    assert [(note.code, note.message.split()[0]) for note in connector.prepare().notes] == [("keys_ignored", "102")]
    late = "\n".join([*(line(number) for number in range(1_000)), line(1_000, likes=3), line(1_001, likes=4)])
    connector = connect(write(tmp_path, late + "\n"))
    assert [(note.code, note.message.split()[0]) for note in connector.prepare().notes] == [("keys_ignored", "1")]
    assert len(gather(connector.pages())[0]) == 1_002


def test_a_file_whose_keys_are_all_read_has_nothing_to_tell(tmp_path: Path) -> None:
    content = '{"text": "bread", "created_at": "2024-05-01T10:00:00Z", "likes": 3}\n{"text": "rye"}\n'
    assert connect(write(tmp_path, content)).prepare().notes == ()
