"""Turns drafts into rows as a tool would export them (ids, times, counters, addresses); writes CSV and JSONL."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from random import Random
from typing import TextIO
from zoneinfo import ZoneInfo

from analytics.sources.corpus.drafts import Draft
from analytics.sources.corpus.posts import CorpusPost, CorpusTruth

COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(CorpusPost))
_SORTABLE32 = "234567abcdefghijklmnopqrstuvwxyz"
_URL64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STARS = {"negative": (1, 1, 2, 2, 2), "neutral": (3, 3, 3, 4), "positive": (4, 5, 5, 5)}


def finish(drafts: Sequence[Draft], rng: Random) -> tuple[CorpusPost, ...]:
    """The rows, in the drafts' order. Counters are never below what the corpus itself contains."""
    ids = [_id(draft, number) for number, draft in enumerate(drafts)]
    answers, shares = [0] * len(drafts), [0] * len(drafts)
    for draft in drafts:
        if draft.reply_to >= 0:
            answers[draft.reply_to] += 1
        shared = max(draft.repost_of, draft.quote_of)
        if shared >= 0:
            shares[shared] += 1
    return tuple(_row(draft, k, ids, answers[k], shares[k], rng) for k, draft in enumerate(drafts))


def _row(draft: Draft, k: int, ids: Sequence[str], answers: int, shares: int, rng: Random) -> CorpusPost:
    own = draft.kind != "repost"
    # Likes follow followers less than proportionally, with a heavy tail of posts that travel.
    likes = int(draft.author.followers**0.45 * 0.2 * rng.paretovariate(1.6)) + 2 * shares + answers if own else 0
    views = likes * rng.randrange(8, 30) + rng.randrange(20) if own and draft.source == "instagram" else None
    hint = rng.random()
    language = "" if hint < 0.18 else "en" if hint < 0.21 else draft.language
    handle = draft.author.handle
    return CorpusPost(
        id=ids[k],
        created_at=_stamp(draft),
        source=draft.source,
        author_handle=handle,
        author_name=draft.author.name,
        author_followers=draft.author.followers,
        text=draft.text,
        language=language,
        kind=draft.kind,
        reply_to=ids[draft.reply_to] if draft.reply_to >= 0 else "",
        repost_of=ids[draft.repost_of] if draft.repost_of >= 0 else "",
        quote_of=ids[draft.quote_of] if draft.quote_of >= 0 else "",
        likes=likes,
        reposts=shares,
        replies=answers + (rng.randrange(3) if own and rng.random() < 0.1 else 0),
        views=views,
        url=f"https://{draft.source}.example/@{handle}/{ids[k]}",
        country=draft.author.country,
        rating=rng.choice(_STARS[draft.sentiment]) if draft.kind == "review" else None,
    )


def _id(draft: Draft, number: int) -> str:
    """An id of the kind the source uses; `number` keeps posts of the same second apart."""
    seconds = int(draft.at.timestamp())
    if draft.source == "mastodon":
        return str((seconds * 1000 << 16) + number % 65536)
    if draft.source == "bluesky":
        return _digits(seconds * 1_000_000 + number % 1_000_000 << 10, _SORTABLE32, 13)
    if draft.source == "instagram":
        return _digits((seconds - 1_300_000_000 << 33) + number, _URL64, 11)
    return f"R-{seconds % 86400:05d}-{number + 1:06d}"


def _digits(value: int, alphabet: str, length: int) -> str:
    text = ""
    for _ in range(length):
        value, digit = divmod(value, len(alphabet))
        text = alphabet[digit] + text
    return text


def _stamp(draft: Draft) -> str:
    """Sources differ in how they write a time, and people in where they are."""
    if draft.source in ("mastodon", "bluesky"):
        return draft.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    zone = draft.author.zone if draft.source == "instagram" else draft.stream.client.time_zone
    local: datetime = draft.at.astimezone(ZoneInfo(zone))
    return local.isoformat(timespec="seconds")


def write_csv(posts: Iterable[CorpusPost], out: TextIO) -> None:
    """Writes a header and one row per post. Open `out` with newline="" and encoding utf-8."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for post in posts:
        writer.writerow(["" if value is None else value for value in map(post.__getattribute__, COLUMNS)])


def write_jsonl(posts: Iterable[CorpusPost], out: TextIO) -> None:
    """Writes one JSON object per line; what a source does not tell is null."""
    for post in posts:
        out.write(json.dumps(asdict(post), ensure_ascii=False) + "\n")


def write_truth(truth: CorpusTruth, out: TextIO) -> None:
    """Writes the truth as one JSON object; days are ISO dates."""
    json.dump(asdict(truth), out, ensure_ascii=False, indent=1, default=str)
    out.write("\n")
