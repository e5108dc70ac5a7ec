"""Public ids: what they look like, how they sort, and that no text of a stranger breaks a lookup."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from analytics.foresight.selectors import forecast_of
from analytics.influence.selectors import map_of
from analytics.listening.models import Query
from analytics.listening.selectors import query_of
from analytics.mentions.selectors import mention_of
from analytics.reports.selectors import report_of
from analytics.sources.selectors import feed_of, import_of
from kernel.errors import NotFound
from kernel.ids import PublicIdField, decode, encode, uuid7
from tests.cast import Cast

HOSTILE = (
    "",
    "_",
    "qry",
    "qry_",
    "qry_x",
    "qry_" + "0" * 31,
    "qry_" + "0" * 33,
    "qry_" + "F" * 32,
    "qry_" + "g" * 32,
    "qry_" + "0" * 32 + "\n",
    "qry__" + "0" * 32,
    "QRY_" + "0" * 32,
    "qry_" + "٠" * 32,
    "qry_" + "０" * 32,
    "qry_" + "-" * 32,
    "qry_00000000-0000-7000-8000-000000000000",
    "{00000000-0000-7000-8000-000000000000}",
    "0" * 32,
    "\x00",
    "qry_\x00" + "0" * 31,
    "qry_" + "0" * 100_000,
    "qry_' OR 1=1 --",
)


@given(st.uuids(), st.sampled_from(["qry", "men", "a"]))
def test_there_and_back(value: uuid.UUID, prefix: str) -> None:
    assert decode(prefix, encode(prefix, value)) == value


@given(st.uuids(), st.uuids())
def test_texts_sort_as_the_uuids_do(one: uuid.UUID, other: uuid.UUID) -> None:
    assert (encode("qry", one) < encode("qry", other)) == (one < other)


@pytest.mark.parametrize("text", HOSTILE)
def test_anything_else_is_a_value_error_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(ValueError) as problem:
        decode("qry", text)
    assert str(problem.value) == "not a qry_ id"


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        decode("qry", text)


def test_another_prefix_is_not_ours() -> None:
    with pytest.raises(ValueError):
        decode("qry", encode("men", uuid7()))


def test_ids_are_version_7_and_hold_the_moment_they_were_made_in(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1_772_366_400_123
    monkeypatch.setattr(time, "time_ns", lambda: moment * 1_000_000 + 999_999)
    made = [uuid7() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert {(value.version, value.variant, value.int >> 80) for value in made} == {(7, uuid.RFC_4122, moment)}
    # The last quarter of a microsecond of its millisecond; behind it every bit but the variant's is random.
    assert {value.int >> 64 & 0xFFF for value in made} == {0xFFF}
    ever, always = 0, (1 << 64) - 1
    for value in made:
        ever |= value.int & ((1 << 64) - 1)
        always &= value.int
    assert ever == (1 << 64) - 1 - (1 << 62)
    assert always == 1 << 63


def test_later_ids_sort_behind_earlier_ones_within_a_millisecond_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_772_366_400_000_000_000, 1_772_366_400_003_000_000, 300))
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    made = [encode("qry", uuid7()) for _ in range(10_000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("find", [query_of, mention_of, import_of, feed_of, report_of, forecast_of, map_of])
def test_a_lookup_finds_nothing_and_never_breaks(in_client: Cast, find: Any, text: str) -> None:
    with pytest.raises(NotFound):
        find(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_lookup_by_another_rooms_id_finds_nothing(in_client: Cast) -> None:
    query = Query.objects.create(name="Ours", kind="brand", text="juniper")
    assert query_of(query.id).name == "Ours"
    value = decode("qry", query.id)
    for prefix, find in (("men", mention_of), ("imp", import_of), ("fed", feed_of), ("rep", report_of)):
        with pytest.raises(NotFound):
            find(encode(prefix, value))
        with pytest.raises(NotFound):
            find(query.id)
    with pytest.raises(NotFound):
        query_of(encode("men", value))


class TestField:
    def test_keeps_a_uuid_in_the_database_and_a_text_in_python(self, in_client: Cast) -> None:
        query = Query.objects.create(name="Ours", kind="brand", text="juniper")
        assert query.id.startswith("qry_")
        stored = Query.objects.get(name="Ours")
        assert stored.id == query.id == stored.pk
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, pg_typeof(id)::text FROM listening_query")
            assert cursor.fetchone() == (decode("qry", query.id), "uuid")

    def test_is_found_by_text_by_uuid_and_in_a_list(self, in_client: Cast) -> None:
        query = Query.objects.create(name="Ours", kind="brand", text="juniper")
        value = decode("qry", query.id)
        assert Query.objects.get(id=query.id) == Query.objects.get(id=value) == Query.objects.get(id__in=[query.id])
        assert Query.objects.values_list("id", flat=True).get() == query.id

    def test_a_text_of_another_prefix_is_refused_before_the_database_sees_it(self, in_client: Cast) -> None:
        with pytest.raises(ValueError):
            Query.objects.filter(id=encode("men", uuid7())).first()

    def test_cleans_to_its_own_form(self) -> None:
        field, value = PublicIdField("qry"), uuid7()
        assert field.to_python(value) == field.to_python(str(value)) == encode("qry", value)
        assert field.to_python(None) is None
        with pytest.raises(ValidationError):
            field.to_python("not an id")

    def test_a_migration_keeps_the_prefix_and_no_default(self) -> None:
        _, path, _, arguments = PublicIdField("qry").deconstruct()
        assert path == "kernel.ids.PublicIdField"
        assert arguments["prefix"] == "qry"
        assert "default" not in arguments
