"""What may stay of a post of a shared public stream: enough to try a query on, nothing that leads to a person.

No client has a part in it: the key that pseudonyms are made with is drawn anew in every process and thrown away with
it, and what it stands for is taken out afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from urllib.parse import urlsplit

from analytics.journey.listen import storable
from analytics.language.services import language_of
from analytics.listening.samples import services as samples
from analytics.listening.samples.contracts import MOST_LINKS, MOST_TEXT, MOST_TITLE, SharedPost
from analytics.mentions.stories import joined
from analytics.privacy.protect import Protector
from analytics.sources.contracts import RawPost
from kernel.crypto import new_data_key

# What a Protector writes for a handle, and what is left of it here.
_LABEL = re.compile(r"@?~[a-z2-7]{10}(?![a-z0-9])")
_HANDLE = "[handle]"
# Matched in pieces that cannot overlap, so that a text of nothing but dots and slashes takes no longer.
_ADDRESS = re.compile(r"(?i)\b(https?://|www\.)([^\s/?#<>\"'()\[\]]{1,253})[^\s<>\"]*")
_BARE_ADDRESS = re.compile(r"(?<![\w@.\-/])((?:[a-z0-9\-]{1,63}\.){1,4}[a-z]{2,24})[/?#][^\s<>\"]+", re.IGNORECASE)
_SHORT = 3  # letters of "co" in co.uk or "com" in com.au: such names need one label more to say whose they are
_HAS = ("image", "video", "link")


def sample_stream(posts: Sequence[RawPost], *, now: datetime, random: Random) -> int:
    """Let a batch of posts of a shared public stream into the sample; see `samples.services.keep`. Never give it posts
    of a client's own sources. Returns how many of them are in the sample now."""
    return samples.keep(posts, protect=anonymous, now=now, random=random)


def anonymous(post: RawPost) -> SharedPost | None:
    """A post without its author, its id and its address, with handles, the names and all other personal data that
    detectors know replaced in title and text. None where nothing of the text can be kept."""
    protected = _protector().protect(_cut(post))
    title, text = _plain(protected.title), _plain(protected.text)
    if not text.strip():
        return None
    links = [_site(found[2]) for found in _ADDRESS.finditer(post.text[:MOST_TEXT])]
    links += [_site(_host(item.url)) for item in post.media if item.type == "link"]
    kinds = {item.type for item in post.media} | ({"link"} if any(links) else set())
    return SharedPost(
        source=protected.source,
        text=text,
        posted_at=post.created_at.astimezone(UTC),
        title=title,
        kind=protected.kind,
        # Told once here rather than at every preview: the hint of its source is no better than its word.
        language=language_of(joined(title, text), protected.language),
        country=protected.country,
        site=_site(_host(post.url)),
        links=tuple(dict.fromkeys(filter(None, links)))[:MOST_LINKS],
        has=tuple(kind for kind in _HAS if kind in kinds),
    )


@lru_cache(maxsize=1)
def _protector() -> Protector:
    return Protector(new_data_key())


def _cut(post: RawPost) -> RawPost:
    return storable(replace(post, text=post.text[:MOST_TEXT], title=post.title[:MOST_TITLE]))


def _plain(text: str) -> str:
    text = _LABEL.sub(_HANDLE, text)
    text = _ADDRESS.sub(lambda found: f"{found[1]}{_site(found[2])}", text)
    return _BARE_ADDRESS.sub(lambda found: _site(found[1]), text)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _site(host: str) -> str:
    """The site that a host belongs to, without the names of people's pages below it: its last two labels, or three
    where the last two are a country's registry (`co.uk`). "" for what is no host name."""
    labels = [label for label in host.lower().rpartition("@")[2].partition(":")[0].strip(".").split(".") if label]
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    few = 3 if len(labels[-1]) == 2 and len(labels[-2]) <= _SHORT else 2
    return ".".join(labels[-few:])
