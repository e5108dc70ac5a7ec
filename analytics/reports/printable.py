"""Make any text safe to print: only drawable characters, no hidden controls, no line that cannot break."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

from analytics.reports.glyphs import drawable

REPLACEMENT = "\ufffd"
ELLIPSIS = "\u2026"
BREAK = "\u200b"

_CLUSTER = regex.compile(r"\X")
_SPACE = regex.compile(r"\s+")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
_BREAK_AFTER = frozenset("/?&=._-#:@+%~|,;")
_MAX_MARKS = 3
_LONG_RUN = 18  # clusters without a place to break, about a third of the narrowest column


def _cleaned(text: str) -> str:
    """Well-formed, composed, single-spaced text without control, format or tag characters."""
    composed = unicodedata.normalize("NFC", text)
    kept = []
    for char in composed:
        kind = unicodedata.category(char)
        if char in _JOINERS:
            kept.append(char)
        elif kind == "Cs":
            kept.append(REPLACEMENT)
        elif kind == "Cc":
            kept.append(" ")  # a control is a gap, never a glyph
        elif kind != "Cf":  # bidi overrides, soft hyphens and tags could reorder or hide what is printed
            kept.append(char)
    return str(_SPACE.sub(" ", "".join(kept))).strip()


@lru_cache(maxsize=8192)
def _printable_cluster(cluster: str) -> str:
    """The cluster itself, or what of it can be drawn, with a visible replacement for what cannot."""
    visible = [char for char in cluster if char not in _JOINERS]
    if not visible:
        return ""
    marks = [char for char in visible[1:] if unicodedata.category(char)[0] == "M"]
    if len(marks) > _MAX_MARKS:
        surplus = set(range(len(visible))[-(len(marks) - _MAX_MARKS) :])
        visible = [char for at, char in enumerate(visible) if at not in surplus]
        cluster = "".join(visible)
    if drawable("".join(visible)):
        return cluster
    return "".join(char if drawable(char) and unicodedata.category(char)[0] != "M" else REPLACEMENT for char in visible)


def _is_ideographic(cluster: str) -> bool:
    return "\u2e80" <= cluster[0] <= "\ud7ff" or "\uf900" <= cluster[0] <= "\uffef"


def _columns(cluster: str) -> int:
    return 2 if unicodedata.east_asian_width(cluster[0]) in {"W", "F"} else 1


def _bounded(clusters: list[str], limit: int) -> list[str]:
    """The first clusters that fit into `limit` columns; with an ellipsis in the last column when some do not."""
    used = 0
    for at, cluster in enumerate(clusters):
        used += _columns(cluster)
        if used > limit:
            kept = clusters[:at]
            while kept and sum(map(_columns, kept)) > limit - 1:
                kept.pop()
            return [*kept, ELLIPSIS]
    return clusters


def printable(text: str, *, limit: int) -> str:
    """`text` as it can be set in the report: at most `limit` columns (a wide character or emoji takes two; what is
    cut ends in "…"), what no bundled font draws replaced by U+FFFD, and zero-width places to break inside long
    words and addresses."""
    shown = "".join(_printable_cluster(match.group()) for match in _CLUSTER.finditer(_cleaned(text)))
    clusters = _CLUSTER.findall(shown)  # not those from before: what stands for a mark stands beside its letter
    parts: list[str] = []
    run = 0
    for cluster in _bounded(clusters, limit):
        parts.append(cluster)
        run = 0 if cluster.isspace() or _is_ideographic(cluster) else run + 1
        if run >= _LONG_RUN or (run > 4 and cluster in _BREAK_AFTER):
            parts.append(BREAK)
            run = 0
    return "".join(parts).strip()


def one_line(text: str, *, limit: int) -> str:
    """Like `printable`, but without places to break; an en dash where nothing is left. For names in charts."""
    return printable(text, limit=limit).replace(BREAK, "") or "\u2013"


def direction(text: str) -> str:
    """Whether text runs "rtl" or "ltr", by its first strong character (Unicode UAX #9, rules P2 and P3)."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def language_tag(tag: str) -> str:
    """The primary subtag in lower case where it is a plain two- or three-letter code, else empty."""
    primary = tag.replace("_", "-").split("-", 1)[0].lower()
    return primary if regex.fullmatch(r"[a-z]{2,3}", primary) else ""
