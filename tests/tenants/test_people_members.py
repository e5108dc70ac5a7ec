"""Members: what each caller sees and may change, and that an agency keeps an owner."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import Settings
from django.db import connections

from kernel.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from tenants.access import Caller
from tenants.models import Agency, AuditEvent, Membership, User
from tenants.people import accounts, agency, callers, members
from tests.cast import PASSWORD, Cast
from tests.kernel.queue_fixtures import COMMITTING
from tests.tenants.people_cast import HASHERS, caller, make_person


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS


def places(person: User, agency: Agency) -> dict[str | None, str]:
    return {place.client_id: place.role for place in Membership.objects.filter(user=person, agency=agency)}


def change(who: Caller, person: User, role: str | None = None, clients: Mapping[str, str] | None = None) -> User:
    return members.change_member(caller=who, user_id=person.id, role=role, has_role=role is not None, clients=clients)


def test_roles_are_set_and_taken(cast: Cast) -> None:
    owner, ana = caller(cast.agency, "owner"), make_person("ana", agency=cast.agency)
    here, there = cast.client.id, cast.second_client.id

    change(owner, ana, "analyst", {here: "manager"})
    assert places(ana, cast.agency) == {None: "analyst", here: "manager"}
    change(owner, ana, clients={there: "viewer"})
    assert places(ana, cast.agency) == {None: "analyst", there: "viewer"}
    members.change_member(caller=owner, user_id=ana.id, role=None, has_role=True, clients=None)
    assert places(ana, cast.agency) == {there: "viewer"}
    with pytest.raises(ValidationFailed):
        change(owner, ana, clients={})
    with pytest.raises(ValidationFailed):
        change(owner, ana, clients={cast.other_client.id: "viewer"})
    assert places(ana, cast.agency) == {there: "viewer"}
    events = AuditEvent.objects.filter(agency=cast.agency, action="member.changed")
    assert events.count() == 3


def test_only_owners_look_after_owners(cast: Cast) -> None:
    manager, ana = caller(cast.agency, "manager"), make_person("ana", agency=cast.agency, role="owner")

    with pytest.raises(NotAllowed):
        change(manager, ana, "viewer")
    with pytest.raises(NotAllowed):
        members.remove_member(caller=manager, user_id=ana.id)
    ben = make_person("ben", agency=cast.agency)
    with pytest.raises(NotAllowed):
        change(manager, ben, "owner")
    change(manager, ben, "manager")
    assert (places(ana, cast.agency), places(ben, cast.agency)) == ({None: "owner"}, {None: "manager"})


def test_a_clients_manager_sees_and_changes_that_client_only(cast: Cast) -> None:
    here, there = cast.client.id, cast.second_client.id
    who = caller(cast.agency, None, **{here: "manager", there: "viewer"})
    ana = make_person("ana", agency=cast.agency, role="viewer", client=cast.client)
    Membership.objects.create(user=ana, agency=cast.agency, client=cast.second_client, role="analyst")
    make_person("ben", agency=cast.agency, role="viewer", client=cast.second_client)
    make_person("cat", agency=cast.agency, role="analyst")

    assert list(members.members_of(who)) == [ana]
    shown = members.member_of(who, ana.id)
    assert [place.client_id for place in shown.places] == [here]  # type: ignore[attr-defined]
    change(who, ana, clients={here: "analyst"})
    with pytest.raises(NotAllowed):
        change(who, ana, clients={here: "analyst", there: "viewer"})
    with pytest.raises(NotAllowed):
        change(who, ana, clients={here: "owner"})
    members.remove_member(caller=who, user_id=ana.id)
    assert places(ana, cast.agency) == {there: "analyst"}
    with pytest.raises(NotFound):
        members.member_of(who, ana.id)


def test_another_agencys_person_is_nobody(cast: Cast) -> None:
    ana = make_person("ana", agency=cast.other)
    for user_id in (ana.id, "usr_" + "0" * 32, "nonsense"):
        with pytest.raises(NotFound):
            members.remove_member(caller=caller(cast.agency, "owner"), user_id=user_id)
    assert places(ana, cast.other) == {None: "viewer"}


def test_the_last_owner_stays(cast: Cast) -> None:
    owner = caller(cast.agency, "owner")
    for act in (
        lambda: change(owner, cast.owner, "manager"),
        lambda: members.remove_member(caller=owner, user_id=cast.owner.id),
        lambda: members.change_member(
            caller=owner, user_id=cast.owner.id, role=None, has_role=True, clients={cast.client.id: "owner"}
        ),
    ):
        with pytest.raises(Conflict):
            act()
    gone = make_person("gone", agency=cast.agency, role="owner")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Conflict):
        change(owner, cast.owner, "manager")
    User.objects.filter(pk=gone.pk).update(is_active=True)
    change(owner, cast.owner, "manager")
    assert places(cast.owner, cast.agency) == {None: "manager"}


def test_an_account_can_be_deleted_unless_an_agency_would_lose_its_owner(cast: Cast) -> None:
    ana = make_person("ana", agency=cast.agency, role="owner")
    alone = make_person("alone", agency=Agency.objects.create(name="Alone"), role="owner")

    with pytest.raises(ValidationFailed):
        accounts.delete(user=ana, password="wrong", code=None)
    with pytest.raises(Conflict):
        accounts.delete(user=alone, password=PASSWORD, code=None)
    accounts.delete(user=ana, password=PASSWORD, code=None)

    assert User.objects.filter(email__in=[ana.email, alone.email]).count() == 1
    (event,) = AuditEvent.objects.filter(action="person.deleted")
    assert (event.agency, event.detail) == (cast.agency, {})


class TestStanding:
    def test_a_person_stands_in_the_agency_they_chose(self, cast: Cast) -> None:
        ana = make_person("ana", agency=cast.agency, role="analyst")
        Membership.objects.create(user=ana, agency=cast.other, client=cast.other_client, role="manager")

        for chosen, expected in ((None, cast.agency), (cast.agency.id, cast.agency), (cast.other.id, cast.other)):
            standing = callers.standing_of(ana, agency_id=chosen)
            assert standing is not None
            assert standing.agency == expected
        assert callers.standing_of(ana, agency_id="agy_" + "0" * 32) is None
        elsewhere = callers.standing_of(ana, agency_id=cast.other.id)
        assert elsewhere is not None
        assert elsewhere.caller.role is None
        assert elsewhere.caller.reach == {cast.other_client.id}

    def test_a_suspended_agency_lets_nobody_in(self, cast: Cast) -> None:
        ana = make_person("ana", agency=cast.agency)
        Agency.objects.filter(pk=cast.agency.pk).update(suspended_at=cast.agency.created_at)

        assert callers.standing_of(ana, agency_id=cast.agency.id) is None
        assert not callers.agencies_of(ana).exists()

    def test_who_asks_others_for_two_factor_has_it(self, cast: Cast) -> None:
        ana = make_person("ana", agency=cast.agency, role="owner")
        person = Caller(id=ana.id, agency_id=cast.agency.id, role="owner", is_person=True)
        with pytest.raises(Conflict):
            agency.change_agency(caller=person, require_two_factor=True)
        key = Caller(id="key_" + "0" * 32, agency_id=cast.agency.id, role="owner")
        agency.change_agency(caller=key, require_two_factor=True)

        standing = callers.standing_of(ana, agency_id=None)
        assert standing is not None
        assert standing.must_enrol


class TestAtOnce:
    pytestmark = COMMITTING

    def test_two_owners_who_remove_each_other_leave_one(self, committed_agency: tuple[Agency, User]) -> None:
        where, first = committed_agency
        second = make_person("second", agency=where, role="owner")
        people = [first, second]

        def remove(index: int) -> str:
            try:
                members.remove_member(caller=caller(where, "owner"), user_id=people[index].id)
            except Conflict:
                return "kept"
            finally:
                connections.close_all()
            return "removed"

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(remove, range(2))) == ["kept", "removed"]
        assert Membership.objects.filter(agency=where, role="owner").count() == 1
        second.delete()
