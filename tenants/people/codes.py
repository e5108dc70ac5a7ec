"""Second factors as they are checked: codes of an authenticator (RFC 6238), and recovery codes."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime

import pyotp
from django.db import transaction

from tenants.models import User
from tenants.people import sealing

RECOVERY_CODES = 10
_STEP_S = 30
_DRIFT = 1  # steps that a person's clock may be early or late
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, without l, o, 0 and 1
_NOISE = re.compile(r"[\s-]+")


def accept(user: User, code: str, *, now: datetime) -> bool:
    """Whether this is a good code of the person's; it is used up by asking. Of two who send the same one at once, one
    gets in."""
    code = _NOISE.sub("", code).lower()
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.totp_secret is None:
            return False
        secret = sealing.unseal(bytes(locked.totp_secret), user_id=user.id)
        if re.fullmatch(r"[0-9]{6}", code):
            step = _step_of(secret, code, now=now)
            if step is None or step <= locked.totp_last_step:
                return False
            locked.totp_last_step = step
        else:
            used = sealing.digest(code, secret=secret)
            if used not in locked.recovery_digests:
                return False
            locked.recovery_digests = [kept for kept in locked.recovery_digests if kept != used]
        locked.save(update_fields=["totp_last_step", "recovery_digests"])
    return True


def fresh_recovery_codes(user: User) -> tuple[list[str], list[str]]:
    """Ten codes of fifty bits, written `xxxxx-xxxxx`, and the digests to keep of them. The person has a secret."""
    secret = sealing.unseal(bytes(user.totp_secret or b""), user_id=user.id)
    bare = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in bare], [sealing.digest(code, secret=secret) for code in bare]


def _step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The thirty seconds that this code is of."""
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // _STEP_S
    fitting = [
        step
        for step in range(present - _DRIFT, present + _DRIFT + 1)
        if hmac.compare_digest(totp.generate_otp(step), code)
    ]
    return fitting[-1] if fitting else None
