"""Which column is which, and what the user may say about it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analytics.sources.files.columns import FIELDS, NAME_SCORES, normalise_name
from analytics.sources.files.guessing import guess_mapping
from analytics.sources.files.mapping import decide_mapping
from analytics.sources.problems import FileProblem

NOW = datetime(2026, 11, 20, tzinfo=UTC)

# What each kind of cell looks like; rows differ by number.
CELLS = {
    "text": "The bread at the corner bakery was lovely today, thank you {n}",
    "date": "2024-05-{n:02} 10:00",
    "id": "57030613367776{n:04}",
    "name": "reader{n}",
    "url": "https://example.com/p/{n}",
    "count": "{n}",
    "lang": "en",
    "word": "positive",
    "stars": "4",
    "country": "DE",
    "flag": "true",
    "clock": "10:{n:02}",
    "source": "Mastodon",
}

EXPORTS = {
    "brandwatch": (
        {"Query Id": "count", "Query Name": "word", "Date": "date", "Title": "text", "Snippet": "text", "Url": "url",
         "Domain": "word", "Sentiment": "word", "Language": "lang", "Country Code": "country", "Author": "name",
         "Full Name": "name", "Full Text": "text", "Twitter Followers": "count", "Twitter Retweets": "count",
         "Twitter Reply Count": "count", "Impressions": "count", "Page Type": "source"},
        {"text": "Full Text", "created_at": "Date", "url": "Url", "language": "Language", "country": "Country Code",
         "author": "Author", "author_name": "Full Name", "author_followers": "Twitter Followers",
         "reposts": "Twitter Retweets", "replies": "Twitter Reply Count", "views": "Impressions", "title": "Title"},
    ),
    "talkwalker": (
        {"published": "date", "title": "text", "content": "text", "url": "url", "lang": "lang", "source_type": "source",
         "extra_author_attributes.name": "name", "sentiment": "count"},
        {"text": "content", "created_at": "published", "title": "title", "url": "url", "language": "lang",
         "source": "source_type", "author": "extra_author_attributes.name"},
    ),
    "sprout": (
        {"Timestamp (ET)": "date", "Network": "source", "Message ID": "id", "Message": "text", "Message URL": "url",
         "Profile": "name", "Likes": "count", "Shares": "count", "Comments": "count", "Message Type": "word"},
        {"text": "Message", "created_at": "Timestamp (ET)", "source": "Network", "external_id": "Message ID",
         "url": "Message URL", "author": "Profile", "likes": "Likes", "reposts": "Shares", "replies": "Comments"},
    ),
    "twitter": (
        {"id_str": "id", "created_at": "date", "full_text": "text", "user.screen_name": "name", "user.name": "name",
         "user.followers_count": "count", "user.verified": "flag", "favorite_count": "count", "retweet_count": "count",
         "lang": "lang", "in_reply_to_status_id_str": "id"},
        {"text": "full_text", "created_at": "created_at", "external_id": "id_str", "author": "user.screen_name",
         "author_name": "user.name", "author_followers": "user.followers_count", "author_verified": "user.verified",
         "likes": "favorite_count", "reposts": "retweet_count", "language": "lang",
         "reply_to": "in_reply_to_status_id_str"},
    ),
    "twitter v2": (
        {"id": "id", "text": "text", "createdAt": "date", "author.username": "name",
         "publicMetrics.likeCount": "count", "publicMetrics.retweetCount": "count",
         "publicMetrics.replyCount": "count", "publicMetrics.impressionCount": "count"},
        {"text": "text", "external_id": "id", "created_at": "createdAt", "author": "author.username",
         "likes": "publicMetrics.likeCount", "reposts": "publicMetrics.retweetCount",
         "replies": "publicMetrics.replyCount", "views": "publicMetrics.impressionCount"},
    ),
    "mastodon": (
        {"id": "id", "created_at": "date", "in_reply_to_id": "id", "language": "lang", "uri": "url", "url": "url",
         "content": "text", "account.acct": "name", "account.display_name": "name", "account.followers_count": "count",
         "reblogs_count": "count", "favourites_count": "count", "replies_count": "count"},
        {"text": "content", "created_at": "created_at", "author": "account.acct", "url": "url",
         "author_name": "account.display_name", "reposts": "reblogs_count", "likes": "favourites_count",
         "replies": "replies_count", "reply_to": "in_reply_to_id"},
    ),
    "reddit": (
        {"name": "id", "author": "name", "title": "text", "selftext": "text", "created_utc": "date", "score": "count",
         "num_comments": "count", "permalink": "url"},
        {"text": "selftext", "title": "title", "author": "author", "created_at": "created_utc", "likes": "score",
         "replies": "num_comments", "url": "permalink"},
    ),
    "trustpilot": (
        {"Review Id": "id", "Review Created (UTC)": "date", "Review Title": "text", "Review Content": "text",
         "Review Stars": "stars", "Review Username": "name", "Review Language": "lang"},
        {"text": "Review Content", "title": "Review Title", "external_id": "Review Id", "rating": "Review Stars",
         "created_at": "Review Created (UTC)", "author": "Review Username", "language": "Review Language"},
    ),
    "german": (
        {"Datum": "date", "Uhrzeit": "clock", "Verfasser": "name", "Beitrag": "text", "Quelle": "source",
         "Sterne": "stars"},
        {"text": "Beitrag", "created_at": "Datum", "time_of_day": "Uhrzeit", "author": "Verfasser", "source": "Quelle",
         "rating": "Sterne"},
    ),
    "russian": (
        {"Дата": "date", "Автор": "name", "Текст": "text", "Лайки": "count"},
        {"text": "Текст", "created_at": "Дата", "author": "Автор", "likes": "Лайки"},
    ),
    "japanese": (
        {"投稿日時": "date", "投稿者": "name", "本文": "text", "いいね": "count"},
        {"text": "本文", "created_at": "投稿日時", "author": "投稿者", "likes": "いいね"},
    ),
    "arabic": (
        {"التاريخ": "date", "المؤلف": "name", "النص": "text"},
        {"text": "النص", "created_at": "التاريخ", "author": "المؤلف"},
    ),
    "nameless": ({"a": "count", "b": "date", "c": "text"}, {"created_at": "b", "text": "c"}),
}  # fmt: skip


def table(kinds: dict[str, str]) -> tuple[list[str], list[list[str]]]:
    return list(kinds), [[CELLS[kind].format(n=n) for kind in kinds.values()] for n in range(1, 29)]


@pytest.mark.parametrize("export", EXPORTS)
def test_guesses_the_columns_of_known_exports(export: str) -> None:
    kinds, expected = EXPORTS[export]
    guesses = guess_mapping(*table(kinds), now=NOW)
    found = {field: guess.column for field, guess in guesses.items()}
    assert {field: found.get(field) for field in expected} == expected
    assert all(0 < guess.confidence <= 1 and guess.why for guess in guesses.values())
    assert len(set(found.values())) == len(found)


def test_values_refuse_what_a_name_promises() -> None:
    columns, rows = table({"likes": "text", "date": "word", "when it was": "date", "rating": "word", "text": "text"})
    found = {field: guess.column for field, guess in guess_mapping(columns, rows, now=NOW).items()}
    assert found["created_at"] == "when it was"
    assert "likes" not in found
    assert "rating" not in found


def test_every_known_name_is_spelled_as_names_are_normalised() -> None:
    assert all(normalise_name(name) == name for name in NAME_SCORES)
    assert {field for scores in NAME_SCORES.values() for field in scores} == set(FIELDS)


GUESSES = guess_mapping(*table({"id": "id", "text": "text", "date": "date", "lang": "lang", "other": "word"}), now=NOW)
COLUMNS = ["id", "text", "date", "lang", "other"]


def test_the_user_overrides_guesses() -> None:
    mapping = decide_mapping(
        COLUMNS, GUESSES, {"language": None, "author": "other", "title": "lang", "source": {"value": "twitter"}}
    )
    assert mapping.columns == {
        "text": "text", "created_at": "date", "external_id": "id", "author": "other", "title": "lang",
    }  # fmt: skip
    assert mapping.constants == {"source": "twitter"}
    assert {guess.field for guess in mapping.guesses} == {"text", "created_at", "external_id"}


@pytest.mark.parametrize(
    ("override", "code", "field"),
    [
        ({"txt": "text"}, "unknown_field", "txt"),
        ({"author": "nobody"}, "unknown_column", "author"),
        ({"author": 5}, "invalid_mapping", "author"),
        ({"author": {"column": "other"}}, "invalid_mapping", "author"),
        ({"source": {"value": " "}}, "invalid_mapping", "source"),
        ({"source": {"value": "x" * 300}}, "invalid_mapping", "source"),
        ({"source": {"value": 5}}, "invalid_mapping", "source"),
        ({"text": {"value": "same"}}, "invalid_mapping", "text"),
        ({"external_id": {"value": "same"}}, "invalid_mapping", "external_id"),
        ({"author": {"value": "somebody"}}, "invalid_mapping", "author"),
        ({"text": None}, "missing_column", "text"),
        ({"created_at": None}, "missing_column", "created_at"),
    ],
)
def test_wrong_mappings_are_refused_by_field(override: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(FileProblem) as caught:
        decide_mapping(COLUMNS, GUESSES, override)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert field in caught.value.reason or code == "missing_column"
