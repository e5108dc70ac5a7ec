"""Populations: shares of platforms, countries and languages that figures can be weighed to."""

from __future__ import annotations

import re
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.context.selectors import population_of, populations
from analytics.insights.context.services import add_population, change_population, remove_population
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown, StrictCharField, StrictSerializer
from api.v1.snippets import audit
from api.views import ClientView

MOST_SHARES = 100
OFF = 0.001
_NAMES = {
    "source": re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}\Z"),
    "country": re.compile(r"[A-Z]{2}\Z"),
    "language": re.compile(r"[a-z]{2,3}\Z"),
}
_MARGINS = {"source": {"instagram": 0.6, "web": 0.4}, "country": {"DE": 0.8, "AT": 0.2}}
_EXAMPLE = {
    "id": sample_id("pop"),
    "name": "Customers",
    "origin": "Customer survey, January 2026",
    "margins": {**_MARGINS, "language": {}},
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-01T09:00:00Z",
}


class ShareField(serializers.FloatField):
    """A JSON number above 0, at most 1."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("Must be a number.", code="wrong_type")
        value = float(super().to_internal_value(data))
        if not 0.0 < value <= 1.0:
            raise serializers.ValidationError("Must be above 0 and at most 1.", code="out_of_range")
        return value


class MarginField(serializers.DictField):
    """Shares by name, together 1."""

    child = ShareField()

    def to_internal_value(self, data: Any) -> dict[str, float]:
        if isinstance(data, dict) and len(data) > MOST_SHARES:
            raise serializers.ValidationError(f"At most {MOST_SHARES} shares.", code="too_many")
        shares: dict[str, float] = super().to_internal_value(data)
        pattern = _NAMES[str(self.field_name)]
        wrong = {name[:100]: ["This is no name of this kind."] for name in shares if not pattern.match(name)}
        if wrong:
            raise serializers.ValidationError(wrong, code="bad_name")
        total = sum(shares.values())
        if shares and abs(total - 1.0) > OFF:
            raise serializers.ValidationError(f"The shares add up to {total:.4f}, not to 1.", code="not_one")
        return {name: share / total for name, share in shares.items()}


class MarginsSerializer(StrictSerializer):
    source = MarginField(required=False, help_text="By platform, as mentions name their source.")  # type: ignore[assignment]
    country = MarginField(required=False, help_text="By country, two capitals (ISO 3166-1).")
    language = MarginField(required=False, help_text="By language (ISO 639).")

    def validate(self, margins: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        given = {name: shares for name, shares in margins.items() if shares}
        if not given:
            raise serializers.ValidationError("Give shares of at least one of them.", code="empty")
        return given


class PopulationSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    origin = serializers.CharField(help_text="Where the shares are from.")
    margins = serializers.SerializerMethodField()
    created_at = MomentField()
    updated_at = MomentField()

    def get_margins(self, population: Any) -> dict[str, dict[str, float]]:
        return {name: population.margins.get(name, {}) for name in _NAMES}


class NewPopulationSerializer(StrictSerializer):
    name = StrictCharField(max_length=200)
    origin = StrictCharField(max_length=500, help_text="Where the shares are from, so that others can judge them.")
    margins = MarginsSerializer(help_text="Shares between 0 and 1; of each kind they add up to 1.")


class PopulationChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    origin = StrictCharField(max_length=500, required=False)
    margins = MarginsSerializer(required=False, help_text="Replaces all shares.")


class Populations(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="populations_list",
        tag="insights",
        summary="List the populations",
        description="Whom corrected insights can be weighed to, newest first.",
        query=PageParameters,
        answer=PopulationSerializer.page(),
        answered={"data": [_EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(populations(), **PageParameters.read(request))
        return Response(page.body(PopulationSerializer.of))

    @operation(
        id="populations_create",
        tag="insights",
        summary="Describe a population",
        description="Says who the figures should stand for: shares by platform, country or language, and where they "
        "are from. Ages and genders of authors are not known here, so that nothing can be weighed by them. Needs the "
        "role analyst.",
        body=NewPopulationSerializer,
        answer=PopulationSerializer,
        status=201,
        location=True,
        errors=(409,),
        says={409: "There are too many populations."},
        sent={"name": "Customers", "origin": "Customer survey, January 2026", "margins": _MARGINS},
        answered=_EXAMPLE,
    )
    def post(self, request: Request, client: str) -> Response:
        population = add_population(**NewPopulationSerializer.read(request), now=timezone.now())
        audit(self, "population.created", population=population.id)
        link = self.link("populations", population.id)
        return Response(PopulationSerializer.of(population), 201, headers={"Location": link})


class OnePopulation(ClientView):
    roles = least(GET="viewer", PATCH="analyst", DELETE="analyst")

    @operation(
        id="populations_get",
        tag="insights",
        summary="Get a population",
        description="One population and its shares.",
        answer=PopulationSerializer,
        answered=_EXAMPLE,
    )
    def get(self, request: Request, client: str, population: str) -> Response:
        NoParameters.read(request)
        return Response(PopulationSerializer.of(population_of(population)))

    @operation(
        id="populations_update",
        tag="insights",
        summary="Change a population",
        description="Changes the fields you send. Needs the role analyst.",
        body=PopulationChangesSerializer,
        answer=PopulationSerializer,
        sent={"name": "Customers in 2026"},
        answered={**_EXAMPLE, "name": "Customers in 2026"},
    )
    def patch(self, request: Request, client: str, population: str) -> Response:
        found = population_of(population)
        changes = PopulationChangesSerializer.read(request, partial=True)
        changed = change_population(population=found, changes=changes, now=timezone.now())
        if changes:
            audit(self, "population.changed", population=changed.id, fields=sorted(changes))
        return Response(PopulationSerializer.of(changed))

    @operation(
        id="populations_delete",
        tag="insights",
        summary="Delete a population",
        description="Nothing else goes with it. Needs the role analyst.",
        status=204,
        says={204: "The population is gone."},
    )
    def delete(self, request: Request, client: str, population: str) -> Response:
        NoParameters.read(request)
        found = population_of(population)
        remove_population(population=found)
        audit(self, "population.deleted", population=population)
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/populations", Populations.as_view(), name="populations"),
    path("clients/<str:client>/populations/<str:population>", OnePopulation.as_view(), name="population"),
]
