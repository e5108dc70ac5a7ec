"""The sentences of the audit: frames and word lists per language, and the pairs they make.

The method is that of the Equity Evaluation Corpus (Kiritchenko and Mohammad, 2018): the same sentence twice, in which
only the words for a person differ. The sentences are our own.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "sentences"
EMOJI: Final = ("👍", "👏", "🙏", "💪", "👋", "👎", "🤷", "🤦")
NO_TONE: Final = "no tone"
TONES: Final = {
    "light": "\U0001f3fb",
    "medium-light": "\U0001f3fc",
    "medium": "\U0001f3fd",
    "medium-dark": "\U0001f3fe",
    "dark": "\U0001f3ff",
}


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two groups on one axis in one language (ISO 639-1): `before[f][w]` is frame f with word w of `reference`,
    `after[f][w]` the same with the word of `group` in its place. Dialects have one column."""

    axis: str
    language: str
    reference: str
    group: str
    before: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...]


@cache
def all_pairs() -> tuple[Pairs, ...]:
    """Every pair of groups of every language there are sentences in, in a fixed order."""
    return tuple(pairs for path in sorted(FOLDER.glob("*.toml")) for pairs in _pairs_of(_load(path)))


def digest() -> str:
    """Changes when a sentence does: the first 16 hex digits of the SHA-256 of all pairs."""
    return hashlib.sha256(repr(all_pairs()).encode()).hexdigest()[:16]


def _load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _pairs_of(data: dict[str, Any]) -> Iterator[Pairs]:
    language: str = data["language"]
    frames: list[str] = data["frames"]
    for axis in data["axis"]:
        words = {group: _words(listed, axis.get("patterns")) for group, listed in axis["words"].items()}
        reference: str = axis["reference"]
        for group in words:
            if group != reference:
                before, after = _filled(frames, words[reference]), _filled(frames, words[group])
                yield Pairs(axis["name"], language, reference, group, before, after)
    for dialect in data.get("dialect", ()):
        before, after = (tuple((pair[side],) for pair in dialect["pairs"]) for side in (0, 1))
        yield Pairs("dialect", language, dialect["reference"], dialect["group"], before, after)
    for group, tone in TONES.items():
        before, after = (
            tuple(
                tuple(frame.replace("{emoji}", emoji + with_tone) for emoji in EMOJI) for frame in data["emoji_frames"]
            )
            for with_tone in ("", tone)
        )
        yield Pairs("skin_tone", language, NO_TONE, group, before, after)


def _words(listed: Sequence[str], patterns: Sequence[str] | None) -> list[str]:
    if patterns is None:
        return list(listed)
    return [pattern.replace("{term}", word) for word in listed for pattern in patterns]


def _filled(frames: Sequence[str], words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_capitalised(frame.replace("{who}", word)) for word in words) for frame in frames)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
