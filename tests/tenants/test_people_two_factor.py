"""Second factors: how long a code is good, that none is good twice, and what is kept of them."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from django.conf import Settings
from django.core import mail
from django.core.management import CommandError, call_command

from kernel.crypto import EnvelopeError, MasterKey
from kernel.errors import Conflict, ValidationFailed
from kernel.queue.testing import drain
from tenants.datakeys import master_keys
from tenants.models import AuditEvent, User
from tenants.people import codes, sealing, two_factor
from tenants.people.signing_in import prove
from tests.cast import PASSWORD, Cast
from tests.tenants.people_cast import HASHERS, make_person, with_two_factor

NOW = datetime(2026, 3, 31, 18, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def ana(cast: Cast, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = HASHERS
    return make_person("ana", agency=cast.agency)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_for_half_a_minute_around_its_own(ana: User, steps: int, good: bool) -> None:
    authenticator, _ = with_two_factor(ana, now=NOW)

    assert codes.accept(ana, authenticator.at(NOW + steps * STEP), now=NOW) is good


def test_a_password_forgives_no_guesses_at_the_code(ana: User) -> None:
    with_two_factor(ana, now=NOW)
    for _ in range(5):
        prove(ana, password=PASSWORD, now=NOW)
        with pytest.raises(ValidationFailed) as refused:
            prove(ana, password=PASSWORD, code="000000", ask_for_code=True, now=NOW)
        assert [field.pointer for field in refused.value.fields] == ["/code"]

    with pytest.raises(ValidationFailed) as refused:
        prove(ana, password=PASSWORD, now=NOW)
    assert [field.pointer for field in refused.value.fields] == ["/password"]


def test_no_code_is_good_twice_nor_one_from_before_it(ana: User) -> None:
    authenticator, _ = with_two_factor(ana, now=NOW)

    assert codes.accept(ana, authenticator.at(NOW), now=NOW)
    assert not codes.accept(ana, authenticator.at(NOW), now=NOW)
    assert not codes.accept(ana, authenticator.at(NOW - STEP), now=NOW)
    assert codes.accept(ana, authenticator.at(NOW + STEP), now=NOW)


def test_codes_are_read_as_people_write_them(ana: User) -> None:
    authenticator, recovery = with_two_factor(ana, now=NOW)
    code = authenticator.at(NOW)

    assert codes.accept(ana, f" {code[:3]} {code[3:]}", now=NOW)
    assert codes.accept(ana, recovery[0].upper().replace("-", " "), now=NOW)


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６", "00000", "é" * 10, "x" * 32, "-----------"])
def test_what_is_no_code_is_none(ana: User, code: str) -> None:
    with_two_factor(ana, now=NOW)

    assert not codes.accept(ana, code, now=NOW)


def test_a_recovery_code_is_good_once_and_is_not_kept(ana: User) -> None:
    _, recovery = with_two_factor(ana, now=NOW)
    assert len(set(recovery)) == 10

    assert codes.accept(ana, recovery[3], now=NOW)
    assert not codes.accept(ana, recovery[3], now=NOW)
    assert codes.accept(ana, recovery[4], now=NOW)

    ana.refresh_from_db()
    assert len(ana.recovery_digests) == 8
    kept = str(ana.recovery_digests)
    assert not any(code in kept or code.replace("-", "") in kept for code in recovery)


def test_a_secret_is_of_use_with_the_master_key_and_for_its_person_only(ana: User) -> None:
    sealed = sealing.seal("JBSWY3DP", user_id=ana.id)

    assert b"JBSWY3DP" not in sealed
    assert sealing.unseal(sealed, user_id=ana.id) == "JBSWY3DP"
    with pytest.raises(EnvelopeError):
        sealing.unseal(sealed, user_id="usr_" + "0" * 32)
    with pytest.raises(EnvelopeError):
        sealing.unseal(sealed, user_id=ana.id, masters=[MasterKey.generate()])


def test_secrets_and_recovery_codes_outlive_a_rotation(ana: User, cast: Cast, settings: Settings) -> None:
    _, recovery = with_two_factor(ana, now=NOW)
    new = MasterKey.generate()
    lost = make_person("lost")
    User.objects.filter(pk=lost.pk).update(
        totp_secret=sealing.seal("X", user_id=lost.id, masters=[MasterKey.generate()])
    )

    assert sealing.reseal([new, *master_keys()]) == (1, (lost.id,))
    assert sealing.reseal([new, *master_keys()]) == (0, (lost.id,))

    ana.refresh_from_db()
    secret = sealing.unseal(bytes(ana.totp_secret or b""), user_id=ana.id, masters=[new])
    assert sealing.digest(recovery[0].replace("-", ""), secret=secret) in ana.recovery_digests


def test_switching_on_takes_a_password_and_a_code(ana: User, cast: Cast) -> None:
    now = datetime.now(UTC)
    with pytest.raises(ValidationFailed):
        two_factor.enrol(user=ana, password="wrong", issuer="Northlight")
    secret, uri = two_factor.enrol(user=ana, password=PASSWORD, issuer="North & Light")
    asked = parse_qs(urlsplit(uri).query)
    assert (asked["secret"], asked["issuer"]) == ([secret], ["North & Light"])
    ana.refresh_from_db()
    assert not ana.has_two_factor

    code = pyotp.TOTP(secret).at(now)
    with pytest.raises(ValidationFailed):
        two_factor.confirm(user=ana, code=f"{(int(code) + 1) % 1_000_000:06}", now=now)
    recovery = two_factor.confirm(user=ana, code=code, now=now)

    assert (len(recovery), ana.has_two_factor) == (10, True)
    assert not codes.accept(ana, code, now=now)  # the first code is used up
    for again in (
        lambda: two_factor.enrol(user=ana, password=PASSWORD, issuer="x"),
        lambda: two_factor.confirm(user=ana, code=recovery[0], now=now),
    ):
        with pytest.raises(Conflict):
            again()
    drain()
    (notice,) = mail.outbox
    assert (notice.to, notice.from_email.split()[0]) == ([ana.email], "Northlight")
    assert AuditEvent.objects.filter(agency=cast.agency, action="person.two_factor_on", actor=ana.id).count() == 1


def test_switching_off_takes_both_and_an_agency_that_does_not_mind(ana: User, cast: Cast) -> None:
    _, recovery = with_two_factor(ana, now=datetime.now(UTC))
    for password, code in (("wrong", recovery[0]), (PASSWORD, "000000"), (PASSWORD, "")):
        with pytest.raises(ValidationFailed):
            two_factor.switch_off(user=ana, password=password, code=code)
    cast.agency.require_two_factor = True
    cast.agency.save()
    with pytest.raises(Conflict):
        two_factor.switch_off(user=ana, password=PASSWORD, code=recovery[1])
    cast.agency.require_two_factor = False
    cast.agency.save()

    two_factor.switch_off(user=ana, password=PASSWORD, code=recovery[1])

    ana.refresh_from_db()
    assert (ana.has_two_factor, ana.totp_secret, ana.recovery_digests) == (False, None, [])
    with pytest.raises(Conflict):
        two_factor.switch_off(user=ana, password=PASSWORD, code=recovery[2])


def test_new_recovery_codes_void_the_old_ones(ana: User) -> None:
    _, recovery = with_two_factor(ana, now=datetime.now(UTC))

    fresh = two_factor.renew_recovery_codes(user=ana, password=PASSWORD, code=recovery[0])

    assert not codes.accept(ana, recovery[1], now=NOW)
    assert codes.accept(ana, fresh[1], now=NOW)


def test_an_operator_enrols_and_removes_from_the_command_line(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("tenants.management.commands.two_factor.getpass", lambda _: PASSWORD)

    def answer(_: str) -> str:
        found = re.search(r"secret=([A-Z2-7]+)", out.getvalue())
        assert found
        return pyotp.TOTP(found[1]).now()

    monkeypatch.setattr("builtins.input", answer)
    call_command("two_factor", "enrol", f" {ana.email.upper()}", stdout=out)
    ana.refresh_from_db()
    assert ana.has_two_factor
    assert len(re.findall(r"^[a-z2-9]{5}-[a-z2-9]{5}$", out.getvalue(), flags=re.MULTILINE)) == 10

    with pytest.raises(CommandError):
        call_command("two_factor", "enrol", ana.email, stdout=out)
    call_command("two_factor", "remove", ana.email, stdout=out)
    ana.refresh_from_db()
    assert not ana.has_two_factor
    with pytest.raises(CommandError):
        call_command("two_factor", "remove", "nobody@northlight.example", stdout=out)
