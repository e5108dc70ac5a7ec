"""Each client's data key: made with the client, stored wrapped by the master key, gone with the client's row."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from kernel import crypto
from tenants.models import Client
