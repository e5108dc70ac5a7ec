"""An occasion: something in the calendar that figures may move on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["public_holiday", "observance", "event"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """`start` and `end` are both included. `ref` is the country (or subdivision) of a holiday, the name of an
    observance, or the id of an event of the client's; `detail` is the event's kind. `estimated`: the date hangs on a
    moon that nobody has sighted yet, and may shift by a day."""

    start: date
    end: date
    kind: Kind
    name: str
    ref: str
    detail: str = ""
    estimated: bool = False

    def covers(self, day: date) -> bool:
        return self.start <= day <= self.end
