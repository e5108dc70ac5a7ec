"""However often mentions are read again, corrected and given back: as if they had been read so in the first place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.insights.models import HourlyRollup
from analytics.insights.rollups import rebuild
from analytics.journey.rematch import rematch
from analytics.journey.rereading import relabel, reread, take_back
from analytics.journey.services import enrich
from analytics.language.contracts import EMOTIONS, INTENTS, SENTIMENTS, Reading
from analytics.language.labels import FIELDS, Labels
from analytics.language.services import texts_of
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions import tallies
from analytics.mentions.filtering import filter_anew
from analytics.mentions.models import Mention, MentionMatch, Noise
from kernel.ids import decode
from tests.cast import Cast
from tests.journey.heard import NOW, ORIGIN, TEXTS, hear_all, post, pseudonyms, some_posts
from tests.language.toy import Engines, ToyEngine, by_hash, said

SPAM = "rye: free bitcoin airdrop is live join our telegram https://t.me/x #a1 #b2 #c3 #d4 #e5"
HANGING = (
    "rye", "bread sentiment:positive", "rye NOT sentiment:negative", "rye emotion:joy",
    "bread NOT emotion:(anger OR fear)",
    "(rye emotion:joy) OR (bread sentiment:negative)", "(rye OR bread) emotion:(joy AND trust) NOT sentiment:positive",
    "rye OR (bread emotion:sadness)", "jane emotion:surprise", "(rye OR bread) emotion:(joy OR trust OR anger OR fear)",
)  # fmt: skip


some = st.integers(0, 2**12 - 1)
labels = st.builds(
    lambda sentiment, emotions, irony, intents: (sentiment, emotions, irony, intents),
    st.none() | st.sampled_from(SENTIMENTS),
    st.none() | st.lists(st.sampled_from(EMOTIONS), max_size=3, unique=True).map(tuple),
    st.none() | st.booleans(),
    st.none() | st.lists(st.sampled_from(INTENTS), max_size=2, unique=True).map(tuple),
).filter(lambda given: any(each is not None for each in given))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("enrich"), st.integers(1, 8), some),
        st.tuples(st.just("engine"), st.sampled_from("ABC"), some),
        st.tuples(st.just("reread"), st.none(), some),
        st.tuples(st.just("relabel"), labels, some),
        st.tuples(st.just("take back"), st.lists(st.sampled_from(FIELDS), min_size=1, unique=True), some),
        st.tuples(st.just("rematch"), st.integers(0, 9), some),
        st.tuples(st.just("level"), st.sampled_from(("off", "strict")), some),
    ),
    min_size=3,
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    texts=st.lists(st.sampled_from(HANGING), min_size=1, max_size=5, unique=True), seed=st.integers(0, 999), steps=steps
)
def test_any_sequence_is_a_fresh_reading_with_the_labels_of_its_end(
    in_client: Cast, engines: Engines, texts: list[str], seed: int, steps: list[tuple[str, Any, int]]
) -> None:
    with transaction.atomic():
        for text in texts:
            create_query(name=text, kind="topic", text=text)
        engines(ToyEngine("toy/A", by_hash("toy/A")))
        posts = [post(100 + n, text) for n, text in enumerate((*TEXTS[:4], SPAM))] + some_posts(seed, 12)
        # What is found anew rests on what was stored: told apart only where redaction took something.
        redacts = any(step[0] == "rematch" for step in steps)
        if redacts:
            posts = [post(200 + n, f"{TEXTS[n % 4]} rye {n}") for n in range(12)] + posts[4:5]
        # Each text once, so that a reading is known by it.
        posts = [replace(each, text=f"{each.text} no{n}") for n, each in enumerate(posts)]
        with transaction.atomic():
            hear_all(in_client, posts)
            for step in steps:
                _do(in_client, engines, *step)
                _check()
            _do(in_client, engines, "enrich", 99, 0)
            expected = _everything()
            end = {text_of(row): _as_read(row) for row in Mention.objects.all()}
            levels = dict(Query.objects.values_list("name", "noise_filter"))
            transaction.set_rollback(True)
        hear_all(in_client, posts)
        for name, level in levels.items():
            Query.objects.filter(name=name).update(noise_filter=level)
        engines(ToyEngine("toy/end", end.__getitem__))
        enrich(origin=ORIGIN, limit=99, now=NOW)
        _check()
        assert _everything() == expected
        transaction.set_rollback(True)


def _do(cast: Cast, engines: Engines, what: str, value: Any, which: int) -> None:
    rows = list(Mention.objects.order_by("id"))
    chosen = [str(row.id) for place, row in enumerate(rows) if which >> (place % 12) & 1]
    match what:
        case "enrich":
            enrich(origin=ORIGIN, limit=value, now=NOW)
        case "engine":
            engines(ToyEngine(f"toy/{value}", by_hash(f"toy/{value}")))
        case "reread":
            read = {str(row.id) for row in rows if row.understood_at is not None}
            assert reread(ids=chosen, now=NOW) == len(read & set(chosen))
        case "relabel":
            relabel(labels={each: Labels(*value) for each in chosen}, now=NOW)
        case "take back":
            take_back(fields=dict.fromkeys(chosen, value), now=NOW)
        case "rematch":
            queries = list(Query.objects.order_by("id"))
            rematch(query=queries[value % len(queries)], pseudonym=pseudonyms(cast))
        case "level":
            query = Query.objects.order_by("id")[which % Query.objects.count()]
            Query.objects.filter(id=query.id).update(noise_filter=value)
            filter_anew(query.id)
            rebuild(query.id)


def _check() -> None:
    for query in Query.objects.all():
        before = _rollups()
        rebuild(query.id)
        assert _rollups() == before
    assert not MentionMatch.objects.filter(settled=False, mention__understood_at__isnull=False).exists()
    assert not MentionMatch.everything.filter(settled=False, hidden=True).exists()
    for row in Mention.objects.all():
        assert set(row.corrected) == set(row.engine_labels or ())


def _rollups() -> list[Any]:
    names = ("query__name", "hour", "source", *tallies.MEASURES, "hidden")
    return list(HourlyRollup.objects.order_by("query__name", "hour", "source").values_list(*names))


def _everything() -> tuple[list[Any], ...]:
    matches = MentionMatch.everything.order_by("mention__source", "mention__external_id", "query__name").values_list(
        "mention__source", "mention__external_id", "query__name", "spans", "settled", "void", "hidden", "awaits"
    )
    labels = Mention.objects.order_by("source", "external_id").values_list(
        "source", "external_id", "sentiment", "emotions", "irony", "intents"
    )
    noise = Noise.objects.order_by("mention__source", "mention__external_id").values_list("score", "reasons")
    return list(matches), list(labels), _rollups(), list(noise)


def text_of(row: Mention) -> str:
    """As engines are given it."""
    return texts_of([decode("men", str(row.id))])[0].text


def _as_read(row: Mention) -> Reading:
    return said("toy/end", sentiment=row.sentiment, emotions=row.emotions, irony=row.irony, intents=row.intents)
