"""Sending a client's stored file, made earlier by a job."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from django.http import FileResponse, HttpResponse, HttpResponseBase
from rest_framework.request import Request

from api.views import is_known
from kernel.errors import Conflict

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def stored_file(
    request: Request, place: Path, *, sha256: str, name: str, media_type: str, opened: Callable[[], None] = lambda: None
) -> HttpResponseBase:
    """The file as an attachment, under a strong ETag, or 304 where the caller has it already. `opened` is called once
    the file is there to be sent. Raises Conflict where it was deleted."""
    tag = f'"{sha256}"'
    if is_known(request, tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    try:
        file = place.open("rb")
    except FileNotFoundError:
        raise Conflict("The file is no longer there; ask for a new one.") from None
    opened()
    return FileResponse(file, as_attachment=True, filename=name, content_type=media_type, headers={"ETag": tag})


def plain(name: str, *, otherwise: str) -> str:
    """The start of a file's name in ASCII, whatever the client is called; `otherwise` where nothing is left of it."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", letters).strip("-")[:60] or otherwise
