"""A client with one thing of every kind in it, and no counter left over from another test."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.core.cache import cache
from django.db.models import Value
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from analytics.foresight.models import Forecast
from analytics.influence.models import InfluenceMap, InfluenceScore
from analytics.insights.context.models import Calendar, Event, Population
from analytics.insights.models import HourlyRollup
from analytics.journey.correcting import correct_one
from analytics.journey.models import Export, Rescoring
from analytics.language.aspects.models import AspectSettings, MentionAspect, OwnAspect, OwnAspectVersion
from analytics.language.corrections.queue import MIX, draw_queue
from analytics.language.tuning.models import Switch, TuningVersion
from analytics.language.tuning.words import add_word
from analytics.listening.models import Query, Snippet
from analytics.listening.versions import keep_version
from analytics.mentions.contracts import Hit, NewAuthor, NewMention
from analytics.mentions.filtering import judge_mentions
from analytics.mentions.labelling import draw_sample
from analytics.mentions.models import Mention
from analytics.mentions.services import store
from analytics.privacy.models import RedactionTally
from analytics.reports.models import Report
from analytics.sources.models import Feed, Import, ImportProblem
from analytics.topics.models import Topic, TopicEvent, TopicMention, TopicRun, TopicView
from kernel import db as schemas
from kernel.ids import decode, encode, uuid7
from kernel.jobs.models import Job
from tenants import services
from tenants.models import ApiKey, Invitation, Membership, Role, User
from tests.cast import Cast

NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)
Api = Callable[[str | None], APIClient]


@pytest.fixture(autouse=True)
def no_requests_counted() -> Iterator[None]:
    """The throttle counts in a cache that outlives a test."""
    cache.clear()
    yield
    cache.clear()


@dataclass(frozen=True)
class Things:
    """The public id of one thing of each kind in the first client, by the name of its place in a path."""

    ids: dict[str, str]

    def __getitem__(self, kind: str) -> str:
        return self.ids[kind]


def png(width: int = 8, height: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#0b5d3b").save(out, "PNG")
    return out.getvalue()


def add_mention(
    query: Query, name: str, *, posted_at: datetime = NOW, text: str = "Juniper Bakery is good", **understood: object
) -> Mention:
    """A mention as the journey stores it, understood already, by an author of its own."""
    raw = NewMention(
        source="web",
        external_id=name,
        text=text,
        posted_at=posted_at,
        hits=(Hit(query.id, 1, (0, 14)),),
        search="",
        author=NewAuthor(pseudonym=hashlib.sha256(name.encode()).digest()[:16], label=name[:16]),
    )
    (stored,) = store(mentions=[raw], origin=encode("imp", uuid7()), now=NOW).fresh
    read: dict[str, object] = {
        "language": "en",
        "language_confidence": 0.9,
        "sentiment": "positive",
        "negative": 0.1,
        "neutral": 0.2,
        "positive": 0.7,
        "model_id": "compact/1",
        "understood_at": NOW,
    }
    words = SearchVector(Value(text), config="simple")
    Mention.objects.filter(id=stored.id).update(search=words, **{**read, **understood})
    return Mention.objects.get(id=stored.id)


@pytest.fixture
def things(cast: Cast) -> Things:
    return furnish(cast)


def furnish(cast: Cast) -> Things:
    """One thing of every kind in `cast.client`; the agency's own things in `cast.agency`."""
    with schemas.public():
        services.set_branding(agency_id=cast.agency.id, actor="system", logo=png())
        key = ApiKey.objects.filter(agency=cast.agency, role=Role.VIEWER).earliest("id")
        member = User.objects.create_user(f"member.{cast.client.id}@northlight.example")
        Membership.objects.create(user=member, agency=cast.agency, role=Role.VIEWER)
        invitation = Invitation.objects.create(
            agency=cast.agency, email=f"invited.{cast.client.id}@northlight.example", role=Role.VIEWER, nonce="0" * 32,
            invited_by=cast.owner.id, expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        keep_version(query, cause="made")
        snippet = Snippet.objects.create(name="bread", text="rye OR sourdough")
        mention = add_mention(query, "p1")
        judge_mentions([decode("men", mention.id)])
        sample = draw_sample(query=query, size=10, seed=1, now=NOW)
        HourlyRollup.objects.create(hour=NOW, query=query, source="web", mentions=1, positive=1, reach=5, engagement=1)
        event = Event.objects.create(
            name="Sale", kind="sale", start=NOW.date(), end=NOW.date(), created_at=NOW, updated_at=NOW
        )
        population = Population.objects.create(
            name="All", origin="A survey", margins={"source": {"web": 1.0}}, created_at=NOW, updated_at=NOW
        )
        Calendar.objects.create(countries=["DE"], observances=["diwali"], updated_at=NOW)
        RedactionTally.objects.create(day=NOW.date(), entity="EMAIL_ADDRESS", findings=2)
        job = Job.objects.create(kind="import")
        upload = Import.objects.create(job_id=job.id, file_name="posts.csv", path="gone", size=10)
        ImportProblem.objects.create(
            upload=upload, line=3, code="unreadable_time", field="created_at", reason="Unread."
        )
        feed = Feed.objects.create(url="https://news.example/feed.xml", name="News")
        run = TopicRun.objects.create(
            job_id=job.id, state="current", model_id="topics/1", seed=7, done=1, total=1, finished_at=NOW
        )
        topic = Topic.objects.create(language="en")
        TopicView.objects.create(
            run=run,
            topic=topic,
            number=0,
            name="bread",
            stories=1,
            authors=1,
            coherence=0.1,
            terms=[{"text": "bread", "key": "bread", "weight": 0.5, "stories": 3, "authors": 3}],
        )
        TopicEvent.objects.create(topic=topic, run=run, kind="made")
        TopicMention.objects.create(run=run, mention=mention, topic=topic, nearness=0.9)
        drawn = InfluenceMap.objects.create(
            start=date(2026, 3, 1),
            end=date(2026, 3, 31),
            model_id="pagerank/1",
            seed=7,
            nodes=2,
            edges=1,
            interactions=1,
            communities=1,
        )
        InfluenceScore.objects.create(
            map=drawn,
            author=mention.author,
            rank=1,
            rank_low=1,
            rank_high=2,
            pagerank=0.5,
            pagerank_low=0.4,
            pagerank_high=0.6,
            community=1,
            interactions=1,
        )
        correction = correct_one(by=cast.owner.id, mention=str(mention.id), labels={"irony": False}, now=NOW)
        correction.problems.create(line=3, code="unknown_mention", field="mention", reason="There is no such mention.")
        queue = draw_queue(by=cast.owner.id, size=10, mix=MIX, query=query, language="", seed=1, now=NOW)
        word = add_word(language="en", text="sick", valence=4, now=NOW)
        tuning = TuningVersion.objects.create(
            number=1, job_id=job.id, asked_calibration="none", asked_lexicon="draft", engine="compact/1",
            lexicon=[["en", "sick", 4]], outcome="none", by=cast.owner.id, asked_at=NOW, made_at=NOW,
        )  # fmt: skip
        Switch.objects.create(tuning=tuning, by=cast.owner.id, at=NOW)
        aspect = OwnAspect.objects.create(name="Rye", text="rye", created_at=NOW, updated_at=NOW)
        OwnAspectVersion.objects.create(aspect=aspect, version=1, name="Rye", text="rye", made_at=NOW)
        AspectSettings.objects.create(industry="restaurants", version=2, applied_version=2)
        for subject in ({"aspect": "food", "ontology": "restaurants/1"}, {"own": aspect}, {"entity": query}):
            MentionAspect.objects.create(
                mention=mention, posted_at=mention.posted_at, about=query, start=0, end=3, stretches=[0, 9],
                opinions=[4, 9, 1], negative=0.1, neutral=0.1, positive=0.8, sentiment="positive",
                model_id="compact/1+aspects/1", **subject,
            )  # fmt: skip
        forecast = Forecast.objects.create(
            query=query,
            measure="volume",
            model_id="median/1",
            horizon=1,
            n=30,
            points=[
                {"day": "2026-04-01", "mean": 1.0, "low_80": 0.5, "high_80": 2.0, "low_95": 0.1, "high_95": 3.0},
            ],
            backtest={"mase": 0.8, "coverage": {"80": 0.8, "95": 0.95}, "checked_days": 28, "windows": 2},
        )
        report = Report.objects.create(
            job_id=job.id,
            start=date(2026, 3, 1),
            end=date(2026, 3, 31),
            locale="en-GB",
            path="r.pdf",
            size=5,
            sha256="ab",
        )
        Path(settings.FILES_ROOT).mkdir(parents=True, exist_ok=True)
        (Path(settings.FILES_ROOT) / "r.pdf").write_bytes(b"%PDF-")
        rescoring = Rescoring.objects.create(job_id=job.id, model_id="compact/1", done=1, total=1, open=False)
        export = Export.objects.create(job_id=job.id, path="e.zip", size=4, sha256="cd", finished_at=NOW)
        (Path(settings.FILES_ROOT) / "e.zip").write_bytes(b"PK\x05\x06")
    return Things(
        {
            "client": cast.client.id,
            "key": key.id,
            "member": member.id,
            "invitation": invitation.id,
            "query": query.id,
            "mention": mention.id,
            "job": job.id,
            "import": upload.id,
            "feed": feed.id,
            "map": drawn.id,
            "forecast": forecast.id,
            "report": report.id,
            "export": export.id,
            "sample": sample.id,
            "snippet": snippet.id,
            "aspect": aspect.id,
            "rescoring": rescoring.id,
            "correction": correction.id,
            "queue": queue.id,
            "tuning": tuning.id,
            "word": word.id,
            "version": "1",
            "chart": "volume",
            "topic": topic.id,
            "run": run.id,
            "event": event.id,
            "population": population.id,
            "model": "compact-sentiment/0.1.0",
            "picture": "reliability",
        }
    )


@pytest.fixture
def place(cast: Cast) -> str:
    """The first client's part of the API."""
    return f"/api/v1/clients/{cast.client.id}"
