"""What the API's own host serves: the API of every agency, its documentation, and the operator's admin."""

from __future__ import annotations

urlpatterns: list[object] = []
