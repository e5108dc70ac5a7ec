"""Finding handles in texts and web addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from analytics.privacy.pseudonym import normalise_handle

# After "@" either an ASCII handle, which ends where ASCII ends ("@shop谢谢"), or one in another script, which ends
# at a blank or a sign. "~" is in neither: it marks a handle that has been replaced.
_ASCII = r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_])?"
_SIGNS = r"\s\u2000-\u206f\u3000-\u303f\u00a0-\u00bf\u061b\u061f\u060c\u06d4\ufe0f\U0001f000-\U0001ffff"
_OTHER = rf"[^\x00-\x7f{_SIGNS}][^\x00-\x2f:-@\[-^`{{-\x7f{_SIGNS}]{{0,39}}"
_HANDLE = re.compile(rf"@({_ASCII}|{_OTHER})(@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?)?")
_REDDIT = re.compile(r"(?<![\w.])/?\b(?:u|user)/([A-Za-z0-9_\-]{3,20})(?![\w.])")
_PROFILE = re.compile(
    r"(?:\b(?:twitter|x|instagram|threads|facebook|tiktok|twitch|github|soundcloud|medium|pinterest)\.(?:com|net|tv)/(?:#!/)?"
    r"|\bt\.me/|\bfb\.(?:com|me)/|\bm\.me/|\bko-fi\.com/|\bpaypal\.me/"
    r"|\blinkedin\.com/in/|\breddit\.com/u(?:ser)?/|\byoutube\.com/(?:c/|user/)|\bbsky\.app/profile/|\bsnapchat\.com/add/)"
    r"(?!~|@)([A-Za-z0-9_][A-Za-z0-9_.\-]*)"
)
_PAGE_NAMES = (
    "hashtag search i explore p reel reels stories watch share sharer sharer.php intent home login signup about help "
    "tv privacy tos legal groups events marketplace photo photo.php permalink.php story.php video videos directory "
    "topics status pin features pricing sponsors orgs settings notifications messages jobs download tag discover c s "
    "joinchat groups.php profile.php people pages pg media music live"
)
_PAGES = frozenset(_PAGE_NAMES.split())
_JOINS = re.compile(r"[\w\-]")
_NOT_WORD = re.compile(r"[\W_]+")
_SQUEEZED_MIN = 6


@dataclass(frozen=True, slots=True)
class Handle:
    """A handle at `start`-`end` of a text (sign included); `prefix` is what stays in front of it, such as `@`."""

    start: int
    end: int
    handle: str
    prefix: str


def find_handles(text: str, public_handles: frozenset[str]) -> Iterator[Handle]:
    """All handles behind `@` (`@jane`, `@jane@example.social`) and reddit's `u/jane`, in folded text.

    A full stop inside is part of the handle, unless what stands before it is public and a sentence follows.
    """
    if "@" in text:
        for match in _HANDLE.finditer(text):
            handle, host = match[1], match[2] or ""
            if not host and handle.isdigit() and len(handle) < 5:
                continue  # "3 kg @10"
            if not host and "." in handle:
                handle = _before_sentence(handle, public_handles)
            if handle.isalnum() or any(map(str.isalnum, handle)):
                yield Handle(
                    match.start(),
                    match.start() + 1 + len(handle) + len(host),
                    handle + host,
                    "@",
                )
    if "u/" in text or "user/" in text:
        for match in _REDDIT.finditer(text):
            yield Handle(match.start(1), match.end(1), match[1], "")


def _before_sentence(handle: str, public_handles: frozenset[str]) -> str:
    head, _, tail = handle.partition(".")
    return head if tail[:1].isupper() and normalise_handle(head) in public_handles else handle


def find_profiles(text: str) -> Iterator[Handle]:
    """Handles in the addresses of profiles at the large networks (`https://instagram.com/jane`)."""
    if "/" not in text:
        return
    for match in _PROFILE.finditer(text):
        handle = match[1].rstrip(".-")
        if handle.lower() not in _PAGES:
            yield Handle(match.start(1), match.start(1) + len(handle), handle, "")


def strip_handle_from_url(url: str, handles: Iterable[str]) -> str:
    """The URL, or "" when its host, path, query or fragment names one of the handles (or display names).

    A handle is found as a whole part between separators, percent-encoded or not, in any case; from six letters
    and digits on also inside a longer part and with other separators (`jane-sample` for "Jane Sample").
    """
    if not url:
        return ""
    plain = normalise_handle(unquote(unquote(url)) if "%" in url else url)
    squeezed = ""
    for raw in handles:
        handle, name, host, needles = _forms(raw)
        if not handle:
            continue
        if _stands_in(plain, handle) or (name != handle and _stands_in(plain, name)) or (host and handle in plain):
            return ""
        if needles:
            squeezed = squeezed or (plain if plain.isalnum() else _NOT_WORD.sub("", plain))
            if any(needle in squeezed for needle in needles):
                return ""
    return url


def _stands_in(plain: str, part: str) -> bool:
    """Whether a part stands somewhere in an address without a letter, digit, `_` or `-` that touches it."""
    start = plain.find(part) if part else -1
    while start >= 0:
        end = start + len(part)
        if not (_JOINS.match(plain, end) or (start and _JOINS.match(plain, start - 1))):
            return True
        start = plain.find(part, start + 1)
    return False


@lru_cache(maxsize=65_536)
def _forms(raw: str) -> tuple[str, str, str, tuple[str, ...]]:
    """A handle normalised, its name and host, and what of it is long enough to be looked for inside longer words."""
    handle = normalise_handle(raw)
    name, _, host = handle.partition("@")
    needles = {_NOT_WORD.sub("", handle), _NOT_WORD.sub("", name)}
    return handle, name, host, tuple(sorted(needle for needle in needles if len(needle) >= _SQUEEZED_MIN))
