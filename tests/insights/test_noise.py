"""A query's noise filter: what it hides is counted apart, whatever came first, and what was restored stays shown."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.insights import rollups
from analytics.insights.models import HourlyRollup
from analytics.insights.noise import refilter, restore, set_filter
from analytics.listening.models import Query
from analytics.mentions.contracts import Hit
from analytics.mentions.filtering import filter_anew, hide_noise, judge_mentions
from analytics.mentions.matching import replace_matches
from analytics.mentions.models import Mention, MentionMatch, Noise, Restored
from analytics.mentions.selectors import MentionFilter, mentions, most_engaging
from kernel.errors import ValidationFailed
from kernel.ids import decode, encode, uuid7
from kernel.jobs.models import Job
from kernel.queue.testing import drain
from tests.mentions.sample import NOON, mention, put

pytestmark = pytest.mark.usefixtures("in_client")
HOLDS_TRANSACTIONS = True

MEASURES = ("mentions", "reach", "engagement", "negative", "neutral", "positive", "hidden")
SPAM = "free bitcoin airdrop is live join our telegram https://t.me/x #a1 #b2 #c3 #d4 #e5"
FINE = "a loaf of rye bread from the bakery"


def made(*texts: str, level: str = "off") -> tuple[Query, list[str]]:
    """A query, and mentions of it that are stored, judged, filtered and counted as the journey does."""
    query = Query.objects.create(name=f"q{Query.objects.count()}", kind="brand", text="bread", noise_filter=level)
    return query, stored(query, *texts)


def stored(query: Query, *texts: str) -> list[str]:
    start = Mention.objects.count()
    batch = put(
        *(
            mention(f"p{start + n}", text=text, author=f"a{start + n}", hits=(Hit(query.id, 1),), likes=n)
            for n, text in enumerate(texts)
        )
    )
    rollups.add_mentions(batch.fresh)
    ids = [row.id for row in batch.fresh]
    judge_mentions(uuids(ids))
    with rollups.keep_counting(uuids(ids)):
        hide_noise(uuids(ids))
    return ids


def uuids(ids: list[str]) -> list[Any]:
    return [decode("men", pk) for pk in ids]


def counts(query: Query) -> tuple[int, int]:
    rows = HourlyRollup.objects.filter(query=query)
    return sum(row.mentions for row in rows), sum(row.hidden for row in rows)


def rolled_up() -> dict[Any, tuple[int, ...]]:
    rows = {(row.query_id, row.hour, row.source): tuple(getattr(row, name) for name in MEASURES)
            for row in HourlyRollup.objects.all()}  # fmt: skip
    return {key: row for key, row in rows.items() if any(row)}


def counted() -> dict[Any, tuple[int, ...]]:
    """The slow and obvious way."""
    sums: dict[Any, Counter[str]] = {}
    for match in MentionMatch.objects.filter(settled=True).select_related("mention"):
        post = match.mention
        cell = sums.setdefault((match.query_id, post.posted_at.replace(minute=0), post.source), Counter())
        if match.hidden:
            cell["hidden"] += 1
        else:
            cell.update(mentions=1, reach=post.reach, engagement=post.likes + post.reposts + post.replies)
            cell[post.sentiment] += 1
    return {key: tuple(cell[name] for name in MEASURES) for key, cell in sums.items()}


def test_scores_are_kept_with_their_reasons_and_version() -> None:
    made(SPAM, FINE)
    kept = Noise.objects.get(mention__text=SPAM)
    assert kept.score == kept.spam
    assert kept.spam is not None
    assert kept.spam > 0.9
    assert kept.model_id == "noise/1"
    assert {reason["code"] for reason in kept.reasons} >= {"phrases_crypto", "hidden_links", "hashtag_stuffing"}
    assert Noise.objects.get(mention__text=FINE).reasons == []


def test_what_is_around_a_mention_counts() -> None:
    query, _ = made(FINE)
    posts = [
        mention(f"b{n}", author="bot", text=SPAM, hits=(Hit(query.id, 1),), posted_at=NOON + timedelta(minutes=10 * n))
        for n in range(30)
    ]
    batch = put(*posts, mention("copy", author="cid", text=SPAM, posted_at=NOON + timedelta(days=9)))
    judge_mentions(uuids([row.id for row in batch.fresh]))
    last = Noise.objects.get(mention__external_id="b29")
    assert {reason["code"] for reason in last.reasons} >= {"repeated_by_author", "template_posts", "regular_gaps"}
    assert last.bot is not None
    assert last.bot > 0.9
    first = Noise.objects.get(mention__external_id="b0")
    assert first.bot is None, "what came later is not held against a post"
    copy = Noise.objects.get(mention__external_id="copy")
    assert {r["code"]: r["value"] for r in copy.reasons}["repeated_by_others"] == 30


def test_a_filter_hides_what_scores_enough_and_counts_it_apart() -> None:
    query, (spam, fine) = made(SPAM, FINE, level="strict")
    assert counts(query) == (1, 1)
    assert rolled_up() == counted()
    listed = {level: {row.id for row in mentions(MentionFilter(query_id=query.id, noise=level))}
              for level in ("shown", "hidden", "all")}  # fmt: skip
    assert listed == {"shown": {fine}, "hidden": {spam}, "all": {spam, fine}}
    assert [row.id for row in most_engaging(query_ids=[query.id], since=NOON, until=NOON + timedelta(1), limit=9)] == [
        fine
    ]


def test_without_a_query_a_list_leaves_out_what_every_query_hides() -> None:
    strict, (spam, _) = made(SPAM, FINE, level="strict")
    both = {row.id for row in mentions(MentionFilter())}
    assert {row.id for row in mentions(MentionFilter(noise="hidden"))} == {spam}
    assert {row.id for row in mentions(MentionFilter(noise="shown"))} == both - {spam}
    other = Query.objects.create(name="other", kind="topic", text="bread")
    MentionMatch.objects.create(mention_id=spam, query=other, query_version=1, posted_at=NOON)
    assert {row.id for row in mentions(MentionFilter(noise="shown"))} == both
    assert {row.id for row in mentions(MentionFilter(noise="hidden"))} == {spam}
    MentionMatch.objects.all().delete()
    assert {row.id for row in mentions(MentionFilter(noise="shown"))} == both, "what no query matches is not hidden"
    assert strict.noise_filter == "strict"


def test_another_level_goes_over_history_in_a_job() -> None:
    query, _ = made(SPAM, FINE)
    other, _ = made(SPAM)
    assert counts(query) == (2, 0)
    job = set_filter(query=query, level="low")
    assert job is not None
    assert set_filter(query=query, level="low") is None
    drain()
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.SUCCEEDED, query.id)
    assert counts(query) == (1, 1)
    assert counts(other) == (1, 0)
    set_filter(query=query, level="off")
    drain()
    assert counts(query) == (2, 0)
    assert rolled_up() == counted()


def test_nothing_matched_needs_no_job() -> None:
    query, _ = made()
    assert set_filter(query=query, level="strict") is None
    assert Query.objects.get(id=query.id).noise_filter == "strict"


def test_what_was_restored_stays_shown_until_it_is_left_to_the_filter_again() -> None:
    query, (spam, more, _) = made(SPAM, f"{SPAM} again", FINE, level="strict")
    assert counts(query) == (1, 2)
    assert restore(query=query, mentions=[spam], restored=True, now=NOON) == 1
    assert restore(query=query, mentions=[spam], restored=True, now=NOON) == 0
    assert counts(query) == (2, 1)
    refilter(query=query)
    hide_noise(uuids([spam, more]))
    assert counts(query) == (2, 1)
    assert restore(query=query, mentions=[spam, more], restored=False, now=NOON) == 1
    assert counts(query) == (1, 2)
    assert not Restored.objects.exists()
    assert rolled_up() == counted()


def test_what_the_query_did_not_match_cannot_be_restored() -> None:
    query, (spam,) = made(SPAM, level="strict")
    _, (elsewhere,) = made(SPAM)
    for unknown in (elsewhere, encode("men", uuid7())):
        with pytest.raises(ValidationFailed) as refused:
            restore(query=query, mentions=[spam, unknown], restored=True, now=NOON)
        assert [problem.pointer for problem in refused.value.fields] == ["/mentions/1"]
    assert counts(query) == (0, 1)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("store"), st.lists(st.booleans(), min_size=1, max_size=4), st.integers(0, 3)),
        st.tuples(st.just("level"), st.sampled_from(["off", "low", "strict"]), st.just(0)),
        st.tuples(st.just("restore"), st.booleans(), st.integers(0, 30)),
        st.tuples(st.just("rematch"), st.booleans(), st.integers(0, 30)),
        st.tuples(st.just("read"), st.sampled_from(["negative", "positive"]), st.integers(0, 30)),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_rollups_are_what_counting_gives_and_so_is_rebuilding_them(steps: list[tuple[str, Any, int]]) -> None:
    query, _ = made(SPAM, FINE)
    number = 0
    for what, value, place in steps:
        known = list(Mention.objects.order_by("id").values_list("id", flat=True))
        chosen = str(known[place % len(known)])
        if what == "store":
            number += 1
            stored(query, *(f"{SPAM if spam else FINE} {number} {place}" for spam in value))
        elif what == "level":
            Query.objects.filter(id=query.id).update(noise_filter=value)
            refilter(query=query)
        elif what == "restore":
            restore(query=query, mentions=[chosen], restored=value, now=NOON)
        elif what == "rematch":
            rematched(query, chosen, alone=value)
        elif not Mention.objects.get(id=chosen).sentiment:
            with rollups.keep_counting(uuids([chosen])):
                Mention.objects.filter(id=chosen).update(sentiment=value)
    assert rolled_up() == counted()
    before = rolled_up()
    rollups.rebuild(query.id)
    assert rolled_up() == before
    assert filter_anew(query.id) == [], "each match goes by the filter already"
    for model in (Query, Mention):
        model.objects.all().delete()


def rematched(query: Query, chosen: str, *, alone: bool) -> None:
    """One mention matched anew and found again, as a page of a rematch does."""
    row = MentionMatch.objects.get(mention=chosen, query=query)
    with rollups.keep_counting(uuids([chosen]), query_id=query.id):
        replace_matches(query.id, of=uuids([chosen]), found=[(chosen, row.posted_at, Hit(query.id, 1))])
        hide_noise(uuids([chosen]), query_id=query.id if alone else None)
