"""Reads of what was seen, and of what is still to be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from analytics.language.vision.models import Visual, VisualContent
from analytics.language.vision.services import IN_VAIN, folded

# Images of older mentions are often gone, and nobody asked for them when they came.
HISTORY = timedelta(days=30)
# A mention's id is older than its transaction's end.
_OVERLAP = timedelta(hours=1)
PASSING = ("timeout", "connection_failed", "bad_response", "host_not_found", "unavailable")
MOST_TRIES = 3
_PAUSE = timedelta(hours=1)
_FETCHED = """'$[*] ? (@.type == "image" && @.url like_regex "^https?://")'"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A mention with images that are to be looked at: (place in its media, address) each."""

    id: UUID
    country: str
    images: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Images that were seen, and those that could not be, by why."""

    seen: int
    problems: Mapping[str, int]


def visual_content() -> VisualContent:
    """Whether the present client wants images looked at; off where nobody said so."""
    return VisualContent.objects.filter(id=1).first() or VisualContent(id=1)


def pictures(*, model_id: str, now: datetime, limit: int, most_images: int) -> list[Picture]:
    """Mentions with images that `model_id` has not looked at, oldest first: of the last 30 days, or since it came
    to an end; then those that failed for a passing reason an hour ago or more, up to three times."""
    row = visual_content()
    since = _first_id(now - HISTORY)
    if row.looked_to is not None and row.looked_with == model_id:
        since = max(since, _first_id(_made_at(row.looked_to) - _OVERLAP))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.country, m.media FROM mentions_mention m "
            f"WHERE m.id >= %s AND m.media @? {_FETCHED} "
            "AND NOT EXISTS (SELECT FROM vision_visual v WHERE v.mention_id = m.id "
            "AND (v.model_id = %s OR v.tries = %s)) ORDER BY m.id LIMIT %s",
            [since, model_id, IN_VAIN, limit],
        )
        rows = cursor.fetchall()
        if not rows:
            cursor.execute(
                "SELECT m.id, m.country, m.media FROM mentions_mention m WHERE m.id IN "
                "(SELECT v.mention_id FROM vision_visual v WHERE v.problem = ANY(%s) AND v.tries < %s "
                "AND v.seen_at < %s AND v.model_id = %s ORDER BY v.seen_at LIMIT %s) ORDER BY m.id",
                [list(PASSING), MOST_TRIES, now - _PAUSE, model_id, limit],
            )
            rows = cursor.fetchall()
    found = [Picture(pk, country, images_of(_media(media), most_images)) for pk, country, media in rows]
    return [picture for picture in found if picture.images]


def images_of(media: Sequence[Mapping[str, Any]], most: int) -> tuple[tuple[int, str], ...]:
    """The first `most` images with an address that can be asked, and their places."""
    places = [
        (place, str(item.get("url", "")))
        for place, item in enumerate(media)
        if item.get("type") == "image" and str(item.get("url", "")).startswith(("https://", "http://"))
    ]
    return tuple(places[:most])


def seen_before(*, addresses: Sequence[bytes], model_id: str) -> dict[bytes, Visual]:
    """What the model saw at these addresses (by digest) in other mentions: a repost need not be fetched again."""
    rows = Visual.objects.filter(address__in=list(addresses), model_id=model_id, problem="").order_by("seen_at")
    return {bytes(row.address): row for row in rows}


def visuals_of(mentions: Sequence[str]) -> dict[str, list[Visual]]:
    """What was seen in the images of these mentions, by the mention's public id, in the order of the images."""
    found: dict[str, list[Visual]] = {}
    for row in Visual.objects.filter(mention__in=list(mentions)).order_by("mention_id", "place"):
        found.setdefault(str(row.mention_id), []).append(row)
    return found


def showing(label: str | None, text: str | None, within: QuerySet[Any, Any] | None = None) -> QuerySet[Any, Any] | None:
    """The ids of mentions with an image that has this label, and these words written in it or in its caption (in any
    case), of those `within` where that is given. `within` itself where neither is asked for."""
    if label is None and text is None:
        return within
    rows = Visual.objects.all() if within is None else Visual.objects.filter(mention_id__in=within)
    if label is not None:
        rows = rows.filter(label_names__contains=[folded(label)])
    if text is not None:
        rows = rows.filter(Q(text__icontains=text) | Q(caption__icontains=text))
    return rows.values("mention_id")


def progress() -> Progress:
    """How many images were looked at, and how many could not be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT problem, count(*) FROM vision_visual GROUP BY problem ORDER BY problem")
        counts = dict(cursor.fetchall())
    return Progress(counts.pop("", 0), counts)


def _media(value: Any) -> list[dict[str, Any]]:

    found = json.loads(value) if isinstance(value, str) else value
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _made_at(pk: UUID) -> datetime:
    """When a UUIDv7 was made."""

    return datetime.fromtimestamp((pk.int >> 80) / 1000, UTC)


def _first_id(moment: datetime) -> UUID:
    """The least UUIDv7 of a moment."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
