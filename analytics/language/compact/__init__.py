"""The engine Earshot ships: small, fast, numpy only. `CompactEngine` reads; `train` makes its weights."""

from analytics.language.compact.engine import CompactEngine

__all__ = ["CompactEngine"]
