"""The operator's admin of the public schema. What lies in clients' schemas cannot be seen here."""

from __future__ import annotations

from tenants.admin import agencies, clients, credentials, people, records

__all__ = ["agencies", "clients", "credentials", "people", "records"]
