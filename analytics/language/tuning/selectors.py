"""Which tuning is in force for the present client, and what it has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from sys import intern
from typing import Final

from django.db.models import F, Func, IntegerField, QuerySet

from analytics.language.tuning.contracts import Calibration, Tuning, model_id_of
from analytics.language.tuning.lexicon import Entry, Lexicon
from analytics.language.tuning.models import LexiconWord, Switch, TuningVersion
from analytics.language.tuning.recent import Recent
from kernel.lookups import one

MOST_BYTES: Final = 128 * 1024 * 1024
"""What versions that a process keeps take, about: five of the largest lexicons, or thousands of usual ones."""
_BYTES_BESIDES: Final = 8_000
_kept: Final = Recent[str, Tuning](MOST_BYTES, lambda tuning: _BYTES_BESIDES + tuning.lexicon.size)


def tuning_in_force() -> Tuning | None:
    """What the present client's readings get after the engine; None where nothing is in force."""
    current = version_in_force_id()
    # Versions never change, and their ids are nobody else's.
    return None if current is None else _kept.get(current, lambda: tuning_of(TuningVersion.objects.get(id=current)))


def version_in_force_id() -> str | None:
    """The id of the version in force."""
    latest = Switch.objects.first()
    return None if latest is None or latest.tuning_id is None else str(latest.tuning_id)


def version_in_force() -> TuningVersion | None:
    """The version in force."""
    current = version_in_force_id()
    return None if current is None else versions().get(id=current)


def tuning_of(version: TuningVersion) -> Tuning:
    """A stored version, ready to be applied."""
    return Tuning(
        version=version.number,
        engine=version.engine,
        calibration=None if version.calibration is None else Calibration.from_json(version.calibration),
        lexicon=Lexicon((intern(language), key, valence) for language, key, valence in version.lexicon),
        min_probability=version.min_probability,
    )


def versions() -> QuerySet[TuningVersion]:
    """All versions, newest first. A page of their lexicons would be too much: each is read when it is asked for."""
    return TuningVersion.objects.defer("lexicon")


def words_in(versions: Sequence[TuningVersion]) -> dict[str, int]:
    """How many words each of some versions has in its lexicon."""
    counted = Func(F("lexicon"), function="JSONB_ARRAY_LENGTH", output_field=IntegerField())
    rows = TuningVersion.objects.filter(id__in=[version.id for version in versions]).values_list("id", counted)
    return {str(version): count for version, count in rows}


def version_of(version_id: str) -> TuningVersion:
    """One version. Raises NotFound."""
    return one(versions(), version_id)


def is_fitted(models: Collection[str]) -> bool:
    """Whether a calibration, which was fitted to labels, is behind any of these models' ids."""
    numbers = versions().filter(calibration__isnull=False).values_list("number", flat=True)
    endings = tuple(model_id_of("", number) for number in numbers)
    return any(model.endswith(endings) for model in models)


def words() -> QuerySet[LexiconWord]:
    """The client's words, newest first."""
    return LexiconWord.objects.all()


def word_of(word_id: str) -> LexiconWord:
    """One word. Raises NotFound."""
    return one(words(), word_id)


def draft() -> list[Entry]:
    """The words as they are now, as entries, sorted."""
    return sorted(LexiconWord.objects.values_list("language", "key", "valence"))


def is_asked_for(version_id: str, *, job_id: str) -> bool:
    """Whether there is such a version for this job to make."""
    try:
        return versions().filter(id=version_id, job_id=job_id).exists()
    except ValueError:
        return False
