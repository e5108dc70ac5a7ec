"""Matches that hang on a sentiment count for nothing until it is read, and then as if it had always been known."""

from __future__ import annotations

import json

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.insights.models import HourlyRollup
from analytics.journey.rematch import rematch
from analytics.journey.services import enrich
from analytics.language.contracts import EMOTIONS
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.models import Mention, MentionMatch
from analytics.mentions.selectors import MentionFilter, mentions
from tests.cast import Cast
from tests.journey.heard import (
    NOW,
    ORIGIN,
    QUERIES,
    TEXTS,
    check_rollups,
    hear_all,
    matches_of,
    post,
    pseudonyms,
    rollups_of,
    some_posts,
)
from tests.language.toy import Engines, ToyEngine, by_hash, said

LOVED, HATED, PLAIN = TEXTS[:3]


def test_a_match_counts_once_the_sentiment_is_read(in_client: Cast) -> None:
    glad = create_query(name="Glad", kind="topic", text="bread sentiment:positive")
    cross = create_query(name="Cross", kind="topic", text="bread NOT sentiment:positive")
    both = create_query(name="Any", kind="topic", text="(bread sentiment:negative) OR rye")
    hear_all(in_client, [post(1, LOVED), post(2, HATED)])

    pending = MentionMatch.objects.filter(settled=False)
    assert {(match.query.name, match.mention.external_id) for match in pending} == {
        ("Glad", "p1"), ("Glad", "p2"), ("Cross", "p1"), ("Cross", "p2"), ("Any", "p2"),
    }  # fmt: skip
    assert set(HourlyRollup.objects.values_list("query_id", "mentions")) == {(both.id, 1)}
    assert not mentions(MentionFilter(query_id=glad.id)).exists()

    assert enrich(origin=ORIGIN, limit=10, now=NOW) == 2

    assert not MentionMatch.objects.filter(settled=False).exists()
    found = {(match.query_id, match.mention.external_id): match for match in MentionMatch.objects.all()}
    assert set(found) == {(glad.id, "p1"), (cross.id, "p2"), (both.id, "p1"), (both.id, "p2")}
    assert found[glad.id, "p1"].spans == [LOVED.index("bread"), LOVED.index("bread") + 5]
    assert found[both.id, "p2"].spans == [HATED.index("bread"), HATED.index("bread") + 5]
    assert [mention.external_id for mention in mentions(MentionFilter(query_id=glad.id))] == ["p1"]
    ((_, _, count, _, _, negative, neutral, positive, _),) = rollups_of(glad)
    assert (count, negative, neutral, positive) == (1, 0, 0, 1)
    check_rollups()


def test_a_mention_that_nothing_matches_in_the_end_stays(in_client: Cast) -> None:
    """As it does when its only query is deleted."""
    query = create_query(name="Cross", kind="topic", text="bread sentiment:negative")
    hear_all(in_client, [post(1, LOVED)])
    enrich(origin=ORIGIN, limit=10, now=NOW)
    assert Mention.objects.get().sentiment == "positive"
    assert not MentionMatch.objects.exists()
    assert rollups_of(query) == []


def test_words_that_were_redacted_meanwhile_settle_a_match_all_the_same(in_client: Cast) -> None:
    query = create_query(name="Glad", kind="topic", text="sample sentiment:positive")
    hear_all(in_client, [post(1, f"{LOVED}, write to jane.sample@mail.example")])
    assert "sample" not in Mention.objects.get().text
    enrich(origin=ORIGIN, limit=10, now=NOW)
    assert [(spans, settled) for _, _, spans, settled, _ in matches_of(query)] == [([], True)]


def test_what_is_read_twice_counts_once(in_client: Cast) -> None:
    query = create_query(name="Glad", kind="topic", text="bread sentiment:positive")
    hear_all(in_client, [post(1, LOVED)])
    assert [enrich(origin=ORIGIN, limit=10, now=NOW) for _ in range(3)] == [1, 0, 0]
    assert rollups_of(query)[0][2] == 1


def test_an_emotion_settles_a_match_as_a_sentiment_does(in_client: Cast, engines: Engines) -> None:
    happy = create_query(name="Happy", kind="topic", text="bread emotion:joy")
    unmoved = create_query(name="Unmoved", kind="topic", text="bread NOT emotion:(joy OR anger)")
    mixed = create_query(
        name="Mixed", kind="topic", text="(bread emotion:(joy AND anger)) OR (bread sentiment:positive)"
    )
    moods = {"one": ["joy"], "two": ["anger", "joy"], "three": [], "four": None}
    engines(ToyEngine("toy/1", lambda text: said("toy/1", emotions=moods[text.split()[-1]])))
    hear_all(in_client, [post(number, f"bread {mood}") for number, mood in enumerate(moods)])
    assert MentionMatch.objects.filter(settled=False).count() == 12
    assert all(rollups_of(query) == [] for query in (happy, unmoved, mixed))

    enrich(origin=ORIGIN, limit=10, now=NOW)

    found = {query.name: {match.mention.text for match in MentionMatch.objects.filter(query=query)}
             for query in Query.objects.all()}  # fmt: skip
    assert found == {
        "Happy": {"bread one", "bread two"},
        # Where the engine says nothing of emotions there is none, as for sentiments.
        "Unmoved": {"bread three", "bread four"},
        "Mixed": {"bread two"},
    }
    check_rollups()


def test_what_is_awaited_grows_with_the_emotions_that_a_query_names(in_client: Cast) -> None:
    create_query(name="Any", kind="topic", text=f"bread emotion:({' OR '.join(EMOTIONS)})")
    hear_all(in_client, [post(1, "bread")])
    awaits = MentionMatch.objects.get().awaits
    assert awaits is not None
    assert list(awaits) == ["*"], "no sentiment makes a difference"
    depth, node = 0, awaits["*"]
    while isinstance(node, dict):
        depth, node = depth + 1, node["else"]
    assert (depth, node) == (len(EMOTIONS), None)
    assert len(json.dumps(awaits)) < 500


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    texts=st.lists(st.sampled_from(QUERIES), min_size=1, max_size=6, unique=True),
    seed=st.integers(0, 10_000),
    limit=st.sampled_from((3, 7, 50)),
)
def test_in_the_end_all_is_as_if_everything_had_been_known_at_once(
    in_client: Cast, engines: Engines, texts: list[str], seed: int, limit: int
) -> None:
    """Heard, read bit by bit; then matched anew with every reading known: the same, but for what redaction took."""
    engines(ToyEngine("toy/1", by_hash("toy/1")))
    with transaction.atomic():
        saved = [create_query(name=text, kind="topic", text=text) for text in texts]
        hear_all(in_client, some_posts(seed, 25))
        check_rollups()
        while enrich(origin=ORIGIN, limit=limit, now=NOW):
            check_rollups()
        assert not MentionMatch.objects.filter(settled=False).exists()
        for query in saved:
            before = {row[0]: row for row in matches_of(query)}
            rematch(query=query, pseudonym=pseudonyms(in_client))
            after = {row[0]: row for row in matches_of(query)}
            for mention in before.keys() ^ after.keys():
                # Only where redaction took words, handles or addresses can the two differ.
                text = Mention.objects.get(id=mention)
                assert "~" in text.text + text.title or "[" in text.text, (query.text, text.text)
            for mention in before.keys() & after.keys():
                assert after[mention] == before[mention]
        check_rollups()
        transaction.set_rollback(True)
    assert not Query.objects.exists()
