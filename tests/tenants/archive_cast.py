"""A client with a bit of everything in it, really committed, to be written down and restored."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from analytics.insights.contracts import Period
from analytics.journey.requests import add_query, request_forecasts, request_map
from analytics.mentions.models import Author
from analytics.privacy.contracts import AuthorIdentity
from analytics.privacy.protect import Protector
from analytics.reports.services import request_report
from analytics.sources.services import accept_upload, follow_feed
from kernel import db
from kernel.queue.models import Message
from kernel.queue.testing import drain
from tenants import schema, services
from tenants.archive.export import Exported, export_client
from tenants.datakeys import data_key
from tenants.models import Agency, Client, Domain, User

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
HEADER = "id,created_at,author_handle,author_followers,text,reply_to,likes\n"
ROWS = (
    "p1,2026-03-02T10:00:00Z,ana_example,120,I love the rye bread at Juniper Bakery! So good,,4\n"
    "p2,2026-03-02T10:30:00Z,ben_example,15,@ana_example Juniper Bakery was rude and slow. Terrible service,p1,0\n"
    '"p3\\t\\n",2026-03-03T09:00:00Z,dan_example,7,"=Juniper Bakery\\ 漢字 \\N\nmail dan@example.com",,0\n'
    "p4,yesterdayish,cat_example,9,Juniper Bakery again,,0\n"
)
READS = (
    "", "/branding", "/queries", "/imports", "/feeds", "/jobs", "/mentions", "/mentions?search=juniper",
    "/insights/summary", "/insights/timeseries", "/insights/share_of_voice", "/insights/charts/volume",
    "/influence/maps", "/influence/maps/latest", "/forecasts", "/reports", "/redactions",
)  # fmt: skip


def open_full(agency: Agency, owner: User) -> Client:
    """A client that was used: posts came in, were understood, mapped, forecast and reported on."""
    client = services.create_client(
        agency_id=agency.id, name="Juniper Bakery", locale="en-GB", time_zone="Europe/London", actor=owner.id
    )
    services.set_branding(agency_id=agency.id, actor=owner.id, client=client, name="Bäckerei", primary="#0b5d3b")
    Domain.objects.create(domain=f"{client.schema_name[:20]}.example", tenant=client, is_primary=False)
    with db.enter(client.schema_name):
        add_query(name="Juniper", kind="brand", text='"juniper bakery"')
        add_query(name="Rye", kind="topic", text="rye")
        follow_feed(url="https://news.example/feed.xml", name="News")
    # Nobody asks the internet here.
    Message.objects.filter(actor="journey.poll_feed").delete()
    with db.enter(client.schema_name):
        accept_upload(chunks=[(HEADER + ROWS).encode()], file_name="posts.csv", source="web", mapping={}, options={})
        request_map(period=Period(date(2026, 3, 1), date(2026, 3, 31)))
        request_forecasts(horizon=3)
        request_report(start=date(2026, 3, 1), end=date(2026, 3, 31), locale="en-GB", title="March")
    drain()
    return client


def answers(client: Client, key: str) -> dict[str, object]:
    """What the API says of a client: every list, and the report's file."""
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    place = f"/api/v1/clients/{client.id}"
    found: dict[str, object] = {}
    for path in READS:
        answer = api.get(place + path)
        assert answer.status_code == 200, (path, answer.content)
        found[path] = answer.json()
    (report,) = found["/reports"]["data"]  # type: ignore[index]
    found["file"] = hashlib.sha256(api.get(report["file"]).getvalue()).hexdigest()
    for mention in found["/mentions"]["data"]:  # type: ignore[index]
        found[mention["id"]] = api.get(f"{place}/mentions/{mention['id']}").json()
    return found


def identities(client: Client) -> dict[str, AuthorIdentity]:
    """Who is behind the client's pseudonyms."""
    protector = Protector(data_key(client))
    with db.enter(client.schema_name):
        authors = list(Author.objects.exclude(envelope=None))
    return {
        author.id: protector.open_author(bytes(author.envelope or b""), bytes(author.pseudonym)) for author in authors
    }


def digests(client: Client) -> dict[str, str]:
    """A digest of every table's rows, positions of sequences, and files."""
    found: dict[str, str] = {}
    with db.enter(client.schema_name), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT relname, relkind FROM pg_class WHERE relnamespace = current_schema()::regnamespace")
        for name, kind in cursor.fetchall():
            if kind in ("r", "S"):
                what = "t::text" if kind == "r" else "last_value, is_called"
                cursor.execute(f'SELECT {what} FROM "{name}" t ORDER BY 1')
                found[name] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    folder = Path(settings.FILES_ROOT) / client.schema_name
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def remove(client: Client) -> None:
    """As a deletion leaves it."""
    schema.drop(client.schema_name)
    Client.objects.filter(id=client.id).delete()
    Message.objects.filter(schema=client.schema_name).delete()
    shutil.rmtree(Path(settings.FILES_ROOT) / client.schema_name, ignore_errors=True)


def traces(client: Client) -> list[object]:
    """What is there of a client: its row, schema, role, messages, files, and anything half done."""
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'schema' FROM pg_namespace WHERE nspname = %(n)s UNION ALL "
            "SELECT 'role' FROM pg_roles WHERE rolname = %(n)s",
            {"n": client.schema_name},
        )
        found: list[object] = [row[0] for row in cursor.fetchall()]
    found += ["row"] * Client.objects.filter(id=client.id).count()
    found += ["message"] * Message.objects.filter(schema=client.schema_name).count()
    root = Path(settings.FILES_ROOT)
    return found + [path.name for path in root.glob("*") if path.name == client.schema_name or path.name[0] == "."]


def written(client: Client, folder: Path, **options: str) -> tuple[Path, Exported]:
    path = folder / f"{client.id}.earshot"
    path.unlink(missing_ok=True)
    return path, export_client(client_id=client.id, target=path, now=NOW, **options)


@pytest.fixture
def full(agency: tuple[Agency, User]) -> Client:
    return open_full(*agency)
