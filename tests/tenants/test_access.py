"""What a caller may do, by role and by the clients its key is bound to."""

from __future__ import annotations

from itertools import product

import pytest

from tenants.access import RANK, Caller
from tenants.models import Role

ORDER = ("viewer", "analyst", "manager", "owner")


def test_the_ranks_are_those_of_the_roles() -> None:
    assert sorted(RANK, key=RANK.__getitem__) == list(ORDER)
    assert set(RANK) == set(Role.values)


@pytest.mark.parametrize(("has", "asked"), list(product(ORDER, ORDER)))
def test_each_role_may_do_what_lower_ones_may(has: str, asked: str) -> None:
    assert Caller("key_1", "agy_1", has).may(asked) == (ORDER.index(has) >= ORDER.index(asked))


@pytest.mark.parametrize(("has", "asked"), [("viewer", "admin"), ("viewer", ""), ("", "viewer"), ("Owner", "viewer")])
def test_a_role_that_is_not_there_lets_nobody_through(has: str, asked: str) -> None:
    with pytest.raises(KeyError):
        Caller("key_1", "agy_1", has).may(asked)


def test_an_unbound_caller_reaches_all_and_a_bound_one_its_own() -> None:
    assert Caller("key_1", "agy_1", "viewer").reaches("cli_1")
    bound = Caller("key_1", "agy_1", "owner", frozenset({"cli_1"}))
    assert bound.reaches("cli_1")
    assert not bound.reaches("cli_2")
    assert not Caller("key_1", "agy_1", "owner", frozenset()).reaches("cli_1")
