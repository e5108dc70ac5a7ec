"""A new master key: every data key goes under it, none changes, and the old one is needed no longer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kernel.crypto import MasterKey
from tenants import datakeys
from tenants.models import Client, User
from tenants.people import sealing
from tests.cast import Cast

NEW = MasterKey.generate().to_text()


@pytest.fixture
def masters(settings: Any) -> Iterator[list[str]]:
    """The list of master keys in use, to be changed in place by `use`."""
    datakeys.master_keys.cache_clear()
    yield list(settings.MASTER_KEYS)
    datakeys.master_keys.cache_clear()


def use(settings: Any, *keys: str) -> None:
    settings.MASTER_KEYS = list(keys)
    datakeys.master_keys.cache_clear()


def rewrap() -> str:
    out = io.StringIO()
    call_command("rewrap_keys", stdout=out)
    return out.getvalue()


def keys() -> dict[str, bytes]:
    return {client.id: datakeys.data_key(client) for client in Client.objects.exclude(wrapped_key=b"")}


def test_after_rewrapping_the_new_key_alone_opens_the_same_data_keys(
    cast: Cast, settings: Any, masters: list[str]
) -> None:
    before = keys()
    use(settings, NEW, *masters)
    assert rewrap().startswith(f"{len(before)} data keys")
    use(settings, NEW)
    assert keys() == before


def test_second_factors_go_under_the_new_key_too(cast: Cast, settings: Any, masters: list[str]) -> None:
    sealed = sealing.seal("JBSWY3DPEHPK3PXP", user_id=cast.owner.id)
    User.objects.filter(id=cast.owner.id).update(totp_secret=sealed)
    use(settings, NEW, *masters)
    assert "and 1 second factors" in rewrap()
    use(settings, NEW)
    kept = bytes(User.objects.get(id=cast.owner.id).totp_secret or b"")
    assert sealing.unseal(kept, user_id=cast.owner.id) == "JBSWY3DPEHPK3PXP"


def test_a_run_that_was_cut_short_goes_on_and_a_second_one_changes_nothing(
    cast: Cast, settings: Any, masters: list[str]
) -> None:
    use(settings, NEW, *masters)
    rewrap()
    done = dict(Client.objects.values_list("id", "wrapped_key"))
    assert rewrap().startswith("0 data keys")
    assert {pk: bytes(key) for pk, key in Client.objects.values_list("id", "wrapped_key")} == {
        pk: bytes(key) for pk, key in done.items()
    }


def test_two_master_keys_with_one_fingerprint_are_told_apart(cast: Cast, settings: Any, masters: list[str]) -> None:
    old = MasterKey.from_text(masters[0])
    twin = next(key for key in iter(MasterKey.generate, None) if key.key_id == old.key_id)
    before = keys()
    use(settings, twin.to_text(), *masters)
    rewrap()
    use(settings, twin.to_text())
    assert keys() == before


def test_what_no_key_opens_is_named_and_the_rest_is_done(cast: Cast, settings: Any, masters: list[str]) -> None:
    Client.objects.filter(id=cast.client.id).update(wrapped_key=b"\x01" + bytes(61))
    Client.objects.filter(id=cast.second_client.id).update(wrapped_key=b"")
    use(settings, NEW, *masters)
    with pytest.raises(CommandError, match=cast.client.id) as told:
        rewrap()
    assert cast.second_client.id not in str(told.value)
    use(settings, NEW)
    assert datakeys.data_key(Client.objects.get(id=cast.other_client.id))
    assert bytes(Client.objects.get(id=cast.second_client.id).wrapped_key) == b""
