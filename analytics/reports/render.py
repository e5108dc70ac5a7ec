"""Set a report as a tagged, reproducible PDF (PDF/UA-1) in the agency's brand."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import typst

from analytics.reports.charts import (
    forecast_chart,
    render_svg,
    sentiment_chart,
    sentiment_split_chart,
    sov_chart,
    topics_chart,
    volume_chart,
)
from analytics.reports.content import ReportContent
from analytics.reports.glyphs import FONT_FOLDER
from analytics.reports.locale import Wording
from analytics.reports.svg_labels import lift_labels
from analytics.reports.view import build_view

TEMPLATES = Path(__file__).parent / "templates"


class RenderError(RuntimeError):
    """The report could not be set. The message names the kind of trouble and never repeats the content."""


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Only our own fonts, so that a report looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_FOLDER)])


@lru_cache(maxsize=1)
def _templates() -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(TEMPLATES.glob("*.typ"))}


def build_charts(content: ReportContent, view: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """Vega-Lite spec per section of `view` that has data, by section name."""
    wording, primary = Wording.of(content.locale), content.brand.primary.lower()
    specs: dict[str, dict[str, Any]] = {}
    if view["volume"]:
        specs["volume"] = volume_chart(content.volume_series, wording=wording, primary=primary)
    if view["shares"]:
        specs["shares"] = sov_chart(content.share_of_voice, wording=wording, primary=primary)
    if view["split"]:
        specs["split"] = sentiment_split_chart(content.sentiment_split, wording=wording)
    if view["topics"]:
        specs["topics"] = topics_chart(content.topics.topics, wording=wording, primary=primary)
    if view["sentiment"] and content.sentiment_series:
        specs["sentiment"] = sentiment_chart(content.sentiment_series, wording=wording)
    if content.forecast and content.forecast.days:
        specs["forecast"] = forecast_chart(content.forecast, wording=wording, primary=primary)
    return specs


def _document(content: ReportContent) -> dict[str, bytes]:
    """All files of the document by name. Text reaches the typesetter only as JSON, never as markup."""
    view = build_view(content)
    files = dict(_templates())
    drawings: dict[str, object] = {}
    for name, spec in build_charts(content, view).items():
        try:
            drawing = lift_labels(render_svg(spec))
        except ValueError:
            raise RenderError(f"the {name} chart could not be drawn") from None  # its message may quote a name
        files[f"{name}.svg"] = drawing.svg.encode()
        labels = [asdict(label) for label in drawing.labels]
        drawings[name] = {"width": drawing.width, "height": drawing.height, "labels": labels}
    if content.brand.logo_png is not None:
        files["logo.svg"] = _wrapped(content.brand.logo_png)
    files["data.json"] = json.dumps({**view, "drawings": drawings}, ensure_ascii=False, sort_keys=True).encode()
    return files


def _wrapped(png: bytes) -> bytes:
    """The logo inside an SVG: the typesetter's in-memory files must be text."""
    width, height = struct.unpack_from(">II", png, 16)  # the IHDR chunk is always first
    data = base64.b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    ).encode()


def render_pdf(content: ReportContent) -> bytes:
    """The report as PDF bytes: tagged (PDF/UA-1), the same bytes for the same content.

    Raises ValueError for an unknown locale, RenderError when the typesetter refuses or warns.
    """
    try:
        # The wheel takes a mapping of in-memory files; its stubs do not say so yet.
        pdf, complaints = typst.compile_with_warnings(
            cast(bytes, _document(content)),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=_second(content.generated_on),
        )
    except typst.TypstError as error:
        raise RenderError("the typesetter refused the report") from _without_content(error)
    if complaints:
        raise RenderError(f"the typesetter gave {len(complaints)} warning(s)") from _without_content(complaints[0])
    return pdf


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _without_content(error: Exception) -> RuntimeError:
    """What the typesetter said, up to the first quotation: quotations may repeat a post."""
    return RuntimeError(re.split(r"[`'\"\u2018\u201c]", str(getattr(error, "message", "")), maxsplit=1)[0])
