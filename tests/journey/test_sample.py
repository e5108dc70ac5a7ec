"""What of a shared stream is kept to try queries on."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from random import Random

import pytest

from analytics.journey.sample import anonymous, sample_stream
from analytics.listening.samples.models import SampledPost
from analytics.sources.contracts import Media, RawAuthor, RawPost

NOON = datetime(2026, 3, 2, 12, 34, tzinfo=UTC)
ANA = RawAuthor("ana.rye", display_name="Ana Example", url="https://posts.example/@ana.rye", followers=12_345)


def raw(text: str, **more: object) -> RawPost:
    given: dict[str, object] = {"author": ANA, "url": "https://posts.example/@ana.rye/1", **more}
    return RawPost("stream", "at://did:plc:ana/1", text, NOON, **given)  # type: ignore[arg-type]


def kept(post: RawPost) -> str:
    shared = anonymous(post)
    assert shared is not None
    return " ".join(str(getattr(shared, field.name)) for field in fields(shared))


@pytest.mark.parametrize(
    "text",
    [
        "hello @ben.oats and @ana.rye",
        "I am Ana Example, write to ana@posts.example or +44 20 7946 0958",
        "see https://instagram.com/ben.oats and https://ana.rye.blog.example/ben.oats?u=ana.rye",
        "see blog.example/people/ben.oats/1",
        "my page www.blog.example/ben.oats",
        "ana.rye was here",
    ],
)
def test_nobody_can_be_told_from_what_is_kept(text: str) -> None:
    found = kept(raw(text, mentioned=("ben.oats",))).lower()
    for person in ("ana.rye", "ben.oats", "ana example", "ana@", "7946", "did:plc", "12345", "~"):
        assert person not in found


def test_what_a_query_asks_for_stays() -> None:
    shared = anonymous(
        raw(
            "Rye #bread at https://shop.juniper.example/item/7?x=1 and http://a.shop.co.uk/b",
            title="News",
            kind="reply",
            language="en-GB",
            country="gb",
            media=(Media("image", "https://pictures.example/1.png"),),
        )
    )
    assert shared is not None
    assert shared.text == "Rye #bread at https://juniper.example and http://shop.co.uk"
    assert (shared.title, shared.kind, shared.language, shared.country) == ("News", "reply", "en", "GB")
    assert (shared.site, shared.links) == ("posts.example", ("juniper.example", "shop.co.uk"))
    assert shared.has == ("image", "link")


@pytest.mark.parametrize(
    "text", ["", "\x00", "@" * 5_000, "www." * 100_000, "a." * 200_000, "\ud800", "é" + "\u0301" * 50_000]
)
def test_hostile_texts_do_no_harm(text: str) -> None:
    anonymous(raw(text, url="http://[", media=(Media("link", "http://[x"),)))


@pytest.mark.usefixtures("db")
def test_posts_of_a_stream_are_sampled() -> None:
    assert sample_stream([raw("rye"), raw("oats \x00 and \ud800")], now=NOON, random=Random(3)) == 2
    assert sorted(SampledPost.objects.values_list("text", flat=True)) == ["oats  and �", "rye"]
