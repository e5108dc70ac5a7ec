"""The transformers engine, proved on a tiny model built and saved here. Without torch: the plain refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from analytics.language.contracts import Engine, EngineUnavailable
from analytics.language.engines import get_engine
from analytics.language.transformer import Options, TransformersEngine, map_labels

HAS_TORCH = find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="torch is an optional extra")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "coffee", "day", "the", "is", "a", "!"]
TEXTS = [
    "good coffee",
    "bad day ! " * 40,
    "",
    "the coffee is a bad coffee",
    "good",
    "\x00",
    "x" * 100_000,
    "\ud800 good",
]


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        ({0: "Positive", 1: "NEGATIVE", 2: "neutral"}, {0: 2, 1: 0, 2: 1}),
        ({0: "neg", 1: "neu", 2: "pos"}, {0: 0, 1: 1, 2: 2}),
        ({0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, {0: 0, 1: 1, 2: 2}),
        ({0: "LABEL_0", 1: "LABEL_1"}, {0: 0, 1: 2}),
        ({i: f"{i + 1} star{'s' if i else ''}" for i in range(5)}, {0: 0, 1: 0, 2: 1, 3: 2, 4: 2}),
    ],
)
def test_labels_are_mapped(labels: dict[int, str], columns: dict[int, int]) -> None:
    assert map_labels(labels) == columns


@pytest.mark.parametrize(
    "labels",
    [
        {0: "toxic", 1: "positive"},
        {0: "LABEL_0"},
        {i: f"LABEL_{i}" for i in range(4)},
        {0: "positive", 1: "neutral"},
        dict.fromkeys(range(5), "3 stars"),
        {},
    ],
)
def test_other_labels_are_refused(labels: dict[int, str]) -> None:
    with pytest.raises(EngineUnavailable) as refusal:
        map_labels(labels)
    assert refusal.value.code == "labels_unknown"


def test_a_folder_that_is_no_model_says_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(EngineUnavailable) as refusal:
            get_engine(f"transformers:{folder}")
        assert refusal.value.code == "model_not_found"
        assert str(tmp_path) not in str(refusal.value)


@pytest.mark.skipif(HAS_TORCH, reason="torch is here")
def test_without_torch_the_error_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    for name in (str(tmp_path), "example/sentiment"):
        with pytest.raises(EngineUnavailable, match=r"earshot\[torch\]") as refusal:
            TransformersEngine(name)
        assert refusal.value.code == "torch_missing"


@needs_torch
def test_reads_a_saved_model(tmp_path: Path) -> None:
    engine = TransformersEngine(
        str(save_tiny_model(tmp_path / "tiny", ["POSITIVE", "NEGATIVE", "NEUTRAL"])), Options(rows=2)
    )
    assert isinstance(engine, Engine)
    readings = engine.read(TEXTS, ["en"] * len(TEXTS))
    assert [reading.abstain_reason for reading in readings] == ["", "", "empty_text", "", "", "empty_text", "", ""]
    assert engine.read(TEXTS, ["en"] * len(TEXTS)) == readings
    # In input order though batched by length: each text's own logits, computed here without the engine.
    for text, reading in zip(TEXTS, readings, strict=True):
        if not reading.abstained:
            positive, negative, neutral = straight_from_torch(tmp_path / "tiny", text)
            assert (reading.negative, reading.neutral, reading.positive) == pytest.approx(
                (negative, neutral, positive), abs=1e-5
            )
    assert re.fullmatch(r"transformers/tiny@[0-9a-f]{8}", engine.model_id)
    assert engine.card()["labels"] == {"POSITIVE": "positive", "NEGATIVE": "negative", "NEUTRAL": "neutral"}
    with pytest.raises(ValueError, match="hints"):
        engine.read(["good"], [])


@needs_torch
def test_two_classes_leave_no_neutral_and_the_card_says_so(tmp_path: Path) -> None:
    engine = TransformersEngine(str(save_tiny_model(tmp_path / "two", ["NEGATIVE", "POSITIVE"])))
    assert [reading.neutral for reading in engine.read(["good coffee", "bad day"])] == [0.0, 0.0]
    assert "Two classes" in str(engine.card()["note"])


@needs_torch
@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_spoilt_export_card_keeps_no_worker_from_its_model(tmp_path: Path, content: str) -> None:
    folder = save_tiny_model(tmp_path / "tiny", ["negative", "positive"])
    (folder / "export.json").write_text(content, encoding="utf-8")
    heads: Any = TransformersEngine(str(folder)).card()["models"]
    assert heads["sentiment"]["export"] is None


@needs_torch
def test_a_model_of_something_else_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "toxic", ["toxic", "harmless"])
    with pytest.raises(EngineUnavailable) as refusal:
        TransformersEngine(str(folder))
    assert refusal.value.code == "labels_unknown"


@needs_torch
def test_a_model_without_a_trained_head_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "headless", ["negative", "positive"], head=False)
    with pytest.raises(EngineUnavailable, match="classification head"):
        TransformersEngine(str(folder))


def _break_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"not a tensor")


def _break_pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"not a pickle")


def _lose_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


def _name_an_output_that_is_not_there(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"id2label": {"0": "negative", "5": "positive"}, "label2id": {"negative": 0, "positive": 5}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


@needs_torch
@pytest.mark.parametrize(
    "harm", [_break_weights, _break_pickled_weights, _lose_tokenizer, _name_an_output_that_is_not_there]
)
def test_what_cannot_read_is_refused_as_it_is_loaded(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    folder = save_tiny_model(tmp_path / "broken", ["negative", "positive"])
    harm(folder)
    with pytest.raises(EngineUnavailable) as refusal:
        TransformersEngine(str(folder))
    assert refusal.value.code == "model_unreadable"
    assert str(tmp_path) not in str(refusal.value)


def save_tiny_model(folder: Path, labels: list[str], *, head: bool = True) -> Path:
    """A BERT of two layers with seeded random weights and a word tokenizer, saved as Hugging Face saves models."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, special["unk_token"]))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    wrap: Any = PreTrainedTokenizerFast
    wrap(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32, initializer_range=0.5,
        id2label=dict(enumerate(labels)), label2id={label: i for i, label in enumerate(labels)},
    )  # fmt: skip
    model: Any = BertForSequenceClassification(config)
    (model if head else model.bert).save_pretrained(folder)
    if not head:
        config.save_pretrained(folder)
    return folder


def straight_from_torch(folder: Path, text: str) -> list[float]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    fed = tokenizer([text.replace("\ud800", " ")], truncation=True, max_length=32, return_tensors="pt")
    with torch.inference_mode():
        shares: list[float] = torch.softmax(model(**fed).logits.double(), dim=-1)[0].tolist()
    return shares
