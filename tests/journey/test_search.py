"""A search finds exactly the stored mentions that the reference matcher matches, whatever it asks for."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from analytics.journey.facts import Named, named_handles, readable_kept
from analytics.journey.search import Search, StoredLookups, read_search, search_for
from analytics.listening.document import read
from analytics.listening.query import Node, parse
from analytics.listening.residual import NO, YES, build
from analytics.listening.text import scan
from analytics.mentions.bounds import Condition, bounds
from analytics.mentions.contracts import NewAuthor
from analytics.mentions.models import Mention
from analytics.mentions.pages import newest
from analytics.mentions.selectors import MentionFilter, mentions
from analytics.privacy.protect import Protector
from kernel.ids import encode
from tests.cast import Cast
from tests.listening.query_trees import HANDLES, SITES, trees
from tests.listening.test_properties import SEAMS, WORDS
from tests.mentions.sample import NOON, mention, put

KEY = b"k" * 32
URLS = ("http://WWW.Acme.Example:80//x", "https://xn--acm-dma.example", "https://straße.example/a%20b")
LINKS = (
    "",
    "",
    " https://shop.example/a?b=1",
    " http://www.ACME.example ",
    " www.xn--acm-dma.example",
    " xhttp://Straße.example",
)
PEOPLE = Protector(KEY)


def _author(source: str, handle: str, **more: Any) -> NewAuthor:
    return NewAuthor(pseudonym=PEOPLE.pseudonym(source, handle), label=handle[:16], **more)


def _text(random: Random) -> str:
    pieces = [random.choice(WORDS if random.random() < 0.7 else SEAMS) for _ in range(random.randint(0, 9))]
    text = "".join(piece + random.choice((" ", "", " ")) for piece in pieces)
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _furnish(count: int = 90) -> None:
    random = Random(5)
    some = random.choice
    for number in range(count):
        source = some(("web", "stream"))
        told = some((None, None, ()))
        put(
            mention(
                str(number),
                source=source,
                author=some((None, _author(source, some(HANDLES), verified=some((True, False))))),
                title=some(("", "", _text(random).replace("\n", " "))),
                text=_text(random) + some(LINKS),
                url=some(("", f"https://{some(SITES)}/p/{number}", *URLS)),
                media=some(((), ({"type": some(("image", "link")), "url": f"https://{some(SITES)}/m", "alt": ""},))),
                country=some(("", "DE", "FR")), region=some(("", "Île-de-France")), city=some(("", "Köln", "koln")),
                has=some((told, ("image",), ("link", "video"))),
                sites=some((told, told, URLS)),
                links=some((told, told, (SITES[1], "acme.example/a"))),
                rating=some((None, 1.0, 5.0)), likes=some((0, 3)), kind=some(("post", "reply")),
                posted_at=NOON - timedelta(minutes=number // 3),
            )
        )  # fmt: skip
    for row in Mention.objects.all():
        row.addressed = some(([], [PEOPLE.pseudonym(row.source, some(HANDLES))]))
        row.followers, row.verified = some((None, 0, 2, 5)), some((None, True, False))
        if random.random() < 0.7:
            row.understood_at, row.language = NOON, some(("en", "ja", "und"))
            row.sentiment = some(("", "positive", "negative"))
            row.emotions = some((None, [], ["joy"], ["anger", "joy"]))
        row.save()


@pytest.fixture
def furnished(in_client: Cast) -> None:
    _furnish()


def _found(search: Search) -> set[str]:
    met = _met(search.condition)
    return met if search.check is None else search.check(sorted(met))


def _met(condition: Condition) -> set[str]:
    return {str(row.id) for row in mentions(MentionFilter(search=condition)).select_related(None).only("id")}


def _truths(node: Node) -> dict[str, int]:
    named, residual = Named(PEOPLE.pseudonym, named_handles([node])), build(node)
    truths = {}
    for page in newest(10_000):
        for post in page:
            readable = readable_kept(post, named)
            document = read(scan(readable.text), title_length=readable.title_length, facts=readable.facts)
            truths[encode("men", post.id)] = residual.truth(document)
    return truths


@pytest.mark.usefixtures("furnished")
def test_a_search_finds_exactly_what_the_query_matches() -> None:
    asked = {"exact": 0, "checked": 0, "found": 0}

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees)
    def compare(node: Node) -> None:
        truths = _truths(node)
        search = read_search(node, data_key=lambda: KEY)
        found = _found(search)
        assert found == {each for each, truth in truths.items() if truth == YES}
        asked["exact" if search.check is None else "checked"] += 1
        asked["found"] += len(found)
        # And of the bounds alone, since what is checked would hide one that lets everything through or leaves some out.
        lower = bounds(node, StoredLookups(lambda: KEY), handles=named_handles([node])).lower
        assert not any(truths[each] == NO for each in _met(lower))

    compare()
    assert min(asked.values()) > 20, asked


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize(
    "text",
    [
        "site:acme.example", "site:acmé.example", "site:strasse.example", "links:shop.example", "links:acme.example/a",
        "links:acmé.example", "links:strasse.example", "has:link", "NOT has:link", "has:image", "author:acme", "@cafe",
        "NOT @cafe", "@ac*", "city:köln", 'region:"ile de france"', "country:de", "lang:en", "NOT lang:ja",
        "sentiment:negative", "NOT sentiment:negative", "emotion:joy", "NOT emotion:(joy OR fear)",
        "rating:>=5", "followers:[1 TO 3]", "verified:true",
        "since:2026-03-02T11:45:00Z", "until:2026-03-02T11:45:00Z", "source:stream", "type:reply", "engagement:>2",
        "title:cafe", "{Cafe}", "cafe NEAR/4 acme", "ca?e", "東京",
    ],
)  # fmt: skip
def test_every_part_of_the_language_can_be_searched_for(text: str) -> None:
    node = parse(text, anchored=False)
    found = _found(search_for(text, data_key=lambda: KEY))
    assert found == {each for each, truth in _truths(node).items() if truth == YES}
    assert 0 < len(found) < Mention.objects.count()


@pytest.mark.usefixtures("furnished")
def test_no_key_is_asked_for_where_nobody_is_named() -> None:
    def refused() -> bytes:
        raise AssertionError("the client's key was asked for")

    assert search_for("rye OR lang:en", data_key=refused).check is not None
