"""Reading what is stored: in batches, once each, by the engine that the settings name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from analytics.language.contracts import EngineUnavailable
from analytics.language.engines import get_engine
from analytics.language.labels import write_readings
from analytics.language.services import Text, current_model_id, reader, texts_of, unread
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.mentions.contracts import Hit, NewMention
from analytics.mentions.models import Mention
from analytics.mentions.services import store
from kernel.ids import decode
from tests.cast import Cast

NOW = datetime(2026, 4, 1, tzinfo=UTC)
GOOD = "I love this bakery, the best bread in town, so friendly"
BAD = "Terrible service, rude staff and awful cold coffee, never again"


@pytest.fixture
def query(in_client: Cast) -> Query:
    return create_query(name="Juniper", kind="brand", text="juniper")


def keep(query: Query, *texts: str, origin: str = "imp_1", **fields: Any) -> None:
    number = Mention.objects.count()
    store(
        mentions=[
            NewMention(
                source="web",
                external_id=f"p{number + step}",
                text=text,
                posted_at=datetime(2026, 3, 1, step % 24, tzinfo=UTC),
                hits=(Hit(query.id, 1),),
                search="",
                **fields,
            )
            for step, text in enumerate(texts)
        ],
        origin=origin,
        now=NOW,
    )


@transaction.atomic
def understand(*, origin: str, limit: int, now: datetime) -> list[Text]:
    """Read and written as the journey does, without what hangs on it."""
    texts = unread(origin=origin, limit=limit)
    write_readings([text.id for text in texts], reader().read(texts), now=now)
    return texts


def test_a_reading_is_written_with_the_model_behind_it(query: Query) -> None:
    keep(query, GOOD, BAD)
    understood = understand(origin="imp_1", limit=10, now=NOW)
    assert len(understood) == 2
    good, bad = Mention.objects.order_by("external_id")
    assert (good.sentiment, bad.sentiment) == ("positive", "negative")
    for row in (good, bad):
        assert row.negative is not None
        assert row.neutral is not None
        assert row.positive is not None
        assert row.negative + row.neutral + row.positive == pytest.approx(1.0, abs=1e-5)
        assert (row.language, row.understood_at, row.abstain_reason) == ("en", NOW, "")
        assert row.model_id == current_model_id() == get_engine("compact").model_id
    assert {text.id for text in understood} == {decode("men", good.id), decode("men", bad.id)}
    assert texts_of([text.id for text in understood]) == understood, "what is read again is the same text"


def test_an_abstention_is_a_reading_too(query: Query) -> None:
    keep(query, "qwx", "Dzień dobry wszystkim, jaka piękna piekarnia na naszej ulicy")
    assert len(understand(origin="imp_1", limit=10, now=NOW)) == 2
    assert set(Mention.objects.values_list("sentiment", flat=True)) == {""}
    reasons = Mention.objects.order_by("external_id").values_list("abstain_reason", flat=True)
    assert list(reasons) == ["undecided_language", "unsupported_language"]
    for row in Mention.objects.all():
        assert row.understood_at == NOW
        assert row.model_id
    assert understand(origin="imp_1", limit=10, now=NOW) == []


def test_each_is_read_once_and_no_more_than_asked_for(query: Query) -> None:
    keep(query, *[GOOD] * 5)
    assert [len(understand(origin="imp_1", limit=2, now=NOW)) for _ in range(4)] == [2, 2, 1, 0]


def test_other_origins_are_left_alone(query: Query) -> None:
    keep(query, GOOD, origin="imp_1")
    keep(query, BAD, origin="fed_1")
    assert len(understand(origin="imp_1", limit=10, now=NOW)) == 1
    assert Mention.objects.filter(understood_at=None).get().origin == "fed_1"
    assert understand(origin="imp_9", limit=10, now=NOW) == []


def test_a_reading_that_is_rolled_back_is_done_again(query: Query) -> None:
    keep(query, GOOD)
    with transaction.atomic():
        understand(origin="imp_1", limit=10, now=NOW)
        transaction.set_rollback(True)
    assert Mention.objects.get().understood_at is None
    assert len(understand(origin="imp_1", limit=10, now=NOW)) == 1


def test_the_title_is_read_along(query: Query) -> None:
    keep(query, "See the link", title=BAD)
    understand(origin="imp_1", limit=10, now=NOW)
    assert Mention.objects.get().sentiment == "negative"


def test_no_pseudonym_sways_a_reading(query: Query) -> None:
    labels = ("abcdefghij", "lovely2345", "aaaaaaaaaa", "zyx7654322")
    keep(query, *(f"@~{label} the bread was fine I guess" for label in labels))
    understand(origin="imp_1", limit=10, now=NOW)
    assert len(set(Mention.objects.values_list("negative", "neutral", "positive", "language"))) == 1


def test_texts_in_every_script_and_none_are_read(query: Query) -> None:
    texts = ["خدمة رائعة", "とても良い", "", " ", "\u200b", "a" * 50_000, "👨‍👩‍👧‍👦" * 500, "ﷺ" * 100, "\U0010ffff"]
    keep(query, *texts)
    assert len(understand(origin="imp_1", limit=100, now=NOW)) == len(texts)
    assert not Mention.objects.filter(model_id="").exists()


def test_the_engine_is_the_settings(query: Query, settings: Any) -> None:
    keep(query, GOOD)
    settings.LANGUAGE_ENGINE = "nothing-of-the-kind"
    with pytest.raises(EngineUnavailable):
        understand(origin="imp_1", limit=10, now=NOW)
    assert Mention.objects.get().understood_at is None
