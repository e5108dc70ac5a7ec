"""Taking personal data out of a text, so that what is stored no longer names or reaches a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analytics.privacy.emails import find_emails, find_written_out, may_hold_written_out
from analytics.privacy.folding import fold
from analytics.privacy.handles import Handle, find_handles, find_profiles
from analytics.privacy.numbers import (
    find_addresses,
    find_ibans,
    find_links,
    find_numbers,
)
from analytics.privacy.pseudonym import normalise_handle

PLACEHOLDERS = {
    "EMAIL_ADDRESS": "[email]",
    "PHONE_NUMBER": "[phone]",
    "IBAN_CODE": "[iban]",
    "CREDIT_CARD": "[card]",
    "IP_ADDRESS": "[ip]",
    "PERSON": "[name]",
}
HANDLE = "HANDLE"
HANDLE_MARK = "~"
_MAX_PASSES = 16
_FEW_DIGITS = re.compile(r"\d(?:[^\d\n]{0,3}\d){3}")
_FOREIGN_AT = re.compile("[\uff20\ufe6b]")
_PROFILE_SIGN = re.compile(r"\.(?:com|me|tv|net|app)/|\bu(?:ser)?/")


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of personal data: Presidio's entity name (HANDLE for handles) and its range in the given text."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text without personal data, and what stood where in the original, in order, never overlapping."""

    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Edit:
    entity: str
    start: int
    end: int
    replacement: str


def may_hold_personal_data(text: str) -> bool:
    """False when a cheap look already tells that no detector can find anything: most posts end here."""
    if "@" in text or _FEW_DIGITS.search(text) is not None or "::" in text:
        return True
    if "/" in text and _PROFILE_SIGN.search(text) is not None:
        return True
    if not text.isascii() and _FOREIGN_AT.search(text) is not None:
        return True
    return may_hold_written_out(text)


def redact(
    text: str,
    *,
    country_hint: str = "",
    public_handles: frozenset[str] = frozenset(),
    pseudonym_of: Callable[[str], str] | None = None,
) -> Redacted:
    """Replace e-mail addresses, phone numbers, IBANs, cards and IP addresses by placeholders, handles by pseudonyms.

    `country_hint` (ISO 3166-1 alpha-2 or empty) helps with national phone numbers. `public_handles` (as
    `normalise_handle` writes them) stay. `pseudonym_of(handle)` gives the short label that stands for a handle as
    `@~label`; it must consist of letters and digits. Without it handles become `[handle]`.
    Redacting a redacted text changes nothing: passes repeat until none finds anything.
    """
    if not may_hold_personal_data(text):
        return Redacted(text)
    edits = _edits(text, country_hint, public_handles, pseudonym_of)
    if not edits:
        return Redacted(text)
    findings = tuple(Finding(edit.entity, edit.start, edit.end) for edit in edits)
    done = _replaced(text, edits)
    if not may_hold_personal_data(done.replace("@" + HANDLE_MARK, HANDLE_MARK)):
        return Redacted(done, findings)  # what a replaced handle looks like, no detector takes
    more = _edits(done, country_hint, public_handles, pseudonym_of)
    if not more:
        return Redacted(done, findings)
    origin = _origins(range(len(text) + 1), edits)
    for _ in range(_MAX_PASSES):
        found = [Finding(edit.entity, origin[edit.start], origin[edit.end]) for edit in more]
        findings = _merged(findings, found)
        done, origin = _replaced(done, more), _origins(origin, more)
        more = _edits(done, country_hint, public_handles, pseudonym_of)
        if not more:
            return Redacted(done, findings)
    # Text made to need pass after pass: keep nothing of it rather than something.
    return Redacted("[redacted]", findings)


def _replaced(text: str, edits: Iterable[_Edit]) -> str:
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += (text[done : edit.start], edit.replacement)
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)


def _origins(before: Sequence[int], edits: Iterable[_Edit]) -> list[int]:
    """For each character after the edits (and for the end) its offset in the original, given those before them."""
    origin: list[int] = []
    done = 0
    for edit in edits:
        origin += before[done : edit.start]
        origin += [before[edit.start]] * len(edit.replacement)
        done = edit.end
    origin += before[done:]
    return origin


def _merged(first: tuple[Finding, ...], more: list[Finding]) -> tuple[Finding, ...]:
    """All findings in order; where a later pass took in an earlier finding's place, the wider one stays."""
    merged: list[Finding] = []
    for finding in sorted((*first, *more), key=lambda found: (found.start, -found.end)):
        if finding.end <= finding.start:
            continue
        if merged and finding.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Finding(last.entity, last.start, max(last.end, finding.end))
        else:
            merged.append(finding)
    return tuple(merged)


def _edits(
    text: str,
    country_hint: str,
    public_handles: frozenset[str],
    pseudonym_of: Callable[[str], str] | None,
) -> list[_Edit]:
    """What one pass replaces, in order. Each detector sees the text without what those before it found."""
    plain = fold(text)
    edits: list[_Edit] = []

    def take(spans: Iterable[tuple[str, int, int]]) -> None:
        nonlocal plain
        found = [_Edit(entity, start, end, PLACEHOLDERS[entity]) for entity, start, end in spans]
        if found:
            edits.extend(found)
            plain = _blanked(plain, found)

    take(("EMAIL_ADDRESS", start, end) for start, end in find_emails(plain))
    if may_hold_written_out(plain):
        take(("EMAIL_ADDRESS", start, end) for start, end in find_written_out(plain))
    if _FEW_DIGITS.search(plain) is not None:
        take(find_links(plain))
        take(find_ibans(plain))
        take(find_addresses(plain))
        take(find_numbers(plain, country_hint))
    elif "::" in plain:
        take(find_addresses(plain))
    for finder in (find_profiles(plain), find_handles(plain, public_handles)):
        named = [
            _Edit(HANDLE, found.start, found.end, _stand_in(found, pseudonym_of))
            for found in finder
            if normalise_handle(found.handle) not in public_handles
        ]
        edits.extend(named)
    return _without_overlaps(edits)


def _stand_in(found: Handle, pseudonym_of: Callable[[str], str] | None) -> str:
    if pseudonym_of is None:
        return "[handle]" if found.prefix else HANDLE_MARK
    return found.prefix + HANDLE_MARK + pseudonym_of(found.handle)


def _blanked(text: str, edits: list[_Edit]) -> str:
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda one: one.start):
        parts += (text[done : edit.start], "\x00" * (edit.end - max(done, edit.start)))
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)


def _without_overlaps(edits: list[_Edit]) -> list[_Edit]:
    kept: list[_Edit] = []
    for edit in sorted(edits, key=lambda one: (one.start, -one.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
