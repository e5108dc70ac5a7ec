"""Does an engine read the same words differently by who they are about? `audit` measures it, `breaches` says which gaps
are too large."""

from analytics.language.fairness.audit import audit
from analytics.language.fairness.bounds import BOUNDS, breaches

__all__ = ["BOUNDS", "audit", "breaches"]
