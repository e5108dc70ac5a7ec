"""What a row says, field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.sources.contracts import RawPost
from analytics.sources.extraction import find_handles, find_hashtags, reposted_handle, slug, strip_markup
from analytics.sources.files import FileConnector, FileProblem
from analytics.sources.files.values import (
    read_count,
    read_country,
    read_flag,
    read_language,
    read_rating,
    read_url,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def one(tmp_path: Path, mapping: dict[str, object] | None = None, **cells: str) -> RawPost:
    cells = {"text": "Fresh bread", "created_at": "2024-05-01 10:00", **cells}
    path = tmp_path / "posts.csv"
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in (cells.keys(), cells.values())]
    path.write_text("\n".join(quoted) + "\n")
    named: dict[str, object] = {name: name for name in cells}
    pages = list(FileConnector(path, now=NOW, mapping=named | (mapping or {})).pages())
    assert pages[0].bad_rows == ()
    return pages[0].posts[0]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({}, "post"),
        ({"kind": "Retweet"}, "repost"),
        ({"kind": "Quote Tweet"}, "quote"),
        ({"kind": "unheard of", "reply_to": "12"}, "reply"),
        ({"text": "RT @bakery_example: Fresh bread"}, "repost"),
        ({"text": "RT this if you like bread"}, "post"),
        ({"reply_to": "12"}, "reply"),
        ({"repost_of": "12"}, "repost"),
        ({"quote_of": "12"}, "quote"),
        ({"rating": "4/5"}, "review"),
        ({"kind": "comment", "reply_to": "12"}, "comment"),
    ],
)
def test_kind(tmp_path: Path, cells: dict[str, str], kind: str) -> None:
    assert one(tmp_path, **cells).kind == kind


def test_numbers_that_are_none_are_told_by_field_and_never_repeated(tmp_path: Path) -> None:
    header = "text,created_at,likes,views,followers,rating"
    rows = (
        "sound,2024-05-01 10:00,12,1.2K,,4/5",
        "empty,2024-05-01 10:01,-,n/a,NULL,",
        "none,2024-05-01 10:02,many,9,some,great",
        "huge,2024-05-01 10:03,1234567890123456,-5,3,500",
    )
    path = tmp_path / "posts.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    fields = ("likes", "views", "author_followers", "rating")
    named: dict[str, object] = dict(zip(fields, header.split(",")[2:], strict=True))
    (page,) = FileConnector(path, now=NOW, mapping=named).pages()
    assert ([post.text for post in page.posts], page.bad_rows) == (["sound", "empty", "none", "huge"], ())
    assert [(note.line, note.code, note.field) for note in page.notes] == [
        (4, "unreadable_number", "likes"),
        (5, "unreadable_number", "likes"),
    ]
    assert "likes, author_followers, rating;" in page.notes[0].reason
    assert "likes, views, rating;" in page.notes[1].reason
    assert not any(word in note.reason for note in page.notes for word in ("many", "great", "500", "1234"))


def test_all_fields(tmp_path: Path) -> None:
    post = one(
        tmp_path, external_id="77", source="X.com", author="@bakery_fan", author_name="Bakery Fan",
        author_url="https://example.com/fan", author_followers="1.2K", author_verified="TRUE",
        url="https://example.com/77", title="Praise", language="en-GB", country="Germany", region=" North  Rhine",
        city="Köln",
        hashtags="['bread', '#rolls']",
        mentions="@one, two", likes="1,234", reposts="12.0", replies="", views="3M", rating="4,5",
    )  # fmt: skip
    assert post.author is not None
    assert (post.author.handle, post.author.display_name) == ("bakery_fan", "Bakery Fan")
    assert (post.author.followers, post.author.verified, post.author.url) == (1200, True, "https://example.com/fan")
    assert (post.source, post.external_id, post.title, post.language, post.country) == (
        "twitter",
        "77",
        "Praise",
        "en",
        "DE",
    )
    assert (post.region, post.city) == ("North Rhine", "Köln")
    assert (post.hashtags, post.mentioned) == (("bread", "rolls"), ("one", "two"))
    metrics = post.metrics
    assert (metrics.likes, metrics.reposts, metrics.replies, metrics.views) == (1234, 12, 0, 3_000_000)
    assert (post.rating, post.url) == (4.5, "https://example.com/77")


def test_tags_and_handles_come_from_the_text_otherwise(tmp_path: Path) -> None:
    post = one(tmp_path, text="Lovely #bread by @Bakery_Example &amp; @two &lt;3 #2024 mail me@example.com")
    assert (post.hashtags, post.mentioned) == (("bread",), ("Bakery_Example", "two"))
    assert post.text.endswith("& @two <3 #2024 mail me@example.com")


def test_constants_stand_for_columns(tmp_path: Path) -> None:
    post = one(
        tmp_path, {"source": {"value": "Google Reviews"}, "language": {"value": "de"}, "kind": {"value": "review"},
                   "created_at": {"value": "24.02.2015 10:00"}},
    )  # fmt: skip
    assert (post.source, post.language, post.kind) == ("google", "de", "review")
    assert post.created_at == datetime(2015, 2, 24, 10, tzinfo=UTC)


def test_a_constant_time_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        one(tmp_path, {"created_at": {"value": "some day"}})
    assert (caught.value.code, caught.value.field) == ("unreadable_constant", "created_at")


def test_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        FileConnector(tmp_path / "x.csv", now=NOW, default_zone="Moon/Base")
    assert (caught.value.code, caught.value.field) == ("unknown_zone", "default_zone")


def test_date_and_time_in_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        "Datum;Uhrzeit;Beitrag\n24.02.2015;11:35;Gutes Brot heute\n25.02.2015;09:05;Schlechtes Brot heute\n"
    )
    posts = next(FileConnector(path, now=NOW, default_zone="Europe/Berlin").pages()).posts
    assert [p.created_at for p in posts] == [
        datetime(2015, 2, 24, 10, 35, tzinfo=UTC), datetime(2015, 2, 25, 8, 5, tzinfo=UTC),
    ]  # fmt: skip


def test_html_texts_become_plain(tmp_path: Path) -> None:
    post = one(tmp_path, text='<p>Fresh <a href="https://example.com">#bread</a><br>today</p>')
    assert (post.text, post.hashtags) == ("Fresh #bread\ntoday", ("bread",))


def test_the_title_stands_in_for_an_empty_text(tmp_path: Path) -> None:
    post = one(tmp_path, text="", title="Bread for sale")
    assert (post.text, post.title) == ("Bread for sale", "")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#Bread #bread #BREAD", ("Bread",)), ("#café_1 #123 #1a", ("café_1", "1a")), ("a#b &#39; /#x", ()),
        ("#हिन्दी #العربية #日本語 ＃全角", ("हिन्दी", "العربية", "日本語", "全角")), ("#", ()), ("#bread.", ("bread",)),
    ],
)  # fmt: skip
def test_hashtags(text: str, tags: tuple[str, ...]) -> None:
    assert find_hashtags(text) == tags


@pytest.mark.parametrize(
    ("text", "dotted", "handles"),
    [
        ("@one, (@two) @One", False, ("one", "two")),
        ("me@example.com @me@social.example", False, ("me@social.example",)),
        ("@one.Thanks @a.bsky.example!", False, ("one", "a")),
        ("@a.bsky.example! @one.Thanks", True, ("a.bsky.example", "one")),
        ("@@x @ y", False, ()),
    ],
)
def test_handles(text: str, dotted: bool, handles: tuple[str, ...]) -> None:
    assert find_handles(text, dotted=dotted) == handles


def test_reposted_handle() -> None:
    assert reposted_handle("RT @one: hello") == "one"
    assert reposted_handle("RT @one@social.example hello") == "one@social.example"
    assert reposted_handle("ART @one: hello") == reposted_handle("RT one") == ""


@pytest.mark.parametrize(
    ("cell", "count"),
    [("12", 12), ("1,234", 1234), ("1.234", 1234), ("1 234 567", 1234567), ("1.2K", 1200), ("3 M", 3_000_000),
     ("12.0", 12),
     ("1,5", 2), ("1.2万", 12000), ("١٢", 12), ("-4", None), ("many", None), ("", None), ("9" * 40, None),
     ("1000000000000", 10**12), ("1000000000001", None), ("1001B", None)],
)  # fmt: skip
def test_counts(cell: str, count: int | None) -> None:
    assert read_count(cell) == count


def test_other_cells() -> None:
    assert [read_rating(cell) for cell in ("4", "4,5", "4 out of 5", "★★★☆☆", "good", "-1", "500")] == [
        4.0, 4.5, 4.0, 3.0, None, None, None,
    ]  # fmt: skip
    assert [read_language(cell) for cell in ("en-US", "PT_br", "Deutsch", "und", "gibberish", "")] == [
        "en", "pt", "de", "", "", "",
    ]  # fmt: skip
    assert [read_country(cell) for cell in ("de", "UK", "Brasil", "D", "Atlantis")] == ["DE", "GB", "BR", "", ""]
    assert [read_flag(cell) for cell in ("True", "1", "ja", "no", "")] == [True, True, True, False, False]
    assert [read_url(cell) for cell in ("https://example.com/a", "javascript:alert(1)", "https://a b", "")] == [
        "https://example.com/a", "", "", "",
    ]  # fmt: skip
    assert [slug(name) for name in ("X", "Google Play!", '<a href="x">Twitter</a>', "???")] == [
        "twitter", "google-play", "twitter", "",
    ]  # fmt: skip


def test_markup_of_hostile_texts() -> None:
    assert (
        strip_markup("<script>alert(1)</script>a<style>b{}</style><!-- c -->d &lt;b&gt; 1 < 2 > 0")
        == "a d <b> 1 < 2 > 0"
    )
    assert strip_markup("<script>never closed") == ""
    assert strip_markup("a\0b\ud800c") == "ab?c"


@given(st.text(alphabet="<>!-/abscript =\"'&;#@\n", max_size=200))
def test_markup_never_fails(text: str) -> None:
    plain = strip_markup(text)
    assert "\0" not in plain
    find_handles(plain)
    find_hashtags(plain)
