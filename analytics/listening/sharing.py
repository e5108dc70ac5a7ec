"""Pieces of query text that have a name and are shared between a client's queries."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from analytics.listening.catalogue.services import announce
from analytics.listening.lexer import Symbol, symbols
from analytics.listening.models import Query, QueryVersion, Snippet
from analytics.listening.query import Node, QueryError, parse
from analytics.listening.snippets import fold_name
from analytics.listening.versions import keep_version
from kernel.errors import Conflict, FieldProblem, NotFound, ValidationFailed
from kernel.lookups import one

MAX_NAME = 60
MOST_SNIPPETS = 1_000
_NAME = re.compile(r"[\w][\w .\-]*", re.UNICODE)
# More ids than that say nothing more.
_MOST_NAMED = 20


def snippets() -> QuerySet[Snippet]:
    """All snippets of the client, newest first."""
    return Snippet.objects.all()


def snippet_of(snippet_id: str) -> Snippet:
    """One snippet. Raises NotFound."""
    return one(Snippet.objects.all(), snippet_id)


def lock_definitions() -> None:
    """Keep the present client's snippets, and which queries use them, as they are until the transaction ends. Whoever
    saves a query or snippet takes it before they lock rows of these."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('snippets'), hashtext(current_schema()))")


def texts() -> dict[str, str]:
    """The texts of all snippets, by name."""
    return dict(Snippet.objects.values_list("name", "text"))


def read_text(
    text: str, known: Mapping[str, str] | None = None, *, anchored: bool = True
) -> tuple[Node, dict[str, str]]:
    """A query's tree, and name and text of each snippet in it, also through others; `known` are all there are (None:
    the client's); a snippet's own text need not be `anchored`. Raises ValidationFailed (/text) with the position, what
    was expected and a suggestion."""
    known = texts() if known is None else known
    try:
        node = parse(text, snippets=known, anchored=anchored)
    except QueryError as error:
        raise _refused(error) from None
    return node, _used(text, known)


def _used(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """The snippets in a text that can be read, also through others."""
    names = {fold_name(name): name for name in known}
    used: dict[str, str] = {}
    waiting = [text]
    while waiting:
        before: Symbol | None = None
        for symbol in symbols(waiting.pop()):
            if before is not None and before.kind == "field" and before.text == "snippet":
                name = names[fold_name(symbol.text)]
                if name not in used:
                    used[name] = known[name]
                    waiting.append(known[name])
            before = symbol
    return used


def _refused(error: QueryError) -> ValidationFailed:
    detail = str(error)
    if error.expected:
        detail += f" Expected: {error.expected}."
    if error.suggestion:
        detail += f" Suggestion: {error.suggestion}"
    return ValidationFailed(detail, fields=(FieldProblem("/text", "query_syntax", detail),))


@transaction.atomic
def create_snippet(*, name: str, text: str) -> Snippet:
    """Save a snippet. Raises ValidationFailed for a name that cannot be one or is in use, and for a text that could not
    stand in a query, also because it leads back to itself; Conflict where there are too many."""
    lock_definitions()
    name = _checked(name)
    if Snippet.objects.count() >= MOST_SNIPPETS:
        raise Conflict(f"There are {MOST_SNIPPETS:,} snippets already.")
    read_text(text, {**texts(), name: text}, anchored=False)
    return _saved(Snippet(name=name, text=text))


@transaction.atomic
def update_snippet(*, snippet: Snippet, by: str = "", **changes: str) -> tuple[Snippet, list[Query]]:
    """Change name or text. Returns the snippet and the queries that are a new version by it, which have to be matched
    anew. Raises as `create_query` and `create_snippet` do, for what a query in use becomes too; Conflict for another
    name while something uses it; NotFound where it was deleted meanwhile."""
    lock_definitions()
    try:
        snippet.refresh_from_db(from_queryset=Snippet.objects.select_for_update())
    except Snippet.DoesNotExist:
        raise NotFound() from None
    before = snippet.name, snippet.text
    snippet.name = _checked(changes.get("name", snippet.name), besides=snippet.name)
    snippet.text = changes.get("text", snippet.text)
    if (snippet.name, snippet.text) == before:
        return snippet, []
    if snippet.name != before[0]:
        _refuse_while_used(before[0], "renamed")
    known = {name: text for name, text in texts().items() if name != before[0]} | {snippet.name: snippet.text}
    read_text(snippet.text, known, anchored=False)
    saved = _saved(snippet)
    return saved, _reversion(saved.name, known, by) if snippet.text != before[1] else []


@transaction.atomic
def delete_snippet(*, snippet: Snippet) -> None:
    """Delete a snippet. Raises Conflict while something uses it."""
    lock_definitions()
    _refuse_while_used(snippet.name, "deleted")
    Snippet.objects.filter(id=snippet.id).delete()


def users_by_name(names: Collection[str]) -> dict[str, list[str]]:
    """Of some snippets the ids of the queries that use them, also through others."""
    users: dict[str, list[str]] = {name: [] for name in names}
    for query in Query.objects.filter(snippets__has_any_keys=list(names)).order_by("id").only("id", "snippets"):
        for name in query.snippets:
            if name in users:
                users[name].append(query.id)
    return users


def users_of(name: str) -> QuerySet[Query]:
    """The queries that use a snippet, also through others, in the order of their ids."""
    return Query.objects.filter(snippets__has_key=name).order_by("id")


def _checked(name: str, *, besides: str = "") -> str:
    """The name with single spaces. Raises ValidationFailed (/name) for one that could not be written in a query, and
    for one that reads like another one's."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise ValidationFailed.of(
            "/name",
            f"A snippet's name has letters, digits, spaces and _ - . only, and at most {MAX_NAME} characters.",
            code="bad_name",
        )
    if fold_name(name) in {fold_name(other) for other in texts() if other != besides}:
        raise _taken()
    return name


def _reversion(name: str, known: Mapping[str, str], by: str) -> list[Query]:
    changed = list(users_of(name).select_for_update(no_key=True))
    for query in changed:
        _, query.snippets = _of_query(query, known)
        query.version += 1
        query.save(update_fields=["snippets", "version", "updated_at"])
        keep_version(query, cause=QueryVersion.Cause.SNIPPET, by=by)
    if changed:
        announce()
    return changed


def _of_query(query: Query, known: Mapping[str, str]) -> tuple[Node, dict[str, str]]:
    try:
        return read_text(query.text, known)
    except ValidationFailed as problem:
        detail = f"The query {query.id} could not be read any more. {problem.detail}"
        raise ValidationFailed.of("/text", detail, code="breaks_query") from None


def _refuse_while_used(name: str, what: str) -> None:
    named = [query.id for query in users_of(name)[: _MOST_NAMED + 1]]
    known = texts()
    for other in Snippet.objects.exclude(name=name).order_by("id"):
        if name in read_text(other.text, known, anchored=False)[1]:
            named.append(other.id)
    if named:
        more = " and more" if len(named) > _MOST_NAMED else ""
        raise Conflict(f"It cannot be {what} while something uses it: {', '.join(named[:_MOST_NAMED])}{more}.")


def _saved(snippet: Snippet) -> Snippet:
    try:
        with transaction.atomic():
            snippet.save()
    except IntegrityError:
        raise _taken() from None
    return snippet


def _taken() -> ValidationFailed:
    return ValidationFailed.of("/name", "Another snippet has this name.", code="taken")
