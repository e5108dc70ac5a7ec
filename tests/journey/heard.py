"""Hearing and matching anew as a client does it, with its own pseudonyms."""

from __future__ import annotations

from analytics.journey.facts import Pseudonym
from analytics.privacy.protect import Protector
from tenants.datakeys import data_key
from tests.cast import Cast


def pseudonyms(cast: Cast) -> Pseudonym:
    """The first client's way of storing handles."""
    return Protector(data_key(cast.client)).pseudonym
