"""Compares the compiled tokeniser with `scan`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from analytics.listening.engine.batch import Batch
from analytics.listening.engine.hashing import hash_key
from analytics.listening.engine.reader import Reader
from analytics.listening.text import scan

_BATCH = 2000
_LONG = 100

Word = tuple[int, int, int, bool, tuple[int, ...]]
Tag = tuple[int, int, int, int, int, tuple[int, ...]]


def _beginnings(key: str) -> tuple[int, ...]:
    """`hash_key` of all beginnings; of a very long key, which only hostile texts have, of the first few."""
    return tuple(hash_key(key[:length]) for length in range(1, min(len(key), _LONG) + 1))


def expected(text: str) -> tuple[list[Word], list[Tag]]:
    """What `scan` says, with hashes in place of keys, and the hashes of all beginnings of each."""
    scanned = scan(text)
    words = [
        (hash_key(key), start, end, place in scanned.glued, _beginnings(key))
        for place, (key, start, end) in enumerate(zip(scanned.words, scanned.starts, scanned.ends, strict=True))
    ]
    tags = [(hash_key(tag.key), tag.start, tag.end, tag.first, tag.width, _beginnings(tag.key)) for tag in scanned.tags]
    return words, tags


def read(batch: Batch, text: int) -> tuple[list[Word], list[Tag]]:
    """The same of text number `text` of a batch."""
    first, last = (int(bound) for bound in batch.words[text : text + 2])
    words = [
        (key, start, end, bool(glued), tuple(batch.word_states[spelled : min(after, spelled + _LONG)].tolist()))
        for key, start, end, glued, spelled, after in zip(
            *(
                column[first:last].tolist()
                for column in (
                    batch.word_keys, batch.word_starts, batch.word_ends, batch.word_glued,
                    batch.word_spelled, batch.word_spelled[1:],
                )
            ),
            strict=True,
        )
    ]  # fmt: skip
    first, last = (int(bound) for bound in batch.tags[text : text + 2])
    tags = [
        (key, start, end, place, width, tuple(batch.tag_states[spelled : min(after, spelled + _LONG)].tolist()))
        for key, start, end, place, width, spelled, after in zip(
            *(
                column[first:last].tolist()
                for column in (
                    batch.tag_keys, batch.tag_starts, batch.tag_ends, batch.tag_firsts, batch.tag_widths,
                    batch.tag_spelled, batch.tag_spelled[1:],
                )
            ),
            strict=True,
        )
    ]  # fmt: skip
    return words, tags


def differing(reader: Reader, texts: Sequence[str]) -> list[str]:
    """Those texts, as ASCII, that the reader does not read as `scan` does."""
    batch = reader.read(texts)
    return [ascii(text[:80]) for number, text in enumerate(texts) if read(batch, number) != expected(text)]


def differing_among(reader: Reader, texts: Iterable[str]) -> tuple[list[str], int]:
    """The same for any number of texts, and how many there were."""
    pending, found, count = iter(texts), list[str](), 0
    while batch := list(islice(pending, _BATCH)):
        found += differing(reader, batch)
        count += len(batch)
    return found, count
