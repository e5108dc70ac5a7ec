"""How many statements a route sends: a number that does not grow with the rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics.foresight.models import Forecast
from analytics.influence.models import InfluenceMap, InfluenceScore
from analytics.listening.models import Query
from analytics.reports.models import Report
from analytics.sources.models import Feed, Import, ImportProblem
from kernel import db as schemas
from kernel.jobs.models import Job
from tenants.audit import record
from tenants.models import Client
from tenants.services import issue_key
from tests.api.conftest import Api, Things, add_mention
from tests.cast import Cast

# The host, the key, the clients it is bound to, the call that is counted; for a client's things the client too, and the
# switch into its schema. Each test starts outside any schema, so that the first switch is counted as well.
AGENCY, CLIENT = 5, 7


def _fill(cast: Cast, things: Things) -> None:
    """Nine more of everything."""
    with schemas.public():
        for number in range(9):
            Client.objects.create(agency=cast.agency, name="c", schema_name=f"c_count_{number}", wrapped_key=b"x")
            issue_key(agency_id=cast.agency.id, name="k", role="viewer", actor="x", clients=[cast.client])
            record(agency_id=cast.agency.id, actor="x", action="test")
    with schemas.enter(cast.client.schema_name):
        queries = [Query.objects.create(name=f"q{n}", kind="competitor", text="rye") for n in range(9)]
        upload, drawn = Import.objects.get(), InfluenceMap.objects.get()
        for number, query in enumerate(queries):
            mention = add_mention(query, f"more{number}")
            Job.objects.create(kind="import")
            Import.objects.create(job_id="job_0", file_name="x", path="x", size=1)
            ImportProblem.objects.create(upload=upload, line=10 + number, code="x", reason="x")
            Feed.objects.create(url=f"https://f{number}.example", name="f")
            InfluenceMap.objects.create(
                start=date(2026, 3, 1), end=date(2026, 3, 2), model_id="m", seed=7, nodes=0, edges=0, interactions=0,
                communities=0,
            )  # fmt: skip
            InfluenceScore.objects.create(
                map=drawn, author=mention.author, rank=2, rank_low=1, rank_high=3, pagerank=0.1, pagerank_low=0.1,
                pagerank_high=0.2, community=1, interactions=1,
            )  # fmt: skip
            Forecast.objects.create(query=query, measure="volume", model_id="m", horizon=1, n=0)
            Report.objects.create(job_id="job_0", start=date(2026, 3, 1), end=date(2026, 3, 2), locale="en-GB")


@pytest.mark.parametrize(
    ("path", "statements", "rows"),
    [
        ("clients", AGENCY + 1, 11),
        ("api_keys", AGENCY + 2, 15),
        ("audit_events", AGENCY + 1, 10),
        ("branding", AGENCY + 1, 0),
        ("clients/{client}", CLIENT - 1, 0),
        ("clients/{client}/queries", CLIENT + 1, 10),
        ("clients/{client}/imports", CLIENT + 1, 10),
        ("clients/{client}/imports/{import}/problems", CLIENT + 2, 10),
        ("clients/{client}/feeds", CLIENT + 1, 10),
        ("clients/{client}/jobs", CLIENT + 1, 10),
        ("clients/{client}/mentions", CLIENT + 5, 10),
        ("clients/{client}/aspects/own", CLIENT + 1, 1),
        ("clients/{client}/influence/maps", CLIENT + 1, 10),
        ("clients/{client}/influence/maps/{map}", CLIENT + 2, 0),
        ("clients/{client}/forecasts", CLIENT + 1, 10),
        ("clients/{client}/reports", CLIENT + 1, 10),
        ("clients/{client}/insights/summary", CLIENT + 3, 0),
        ("clients/{client}/insights/timeseries", CLIENT + 5, 0),
        ("clients/{client}/insights/unusual_days", CLIENT + 6, 10),
        ("clients/{client}/redactions", CLIENT + 1, 0),
    ],
)
def test_statements_do_not_grow_with_rows(
    path: str, statements: int, rows: int, api: Api, cast: Cast, things: Things, django_assert_num_queries: Any
) -> None:
    _fill(cast, things)
    reader = api("owner")
    url = f"/api/v1/{path.format(**things.ids)}"
    # The first use of a key is written down.
    reader.get(url)
    with schemas.enter(cast.second_client.schema_name):
        Job.objects.exists()

    with django_assert_num_queries(statements):
        answer = reader.get(url)

    assert answer.status_code == 200
    assert rows == 0 or len(answer.json()["data"]) >= rows
