"""Fixtures of the tests whose agencies and people are really committed."""

from __future__ import annotations

from tests.kernel.queue_fixtures import committed
from tests.tenants.committing import agency as committed_agency

__all__ = ["committed", "committed_agency"]
