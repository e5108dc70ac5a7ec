"""The people of an agency and their roles."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, MomentField, NoParameters, PageParameters, Shown, StrictSerializer
from api.v1.session import ClientRoleSerializer
from api.views import AgencyView
from kernel.errors import ValidationFailed
from tenants.models import Membership, Role, User
from tenants.people import members

EXAMPLE = {
    "id": sample_id("usr"),
    "email": "ben@northlight.example",
    "name": "Ben",
    "role": "analyst",
    "clients": [{"client": sample_id("cli"), "role": "manager"}],
    "two_factor": True,
    "last_login": "2026-03-31T18:00:00Z",
}
_ALL = frozenset({"GET", "PATCH", "DELETE"})
_RULES = (
    "Nobody gives or takes a role above their own; whoever is a manager at single clients looks after the roles at "
    "these. Needs the role manager."
)


class MemberSerializer(Shown):
    id = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    role = serializers.SerializerMethodField(help_text="In the whole agency; null for roles at single clients only.")
    clients = serializers.SerializerMethodField(help_text="Roles at single clients.")
    two_factor = serializers.BooleanField(source="has_two_factor")
    last_login = MomentField(allow_null=True, help_text="When the person last signed in, anywhere.")

    @extend_schema_field(serializers.ChoiceField(Role.choices, allow_null=True))
    def get_role(self, person: User) -> str | None:
        return next((place.role for place in _places(person) if place.client_id is None), None)

    @extend_schema_field(ClientRoleSerializer(many=True))
    def get_clients(self, person: User) -> list[dict[str, str]]:
        return [{"client": place.client_id, "role": place.role} for place in _places(person) if place.client_id]


class NewClientRoleSerializer(StrictSerializer):
    client = IdField("cli")
    role = serializers.ChoiceField(Role.choices)


class MemberChangesSerializer(StrictSerializer):
    role = serializers.ChoiceField(
        Role.choices, required=False, allow_null=True, help_text="In the whole agency; null takes it away."
    )
    clients = serializers.ListField(
        child=NewClientRoleSerializer(), required=False, max_length=1000, help_text="All roles at single clients."
    )


class Members(AgencyView):
    roles = least(GET="manager")
    open_to_bound_keys = _ALL
    role_anywhere = True

    @operation(
        id="members_list",
        tag="people",
        summary="List the members",
        description="The people with a role in the agency or at its clients, those who joined last first. Whoever is a "
        "manager at single clients sees the people of these. Needs the role manager.",
        query=PageParameters,
        answer=MemberSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request) -> Response:
        page = page_of(members.members_of(self.caller), **PageParameters.read(request))
        return Response(page.body(MemberSerializer.of))


class OneMember(AgencyView):
    roles = least(GET="manager", PATCH="manager", DELETE="manager")
    open_to_bound_keys = _ALL
    role_anywhere = True

    @operation(
        id="members_get",
        tag="people",
        summary="Get a member",
        description="One person and their roles. Needs the role manager.",
        answer=MemberSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, member: str) -> Response:
        NoParameters.read(request)
        return Response(MemberSerializer.of(members.member_of(self.caller, member)))

    @operation(
        id="members_update",
        tag="people",
        summary="Change a member's roles",
        description=f"Sets the role in the agency, all roles at single clients, or both. {_RULES}",
        body=MemberChangesSerializer,
        answer=MemberSerializer,
        sent={"role": "viewer", "clients": [{"client": sample_id("cli"), "role": "manager"}]},
        answered={**EXAMPLE, "role": "viewer"},
        errors=(409,),
        says={409: "This is the agency's last owner."},
    )
    def patch(self, request: Request, member: str) -> Response:
        changes = MemberChangesSerializer.read(request)
        changed = members.change_member(
            caller=self.caller,
            user_id=member,
            role=changes.get("role"),
            has_role="role" in changes,
            clients=_by_client(changes["clients"]) if "clients" in changes else None,
        )
        return Response(MemberSerializer.of(changed))

    @operation(
        id="members_remove",
        tag="people",
        summary="Remove a member",
        description="Takes all of the person's roles here at once, whatever they are doing, and revokes the "
        f"invitations they sent. Their account stays. API keys are the agency's and stay too. {_RULES}",
        status=204,
        errors=(409,),
        says={204: "The person is a member no more.", 409: "This is the agency's last owner."},
    )
    def delete(self, request: Request, member: str) -> Response:
        NoParameters.read(request)
        members.remove_member(caller=self.caller, user_id=member)
        return Response(status=204)


def _places(person: User) -> list[Membership]:
    places: list[Membership] = person.places  # type: ignore[attr-defined]
    return places


def _by_client(roles: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, row in enumerate(roles):
        if row["client"] in found:
            raise ValidationFailed.of(f"/clients/{index}/client", "Given more than once.", code="repeated")
        found[row["client"]] = row["role"]
    return found


agency_urlpatterns = [
    path("members", Members.as_view(), name="members"),
    path("members/<str:member>", OneMember.as_view(), name="member"),
]
