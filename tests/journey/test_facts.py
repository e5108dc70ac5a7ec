"""What queries can ask of a post is the same when it comes and once it is stored, as far as redaction leaves it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from analytics.journey.facts import Named, facts_of_kept, facts_of_post
from analytics.journey.listen import storable
from analytics.journey.services import enrich
from analytics.listening.facts import Facts
from analytics.listening.services import create_query
from analytics.mentions import pages
from analytics.mentions.models import Mention
from analytics.sources.contracts import RawAuthor
from tests.cast import Cast
from tests.journey.heard import NOW, ORIGIN, hear_all, post, pseudonyms, some_posts

# What follows from a post being read, and the callable for its language.
_LATER = {"language", "sentiment", "emotions"}
HANDLES = frozenset({"jane_sample", "ben.sample", "cleo"})


@pytest.fixture
def everything(in_client: Cast) -> Cast:
    words = "rye OR bread OR bakery OR brot OR pain OR 東京 OR sample OR author:cleo OR site:forum.example"
    create_query(name="All", kind="topic", text=f"{words} OR author:jane_sample OR author:ben.sample")
    return in_client


def _said(facts: Facts) -> dict[str, Any]:
    return {field.name: getattr(facts, field.name) for field in fields(facts) if field.name not in _LATER}


def test_stored_mentions_answer_as_the_posts_did(everything: Cast) -> None:
    posts = {raw.external_id: storable(raw) for raw in some_posts(3, 150)}
    hear_all(everything, list(posts.values()))
    named = Named(pseudonyms(everything), HANDLES)
    ids = dict(Mention.objects.values_list("id", "external_id"))
    looked_at, differing = 0, 0
    for page in pages.newest(1_000):
        for row in page:
            came = facts_of_post(posts[ids[f"men_{row.id.hex}"]])
            came_said, kept_said = _said(came), _said(facts_of_kept(row, named))
            # Handles in the text are addressed too once they are not readable there any more.
            assert came_said.pop("addressed") <= kept_said.pop("addressed")
            # Of addresses that name somebody less is left, and never more.
            for name in ("sites", "links"):
                before, after = came_said.pop(name), kept_said.pop(name)
                assert after <= before
                differing += after != before
                assert not any("jane_sample" in key for key in after)
            assert came_said == kept_said
            looked_at += 1
    assert looked_at > 100
    assert differing > 10, "some addresses named somebody"


def test_the_language_is_the_one_that_reading_will_tell(everything: Cast) -> None:
    posts = some_posts(4, 120)
    hear_all(everything, posts)
    named = Named(pseudonyms(everything), HANDLES)
    before = {}
    for page in pages.newest(1_000):
        for row in page:
            assert facts_of_kept(row, named).sentiment is None
            told = facts_of_kept(row, named).language
            assert told is not None
            before[row.id] = told()
    while enrich(origin=ORIGIN, limit=50, now=NOW):
        pass
    for page in pages.newest(1_000):
        for row in page:
            facts = facts_of_kept(row, named)
            assert facts.language is not None
            assert (facts.language(), facts.sentiment is not None) == (before[row.id], True)
    assert len(set(before.values())) >= 3


def test_followers_are_those_of_the_time(everything: Cast) -> None:
    hear_all(everything, [post(1, "rye", author=RawAuthor("jane_sample", followers=10))])
    hear_all(everything, [post(2, "rye", author=RawAuthor("jane_sample", followers=9_000, verified=True))])
    ((second, first),) = pages.newest(10)
    named = Named(pseudonyms(everything), frozenset())
    assert [facts_of_kept(row, named).followers for row in (first, second)] == [10, 9_000]
    assert [facts_of_kept(row, named).verified for row in (first, second)] == [False, True]


def test_an_author_is_found_behind_the_pseudonym_and_nobody_else(everything: Cast) -> None:
    hear_all(everything, [post(1, "rye", author=RawAuthor("@Jane_Sample"))])
    ((row,),) = pages.newest(10)

    def authors(*handles: str) -> frozenset[str]:
        return facts_of_kept(row, Named(pseudonyms(everything), frozenset(handles))).authors

    assert authors("jane_sample", "cleo") == {"jane_sample"}
    assert authors("cleo") == authors() == frozenset()
    assert "jane" not in repr(row).lower()


@pytest.mark.parametrize(
    "hostile",
    ["\x00", "\ud800", "\u202e", "a" + "\u0301" * 5_000, "https://" + "a." * 5_000, "www." * 20_000, "@" * 10_000],
)
def test_hostile_posts_have_facts_too(everything: Cast, hostile: str) -> None:
    raw = post(1, f"rye {hostile}", url=hostile, region=hostile, city=hostile, author=RawAuthor(hostile))
    raw = storable(raw)
    facts_of_post(raw).keys()
    assert hear_all(everything, [raw]).stored == 1
    ((row,),) = pages.newest(10)
    facts_of_kept(row, Named(pseudonyms(everything), HANDLES)).keys()
