"""Posts with much to ask of, heard and matched anew as a client does it, with its own pseudonyms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from analytics.insights.models import HourlyRollup
from analytics.insights.rollups import rebuild
from analytics.journey.facts import Pseudonym
from analytics.journey.listen import Ear
from analytics.journey.services import Taken, take
from analytics.listening.models import Query
from analytics.listening.selectors import listener
from analytics.mentions.models import MentionMatch
from analytics.privacy.protect import Protector
from analytics.sources.contracts import Media, Metrics, RawAuthor, RawPost
from tenants.datakeys import data_key
from tests.cast import Cast

NOW = datetime(2026, 3, 3, tzinfo=UTC)
ORIGIN = "imp_test"
TEXTS = (
    "I love the rye bread, it is wonderful and the staff are so kind",
    "Awful bread, cold and stale, I hate it and want my money back",
    "The bakery opens at nine",
    "Das Brot ist wunderbar, ich liebe diese Bäckerei und komme gerne wieder",
    "Le pain est délicieux, merci beaucoup à toute l'équipe de la boulangerie",
    "ask @jane_sample about the rye, or write to jane.sample@mail.example",
    "call +49 30 901820 for bread, says @ben.sample",
    "rye https://news.example/bread/2026?utm_source=x",
    "rye at https://instagram.com/jane_sample and www.shop.example",
    "rye rye bread #bread $RYE 東京のパン",
    "",
)
QUERIES = (
    "rye", "bread OR rye", "rye NOT bread", "rye sentiment:positive", "bread sentiment:negative OR rye",
    "(bread sentiment:negative) OR (rye sentiment:positive)", "bread NOT sentiment:positive",
    "(bread OR rye) lang:en", "(brot OR pain) NOT lang:de", "author:@jane_sample", "author:ben.sample bread",
    "@jane_sample", "bread -@jane_sample", "site:forum.example", "links:news.example/bread", "links:instagram.com",
    "links:shop.example OR #bread", "rye has:link", "bread followers:>1000", "(rye OR bread) followers:[10 TO 1k]",
    "bread country:de city:berlin", '(bread OR rye) region:"north rhine"', "bread verified:true", "rye type:review",
    "bread rating:>3", "rye engagement:>=5", "bread since:2026-03-02", "title:news rye", '"rye bread"~3',
    "{Bread} OR 東京", "jane", "mail", "sample NOT sentiment:neutral", "NOT sentiment:negative bread source:forum",
    "rye emotion:joy", "bread NOT emotion:(joy OR anger)", "(rye emotion:fear) OR (bread sentiment:positive)",
    "mail emotion:trust",
)  # fmt: skip


def pseudonyms(cast: Cast) -> Pseudonym:
    """The first client's way of storing handles."""
    return Protector(data_key(cast.client)).pseudonym


def post(number: int, text: str = TEXTS[0], **more: Any) -> RawPost:
    return RawPost(**{"source": "web", "external_id": f"p{number}", "text": text, "created_at": NOW, **more})


def some_posts(seed: int, count: int, *, first: int = 0) -> list[RawPost]:
    """Posts that differ in all that a query can ask."""
    random = Random(seed)
    some = random.choice
    made = []
    for number in range(first, first + count):
        text = " ".join(random.sample(TEXTS, some((1, 1, 2))))
        handle = some(("jane_sample", "Ben.Sample", "cleo", ""))
        author = RawAuthor(handle, followers=some((None, 3, 50, 5_000)), verified=some((True, False)))
        made.append(
            post(
                number,
                text,
                created_at=NOW - timedelta(hours=random.randint(0, 72)),
                source=some(("web", "forum")),
                author=some((None, author)) if handle else None,
                title=some(("", "", "News of bread", "Rye by @jane_sample")),
                url=some(("", f"https://forum.example/t/{number}", "https://social.example/@jane_sample/1")),
                kind=some(("post", "reply", "review")),
                mentioned=some(((), ("jane_sample",), ("Ben.Sample", "cleo"))),
                media=some(((), (Media("image", "https://cdn.example/1.jpg"),), (Media("link", "www.shop.example"),))),
                country=some(("", "DE", "FR")),
                region=some(("", "North Rhine")),
                city=some(("", "Berlin", "Köln")),
                rating=some((None, 2.0, 5.0)),
                metrics=Metrics(likes=random.randint(0, 9)),
                language=some(("", "en", "de")),
            )
        )
    return made


def hear_all(cast: Cast, posts: list[RawPost]) -> Taken:
    """Store what the client's queries match of some posts."""
    return take(posts=posts, origin=ORIGIN, ear=Ear(listener(), data_key(cast.client)), now=NOW)


def matches_of(query: Query) -> list[Any]:
    """All that is stored of what a query matches, but for its version."""
    rows = MentionMatch.objects.filter(query=query).order_by("mention_id")
    return list(rows.values_list("mention_id", "posted_at", "spans", "settled", "awaits"))


def rollups_of(query: Query) -> list[Any]:
    rows = HourlyRollup.objects.filter(query=query).order_by("hour", "source")
    names = ("mentions", "reach", "engagement", "negative", "neutral", "positive", "hidden")
    return list(rows.values_list("hour", "source", *names))


def check_rollups() -> None:
    """What was counted on the way is what counting anew gives."""
    for query in Query.objects.all():
        before = rollups_of(query)
        rebuild(query.id)
        assert rollups_of(query) == before
