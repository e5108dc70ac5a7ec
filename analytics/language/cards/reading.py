"""JSON to a card and back, strictly: what is unknown, missing or impossible is named by its JSON pointer."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from analytics.language.cards.shape import (
    HEADS,
    METRICS,
    Calibration,
    Gap,
    HeadCard,
    Measured,
    ModelCard,
    SetScore,
)

_SLACK: Final = 1e-3  # cards hold rounded figures


class CardInvalid(ValueError):
    """A card is not as `shape` says. `pointer` is the JSON pointer of the first thing that is wrong."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer or '/'}: {problem}")
        self.pointer = pointer


def read_card(data: object) -> ModelCard:
    """The card that `data` (parsed JSON) holds. Raises CardInvalid."""
    card: ModelCard = _read(ModelCard, data, "")
    if card.version and card.id != f"{card.name}/{card.version}":
        raise CardInvalid("/id", "is not name/version")
    for name, head in card.heads.items():
        if name not in HEADS:
            raise CardInvalid(f"/heads/{name}", f"is none of {', '.join(HEADS)}")
        _check_head(head, f"/heads/{name}")
    for index, gap in enumerate(card.bias.gaps if card.bias else ()):
        _check_gap(gap, f"/bias/gaps/{index}")
    return card


def card_as_json(card: ModelCard) -> dict[str, Any]:
    """The card as JSON-serialisable mappings; `read_card` takes it back."""
    return dataclasses.asdict(card)


def _check_head(head: HeadCard, at: str) -> None:
    for index, score in enumerate(head.scores):
        _check_score(score, head, f"{at}/scores/{index}")
    _check_calibration(head.calibration, f"{at}/calibration")
    for index, level in enumerate(head.abstention.levels if head.abstention else ()):
        for name in ("coverage", "accuracy", "accuracy_low", "accuracy_high"):
            _share(getattr(level, name), f"{at}/abstention/levels/{index}/{name}")


def _check_score(score: SetScore, head: HeadCard, at: str) -> None:
    if score.n < 1:
        raise CardInvalid(f"{at}/n", "a score of nothing")
    if head.labels and not set(score.labels) <= set(head.labels):
        raise CardInvalid(f"{at}/labels", "a label that the head does not have")
    if not score.metrics:
        raise CardInvalid(f"{at}/metrics", "no metric")
    for name, value in score.metrics.items():
        if name not in METRICS:
            raise CardInvalid(f"{at}/metrics/{name}", f"is none of {', '.join(METRICS)}")
        _measured(value, f"{at}/metrics/{name}", interval=name != "ece")
    for label, value in score.f1.items():
        _measured(value, f"{at}/f1/{label}", interval=False)
    if score.confusion:
        k = len(score.labels)
        if len(score.confusion) != k or any(len(row) != k + 1 for row in score.confusion):
            raise CardInvalid(f"{at}/confusion", f"must have {k} rows of {k} + 1 counts")
        if any(count < 0 for row in score.confusion for count in row) or sum(map(sum, score.confusion)) != score.n:
            raise CardInvalid(f"{at}/confusion", "counts must be at least 0 and add up to n")
    for label, counts in score.binary.items():
        if any(count < 0 for count in counts) or sum(counts) > score.n:
            raise CardInvalid(f"{at}/binary/{label}", "counts must be at least 0 and add up to at most n")


def _check_calibration(calibration: Calibration | None, at: str) -> None:
    for index, diagram in enumerate(calibration.diagrams if calibration else ()):
        here = f"{at}/diagrams/{index}"
        _measured(diagram.ece, f"{here}/ece", interval=False)
        if sum(each.n for each in diagram.bins) != diagram.n:
            raise CardInvalid(f"{here}/bins", "do not hold n texts")
        for number, each in enumerate(diagram.bins):
            for name in ("low", "high", "confidence", "accuracy"):
                _share(getattr(each, name), f"{here}/bins/{number}/{name}")


def _check_gap(gap: Gap, at: str) -> None:
    if gap.n < 1:
        raise CardInvalid(f"{at}/n", "a gap of nothing")
    low, high = gap.difference_low - _SLACK, gap.difference_high + _SLACK
    if not -2.0 - _SLACK <= low <= gap.difference <= high <= 2.0 + _SLACK:  # of two net sentiments in -1..1
        raise CardInvalid(f"{at}/difference", "lies outside of its interval, or of -2..2")
    for name in ("flips", "flips_low", "flips_high"):
        _share(getattr(gap, name), f"{at}/{name}")


def _measured(value: Measured, at: str, *, interval: bool) -> None:
    _share(value.value, f"{at}/value")
    if value.low is None or value.high is None:
        if interval or value.low is not value.high:
            raise CardInvalid(at, "has no interval")
        return
    if not value.low - _SLACK <= value.value <= value.high + _SLACK:
        raise CardInvalid(at, "lies outside of its interval")


def _share(value: float, at: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise CardInvalid(at, "must lie in 0..1")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: object, at: str) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return data
    if origin is Literal:
        if data not in get_args(kind):
            raise CardInvalid(at, f"must be one of {', '.join(map(str, get_args(kind)))}")
        return data
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        (wanted,) = (each for each in get_args(kind) if each is not type(None))
        return _read(wanted, data, at)
    if origin is tuple:
        return _read_tuple(get_args(kind), data, at)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
            raise CardInvalid(at, "must be an object")
        return {name: _read(get_args(kind)[1], value, f"{at}/{name}") for name, value in data.items()}
    if dataclasses.is_dataclass(kind):
        return _read_object(kind, data, at)  # type: ignore[arg-type]  # classes come in here, not instances
    return _read_plain(kind, data, at)


def _read_plain(kind: type, data: object, at: str) -> object:
    if kind is float:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data:
            raise CardInvalid(at, "must be a number")
        return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise CardInvalid(at, f"must be of type {kind.__name__}")
    return data


def _read_tuple(kinds: tuple[Any, ...], data: object, at: str) -> tuple[Any, ...]:
    if not isinstance(data, Sequence) or isinstance(data, str | bytes):
        raise CardInvalid(at, "must be a list")
    if kinds[-1] is not Ellipsis and len(kinds) != len(data):
        raise CardInvalid(at, f"must have {len(kinds)} items")
    return tuple(_read(kinds[0], item, f"{at}/{index}") for index, item in enumerate(data))


def _read_object(kind: type, data: object, at: str) -> Any:
    if not isinstance(data, Mapping):
        raise CardInvalid(at, "must be an object")
    fields = {each.name: each for each in dataclasses.fields(kind)}
    for name in data:
        if name not in fields:
            raise CardInvalid(f"{at}/{name}", "is unknown")
    values: dict[str, Any] = {}
    for name, each in fields.items():
        if name in data:
            values[name] = _read(_hints(kind)[name], data[name], f"{at}/{name}")
        elif each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
            raise CardInvalid(f"{at}/{name}", "is missing")
    return kind(**values)
