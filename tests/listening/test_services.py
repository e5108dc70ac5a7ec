"""Saving queries, and the listener compiled from them."""

from __future__ import annotations

import pytest

from analytics.listening.models import Query
from analytics.listening.saved import UnreadableQuery
from analytics.listening.selectors import listener, problem_of, queries, query_of, tree_of
from analytics.listening.services import check_text, create_query, delete_query, update_query
from kernel import db
from kernel.errors import NotFound, ValidationFailed
from tests.cast import Cast


def test_a_saved_query_is_found_and_starts_at_version_one(in_client: Cast) -> None:
    query = create_query(name="Juniper", kind="brand", text="juniper AND bakery")
    assert query_of(query.id) == query
    assert (query.version, query.active) == (1, True)
    assert list(queries()) == [query]


@pytest.mark.parametrize("text", ["", "   ", "(", '"open', "AND", "NOT", "a OR", "()" * 10, "(" * 5000, "x" * 50_001])
def test_a_text_that_does_not_parse_is_refused_with_its_place(in_client: Cast, text: str) -> None:
    with pytest.raises(ValidationFailed) as problem:
        create_query(name="Bad", kind="brand", text=text)
    assert [(field.pointer, field.code) for field in problem.value.fields] == [("/text", "query_syntax")]
    assert len(problem.value.detail) < 500
    assert not Query.objects.exists()
    with pytest.raises(ValidationFailed):
        check_text(text)


def test_a_name_can_be_used_once_per_client(in_client: Cast) -> None:
    create_query(name="Juniper", kind="brand", text="juniper")
    with pytest.raises(ValidationFailed) as problem:
        create_query(name="Juniper", kind="topic", text="other")
    assert [(field.pointer, field.code) for field in problem.value.fields] == [("/name", "taken")]
    other = create_query(name="Other", kind="topic", text="other")
    with pytest.raises(ValidationFailed):
        update_query(query=other, name="Juniper")
    with db.enter(in_client.second_client.schema_name):
        assert create_query(name="Juniper", kind="brand", text="juniper").version == 1


@pytest.mark.parametrize(
    ("changes", "version", "rematch"),
    [
        ({"text": "bakery"}, 2, True),
        ({"text": "juniper"}, 1, False),
        ({"name": "New"}, 1, False),
        ({"kind": "topic"}, 1, False),
        ({"active": False}, 1, True),
        ({"active": True}, 1, False),
        ({"active": False, "text": "bakery", "name": "New"}, 2, True),
        ({}, 1, False),
    ],
)
def test_what_a_change_means(in_client: Cast, changes: dict[str, str | bool], version: int, rematch: bool) -> None:
    query = create_query(name="Juniper", kind="brand", text="juniper")
    changed, again = update_query(query=query, **changes)
    stored = query_of(query.id)
    assert (changed.version, again) == (stored.version, rematch) == (version, rematch)
    for field, value in changes.items():
        assert getattr(stored, field) == value


def test_a_change_that_does_not_parse_leaves_the_stored_query(in_client: Cast) -> None:
    query = create_query(name="Juniper", kind="brand", text="juniper")
    with pytest.raises(ValidationFailed):
        update_query(query=query, text="(")
    stored = query_of(query.id)
    assert (stored.text, stored.version) == ("juniper", 1)


def test_changes_of_what_somebody_else_changed_meanwhile(in_client: Cast) -> None:
    first = create_query(name="Juniper", kind="brand", text="juniper")
    second = query_of(first.id)

    assert update_query(query=first, text="bakery")[0].version == 2
    renamed, again = update_query(query=second, name="Bakery")
    assert (renamed.text, renamed.version, again) == ("bakery", 2, False)
    assert update_query(query=second, text="rye")[0].version == 3

    query_of(first.id).delete()
    with pytest.raises(NotFound):
        update_query(query=second, text="spelt")


class TestListener:
    def test_holds_active_queries_with_their_versions_and_the_handles_they_name(self, in_client: Cast) -> None:
        own = create_query(name="Own", kind="brand", text="@Juniper OR #bake")
        other = create_query(name="Other", kind="topic", text="rye AND NOT @Mill")
        asleep = create_query(name="Asleep", kind="topic", text="@asleep")
        update_query(query=asleep, active=False)
        update_query(query=other, text="rye OR spelt")
        heard = listener()
        assert heard.versions == {own.id: 1, other.id: 2}
        assert heard.public_handles == {"juniper"}
        assert [match.key for match in heard.matcher.match("hello @juniper, no rye today")] == [own.id, other.id]

    def test_is_compiled_again_only_after_a_change(self, in_client: Cast) -> None:
        query = create_query(name="Own", kind="brand", text="juniper")
        first = listener()
        assert listener() is first
        update_query(query=query, name="Renamed")
        assert listener() is first
        update_query(query=query, text="bakery")
        assert listener() is not first
        assert listener().matcher.match("juniper") == []

    def test_of_another_client_is_another(self, in_client: Cast) -> None:
        create_query(name="Own", kind="brand", text="juniper")
        with db.enter(in_client.second_client.schema_name):
            assert listener().versions == {}
            assert listener().matcher.match("juniper") == []

    def test_forgets_a_deleted_query(self, in_client: Cast) -> None:
        query = create_query(name="Own", kind="brand", text="juniper")
        query_id = query.id
        delete_query(query=query)
        assert listener().versions == {}
        with pytest.raises(NotFound):
            query_of(query_id)


class TestAQueryOfAnOlderLanguage:
    """`type: A` was three plain words once; now it is a field with a value that it does not have."""

    @pytest.fixture
    def old(self, in_client: Cast) -> Query:
        query = create_query(name="Blood", kind="topic", text="blood")
        Query.objects.filter(id=query.id).update(text="blood type:ab")
        query.refresh_from_db()
        return query

    def test_keeps_no_other_from_being_heard(self, old: Query) -> None:
        other = create_query(name="Tea", kind="topic", text="tea")
        assert [match.key for match in listener().matcher.match("tea and blood type:ab")] == [other.id]

    def test_says_what_is_wrong_with_it(self, old: Query) -> None:
        assert "(at character 11)" in (problem_of(old) or "")
        with pytest.raises(UnreadableQuery):
            tree_of(old)

    def test_is_not_made_active_as_it_is(self, old: Query) -> None:
        query, _ = update_query(query=old, active=False)
        with pytest.raises(UnreadableQuery):
            update_query(query=query, active=True)
        query, rematch = update_query(query=query, active=True, text='blood "type ab"')
        assert rematch
        assert problem_of(query) is None
