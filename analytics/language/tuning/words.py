"""The client's words: a draft that readings go by once a version was made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from analytics.language.evaluate import wilson
from analytics.language.services import texts_of
from analytics.language.serving import serving_engine
from analytics.language.tuning.contracts import Tuning, min_probability_of
from analytics.language.tuning.lexicon import Lexicon, key_of
from analytics.language.tuning.models import LexiconWord
from analytics.language.tuning.selectors import draft, tuning_in_force, word_of
from analytics.language.tuning.wordfile import NOTHING_TO_FIND, Word
from analytics.mentions.search import quoted
from kernel.errors import Conflict, ValidationFailed
from kernel.ids import encode

MOST: Final = 50_000
"""Words that a client can have."""
MOST_FOUND: Final = 100_000
MOST_READ: Final = 1_000
_EXAMPLES = 10


@transaction.atomic
def add_word(*, language: str, text: str, valence: int, now: datetime) -> LexiconWord:
    """Add a word. Raises ValidationFailed (/text) where nothing of it could be found in a text, and Conflict where the
    language has it, or the client has as many as it can."""
    key = _key(text)
    _lock()
    if LexiconWord.objects.filter(language=language, key=key).exists():
        raise Conflict("This language has that word already; change its valence.")
    _check_room(1)
    return LexiconWord.objects.create(
        language=language, text=text, key=key, valence=valence, created_at=now, updated_at=now
    )


@transaction.atomic
def change_word(*, word: LexiconWord, changes: dict[str, Any], now: datetime) -> LexiconWord:
    """Change language, text or valence. Raises as `add_word`, and NotFound where somebody has removed it meanwhile."""
    _lock()
    word = word_of(word.id)  # as it is now, not as it was before somebody else was through
    for name, value in changes.items():
        setattr(word, name, value)
    word.key = _key(word.text)
    if LexiconWord.objects.filter(language=word.language, key=word.key).exclude(id=word.id).exists():
        raise Conflict("This language has that word already; change its valence.")
    word.updated_at = now
    word.save(update_fields=["language", "text", "key", "valence", "updated_at"])
    return word


@transaction.atomic
def remove_word(*, word: LexiconWord) -> None:
    """Remove a word from the draft."""
    _lock()
    word.delete()


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file came to: new words, words whose valence it changed, words that were there as they are, and how many
    there were before that it does not name, which `replace` removes."""

    added: int
    changed: int
    same: int
    removed: int


@transaction.atomic
def bring_words(*, words: Sequence[Word], replace: bool, now: datetime) -> Brought:
    """Take the words of a file into the draft; with `replace` the draft is what the file says and nothing else. Raises
    Conflict where the client would have more than it can."""
    _lock()
    known = {(row.language, row.key): row for row in LexiconWord.objects.all()}
    fresh, changed, same = [], [], 0
    for word in words:
        row = known.pop((word.language, word.key), None)
        if row is None:
            plain = {name: getattr(word, name) for name in ("language", "text", "key", "valence")}
            fresh.append(LexiconWord(**plain, created_at=now, updated_at=now))
        elif row.valence != word.valence:
            row.valence, row.text, row.updated_at = word.valence, word.text, now
            changed.append(row)
        else:
            same += 1
    removed = 0
    if replace:
        removed = len(known)
        LexiconWord.objects.filter(id__in=[row.id for row in known.values()]).delete()
    _check_room(len(fresh))
    # Changed ones as conflicts of new ones: an UPDATE of many rows names each in a list that is read for each.
    LexiconWord.objects.bulk_create(
        [*fresh, *changed],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["language", "key"],
        update_fields=["valence", "text", "updated_at"],
    )
    return Brought(len(fresh), len(changed), same, removed)


def _check_room(more: int) -> None:
    if LexiconWord.objects.count() + more > MOST:
        raise Conflict(f"A client can have at most {MOST:,} words.")


def _key(text: str) -> str:
    key = key_of(text)
    if not key:
        raise ValidationFailed.of("/text", NOTHING_TO_FIND, code="nothing_to_find")
    return key


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lexicon'), hashtext(current_schema()))")


@dataclass(frozen=True, slots=True)
class Example:
    """A mention that a word would change: its label before and after, "" where it gets none."""

    mention: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a word would do. `found` mentions hold its tokens (at most 100,000 are counted); of these `looked_at`, drawn
    by a digest of their ids, were read again; `containing` of them have the word as such, and of `changed` the label
    would be another. `share` is changed by containing with its 95 % interval (Wilson), None where none contains it."""

    found: int
    looked_at: int
    containing: int
    changed: int
    share: tuple[float, float, float] | None
    changes: tuple[tuple[tuple[str, str], int], ...]
    examples: tuple[Example, ...]


def preview_word(*, language: str, text: str, valence: int) -> Preview:
    """What the draft with this word would change beside the draft without it, in mentions whose sentiment nobody set.
    Raises ValidationFailed as `add_word`, and EngineUnavailable."""
    key = _key(text)
    found, ids = _holding(key, language)
    others = [entry for entry in draft() if entry[:2] != (language, key)]
    present = tuning_in_force()
    engine = serving_engine()
    before, after = (
        Tuning(
            0,
            engine.model_id,
            None if present is None else present.calibration,
            Lexicon(entries),
            min_probability_of(engine),
        )
        for entries in (others, [*others, (language, key, valence)])
    )
    alone = Lexicon([(language, key, valence)])
    texts = texts_of(ids)
    readings = engine.read([text.text for text in texts], [text.hint for text in texts]) if texts else []
    held = [
        (each, reading)
        for each, reading in zip(texts, readings, strict=True)
        if alone.find(each.text, reading.language)
    ]
    plain = [each.text for each, _ in held]
    was, would = (tuning.apply(plain, [reading for _, reading in held]) for tuning in (before, after))
    changed = [
        Example(encode("men", each.id), one.sentiment, other.sentiment)
        for (each, _), one, other in zip(held, was, would, strict=True)
        if one.sentiment != other.sentiment
    ]
    return Preview(
        found=found,
        looked_at=len(texts),
        containing=len(held),
        changed=len(changed),
        share=_share(len(changed), len(held)),
        changes=tuple(Counter((each.before, each.after) for each in changed).most_common()),
        examples=tuple(changed[:_EXAMPLES]),
    )


def _share(part: int, whole: int) -> tuple[float, float, float] | None:
    return (part / whole, *wilson(part, whole)) if whole else None


def _holding(key: str, language: str) -> tuple[int, list[Any]]:
    """How many mentions hold all tokens of a key, and some of them by chance that is the same each time."""
    wanted = " & ".join(quoted(token) for token in key.split(" "))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS MATERIALIZED (SELECT id FROM mentions_mention m WHERE m.search @@ %s::tsquery "
            "AND m.understood_at IS NOT NULL AND (%s = '' OR m.language = %s) AND 'sentiment' <> ALL(m.corrected) "
            "LIMIT %s) SELECT (SELECT count(*) FROM held), ARRAY(SELECT id FROM held ORDER BY md5(id::text) LIMIT %s)",
            [wanted, language, language, MOST_FOUND, MOST_READ],
        )
        count, ids = cursor.fetchall()[0]
    return count, list(ids)
