"""A model as ONNX, in eight bits where its labels stay what they were: measured before it is written."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import EngineUnavailable
from analytics.language.evaluate import wilson
from analytics.language.transformer.classifier import CARD, Classifier, is_local, load_torch
from analytics.language.transformer.engine import emotions_of
from analytics.language.transformer.labels import map_emotions, map_irony, map_labels
from analytics.language.transformer.options import Options

Task = Literal["sentiment", "emotion", "irony"]
Precision = Literal["int8", "float32"]
TASKS: Final[tuple[Task, ...]] = ("sentiment", "emotion", "irony")
PRECISIONS: Final[tuple[Precision, ...]] = ("int8", "float32")
DEFAULT_THRESHOLD: Final = 0.97

_OPSET: Final = 17
_ALONE: Final = 200
_PROTOBUF_LIMIT: Final = 1_800_000_000
_BESIDE: Final = {"torch": "torch", "onnx": "onnx", "onnxruntime": "onnx"}
# What a text is labelled, from the model's probabilities: rows of whole numbers that are compared as they are.
_Labeller = Callable[[NDArray[np.float64]], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Gate:
    """How the exported model's labels compare with those of the model in single precision on torch, on `n` texts.

    `agreement` is the share of texts with the same label (for emotions: the same set), `low` and `high` its 95 %
    interval (Wilson); what is no number agrees with nothing. It passes where `low` reaches `threshold`. `gap` is the
    largest difference of a probability.
    `alone_n` of the texts were read one by one as well, and `alone` is the share of the same labels: in eight bits a
    batch shares its scale, so that a text's numbers depend a little on its neighbours.
    """

    n: int
    agreement: float
    low: float
    high: float
    threshold: float
    gap: float
    alone: float
    alone_n: int

    @property
    def passed(self) -> bool:
        return self.low >= self.threshold


class GateNotPassed(Exception):
    """The exported model's labels differ too much; nothing was written. `gate` has the numbers."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(
            f"Its labels agree on {gate.agreement:.4f} of {gate.n} texts (95 % interval {gate.low:.4f} to "
            f"{gate.high:.4f}); the interval must begin at {gate.threshold:g} or above."
        )
        self.gate = gate


def export(
    name: str,
    to: Path,
    *,
    texts: Sequence[str],
    texts_from: str,
    task: Task = "sentiment",
    precision: Precision = "int8",
    threshold: float = DEFAULT_THRESHOLD,
    reduce_range: bool = False,
    options: Options = Options(),  # noqa: B008 - frozen
) -> dict[str, Any]:
    """Write the model `name` (a folder or hub name) to the new folder `to`, for onnxruntime, and return its card, which
    lies beside it as `export.json`.

    `texts` are the gate set, told apart in the card by `texts_from`. int8 is dynamic quantisation of the weights per
    channel; `reduce_range` uses seven bits, for processors without VNNI, where eight may overflow. Nothing is written
    unless the gate is passed.

    Raises GateNotPassed, EngineUnavailable (also `torch_missing` and `onnx_missing` for what exporting needs,
    `export_failed`), and ValueError for a folder that exists, a gate set without texts, and a threshold outside 0..1.
    """
    _check(to, texts, threshold)
    plain = replace(options, runtime="torch", device="cpu")
    model = Classifier(name, plain)
    label = _labeller(task, model)
    readable = [text for text in map(model.clean, dict.fromkeys(texts)) if text]
    if not readable:
        raise ValueError("the gate set holds no text")
    before = model.probabilities(readable)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as made:
        folder = Path(made) / "model"
        folder.mkdir()
        try:
            _to_onnx(load_torch(name, "cpu", is_local(name)), model, folder / "model.onnx")
            if precision == "int8":
                _to_int8(folder / "model.onnx", reduce_range=reduce_range)
        except Exception as error:  # what the exporters raise has no base of its own
            raise EngineUnavailable(
                "export_failed", f"This model cannot be exported to ONNX ({type(error).__name__})."
            ) from error
        model.config.save_pretrained(folder)
        model.save_tokenizer(folder)
        exported = Classifier(str(folder), replace(options, runtime="onnx", device="cpu"))
        gate = _gate(readable, before, exported, label, threshold)
        if not gate.passed:
            raise GateNotPassed(gate)
        card = {
            "source": model.id,
            "task": task,
            "precision": precision,
            "reduce_range": reduce_range and precision == "int8",
            "opset": _OPSET,
            "made_with": {package: metadata.version(package) for package in _BESIDE},
            "gate": {"texts": texts_from, **asdict(gate)},
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        shutil.move(folder, to)
    return card


def _check(to: Path, texts: Sequence[str], threshold: float) -> None:
    if to.exists():
        raise ValueError("the folder to write exists already")
    if not 0.0 <= threshold <= 1.0:
        raise ValueError("the threshold must lie in 0..1")
    for package, extra in _BESIDE.items():
        if find_spec(package) is None:
            raise EngineUnavailable(
                f"{extra}_missing",
                f'Exporting needs {package}. Install both extras: pip install "earshot[torch,onnx]".',
            )


def _labeller(task: Task, model: Classifier) -> _Labeller:
    """Raises EngineUnavailable `labels_unknown`."""
    if task == "irony":
        column = map_irony(model.labels)
        return lambda found: (found[:, [column]] >= 0.5).astype(np.int64)
    if task == "emotion":
        columns = map_emotions(model.labels)
        return lambda found: emotions_of(found, columns, many=model.many)[1].astype(np.int64)
    wanted: Mapping[int, int] = map_labels(model.labels)

    def sentiment(found: NDArray[np.float64]) -> NDArray[np.int64]:
        sums = np.zeros((len(found), 3))
        for index, place in wanted.items():
            sums[:, place] += found[:, index]
        best: NDArray[np.int64] = sums.argmax(axis=1)[:, None]
        return best

    return sentiment


def _gate(
    texts: Sequence[str], before: NDArray[np.float64], exported: Classifier, label: _Labeller, threshold: float
) -> Gate:
    after = exported.probabilities(texts)
    same = (label(before) == label(after)).all(axis=1) & np.isfinite(after).all(axis=1)
    # Spread over the whole set, which may be ordered.
    some = np.unique(np.linspace(0, len(texts) - 1, min(_ALONE, len(texts))).astype(np.int64))
    alone = np.concatenate([exported.probabilities([texts[place]]) for place in some])
    low, high = wilson(int(same.sum()), len(texts))
    return Gate(
        n=len(texts),
        agreement=round(float(same.mean()), 6),
        low=round(low, 6),
        high=round(high, 6),
        threshold=threshold,
        gap=round(float(np.nan_to_num(np.abs(before - after), nan=1.0).max()), 6),
        alone=round(float((label(alone) == label(after[some])).all(axis=1).mean()), 6),
        alone_n=len(some),
    )


def _to_onnx(loaded: Any, model: Classifier, file: Path) -> None:
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = loaded

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).logits

    ids = torch.tensor([model.tokenise(["a"])[0] + model.tokenise(["b"])[0]] * 2)
    mask = torch.ones_like(ids)
    mask[1, -1] = 0
    whole = {0: "texts", 1: "tokens"}
    with _quiet(), torch.inference_mode():
        # The exporter that traces: its successor needs two packages more, and gives these models the same graph.
        torch.onnx.export(
            Logits().eval(), (ids, mask), str(file), opset_version=_OPSET, dynamo=False,
            input_names=["input_ids", "attention_mask"], output_names=["logits"],
            dynamic_axes={"input_ids": whole, "attention_mask": whole, "logits": {0: "texts"}},
        )  # fmt: skip


def _to_int8(file: Path, *, reduce_range: bool) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole = file.with_name("whole")
    whole.mkdir()
    for part in list(file.parent.iterdir()):
        if part.is_file():
            part.rename(whole / part.name)
    size = sum(part.stat().st_size for part in whole.iterdir())
    with _quiet():
        quantize_dynamic(
            str(whole / file.name), str(file), weight_type=QuantType.QInt8, per_channel=True,
            reduce_range=reduce_range, use_external_data_format=size > _PROTOBUF_LIMIT,
        )  # fmt: skip
    shutil.rmtree(whole)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporters say of themselves: that one is old, that the other would like a pass before it."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
