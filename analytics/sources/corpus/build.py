"""Puts the corpus together: draws how many posts each day sees, then walks through them in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from analytics.sources.contracts import PostKind
from analytics.sources.corpus import volumes
from analytics.sources.corpus.cast import AGENCY, COFFEE
from analytics.sources.corpus.compose import Order, Writer, speakers
from analytics.sources.corpus.drafts import Draft
from analytics.sources.corpus.export import finish
from analytics.sources.corpus.people import Author, People, crowd
from analytics.sources.corpus.planted import Planted, plant
from analytics.sources.corpus.posts import Corpus, CorpusTruth, PostTruth, Sentiment
from analytics.sources.corpus.threads import Board, Standing
from analytics.sources.corpus.volumes import Stream

PLANTED_SHARE = 0.026
_TONES: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
_HOURS = (1, 1, 0.5, 0.3, 0.3, 0.8, 2, 4, 6, 7, 7, 6, 7, 7, 6, 6, 6, 7, 8, 9, 9, 8, 5, 2.5)
_KINDS: tuple[tuple[PostKind, ...], tuple[float, ...]] = (
    ("post", "reply", "repost", "quote"),
    (0.52, 0.25, 0.15, 0.08),
)
_SOURCES = (("mastodon", "bluesky", "instagram"), (0.4, 0.35, 0.25))
_REVIEWED = 0.22


def build(seed: int, posts: int, days: int, last_day: date) -> Corpus:
    """A corpus of about `posts` posts (a Poisson number with that mean) over `days` local days up to `last_day`.

    The same arguments give the same corpus, byte for byte. Raises ValueError unless posts >= 1 and days >= 1.
    """
    if posts < 1 or days < 1:
        raise ValueError("posts and days must be at least 1")
    first_day = last_day - timedelta(days=days - 1)
    all_streams = volumes.streams()
    table = volumes.means(all_streams, posts, first_day, days)
    people = crowd(posts, _dice(seed, "people"))
    clock = _dice(seed, "clock")
    moments = sorted(
        (
            moment
            for number, (stream, row) in enumerate(zip(all_streams, table, strict=True))
            for k, mean in enumerate(row)
            for moment in _moments(stream, number, first_day + timedelta(days=k), mean, clock)
        ),
        key=lambda moment: moment[:2],
    )
    scribe = _Scribe(people, seed)
    for at, number, day in moments:
        scribe.add(all_streams[number], day, at)
    rows = finish(scribe.drafts, _dice(seed, "metrics"))
    return Corpus(
        posts=rows,
        truth=CorpusTruth(
            posts=tuple(_truths(scribe.drafts, [row.id for row in rows])),
            first_day=first_day,
            last_day=last_day,
            daily_means=volumes.query_means(all_streams, table),
            incident_client=COFFEE.slug,
            incident_days=volumes.incident_days(first_day, days),
            influencers=people.influencers,
            communities=people.communities,
            competitors={client.slug: client.names("competitor") for client in AGENCY.clients},
        ),
    )


def _dice(seed: int, purpose: str) -> Random:
    """A source of draws of its own for each purpose, so that a change to one leaves the others alone."""
    return Random(f"{seed}:{purpose}")  # noqa: S311 - reproducible on purpose, nothing secret


def _moments(stream: Stream, number: int, day: date, mean: float, rng: Random) -> Iterator[tuple[datetime, int, date]]:
    zone = ZoneInfo(stream.client.time_zone)
    for _ in range(volumes.poisson(mean, rng)):
        (hour,) = rng.choices(range(24), _HOURS)
        local = datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=zone)
        yield local.astimezone(UTC), number, day


class _Scribe:
    """Writes draft after draft in order of time."""

    def __init__(self, people: People, seed: int) -> None:
        self.drafts: list[Draft] = []
        self._people = people
        self._rng = _dice(seed, "posts")
        self._writer = Writer(_dice(seed, "texts"))
        self._board = Board(_dice(seed, "threads"))
        self._planted = 0

    def add(self, stream: Stream, day: date, at: datetime) -> None:
        (kind,) = self._rng.choices(*_KINDS)
        if stream.scene == "official":
            kind = "post"
        scene = stream.scene
        if scene == "noise":
            (scene,) = self._rng.choices(("noise", "trap", "context"), (0.52, 0.08, 0.40))
            kind = "reply" if scene == "context" else "post"
        target = self._target(stream, scene, kind, at)
        if target is None:
            kind, scene = "post", "noise" if scene == "context" else scene
        draft = (
            self._repost(stream, day, at, target)
            if kind == "repost" and target is not None
            else self._written(stream, scene, kind, day, at, target)
        )
        self.drafts.append(draft)
        if draft.kind != "repost" and draft.source != "reviews" and draft.concerns:
            standing = Standing(
                index=len(self.drafts) - 1,
                at=at,
                author=draft.author,
                language=draft.language,
                source=draft.source,
                pull=draft.author.pull,
            )
            self._board.pin(("about", draft.concerns[0]), standing)
            if draft.source != "instagram":  # which has no reposts and quotes
                self._board.pin(("open about", draft.concerns[0]), standing)
                self._board.pin(("same", draft.scene == "versus", frozenset(draft.concerns)), standing)

    def _target(self, stream: Stream, scene: str, kind: PostKind, at: datetime) -> Standing | None:
        if kind == "post":
            return None
        if kind == "repost":
            found = self._board.pick(("same", scene == "versus", frozenset(stream.concerns)), at)
        else:
            subject = stream.client.name if scene == "context" else stream.concerns[0]
            found = self._board.pick(("about" if kind == "reply" else "open about", subject), at)
        if found is not None:
            found.responses += 1
        return found

    def _repost(self, stream: Stream, day: date, at: datetime, target: Standing) -> Draft:
        origin = self.drafts[target.index]
        return Draft(
            stream=stream,
            day=day,
            at=at,
            author=self._responder(stream, origin.language, target),
            source=origin.source,
            kind="repost",
            scene=origin.scene,
            language=origin.language,
            sentiment=origin.sentiment,
            text=origin.text,
            concerns=origin.concerns,
            toward=origin.toward,
            sarcastic=origin.sarcastic,
            planted=origin.planted,
            repost_of=target.index,
        )

    def _written(
        self, stream: Stream, scene: str, kind: PostKind, day: date, at: datetime, target: Standing | None
    ) -> Draft:
        rng, client = self._rng, stream.client
        sentiment, section, sarcastic = self._section(stream, scene, kind)
        language = self._language(stream, scene, section, target)
        (source,) = rng.choices(*_SOURCES) if target is None else (target.source,)
        if scene == "brand" and kind == "post" and rng.random() < _REVIEWED:
            source, kind = "reviews", "review"
        if scene == "official":
            author = self._people.officials[client.slug]
        elif target is not None:
            author = self._responder(stream, language, target)
        else:
            author = self._people.pools[client.book, language, -2].draw(rng)
        planted: tuple[Planted, ...] = ()
        if scene not in ("official", "trap", "noise") and rng.random() < PLANTED_SHARE:
            planted = (plant(self._planted, rng),)
            self._planted += 1
        # Greeting the brand's own account would name the brand.
        greeted = target is not None and kind == "reply" and rng.random() < 0.5
        if greeted and target is not None and target.author.handle == self._people.officials[client.slug].handle:
            greeted = client.name in stream.concerns
        text = self._writer.write(
            Order(
                client=client,
                language=language,
                section=section,
                sentiment=sentiment,
                names=tuple(name for name in stream.concerns if name not in client.names("topic")),
                greet=target.author.handle if greeted and target is not None else "",
                plain=source == "reviews",
                sarcastic=sarcastic,
                planted=planted[0] if planted else None,
            )
        )
        return Draft(
            stream=stream,
            day=day,
            at=at,
            author=author,
            source=source,
            kind="comment" if kind == "reply" and source == "instagram" else kind,
            scene=scene,
            language=language,
            sentiment=sentiment,
            text=text,
            concerns=stream.concerns,
            toward=_toward(stream, sentiment),
            sarcastic=sarcastic,
            planted=planted,
            reply_to=target.index if target is not None and kind == "reply" else -1,
            quote_of=target.index if target is not None and kind == "quote" else -1,
        )

    def _section(self, stream: Stream, scene: str, kind: PostKind) -> tuple[Sentiment, str, bool]:
        """The tone, the phrase section and whether it is sarcasm."""
        rng = self._rng
        if scene == "incident":
            return "negative", "incident", False
        if scene == "versus":
            return "positive", "versus", False
        if scene == "official":
            return "neutral", "official", False
        if scene == "trap":
            return "neutral", f"trap_{stream.client.book}", False
        (tone,) = rng.choices(_TONES, volumes.TONES[stream.concerns[0] if scene == "brand" else stream.client.name])
        if scene == "blend":
            tone = "positive" if tone != "negative" else tone
        if scene != "brand":
            return tone, f"{scene}.{tone}", False
        if kind in ("reply", "quote") and rng.random() < 0.85:
            return tone, f"reply.{tone}", False
        if tone == "negative":
            sarcastic = rng.random() < 0.2
            return tone, "sarcasm" if sarcastic else "complaint", sarcastic
        if tone == "neutral":
            return tone, "neutral" if rng.random() < 0.6 else "question", False
        return tone, "praise", False

    def _language(self, stream: Stream, scene: str, section: str, target: Standing | None) -> str:
        if scene == "trap":
            return stream.client.locale[:2]
        languages, weights = speakers(stream.client, section)
        if scene == "official":
            return stream.client.locale[:2]
        if target is not None and target.language in languages and self._rng.random() < 0.92:
            return target.language
        return self._rng.choices(languages, weights)[0]

    def _responder(self, stream: Stream, language: str, target: Standing) -> Author:
        """Members of a community answer mostly each other, others mostly others."""
        pools, book = self._people.pools, stream.client.book
        circle = target.author.community
        if circle >= 0:
            circle = circle if self._rng.random() < 0.85 and language == target.author.language else -1
        elif self._rng.random() < 0.05:
            circle = -2
        author = pools[book, language, circle].draw(self._rng)
        for _ in range(5):
            if author.handle != target.author.handle:
                break
            author = pools[book, language, circle].draw(self._rng)
        return author


def _toward(stream: Stream, sentiment: Sentiment) -> tuple[tuple[str, Sentiment], ...]:
    names = [name for name in stream.concerns if name not in stream.client.names("topic")]
    if stream.scene == "versus":
        winner, loser = names
        return (winner, "positive"), (loser, "negative")
    return tuple((name, sentiment) for name in names)


def _truths(drafts: list[Draft], ids: list[str]) -> Iterator[PostTruth]:
    roots: list[int] = []
    for index, draft in enumerate(drafts):
        parent = max(draft.reply_to, draft.repost_of)
        roots.append(roots[parent] if parent >= 0 else index)
        yield PostTruth(
            id=ids[index],
            source=draft.source,
            author=draft.author.handle,
            day=draft.day,
            language=draft.language,
            sentiment=draft.sentiment,
            sarcastic=draft.sarcastic,
            scene=draft.scene,
            client=draft.stream.client.slug,
            concerns=draft.concerns,
            toward=draft.toward,
            planted=draft.planted,
            thread_root=ids[roots[index]],
        )
