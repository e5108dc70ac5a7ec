"""What all pages of the admin have in common: search by index, counts that end, and a trace in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from kernel.errors import EarshotError
from kernel.ids import PublicIdField, decode
from tenants.audit import record
from tenants.models import AuditEvent


class ShortPaginator(Paginator):  # type: ignore[type-arg]
    """Counts as far as anybody pages: counting millions of rows to say how many there are takes longer than to
    show them."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        return int(cast("QuerySet[Any]", self.object_list)[: self.MOST].count())


class OperatorAdmin(ModelAdmin):  # type: ignore[type-arg]
    """A page of one kind of thing. `prefixes` are lookups that an index answers; an id is found as it is."""

    prefixes: ClassVar[tuple[str, ...]] = ()
    # Only says that there is a search: `get_search_results` does it.
    search_fields: ClassVar[tuple[str, ...]] = ("pk",)
    search_help_text: ClassVar[str | None] = "The whole id."
    paginator = ShortPaginator
    show_full_result_count = False
    list_per_page = 50
    actions_on_bottom = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if "\x00" in term:
            return queryset.none(), False
        found = self.by_id(term)
        for lookup in self.prefixes:
            found |= Q(**{lookup: term})
        return (queryset.filter(found) if found else queryset.none()), False

    def by_id(self, term: str) -> Q:
        """Who is found by a public id: the thing itself, or what belongs to it."""
        found = Q()
        for field in self.model._meta.concrete_fields:
            target = field.target_field if field.is_relation else field
            if isinstance(target, PublicIdField) and (field.primary_key or field.is_relation):
                try:
                    decode(target.prefix, term)
                except ValueError:
                    continue
                found |= Q(**{field.attname: term})
        return found

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.tell(request, obj, "changed" if change else "added", fields=sorted(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self.tell(request, obj, "deleted")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for obj, fields in formset.changed_objects:
            self.tell(request, obj, "changed", fields=sorted(fields))
        for obj in formset.new_objects:
            self.tell(request, obj, "added")
        for obj in formset.deleted_objects:
            self.tell(request, obj, "deleted")

    def tell(self, request: HttpRequest, obj: Model, verb: str, **detail: Any) -> None:
        """Write what the operator did to the audit log of the agency that it is about, where there is one."""
        agency_id, client_id = about(obj)
        if agency_id:
            key = str(obj.pk) if isinstance(obj._meta.pk, PublicIdField) else ""
            told = {**detail, **({"id": key} if key else {})}
            action = f"operator.{obj._meta.model_name}_{verb}"
            record(agency_id=agency_id, actor=actor(request), action=action, client_id=client_id, detail=told)

    def carry_out(self, request: HttpRequest, things: Iterable[Any], verb: Any, done: str) -> None:
        """Do something to each of the things chosen; who does not let it be done is named."""
        count = 0
        for thing in things:
            try:
                verb(thing)
            except EarshotError as problem:
                self.message_user(request, f"{thing}: {problem.detail}", messages.WARNING)
            else:
                count += 1
        if count:
            self.message_user(request, f"{done}: {count}.", messages.SUCCESS)


class ReadOnlyAdmin(OperatorAdmin):
    """A page that shows and changes nothing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def actor(request: HttpRequest) -> str:
    """The operator's public id."""
    return str(request.user.pk)


def about(obj: Any) -> tuple[str, str]:
    """The ids of the agency and client that a thing is about, "" for none."""
    if isinstance(obj, AuditEvent):
        return "", ""
    if obj._meta.model_name == "agency":
        return obj.pk, ""
    client_id = getattr(obj, "client_id", None) or getattr(obj, "tenant_id", None) or ""
    agency_id = getattr(obj, "agency_id", None) or (obj.tenant.agency_id if getattr(obj, "tenant_id", None) else "")
    return agency_id or "", client_id
