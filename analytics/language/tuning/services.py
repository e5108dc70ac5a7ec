"""Making versions and putting them in force. What was read before changes only as it is read again, by another job.

A version is stored and put in force in one transaction or not at all: whoever cancels its job meanwhile has none made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Max

from analytics.language.contracts import SENTIMENTS, Engine, Reading
from analytics.language.corrections.selectors import drawn_by_chance, pairs
from analytics.language.services import Text, texts_of
from analytics.language.serving import serving_engine
from analytics.language.tuning.contracts import Calibration, Tuning, min_probability_of
from analytics.language.tuning.fitting import (
    FEWEST_HELD_OUT,
    RULE,
    Comparison,
    Labelled,
    against,
    compare,
    fit_calibration,
    refusal,
    side_of,
    usually_against,
)
from analytics.language.tuning.lexicon import Lexicon
from analytics.language.tuning.models import Switch, TuningVersion
from analytics.language.tuning.selectors import draft, tuning_of, version_in_force, version_in_force_id
from analytics.listening.text import tokens
from analytics.mentions.models import Mention
from kernel.errors import Conflict
from kernel.ids import decode
from kernel.jobs import services as jobs
from kernel.jobs.models import Job

KIND: Final = "tuning"
CANCELLED: Final = "cancelled"
"""The outcome of a version whose job was: it was never made."""
_AT_ONCE = 1_000
_SEED = 20_17


@transaction.atomic
def ask_for_version(*, by: str, calibration: str, lexicon: str, now: datetime) -> TuningVersion:
    """A new version for a job to make; see `TuningVersion` for what can be asked. Raises Conflict while one is being
    made, and where what is asked for is what there is."""
    _lock()
    waiting = TuningVersion.objects.filter(made_at=None).values_list("job_id", flat=True)
    if Job.objects.filter(id__in=list(waiting), finished_at=None).exists():
        raise Conflict("A version is being made already.")
    if calibration == "keep" and lexicon == "keep":
        raise Conflict("Keeping both changes nothing.")
    last = TuningVersion.objects.aggregate(last=Max("number"))["last"] or 0
    job = jobs.open_job(kind=KIND)
    made = TuningVersion.objects.create(
        number=last + 1, job_id=job.id, asked_calibration=calibration, asked_lexicon=lexicon, by=by, asked_at=now
    )
    job.result = made.id
    job.save(update_fields=["result"])
    return made


@dataclass(frozen=True, slots=True)
class _Fitted:
    calibration: Calibration | None
    outcome: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A version as it would be stored, and what was in force while it was made."""

    asked: TuningVersion
    present: TuningVersion | None
    engine: Engine
    words: Lexicon
    found: _Fitted


def make_version(*, version_id: str) -> Made | None:
    """Make what was asked for; None where that was done, or where its job has ended, which is looked at on the way.
    Writes nothing; takes long, so call it outside of a transaction. Raises EngineUnavailable."""
    asked = TuningVersion.objects.get(id=version_id)
    if asked.made_at is not None:
        return None
    present = version_in_force()
    engine = serving_engine()
    words = _words(asked.asked_lexicon, present)
    kept = None if present is None else tuning_of(present).calibration
    found = _Fitted(kept if asked.asked_calibration != "none" else None, asked.asked_calibration, {})
    try:
        if asked.asked_calibration == "fit":
            found = _fitted(asked, engine, words, present)
        elif words:
            found = replace(found, figures=_judged(asked, engine, words))
    except _Ended:
        return None
    return Made(asked, present, engine, words, found)


class _Ended(Exception):
    """Nobody wants the version any more."""


@transaction.atomic
def cancel_version(*, job: Job) -> bool:
    """Have a version not be made; what is in force stays. Returns whether there was something to stop."""
    if job.kind != KIND:
        return False
    _lock()
    asked = TuningVersion.objects.filter(job_id=job.id, made_at=None)
    detail = "Somebody cancelled it. What was in force is, and the version was never made."
    if not asked.exists() or not jobs.cancel(job_id=job.id, code="cancelled", detail=detail):
        return False
    asked.update(outcome=CANCELLED)
    return True


def _words(asked: str, present: TuningVersion | None) -> Lexicon:
    if asked == "draft":
        return Lexicon(draft())
    return Lexicon(()) if present is None or asked == "none" else tuning_of(present).lexicon


@transaction.atomic
def put_in_force(*, made: Made, now: datetime) -> bool:
    """Store a version that was made, and put it in force where it is to be. Returns whether something else is in force
    now. May be repeated; a version whose job has ended, as one that was cancelled, stays as it is."""
    _lock()
    asked, present = made.asked, made.present
    wanted = TuningVersion.objects.filter(id=asked.id, made_at=None)
    if not _is_wanted(asked):
        return False
    if version_in_force_id() != (None if present is None else present.id):
        # Somebody switched meanwhile: what this was compared with is not what it would replace.
        wanted.update(outcome="overtaken", made_at=now)
        return False
    calibration, words = made.found.calibration, made.words
    changed = wanted.update(
        engine=made.engine.model_id,
        min_probability=min_probability_of(made.engine),
        calibration=None if calibration is None else calibration.to_json(),
        lexicon=[list(entry) for entry in words.entries],
        outcome=made.found.outcome,
        figures=made.found.figures,
        made_at=now,
    )
    if not changed:
        return False
    if calibration is None and not words:
        return _switch(None, asked.by, now)
    if present is not None:
        before = tuning_of(present)
        if (calibration, words.entries, made.engine.model_id) == (
            before.calibration,
            before.lexicon.entries,
            before.engine,
        ):
            return False
    return _switch(asked.id, asked.by, now)


def _is_wanted(asked: TuningVersion) -> bool:
    """Whether its job has not ended."""
    return Job.objects.filter(id=asked.job_id, finished_at=None).exists()


@transaction.atomic
def switch_to(*, version: TuningVersion | None, by: str, now: datetime) -> bool:
    """Put a version in force, an earlier one too, or none. Returns whether that changes anything. Raises Conflict for a
    version that is not made."""
    _lock()
    if version is not None and (version.made_at is None or not version.engine):
        raise Conflict("This version was never made.")
    return _switch(None if version is None else version.id, by, now)


def _switch(version_id: str | None, by: str, now: datetime) -> bool:
    if version_in_force_id() == version_id:
        return False
    Switch.objects.create(tuning_id=version_id, by=by, at=now)
    return True


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tuning'), hashtext(current_schema()))")


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Labelled mentions as the engine reads them now, in a stable order."""

    texts: list[str]
    readings: list[Reading]
    labels: list[int]
    sayings: list[str]
    by_chance: list[bool]

    def side(self, logits: Any, side: str, *, by_chance: bool = False) -> tuple[Labelled, Any]:
        """One side's labels ("": both sides'), with which rows they are."""
        chosen = np.array(
            [
                place
                for place, saying in enumerate(self.sayings)
                if side in ("", side_of(saying)) and (self.by_chance[place] or not by_chance)
            ],
            dtype=np.int64,
        )
        return (
            Labelled(
                logits[chosen].reshape(-1, 3),
                np.array(self.labels, dtype=np.int64)[chosen],
                [self.readings[place].language for place in chosen],
                [self.sayings[place] for place in chosen],
            ),
            chosen,
        )


def _evidence(asked: TuningVersion, engine: Engine) -> _Evidence:
    labels = {decode("men", pair.mention): SENTIMENTS.index(pair.people) for pair in pairs("sentiment")}
    ids = sorted(labels)
    drawn = drawn_by_chance("sentiment")
    found = _Evidence([], [], [], [], [])
    for start in range(0, len(ids), _AT_ONCE):
        if not _is_wanted(asked):
            raise _Ended
        page = texts_of(ids[start : start + _AT_ONCE])
        stories = _stories([text.id for text in page])
        readings = engine.read([text.text for text in page], [text.hint for text in page])
        for text, reading in zip(page, readings, strict=True):
            # Where the engine is silent for another reason than doubt it stays so: there is nothing to calibrate.
            if reading.abstain_reason in ("", "low_confidence"):
                found.texts.append(text.text)
                found.readings.append(reading)
                found.labels.append(labels[text.id])
                found.sayings.append(_saying(text, stories[text.id]))
                found.by_chance.append(text.id in drawn)
    return found


def _stories(ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    rows = Mention.objects.filter(id__in=ids).values_list("id", "story", "wording")
    return {decode("men", str(pk)): story if wording is not None else None for pk, story, wording in rows}


def _saying(text: Text, story: UUID | None) -> str:
    """What a mention says, so that copies are told: its story, or the words themselves where those are too few."""
    return f"story {story.hex}" if story is not None else f"words {' '.join(tokens(text.text))}"


def _tuning(engine: Engine, words: Lexicon, calibration: Calibration | None) -> Tuning:
    return Tuning(0, engine.model_id, calibration, words)


def _fitted(asked: TuningVersion, engine: Engine, words: Lexicon, present: TuningVersion | None) -> _Fitted:
    evidence = _evidence(asked, engine)
    kept = None if present is None else tuning_of(present).calibration
    logits = _tuning(engine, words, None).shifted(evidence.texts, evidence.readings)
    fit, _ = evidence.side(logits, "fit")
    held_out, rows = evidence.side(logits, "held_out", by_chance=True)
    basis = "random"
    if held_out.texts < FEWEST_HELD_OUT:
        (held_out, rows), basis = evidence.side(logits, "held_out"), "all"
    figures: dict[str, Any] = {
        "rule": RULE,
        "basis": basis,
        "fit_labels": len(fit.labels),
        "held_out_labels": len(held_out.labels),
        "against_the_engine": round(against(fit), 4),
        "languages": dict(sorted(Counter(fit.languages).items())),
        "calibration": None,
        "in_force": None,
        "lexicon": _of_lexicon(evidence, held_out, rows, engine, words),
    }
    usual = None if basis == "random" else usually_against(evidence.side(logits, "", by_chance=True)[0])
    refused = refusal(fit, held_out, usual=usual)
    if refused:
        return _Fitted(kept, refused, figures)
    candidate = fit_calibration(fit, engine=engine.model_id)
    after = candidate.logits(held_out.logits, held_out.languages)
    gain = compare(held_out.logits, after, held_out, seed=_SEED)
    figures["calibration"] = _plain(gain)
    better = gain.better
    if kept is not None and kept.engine == engine.model_id:
        over = compare(kept.logits(held_out.logits, held_out.languages), after, held_out, seed=_SEED)
        figures["in_force"] = _plain(over)
        better = better and over.better
    return _Fitted(candidate, "better", figures) if better else _Fitted(kept, "not_better", figures)


def _judged(asked: TuningVersion, engine: Engine, words: Lexicon) -> dict[str, Any]:
    """What the hold-out says of a lexicon alone."""
    evidence = _evidence(asked, engine)
    logits = _tuning(engine, words, None).shifted(evidence.texts, evidence.readings)
    (held_out, rows), basis = evidence.side(logits, "held_out", by_chance=True), "random"
    if held_out.texts < FEWEST_HELD_OUT:
        (held_out, rows), basis = evidence.side(logits, "held_out"), "all"
    return {
        "rule": RULE,
        "basis": basis,
        "fit_labels": 0,
        "held_out_labels": len(held_out.labels),
        "against_the_engine": round(against(held_out), 4),
        "languages": dict(sorted(Counter(held_out.languages).items())),
        "calibration": None,
        "in_force": None,
        "lexicon": _of_lexicon(evidence, held_out, rows, engine, words),
    }


def _of_lexicon(
    evidence: _Evidence, held_out: Labelled, rows: Any, engine: Engine, words: Lexicon
) -> dict[str, Any] | None:
    if not words or not len(held_out.labels):
        return None
    bare = _tuning(engine, Lexicon(()), None).shifted(evidence.texts, evidence.readings)
    return _plain(compare(bare[rows], held_out.logits, held_out, seed=_SEED))


def _plain(found: Comparison) -> dict[str, Any]:
    plain = asdict(found)
    for name in ("log_loss_interval", "macro_f1_interval"):
        plain[name] = {"low": plain[name][0], "high": plain[name][1]}
    return plain
