"""A fixed-window limit per API key, told in every answer (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tenants.access import Caller

_WINDOW_S = 60


class KeyThrottle(BaseThrottle):
    """Counts a key's requests per minute. Keyless requests are refused before they get here."""

    reset_s = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Caller):
            return True
        now = int(time.time())
        window, self.reset_s = now // _WINDOW_S, _WINDOW_S - now % _WINDOW_S
        name = f"rate:{request.user.id}:{window}"
        cache.add(name, 0, timeout=2 * _WINDOW_S)
        used = cache.incr(name)
        limit = settings.RATE_LIMIT_PER_MINUTE
        view.rate_headers = {
            "RateLimit-Policy": f'"default";q={limit};w={_WINDOW_S}',
            "RateLimit": f'"default";r={max(0, limit - used)};t={self.reset_s}',
        }
        return used <= limit

    def wait(self) -> float:
        return self.reset_s
