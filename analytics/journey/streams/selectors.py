"""Reads of what waits for a client."""

from __future__ import annotations

from collections.abc import Collection

from analytics.journey.streams.models import Parcel
from analytics.journey.streams.services import MOST_TRIES


def waiting_for(schema: str, *, most_posts: int, without: Collection[int] = ()) -> list[Parcel]:
    """The oldest parcels of a client that were not given up, of about `most_posts` posts and at least one. Those
    `without` are passed over."""
    found: list[Parcel] = []
    posts = 0
    wanted = Parcel.objects.filter(schema=schema, tries__lt=MOST_TRIES).exclude(id__in=without).order_by("id")
    for parcel in wanted[:most_posts].iterator(chunk_size=100):
        if found and posts + parcel.posts > most_posts:
            break
        found.append(parcel)
        posts += parcel.posts
    return found
