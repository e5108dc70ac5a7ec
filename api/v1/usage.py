"""What an agency uses, and what its plan allows. Asking costs none of the month's calls."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown
from api.views import AgencyView, ClientAccountView
from tenants.models import Client, ClientMeter
from tenants.plans.limits import month_of
from tenants.plans.selectors import clients_with_usage, mentions_of, months_of_client, usage_of

_AT = "2026-03-31T18:00:00Z"
_EXAMPLE = {
    "plan": "Studio",
    "limits": {
        "clients": {"used": 12, "allowed": 25},
        "queries": {"used": 61, "allowed": 100},
        "mentions_per_month": {"used": 41870, "allowed": 100000},
        "api_calls_per_month": {"used": 3120, "allowed": None},
        "storage_bytes": {"used": 734003200, "allowed": 10737418240},
    },
    "months": [{"month": "2026-03-01", "mentions": 41870, "api_calls": 3120}],
    "measured_at": _AT,
}
_OF_CLIENT = {
    "client": sample_id("cli"),
    "name": "Juniper Bakery",
    "mentions": 1410,
    "queries": 4,
    "storage_bytes": 61341696,
    "measured_at": _AT,
}
_MENTIONS = "Mentions stored this month (UTC). Deleting some takes nothing off."
_MEASURED = "When storage was last measured, at least once an hour; null: not yet."


class LimitSerializer(Shown):
    used = serializers.IntegerField()
    allowed = serializers.IntegerField(allow_null=True, help_text="Null: there is no limit.")


class AllLimitsSerializer(Shown):
    clients = LimitSerializer(help_text="All that are not being removed, suspended ones too.")
    queries = LimitSerializer(help_text="Saved ones, active or not.")
    mentions_per_month = LimitSerializer(help_text=_MENTIONS)
    api_calls_per_month = LimitSerializer(help_text="Authenticated calls but those that were refused for a limit.")
    storage_bytes = LimitSerializer(help_text="Tables, indexes and files of all clients.")


class UsedInMonthSerializer(Shown):
    month = serializers.DateField(help_text="Its first day.")
    mentions = serializers.IntegerField()
    api_calls = serializers.IntegerField()


class UsageSerializer(Shown):
    plan = serializers.CharField(allow_null=True, help_text="The plan's name; null: there are no limits.")
    limits = AllLimitsSerializer(help_text="Over all clients together.")
    months = UsedInMonthSerializer(
        many=True, help_text="The last twelve that had any, newest first; clients now gone count."
    )
    measured_at = MomentField(allow_null=True, help_text="When the client longest unmeasured was; null: some never.")


class ClientUsageSerializer(Shown):
    client = serializers.CharField(help_text="The client's id.")
    name = serializers.CharField()
    mentions = serializers.IntegerField(help_text=_MENTIONS)
    queries = serializers.IntegerField(help_text="Saved ones, active or not.")
    storage_bytes = serializers.IntegerField(help_text="Tables, indexes and files.")
    measured_at = MomentField(allow_null=True, help_text=_MEASURED)


class ClientUsedInMonthSerializer(Shown):
    month = serializers.DateField(help_text="Its first day.")
    mentions = serializers.IntegerField()


class OneClientUsageSerializer(ClientUsageSerializer):
    months = ClientUsedInMonthSerializer(many=True, help_text="The last twelve that had any, newest first.")


def _of_client(client: Client, mentions: int) -> dict[str, Any]:
    meter: ClientMeter | None = getattr(client, "meter", None)
    return {
        "client": client.id,
        "name": client.name,
        "mentions": mentions,
        "queries": meter.queries if meter else 0,
        "storage_bytes": meter.storage_bytes if meter else 0,
        "measured_at": meter.storage_measured_at if meter else None,
    }


class AgencyUsage(AgencyView):
    roles = least(GET="viewer")
    metered = False

    @operation(
        id="usage_get",
        tag="usage",
        summary="Show what is used of the plan",
        description="Each limit of the agency's plan, how much of it is used over all clients together, and what was "
        "metered in the last months. Asking costs no API call of the month.",
        answer=UsageSerializer,
        answered=_EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        usage = usage_of(self.caller.agency_id, now=timezone.now())
        return Response(
            UsageSerializer.of(
                {
                    "plan": usage.plan,
                    "limits": {row.limit: row for row in usage.limits},
                    "months": usage.months,
                    "measured_at": usage.measured_at,
                }
            )
        )


class UsageByClient(AgencyView):
    roles = least(GET="viewer")
    open_to_bound_keys = frozenset({"GET"})
    metered = False

    @operation(
        id="usage_clients_list",
        tag="usage",
        summary="List what each client uses",
        description="The clients that your key reaches, newest first, with their part of what is used. Asking costs no "
        "API call of the month.",
        query=PageParameters,
        answer=ClientUsageSerializer.page(),
        answered={"data": [_OF_CLIENT], "next_cursor": None},
    )
    def get(self, request: Request) -> Response:
        page = page_of(clients_with_usage(self.caller), **PageParameters.read(request))
        counts = mentions_of(self.caller.agency_id, [client.id for client in page.rows], now=timezone.now())
        return Response(
            page.body(lambda client: ClientUsageSerializer.of(_of_client(client, counts.get(client.id, 0))))
        )


class ClientUsage(ClientAccountView):
    roles = least(GET="viewer")
    metered = False

    @operation(
        id="clients_usage_get",
        tag="usage",
        summary="Show what a client uses",
        description="One client's part of what is used, and its mentions of the last months. Asking costs no API call "
        "of the month.",
        answer=OneClientUsageSerializer,
        answered={**_OF_CLIENT, "months": [{"month": "2026-03-01", "mentions": 1410}]},
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        now = timezone.now()
        months = months_of_client(self.client, now=now)
        present = next((row.mentions for row in months if row.month == month_of(now)), 0)
        return Response(OneClientUsageSerializer.of({**_of_client(self.client, present), "months": months}))


agency_urlpatterns = [
    path("usage", AgencyUsage.as_view(), name="usage"),
    path("usage/clients", UsageByClient.as_view(), name="usage-clients"),
]
client_urlpatterns = [path("clients/<str:client>/usage", ClientUsage.as_view(), name="client-usage")]
