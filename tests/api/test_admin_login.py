"""Signing in to the operator's admin."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.conf import Settings
from django.test import Client as Browser
from django.utils import timezone

from kernel import db as schemas
from tenants.models import User
from tests.cast import PASSWORD, Cast
from tests.tenants.people_cast import HASHERS, make_person, with_two_factor

LOGIN = "/admin/login/"


@pytest.fixture
def ana(cast: Cast, settings: Settings) -> User:
    settings.PASSWORD_HASHERS = HASHERS
    with schemas.public():
        return make_person("ana", agency=cast.agency, role="analyst")


@pytest.fixture
def operator(ana: User) -> User:
    ana.is_staff = ana.is_superuser = True
    ana.save()
    return ana


def enter(operator: User, **fields: str) -> Browser:
    browser = Browser()
    browser.post(LOGIN, {"username": operator.email, "password": PASSWORD, **fields})
    return browser


def test_asks_for_the_code_and_for_operators_in_production_to_have_one(operator: User, settings: Settings) -> None:
    assert enter(operator).get("/admin/").status_code == 200
    settings.PRODUCTION = True
    assert enter(operator).get("/admin/").status_code == 302
    authenticator, _ = with_two_factor(operator, now=timezone.now())

    assert b'name="code"' in Browser().get(LOGIN).content
    assert enter(operator).get("/admin/").status_code == 302
    assert enter(operator, code="000000").get("/admin/").status_code == 302
    assert enter(operator, code=authenticator.now()).get("/admin/").status_code == 200


def test_counts_guesses_as_the_api_does(operator: User) -> None:
    for _ in range(5):
        Browser().post(LOGIN, {"username": operator.email, "password": "guess"})

    refused = Browser().post(LOGIN, {"username": operator.email, "password": PASSWORD})
    assert (refused.status_code, b"too many attempts" in refused.content) == (200, True)


def test_counts_guesses_at_the_old_password_too(operator: User) -> None:
    browser, new = enter(operator), "rain on the old tin roof"
    fields = {"new_password1": new, "new_password2": new}
    for _ in range(5):
        browser.post("/admin/password_change/", {"old_password": "guess", **fields})
    locked = browser.post("/admin/password_change/", {"old_password": PASSWORD, **fields})
    assert (locked.status_code, b"too many attempts" in locked.content) == (200, True)
    User.objects.filter(pk=operator.pk).update(locked_until=None)

    assert browser.post("/admin/password_change/", {"old_password": PASSWORD, **fields}).status_code == 302
    operator.refresh_from_db()
    assert operator.check_password(new)
    assert browser.get("/admin/").status_code == 200


def test_lets_no_member_in(ana: User) -> None:
    assert enter(ana).get("/admin/").status_code == 302
    browser = Browser()
    browser.force_login(ana)
    assert browser.get("/admin/").status_code == 302


def test_ends_when_the_session_does(operator: User, settings: Settings) -> None:
    browser = enter(operator)
    end = timezone.now() + settings.SESSION_LONGEST + timedelta(minutes=1)
    with mock.patch("django.utils.timezone.now", return_value=end):
        assert browser.get("/admin/").status_code == 302
