"""API keys: what is stored of them, and whom they let in as what."""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import NotFound
from tenants import keys, selectors, services
from tenants.models import ApiKey
from tests.cast import Cast

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_fresh_key_is_read_back_by_its_own_shape() -> None:
    fresh = keys.make()
    assert keys.split(fresh.text) is not None
    prefix, secret = keys.split(fresh.text) or ("", "")
    assert prefix == fresh.prefix
    assert keys.same(secret, fresh.digest)
    assert not keys.same(secret[:-1] + ("A" if secret[-1] != "A" else "B"), fresh.digest)
    assert secret not in fresh.digest


def test_keys_do_not_repeat() -> None:
    made = [keys.make() for _ in range(500)]
    assert len({key.text for key in made}) == len({key.prefix for key in made}) == 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ear_",
        "ear_abcdefghijkl_",
        "ear_abcdefghijkl_" + "a" * 42,
        "ear_abcdefghijkl_" + "a" * 44,
        "ear_ABCDEFGHIJKL_" + "a" * 43,
        "xar_abcdefghijkl_" + "a" * 43,
        " ear_abcdefghijkl_" + "a" * 43,
        "ear_abcdefghijkl_" + "a" * 43 + "\n",
        "ear_abcdefghijkl_" + "ä" * 43,
        "ear_abcdefghijkl_" + "\x00" * 43,
        "ear_abcdefghi'--_" + "a" * 43,
    ],
)
def test_what_never_was_a_key_is_none(text: str) -> None:
    assert keys.split(text) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert keys.split(text) is None or text.startswith("ear_")


def test_the_secret_is_compared_in_constant_time() -> None:
    """By structure, not by clock: the only comparison of a secret is `hmac.compare_digest`, and there is no other way
    from a text to a caller."""
    (function,) = ast.parse(inspect.getsource(keys.same)).body
    calls = [ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]
    assert "hmac.compare_digest" in calls
    assert not [node for node in ast.walk(function) if isinstance(node, ast.Compare)]
    (function,) = ast.parse(inspect.getsource(selectors.caller_of)).body
    compared = [ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Compare)]
    assert not [text for text in compared if "digest" in text or "secret" in text]
    looked_up = [
        keyword.arg
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".filter")
        for keyword in node.keywords
    ]
    assert sorted(set(looked_up) - {None}) == ["pk", "prefix"]  # type: ignore[type-var]
    assert "keys.same(secret, key.digest)" in ast.unparse(function)


def test_neither_a_keys_text_nor_its_secret_is_stored(cast: Cast) -> None:
    _, fresh = services.issue_key(agency_id=cast.agency.id, name="n", role="viewer", actor=cast.owner.id)
    secret = fresh.text.rpartition("_")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM tenants_apikey t UNION ALL SELECT t::text FROM tenants_auditevent t")
        everything = "\n".join(row[0] for row in cursor.fetchall())
    assert fresh.prefix in everything
    assert secret not in everything


class TestCallerOf:
    def test_a_key_is_its_agency_and_role(self, cast: Cast) -> None:
        for role, text in cast.keys.items():
            caller = selectors.caller_of(text)
            assert caller is not None
            assert (caller.agency_id, caller.role, caller.client_ids) == (cast.agency.id, role, None)

    def test_a_known_prefix_with_another_secret_is_nobody(self, cast: Cast) -> None:
        text, other = cast.keys["owner"], cast.keys["viewer"]
        assert selectors.caller_of(text.rpartition("_")[0][:16] + "_" + "a" * 43) is None
        parts, others = keys.split(text), keys.split(other)
        assert parts is not None
        assert others is not None
        assert selectors.caller_of(f"ear_{parts[0]}_{others[1]}") is None

    @pytest.mark.parametrize("text", ["", "nonsense", "ear_aaaaaaaaaaaa_" + "a" * 43, "\x00", "é" * 60])
    def test_an_unknown_text_is_nobody(self, cast: Cast, text: str) -> None:
        assert selectors.caller_of(text) is None

    def test_an_expired_key_is_nobody_from_its_moment_on(self, cast: Cast) -> None:
        _, fresh = services.issue_key(
            agency_id=cast.agency.id, name="brief", role="viewer", actor=cast.owner.id, expires_at=NOW
        )
        assert selectors.caller_of(fresh.text, now=NOW - timedelta(microseconds=1)) is not None
        assert selectors.caller_of(fresh.text, now=NOW) is None
        assert selectors.caller_of(fresh.text, now=NOW + timedelta(days=1)) is None

    def test_a_revoked_key_is_nobody_and_revoking_twice_is_one_event(self, cast: Cast) -> None:
        key, fresh = services.issue_key(agency_id=cast.agency.id, name="gone", role="owner", actor=cast.owner.id)
        services.revoke_key(key=key, actor=cast.owner.id)
        first = key.revoked_at
        services.revoke_key(key=key, actor=cast.owner.id)
        assert selectors.caller_of(fresh.text) is None
        assert ApiKey.objects.get(id=key.id).revoked_at == first
        caller = selectors.caller_of(cast.keys["owner"])
        assert caller is not None
        events = selectors.audit_of(caller).filter(action="api_key.revoked", detail__key=key.id)
        assert events.count() == 1

    def test_use_is_noted_but_not_on_every_request(self, cast: Cast) -> None:
        key, fresh = services.issue_key(agency_id=cast.agency.id, name="used", role="viewer", actor=cast.owner.id)

        def used_at() -> datetime | None:
            return ApiKey.objects.get(id=key.id).last_used_at

        assert used_at() is None
        selectors.caller_of(fresh.text, now=NOW)
        assert used_at() == NOW
        selectors.caller_of(fresh.text, now=NOW + timedelta(minutes=5))
        assert used_at() == NOW
        selectors.caller_of(fresh.text, now=NOW + timedelta(minutes=6))
        assert used_at() == NOW + timedelta(minutes=6)

    def test_a_wrong_secret_leaves_no_trace_of_use(self, cast: Cast) -> None:
        key, fresh = services.issue_key(agency_id=cast.agency.id, name="still", role="viewer", actor=cast.owner.id)
        selectors.caller_of(f"ear_{fresh.prefix}_" + "a" * 43, now=NOW)
        assert ApiKey.objects.get(id=key.id).last_used_at is None


class TestReach:
    def test_a_bound_key_reaches_its_clients_only(self, cast: Cast) -> None:
        caller = selectors.caller_of(cast.bound_key)
        assert caller is not None
        assert caller.client_ids == frozenset({cast.client.id})
        assert [client.id for client in selectors.clients_of(caller)] == [cast.client.id]
        assert selectors.client_of(caller, cast.client.id).id == cast.client.id
        for out_of_reach in (cast.second_client.id, cast.other_client.id):
            with pytest.raises(NotFound):
                selectors.client_of(caller, out_of_reach)

    def test_a_key_bound_to_another_agencys_client_reaches_nothing(self, cast: Cast) -> None:
        _, fresh = services.issue_key(
            agency_id=cast.agency.id, name="odd", role="owner", actor=cast.owner.id, clients=[cast.other_client]
        )
        caller = selectors.caller_of(fresh.text)
        assert caller is not None
        assert list(selectors.clients_of(caller)) == []

    def test_an_agency_reaches_its_own_clients_only(self, cast: Cast) -> None:
        caller = selectors.caller_of(cast.other_keys["owner"])
        assert caller is not None
        assert [client.id for client in selectors.clients_of(caller)] == [cast.other_client.id]
        with pytest.raises(NotFound):
            selectors.client_of(caller, cast.client.id)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "cli_",
            "cli_x",
            "agy_" + "0" * 32,
            "cli_" + "0" * 31,
            "cli_" + "0" * 33,
            "cli_" + "G" * 32,
            "0" * 32,
            "cli_\x00",
            "cli_" + "٠" * 32,
            "x" * 10_000,
            "%s' OR 1=1 --",
        ],
    )
    def test_an_id_that_never_was_one_is_not_found(self, cast: Cast, text: str) -> None:
        caller = selectors.caller_of(cast.keys["owner"])
        assert caller is not None
        for find in (selectors.client_of, selectors.key_of):
            with pytest.raises(NotFound):
                find(caller, text)

    def test_another_agencys_key_is_not_found(self, cast: Cast) -> None:
        caller = selectors.caller_of(cast.keys["owner"])
        assert caller is not None
        theirs = ApiKey.objects.filter(agency=cast.other).first()
        assert theirs is not None
        with pytest.raises(NotFound):
            selectors.key_of(caller, theirs.id)
        assert theirs.id not in set(selectors.keys_of(caller).values_list("id", flat=True))
