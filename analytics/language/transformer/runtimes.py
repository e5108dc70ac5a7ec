"""What does the arithmetic: torch, or onnxruntime on an exported model."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import EngineUnavailable
from analytics.language.transformer.options import Options

ONNX_FILES: Final = ("model.onnx", "onnx/model.onnx")


class Runtime(Protocol):
    """Runs one classification model. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """`torch` or `onnx`."""
        ...

    def logits(self, ids: Sequence[Sequence[int]], pad: int) -> NDArray[np.float32]:
        """n × outputs, from n > 0 token sequences; shorter ones are padded with `pad` and masked."""
        ...


class TorchRuntime:
    """A model on torch. `threads` > 0 sets torch's number, which is one for the whole process."""

    name = "torch"

    def __init__(self, model: Any, device: str, threads: int) -> None:
        import torch

        if threads:
            torch.set_num_threads(threads)
        self._torch, self._model, self._device = torch, model, device

    def logits(self, ids: Sequence[Sequence[int]], pad: int) -> NDArray[np.float32]:
        torch = self._torch
        filled, mask = padded(ids, pad)
        with torch.inference_mode():
            answer = self._model(
                input_ids=torch.from_numpy(filled).to(self._device),
                attention_mask=torch.from_numpy(mask).to(self._device),
            ).logits
            return np.asarray(answer.float().cpu().numpy(), dtype=np.float32)


class OnnxRuntime:
    """A model that was exported to ONNX (by `export_model`, or another tool with the usual names of inputs).

    Raises EngineUnavailable: `onnx_missing`, `device_unavailable`, `model_unreadable`.
    """

    name = "onnx"

    def __init__(self, file: Path, device: str, threads: int) -> None:
        import onnxruntime

        provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}.get(device.partition(":")[0], "")
        if provider not in onnxruntime.get_available_providers():
            raise EngineUnavailable(
                "device_unavailable", f'This onnxruntime has no device "{device}". Use "cpu", or a build that has it.'
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=[provider])
        except Exception as error:  # onnxruntime's errors have no base of their own
            raise EngineUnavailable(
                "model_unreadable", f"onnxruntime cannot load this model ({type(error).__name__}). Export it anew."
            ) from error
        self._inputs = {node.name for node in self._session.get_inputs()}
        if not {"input_ids", "attention_mask"} <= self._inputs <= {"input_ids", "attention_mask", "token_type_ids"}:
            raise EngineUnavailable("model_unreadable", "This ONNX model takes other inputs than token ids and a mask.")

    def logits(self, ids: Sequence[Sequence[int]], pad: int) -> NDArray[np.float32]:
        filled, mask = padded(ids, pad)
        fed = {"input_ids": filled, "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            fed["token_type_ids"] = np.zeros_like(filled)
        return np.asarray(self._session.run(None, fed)[0], dtype=np.float32)


def padded(ids: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids and mask, n × longest."""
    lengths = np.array([len(row) for row in ids])
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    filled = np.full(mask.shape, pad, dtype=np.int64)
    filled[mask.astype(bool)] = [token for row in ids for token in row]
    return filled, mask


def onnx_file(folder: Path) -> Path | None:
    """The exported model in a folder, if there is one."""
    return next((folder / name for name in ONNX_FILES if (folder / name).is_file()), None)


def chosen(name: str, options: Options) -> str:
    """ "onnx" or "torch": what the options and the folder ask for. Raises EngineUnavailable `torch_missing`,
    `onnx_missing` or `not_exported` where that cannot be had."""
    exported = onnx_file(Path(name)) is not None
    runtime = options.runtime if options.runtime != "auto" else "onnx" if exported else "torch"
    if runtime == "onnx":
        if not exported:
            raise EngineUnavailable(
                "not_exported", "onnxruntime needs a folder written by export_model: manage.py export_model --help."
            )
        if find_spec("onnxruntime") is None:
            raise EngineUnavailable(
                "onnx_missing",
                'This model needs onnxruntime. Install the optional extra: pip install "earshot[onnx]".',
            )
    elif find_spec("torch") is None:
        raise EngineUnavailable(
            "torch_missing", 'This engine needs torch. Install the optional extra: pip install "earshot[torch]".'
        )
    return runtime
