"""The bundled corpus through the real import, held against what is true about it.

The corpus is written by the project (`analytics.sources.corpus`), so everything the pipeline ought to find is known:
which query each post concerns, what personal data was planted, who answers whom, which days stand out. One import is
looked at from all sides; the figures below that are bounds and not identities say what was measured when they were set.
"""

from __future__ import annotations

import io
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import median

import pytest
from django.db import connection, transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from analytics.influence.models import InfluenceMap
from analytics.influence.selectors import top
from analytics.influence.services import draw_map
from analytics.insights import selectors as insights
from analytics.insights.contracts import DayTotals, Period, Series
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from analytics.privacy.protect import Protector
from analytics.privacy.selectors import redactions
from analytics.sources.corpus import CorpusPost, PostTruth, corpus
from analytics.sources.corpus.cast import COFFEE, SPELLINGS
from analytics.sources.corpus.export import write_csv
from analytics.sources.models import Import
from analytics.sources.services import accept_upload
from kernel import db
from kernel.jobs.models import Job
from kernel.queue.testing import drain
from tenants.datakeys import data_key
from tests.cast import Cast

pytestmark = pytest.mark.django_db

CORPUS = corpus(seed=2026)
TRUTH = CORPUS.truth
PERIOD = Period(TRUTH.first_day, TRUTH.last_day)
SOURCES = ("mastodon", "bluesky", "instagram", "reviews")
NAMES = {query.name for query in COFFEE.queries}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one import left behind. `posts` are the corpus' posts that were stored, with their truth and mention."""

    upload: Import
    job: Job
    matched: dict[tuple[str, str], set[str]]
    posts: list[tuple[CorpusPost, PostTruth, Mention]]
    stored_text: str
    redactions: dict[str, int]
    series: dict[str, Series]
    drawn: InfluenceMap
    ranks: dict[str, int]
    brands: set[str]


@pytest.fixture(scope="module")
def outcome(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcome:
    """Import the corpus for a client that listens as the demo's coffee roaster does; rolled back afterwards."""
    cast: Cast = request.config.cast  # type: ignore[attr-defined]
    files = tmp_path_factory.mktemp("files")
    with django_db_blocker.unblock(), override_settings(FILES_ROOT=files), transaction.atomic():
        with db.enter(cast.client.schema_name):
            upload = _import_corpus()
            seen = _look_around(upload, Protector(data_key(cast.client)))
        transaction.set_rollback(True)
    return seen


def _import_corpus() -> Import:
    for query in COFFEE.queries:
        create_query(name=query.name, kind=query.kind, text=query.text)
    file = io.StringIO()
    write_csv(CORPUS.posts, file)
    upload = accept_upload(
        chunks=[file.getvalue().encode()], file_name="posts.csv", source="upload", mapping={}, options={}
    )
    drain()
    upload.refresh_from_db()
    return upload


def _look_around(upload: Import, protector: Protector) -> Outcome:
    mentions = {(row.source, row.external_id): row for row in Mention.objects.select_related("author")}
    matched: dict[tuple[str, str], set[str]] = defaultdict(set)
    for query in Query.objects.prefetch_related("matches__mention"):
        for match in query.matches.all():
            matched[match.mention.source, match.mention.external_id].add(query.name)
    queries = list(Query.objects.all())
    drawn = draw_map(period=PERIOD)
    people = {
        protector.pseudonym(source, handle): handle
        for source in SOURCES
        for handle in {row.author for row in TRUTH.posts}
    }
    ranks: dict[str, int] = {}
    for score in top(drawn, limit=200):
        ranks.setdefault(people[bytes(score.author.pseudonym)], score.rank)
    return Outcome(
        upload=upload,
        job=Job.objects.get(id=upload.job_id),
        matched=dict(matched),
        posts=[
            (post, true, mentions[post.source, post.id])
            for post, true in zip(CORPUS.posts, TRUTH.posts, strict=True)
            if (post.source, post.id) in mentions
        ],
        stored_text=_everything_stored(),
        redactions=redactions(),
        series={row.name: row for row in insights.daily(period=PERIOD, zone=COFFEE.time_zone, queries=queries)},
        drawn=drawn,
        ranks=ranks,
        brands={people[bytes(row.author.pseudonym)] for row in mentions.values() if row.author and row.author.is_brand},
    )


def _everything_stored() -> str:
    """Every row of every table that the client or the whole installation has, as text; bytes as far as they are
    readable, so that a name in a binary column would show too."""
    schema, pieces = db.current(), []
    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL bytea_output = 'escape'")
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN (%s, 'public') ORDER BY 1, 2", [schema]
        )
        for place, table in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{place}"."{table}" t')
            pieces += [row[0] for row in cursor.fetchall()]
    return "\n".join(pieces)


def test_every_row_is_read_and_the_job_ends_well(outcome: Outcome) -> None:
    upload = outcome.upload
    assert (upload.rows, upload.read, upload.bad, upload.known) == (len(CORPUS.posts), len(CORPUS.posts), 0, 0)
    assert upload.stored + upload.unmatched + upload.repeated == upload.rows
    assert upload.understood == upload.stored == len(outcome.posts)
    assert (outcome.job.state, outcome.job.progress) == (Job.State.SUCCEEDED, 1.0)


def test_every_post_is_matched_by_exactly_the_queries_it_concerns(outcome: Outcome) -> None:
    expected = {
        (post.source, post.id): concerned
        for post, true in zip(CORPUS.posts, TRUTH.posts, strict=True)
        if (concerned := NAMES & set(true.concerns))
    }
    assert len(expected) > 900
    assert {true.scene for true in TRUTH.posts if not NAMES & set(true.concerns)} >= {"trap", "noise", "context"}
    assert outcome.matched == expected


def test_no_planted_personal_data_is_stored_anywhere(outcome: Outcome) -> None:
    planted = {item.value for true in TRUTH.posts for item in true.planted}
    assert len(planted) > 30
    assert [value for value in planted if value in outcome.stored_text] == []
    digits = "".join(outcome.stored_text.split()).replace("-", "")
    long_numbers = [value for value in planted if sum(map(str.isdigit, value)) >= 12]
    assert [value for value in long_numbers if "".join(value.split()).replace("-", "") in digits] == []


def test_what_was_planted_in_stored_posts_is_counted(outcome: Outcome) -> None:
    planted = Counter(item.entity for _, true, _ in outcome.posts for item in true.planted)
    assert len(planted) == 5
    assert {entity: outcome.redactions[entity] for entity in planted} == planted


def test_nobody_is_named_anywhere_but_the_brands(outcome: Outcome) -> None:
    public = {SPELLINGS[name].handle for name in ("Elbkranich Kaffee", "Nebelbohne", "Möwenröster")}
    texts = "\n".join(post.text for post in CORPUS.posts)
    handles = {post.author_handle for post in CORPUS.posts} - public
    # A display name that some text holds by chance ("Sky" is a word too) proves nothing; any other could only have
    # come from the column of names.
    names = {post.author_name for post in CORPUS.posts if post.author_name not in texts} - {COFFEE.name}
    assert len(handles) > 250
    assert len(names) > 150
    stored = outcome.stored_text.casefold()
    assert [handle for handle in handles if handle.casefold() in stored] == []
    assert [name for name in names if name.casefold() in stored] == []
    assert outcome.brands == {"elbkranich"}


def test_the_dump_that_was_searched_holds_the_posts(outcome: Outcome) -> None:
    plain = [post.text for post, true, _ in outcome.posts if "@" not in post.text and not true.planted]
    plain = [text for text in plain if text.isascii() and not set(text) & set('"\\\n')]
    assert len(plain) > 100
    assert all(text in outcome.stored_text for text in plain)


def test_threads_are_those_of_the_truth(outcome: Outcome) -> None:
    stored = {(post.source, post.id) for post, _, _ in outcome.posts}
    rooted = [
        (post.kind, mention.thread, true.thread_root)
        for post, true, mention in outcome.posts
        if post.kind != "repost" and (post.source, true.thread_root) in stored
    ]
    assert sum(mention.thread != post.id for post, _, mention in outcome.posts) > 150
    assert [row for row in rooted if row[1] != row[2]] == []
    # A repost answers nothing: by the glossary it begins a thread of its own, while the corpus counts it to its origin.
    reposts = [(post.id, mention.thread) for post, _, mention in outcome.posts if post.kind == "repost"]
    assert reposts
    assert [row for row in reposts if row[0] != row[1]] == []


def test_the_incident_stands_out(outcome: Outcome) -> None:
    days = {day.day: day for day in outcome.series[COFFEE.name].days}
    incident = [days[day] for day in TRUTH.incident_days]
    usual = [day for day in days.values() if day.day not in TRUTH.incident_days]
    assert len(incident) == 3
    assert min(day.mentions for day in incident) > max(day.mentions for day in usual)
    assert min(day.mentions for day in incident) > 2 * median(day.mentions for day in usual)

    def net(rows: list[DayTotals]) -> float:
        return sum(day.positive - day.negative for day in rows) / sum(day.net_sentiment.n for day in rows)

    assert net(incident) < -0.2
    assert net(usual) > 0.0


@pytest.mark.parametrize("name", sorted(NAMES))
def test_daily_volume_is_that_of_the_poisson_process_behind_it(outcome: Outcome, name: str) -> None:
    means = TRUTH.daily_means[name]
    series = outcome.series[name]
    assert series.days[0].day == TRUTH.first_day
    assert len(series.days) == len(means)
    # A sum of independent Poisson counts is Poisson: four standard deviations hold but once in 16,000 times.
    total, mean = sum(day.mentions for day in series.days), math.fsum(means)
    assert abs(total - mean) < 4 * math.sqrt(mean)
    # Pearson's statistic over the days: mean n, variance 2n + sum(1/mean).
    pearson = math.fsum((day.mentions - mean) ** 2 / mean for day, mean in zip(series.days, means, strict=True))
    spread = math.sqrt(2 * len(means) + math.fsum(1 / mean for mean in means))
    assert abs(pearson - len(means)) < 4 * spread


def test_days_are_the_clients_own(outcome: Outcome) -> None:
    for name in NAMES:
        expected = Counter[date](true.day for _, true, _ in outcome.posts if name in true.concerns)
        assert {day.day: day.mentions for day in outcome.series[name].days if day.mentions} == expected


def test_languages_are_recognised(outcome: Outcome) -> None:
    right = Counter(true.language for _, true, mention in outcome.posts if mention.language == true.language)
    every = Counter(true.language for _, true, _ in outcome.posts)
    print({language: f"{right[language]}/{count}" for language, count in every.most_common()})
    assert len(every) == 9
    # Measured 944 of 946 with hints that are empty for 18 % of the posts and wrong for 3 %.
    assert right.total() / every.total() >= 0.98
    assert min(right[language] / count for language, count in every.items()) >= 0.9


def test_sentiment_agrees_with_the_truth_where_the_model_answers(outcome: Outcome) -> None:
    right, answered, every = Counter[str](), Counter[str](), Counter[str]()
    for _, true, mention in outcome.posts:
        every[true.language] += 1
        answered[true.language] += mention.sentiment != ""
        right[true.language] += mention.sentiment == true.sentiment
    shown = {language: f"{right[language]}/{answered[language]} of {n}" for language, n in every.most_common()}
    print(shown)
    # Measured 0.68 of 640 answered; chance would be about 0.4. Sarcasm is in it and is mostly lost.
    assert right.total() / answered.total() >= 0.62
    for language, bound in (("en", 0.7), ("de", 0.6), ("es", 0.6)):
        assert right[language] / answered[language] >= bound
    # The card does not list these, so every post abstains rather than guesses.
    for language in ("tr", "ja"):
        assert answered[language] == 0


def test_the_planted_influencers_are_among_the_first(outcome: Outcome) -> None:
    # An author is another pseudonym on each source and so has their fame divided by them; their best place counts.
    # Two of four talk about coffee. Both belong to the first tenth of the hundreds on the map; measured: 1 and 4.
    coffee = {"schanzenschlemmerin_hh", "feathers_and_filter"}
    assert coffee < set(TRUTH.influencers)
    assert outcome.drawn.nodes > 200
    assert all(outcome.ranks[handle] <= outcome.drawn.nodes / 10 for handle in coffee)
    assert min(outcome.ranks[handle] for handle in coffee) <= 3
    assert "elbkranich" not in outcome.ranks
