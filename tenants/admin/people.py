"""People, their roles, and invitations on their way."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from tenants.access import Caller
from tenants.admin.base import OperatorAdmin, ReadOnlyAdmin, actor
from tenants.models import Invitation, Membership, Role, User
from tenants.people import invitations, lockout, two_factor
from tenants.people.admin_site import site
from tenants.people.withdrawal import withdraw_invitations


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ("user", "agency", "client", "role")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        client, agency = data.get("client"), data.get("agency")
        if client is not None and agency is not None and client.agency_id != agency.pk:
            raise ValidationError({"client": "This client is another agency's."}, code="unknown_client")
        return data


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ("agency", "client")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("agency", "client")


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name", "is_staff", "is_superuser")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError("This address is already in use.", code="taken")
        return email


@admin.register(User, site=site)
class UserAdmin(OperatorAdmin):
    list_display = ("email", "id", "name", "is_active", "is_staff", "two_factor", "locked_until", "last_login")
    list_filter = ("is_active", "is_staff")
    search_help_text = "How the e-mail address begins, or the whole id."
    fields = (
        "id", "email", "name", "is_active", "is_staff", "is_superuser", "two_factor", "failed_logins", "locked_until",
        "created_at", "last_login",
    )  # fmt: skip
    readonly_fields = (
        "id", "email", "two_factor", "failed_logins", "locked_until", "created_at", "last_login",
    )  # fmt: skip
    inlines: ClassVar = [MembershipInline]
    actions = ("unlock", "switch_two_factor_off")

    def by_id(self, term: str) -> Q:
        # Addresses are stored in lower case, and the index is on them as they are stored.
        return super().by_id(term) | Q(email__startswith=term.lower())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("password", "totp_secret", "recovery_digests")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewPersonForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return NewPersonForm.Meta.fields if obj is None else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # the person asks for a link to choose one
        super().save_model(request, obj, form, change)
        for agency_id in set(obj.memberships.values_list("agency_id", flat=True)):
            self.tell_agency(request, agency_id, obj, form.changed_data)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        withdraw_invitations(form.instance.pk, actor=actor(request))

    def tell_agency(self, request: HttpRequest, agency_id: str, person: Any, fields: list[str]) -> None:
        """Let an agency know that the operator changed one of its people."""
        for membership in person.memberships.filter(agency_id=agency_id)[:1]:
            self.tell(request, membership, "person_changed", person=str(person.pk), fields=sorted(fields))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # an account is switched off; its owner may delete it

    @admin.display(description="two-factor", boolean=True)
    def two_factor(self, person: Any) -> bool:
        return bool(person.has_two_factor)

    @admin.action(description="Unlock after failed logins", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.carry_out(request, queryset, lockout.clear, "Unlocked")

    @admin.action(description="Switch two-factor authentication off", permissions=["change"])
    def switch_two_factor_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.carry_out(
            request, queryset, lambda person: two_factor.remove(user=person, actor=actor(request)), "Switched off"
        )


@admin.register(Membership, site=site)
class MembershipAdmin(OperatorAdmin):
    form = MembershipForm
    list_display = ("user", "agency", "client", "role", "created_at")
    list_select_related = ("user", "agency", "client")
    list_filter = ("role",)
    search_help_text = "The whole id of a person, an agency or a client."
    autocomplete_fields = ("user", "agency", "client")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        withdraw_invitations(obj.user_id, actor=actor(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            super().delete_model(request, obj)
            withdraw_invitations(obj.user_id, actor=actor(request))


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "agency",
        "client",
        "role",
        "created_at",
        "expires_at",
        "sent_at",
        "accepted_at",
        "revoked_at",
    )
    list_select_related = ("agency", "client")
    search_help_text = "The whole id of an invitation, an agency or a client."
    fields = (
        "id", "agency", "client", "email", "role", "invited_by", "created_at", "expires_at", "sent_at", "accepted_at",
        "revoked_at",
    )  # fmt: skip
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("tenants.change_invitation"))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def revoke(invitation: Invitation) -> None:
            operator = Caller(id=actor(request), agency_id=invitation.agency_id, role=Role.OWNER, is_person=True)
            invitations.revoke(caller=operator, invitation=invitation)

        self.carry_out(request, queryset, revoke, "Revoked")
