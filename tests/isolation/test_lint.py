"""The rooms above `tenants` never switch by themselves, and their SQL names no schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.isolation.lint import findings, look

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("folder", ["analytics", "api", "platform/config"])
def test_no_room_reaches_past_the_switch(folder: str) -> None:
    assert look(ROOT / folder) == {}


@pytest.mark.parametrize(
    "source",
    [
        "from django_tenants.utils import schema_context",
        "from django_tenants import utils",
        "import django_tenants.utils as u",
        "with utils.tenant_context(client): pass",
        "with tenant_context(client): pass",
        "connection.set_schema('c_x')",
        "connection.set_tenant(client)",
        "connection.set_schema_to_public()",
        "with db.as_owner(): pass",
        "from kernel.db import as_owner",
        "connection.keep_owner = True",
        "import psycopg",
        "from psycopg import connect",
        "connection.connection.execute('x')",
        "other = connection.copy()",
        "connections['second'].cursor()",
        "cursor.execute('SELECT * FROM public.tenants_client')",
        "cursor.execute('select * from c_other.listening_query')",
        "cursor.execute(f'SELECT * FROM {schema}.listening_query')",
        "cursor.execute(f'SELECT * FROM \"{schema}\".listening_query')",
        "cursor.execute('SELECT 1 ' + f'FROM \"{schema}\" . listening_query')",
        "cursor.copy('COPY public.tenants_client TO STDOUT')",
        "cursor.execute('INSERT INTO other.t SELECT 1')",
        "cursor.execute('SELECT public.queue_enqueue(1)')",
        "Query.objects.raw('SELECT * FROM other.listening_query')",
        "SQL = 'SELECT * FROM other.listening_query'\ncursor.execute(SQL)",
        "SQL = f'DELETE FROM {place}.listening_query'",
        "cursor.execute('SET search_path = x')",
        "cursor.execute('RESET ROLE')",
        "cursor.execute(\"SELECT set_config('role', 'x', false)\")",
    ],
)
def test_it_is_found(source: str) -> None:
    assert findings(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Taken from a.b, and FROM public.x in prose."""',
        "with db.enter(client.schema_name): pass",
        "with db.public(): pass",
        "from django.db import connection\nwith connection.cursor() as cursor: pass",
        "cursor.execute('SELECT m.id FROM mentions_mention m JOIN x ON x.id = m.id')",
        "cursor.execute(f'COPY {table} FROM STDIN')",
        "cursor.execute(f'SELECT {columns} FROM insights_hourlyrollup WHERE hour >= %s', [start])",
        "shutil.copy('a.b', 'c.d')",
        "raise Problem('Read it from file.csv, please.')",
    ],
)
def test_what_is_allowed_is_left_alone(source: str) -> None:
    assert findings(source) == []
