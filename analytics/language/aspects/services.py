"""What people ask of aspects: another industry, and aspects of their own."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from analytics.language.aspects.models import AspectSettings, OwnAspect, OwnAspectVersion
from analytics.language.aspects.ontology import INDUSTRIES
from analytics.language.aspects.runs import request_run
from analytics.listening.query import Between, Handle, Is, Node, leaves
from analytics.listening.sharing import lock_definitions, read_text
from kernel.errors import Conflict, NotFound, ValidationFailed
from kernel.jobs.models import Job
from kernel.lookups import one

MOST_OWN = 200


def own_aspects() -> QuerySet[OwnAspect]:
    """The client's own aspects, newest first."""
    return OwnAspect.objects.all()


def own_aspect_of(aspect_id: str) -> OwnAspect:
    """One of them. Raises NotFound."""
    return one(OwnAspect.objects.all(), aspect_id)


@transaction.atomic
def choose_industry(*, industry: str) -> Job | None:
    """Have mentions looked through for what this industry's posts speak of ("" for none), new ones at once and stored
    ones by the job; None where nothing is to be done. Raises ValueError for an industry that there is not."""
    if industry and industry not in INDUSTRIES:
        raise ValueError(industry)
    row = _settings()
    if row.industry == industry:
        return None
    AspectSettings.objects.update(industry=industry)
    return _changed()


@transaction.atomic
def create_own(*, name: str, text: str, by: str, now: datetime) -> tuple[OwnAspect, Job | None]:
    """Save an aspect. Raises ValidationFailed for a text that does not parse or asks for more than words, and for a
    name in use; Conflict where there are too many."""
    _settings()
    lock_definitions()
    used = _checked(text)
    if OwnAspect.objects.count() >= MOST_OWN:
        raise Conflict(f"There are {MOST_OWN} own aspects already.")
    aspect = OwnAspect(name=name, text=text, snippets=used, created_at=now, updated_at=now)
    _save(aspect, by=by, now=now, force_insert=True)
    return aspect, _changed()


@transaction.atomic
def update_own(*, aspect: OwnAspect, by: str, now: datetime, **changes: str) -> tuple[OwnAspect, Job | None]:
    """Change name or text; each change is a version. A text is taken with its snippets as they are now, so that saving
    the same text again takes what changed in them. Raises as `create_own` does; NotFound where it was deleted."""
    _settings()
    lock_definitions()
    try:
        aspect.refresh_from_db(from_queryset=OwnAspect.objects.select_for_update())
    except OwnAspect.DoesNotExist:
        raise NotFound() from None
    before = aspect.name, aspect.text, aspect.snippets
    aspect.name = changes.get("name", aspect.name)
    if "text" in changes:
        aspect.text, aspect.snippets = changes["text"], _checked(changes["text"])
    if (aspect.name, aspect.text, aspect.snippets) == before:
        return aspect, None
    aspect.version += 1
    aspect.updated_at = now
    _save(aspect, by=by, now=now)
    return aspect, None if (aspect.text, aspect.snippets) == before[1:] else _changed()


@transaction.atomic
def delete_own(*, aspect: OwnAspect) -> None:
    """Delete an aspect with all that was found of it. Nothing else changes, so no mention is looked through."""
    _settings()
    held = OwnAspect.objects.filter(id=aspect.id)
    list(held.select_for_update())  # until what is just being found of it is written, and can be deleted too
    held.delete()


def _settings() -> AspectSettings:
    """The row, kept for the caller: of two who change what is looked for, one comes first."""
    return AspectSettings.objects.select_for_update().get_or_create(id=1)[0]


def _changed() -> Job | None:
    AspectSettings.objects.update(version=F("version") + 1)
    return request_run()


def _save(aspect: OwnAspect, *, by: str, now: datetime, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            aspect.save(force_insert=force_insert)
    except IntegrityError:
        raise ValidationFailed.of("/name", "Another aspect has this name.", code="taken") from None
    OwnAspectVersion.objects.create(
        aspect=aspect,
        version=aspect.version,
        name=aspect.name,
        text=aspect.text,
        snippets=aspect.snippets,
        made_at=now,
        made_by=by,
    )


def _checked(text: str) -> dict[str, str]:
    """The snippets that a text uses. Raises ValidationFailed (/text)."""
    node, used = read_text(text)
    if asks_more(node):
        raise ValidationFailed.of(
            "/text",
            "An aspect is words in a post: it cannot ask for fields such as lang: or source:, nor for handles, which "
            "are not kept. Remove them.",
            code="asks_more_than_words",
        )
    return used


def asks_more(node: Node) -> bool:
    """Whether a query asks for more of a post than its words. Handles are stored as pseudonyms, so no word is one."""
    return any(isinstance(leaf, (Is, Between, Handle)) for leaf in leaves(node))
