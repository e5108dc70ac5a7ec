"""Signing up, opening clients, brands: what the public schema's verbs do, and what they leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DataError, connection, transaction

from analytics.listening.models import Query
from kernel import crypto, db
from kernel.errors import NotFound, ValidationFailed
from tenants import selectors, services
from tenants.datakeys import data_key
from tenants.models import Agency, ApiKey, AuditEvent, Client, Membership, Role, User
from tests.cast import PASSWORD, Cast


def exists(schema_name: str) -> tuple[bool, bool]:
    """Whether the schema is there, and whether the role is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = %s), "
            "EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s)",
            [schema_name, schema_name],
        )
        ((there, role),) = cursor.fetchall()
    return bool(there), bool(role)


def schemas_and_roles() -> list[str]:
    """Names of all clients' schemas and roles."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'c\\_%%' "
            "UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'c\\_%%' ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def actions(agency: Agency) -> list[str]:
    return list(AuditEvent.objects.filter(agency=agency).order_by("id").values_list("action", flat=True))


def fresh(client: Client) -> Client:
    """A copy of one's own: the cast's objects outlive the test."""
    found: Client = Client.objects.get(id=client.id)
    return found


def open_client(cast: Cast, name: str = "Passing Shop") -> Client:
    return services.create_client(
        agency_id=cast.agency.id, name=name, locale="en-GB", time_zone="Europe/London", actor=cast.owner.id
    )


class TestSigningUp:
    def test_makes_an_agency_with_an_owner_a_brand_and_a_key_that_works(self, db: None) -> None:
        agency, user, key = services.sign_up(agency_name="Kiln", email="Ada@Kiln.Example", password=PASSWORD)
        assert user.email == "ada@kiln.example"
        assert user.check_password(PASSWORD)
        assert Membership.objects.get(user=user).role == Role.OWNER
        assert selectors.brand_for(agency_id=agency.id).name == "Kiln"
        caller = selectors.caller_of(key.text)
        assert caller is not None
        assert (caller.agency_id, caller.role, caller.client_ids) == (agency.id, "owner", None)
        assert actions(agency) == ["api_key.issued", "agency.signed_up"]

    @pytest.mark.parametrize("password", ["tiny-one", "password1234", "", "ada@kiln.example"])
    def test_a_weak_password_makes_nothing(self, cast: Cast, password: str) -> None:
        before = Agency.objects.count(), User.objects.count(), ApiKey.objects.count()
        with pytest.raises(ValidationFailed) as problem:
            services.sign_up(agency_name="Kiln", email="ada@kiln.example", password=password)
        assert [(field.pointer, field.code) for field in problem.value.fields] == [("/password", "weak_password")]
        assert not password or password not in problem.value.detail
        assert (Agency.objects.count(), User.objects.count(), ApiKey.objects.count()) == before

    def test_an_address_in_use_is_refused_in_any_case_and_not_repeated(self, cast: Cast) -> None:
        with pytest.raises(ValidationFailed) as problem:
            services.sign_up(agency_name="Kiln", email="OWNER@northlight.example", password=PASSWORD)
        assert [(field.pointer, field.code) for field in problem.value.fields] == [("/email", "taken")]
        assert "northlight" not in str(problem.value).lower()
        assert not Agency.objects.filter(name="Kiln").exists()


class TestOpeningAClient:
    def test_makes_its_row_key_schema_role_and_tables(self, cast: Cast) -> None:
        client = open_client(cast)
        assert exists(client.schema_name) == (True, True)
        assert client.status == Client.Status.ACTIVE
        assert len(data_key(client)) == 32
        assert data_key(client) != data_key(cast.client)
        with db.enter(client.schema_name):
            Query.objects.create(name="One", kind="brand", text="one")
            assert Query.objects.count() == 1
        event = AuditEvent.objects.filter(agency=cast.agency).first()
        assert event is not None
        assert (event.action, event.client_id_text, event.actor) == ("client.created", client.id, cast.owner.id)

    def test_the_data_key_is_stored_wrapped_and_bound_to_its_client(self, cast: Cast) -> None:
        client = Client.objects.get(id=cast.client.id)
        assert data_key(client) not in bytes(client.wrapped_key)
        client.wrapped_key = Client.objects.get(id=cast.second_client.id).wrapped_key
        with pytest.raises(crypto.EnvelopeError):
            data_key(client)

    def test_names_that_look_like_sql_reach_no_statement(self, cast: Cast) -> None:
        client = open_client(cast, name='"; DROP SCHEMA public CASCADE; --')
        assert exists(client.schema_name) == (True, True)
        assert client.schema_name.startswith("c_")

    @pytest.mark.parametrize(
        ("locale", "time_zone", "pointer"),
        [
            ("xx-YY", "Europe/London", "/locale"),
            ("", "Europe/London", "/locale"),
            ("en-GB", "Europe/Atlantis", "/time_zone"),
            ("en-GB", "../../etc/passwd", "/time_zone"),
            ("en-GB", "", "/time_zone"),
            ("en-GB", "europe/london", "/time_zone"),
        ],
    )
    def test_an_unknown_locale_or_zone_makes_nothing(
        self, cast: Cast, locale: str, time_zone: str, pointer: str
    ) -> None:
        before = Client.objects.count()
        with pytest.raises(ValidationFailed) as problem:
            services.create_client(
                agency_id=cast.agency.id, name="No", locale=locale, time_zone=time_zone, actor=cast.owner.id
            )
        assert [field.pointer for field in problem.value.fields] == [pointer]
        assert Client.objects.count() == before

    def test_an_error_at_the_very_end_takes_all_of_it_back(self, cast: Cast) -> None:
        before = schemas_and_roles(), Client.objects.count(), AuditEvent.objects.count()
        # No actor's id is this long, so the audit log refuses, after row, key, role, schema and tables were made.
        with pytest.raises(DataError), transaction.atomic():
            services.create_client(
                agency_id=cast.agency.id, name="Half", locale="en-GB", time_zone="UTC", actor="x" * 41
            )
        assert (schemas_and_roles(), Client.objects.count(), AuditEvent.objects.count()) == before
        assert open_client(cast, name="Half").status == Client.Status.ACTIVE

    def test_changes_are_checked_and_recorded_by_field_name_only(self, cast: Cast) -> None:
        services.update_client(client=fresh(cast.client), actor=cast.owner.id, name="Renamed", time_zone="Asia/Kolkata")
        stored = Client.objects.get(id=cast.client.id)
        assert (stored.name, stored.time_zone, stored.locale) == ("Renamed", "Asia/Kolkata", "en-GB")
        event = AuditEvent.objects.filter(agency=cast.agency).first()
        assert event is not None
        assert event.detail == {"fields": ["name", "time_zone"]}
        with pytest.raises(ValidationFailed):
            services.update_client(client=stored, actor=cast.owner.id, locale="not a locale")


class TestBrands:
    def test_a_client_without_its_own_shows_the_agencys(self, cast: Cast) -> None:
        services.set_branding(agency_id=cast.agency.id, actor=cast.owner.id, name="House", primary="#102030")
        brand = selectors.brand_for(agency_id=cast.agency.id, client=cast.client)
        assert (brand.name, brand.primary, brand.client_id) == ("House", "#102030", None)

    def test_a_clients_own_starts_as_the_agencys_and_leaves_it_alone(self, cast: Cast) -> None:
        services.set_branding(agency_id=cast.agency.id, actor=cast.owner.id, primary="#102030", logo=b"\x89PNG")
        own = services.set_branding(
            agency_id=cast.agency.id, actor=cast.owner.id, client=cast.client, accent="#abcdef", remove_logo=True
        )
        assert (own.primary, own.accent, own.logo) == ("#102030", "#abcdef", None)
        house = selectors.brand_for(agency_id=cast.agency.id)
        assert (house.accent, bytes(house.logo or b"")) == ("#d97706", b"\x89PNG")
        assert selectors.brand_for(agency_id=cast.agency.id, client=cast.client).accent == "#abcdef"
        assert selectors.brand_for(agency_id=cast.agency.id, client=cast.second_client).client_id is None

    @pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "#12345g", "", "#12345\n", 'url("x")'])
    def test_a_colour_is_six_hexadecimal_digits(self, cast: Cast, colour: str) -> None:
        with pytest.raises(ValidationFailed) as problem:
            services.set_branding(agency_id=cast.agency.id, actor=cast.owner.id, primary=colour)
        assert [field.pointer for field in problem.value.fields] == ["/primary"]
        assert selectors.brand_for(agency_id=cast.agency.id).primary == "#1f3a5f"

    def test_an_agency_that_is_not_there_has_none(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            selectors.brand_for(agency_id="agy_" + "0" * 32)
        with pytest.raises(NotFound):
            services.set_branding(agency_id="agy_" + "0" * 32, actor=cast.owner.id, name="x")


class TestAuditLog:
    def test_is_read_within_the_agency_only(self, cast: Cast) -> None:
        caller = selectors.caller_of(cast.keys["owner"])
        assert caller is not None
        found = selectors.audit_of(caller)
        assert {event.agency_id for event in found} == {cast.agency.id}
        assert {event.id for event in found} < set(AuditEvent.objects.values_list("id", flat=True))

    def test_goes_with_no_client_and_keeps_its_agency(self, cast: Cast) -> None:
        """The log names a client by text, so no cascade reaches it, and its agency cannot be deleted under it."""
        assert AuditEvent._meta.get_field("client_id_text").get_internal_type() == "CharField"
        with pytest.raises(Exception, match="protected foreign keys"):
            cast.agency.delete()

    def test_nothing_in_the_code_changes_or_deletes_an_event(self) -> None:
        root = Path(__file__).resolve().parents[2]
        sources = [
            path
            for folder in ("platform", "tenants", "analytics", "api")
            for path in (root / folder).rglob("*.py")
            if "AuditEvent" in path.read_text(encoding="utf-8") and "migrations" not in path.parts
        ]
        # Made in one place, defined in one, and read by those that list it.
        writers = [path.name for path in sources if "AuditEvent.objects.create" in path.read_text(encoding="utf-8")]
        assert writers == ["audit.py"]
        for path in sources:
            for verb in (".update(", ".delete(", ".bulk_update("):
                for line in path.read_text(encoding="utf-8").splitlines():
                    assert not ("AuditEvent" in line and verb in line), path
