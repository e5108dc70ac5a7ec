"""Django's own ways to ask, with parameters that travel apart: their types are inferred, so each way is tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Concat, TruncDay

from analytics.insights.models import HourlyRollup
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from kernel.ids import decode
from tests.cast import Cast
from tests.isolation.attack import place

HOUR = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def query(in_client: Cast) -> Query:
    made = Query.objects.create(name="One", kind="brand", text="juniper")
    Query.objects.bulk_create(
        [Query(name=f"More {number}", kind="topic", text="x") for number in range(5)], batch_size=2
    )
    HourlyRollup.objects.bulk_create(
        [
            HourlyRollup(query_id=decode("qry", made.id), hour=HOUR + timedelta(hours=number), source="rss", mentions=2)
            for number in range(30)
        ]
    )
    return made


def test_conditions_of_every_kind(query: Query) -> None:
    assert Query.objects.filter(Q(name__icontains="MORE") | Q(name__startswith="One")).count() == 6
    assert Query.objects.filter(name__in=["One", "More 1"], active=True).count() == 2
    assert Query.objects.filter(name__regex=r"^More \d$").exclude(name__iexact="more 1").count() == 4
    assert Query.objects.filter(pk__in=[query.pk]).get().pk == query.pk
    assert Query.objects.filter(pk__in=Query.objects.filter(kind="topic").values("pk")).count() == 5
    assert list(Query.objects.order_by("-name")[1:2].values_list("name", flat=True)) == ["More 4"]


def test_arrays_and_json(in_client: Cast) -> None:
    assert not Mention.objects.filter(hashtags__contains=["a"]).exists()
    assert not Mention.objects.filter(hashtags__overlap=["a", "b"], media__0__kind="image").exists()
    assert not Mention.objects.filter(media__contains=[{"kind": "image"}]).exists()
    assert not Mention.objects.filter(hashtags__len=2, media=[]).exists()


def test_sums_by_day_with_a_zone_and_a_case(query: Query) -> None:
    days = (
        HourlyRollup.objects.annotate(day=TruncDay("hour", tzinfo=UTC))
        .values("day")
        .annotate(total=Sum("mentions"), some=Count("id", filter=Q(source="rss")))
        .order_by("day")
    )
    assert [(row["total"], row["some"]) for row in days] == [(28, 14), (32, 16)]
    kinds = Query.objects.annotate(
        label=Case(When(kind="brand", then=Value("ours")), default=Concat(Value("a "), F("kind")))
    )
    assert set(kinds.values_list("label", flat=True)) == {"ours", "a topic"}
    grouped = kinds.values("label").annotate(n=Count("pk")).order_by("label")
    assert [(row["label"], row["n"]) for row in grouped] == [("a topic", 5), ("ours", 1)]
    assert HourlyRollup.objects.aggregate(n=Coalesce(Sum("mentions", filter=Q(source="none")), Value(0)))["n"] == 0


def test_changes_by_expressions_and_upserts(query: Query) -> None:
    assert HourlyRollup.objects.filter(hour=HOUR).update(mentions=F("mentions") + 3) == 1
    assert HourlyRollup.objects.get(hour=HOUR).mentions == 5
    _, made = Query.objects.update_or_create(name="One", defaults={"text": "other"})
    assert not made
    with transaction.atomic():
        assert Query.objects.select_for_update(skip_locked=True).get(name="One").text == "other"


def test_reading_in_chunks_and_explaining(query: Query) -> None:
    assert len(list(HourlyRollup.objects.iterator(chunk_size=7))) == 30
    assert "rows" in HourlyRollup.objects.filter(source="rss").explain(analyze=True)


def test_a_copy_sent_the_wrong_way_does_not_spoil_the_connection(in_client: Cast) -> None:
    before = place()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("COPY listening_query TO STDOUT")
    assert place() == before
