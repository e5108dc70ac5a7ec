"""Deleting a client: two steps, a grace period, the key first, and nothing left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import Settings, settings
from django.db import connection

from analytics.listening.models import Query
from analytics.sources.services import client_folder
from kernel import crypto, db
from kernel.errors import Conflict, NotFound, TenantUnavailable, ValidationFailed
from kernel.queue import models as queue
from kernel.queue import send
from kernel.queue.testing import drain
from tenants import lifecycle, schema, selectors, services
from tenants.datakeys import data_key
from tenants.lifecycle import purging
from tenants.models import AuditEvent, Branding, Client, Domain
from tests.cast import Cast
from tests.tenants.test_services import exists, fresh, open_client

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GRACE = timedelta(days=30)


def confirmed(client: Client, cast: Cast, *, immediately: bool = False) -> Client:
    """A client whose deletion was asked for and confirmed."""
    token = services.request_deletion(client=client, actor=cast.owner.id)
    services.confirm_deletion(client=client, token=token, actor=cast.owner.id, immediately=immediately, now=NOW)
    return client


def logged(client_id: str) -> list[str]:
    return list(AuditEvent.objects.filter(client_id_text=client_id).order_by("id").values_list("action", flat=True))


class TestTwoSteps:
    @pytest.mark.parametrize("token", ["", "wrong", "é" * 32])
    def test_a_wrong_token_deletes_nothing(self, cast: Cast, token: str) -> None:
        services.request_deletion(client=fresh(cast.client), actor=cast.owner.id)
        with pytest.raises(ValidationFailed) as problem:
            services.confirm_deletion(client=fresh(cast.client), token=token, actor=cast.owner.id)
        assert [(field.pointer, field.code) for field in problem.value.fields] == [("/token", "wrong_token")]
        stored = fresh(cast.client)
        assert (stored.status, stored.purge_at) == (Client.Status.DELETING, None)

    def test_without_the_first_step_no_token_works(self, cast: Cast) -> None:
        with pytest.raises(Conflict):
            services.confirm_deletion(client=fresh(cast.client), token="", actor=cast.owner.id)

    def test_a_token_is_stored_as_a_digest_works_once_and_is_replaced_by_the_next(self, cast: Cast) -> None:
        client = fresh(cast.client)
        first = services.request_deletion(client=client, actor=cast.owner.id)
        assert first not in client.deletion_token_digest
        second = services.request_deletion(client=client, actor=cast.owner.id)
        with pytest.raises(ValidationFailed):
            services.confirm_deletion(client=client, token=first, actor=cast.owner.id)
        services.confirm_deletion(client=client, token=second, actor=cast.owner.id)
        with pytest.raises(Conflict):
            services.confirm_deletion(client=client, token=second, actor=cast.owner.id)
        assert first not in str(AuditEvent.objects.values_list("detail", "action"))

    def test_what_counts_is_the_row_and_not_what_the_caller_read_before(self, cast: Cast) -> None:
        client = fresh(cast.client)
        token = services.request_deletion(client=client, actor=cast.owner.id)
        services.cancel_deletion(client=fresh(client), actor=cast.owner.id)
        assert client.status == Client.Status.DELETING
        with pytest.raises(Conflict):
            services.confirm_deletion(client=client, token=token, actor=cast.owner.id)


class TestGrace:
    def test_until_it_is_over_nothing_is_lost(self, cast: Cast) -> None:
        client = confirmed(open_client(cast), cast)
        assert client.purge_at == NOW + GRACE
        assert not purging.purge(client_id=client.id, now=NOW + GRACE - timedelta(seconds=1))
        assert exists(client.schema_name) == (True, True)
        assert data_key(fresh(client))
        assert logged(client.id)[-2:] == ["client.deletion_requested", "client.deletion_confirmed"]

    @pytest.mark.parametrize("suspended", [False, True])
    def test_it_can_be_taken_back_whole(self, cast: Cast, suspended: bool) -> None:
        client = open_client(cast)
        key = data_key(client)
        _, alone = services.issue_key(
            agency_id=cast.agency.id, name="alone", role="viewer", actor=cast.owner.id, clients=[client]
        )
        with db.enter(client.schema_name):
            Query.objects.create(name="kept", kind="brand", text="kept")
        if suspended:
            lifecycle.suspend_client(client=client, actor=cast.owner.id, now=NOW)
        confirmed(client, cast)
        services.cancel_deletion(client=client, actor=cast.owner.id)
        stored = fresh(client)
        assert stored.status == (Client.Status.SUSPENDED if suspended else Client.Status.ACTIVE)
        assert (stored.purge_at, stored.deletion_requested_at, stored.deletion_token_digest) == (None, None, "")
        assert not purging.purge(client_id=client.id, now=NOW + 2 * GRACE)
        assert data_key(stored) == key
        assert selectors.caller_of(alone.text) is not None
        with db.enter(client.schema_name):
            assert Query.objects.get().name == "kept"
        with pytest.raises(Conflict):
            services.cancel_deletion(client=client, actor=cast.owner.id)

    def test_confirming_again_does_not_prolong_it(self, cast: Cast) -> None:
        client = confirmed(open_client(cast), cast)
        token = services.request_deletion(client=client, actor=cast.owner.id)
        services.confirm_deletion(client=client, token=token, actor=cast.owner.id, now=NOW + timedelta(days=9))
        assert client.purge_at == NOW + GRACE

    def test_a_second_thought_can_hurry_it(self, cast: Cast) -> None:
        client = confirmed(open_client(cast), cast)
        confirmed(client, cast, immediately=True)
        assert client.status == Client.Status.PURGING

    def test_work_that_is_queued_waits_and_is_done_after_all(self, cast: Cast) -> None:
        client = open_client(cast)
        with db.enter(client.schema_name):
            send("journey.poll_feed", "fed_none")
        confirmed(client, cast)
        drain()
        (waiting,) = queue.Message.objects.filter(schema=client.schema_name)
        assert "retries" not in waiting.payload["options"]
        services.cancel_deletion(client=client, actor=cast.owner.id)
        drain()
        assert not queue.Message.objects.filter(schema=client.schema_name).exists()
        assert not queue.DeadLetter.objects.exists()


class TestPurging:
    def test_nothing_is_left_but_the_audit_log(self, cast: Cast) -> None:
        client = open_client(cast)
        client_id, name = client.id, client.schema_name
        with db.enter(name):
            folder = client_folder("imports")
            send("journey.poll_feed", "fed_none")
        (folder / "left").write_text("x")
        services.set_branding(agency_id=cast.agency.id, actor=cast.owner.id, client=client, name="Theirs")
        confirmed(client, cast)

        assert purging.purge(client_id=client_id, now=NOW + GRACE)

        assert exists(name) == (False, False)
        assert not Client.objects.filter(id=client_id).exists()
        assert not Branding.objects.filter(name="Theirs").exists()
        assert not Domain.objects.filter(tenant_id=client_id).exists()
        assert not (Path(settings.FILES_ROOT) / name).exists()
        assert not queue.Message.objects.filter(schema=name).exists()
        assert logged(client_id) == [
            "client.created",
            "branding.updated",
            "client.deletion_requested",
            "client.deletion_confirmed",
            "client.key_destroyed",
            "client.deleted",
        ]
        assert not purging.purge(client_id=client_id, now=NOW + GRACE)

    def test_immediately_destroys_the_key_at_once_and_a_worker_does_the_rest(self, cast: Cast) -> None:
        client = confirmed(open_client(cast), cast, immediately=True)
        stored = fresh(client)
        assert bytes(stored.wrapped_key) == b""
        with pytest.raises(crypto.EnvelopeError):
            data_key(stored)
        caller = selectors.caller_of(cast.keys["owner"])
        assert caller is not None
        with pytest.raises(NotFound):
            selectors.client_of(caller, client.id)
        drain()
        assert exists(client.schema_name) == (False, False)
        assert not Client.objects.filter(id=client.id).exists()

    def test_without_a_grace_period_it_goes_at_once(self, cast: Cast, settings: Settings) -> None:
        settings.DELETION_GRACE_DAYS = 0
        client = confirmed(open_client(cast), cast)
        assert client.status == Client.Status.PURGING

    def test_what_is_due_is_found_by_itself(self, cast: Cast) -> None:
        due, later = confirmed(open_client(cast), cast), confirmed(open_client(cast), cast)
        Client.objects.filter(id=due.id).update(purge_at=NOW - timedelta(days=300))
        Client.objects.filter(id=later.id).update(purge_at=datetime.now(UTC) + timedelta(days=1))
        send("tenants.purge_due")
        drain()
        assert set(Client.objects.filter(id__in=[due.id, later.id])) == {later}

    def test_once_the_key_is_gone_there_is_no_way_back(self, cast: Cast) -> None:
        client = open_client(cast)
        stale = fresh(client)
        confirmed(client, cast, immediately=True)
        for verb in (services.request_deletion, services.cancel_deletion, lifecycle.resume_client):
            with pytest.raises(NotFound):
                verb(client=fresh(client), actor=cast.owner.id)
        drain()
        with pytest.raises(NotFound):
            services.cancel_deletion(client=stale, actor=cast.owner.id)

    def test_keys_for_that_client_alone_are_revoked_and_others_live_on(self, cast: Cast) -> None:
        client = open_client(cast)
        issue = {"agency_id": cast.agency.id, "role": "viewer", "actor": cast.owner.id}
        _, alone = services.issue_key(name="alone", clients=[client], **issue)
        _, shared = services.issue_key(name="shared", clients=[client, cast.client], **issue)
        _, free = services.issue_key(name="free", **issue)
        confirmed(client, cast, immediately=True)
        drain()
        assert selectors.caller_of(alone.text) is None
        left = selectors.caller_of(shared.text)
        assert left is not None
        assert left.client_ids == frozenset({cast.client.id})
        assert selectors.caller_of(free.text) is not None

    def test_where_the_drop_fails_the_key_stays_destroyed_and_the_next_try_goes_on(self, cast: Cast) -> None:
        client = confirmed(open_client(cast), cast)
        name = client.schema_name
        with db.as_owner(), connection.cursor() as cursor:
            # A table of somebody's that rests on the role, so PostgreSQL refuses to drop it.
            cursor.execute(f'CREATE TABLE public.in_the_way (n int); GRANT SELECT ON public.in_the_way TO "{name}"')
        with pytest.raises(Exception, match="cannot be dropped"):
            purging.purge(client_id=client.id, now=NOW + GRACE)
        assert exists(name) == (True, True)
        stored = fresh(client)
        assert (stored.status, bytes(stored.wrapped_key)) == (Client.Status.PURGING, b"")
        with db.as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE public.in_the_way")
        assert purging.purge(client_id=client.id, now=NOW)
        assert exists(name) == (False, False)

    def test_dropping_twice_is_harmless(self, cast: Cast) -> None:
        client = open_client(cast)
        schema.drop(client.schema_name)
        schema.drop(client.schema_name)
        with pytest.raises(TenantUnavailable), db.enter(client.schema_name):
            Query.objects.count()
