"""`manage.py evaluate`: files as strangers have them, and figures counted by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from analytics.language.contracts import EMOTIONS, Reading
from analytics.language.examination import tasks
from analytics.language.examination.files import BadFile, check_alike, read_labels, read_texts
from analytics.language.examination.report import abstention, as_configured, by_group, scores

CLASSES = ("negative", "neutral", "positive")


def beliefs(*guesses: int | None) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows = [[float("nan")] * 3 if guess is None else list(np.eye(3)[guess] * 0.7 + 0.1) for guess in guesses]
    return np.array(rows)


def test_figures_counted_by_hand() -> None:
    found = scores([0, 0, 1, 2, 2, 2], beliefs(0, 1, 1, 2, None, 0), CLASSES)
    assert (found["n"], found["answered"]) == (6, 5)
    assert found["accuracy"] == pytest.approx(3 / 6)
    assert found["confusion"]["rows"] == [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 1, 1]]
    # negative: 1 of 2 guesses right, 1 of 2 found; neutral 1 of 2, 1 of 1; positive 1 of 1, 1 of 3
    assert [found["classes"][name]["f1"] for name in CLASSES] == pytest.approx([1 / 2, 2 / 3, 1 / 2], abs=1e-4)
    assert found["macro_f1"] == pytest.approx((1 / 2 + 2 / 3 + 1 / 2) / 3, abs=1e-4)
    assert found["macro_recall"] == pytest.approx((1 / 2 + 1 + 1 / 3) / 3, abs=1e-4)
    assert found["macro_f1_interval"][0] <= found["macro_f1"] <= found["macro_f1_interval"][1]
    assert found["ece"] == pytest.approx(0.8 - 3 / 5, abs=1e-4)
    assert scores([0], beliefs(None), CLASSES)["ece"] is None


def test_a_class_without_labels_counts_in_no_mean() -> None:
    assert scores([0, 2], beliefs(0, 2), CLASSES)["macro_f1"] == 1.0
    assert scores([0, 2], beliefs(0, 1), CLASSES)["macro_recall"] == 0.5
    with pytest.raises(ValueError, match="nothing"):
        scores([], np.zeros((0, 3)), CLASSES)


def test_the_surest_come_first() -> None:
    sure = np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]])
    levels = {level["coverage"]: level for level in abstention([0, 1, 2, 0], sure)}
    assert levels[1.0]["accuracy"] == 0.75
    assert (levels[0.5]["threshold"], levels[0.5]["n"], levels[0.5]["accuracy"]) == (0.6, 2, 1.0)
    own = as_configured([0, 1, 2, 0], sure, ["", "low_confidence", "", ""])
    assert (own["coverage"], own["accuracy"], own["reasons"]) == (0.75, 1.0, {"low_confidence": 1})
    alike = abstention([0, 0, 2, 2], beliefs(0, 0, 0, 0))
    assert {(level["n"], level["accuracy"]) for level in alike} == {(4, 0.5)}  # not what stands first in the file
    silent = abstention([0, 1], beliefs(0, None))
    assert [level["coverage"] for level in silent] == [0.5]


def test_groups_that_are_large_enough() -> None:
    found = by_group([0] * 70, beliefs(*[0] * 30, *[1] * 40), ["de"] * 30 + ["en"] * 31 + ["fr"] * 9, CLASSES)
    assert [(name, row["n"], row["accuracy"]) for name, row in found.items()] == [("en", 31, 0.0), ("de", 30, 1.0)]


def reading(**changes: Any) -> Reading:
    values = {
        "language": "en", "language_confidence": 1.0, "negative": 0.2, "neutral": 0.3, "positive": 0.5,
        "sentiment": "positive", "abstained": False, "abstain_reason": "", "model_id": "m",
    }  # fmt: skip
    return Reading(**{**values, **changes})


def test_beliefs_of_each_task() -> None:
    eight = dict.fromkeys(EMOTIONS, 0.0) | {"anger": 0.1, "joy": 0.6, "anticipation": 0.3, "sadness": None}
    told = reading(irony=0.25, emotion_scores=tuple(eight.values()))
    assert tasks.sentiment().beliefs([told]).tolist() == [[0.2, 0.3, 0.5]]
    assert tasks.irony().beliefs([told, reading()])[0].tolist() == [0.75, 0.25]
    assert np.isnan(tasks.irony().beliefs([told, reading()])[1]).all()
    assert tasks.emotion().beliefs([told])[0].tolist() == pytest.approx([0.1, 0.6, 0.3, 0.0])
    assert tasks.emotion(["joy", "fear"]).beliefs([told])[0].tolist() == [1.0, 0.0]
    assert np.isnan(tasks.emotion().beliefs([reading(), reading(emotion_scores=(0.0,) * 8)])).all()
    empty = reading(sentiment="", abstained=True, abstain_reason="empty_text")
    assert np.isnan(tasks.sentiment().beliefs([empty])).all()
    for wrong in (["joy"], ["joy", "joy"], ["joy", "hunger"], []):
        with pytest.raises(ValueError, match="name two"):
            tasks.emotion(wrong)


def test_an_emotion_is_weighed_by_how_usual_it_is() -> None:
    usual = {"anger": {"": 0.5, "en": 0.1}, "joy": {"": 0.5}}
    task = tasks.emotion(["anger", "joy", "trust"]).of({"engine": {"emotion": {"usual": usual}}})
    scores = dict.fromkeys(EMOTIONS, 0.0) | {"anger": 0.25, "joy": 0.5, "trust": None}
    english, german = (reading(language=code, emotion_scores=tuple(scores.values())) for code in ("en", "de"))
    # Odds of 1 to 3 where 1 to 9 are usual are three times as many; even odds where even ones are usual are as many.
    assert task.beliefs([english])[0].tolist() == pytest.approx([0.75, 0.25, 0.0])
    assert task.beliefs([german])[0].tolist() == pytest.approx([0.25, 0.75, 0.0])
    certain = reading(emotion_scores=(1.0,) * 8)
    assert np.isfinite(task.beliefs([certain])).all()
    assert np.isnan(task.beliefs([reading(emotion_scores=(0.0,) * 8)])).all()
    plain = tasks.emotion(["anger", "joy"]).of({"engine": {}})
    assert plain.beliefs([english])[0].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_doubts_about_sentiment_keep_from_nothing_else() -> None:
    doubtful = reading(sentiment="", abstained=True, abstain_reason="low_confidence", irony=0.25)
    foreign = reading(sentiment="", abstained=True, abstain_reason="unsupported_language")
    readings = [doubtful, foreign, reading()]
    assert tasks.sentiment().reasons(readings) == ["low_confidence", "unsupported_language", ""]
    assert tasks.irony().reasons(readings) == ["", "unsupported_language", "not_told"]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_files_as_people_have_them(tmp_path: Path) -> None:
    texts = read_texts(
        written(tmp_path / "t", b"\xef\xbb\xbfone\r\n\r\ntwo\xe2\x80\xa8lines\x00\x85".replace(b"\x85", b""))
    )
    assert texts.lines == ["one", "", "two\u2028lines\x00"]
    assert len(texts.notes) == 3
    labels, _ = read_labels(written(tmp_path / "l", b"0\r\n Neutral \r\n2"), CLASSES)
    assert labels == [0, 1, 2]
    check_alike(tmp_path / "t", texts.lines, tmp_path / "l", labels)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        ("größer".encode("latin-1"), "line 1: byte 0xf6 is no UTF-8"),
        (b"fine\nnot \xff", "line 2"),
        ("text".encode("utf-16"), "is UTF-16"),
    ],
)
def test_texts_that_cannot_be_read(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        read_texts(written(tmp_path / "texts", content))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"0\n3\n", "line 2 says '3'"),
        (b"0\n\n1", "line 2 is empty"),
        (b"good", "line 1 says 'good'"),
        (b"0 1", "line 1"),
    ],
)
def test_labels_that_cannot_be_read(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        read_labels(written(tmp_path / "labels", content), CLASSES)


def test_files_of_unlike_length(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"texts has 4 lines and labels 2.*2 lines at the end of texts are empty"):
        check_alike(Path("texts"), ["a", "b", "", " "], Path("labels"), [0, 1])
    with pytest.raises(BadFile, match="No such file"):
        read_texts(tmp_path / "absent")


def run(*arguments: str) -> tuple[dict[str, Any], str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("evaluate", *arguments, stdout=out, stderr=err)
    return json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_the_command_on_a_strangers_files(tmp_path: Path) -> None:
    texts = [
        "I love this place, the staff is wonderful!",
        "Worst service ever, I am so angry",
        "The shop opens at nine",
    ]
    text_file = written(tmp_path / "texts.txt", "\n".join(texts * 12).encode())
    label_file = written(tmp_path / "labels.txt", b"2\n0\n1\n" * 12)
    found, shown = run("sentiment", "--texts", str(text_file), "--labels", str(label_file), "--engine", "compact")
    assert found["task"] == "sentiment"
    assert found["n"] == found["answered"] == 36
    assert sum(map(sum, found["confusion"]["rows"])) == 36
    assert found["classes"]["positive"]["recall"] == found["classes"]["negative"]["recall"] == 1.0
    assert found["model_id"].startswith("compact")
    assert found["posts_per_cpu_second"] > 0
    assert found["language"]["given"] is None
    assert found["language"]["identified"] == {"en": 1.0}
    assert found["by_identified_language"]["en"]["n"] == 36
    assert len(found["texts_sha256"]) == 64
    assert "macro_f1" in shown
    given, _ = run(
        "irony", "--texts", str(text_file), "--labels", str(written(tmp_path / "irony", b"0\n1\n0\n" * 12)),
        "--language", "en", "--engine", "compact",
    )  # fmt: skip
    assert given["language"]["given"] == "en"
    assert set(given["classes"]) == {"not_irony", "irony"}
    emotion, _ = run(
        "emotion", "--texts", str(text_file), "--labels", str(written(tmp_path / "joy", b"joy\nanger\njoy\n" * 12)),
        "--classes", "joy,anger", "--engine", "compact",
    )  # fmt: skip
    assert [row["n"] for row in emotion["classes"].values()] == [24, 12]


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    texts = written(tmp_path / "texts.txt", b"one\ntwo\n")
    labels = written(tmp_path / "labels.txt", b"0\n2\n")
    wrong: list[tuple[list[str], str]] = [
        (["sentiment", "--engine", "oracle"], "no such engine"),
        (["sentiment", "--language", "??"], "no language tag"),
        (["sentiment", "--labels", str(texts)], "line 1 says 'one'"),
        (["emotion", "--classes", "joy,hunger"], "--classes: name two"),
        (["irony"], "line 2 says '2'"),
    ]
    for arguments, says in wrong:
        task, *more = arguments
        with pytest.raises(CommandError, match=says):
            run(task, "--texts", str(texts), "--labels", str(labels), *more)
