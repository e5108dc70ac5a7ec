"""Looking at the images of mentions: fetched from public addresses, looked at, redacted, and thrown away."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from analytics.language.vision.contracts import ImageEngine, Sight
from analytics.language.vision.engines import is_configured
from analytics.language.vision.images import MAX_BYTES
from analytics.language.vision.models import VisualContent
from analytics.language.vision.selectors import Picture, pictures, seen_before, visual_content
from analytics.language.vision.services import Seen, keep_seen, set_enabled
from analytics.listening.selectors import listener
from analytics.privacy.redact import redact
from kernel import http
from kernel.queue import send

# What one message does before it lets others have their turn: so many mentions, or what comes in a minute.
MENTIONS_AT_ONCE = 40
SLICE_S = 60.0
MOST_IMAGES = 4
_TIMEOUT_S = 15.0
_ACCEPT = "image/webp,image/png,image/jpeg,image/gif"
_CODE = re.compile(r"[a-z_]{1,40}")

Fetch = Callable[[str], bytes]


class NotFetched(Exception):
    """An image's address gave none. `code` is stable, and names no address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@transaction.atomic
def switch(*, enabled: bool, now: datetime) -> VisualContent:
    """Have the present client's images looked at from now on, or not any more."""
    row = set_enabled(enabled=enabled, now=now)
    if enabled and row.changed_at == now and is_configured():
        send("journey.look_at_images")
    return row


def fetch_image(url: str) -> bytes:
    """The bytes at a public address, at most 8 MiB; of hosts that the settings name, at a private one too. Raises
    NotFetched."""
    try:
        private = (urlsplit(url).hostname or "") in settings.PRIVATE_FEED_HOSTS
    except ValueError:
        raise NotFetched("invalid_url") from None
    try:
        answer = http.fetch(
            url,
            headers={"accept": _ACCEPT},
            max_bytes=MAX_BYTES,
            timeout=_TIMEOUT_S,
            allow_private=private,
            ports=None if private else http.WEB_PORTS,
        )
    except http.FetchError as problem:
        raise NotFetched(problem.code) from None
    if answer.status in (404, 410):
        raise NotFetched("gone")
    if answer.status in (401, 403, 451):
        raise NotFetched("forbidden")
    if answer.status != 200:
        raise NotFetched("unavailable")
    return answer.body


def look_slice(
    *, engine: ImageEngine, now: datetime, fetch: Fetch = fetch_image, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Look for about a minute at the images of mentions that were not looked at with this engine, where the client
    wants that. Returns whether that was all. Nothing is fetched in a transaction, and no image is kept."""
    if not visual_content().enabled:
        return True
    found = pictures(model_id=engine.model_id, now=now, limit=MENTIONS_AT_ONCE, most_images=MOST_IMAGES)
    started, asked = clock(), dict[bytes, Sight]()
    # One mention at a time: servers may be as slow as they like, and what was seen is kept.
    for picture in found:
        if not keep_seen(seen=_looked_at(picture, asked, engine, fetch), model_id=engine.model_id, now=now):
            return True
        if clock() - started > SLICE_S:
            break
    return not found


def _looked_at(picture: Picture, asked: dict[bytes, Sight], engine: ImageEngine, fetch: Fetch) -> list[Seen]:
    """The images of a mention; `asked` is what addresses gave in this slice, so that none is asked twice."""
    wanted = {_digest(url): url for _, url in picture.images}
    for address, row in seen_before(addresses=[*wanted.keys() - asked.keys()], model_id=engine.model_id).items():
        labels = tuple((str(label), float(score)) for label, score in row.labels)
        asked[address] = Sight(labels, row.text, row.caption)
    unknown = [address for address in wanted if address not in asked]
    asked.update(zip(unknown, _sights([wanted[address] for address in unknown], engine, fetch), strict=True))
    public = listener().public_handles
    return [
        Seen(picture.id, place, _digest(url), _redacted(asked[_digest(url)], picture.country, public))
        for place, url in picture.images
    ]


def _sights(urls: Sequence[str], engine: ImageEngine, fetch: Fetch) -> list[Sight]:
    images: dict[int, bytes] = {}
    sights: dict[int, Sight] = {}
    for place, url in enumerate(urls):
        try:
            images[place] = fetch(url)
        except NotFetched as problem:
            sights[place] = Sight(problem=problem.code if _CODE.fullmatch(problem.code) else "unavailable")
    sights.update(zip(images, engine.look(list(images.values())), strict=True))
    return [sights[place] for place in range(len(urls))]


def _redacted(sight: Sight, country: str, public: frozenset[str]) -> Sight:
    def clean(text: str | None) -> str | None:
        return text and redact(text, country_hint=country, public_handles=public).text

    return replace(sight, text=clean(sight.text), caption=clean(sight.caption))


def _digest(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()
