"""Take the words out of a chart's SVG, so that the typesetter can set them itself.

Text inside an SVG image gets no font fallback and no complex shaping that PDF/UA accepts (Devanagari, Thai,
Khmer, emoji …); the same words set by the typesetter at the same places do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from analytics.reports.printable import direction, one_line

_SVG = "http://www.w3.org/2000/svg"
_NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
_TRANSLATE = re.compile(rf"translate\(\s*{_NUMBER}(?:[,\s]+{_NUMBER})?\s*\)")
_LABEL_LIMIT = 60

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


@dataclass(frozen=True, slots=True)
class Label:
    """A word of a chart: baseline position and size in the SVG's units, anchor start, middle or end."""

    text: str
    dir: str
    x: float
    y: float
    size: float
    anchor: str
    fill: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG without text, its size in its own units, and the words to set over it."""

    svg: str
    width: float
    height: float
    labels: tuple[Label, ...]


def _moved(transform: str, x: float, y: float) -> tuple[float, float]:
    for match in _TRANSLATE.finditer(transform):
        x += float(match.group(1))
        y += float(match.group(2) or 0)
    return x, y


def _hidden(element: ElementTree.Element) -> bool:
    return element.get("opacity") == "0" or element.get("display") == "none" or element.get("fill-opacity") == "0"


def _collect(element: ElementTree.Element, x: float, y: float, labels: list[Label]) -> None:
    x, y = _moved(element.get("transform", ""), x, y)
    for child in list(element):
        if child.tag != f"{{{_SVG}}}text":
            _collect(child, x, y, labels)
            continue
        element.remove(child)
        words = one_line("".join(child.itertext()), limit=_LABEL_LIMIT)
        if _hidden(child):
            continue
        at_x, at_y = _moved(child.get("transform", ""), x, y)
        labels.append(
            Label(
                text=words,
                dir=direction(words),
                x=round(at_x, 2),
                y=round(at_y, 2),
                size=float(child.get("font-size", "11").removesuffix("px")),
                anchor=child.get("text-anchor", "start"),
                fill=child.get("fill", "#000000"),
            )
        )


def lift_labels(svg: str) -> Drawing:
    """Split an SVG as Vega draws it (unrotated text) into a wordless drawing and its labels.

    Raises ValueError for text that is not such an SVG.
    """
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 - drawn by ourselves a moment ago
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
    except (ElementTree.ParseError, KeyError) as error:
        raise ValueError("not an SVG drawing with a size") from error
    labels: list[Label] = []
    _collect(root, 0.0, 0.0, labels)
    return Drawing(ElementTree.tostring(root, encoding="unicode"), width, height, tuple(labels))
