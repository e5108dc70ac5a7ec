"""A query is tried on what is stored and on the shared sample, in bounded work and with honest numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.journey.preview import MOST_NEWEST, MOST_SHARED, MOST_SPREAD, SHOWN, Preview, preview, warnings_of
from analytics.journey.sample import sample_stream
from analytics.listening.models import Query, Snippet
from analytics.sources.contracts import RawPost
from kernel import db
from kernel.errors import ValidationFailed
from tenants.models import Agency, Plan
from tests.cast import Cast
from tests.language.toy import Engines, ToyEngine, said
from tests.mentions.sample import mention, put

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def tried(cast: Cast, text: str) -> Preview:
    with db.enter(cast.client.schema_name):
        return preview(text=text, client=cast.client, data_key=lambda: b"k" * 32, now=NOW)


def stream(texts: list[str], *, hours_ago: float = 0) -> None:
    posts = [RawPost("stream", str(number), text, NOW) for number, text in enumerate(texts)]
    sample_stream(posts, now=NOW - timedelta(hours=hours_ago), random=Random(3))


def store(cast: Cast, texts: list[str]) -> None:
    """One an hour, the newest first."""
    with db.enter(cast.client.schema_name):
        put(*[mention(str(n), text=text, posted_at=NOW - timedelta(hours=n)) for n, text in enumerate(texts)])


def test_nothing_to_try_it_on_is_said(cast: Cast) -> None:
    found = tried(cast, "rye")
    assert (found.rate, found.basis, found.samples) == (None, "", ())
    assert "nothing" in found.reason


def test_the_shared_sample_gives_posts_a_day(cast: Cast) -> None:
    stream(["rye bread", "oats", "oats", "oats"] * 50, hours_ago=12)
    stream(["rye bread", "oats", "oats", "oats"] * 50)

    found = tried(cast, "rye")

    assert (found.basis, found.shared.estimate.matched, found.shared.estimate.population) == ("shared", 100, 400)
    assert found.rate is not None
    assert found.rate.posts_a_day == pytest.approx(200), "100 in half a day"
    assert found.rate.low < 200 < found.rate.high


def test_where_there_is_no_stream_what_is_stored_counts(cast: Cast) -> None:
    store(cast, ["rye bread", "oats"] * 120)

    found = tried(cast, "rye")

    assert (found.basis, found.stored.estimate.examined, found.stored.estimate.matched) == ("stored", 240, 120)
    assert found.rate is not None
    assert found.rate.posts_a_day == pytest.approx(12, rel=0.01)
    assert found.samples[0].post.mention_id.startswith("men_")
    assert [sample.post.posted_at for sample in found.samples] == sorted(
        (sample.post.posted_at for sample in found.samples), reverse=True
    )
    assert len(found.samples) == SHOWN


def test_a_large_store_is_sampled_evenly_and_the_same_way_each_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.journey.preview.MOST_NEWEST", 20)
    monkeypatch.setattr("analytics.journey.preview.MOST_SPREAD", 200)
    # In the newest 20 none, in the others every third.
    store(cast, [*["oats"] * 20, *["rye", "oats", "oats"] * 200])

    first, again = tried(cast, "rye"), tried(cast, "rye")

    assert (first.stored.estimate.examined, first.stored.estimate.population) == (220, 620)
    assert first.rate == again.rate
    assert first.rate is not None
    assert first.rate.low < 200 / (619 / 24) < first.rate.high


def test_the_work_is_bounded_whatever_is_stored(cast: Cast) -> None:
    assert MOST_NEWEST + MOST_SPREAD + MOST_SHARED <= 5_000
    store(cast, ["rye"] * 150)
    stream(["rye"] * 150)
    with CaptureQueriesContext(connection) as few:
        tried(cast, "rye")
    store(cast, ["rye"] * 400)
    stream(["rye"] * 400)
    with CaptureQueriesContext(connection) as many:
        tried(cast, "rye")
    assert len(few) == len(many)


def test_posts_of_a_megabyte_are_few(cast: Cast) -> None:
    store(cast, ["rye " * 200_000] * 6)
    found = tried(cast, "rye")
    assert (found.stored.estimate.examined, found.stored.estimate.population) == (2, 6)


def test_noise_is_told_with_the_words_that_would_cut_it(cast: Cast) -> None:
    spam = [f"rye giveaway follow and retweet to win crypto airdrop now http://bit.ly/{n} #win" for n in range(30)]
    store(cast, [*[f"rye bread is {word} today" for word in ("good", "warm", "stale", "dark", "new") * 12], *spam])

    found = tried(cast, "rye")

    assert found.noise.share == pytest.approx(1 / 3, abs=0.01)
    assert found.noise.low is not None
    assert found.noise.high is not None
    assert found.noise.low < 1 / 3 < found.noise.high
    assert found.cuts[0].noisy == 30
    assert found.cuts[0].word not in {"rye", "bread"}


def test_too_few_matches_have_no_share_of_noise(cast: Cast) -> None:
    store(cast, ["rye"] * 19)
    noise = tried(cast, "rye").noise
    assert (noise.of, noise.share) == (19, None)
    assert noise.reason


def test_people_are_not_in_the_shared_sample_and_that_is_said(cast: Cast) -> None:
    stream(["hello @acme about rye"] * 150, hours_ago=12)
    stream(["hello @acme about rye"] * 150)

    found = tried(cast, "rye OR @acme OR author:acme")

    assert found.shared.unanswered == ("author", "handle")
    assert tried(cast, "@acme").basis == ""
    assert "@acme" not in found.samples[0].post.text


def test_what_an_exclusion_removes_is_counted(cast: Cast) -> None:
    store(cast, ["rye bread", "rye whisky", "rye bread"] * 20)
    of_stored = tried(cast, "rye -whisky -gin")
    stream(["rye bread", "rye whisky"] * 60)
    of_both = tried(cast, "rye -whisky -gin")

    assert [(one.start, one.removes) for one in of_stored.exclusions] == [(5, 20), (13, 0)]
    assert of_stored.warnings == (), "what a query excludes is never stored"
    assert [(one.start, one.removes) for one in of_both.exclusions] == [(5, 80), (13, 0)]
    assert [(one.code, one.start) for one in of_both.warnings] == [("exclusion_removed_nothing", 13)]


def test_matches_that_hang_on_a_reading_are_counted_and_said(cast: Cast) -> None:
    stream(["rye"] * 200)
    found = tried(cast, "rye sentiment:negative")
    assert found.shared.estimate.matched == 200
    assert all(tried_.pending for tried_ in found.shared.matches)


def test_a_preview_reads_the_clients_snippets(cast: Cast) -> None:
    store(cast, ["rye bread"] * 5)
    with db.enter(cast.client.schema_name):
        Snippet.objects.create(name="grain", text="rye OR oats")
    found = tried(cast, "bread snippet:grain")
    assert found.stored.estimate.matched == 5


def test_a_text_that_cannot_be_saved_cannot_be_tried(cast: Cast) -> None:
    with pytest.raises(ValidationFailed) as refused:
        tried(cast, "NOT rye")
    assert refused.value.fields[0].pointer == "/text"


def test_more_than_the_plan_allows_is_warned_of(cast: Cast) -> None:
    stream(["rye"] * 300, hours_ago=2)
    stream(["rye"] * 300)
    with db.public():
        Agency.objects.filter(id=cast.agency.id).update(
            plan=Plan.objects.create(name="Small", mentions_per_month=1_000)
        )
    assert [warning.code for warning in tried(cast, "rye").warnings] == ["exceeds_plan"]

    with db.enter(cast.client.schema_name):
        query = Query.objects.create(name="Rye", kind="topic", text="rye OR rye")
        at_once = warnings_of(query=query, client=cast.client, now=NOW)
        of_text = warnings_of(query=query, client=None, now=NOW)
    assert [warning.code for warning in at_once] == ["alternative_contained", "exceeds_plan"]
    assert [warning.code for warning in of_text] == ["alternative_contained"]


def test_very_much_is_warned_of_without_a_plan_too(cast: Cast) -> None:
    stream(["rye"] * 1_500, hours_ago=1.5)
    stream(["rye"] * 10)
    assert [warning.code for warning in tried(cast, "rye").warnings] == ["finds_very_much"]


def test_a_field_that_no_stored_post_has_is_warned_of(cast: Cast) -> None:
    store(cast, ["rye"] * 100)
    assert [warning.code for warning in tried(cast, "rye rating:>3").warnings] == ["field_never_known"]


def test_nobody_elses_mentions_are_read(cast: Cast) -> None:
    store(cast, ["rye"] * 30)
    with db.enter(cast.second_client.schema_name):
        found = preview(text="rye", client=cast.second_client, data_key=lambda: b"k" * 32, now=NOW)
    assert found.stored.estimate.examined == 0


@pytest.mark.parametrize("told", [True, False])
def test_emotions_that_nobody_tells_are_warned_of(cast: Cast, engines: Engines, told: bool) -> None:
    name = f"toy/{told}"
    engines(ToyEngine(name, lambda _: said(name, emotions=["joy"] if told else None)))
    codes = {warning.code for warning in tried(cast, "rye emotion:joy").warnings}
    assert codes == (set() if told else {"field_never_known"})
    assert "field_never_known" not in {warning.code for warning in tried(cast, "rye").warnings}
    with db.enter(cast.client.schema_name):
        query = Query.objects.create(name="Joy", kind="topic", text="rye NOT emotion:joy")
        (warning,) = warnings_of(query=query, client=None, now=NOW) or (None,)
        assert (warning is None) == told
        if warning is not None:
            assert "emotion" in warning.message


def test_an_emotion_that_the_engine_does_not_know_is_warned_of_alone(cast: Cast, engines: Engines) -> None:
    known = replace(said("toy/some", emotions=["joy"]), emotion_scores=(0.1,) * 7 + (None,))
    engines(ToyEngine("toy/some", lambda _: known))
    text = "rye emotion:(joy OR trust)"
    (warning,) = tried(cast, text).warnings
    assert (warning.code, text[warning.start : warning.end]) == ("field_never_known", "trust")
