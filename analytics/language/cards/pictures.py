"""A card's figures as pictures: Vega-Lite specifications, and their drawings as SVG or PNG. The same card gives the
same picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import altair as alt

from analytics.language.cards.shape import MAIN_METRICS, Gap, Head, HeadCard, ModelCard, SetScore

Spec = dict[str, Any]
Format = Literal["svg", "png"]

_WIDTH: Final = 560
_INK, _GREY, _BLUE, _RED = "#1f2933", "#9aa5b1", "#2364aa", "#b3261e"
MOST_GAPS: Final = 60


class NothingToDraw(ValueError):
    """The card does not hold what this picture shows."""


def reliability(card: ModelCard, head: Head) -> Spec:
    """Reliability diagrams of a head, one panel per set and language: how often it was right against how sure it was;
    the dots' size is the number of texts. Raises NothingToDraw."""
    calibration = _head(card, head).calibration
    rows: list[dict[str, Any]] = [
        {
            "panel": f"{diagram.set}, {diagram.language}: ECE {diagram.ece.value:.3f}, n {diagram.n}",
            "confidence": each.confidence,
            "accuracy": each.accuracy,
            "n": each.n,
        }
        for diagram in (calibration.diagrams if calibration else ())
        for each in diagram.bins
        if each.n
    ]
    if not rows:
        raise NothingToDraw
    scale = alt.Scale(domain=[0, 1])
    diagonal = alt.Chart().mark_rule(color=_GREY, strokeDash=[4, 4]).encode(
        x=alt.datum(0, scale=scale), y=alt.datum(0, scale=scale), x2=alt.datum(1), y2=alt.datum(1)
    )  # fmt: skip
    line = alt.Chart().mark_line(color=_BLUE).encode(
        x=alt.X("confidence:Q", title="mean probability of the label", scale=scale),
        y=alt.Y("accuracy:Q", title="share that was right", scale=scale),
    )  # fmt: skip
    dots = line.mark_circle(color=_BLUE, opacity=1).encode(size=alt.Size("n:Q", title="texts"))
    drawn = (
        alt.layer(diagonal, line, dots, data=_data(rows))
        .properties(width=240, height=240)
        .facet(facet=alt.Facet("panel:N", title=None), columns=2)
    )
    return _finished(drawn, f"{card.id}, {head}: reliability")


def languages(card: ModelCard, head: Head) -> Spec:
    """A head's main score per language and set, each with its 95 % interval. Raises NothingToDraw."""
    shown = _head(card, head)
    rows = [_score_row(score, len(shown.labels)) for score in shown.scores]
    if not rows:
        raise NothingToDraw
    rows.sort(key=lambda row: (-row["value"], row["label"]))
    order = [row["label"] for row in rows]
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=0))
    base = alt.Chart(_data(rows))
    bars = base.mark_rule(color=_GREY, strokeWidth=3).encode(
        y=y, x=alt.X("low:Q", title="macro-F1 or F1, 95 % interval", scale=alt.Scale(domain=[0, 1])), x2="high:Q"
    )
    dots = base.mark_circle(size=60, opacity=1).encode(
        y=y,
        x="value:Q",
        color=alt.Color("role:N", title=None, scale=alt.Scale(range=[_BLUE, "#e08e0b", "#5a6b7b"])),
    )
    return _finished(
        alt.layer(bars, dots).properties(width=_WIDTH, height=alt.Step(18)), f"{card.id}, {head}: score per language"
    )


def gaps(found: Sequence[Gap], title: str) -> Spec:
    """The `MOST_GAPS` largest gaps of a bias audit with their intervals, beyond their bound in red. Raises
    NothingToDraw."""
    chosen = sorted(found, key=lambda gap: (-abs(gap.difference), gap.axis, gap.language, gap.group))[:MOST_GAPS]
    if not chosen:
        raise NothingToDraw
    rows: list[dict[str, Any]] = [
        {
            "label": f"{gap.label or gap.head} {gap.language} {gap.axis}: {gap.reference} → {gap.group}",
            "value": gap.difference,
            "low": gap.difference_low,
            "high": gap.difference_high,
            "beyond": "beyond its bound" if gap.bound is not None and abs(gap.difference) > gap.bound else "within",
        }
        for gap in chosen
    ]
    y = alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=alt.Axis(labelLimit=0))
    base = alt.Chart(_data(rows))
    bars = base.mark_rule(color=_GREY, strokeWidth=3).encode(
        y=y, x=alt.X("low:Q", title="difference, 95 % interval"), x2="high:Q"
    )
    colour = alt.Color(
        "beyond:N", title=None, scale=alt.Scale(domain=["within", "beyond its bound"], range=[_BLUE, _RED])
    )
    dots = base.mark_circle(size=60, opacity=1).encode(y=y, x="value:Q", color=colour)
    return _finished(alt.layer(bars, dots).properties(width=_WIDTH, height=alt.Step(18)), title)


def draw(spec: Spec, form: Format) -> bytes:
    """The specification as a file's bytes. Needs no browser and no network."""
    import vl_convert

    if form == "svg":
        return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[]))


def _data(rows: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]  # altair's own


def _head(card: ModelCard, head: Head) -> HeadCard:
    found = card.heads.get(head)
    if found is None:
        raise NothingToDraw
    return found


def _score_row(score: SetScore, labels: int) -> dict[str, Any]:
    name = next((name for name in MAIN_METRICS if name in score.metrics), next(iter(score.metrics)))
    measured = score.metrics[name]
    # Of heads that give one label: among fewer classes scores are higher.
    fewer = f"  {len(score.labels)} classes" if score.confusion and len(score.labels) < labels else ""
    return {
        "label": f"{score.language}  {score.set}  n {score.n}{fewer}" + ("" if name == "macro_f1" else f"  {name}"),
        "value": measured.value,
        "low": measured.value if measured.low is None else measured.low,
        "high": measured.value if measured.high is None else measured.high,
        "role": score.role.replace("_", " "),
    }


def _finished(chart: Any, title: str) -> Spec:
    spec: Spec = chart.properties(title=title).to_dict()
    spec["background"] = "#ffffff"
    spec["config"] = {
        "font": "Liberation Sans, sans-serif",
        "title": {"fontSize": 14, "color": _INK, "anchor": "start"},
        "axis": {"labelColor": _INK, "titleColor": _INK, "titleFontWeight": "normal", "gridColor": "#e3e6ea"},
        "header": {"labelColor": _INK},
        "view": {"stroke": None},
    }
    return spec
