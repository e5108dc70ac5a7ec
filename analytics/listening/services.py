"""Saving, changing and removing listening queries."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from analytics.listening.catalogue.services import announce
from analytics.listening.models import Query, QueryVersion
from analytics.listening.selectors import tree_of
from analytics.listening.sharing import lock_definitions, read_text
from analytics.listening.versions import keep_version
from kernel.errors import NotFound, ValidationFailed


def check_text(text: str) -> None:
    """Raises ValidationFailed (/text) with the position, what was expected and a suggestion."""
    read_text(text)


@transaction.atomic
def create_query(*, name: str, kind: str, text: str, by: str = "") -> Query:
    """Save a query; `by` is the public id of whoever does. Raises ValidationFailed for a text that does not parse or a
    name already in use."""
    lock_definitions()
    _, used = read_text(text)
    try:
        with transaction.atomic():
            query = Query.objects.create(name=name, kind=kind, text=text, snippets=used)
            keep_version(query, cause=QueryVersion.Cause.MADE, by=by)
            announce()
    except IntegrityError:
        raise _taken() from None
    return query


@transaction.atomic
def update_query(
    *, query: Query, by: str = "", restores: int | None = None, **changes: str | bool
) -> tuple[Query, bool]:
    """Change name, kind, text or active. Returns the query and whether stored mentions must be matched anew.

    A changed text is a new version; `restores` is the version that it was taken from. Raises as `create_query` does,
    NotFound where it was deleted meanwhile, and UnreadableQuery for one to be active that cannot be read any more.
    """
    if "text" in changes:
        lock_definitions()
    # The caller may have read it before somebody else's change: of two texts each has a version of its own. Not the
    # stronger lock, which those who store matches of it would wait for.
    try:
        query.refresh_from_db(from_queryset=Query.objects.select_for_update(no_key=True))
    except Query.DoesNotExist:
        raise NotFound() from None
    text = changes.get("text")
    rematch = ("active" in changes and changes["active"] != query.active) or (text is not None and text != query.text)
    new_version = isinstance(text, str) and text != query.text
    if text is None and changes.get("active"):
        tree_of(query)
    if isinstance(text, str):
        _, used = read_text(text)
        if new_version:
            query.version += 1
            query.snippets = used
    for field, value in changes.items():
        setattr(query, field, value)
    try:
        with transaction.atomic():
            query.save()
            if new_version:
                cause = QueryVersion.Cause.TEXT if restores is None else QueryVersion.Cause.RESTORED
                keep_version(query, cause=cause, by=by, restores=restores)
    except IntegrityError:
        raise _taken() from None
    if rematch:
        announce()
    return query, rematch


@transaction.atomic
def delete_query(*, query: Query) -> None:
    """Remove a query with its matches, rollups and forecasts. Mentions stay while another query matches them."""
    query.delete()
    announce()


def _taken() -> ValidationFailed:
    return ValidationFailed.of("/name", "Another query has this name.", code="taken")
