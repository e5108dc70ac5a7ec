"""Another engine: history is read again as a job, and in the end all is as if that one had read everything."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from analytics.insights.rollups import rebuild
from analytics.journey import rereading, rescoring
from analytics.journey.models import Rescoring
from analytics.journey.rereading import relabel
from analytics.journey.rescoring import cancel_rescoring, request_if_outdated, request_rescoring, rescore_slice, state
from analytics.journey.services import enrich
from analytics.language.contracts import EngineUnavailable
from analytics.language.labels import Labels
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.matching import settle_matches
from analytics.mentions.models import Mention, MentionMatch
from kernel import db
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.journey.heard import NOW, ORIGIN, check_rollups, hear_all, matches_of, rollups_of, some_posts
from tests.language.toy import Engines, ToyEngine, by_hash

TEXTS = ("rye", "bread sentiment:positive", "rye NOT emotion:joy", "(rye OR bread) emotion:(anger OR fear)")
OLD, NEW = (ToyEngine(name, by_hash(name)) for name in ("toy/1", "toy/2"))
# Its threads and its queue share the test's transaction.
HOLDS_TRANSACTIONS = True


@pytest.fixture
def history(in_client: Cast, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Forty posts or so, read by an engine that is not in force any more."""
    monkeypatch.setattr(rescoring, "PAGE", 7)
    for text in TEXTS:
        create_query(name=text, kind="topic", text=text)
    engines(OLD)
    hear_all(in_client, some_posts(3, 50))
    enrich(origin=ORIGIN, limit=100, now=NOW)
    engines(NEW)
    return in_client


def everything() -> list[Any]:
    labels = Mention.objects.order_by("id").values_list(
        "id", "sentiment", "emotions", "irony", "intents", "model_id", "positive", "emotion_scores"
    )
    return [list(labels), *[(matches_of(query), rollups_of(query)) for query in Query.objects.order_by("name")]]


def fresh() -> list[Any]:
    """What reading everything once by what is in force gives."""
    with transaction.atomic():
        Mention.objects.update(understood_at=None, model_id="", sentiment="", emotions=None, irony=None, intents=None)
        MentionMatch.everything.filter(awaits__isnull=False).update(settled=False, void=False, spans=[], hidden=False)
        for query in Query.objects.all():
            rebuild(query.id)
        enrich(origin=ORIGIN, limit=1_000, now=NOW)
        found = everything()
        transaction.set_rollback(True)
    return found


def some_pages(made: Rescoring, count: int) -> bool:
    ticks = iter([0.0] * count + [1e9] * 2)
    return rescore_slice(rescoring_id=made.id, now=lambda: NOW, clock=lambda: next(ticks))


def test_history_is_read_again_and_everything_follows(history: Cast) -> None:
    count = Mention.objects.count()
    assert count > 30
    before = everything()
    told = state()
    assert (told.model_id, told.mentions, told.outdated, told.unread) == ("toy/2", {"toy/1": count}, count, 0)

    made = request_rescoring(by="usr_1")
    drain()

    job = Job.objects.get(id=made.job_id)
    assert (job.kind, job.state, job.done, job.total, job.result) == ("rescoring", "succeeded", count, count, made.id)
    assert everything() == fresh() != before
    assert (state().mentions, state().outdated) == ({"toy/2": count}, 0)
    check_rollups()
    # Once more there is nothing to do.
    again = request_rescoring()
    drain()
    again.refresh_from_db()
    assert (again.done, again.open, Job.objects.get(id=again.job_id).state) == (0, False, "succeeded")


def test_what_people_have_set_stays(history: Cast) -> None:
    mention = Mention.objects.order_by("id").first()
    assert mention is not None
    relabel(labels={str(mention.id): Labels(sentiment="positive", emotions=("trust",))}, now=NOW)
    request_rescoring()
    drain()
    mention.refresh_from_db()
    assert (mention.sentiment, mention.emotions, mention.model_id) == ("positive", ["trust"], "toy/2")
    with pytest.raises(AssertionError):
        assert everything() == fresh()
    check_rollups()


def test_who_is_killed_goes_on_where_the_last_page_ended(history: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made = request_rescoring()
    assert not some_pages(made, 2)
    before = Rescoring.objects.get()
    usual = settle_matches

    def killed(*given: Any) -> None:
        usual(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(rereading, "settle_matches", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        some_pages(made, 1)
    monkeypatch.setattr(rereading, "settle_matches", usual)

    after = Rescoring.objects.get()
    assert (after.after, after.done) == (before.after, before.done)
    assert 0 < after.done < after.total
    assert state().mentions["toy/2"] == after.done
    check_rollups()
    drain()
    assert everything() == fresh()
    assert Job.objects.get(id=made.job_id).done == Mention.objects.count()


def test_of_two_the_later_one_goes_on(history: Cast) -> None:
    first = request_rescoring()
    some_pages(first, 2)
    second = request_rescoring()
    job = Job.objects.get(id=first.job_id)
    assert (job.state, (job.error or {})["code"]) == ("cancelled", "superseded")
    assert some_pages(first, 5), "there is nothing left for it to do"
    drain()
    second.refresh_from_db()
    assert (second.open, second.done) == (False, Mention.objects.count() - 14)
    assert everything() == fresh()


def test_a_cancelled_one_leaves_the_rest_as_it_was(history: Cast) -> None:
    made = request_rescoring()
    some_pages(made, 2)
    job = Job.objects.get(id=made.job_id)
    assert cancel_rescoring(job=job)
    assert not cancel_rescoring(job=job)
    drain()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert state().mentions == {"toy/1": Mention.objects.count() - 14, "toy/2": 14}
    check_rollups()
    # Nobody begins again behind the back of who cancelled it; who asks, gets it.
    assert request_if_outdated() is None
    request_rescoring()
    drain()
    assert everything() == fresh()


def test_what_comes_meanwhile_is_right_too(history: Cast) -> None:
    made = request_rescoring()
    some_pages(made, 2)
    hear_all(history, some_posts(9, 20, first=500))
    some_pages(made, 1)
    enrich(origin=ORIGIN, limit=5, now=NOW)
    drain()
    while enrich(origin=ORIGIN, limit=5, now=NOW):
        check_rollups()
    assert everything() == fresh()
    assert state().outdated == 0


def test_what_was_read_behind_its_back_by_the_old_engine_is_read_again(history: Cast, engines: Engines) -> None:
    """By a worker that was started before the engine was changed."""
    made = request_rescoring()
    some_pages(made, 2)
    mention = Mention.objects.order_by("id").first()
    assert mention is not None
    engines(OLD)
    rereading.reread(ids=[str(mention.id)], now=NOW)
    engines(NEW)
    drain()
    assert everything() == fresh()


def test_an_engine_that_changes_on_the_way_makes_it_begin_anew(history: Cast, engines: Engines) -> None:
    made = request_rescoring()
    some_pages(made, 2)
    engines(ToyEngine("toy/3", by_hash("toy/3")))
    drain()
    made.refresh_from_db()
    assert (made.model_id, made.open) == ("toy/3", False)
    assert state().mentions == {"toy/3": Mention.objects.count()}
    assert everything() == fresh()


def test_history_is_not_read_by_what_stands_in_for_an_engine_that_cannot_be_loaded(
    history: Cast, settings: Any
) -> None:
    settings.LANGUAGE_ENGINE, settings.LANGUAGE_FALLBACK = "transformers:/nowhere/at/all", "compact"
    assert (state().model_id, state().problem != "", state().outdated) == ("", True, 0)
    with pytest.raises(EngineUnavailable):
        request_rescoring()
    assert request_if_outdated() is None
    assert not Job.objects.filter(kind="rescoring").exists()


def test_it_begins_by_itself_once(history: Cast) -> None:
    send("journey.rescore_client")
    drain()
    assert everything() == fresh()
    send("journey.rescore_client")
    drain()
    assert Rescoring.objects.count() == 1


def test_a_message_for_what_is_not_there_ends_its_job(history: Cast) -> None:
    made = request_rescoring()
    stray = Job.objects.create(kind="rescoring")
    send("journey.rescore", made.id, stray.id)
    drain()
    assert Job.objects.get(id=stray.id).state == "failed"
    assert Job.objects.get(id=made.job_id).state == "succeeded"


def test_the_command_asks_for_each_client_that_needs_it(history: Cast) -> None:
    def told(*arguments: str) -> Any:
        out = StringIO()
        with db.public():
            call_command("rescore", *arguments, stdout=out, stderr=StringIO())
        return json.loads(out.getvalue().splitlines()[-1])

    count = Mention.objects.count()
    assert told("--all", "--check")["outdated"] == count
    assert not Rescoring.objects.exists()
    client = history.client.id
    (only,) = told("--client", client)["clients"]
    assert (only["client"], only["outdated"], only["mentions"]) == (client, count, {"toy/1": count})
    assert only["job"] == Rescoring.objects.get().job_id
    drain()
    assert everything() == fresh()
    assert {each["job"] for each in told("--all")["clients"]} == {None}
    for wrong in ("cli_1", history.client.id[:-1] + "0"):
        with pytest.raises(CommandError):
            told("--client", wrong)


def test_matches_that_do_not_know_what_they_hung_on_are_found_again(history: Cast) -> None:
    """As those of before are that hung on a reading: what matched stayed, what did not was gone."""
    MentionMatch.everything.filter(awaits__isnull=False, void=True).delete()
    MentionMatch.objects.update(awaits=None)
    Query.objects.update(matched_version=0)
    request_rescoring()
    drain()
    assert everything() == fresh()
    assert Job.objects.filter(kind="rematch", state="succeeded").count() == 3, "of those that ask for a reading"
    check_rollups()
