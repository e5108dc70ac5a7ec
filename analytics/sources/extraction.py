"""What stands inside a text: hashtags, mentioned handles, markup. Shared by every connector."""

from __future__ import annotations

import html
import unicodedata

import regex

MAX_TAGS = 50

_WORD = r"[\p{L}\p{M}\p{N}_\u200c\u200d]"
_HASHTAG = regex.compile(rf"(?<![\p{{L}}\p{{N}}_&/])[#＃]({_WORD}*\p{{L}}{_WORD}*)")
_HANDLE = regex.compile(r"(?<![\p{L}\p{N}_@.+\-/])[@＠]([A-Za-z0-9_]+(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?)")
# Bluesky handles are host names; only what looks like one may contain dots, else "@acme.Thanks" would.
_HOST_HANDLE = regex.compile(
    r"(?<![\p{L}\p{N}_@.+\-/])[@＠]"
    r"([A-Za-z0-9_-]+(?:\.[a-z0-9-]+)+|[A-Za-z0-9_]+(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?)"
)
_REPOST = regex.compile(r"RT\s+[@＠]([A-Za-z0-9_.@-]+?):?\s")
_DROPPED = regex.compile(r"(?is)<(script|style|template|noscript|iframe)\b.*?(?:</\1\s*>|$)")
_BREAKS = regex.compile(r"<(?:br\s*/?|/p|/div|/li|/h[1-6]|/tr|/blockquote)\s*>", regex.IGNORECASE)
_COMMENT = regex.compile(r"<!--.*?(?:-->|$)", regex.DOTALL)
_TAG = regex.compile(r"</?[A-Za-z!?][^<>]{0,8192}>")
_SPACES = regex.compile(r"[ \t\r\f\v\u00a0]+")
_BLANK_LINES = regex.compile(r" ?\n[ \n]*")
_ENTITY = regex.compile(r"&(?:amp|lt|gt|quot|#0?39|apos|nbsp);")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " "}
_SLUG = regex.compile(r"[^a-z0-9]+")

_SOURCES = {
    "x": "twitter", "x-com": "twitter", "x-twitter": "twitter", "twitter-com": "twitter", "tweet": "twitter",
    "tweets": "twitter", "facebook-com": "facebook", "fb": "facebook", "instagram-com": "instagram",
    "ig": "instagram", "reddit-com": "reddit", "youtube-com": "youtube", "bsky": "bluesky", "bsky-app": "bluesky",
    "bsky-social": "bluesky", "mastodon-social": "mastodon", "trustpilot-com": "trustpilot",
    "google-reviews": "google", "tiktok-com": "tiktok", "linkedin-com": "linkedin",
}  # fmt: skip


def find_hashtags(text: str) -> tuple[str, ...]:
    """Hashtags without #, in order, each once (compared case-insensitively); at least one letter each, at most 50."""
    if "#" not in text and "＃" not in text:
        return ()
    return _unique(_HASHTAG.findall(text))


def find_handles(text: str, *, dotted: bool = False) -> tuple[str, ...]:
    """Mentioned handles without the first @ (name or name@host), in order, each once, at most 50.

    With `dotted`, host names count as handles too (Bluesky). E-mail addresses never do.
    """
    if "@" not in text and "＠" not in text:
        return ()
    return _unique((_HOST_HANDLE if dotted else _HANDLE).findall(text))


def reposted_handle(text: str) -> str:
    """The handle after a leading "RT @", or empty."""
    if text[:2] != "RT":
        return ""
    match = _REPOST.match(text + " ")
    return str(match.group(1)) if match else ""


def _unique(found: list[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for word in found:
        if len(word) <= 200:
            seen.setdefault(word.casefold(), word)
    return tuple(seen.values())[:MAX_TAGS]


def strip_markup(text: str) -> str:
    """HTML as plain text: scripts, styles, comments and tags gone, blocks on lines of their own, entities as
    characters, NULs and lone surrogates gone. Never raises; linear in the length."""
    if "<" in text:
        text = _COMMENT.sub(" ", text)
        text = _DROPPED.sub(" ", text)
        text = _BREAKS.sub("\n", text)
        text = _TAG.sub("", text)
    text = html.unescape(text) if "&" in text else text
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return str(_BLANK_LINES.sub("\n", _SPACES.sub(" ", text))).strip()


def unescape_basic(text: str) -> str:
    """Undo the escaping that APIs apply to & < > and quotes in otherwise plain text, once."""
    if "&" not in text:
        return text
    return str(_ENTITY.sub(lambda match: _ENTITIES.get(match.group(), "'"), text))


def slug(name: str) -> str:
    """A source's name as a slug of at most 32 characters: "X.com" -> "twitter", "Google Play" -> "google-play"."""
    name = _TAG.sub("", name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    short = str(_SLUG.sub("-", plain)).strip("-")[:32].strip("-")
    return _SOURCES.get(short, short)
