"""One Hugging Face sequence-classification model: texts in, probabilities of its own labels out."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.language.contracts import EngineUnavailable
from analytics.language.transformer.batches import batches
from analytics.language.transformer.options import Options
from analytics.language.transformer.runtimes import OnnxRuntime, Runtime, TorchRuntime, chosen, onnx_file

CARD: Final = "export.json"
_CHARS_PER_TOKEN: Final = 16
_CHUNK: Final = 1 << 20
_TRIED: Final = ("a", "a longer one")
_BESIDE = re.compile(r"^\.|\.md$|\.lock$")  # a model's papers and what tools leave behind
_UNFIT = re.compile(r"[^\w.-]+")
_SURROGATES = re.compile("[\ud800-\udfff\x00]")


class Classifier:
    """Loads a model from a folder written by `save_pretrained` or `export_model`, or by its name on the hub. Never runs
    code that comes with a model.

    Raises EngineUnavailable: `model_not_found`, `model_unreadable`, `torch_missing`, `onnx_missing`, `not_exported`,
    `device_unavailable`.
    """

    def __init__(self, name: str, options: Options) -> None:
        self.name, self._options = name, options
        runtime = check(name, options)
        local = is_local(name)
        self._tokenizer, self.config = _tokenizer_and_config(name, local)
        self._runtime: Runtime
        if runtime == "onnx":
            file = onnx_file(Path(name))
            assert file is not None
            self._runtime = OnnxRuntime(file, options.device, options.threads)
        else:
            self._runtime = TorchRuntime(load_torch(name, options.device, local), options.device, options.threads)
        self.labels = {int(index): str(label) for index, label in self.config.id2label.items()}
        self.max_length = min(options.max_length, _limit(self._tokenizer, self.config))
        self.many = getattr(self.config, "problem_type", None) == "multi_label_classification"
        pad = self._tokenizer.pad_token_id
        # Without a token to pad with there are no batches.
        self._pad, self._rows = (0, 1) if pad is None else (int(pad), options.rows)
        self._lock = threading.Lock()
        self._try()
        self.id = _id(name, local, getattr(self.config, "_commit_hash", None))

    def _try(self) -> None:
        """Read once, so that what loads and cannot read is known before the first post."""
        try:
            found = self.probabilities(_TRIED)
        except Exception as error:  # what models raise has no base of its own
            raise EngineUnavailable(
                "model_unreadable", f"This model can be loaded, but not read with ({type(error).__name__})."
            ) from error
        if sorted(self.labels) != list(range(found.shape[1])) or not np.isfinite(found).all():
            raise EngineUnavailable("model_unreadable", "This model's outputs are not the labels of its config.json.")

    @property
    def runtime(self) -> str:
        return self._runtime.name

    @property
    def export_card(self) -> dict[str, Any] | None:
        """What `export_model` wrote about the gate that this model passed; None where nothing of it can be read."""
        try:
            found = json.loads((Path(self.name) / CARD).read_text(encoding="utf-8")) if is_local(self.name) else None
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def clean(self, text: str) -> str:
        """The part of a text that can be read at all, "" for nothing. Linear in what is kept."""
        return _SURROGATES.sub(" ", text[: self.max_length * _CHARS_PER_TOKEN]).strip()

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """n × labels: shares that sum to 1, or one probability each where the model has several labels at once. Texts
        are cleaned and not empty; each is tokenised once, and those of the same tokens are read once."""
        if not texts:
            return np.zeros((0, len(self.labels)))
        ids = self.tokenise(texts)
        places: dict[tuple[int, ...], int] = {}
        which = [places.setdefault(tuple(row), len(places)) for row in ids]
        different = list(places)
        scores: NDArray[np.float64] | None = None
        for picked in batches([len(row) for row in different], tokens=self._options.tokens, rows=self._rows):
            answer = self._runtime.logits([different[place] for place in picked], self._pad).astype(np.float64)
            if scores is None:
                scores = np.zeros((len(different), answer.shape[1]))
            scores[picked] = answer
        assert scores is not None
        scores = scores[which]
        if self.many:
            return 1.0 / (1.0 + np.exp(-np.clip(scores, -60, 60)))
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def save_tokenizer(self, folder: Path) -> None:
        """Write the tokenizer's files."""
        self._tokenizer.save_pretrained(folder)

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, cut at `max_length`, with the model's own marks around them."""
        with self._lock:  # fast tokenizers change their own truncation state
            fed = self._tokenizer(
                list(texts), truncation=True, max_length=self.max_length,
                return_attention_mask=False, return_token_type_ids=False,
            )  # fmt: skip
        found: list[list[int]] = fed["input_ids"]
        return found


def is_local(name: str) -> bool:
    """Whether a name is a folder on this machine, and not one of the hub."""
    return name.startswith((".", "/", "~")) or Path(name).exists()


def check(name: str, options: Options) -> str:
    """What can be told without loading: the runtime to be used. Raises EngineUnavailable as Classifier does."""
    if is_local(name) and not (Path(name) / "config.json").is_file():
        raise EngineUnavailable(
            "model_not_found", "There is no Hugging Face model in this folder: it has no config.json."
        )
    return chosen(name, options)


def labels_of(name: str) -> dict[int, str]:
    """The labels in a folder's config.json, without loading anything; {} where it does not name them, or for a name of
    the hub. Raises EngineUnavailable `model_unreadable`."""
    if not is_local(name):
        return {}
    try:
        found = json.loads((Path(name) / "config.json").read_text(encoding="utf-8")).get("id2label") or {}
        return {int(index): str(label) for index, label in found.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise EngineUnavailable("model_unreadable", "The model's config.json cannot be read.") from error


def load_torch(name: str, device: str, local: bool) -> Any:
    """The model in evaluation mode on `device`, in single precision on a CPU. Raises EngineUnavailable."""
    import torch
    from transformers import AutoModelForSequenceClassification

    try:
        where = torch.device(device)
    except RuntimeError as error:
        raise EngineUnavailable("device_unavailable", f'torch knows no device "{device}".') from error
    try:
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            name, trust_remote_code=False, local_files_only=local, output_loading_info=True
        )
    except Exception as error:  # unpickling, safetensors, validation: no base in common
        raise _unreadable(error, local) from error
    if loading["missing_keys"]:  # transformers would fill these with random numbers and only log it
        raise EngineUnavailable(
            "model_unreadable", "This model has no trained classification head; fine-tune it for sentiment first."
        )
    if where.type == "cpu":
        model = model.float()
    try:
        return model.to(where).eval()
    except (RuntimeError, AssertionError) as error:
        raise EngineUnavailable(
            "device_unavailable", f'torch cannot use the device "{device}" here ({type(error).__name__}).'
        ) from error


def _tokenizer_and_config(name: str, local: bool) -> tuple[Any, Any]:
    from transformers import AutoConfig, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(name, trust_remote_code=False, local_files_only=local)
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False, local_files_only=local)
        words = set(tokenizer.get_vocab().values()) - set(tokenizer.all_special_ids)
    except Exception as error:  # tokenizers and transformers raise what they like
        raise _unreadable(error, local) from error
    if not words:  # transformers makes an empty one up where the files are missing
        raise EngineUnavailable("model_unreadable", "This model has no tokenizer: its files must lie beside it.")
    return tokenizer, config


def _unreadable(error: Exception, local: bool) -> EngineUnavailable:
    helps = (
        "" if local else " Is the name right, and the hub within reach? A folder that holds the model needs no network."
    )
    return EngineUnavailable(
        "model_unreadable",
        f"transformers cannot load this as a sequence-classification model ({type(error).__name__}).{helps}",
    )


def _limit(tokenizer: Any, config: Any) -> int:
    """The most tokens the model takes. RoBERTa-like models lose two positions to padding."""
    longest = int(min(getattr(tokenizer, "model_max_length", 1_000_000), 1_000_000))
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 8:
        spare = 2 if getattr(config, "model_type", "") in ("roberta", "xlm-roberta", "camembert") else 0
        longest = min(longest, positions - spare)
    return longest


def _id(name: str, local: bool, commit: str | None) -> str:
    """Name and version: the hub's commit, or of a folder a fingerprint, so that other weights have another name."""
    shown = _UNFIT.sub("-", Path(name).resolve().name) if local else name
    version = fingerprint(Path(name)) if local else (commit or "")[:12]
    return f"{shown}@{version}" if version else shown


def fingerprint(folder: Path) -> str:
    """Eight hex digits of what is in a model's folder: names, sizes and contents."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not _BESIDE.search(path.name)):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder).as_posix()}\0{size}\0".encode())
        with file.open("rb") as opened:
            while part := opened.read(_CHUNK):
                digest.update(part)
    return digest.hexdigest()[:8]
