"""Invitations: who may send them, that a link is good once, and that nobody learns who has an account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import Settings
from django.core import mail
from django.utils import timezone

from kernel.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants import services
from tenants.access import Caller
from tenants.key_changes import change_key
from tenants.models import Agency, AuditEvent, Branding, Domain, Invitation, Membership, User
from tenants.people import accounts, invitations, members, tokens
from tenants.people.errands import deliver_invitation, tidy
from tenants.people.problems import CodeRequired, SignUpClosed, TooManyEmails, WrongCredentials
from tenants.people.sign_up import request_agency
from tenants.selectors import caller_of
from tests.cast import PASSWORD, Cast
from tests.tenants.people_cast import HASHERS, caller, make_person, with_two_factor

BEN = "ben@elsewhere.example"
NEW = "rain on the old tin roof"


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS
    settings.PORTAL_URL = "https://portal.northlight.example"


def invited(cast: Cast, *, role: str = "analyst", email: str = BEN, here: bool = False) -> Invitation:
    return invitations.invite(
        caller=caller(cast.agency, "owner"), email=email, role=role, client=cast.client if here else None
    )


def sent_token_to(email: str) -> str:
    drain()
    found = re.search(r"#token=(\S+)", next(str(sent.body) for sent in mail.outbox if sent.to == [email]))
    assert found
    return found[1]


def sent_token() -> str:
    """From the last e-mail."""
    drain()
    found = re.search(r"#token=(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("own", "here", "role", "at_client", "may"),
    [
        ("owner", {}, "owner", False, True),
        ("manager", {}, "manager", False, True),
        ("manager", {}, "owner", False, False),
        ("manager", {}, "owner", True, False),
        ("manager", {}, "manager", True, True),
        ("analyst", {}, "viewer", False, False),
        ("viewer", {"client": "manager"}, "manager", True, True),
        ("viewer", {"client": "manager"}, "viewer", False, False),
        (None, {"client": "owner"}, "owner", True, True),
        (None, {"client": "manager"}, "owner", True, False),
        (None, {"client": "analyst"}, "viewer", True, False),
        (None, {"client": "owner"}, "viewer", False, False),
        (None, {"second": "owner"}, "viewer", True, False),
    ],
)
def test_nobody_gives_a_role_above_their_own(
    own: str | None, here: dict[str, str], role: str, at_client: bool, may: bool, cast: Cast
) -> None:
    ids = {"client": cast.client.id, "second": cast.second_client.id}
    who = caller(cast.agency, own, **{ids[place]: given for place, given in here.items()})

    def act() -> Invitation:
        return invitations.invite(caller=who, email=BEN, role=role, client=cast.client if at_client else None)

    if may:
        assert act().role == role
    else:
        with pytest.raises(NotAllowed):
            act()
        assert not Invitation.objects.filter(email=BEN).exists()


def test_a_token_is_kept_nowhere_but_in_the_mail(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    invitation = invited(cast)
    (message,) = Message.objects.filter(actor="people.send_invitation")
    assert BEN not in str(message.payload)
    token = sent_token()
    proof = token.partition(".")[2]

    invitation.refresh_from_db()
    rows = [str(list(model.objects.values())) for model in (Invitation, AuditEvent, Message)]
    assert not any(proof in text for text in (*rows, caplog.text))
    assert not any(BEN in str(event.detail) for event in AuditEvent.objects.all())
    assert BEN not in caplog.text
    assert invitation.sent_at is not None


def test_the_mail_comes_from_the_agency_and_names_nobody_else(cast: Cast) -> None:
    Branding.objects.filter(agency=cast.agency, client=None).update(name="North\r\nLight & Söhne")
    invited(cast, here=True)
    link = f"https://portal.northlight.example/invitation#token={sent_token()}"
    text = mail.outbox[0].message().as_string()

    assert link in str(mail.outbox[0].body)
    assert mail.outbox[0].subject == "North Light & Söhne invites you"
    assert "earshot" not in text.lower()
    assert re.search(r"Message-ID: <[^@]+@localhost>", text)
    assert mail.outbox[0].to == [BEN]


def test_a_clients_brand_and_proved_host_name_are_used_for_its_people(cast: Cast, settings: Settings) -> None:
    Branding.objects.create(agency=cast.agency, client=cast.client, name="Juniper Insights")
    Domain.objects.filter(tenant=cast.client).delete()
    Domain.objects.create(tenant=cast.client, domain="listen.juniper.example", is_primary=True)

    invited(cast, here=True)
    sent_token()

    assert mail.outbox[0].subject == "Juniper Insights invites you"
    assert "https://listen.juniper.example/invitation#token=" in str(mail.outbox[0].body)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_nobodys_password_is_asked_for_at_another_agencys_host(elsewhere: bool, cast: Cast, settings: Settings) -> None:
    Domain.objects.filter(tenant=cast.client).delete()
    Domain.objects.create(tenant=cast.client, domain="listen.juniper.example", is_primary=True)
    ben = User.objects.create_user(BEN, PASSWORD)
    Membership.objects.create(user=ben, agency=cast.other if elsewhere else cast.agency, role="viewer")

    invited(cast, here=True)
    sent_token()

    host = "portal.northlight.example" if elsewhere else "listen.juniper.example"
    assert f"https://{host}/invitation#token=" in str(mail.outbox[0].body)


def test_an_agency_fills_nobodys_mailbox(cast: Cast) -> None:
    owner = caller(cast.agency, "owner")
    invitation = invited(cast)
    for _ in range(4):
        invitations.resend(caller=owner, invitation=invitation)
    with pytest.raises(TooManyEmails) as refused:
        invitations.resend(caller=owner, invitation=invitation)
    assert 1 <= (refused.value.retry_after or 0) <= 600
    invitations.revoke(caller=owner, invitation=invitation)
    with pytest.raises(TooManyEmails):
        invited(cast)
    invited(cast, email="cat@elsewhere.example")
    later = timezone.now() + timedelta(minutes=11)
    invitations.invite(caller=owner, email=BEN, role="viewer", client=None, now=later)


def test_an_agency_does_not_write_to_the_whole_world(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "_MAILS_OF_AGENCY", 3)
    for number in range(3):
        invited(cast, email=f"ben{number}@elsewhere.example")
    with pytest.raises(TooManyEmails):
        invited(cast)


@pytest.mark.django_db
def test_signing_up_fills_nobodys_mailbox(settings: Settings) -> None:
    settings.SIGN_UP_OPEN = True  # type: ignore[attr-defined]
    for _ in range(5):
        request_agency(name="Northlight", email=BEN)
    drain()

    assert len(mail.outbox) == 3


@pytest.mark.parametrize("how", ["revoked", "bound elsewhere"])
def test_invitations_end_with_the_key_that_sent_them(how: str, cast: Cast) -> None:
    key, fresh = services.issue_key(agency_id=cast.agency.id, name="leaked", role="owner", actor=cast.owner.id)
    leaked = caller_of(fresh.text)
    assert leaked is not None
    place = cast.client if how == "bound elsewhere" else None
    invitations.invite(caller=leaked, email=BEN, role="owner", client=place)
    kept = invited(cast, email="cat@elsewhere.example")
    token = sent_token_to(BEN)

    if how == "revoked":
        services.revoke_key(key=key, actor=cast.owner.id)
    else:
        owner = Caller(id=cast.owner.id, agency_id=cast.agency.id, role="owner", is_person=True)
        change_key(key=key, caller=owner, now=timezone.now(), clients=[cast.second_client])

    with pytest.raises(ValidationFailed):
        invitations.accept(token=token, name="Ben", password=NEW)
    states = {found.email: invitations.state_of(found) for found in Invitation.objects.all()}
    assert states == {BEN: "revoked", kept.email: "pending"}


@pytest.mark.parametrize("how", ["demoted", "removed", "gone"])
def test_invitations_end_with_the_power_of_who_sent_them(how: str, cast: Cast) -> None:
    ana = make_person("ana", agency=cast.agency, role="owner")
    own = Caller(id=ana.id, agency_id=cast.agency.id, role="owner", is_person=True)
    for role, email in (("owner", BEN), ("analyst", "cat@elsewhere.example")):
        invitations.invite(caller=own, email=email, role=role, client=None)
    owner = caller(cast.agency, "owner")

    if how == "demoted":
        members.change_member(caller=owner, user_id=ana.id, role="manager", has_role=True, clients=None)
    elif how == "removed":
        members.remove_member(caller=owner, user_id=ana.id)
    else:
        accounts.delete(user=ana, password=PASSWORD, code=None)

    left = {found.role for found in Invitation.objects.all() if invitations.state_of(found) == "pending"}
    assert left == ({"analyst"} if how == "demoted" else set())


def test_a_mail_is_sent_once_however_often_it_is_asked_for(cast: Cast) -> None:
    invitation = invited(cast)
    for _ in range(3):
        deliver_invitation(invitation_id=invitation.id)
    deliver_invitation(invitation_id="inv_" + "0" * 32)

    assert len(mail.outbox) == 1


def test_a_new_person_gets_an_account_once(cast: Cast) -> None:
    invited(cast)
    token = sent_token()

    with pytest.raises(ValidationFailed):
        invitations.accept(token=token, name="Ben", password="short")
    ben, _ = invitations.accept(token=token, name="Ben", password=NEW)

    assert (ben.email, ben.name, ben.check_password(NEW)) == (BEN, "Ben", True)
    assert [(place.role, place.client) for place in ben.memberships.all()] == [("analyst", None)]
    with pytest.raises(ValidationFailed):
        invitations.accept(token=token, name="Ben", password=NEW)
    assert AuditEvent.objects.filter(action="invitation.accepted", actor=ben.id).count() == 1


def test_somebody_with_an_account_proves_it_or_is_signed_in(cast: Cast) -> None:
    ana = make_person("ana", agency=cast.other)
    authenticator, _ = with_two_factor(ana, now=timezone.now())
    other = make_person("other")
    invited(cast, email="Ana@Northlight.example", here=True)
    token = sent_token()

    for person in (None, other):  # somebody else who is signed in counts for nothing
        with pytest.raises(WrongCredentials):
            invitations.accept(token=token, name="x", password=NEW, person=person)
    with pytest.raises(CodeRequired):
        invitations.accept(token=token, password=PASSWORD)
    assert ana.memberships.count() == 1
    accepted, _ = invitations.accept(token=token, password=PASSWORD, code=authenticator.now())
    assert accepted == ana
    assert {(place.agency_id, place.client_id) for place in ana.memberships.all()} == {
        (cast.other.id, None),
        (cast.agency.id, cast.client.id),
    }

    invited(cast, email=other.email)
    assert invitations.accept(token=sent_token(), person=other)[0] == other


def test_guesses_at_an_account_through_an_invitation_lock_it(cast: Cast) -> None:
    ana = make_person("ana")
    invited(cast, email=ana.email)
    token = sent_token()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            invitations.accept(token=token, password="guess")

    with pytest.raises(WrongCredentials):
        invitations.accept(token=token, password=PASSWORD)


def test_inviting_does_not_tell_whether_there_is_an_account(cast: Cast) -> None:
    make_person("ana")
    known, unknown = invited(cast, email="ana@northlight.example"), invited(cast)

    assert {field: getattr(known, field) for field in ("role", "accepted_at", "sent_at", "revoked_at")} == {
        field: getattr(unknown, field) for field in ("role", "accepted_at", "sent_at", "revoked_at")
    }
    with pytest.raises(Conflict):
        invited(cast)
    with pytest.raises(Conflict):
        invited(cast, email="ana@northlight.example")


def test_links_end(cast: Cast) -> None:
    owner = caller(cast.agency, "owner")
    week = timezone.now() + invitations.LASTS + timedelta(seconds=1)
    invitation = invited(cast)
    first = sent_token()
    with pytest.raises(ValidationFailed):
        invitations.open_invitation(first, now=week)
    assert invitations.state_of(invitation, now=week) == "expired"
    for other in (None, cast.agency.id):
        assert invitations.open_invitation(first, agency_id=other).id == invitation.id
    with pytest.raises(ValidationFailed):
        invitations.open_invitation(first, agency_id=cast.other.id)

    invitations.resend(caller=owner, invitation=invitation)
    second = sent_token()
    assert first != second
    with pytest.raises(ValidationFailed):
        invitations.open_invitation(first)

    invitations.revoke(caller=owner, invitation=invitation)
    with pytest.raises(ValidationFailed):
        invitations.open_invitation(second)
    with pytest.raises(Conflict):
        invitations.resend(caller=owner, invitation=invitation)
    for nonsense in ("", "inv_0", "é", f"{invitation.id}.{'a' * 43}", f"inv_{'0' * 32}.{'a' * 43}", "a" * 10_000):
        with pytest.raises(ValidationFailed):
            invitations.open_invitation(nonsense)


def test_one_invitations_token_does_not_open_another(cast: Cast) -> None:
    one, other = invited(cast), invited(cast, email="cat@elsewhere.example")
    swapped = tokens.token_of(one).replace(one.id, other.id)

    with pytest.raises(ValidationFailed):
        invitations.open_invitation(swapped)


def test_a_manager_does_not_touch_an_owners_invitation(cast: Cast) -> None:
    invitation = invited(cast, role="owner")
    manager = caller(cast.agency, "manager")

    for act in (invitations.revoke, invitations.resend):
        with pytest.raises(NotAllowed):
            act(caller=manager, invitation=invitation)
    for stranger in (caller(cast.other, "owner"), caller(cast.agency, None, **{cast.second_client.id: "owner"})):
        with pytest.raises(NotFound):
            invitations.invitation_of(stranger, invitation.id)


def test_whoever_leaves_leaves_no_open_invitations(cast: Cast) -> None:
    ana = make_person("ana", agency=cast.agency, role="manager")
    invitation = invited(cast)
    Invitation.objects.filter(pk=invitation.pk).update(invited_by=ana.id)
    token = sent_token()

    members.remove_member(caller=caller(cast.agency, "owner"), user_id=ana.id)

    with pytest.raises(ValidationFailed):
        invitations.open_invitation(token)


class TestSigningUp:
    def test_is_closed_unless_the_operator_opens_it(self, cast: Cast) -> None:
        with pytest.raises(SignUpClosed):
            request_agency(name="Newcomers", email=BEN)

    def test_nothing_works_before_the_link_is_followed(self, cast: Cast, settings: Settings) -> None:
        settings.SIGN_UP_OPEN = True
        request_agency(name="Newcomers", email=BEN)
        agency = Agency.objects.get(name="Newcomers")
        assert not User.objects.filter(email=BEN).exists()
        assert not Membership.objects.filter(agency=agency).exists()

        owner, _ = invitations.accept(token=sent_token(), name="Ben", password=NEW)

        assert Membership.objects.get(agency=agency).role == "owner"
        assert Branding.objects.get(agency=agency).name == "Newcomers"
        events = AuditEvent.objects.filter(agency=agency, actor=owner.id)
        assert sorted(events.values_list("action", flat=True)) == ["agency.signed_up", "invitation.accepted"]

    def test_what_nobody_confirms_is_forgotten(self, cast: Cast, settings: Settings) -> None:
        settings.SIGN_UP_OPEN = True
        for name, email in (("Kept", BEN), ("Forgotten", "cat@elsewhere.example")):
            request_agency(name=name, email=email)
        kept = Invitation.objects.get(agency__name="Kept")
        invitations.accept(token=tokens.token_of(kept), name="Ben", password=NEW)

        soon = tidy(now=timezone.now())
        later = tidy(now=timezone.now() + invitations.LASTS + timedelta(seconds=1))

        assert (soon["agencies"], later["agencies"]) == (0, 1)
        assert set(Agency.objects.filter(name__in=["Kept", "Forgotten"]).values_list("name", flat=True)) == {"Kept"}
