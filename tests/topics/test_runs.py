"""Runs from mention to topic: ids that go on, what is switched when, what a killed or cancelled run leaves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from analytics.insights.contracts import Period
from analytics.listening.models import Query
from analytics.mentions.models import Mention, MentionMatch
from analytics.topics import services
from analytics.topics.figures import trends
from analytics.topics.models import Topic, TopicEvent, TopicMention, TopicRun, TopicView
from analytics.topics.naming import merge, rename, unmerge
from analytics.topics.selectors import current_run, family_of, latest_views, mentions_of, name_of, topics
from kernel.errors import Conflict, NotFound
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.mentions.sample import NOON
from tests.topics.talk import said, store_talk

HOLDS_TRANSACTIONS = True
MARCH = Period(date(2026, 3, 2), date(2026, 3, 29))


@pytest.fixture
def query(in_client: Cast) -> Query:
    return Query.objects.create(name="Juniper", kind="brand", text="juniper")


def found(query: Query | None = None, **more: object) -> TopicRun:
    run, job = services.request_run(query=query, **more)  # type: ignore[arg-type]
    drain()
    assert Job.objects.get(id=job.id).state == "succeeded", Job.objects.get(id=job.id).error
    return TopicRun.objects.get(id=run.id)


def told(run: TopicRun) -> dict[str, str | None]:
    return dict(TopicMention.objects.filter(run=run).values_list("mention_id", "topic_id"))  # type: ignore[arg-type]


def test_topics_are_found_named_and_read(query: Query) -> None:
    talk = said(600, seed=1)
    ids = store_talk(talk, query.id)
    run = found()
    assert (run.done, run.total, run.sampled) == (600, 600, 600)
    answers = told(run)
    assert set(answers) == set(ids), "each is read, also what belongs to no topic"
    subject = dict(zip(ids, ((language, what) for _, language, what in talk), strict=True))
    right = 0
    for topic in topics().filter(theme=False):
        mine = Counter(subject[pk] for pk, of in answers.items() if of == topic.id)
        right += max(mine.values())
        view = latest_views([topic])[topic.id]
        assert view.name
        assert view.examples
        assert len(view.terms) >= 3
        (language, _), _ = mine.most_common(1)[0]
        assert topic.language == language
    assigned = sum(of is not None for of in answers.values())
    assert assigned >= 0.85 * len(ids)
    assert right >= 0.9 * assigned


def test_ids_go_on_when_more_is_said(query: Query) -> None:
    store_talk(said(600, seed=1), query.id)
    first = found()
    before = {pk: of for pk, of in told(first).items() if of is not None}
    names = {topic.id: rename(topic=topic, name=f"mine {n}").given_name for n, topic in enumerate(topics()[:2])}
    store_talk(said(60, seed=2), query.id, name="q", since=NOON + timedelta(days=29), days=5)
    second = found(seed=99)
    after = told(second)
    survived = sum(after[pk] == of for pk, of in before.items())
    assert survived >= 0.9 * len(before)
    assert (second.kept, second.compared) == (survived, len(before))
    assert first.id not in TopicMention.objects.values_list("run", flat=True)
    assert TopicRun.objects.get(id=first.id).state == "replaced"
    for topic_id, name in names.items():
        topic = Topic.objects.get(id=topic_id)
        assert name_of(topic, latest_views([topic])[topic.id]) == name


def test_found_afresh_keeps_the_ids_of_what_is_the_same(query: Query) -> None:
    store_talk(said(600, seed=1), query.id)
    before = {pk: of for pk, of in told(found()).items() if of is not None}
    after = told(found(seed=3, afresh=True))
    assert sum(after[pk] == of for pk, of in before.items()) >= 0.9 * len(before)


def test_words_without_end_end_no_run(query: Query) -> None:
    long = {"parcel": f"{'p' * 200} {'q' * 200}", "courier": "z" + "\u0301" * 400}
    talk = said(300, seed=1, languages=("en",))
    store_talk([(" ".join(long.get(word, word) for word in text.split()), *rest) for text, *rest in talk], query.id)
    found()
    assert all(view.name for view in TopicView.objects.all())


def test_what_is_newly_said_becomes_a_topic_and_what_is_gone_retires(query: Query) -> None:
    ids = store_talk(said(600, seed=1), query.id)
    first = found()
    words = ["strike", "union", "picket", "wages", "walkout", "protest", "tariff", "slogan", "banner", "march"]
    dice = Random(3)
    strike = [(" ".join(["the", *dice.sample(words, 5), f"number{n}"]), "en", "strike") for n in range(90)]
    new = store_talk(strike, query.id, name="s", since=NOON + timedelta(days=29), days=5)
    second = found()
    topic_of = told(second)
    (topic_id, count), *_ = Counter(topic_of[pk] for pk in new).most_common(1)
    assert topic_id is not None
    assert count >= 60
    made = TopicEvent.objects.get(topic=topic_id, kind="made")
    assert made.run_id == second.id
    assert not TopicView.objects.filter(run=first.id, topic=topic_id).exists()
    Mention.objects.filter(id__in=[pk for pk, of in zip(ids, said(600, seed=1), strict=True) if of[1] == "de"]).delete()
    found()
    gone = Topic.objects.filter(language="de", theme=False)
    assert len(gone) >= 3
    assert all(each.retired_at is not None for each in gone)
    assert TopicEvent.objects.filter(topic__in=gone, kind="retired").count() == len(gone)


def test_new_mentions_get_their_topic_without_a_run(query: Query) -> None:
    talk = said(600, seed=1)
    store_talk(talk, query.id)
    run = found()
    new = store_talk(said(50, seed=5), query.id, name="n")
    send("topics.assign_new")
    drain()
    answers = told(TopicRun.objects.get(id=run.id))
    assert set(new) <= set(answers)
    assert sum(answers[pk] is not None for pk in new) >= 35
    before = dict(answers)
    send("topics.assign_new")
    drain()
    assert told(run) == before


def test_a_run_that_is_cancelled_leaves_what_was(query: Query) -> None:
    store_talk(said(300, seed=1), query.id)
    first = found()
    before, known = told(first), set(Topic.objects.values_list("id", flat=True))
    run, job = services.request_run(afresh=True)
    with pytest.raises(Conflict):
        services.request_run()
    assert services.learn(run_id=run.id)
    assert services._read_page(run.id, services.unpack(bytes(TopicRun.objects.get(id=run.id).learnt or b"")), NOON)
    assert services.cancel_run(job=job)
    assert not services.cancel_run(job=job)
    drain()
    current = current_run(None)
    assert current == first
    assert told(first) == before
    assert set(Topic.objects.values_list("id", flat=True)) == known
    assert Job.objects.get(id=job.id).state == "cancelled"


def test_a_run_goes_on_where_it_was(query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    store_talk(said(300, seed=1), query.id)
    monkeypatch.setattr("analytics.topics.drawing.AT_ONCE", 100)
    run, _ = services.request_run()
    assert services.learn(run_id=run.id)
    assert services.learn(run_id=run.id), "a message that comes twice learns nothing anew"
    views = TopicView.objects.filter(run=run.id).count()
    ticks = iter(range(0, 10_000, 100))
    assert not services.read_slice(run_id=run.id, now=NOON, clock=lambda: float(next(ticks)))
    assert TopicMention.objects.count() == 100
    drain()
    assert TopicMention.objects.count() == 300
    assert TopicView.objects.filter(run=run.id).count() == views


def test_noise_is_left_out_and_copies_count_once(query: Query) -> None:
    talk = said(400, seed=1, languages=("en",))
    ids = store_talk([*talk, *[talk[0]] * 50], query.id)
    MentionMatch.objects.filter(mention__in=ids[200:300]).update(hidden=True)
    run = found()
    stories = Mention.objects.filter(matches__hidden=False).values("story").distinct().count()
    assert run.sampled == stories < 350
    seen = trends(run=run, period=MARCH, zone="UTC")
    assert seen.mentions == 350
    assert seen.unassigned + sum(row.mentions for row in seen.topics) == 350
    assert sum(row.stories for row in seen.topics) < sum(row.mentions for row in seen.topics)


def test_people_merge_topics_and_take_it_back(query: Query) -> None:
    store_talk(said(600, seed=1), query.id)
    run = found()
    one, other = topics().filter(theme=False, language="en").order_by("id")[:2]
    sizes = {each.id: mentions_of(each).count() for each in (one, other)}
    merge(topic=one, into=other)
    assert mentions_of(other).count() == sum(sizes.values())
    rows = {row.topic.id: row for row in trends(run=run, period=MARCH, zone="UTC").topics}
    assert one.id not in rows
    assert rows[other.id].mentions == sum(sizes.values())
    again = found()
    kept = Topic.objects.get(id=other.id)
    assert family_of(kept) == sorted([one.id, other.id])
    assert mentions_of(kept).count() >= 0.9 * sum(sizes.values())
    assert {row.topic.id for row in trends(run=again, period=MARCH, zone="UTC").topics} >= {other.id}
    with pytest.raises(Conflict):
        merge(topic=other, into=other)
    with pytest.raises(Conflict):
        merge(topic=other, into=Topic.objects.get(id=one.id))
    unmerge(topic=Topic.objects.get(id=one.id))
    assert family_of(kept) == [other.id]


def test_what_went_with_its_query_is_not_found(query: Query) -> None:
    store_talk(said(300, seed=1, languages=("en",)), query.id)
    found(query=query)
    one, other = topics().filter(theme=False)[:2]
    query.delete()
    with pytest.raises(NotFound):
        rename(topic=one, name="Deliveries")
    with pytest.raises(NotFound):
        merge(topic=one, into=other)


def test_one_query_has_topics_of_its_own(query: Query) -> None:
    other = Query.objects.create(name="Rival", kind="competitor", text="rival")
    store_talk(said(300, seed=1), query.id)
    theirs = store_talk(said(300, seed=2), other.id, name="o")
    whole, own = found(), found(query=other)
    assert set(told(own)) == set(theirs)
    assert len(told(whole)) == 600
    assert current_run(other.id) == own
    assert current_run(None) == whole
    assert set(topics().filter(query=other)).isdisjoint(topics().filter(query=None))


def test_too_few_posts_have_no_topics_and_say_why(query: Query) -> None:
    store_talk(said(40, seed=1, languages=("en",)), query.id)
    run = found()
    assert run.languages == [
        {"language": "en", "stories": 40, "topics": 0, "coherence": None, "diversity": None,
         "abstain_reason": "too_few_posts"}
    ]  # fmt: skip
    assert set(told(run).values()) == {None}


def test_again_every_week_only_where_something_came(query: Query) -> None:
    now = datetime.now(UTC)
    store_talk(said(40, seed=1), query.id)
    assert services.find_again(now=now) == 0, "too few"
    store_talk(said(60, seed=2), query.id, name="q")
    assert services.find_again(now=now) == 1, "the first time at once"
    drain()
    assert services.find_again(now=now + timedelta(days=8)) == 0, "nothing came"
    store_talk(said(10, seed=3), query.id, name="r")
    assert services.find_again(now=now + timedelta(days=6)) == 0, "not yet a week"
    week = TopicRun.objects.get(state="current").created_at + timedelta(days=7)
    assert services.find_again(now=week - timedelta(seconds=30)) == 1, "a daily look comes a little sooner or later"
    drain()
    store_talk(said(120, seed=4), query.id, name="t")
    assert services.find_again(now=now + timedelta(days=8)) == 1, "twice as many"


@pytest.mark.parametrize("at", ["finding", "reading", "giving up"])
def test_a_run_whose_query_is_gone_ends(query: Query, at: str) -> None:
    other = Query.objects.create(name="Rival", kind="competitor", text="rival")
    run, job = services.request_run(query=other)
    if at == "reading":
        assert services.learn(run_id=run.id)
    other.delete()
    if at == "finding":
        drain()
    elif at == "reading":
        assert services.read_slice(run_id=run.id, now=NOON)
    else:
        services.fail_run(run_id=run.id)
    ended = Job.objects.get(id=job.id)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error["code"] == "not_found"
