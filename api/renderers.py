"""What answers are written as. Errors are JSON whatever the caller asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer


class Raw(JSONRenderer):
    """Bytes as they are; a problem document as JSON."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        if isinstance(data, bytes):
            return data
        return super().render(data, "application/json", renderer_context)


class PngRenderer(Raw):
    media_type = "image/png"
    format = "png"


class SvgRenderer(Raw):
    media_type = "image/svg+xml"
    format = "svg"


class PdfRenderer(Raw):
    media_type = "application/pdf"
    format = "pdf"


class ZipRenderer(Raw):
    media_type = "application/zip"
    format = "zip"


class CsvRenderer(Raw):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"


class HtmlRenderer(Raw):
    media_type = "text/html"
    format = "html"
    charset = "utf-8"
