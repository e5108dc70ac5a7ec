"""Passwords: which are refused, changing one, and links to set one anew."""

from __future__ import annotations

import re

import pytest
from django.conf import Settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from config.mail import from_url
from kernel.errors import ValidationFailed
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants.models import AuditEvent, Client, Domain, Membership, User
from tenants.people import passwords
from tenants.people.mail import NoBackend, NotConfigured
from tenants.people.problems import WrongCredentials
from tenants.people.signing_in import sign_in
from tests.cast import PASSWORD, Cast
from tests.tenants.people_cast import HASHERS, make_person

NEW = "rain on the old tin roof"


@pytest.fixture
def ana(cast: Cast, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = HASHERS
    settings.PORTAL_URL = "https://portal.northlight.example"
    return make_person("ana", agency=cast.agency)


def asked_for(ana: User, client_id: str = "") -> str:
    passwords.request_reset(email=f" {ana.email.upper()} ", client_id=client_id)
    drain()
    found = re.search(r"#token=(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def serve_under_own_name(client: Client) -> None:
    Domain.objects.filter(tenant=client).delete()
    Domain.objects.create(tenant=client, domain="listen.juniper.example", is_primary=True)


@pytest.mark.parametrize(
    "password", ["", "too short 1", "password1234", "123456789012345", "ana@northlight.example", "x" * 257]
)
def test_weak_passwords_are_refused(password: str, ana: User) -> None:
    with pytest.raises(ValidationFailed) as refused:
        passwords.check_strength(password, user=ana)
    assert [field.code for field in refused.value.fields] == ["weak_password"]


def test_changing_takes_the_old_one_and_counts_guesses(ana: User, cast: Cast) -> None:
    for _ in range(5):
        with pytest.raises(ValidationFailed) as refused:
            passwords.change(user=ana, old="guess", new=NEW)
        assert [field.pointer for field in refused.value.fields] == ["/old_password"]
    with pytest.raises(ValidationFailed):
        passwords.change(user=ana, old=PASSWORD, new=NEW)  # locked
    User.objects.filter(pk=ana.pk).update(locked_until=None)

    passwords.change(user=ana, old=PASSWORD, new=NEW)

    assert sign_in(email=ana.email, password=NEW) == ana
    drain()
    assert [message.subject for message in mail.outbox] == ["The password of your account was changed"]
    assert AuditEvent.objects.filter(agency=cast.agency, actor=ana.id, action="person.password_changed").exists()


def test_a_link_sets_a_password_once_and_lifts_a_lock(ana: User) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(email=ana.email, password="guess")
    token = asked_for(ana)
    assert "https://portal.northlight.example/password-reset#token=" in str(mail.outbox[0].body)

    with pytest.raises(ValidationFailed) as refused:
        passwords.reset(token=token, password="short")
    assert [field.pointer for field in refused.value.fields] == ["/password"]
    passwords.reset(token=token, password=NEW)

    assert sign_in(email=ana.email, password=NEW) == ana
    with pytest.raises(ValidationFailed):
        passwords.reset(token=token, password=NEW + "!")


def test_a_link_lifts_no_lock_that_guards_a_second_factor(ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(totp_confirmed_at=timezone.now(), failed_logins=4)

    passwords.reset(token=asked_for(ana), password=NEW)

    ana.refresh_from_db()
    assert ana.failed_logins == 4
    assert ana.check_password(NEW)


def test_links_end(ana: User, settings: Settings) -> None:
    tokens = [asked_for(ana)]
    assert sign_in(email=ana.email, password=PASSWORD) == ana
    User.objects.filter(pk=ana.pk).update(last_login=timezone.now())
    tokens += ["", "usr_0.x", f"{ana.id}.", f"{ana.id}.x-y", "é", tokens[0].replace(ana.id, "usr_" + "0" * 32)]
    for token in tokens:
        with pytest.raises(ValidationFailed) as refused:
            passwords.reset(token=token, password=NEW)
        assert [(field.pointer, field.code) for field in refused.value.fields] == [("/token", "wrong_token")]

    last = asked_for(ana)
    settings.PASSWORD_RESET_TIMEOUT = -1
    with pytest.raises(ValidationFailed):
        passwords.reset(token=last, password=NEW)


def test_asking_tells_nobody_and_sends_nothing_to_strangers(ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)
    for email in ("nobody@northlight.example", ana.email):
        passwords.request_reset(email=email)
    arguments = [message.payload["args"] for message in Message.objects.filter(actor="people.send_password_reset")]
    drain()

    assert arguments == [["", ""], ["", ""]]
    assert mail.outbox == []


def test_nobody_fills_anothers_mailbox(ana: User) -> None:
    for _ in range(10):
        passwords.request_reset(email=ana.email)
    drain()

    assert len(mail.outbox) == 3


def test_the_brand_is_that_of_the_place_or_none(ana: User, cast: Cast) -> None:
    asked_for(ana)
    serve_under_own_name(cast.client)
    asked_for(ana, client_id=cast.client.id)
    Membership.objects.create(user=ana, agency=cast.other, role="viewer")
    asked_for(ana)

    assert [message.from_email for message in mail.outbox] == [
        "Northlight <no-reply@localhost>",
        "Northlight <no-reply@localhost>",
        "no-reply@localhost",
    ]
    assert "https://listen.juniper.example/password-reset#token=" in str(mail.outbox[1].body)


@pytest.mark.parametrize("who", ["of another agency", "of both", "of another client", "operator", "of none"])
def test_no_link_leads_to_a_host_whose_owner_could_take_an_account_over(ana: User, who: str, cast: Cast) -> None:
    serve_under_own_name(cast.client)
    if who == "of another client":
        Membership.objects.filter(user=ana).update(client=cast.second_client)
    elif who == "operator":
        User.objects.filter(pk=ana.pk).update(is_staff=True)
    elif who != "of both":
        Membership.objects.filter(user=ana).delete()
    if who in ("of another agency", "of both"):
        Membership.objects.create(user=ana, agency=cast.other, role="owner")

    asked_for(ana, client_id=cast.client.id)

    body = str(mail.outbox[0].body)
    assert "https://portal.northlight.example/password-reset#token=" in body
    assert "listen.juniper.example" not in body


@pytest.mark.parametrize(
    ("url", "host", "port", "starttls", "tls"),
    [
        ("smtp://u%40x:p%3A@mail.example", "mail.example", 587, True, False),
        ("smtps://mail.example:4650", "mail.example", 4650, False, True),
        ("smtp+plain://localhost", "localhost", 25, False, False),
    ],
)
def test_where_mail_goes_is_one_url(url: str, host: str, port: int, starttls: bool, tls: bool) -> None:
    read = from_url(url)

    assert (read.host, read.port, read.starttls, read.tls) == (host, port, starttls, tls)
    assert "p:" not in repr(read)
    if "@" in url:
        assert (read.user, read.password) == ("u@x", "p:")


@pytest.mark.parametrize("url", ["mail.example", "http://secret@x", "smtp://", "smtp://secret@x:port", "file://x/y"])
def test_a_mail_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        from_url(url)
    assert "secret" not in str(refused.value)


def test_without_a_way_to_send_nothing_is_pretended() -> None:
    assert from_url("").backend == f"{NoBackend.__module__}.{NoBackend.__name__}"
    with pytest.raises(NotConfigured):
        NoBackend().send_messages([])
    assert from_url("file:///var/mail%20box").folder == "/var/mail box"
