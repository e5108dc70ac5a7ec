"""Cards: what is shipped is whole, and what is wrong with one is named."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from analytics.language.cards import CardInvalid, card_as_json, read_card
from analytics.language.cards.foreign import card_of
from analytics.language.cards.shipped import FOLDER, PRESENT, shipped_cards

OLD = "compact-sentiment/0.1.0"


def _old() -> dict[str, Any]:
    card: dict[str, Any] = json.loads((FOLDER / "compact-sentiment-0.1.0.json").read_text(encoding="utf-8"))
    return card


def test_the_present_engine_has_a_card_of_the_present_format() -> None:
    card = read_card(json.loads(PRESENT.read_text(encoding="utf-8")))
    assert card.id in shipped_cards()
    assert {"sentiment", "emotion", "irony"} <= set(card.heads)
    for name in ("sentiment", "emotion", "irony"):
        head = card.heads[name]
        assert head.languages, name
        # A claimed language has a score, or the card could claim what nobody looked at.
        assert set(head.languages) <= {score.language for score in head.scores}, name
    assert all(each.licence and each.use for each in card.data)
    assert len(card.weights_sha256) == 64


def test_earlier_versions_stay_readable() -> None:
    card = shipped_cards()[OLD]
    assert card.heads["sentiment"].languages
    assert read_card(json.loads(json.dumps(card_as_json(card)))) == card


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("format",), 1, "/format"),
        (("surprise",), 1, "/surprise"),
        (("id",), "compact/9", "/id"),
        (("seed",), "seven", "/seed"),
        (("seed",), True, "/seed"),
        (("data",), "none", "/data"),
        (("data", 0, "licence"), None, "/data/0/licence"),
        (("heads", "sentiment", "labels"), ["good"], "/heads/sentiment/scores/0/labels"),
        (("heads", "sentiment", "scores", 0, "n"), 0, "/heads/sentiment/scores/0/n"),
        (("heads", "sentiment", "scores", 0, "metrics"), {}, "/heads/sentiment/scores/0/metrics"),
        (
            ("heads", "sentiment", "scores", 0, "metrics", "macro_f1"),
            {"value": 0.5},
            "/heads/sentiment/scores/0/metrics/macro_f1",
        ),
        (
            ("heads", "sentiment", "scores", 0, "metrics", "macro_f1"),
            {"value": 0.5, "low": 0.6, "high": 0.7},
            "/heads/sentiment/scores/0/metrics/macro_f1",
        ),
        (
            ("heads", "sentiment", "scores", 0, "metrics", "macro_f1", "value"),
            float("nan"),
            "/heads/sentiment/scores/0/metrics/macro_f1/value",
        ),
        (("heads", "sentiment", "scores", -1, "confusion", 0), [1, 1, 1], "/heads/sentiment/scores/@/confusion"),
        (("heads", "sentiment", "scores", -1, "confusion", 0, 0), 9999, "/heads/sentiment/scores/@/confusion"),
        (
            ("heads", "sentiment", "calibration", "diagrams", 0, "n"),
            1,
            "/heads/sentiment/calibration/diagrams/0/bins",
        ),
    ],
)
def test_what_is_wrong_is_named(path: tuple[str | int, ...], value: Any, pointer: str) -> None:
    card = copy.deepcopy(_old())
    place: Any = card
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    last = len(card["heads"]["sentiment"]["scores"]) - 1
    with pytest.raises(CardInvalid) as caught:
        read_card(card)
    assert caught.value.pointer == pointer.replace("@", str(last))


def test_a_head_nobody_knows_is_refused() -> None:
    card = _old()
    card["heads"]["mood"] = card["heads"]["sentiment"]
    with pytest.raises(CardInvalid, match="/heads/mood"):
        read_card(card)


def test_what_is_missing_is_named() -> None:
    card = _old()
    del card["heads"]["sentiment"]["languages"]
    with pytest.raises(CardInvalid, match="/heads/sentiment/languages: is missing"):
        read_card(card)


@pytest.mark.parametrize("data", [None, [], 3, "card"])
def test_what_is_no_card_at_all_is_refused(data: object) -> None:
    with pytest.raises(CardInvalid):
        read_card(data)


def test_a_model_that_was_brought_has_a_card_of_all_that_has_a_part() -> None:
    told = {"models": {"sentiment": {}, "irony": {}}, "filled_by": "compact/0.2.0"}
    card = card_of("transformers/mood@0123abcd+irony:wry@4567abcd+compact/0.2.0", told)
    assert read_card(card_as_json(card)) == card
    assert card.summary.endswith("revision 0123abcd.")
    assert set(card.heads) == {"sentiment", "emotion", "irony"}
    assert "Nobody has measured" in card.heads["irony"].rule
    assert card.heads["emotion"].rule == "Read by compact/0.2.0: see its card."
