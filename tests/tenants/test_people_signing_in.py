"""Signing in: one answer and the same work for all that is wrong, and a lock that guesses side by side cannot pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.apps import apps
from django.conf import Settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from kernel.queue.testing import drain
from tenants.models import AttemptWindow, AuditEvent, User
from tenants.people import throttle
from tenants.people.problems import CodeRequired, WrongCredentials
from tenants.people.signing_in import sign_in
from tenants.people.trail import note_failed_sign_in
from tests.cast import PASSWORD, Cast
from tests.kernel.queue_fixtures import COMMITTING
from tests.tenants.people_cast import HASHERS, make_person, with_two_factor

NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS


@pytest.fixture
def ana(cast: Cast) -> User:
    return make_person("ana", agency=cast.agency)


def fails(guess: str = "wrong", *, email: str = "ana@northlight.example", now: datetime = NOW) -> None:
    with pytest.raises(WrongCredentials):
        sign_in(email=email, password=guess, now=now)


def test_the_address_is_read_as_people_write_it(ana: User) -> None:
    assert sign_in(email=" Ana@Northlight.EXAMPLE ", password=PASSWORD, now=NOW) == ana


def test_five_failures_lock_for_one_minute_and_each_more_for_twice_as_long(ana: User) -> None:
    for _ in range(4):
        fails()
    ana.refresh_from_db()
    assert ana.locked_until is None

    now, locked = NOW, []
    for _ in range(9):
        fails(now=now)
        fails(PASSWORD, now=now)  # the right password does not help, and does not lock for longer
        ana.refresh_from_db()
        assert ana.locked_until is not None
        locked.append((ana.locked_until - now) / timedelta(minutes=1))
        now = ana.locked_until

    assert locked == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert sign_in(email=ana.email, password=PASSWORD, now=now) == ana
    ana.refresh_from_db()
    assert (ana.failed_logins, ana.locked_until) == (0, None)


def test_only_failures_in_a_row_count(ana: User) -> None:
    for _ in range(3):
        for _ in range(4):
            fails()
        assert sign_in(email=ana.email, password=PASSWORD, now=NOW) == ana


def test_whatever_is_wrong_the_work_is_the_same(ana: User, cast: Cast) -> None:
    gone = make_person("gone", agency=cast.agency)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    locked = make_person("locked", agency=cast.agency)
    User.objects.filter(pk=locked.pk).update(locked_until=NOW + timedelta(minutes=1))
    keyed = make_person("keyed", agency=cast.agency)
    with_two_factor(keyed, now=NOW)

    seen = {}
    for name in ("nobody", "ana", "locked", "gone", "keyed"):
        with (
            mock.patch.object(PBKDF2PasswordHasher, "encode", autospec=True, side_effect=PBKDF2PasswordHasher.encode)
            as hashing,
            CaptureQueriesContext(connection) as asked,
        ):  # fmt: skip
            fails(email=f"{name}@northlight.example")
        kinds = tuple(query["sql"].split()[0] for query in asked.captured_queries)
        seen[name] = (hashing.call_count, kinds)

    assert len(set(seen.values())) == 1
    assert seen["nobody"][0] == 1


def test_a_missing_code_is_asked_for_and_is_no_failure(ana: User) -> None:
    authenticator, _ = with_two_factor(ana, now=NOW)
    for _ in range(4):
        fails()

    for _ in range(10):
        with pytest.raises(CodeRequired):
            sign_in(email=ana.email, password=PASSWORD, now=NOW)

    ana.refresh_from_db()
    assert (ana.failed_logins, ana.locked_until) == (4, None)
    assert sign_in(email=ana.email, password=PASSWORD, code=authenticator.at(NOW), now=NOW) == ana


def test_wrong_codes_lock_too(ana: User) -> None:
    authenticator, _ = with_two_factor(ana, now=NOW)
    good = authenticator.at(NOW)
    wrong = f"{(int(good) + 1) % 1_000_000:06}"
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(email=ana.email, password=PASSWORD, code=wrong, now=NOW)

    with pytest.raises(WrongCredentials):
        sign_in(email=ana.email, password=PASSWORD, code=good, now=NOW)


def test_failures_and_locks_are_audited_by_id_once(ana: User, cast: Cast) -> None:
    for _ in range(20):  # fifteen of them are refused and not tried
        fails()
    fails(email="nobody@northlight.example")
    drain()

    events = AuditEvent.objects.filter(agency=cast.agency, actor=ana.id)
    assert sorted(events.values_list("action", flat=True)) == ["person.locked_out"] + ["person.sign_in_failed"] * 5
    assert not any("@" in str(event.detail) for event in events)
    attempt = "att_" + "0" * 12 + "7" + "0" * 3 + "8" + "0" * 15
    for _ in range(2):
        note_failed_sign_in(attempt_id=attempt, user_id=ana.id, outcome="failed")
    assert events.filter(action="person.sign_in_failed").count() == 6


def test_a_network_address_is_counted_and_not_kept(cast: Cast) -> None:
    limit = throttle.LIMITS["mail"]
    waits = [throttle.seconds_to_wait("mail", "192.0.2.7", now=NOW) for _ in range(limit + 1)]

    assert waits == [None] * limit + [600]
    assert throttle.seconds_to_wait("mail", "192.0.2.8", now=NOW) is None
    assert throttle.seconds_to_wait("token", "192.0.2.7", now=NOW) is None
    assert throttle.seconds_to_wait("mail", "192.0.2.7", now=NOW + throttle.WINDOW) is None
    assert all(re.fullmatch("[0-9a-f]{64}", window.digest) for window in AttemptWindow.objects.all())
    assert throttle.forget_lapsed(now=NOW + 3 * throttle.WINDOW) == 3


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_one_subscriber_is_one_address(address: str, counted_as: str) -> None:
    assert throttle.network_of(address) == counted_as


class TestAtOnce:
    pytestmark = COMMITTING

    @pytest.fixture
    def bob(self, committed: None) -> Iterator[User]:
        # The mark hides all other rooms, so that their tables are not emptied.
        apps.unset_available_apps()
        bob = make_person("bob")
        yield bob
        bob.delete()
        AttemptWindow.objects.all().delete()
        apps.set_available_apps(["kernel.queue"])

    def test_of_fifty_guesses_side_by_side_five_are_tried(self, bob: User, settings: Settings) -> None:
        tried = []
        check = User.check_password

        def counting(user: User, password: str) -> bool:
            tried.append(password)
            return check(user, password)

        def guess(number: int) -> str:
            try:
                sign_in(email=bob.email, password=f"guess {number}")
            except WrongCredentials:
                return "refused"
            finally:
                connections.close_all()
            return "in"

        with mock.patch.object(User, "check_password", counting), ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(guess, range(50)))

        assert answers == ["refused"] * 50
        assert len(tried) == 5
        bob.refresh_from_db()
        assert bob.failed_logins == 5

    def test_one_code_lets_one_of_many_in(self, bob: User, settings: Settings) -> None:
        now = datetime.now(UTC)
        authenticator, _ = with_two_factor(bob, now=now)
        code = authenticator.at(now)

        def enter(_: int) -> str:
            try:
                sign_in(email=bob.email, password=PASSWORD, code=code, now=now)
            except WrongCredentials:
                return "refused"
            finally:
                connections.close_all()
            return "in"

        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(enter, range(4)))

        assert sorted(answers) == ["in", "refused", "refused", "refused"]
