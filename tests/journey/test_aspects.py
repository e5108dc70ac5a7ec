"""What mentions speak of: found as they are read, once, and anew when what is looked for changes."""

from __future__ import annotations

import pytest

from analytics.journey.requests import change_query, remove_query
from analytics.journey.rereading import reread
from analytics.journey.services import enrich
from analytics.language.aspects.actors import look_again
from analytics.language.aspects.inforce import settings_row
from analytics.language.aspects.models import AspectRun, MentionAspect, OwnAspectVersion
from analytics.language.aspects.runs import cancel_run, fail_run, request_run, run_slice
from analytics.language.aspects.services import choose_industry, create_own, delete_own, update_own
from analytics.language.contracts import Reading
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention
from kernel.errors import ValidationFailed
from kernel.jobs.models import Job
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.journey.heard import NOW, ORIGIN, hear_all, post
from tests.language.toy import Engines, ToyEngine, said

BOTH = "Juniper's bread is great, but the service at Birch was awful."
NOBODY = "Juniper! Ask @jane_sample about the parking, and tell @ben.sample that breakfast at Juniper was awful."


def _by_words(text: str) -> Reading:
    bad, good = "awful" in text, "great" in text
    return said("toy/1", sentiment="neutral" if bad == good else "negative" if bad else "positive")


def _whole(mention: Mention) -> str:
    return f"{mention.title}\n{mention.text}" if mention.title else mention.text


def _found() -> set[tuple[str, str, str, str]]:
    """Subject, target, sentiment and whom it is about, of all rows."""
    return {
        (
            row.aspect or (row.own.name if row.own else row.entity.name if row.entity else ""),
            _whole(row.mention)[row.start : row.end],
            row.sentiment,
            row.about.name if row.about else "",
        )
        for row in MentionAspect.objects.select_related("mention", "own", "entity", "about")
    }


def _rows() -> list[tuple[object, ...]]:
    return sorted(
        MentionAspect.objects.values_list(
            "mention_id",
            "aspect",
            "own_id",
            "entity_id",
            "about_id",
            "start",
            "end",
            "sentiment",
            "positive",
            "model_id",
        ),
        key=str,
    )


@pytest.fixture
def read(in_client: Cast, engines: Engines) -> Cast:
    """Two brands, an industry, and two mentions that were read."""
    engines(ToyEngine("toy/1", _by_words))
    create_query(name="Juniper", kind="brand", text="juniper")
    create_query(name="Birch", kind="competitor", text="birch")
    choose_industry(industry="restaurants")
    hear_all(in_client, [post(1, BOTH), post(2, NOBODY), post(3, "Juniper on Monday", title="Such great food")])
    assert enrich(origin=ORIGIN, limit=10, now=NOW) == 3
    return in_client


def test_a_post_of_two_brands_is_told_apart(read: Cast) -> None:
    assert _found() >= {
        ("Juniper", "Juniper", "positive", "Juniper"),
        ("Birch", "Birch", "negative", "Birch"),
        ("service", "service", "negative", "Birch"),
        ("food", "food", "positive", "Juniper"),  # in a title: places are those of title and text together
    }


def test_places_are_those_of_the_stored_text_whatever_pseudonyms_are_in_front(read: Cast) -> None:
    targets = {(subject, target) for subject, target, _, _ in _found()}
    assert {("location.parking", "parking"), ("food", "breakfast")} <= targets
    assert "@~" in Mention.objects.get(external_id="p2").text


def test_looking_again_is_the_same_and_needs_no_second_row(read: Cast) -> None:
    before = _rows()
    assert before
    reread(ids=[mention.id for mention in Mention.objects.all()], now=NOW)
    assert _rows() == before
    job = request_run()
    assert job is not None
    assert run_slice(job_id=job.id)
    assert _rows() == before


def test_another_industry_looks_through_history_as_a_job(read: Cast) -> None:
    job = choose_industry(industry="hotels")
    assert job is not None
    assert settings_row().applied_version == 0
    drain()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (Job.State.SUCCEEDED, 3, 3)
    assert settings_row().applied_version == settings_row().version
    assert {row.aspect for row in MentionAspect.objects.exclude(aspect="")} == {
        "service", "breakfast", "location.parking",
    }  # fmt: skip
    assert set(MentionAspect.objects.exclude(aspect="").values_list("ontology", flat=True)) == {"hotels/1"}
    choose_industry(industry="")
    drain()
    assert {row[0] for row in _found()} == {"Juniper", "Birch"}


def test_own_aspects_are_found_followed_and_gone(read: Cast) -> None:
    own, job = create_own(name="Rye", text="bread OR loaf", by="usr_1", now=NOW)
    assert job is not None
    drain()
    assert ("Rye", "bread", "positive", "Juniper") in _found()
    update_own(aspect=own, by="usr_1", now=NOW, text="monday")
    drain()
    assert ("Rye", "Monday", "neutral", "Juniper") in _found()
    assert not any(row[:2] == ("Rye", "bread") for row in _found())
    _, job = update_own(aspect=own, by="usr_1", now=NOW, name="Day")
    assert job is None  # a name changes nothing that is found
    assert list(OwnAspectVersion.objects.values_list("version", "text", "name")) == [
        (3, "monday", "Day"), (2, "monday", "Rye"), (1, "bread OR loaf", "Rye"),
    ]  # fmt: skip
    delete_own(aspect=own)
    assert not MentionAspect.objects.filter(own__isnull=False).exists()


def test_an_aspect_asks_for_words_alone(in_client: Cast) -> None:
    for text in ("bread lang:de", "bread AND", "bread rating:>3", "NOT bread", "bread OR @jane_sample"):
        with pytest.raises(ValidationFailed):
            create_own(name="Rye", text=text, by="usr_1", now=NOW)


def test_a_changed_brand_is_looked_for_where_it_is_now(read: Cast) -> None:
    birch = Query.objects.get(name="Birch")
    change_query(query=birch, text="breakfast")
    drain()
    assert {(row[0], row[1]) for row in _found() if row[0] == "Birch"} == {("Birch", "breakfast")}
    assert ("service", "service", "negative", "Juniper") in _found()  # the only brand that the post names now
    change_query(query=birch, kind="topic")
    drain()
    assert "Birch" not in {row[0] for row in _found()}
    remove_query(query=Query.objects.get(name="Juniper"))
    assert not MentionAspect.objects.filter(entity__isnull=False).exists()


def test_a_brand_of_another_name_is_named_by_that(read: Cast) -> None:
    juniper = Query.objects.get(name="Juniper")
    change_query(query=juniper, text="juniper OR bread")
    drain()
    assert ("Juniper", "Juniper", "positive", "Juniper") in _found()
    change_query(query=juniper, name="Bread")
    drain()
    assert ("Bread", "bread", "positive", "Bread") in _found()


def test_a_run_that_is_overtaken_or_cancelled_leaves_the_rest(read: Cast) -> None:
    first = choose_industry(industry="hotels")
    second = choose_industry(industry="gyms")
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert (first.state, first.error["code"]) == (Job.State.CANCELLED, "superseded")
    assert run_slice(job_id=first.id)  # its message finds nothing to do
    assert cancel_run(job=second)
    assert not cancel_run(job=second)
    assert not AspectRun.objects.exists()
    assert settings_row().applied_version == 0
    assert MentionAspect.objects.filter(ontology="restaurants/1").exists()


def test_a_run_that_failed_too_often_is_no_longer_under_way(read: Cast) -> None:
    job = request_run()
    assert job is not None
    fail_run(job_id=job.id)
    assert Job.objects.get(id=job.id).state == Job.State.FAILED
    assert not AspectRun.objects.exists()
    assert look_again.options["on_retry_exhausted"] == "aspects.give_up"


def test_where_nothing_is_stored_nothing_is_to_be_done(in_client: Cast) -> None:
    assert choose_industry(industry="saas") is None
    row = settings_row()
    assert (row.applied_version, row.version) == (2, 2)
    assert choose_industry(industry="saas") is None
