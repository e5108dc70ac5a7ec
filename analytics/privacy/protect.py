"""The gate between a connector and everything else: a RawPost goes in, a post that names nobody comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from analytics.privacy.bare_names import BareName, bare_name, is_telling
from analytics.privacy.contracts import AuthorIdentity, PostIdentity, ProtectedPost
from analytics.privacy.handles import find_handles, strip_handle_from_url
from analytics.privacy.pseudonym import Pseudonymiser, normalise_handle
from analytics.privacy.redact import (
    HANDLE,
    HANDLE_MARK,
    PLACEHOLDERS,
    may_hold_personal_data,
    redact,
)
from analytics.sources.contracts import POST_KINDS, Media, RawPost
from kernel.crypto import EnvelopeError, open_envelope, seal, subkey

_json_text = json.encoder.encode_basestring_ascii
_REMEMBERED_AUTHORS = 65_536
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:=+\-]{1,120}")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,39}")
_LONGEST_PLACE = 100
_MEDIA_TYPES = frozenset({"image", "video", "audio", "link"})


@dataclass(frozen=True, slots=True)
class _Author:
    """What is known about an author and needs no second look at the next post."""

    pseudonym: bytes | None = None
    envelope: bytes | None = None
    names: tuple[str, ...] = ()  # must not stand in an address
    bare: tuple[BareName, ...] = ()  # must not stand in a text


_NOBODY = _Author()


class Protector:
    """Protects the posts of one client.

    `data_key` is the client's 32-byte data key; `public_handles` are the handles of brands that the client's
    queries name (with or without `@`): they stay readable. One Protector seals one author once; keep it for a
    batch or longer. Not bound to a thread.
    """

    def __init__(self, data_key: bytes, public_handles: Iterable[str] = ()) -> None:
        self._pseudonyms = Pseudonymiser(subkey(data_key, "pseudonym"))
        self._envelope_key = subkey(data_key, "envelope")
        self._public = frozenset(filter(None, map(normalise_handle, public_handles)))
        self._author = lru_cache(maxsize=_REMEMBERED_AUTHORS)(self._look_at)
        self._bare_handle = lru_cache(maxsize=4096)(self._find_bare)
        self._labeller = lru_cache(maxsize=64)(self._labels_of)

    def protect(self, post: RawPost) -> ProtectedPost:
        """The post without raw identities. Never raises because of a post's content; the same post gives the
        same result but for the random bytes of the envelopes."""
        raw = post.author
        source = post.source if _SOURCE.fullmatch(post.source) else "other"
        author = self._author(source, raw.handle, raw.display_name, raw.url) if raw else _NOBODY
        names, id_names, bare = author.names, author.names, author.bare
        if post.mentioned:
            others = [handle for handle in post.mentioned if self._is_private(handle)]
            telling = [handle for handle in others if is_telling(handle)]
            names, id_names = (*names, *telling), (*names, *others)
            bare = (*bare, *(self._bare_handle(source, handle) for handle in telling))
        cleaner = _Cleaner(post, self._public, self._labeller(source), bare)
        text, title = cleaner.clean(post.text), cleaner.clean(post.title)
        media = [
            Media(
                item.type if item.type in _MEDIA_TYPES else "link",
                self._address(item.url, names),
                cleaner.clean(item.alt),
            )
            for item in post.media
        ]
        url = self._address(post.url, names)
        external_id = self._reference(source, post.external_id, id_names)
        changed = url != post.url or external_id != post.external_id
        mentioned = [
            self._pseudonyms.author(source, handle)
            for handle in (*post.mentioned, *cleaner.addressed)
            if normalise_handle(handle)
        ]
        return ProtectedPost(
            source=source,
            external_id=external_id,
            text=text,
            created_at=post.created_at,
            author_pseudonym=author.pseudonym,
            author_envelope=author.envelope,
            post_envelope=self._seal_post(external_id, post) if changed else None,
            followers=raw.followers if raw else None,
            verified=raw.verified if raw else False,
            url=url,
            title=title,
            language=post.language if _LANGUAGE.fullmatch(post.language) else "",
            kind=post.kind if post.kind in POST_KINDS else "post",
            reply_to=self._reference(source, post.reply_to, id_names),
            repost_of=self._reference(source, post.repost_of, id_names),
            quote_of=self._reference(source, post.quote_of, id_names),
            mentioned=tuple(dict.fromkeys(mentioned)),
            hashtags=tuple([tag for tag in post.hashtags if self._address(tag, names)]),
            media=tuple([item for item in media if item.url or item.alt]),
            metrics=post.metrics,
            country=post.country.upper() if _COUNTRY.fullmatch(post.country) else "",
            rating=post.rating,
            region=self._place(post.region, names),
            city=self._place(post.city, names),
            findings_count=cleaner.counts,
        )

    def names_nobody(self, post: RawPost) -> Callable[[str], bool]:
        """Tells of an address that the post has or links to, or of a part of one, whether it names neither the post's
        author nor whom it addresses, nor anybody by its shape."""
        source = post.source if _SOURCE.fullmatch(post.source) else "other"
        raw = post.author
        author = self._author(source, raw.handle, raw.display_name, raw.url) if raw else _NOBODY
        names = (*author.names, *filter(is_telling, filter(self._is_private, post.mentioned)))
        return lambda address: bool(self._address(address, names))

    def pseudonym(self, source: str, handle: str) -> bytes:
        """The 16 bytes under which this client stores a handle: for data-subject requests and brand accounts."""
        return self._pseudonyms.author(source, handle)

    def open_author(self, envelope: bytes, pseudonym: bytes) -> AuthorIdentity:
        """Who is behind a pseudonym. Only for a lawful request; the caller keeps the audit. Raises EnvelopeError."""
        return AuthorIdentity(**_opened(self._envelope_key, envelope, _author_aad(pseudonym)))

    def open_post(self, envelope: bytes, external_id: str) -> PostIdentity:
        """The true id and address of a post, by its stored `external_id`. Raises EnvelopeError."""
        return PostIdentity(**_opened(self._envelope_key, envelope, _post_aad(external_id)))

    def _look_at(self, source: str, handle: str, display_name: str, url: str) -> _Author:
        identity = handle or url or display_name
        if not normalise_handle(identity):
            return _NOBODY
        pseudonym = self._pseudonyms.author(source, identity)
        plaintext = _packed(source=source, handle=handle, display_name=display_name, url=url)
        envelope = seal(self._envelope_key, plaintext, _author_aad(pseudonym))
        if not self._is_private(handle) and handle:
            return _Author(pseudonym, envelope)
        bare: list[BareName] = []
        names = [handle] if handle else []
        if _is_full_name(display_name):  # a single word ("News") stands in texts and addresses by chance
            bare.append(bare_name(display_name, PLACEHOLDERS["PERSON"], "PERSON"))
            names.append(display_name)
        if is_telling(handle):
            bare.append(self._bare_handle(source, handle))
        return _Author(pseudonym, envelope, tuple(names), tuple(bare))

    def _is_private(self, handle: str) -> bool:
        return normalise_handle(handle) not in self._public

    def _find_bare(self, source: str, handle: str) -> BareName:
        return bare_name(handle, "@" + HANDLE_MARK + self._labeller(source)(handle), HANDLE)

    def _labels_of(self, source: str) -> Callable[[str], str]:
        pseudonyms = self._pseudonyms
        return lambda handle: pseudonyms.label(pseudonyms.author(source, handle))

    def _address(self, url: str, names: Iterable[str]) -> str:
        """The URL (or hashtag) when it names nobody we know of and nobody by its shape, else ""."""
        kept = strip_handle_from_url(url, names)
        if not kept or not may_hold_personal_data(kept):
            return kept
        return "" if redact(kept, public_handles=self._public).findings else kept

    def _place(self, name: str, names: Iterable[str]) -> str:
        """A region or city, or "" where somebody has put a person there."""
        name = " ".join(name.split())
        return name if len(name) <= _LONGEST_PLACE and self._address(name, names) else ""

    def _reference(self, source: str, external_id: str, names: Iterable[str]) -> str:
        """An id as it is, or a keyed reference for one that may name somebody.

        Whatever is not a plain identifier (a web address, an AT URI) is replaced without asking whom it names:
        a reply must come to the same reference as the post it answers, whose author it does not know.
        """
        if not external_id or (_PLAIN_ID.fullmatch(external_id) and strip_handle_from_url(external_id, names)):
            return external_id
        return self._pseudonyms.reference(source, external_id)

    def _seal_post(self, external_id: str, post: RawPost) -> bytes:
        plaintext = _packed(external_id=post.external_id, url=post.url)
        return seal(self._envelope_key, plaintext, _post_aad(external_id))


class _Cleaner:
    """Cleans the texts of one post; `addressed` gathers the handles they address, `counts` what was replaced."""

    def __init__(
        self,
        post: RawPost,
        public: frozenset[str],
        label: Callable[[str], str],
        bare: tuple[BareName, ...],
    ) -> None:
        self._country = post.country
        self._public = public
        self._label = label
        self._bare = bare
        self.addressed: list[str] = []
        self.counts: dict[str, int] = {}

    def clean(self, text: str) -> str:
        if not text:
            return text
        if "@" in text:
            for found in find_handles(text, self._public):
                if found.prefix and not _is_part_of_more(text, found.start):
                    self.addressed.append(found.handle)
        if may_hold_personal_data(text):
            redacted = redact(
                text,
                country_hint=self._country,
                public_handles=self._public,
                pseudonym_of=self._label,
            )
            text = redacted.text
            for finding in redacted.findings:
                self._count(finding.entity, 1)
        if self._bare:
            lowered = text.lower()
            for bare in self._bare:
                if bare.hint in lowered:
                    text, times = bare.replace_in(text)
                    lowered = text.lower()
                    self._count(bare.entity, times)
        return text

    def _count(self, entity: str, times: int) -> None:
        if times:
            self.counts[entity] = self.counts.get(entity, 0) + times


def _is_full_name(name: str) -> bool:
    return sum(any(char.isalpha() for char in word) for word in name.split()) >= 2


def _is_part_of_more(text: str, start: int) -> bool:
    """True for the `@` of an e-mail or web address, which addresses nobody."""
    before = text[max(0, start - 1) : start]
    return before == "/" or (before.isascii() and before.isalnum())


def _author_aad(pseudonym: bytes) -> bytes:
    return b"author\x00" + pseudonym


def _post_aad(external_id: str) -> bytes:
    return b"post\x00" + external_id.encode("utf-8", "surrogatepass")


def _packed(**fields: str) -> bytes:
    # As json.dumps writes it, which takes 6 us longer; every post is sealed.
    return ("{" + ",".join([f'"{name}":{_json_text(value)}' for name, value in fields.items()]) + "}").encode("ascii")


def _opened(key: bytes, envelope: bytes, aad: bytes) -> dict[str, str]:
    fields = json.loads(open_envelope(key, envelope, aad))
    if not isinstance(fields, dict):
        raise EnvelopeError("the envelope holds something else")
    return fields
