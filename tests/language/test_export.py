"""Exporting a model to onnxruntime: the gate, what is refused, and that the exported model reads the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray

from analytics.language.contracts import EngineUnavailable
from analytics.language.engines import check_engine, get_engine
from analytics.language.transformer import Options, TransformersEngine
from analytics.language.transformer.export import Gate, GateNotPassed, export
from analytics.language.transformer.export import _gate as gate_of
from tests.language.test_transformer import TEXTS, WORDS, save_tiny_model

HAS_ALL = all(find_spec(package) for package in ("torch", "onnx", "onnxruntime"))
needs_all = pytest.mark.skipif(not HAS_ALL, reason="torch and onnx are optional extras")

GATE = [" ".join(words) for words in product(WORDS[4:], repeat=3)]
SENTIMENTS = ["POSITIVE", "NEGATIVE", "NEUTRAL"]


@pytest.mark.skipif(bool(find_spec("onnxruntime")), reason="onnxruntime is here")
def test_without_onnxruntime_the_error_names_the_extra(tmp_path: Path) -> None:
    for name in ("config.json", "model.onnx"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(EngineUnavailable, match=r"earshot\[onnx\]") as refusal:
        TransformersEngine(str(tmp_path))
    assert refusal.value.code == "onnx_missing"


def test_onnxruntime_wants_an_exported_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EngineUnavailable, match="export_model") as refusal:
        check_engine(f"transformers:{tmp_path}", Options(runtime="onnx"))
    assert refusal.value.code == "not_exported"


@needs_all
def test_a_model_in_single_precision_reads_the_same(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "tiny", SENTIMENTS)
    card = export(str(model), tmp_path / "out", texts=GATE, texts_from="words", precision="float32")
    assert card["gate"]["agreement"] == card["gate"]["alone"] == 1.0
    assert card["gate"]["gap"] < 1e-5
    before, after = TransformersEngine(str(model), Options(rows=2)), TransformersEngine(str(tmp_path / "out"))
    assert (before.card()["runtime"], after.card()["runtime"]) == ("torch", "onnx")
    for ours, theirs in zip(before.read(TEXTS), after.read(TEXTS), strict=True):
        assert ours.sentiment == theirs.sentiment
        assert (ours.negative, ours.neutral) == pytest.approx((theirs.negative, theirs.neutral), abs=1e-5)


@needs_all
@pytest.mark.parametrize(
    ("task", "labels"),
    [("sentiment", SENTIMENTS), ("emotion", ["anger", "joy", "optimism", "sadness"]), ("irony", ["no_irony", "irony"])],
)
def test_eight_bits_pass_the_gate_and_the_card_keeps_its_numbers(tmp_path: Path, task: str, labels: list[str]) -> None:
    model = save_tiny_model(tmp_path / "tiny", labels)
    said = json.loads(_run(model, tmp_path / "out", "--task", task, "--threshold", "0.8", gate=tmp_path / "gate.txt"))
    gate = said["gate"]
    assert (said["exported"], said["precision"], gate["n"], gate["texts"]) == (True, "int8", len(GATE), "gate.txt")
    assert 0.8 <= gate["low"] <= gate["agreement"] <= gate["high"] <= 1.0
    assert 0.0 < gate["gap"] < 1.0  # eight bits change something, or they were not used
    kept = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))
    assert kept == {name: value for name, value in said.items() if name != "exported"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    if task == "sentiment":
        engine = get_engine(f"transformers:{tmp_path / 'out'}")
        heads = engine.card()["models"]
        assert isinstance(heads, dict)
        assert heads["sentiment"]["export"] == kept
        # What the card says is what comes out when it is read again.
        before = TransformersEngine(str(model)).read(GATE)
        same = sum(a.sentiment == b.sentiment for a, b in zip(before, engine.read(GATE), strict=True))
        assert same / len(GATE) == pytest.approx(gate["agreement"], abs=0.02)


@needs_all
def test_a_model_whose_labels_change_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "tiny", SENTIMENTS)
    with pytest.raises(GateNotPassed) as refusal:
        export(str(model), tmp_path / "out", texts=GATE[:40], texts_from="few words", threshold=0.97)
    gate = refusal.value.gate  # however well they agree, 40 texts cannot show it
    assert (gate.n, gate.passed, gate.low < 0.97) == (40, False, True)
    with pytest.raises(CommandError, match="Not exported"):
        _run(model, tmp_path / "out", "--threshold", "1", gate=tmp_path / "gate.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gate.txt", "tiny"]


@needs_all
def test_what_is_not_for_the_task_or_in_the_way_is_refused(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "tiny", ["toxic", "harmless"])
    with pytest.raises(CommandError, match="labels_unknown"):
        _run(model, tmp_path / "out", gate=tmp_path / "gate.txt")
    (tmp_path / "there").mkdir()
    with pytest.raises(CommandError, match="exists"):
        _run(model, tmp_path / "there", gate=tmp_path / "gate.txt")
    with pytest.raises(CommandError, match="holds no text"):
        call_command("export_model", str(save_tiny_model(tmp_path / "good", SENTIMENTS)), to=tmp_path / "out",
                     gate=_empty(tmp_path))  # fmt: skip
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text((model / "config.json").read_text("utf-8"), encoding="utf-8")
    (tmp_path / "broken" / "model.onnx").write_bytes(b"no graph")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "broken" / name).write_bytes((model / name).read_bytes())
    with pytest.raises(EngineUnavailable) as refusal:
        TransformersEngine(str(tmp_path / "broken"))
    assert refusal.value.code == "model_unreadable"


def test_the_gate_goes_by_the_lower_end() -> None:
    numbers = {"n": 100, "agreement": 0.99, "high": 0.998, "threshold": 0.97, "gap": 0.1, "alone": 1.0, "alone_n": 100}
    assert not Gate(low=0.9455, **numbers).passed  # type: ignore[arg-type]
    assert Gate(low=0.97, **numbers).passed  # type: ignore[arg-type]


def test_numbers_that_are_none_agree_with_nothing() -> None:
    class Overflowing:
        def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
            return np.full((len(texts), 2), np.nan)

    before = np.tile([0.9, 0.1], (200, 1))
    found = gate_of(["text"] * 200, before, cast(Any, Overflowing()), lambda rows: rows.argmax(axis=1)[:, None], 0.97)
    assert (found.agreement, found.gap, found.passed) == (0.0, 1.0, False)


@needs_all
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "tiny", SENTIMENTS)
    with pytest.raises(CommandError, match="cannot be written"):
        _run(model, tmp_path / "gate.txt" / "out", gate=tmp_path / "gate.txt")


def _empty(folder: Path) -> Path:
    file = folder / "empty.txt"
    file.write_text("\n \n", encoding="utf-8")
    return file


def _run(model: Path, to: Path, *arguments: str, gate: Path) -> str:
    from io import StringIO

    gate.write_text("\n".join([*GATE, ""]), encoding="utf-8")
    out = StringIO()
    call_command("export_model", str(model), "--to", str(to), "--gate", str(gate), *arguments, stdout=out)
    return out.getvalue().splitlines()[-1]
