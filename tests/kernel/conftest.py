"""Fixtures of the ground floor's tests."""

from __future__ import annotations

from tests.kernel.embedded_cast import folder, template

__all__ = ["folder", "template"]
