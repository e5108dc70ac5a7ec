"""What a client's queries were when a post was matched against them, in a few characters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def edition(versions: Mapping[str, int]) -> str:
    """The same text for the same queries in the same versions; `versions` maps the ids of all that are listened for to
    the version of each. A version's tree never changes."""
    told = ",".join(f"{query_id}:{version}" for query_id, version in sorted(versions.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
