"""Passwords of clients' logins: derived, and known to PostgreSQL by a verifier alone."""

from __future__ import annotations

from typing import Any

from kernel.crypto import MasterKey
from kernel.db import logins


def test_a_verifier_is_as_rfc_7677_has_it() -> None:
    # The RFC's own example: user "user", password "pencil", this salt, 4096 rounds.
    import base64

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    assert logins.verifier("pencil", salt=salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_each_role_and_each_master_key_has_a_password_of_its_own(settings: Any) -> None:
    old, new = MasterKey.generate().to_text(), MasterKey.generate().to_text()
    settings.MASTER_KEYS = [old]
    (before,) = logins.passwords("c_one")
    assert before != next(logins.passwords("c_two"))
    assert logins.mark("c_one") != logins.mark("c_two")
    marked = logins.mark("c_one")
    settings.MASTER_KEYS = [new, old]
    assert list(logins.passwords("c_one"))[1] == before
    assert logins.mark("c_one") != marked
    assert before not in marked
