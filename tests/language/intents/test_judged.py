"""Intents on posts that were judged one by one, and on posts to airlines whose sentiment people judged. Needs the data
sets (EARSHOT_DATA), whose texts are not kept here. The figures in docs/architecture.md are what these print:

    EARSHOT_DATA=… pytest -m slow tests/language/intents/test_judged.py
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from analytics.language.compact.rows import read_rows
from analytics.language.contracts import INTENTS, Intent
from analytics.language.engines import get_engine
from analytics.language.evaluate import wilson
from analytics.language.intents import find_many
from tests.language.dataset import data_folder

FILES = ("judged.tsv", "judged_second.tsv", "judged_third.tsv")


def judged() -> dict[str, tuple[str, str, frozenset[str]]]:
    """Language, how it was drawn, and intents by the key of each judged text."""
    found = {}
    for name in FILES:
        for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                _, language, drawn, key, intents = line.split("\t")
                found[key] = (language, drawn, frozenset(intents.split()))
    return found


def test_what_was_judged_is_well_written() -> None:
    labels = judged()
    assert len(labels) > 700
    assert {intent for _, _, intents in labels.values() for intent in intents} <= set(INTENTS)
    assert all(len(key) == 16 for key in labels)


@pytest.mark.slow
def test_what_is_found_is_what_the_judge_saw(capsys: pytest.CaptureFixture[str]) -> None:
    labels = judged()
    texts = {}
    for row in read_rows(data_folder()):
        key = sha256(row.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        if key in labels:
            texts[key] = row.text
    assert len(texts) > 0.9 * len(labels)
    keys = sorted(texts)
    languages = [labels[key][0] for key in keys]
    readings = get_engine("compact").read([texts[key] for key in keys], languages)
    found = find_many(
        [texts[key] for key in keys], languages, [r.negative for r in readings], [r.positive for r in readings]
    )
    table = {}
    for intent in INTENTS:
        said = [key for key, each in zip(keys, found, strict=True) if each is not None and intent in each.asserted]
        right = sum(intent in labels[key][2] for key in said)
        there = [key for key in keys if intent in labels[key][2]]
        caught = len(set(there) & set(said))
        table[intent] = {
            "said": len(said),
            "precision": [round(right / len(said), 3), *wilson(right, len(said))] if said else None,
            "there": len(there),
            "recall": [round(caught / len(there), 3), *wilson(caught, len(there))] if there else None,
        }
    with capsys.disabled():
        print(json.dumps(table), file=sys.stderr)
    least: dict[Intent, float] = {"praise": 0.75, "spam": 0.7, "question": 0.35}
    for wanted, bound in least.items():
        precision = table[wanted]["precision"]
        assert precision is not None, wanted
        assert precision[0] >= bound, wanted  # type: ignore[index]


@pytest.mark.slow
def test_intents_of_posts_to_airlines_fit_what_people_took_for_their_sentiment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Complaints and signs of leaving are looked for in posts that people called negative, praise in positive ones."""
    path = data_folder() / "dev" / "airline" / "Tweets.csv"
    if not path.is_file():
        pytest.skip("the airline posts are not among the data sets")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = {row["text"]: row["airline_sentiment"] for row in csv.DictReader(lines)}
    texts = list(rows)
    english = ["en"] * len(texts)
    readings = get_engine("compact").read(texts, english)
    found = find_many(texts, english, [r.negative for r in readings], [r.positive for r in readings])
    said: Counter[str] = Counter()
    fits: Counter[str] = Counter()
    caught = 0
    for text, each in zip(texts, found, strict=True):
        assert each is not None
        intents = {"complaint", "churn_risk", "praise"}.intersection(each.asserted)
        said.update(intents)
        fits.update(one for one in intents if rows[text] == ("positive" if one == "praise" else "negative"))
        caught += rows[text] == "negative" and not intents.isdisjoint({"complaint", "churn_risk"})
    negative = sum(label == "negative" for label in rows.values())
    table = {one: [fits[one], said[one], *wilson(fits[one], said[one])] for one in sorted(said)}
    with capsys.disabled():
        table["of_negative"] = [caught, negative, *wilson(caught, negative)]
        print(json.dumps({"posts": len(rows), **table}), file=sys.stderr)
    assert fits["complaint"] >= 0.95 * said["complaint"] > 0
    assert fits["churn_risk"] >= 0.95 * said["churn_risk"] > 0
    assert fits["praise"] >= 0.6 * said["praise"] > 0
