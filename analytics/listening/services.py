"""Saving, changing and removing listening queries."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from analytics.listening.catalogue.services import announce
from analytics.listening.models import Query
from analytics.listening.query import QueryError, parse
from kernel.errors import FieldProblem, NotFound, ValidationFailed


def check_text(text: str) -> None:
    """Raises ValidationFailed (/text) with the position, what was expected and a suggestion."""
    try:
        parse(text)
    except QueryError as error:
        detail = str(error)
        if error.expected:
            detail += f" Expected: {error.expected}."
        if error.suggestion:
            detail += f" Suggestion: {error.suggestion}"
        raise ValidationFailed(detail, fields=(FieldProblem("/text", "query_syntax", detail),)) from None


def create_query(*, name: str, kind: str, text: str) -> Query:
    """Save a query. Raises ValidationFailed for a text that does not parse or a name already in use."""
    check_text(text)
    try:
        with transaction.atomic():
            query = Query.objects.create(name=name, kind=kind, text=text)
            announce()
    except IntegrityError:
        raise _taken() from None
    return query


@transaction.atomic
def update_query(*, query: Query, **changes: str | bool) -> tuple[Query, bool]:
    """Change name, kind, text or active. Returns the query and whether stored mentions must be matched anew.

    A changed text is a new version. Raises as `create_query` does, and NotFound where it was deleted meanwhile.
    """
    # The caller may have read it before somebody else's change: of two texts each has a version of its own.
    try:
        query.refresh_from_db(from_queryset=Query.objects.select_for_update())
    except Query.DoesNotExist:
        raise NotFound() from None
    text = changes.get("text")
    rematch = ("active" in changes and changes["active"] != query.active) or (text is not None and text != query.text)
    if isinstance(text, str):
        check_text(text)
        if text != query.text:
            query.version += 1
    for field, value in changes.items():
        setattr(query, field, value)
    try:
        with transaction.atomic():
            query.save()
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
