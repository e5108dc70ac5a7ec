"""Uploaded files -> posts."""

from analytics.sources.files.connector import FileConnector
from analytics.sources.files.plan import Plan, PlanNote
from analytics.sources.problems import FileProblem

__all__ = ["FileConnector", "FileProblem", "Plan", "PlanNote"]
