"""What a client's own host serves: the API, where every other client answers as if it did not exist."""

from __future__ import annotations

urlpatterns: list[object] = []
