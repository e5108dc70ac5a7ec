"""Making an export: every kind in turn, a thousand rows at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from analytics.journey import exports
from analytics.journey.models import Export
from analytics.reports.selectors import reports
from api.exports.bundle import Bundle
from api.exports.kinds import AT_ONCE, KINDS, Kind, report_member
from api.exports.sheet import Lines
from kernel.clock import Clock, system_clock
from kernel.jobs import services as jobs
from tenants.models import Client

_README = """\
All that the API shows of {name}, as of {at}.

{files}
client.json            the client itself
manifest.json          every file with its size and SHA-256

{format}
Ids are those of the API, times are in UTC. Authors are pseudonyms, and personal data in texts was replaced before they
were stored. Posts that were stored while this was written may be missing.
"""
_FORMATS = {
    Export.Format.JSONL: "JSON Lines: UTF-8, one JSON object per line, as the API answers it.",
    Export.Format.CSV: (
        "CSV: UTF-8, comma-separated, as RFC 4180. Lists and objects are JSON. An apostrophe stands before text that\n"
        "a spreadsheet could take for a formula."
    ),
}


class Tally:
    """How far the job is: tells it after every thousand rows."""

    def __init__(self, job_id: str, total: int) -> None:
        self._job, self._total, self._done = job_id, total, 0

    def add(self, rows: int) -> None:
        self._done += rows
        # What came meanwhile is written too.
        self._total = max(self._total, self._done)
        jobs.advance(job_id=self._job, done=self._done, total=self._total)


def make(*, client: Client, export: Export, clock: Clock = system_clock) -> None:
    """Write the export's file, in the client's schema, and end its job. May be repeated: an export that is made stays
    as it is, and one that was begun is begun anew."""
    if export.finished_at is not None:
        return
    total = sum(kind.rows().count() for kind in KINDS)
    jobs.start(job_id=export.job_id, total=max(total, 1))
    tally = Tally(export.job_id, total)
    part = exports.part_of(export)
    try:
        contents = _write(part, client, export, clock(), tally)
        exports.keep(export=export, part=part, contents=contents, now=clock())
    finally:
        part.unlink(missing_ok=True)


def _write(part: Path, client: Client, export: Export, now: datetime, tally: Tally) -> dict[str, int]:
    at = now.isoformat().replace("+00:00", "Z")
    contents: dict[str, int] = {}
    with Bundle(part) as bundle:
        account = {name: getattr(client, name) for name in ("id", "name", "locale", "time_zone")}
        bundle.add("client.json", [json.dumps(account, ensure_ascii=False).encode()])
        for kind in KINDS:
            counted = {"rows": 0}
            pieces = _pieces(kind, export.format, counted, tally)
            bundle.add(f"{kind.name}.{export.format}", pieces, about=counted)
            contents[kind.name] = counted["rows"]
        for report in reports().exclude(path="").order_by("pk").iterator():
            bundle.add_file(report_member(report), Path(settings.FILES_ROOT) / report.path)
        lines = [f"{kind.name + '.' + export.format:<23}{kind.about}" for kind in KINDS]
        readme = _README.format(
            name=client.name, at=at, files="\n".join(lines), format=_FORMATS[Export.Format(export.format)]
        )
        bundle.add("README.txt", [readme.encode()])
        bundle.close({"client": client.id, "export": export.id, "format": export.format, "made_at": at})
    return contents


def _pieces(kind: Kind, format: str, counted: dict[str, int], tally: Tally) -> Iterator[bytes]:
    """The file of one kind, in pieces of a thousand rows; `counted` gets how many there were."""
    sheet = Lines(kind.columns()) if format == Export.Format.CSV else None
    waiting: list[bytes] = []
    new = 0
    for row in kind.each():
        if sheet is not None:
            sheet.add(row)
        else:
            waiting.append(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        new += 1
        if new == AT_ONCE:
            yield sheet.take() if sheet is not None else b"".join(waiting)
            waiting.clear()
            tally.add(new)
            counted["rows"] += new
            new = 0
    yield sheet.take() if sheet is not None else b"".join(waiting)
    tally.add(new)
    counted["rows"] += new
