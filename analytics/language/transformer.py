"""Any Hugging Face sequence-classification model as an engine: a folder, or a name on the hub."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from analytics.language.contracts import SENTIMENTS, UNDECIDED, EngineUnavailable, Reading, to_shares
from analytics.language.langid import identify

DEFAULT_MAX_LENGTH: Final = 256
_CHARS_PER_TOKEN: Final = 16
_SURROGATES = re.compile("[\ud800-\udfff\x00]")

_WORDS: Final[Mapping[str, int]] = {
    "negative": 0, "neg": 0, "neutral": 1, "neu": 1, "positive": 2, "pos": 2,
}  # fmt: skip
_STARS = re.compile(r"([1-5])(?:\s*stars?|_stars?)?")
_BARE = re.compile(r"label_(\d+)")


class TransformersEngine:
    """Reads with a transformers model on torch, an optional extra (`earshot[torch]`).

    `path_or_name` is a folder written by `save_pretrained` or a hub name; `device` a torch device ("cpu",
    "cuda:0"); `batch_size` > 0 texts go through at once, sorted by length; texts are cut at `max_length` tokens
    (or at what the model takes, if less). Never runs code that comes with a model.

    Raises EngineUnavailable: `torch_missing`, `model_not_found`, `model_unreadable`, or `labels_unknown` when
    the model's labels are not sentiments we can name.
    """

    def __init__(
        self, path_or_name: str, *, device: str = "cpu", batch_size: int = 32, max_length: int = DEFAULT_MAX_LENGTH
    ) -> None:
        if batch_size < 1 or max_length < 4:
            raise ValueError("batch_size must be at least 1 and max_length at least 4")
        self._name = path_or_name
        folder = Path(path_or_name)
        local = folder.exists() or path_or_name.startswith((".", "/"))
        if local and not (folder / "config.json").is_file():
            raise EngineUnavailable(
                "model_not_found", "There is no Hugging Face model in this folder: it has no config.json."
            )
        if find_spec("torch") is None:
            raise EngineUnavailable(
                "torch_missing", 'This engine needs torch. Install the optional extra: pip install "earshot[torch]".'
            )
        self._torch, self._tokenizer, self._model = _load(path_or_name, device, local)
        labels = {int(index): str(label) for index, label in self._model.config.id2label.items()}
        self._columns = map_labels(labels)
        self._labels = labels
        self._device, self._batch_size = device, batch_size
        self._max_length = min(max_length, _limit(self._tokenizer, self._model.config))
        self._lock = threading.Lock()
        revision = getattr(self._model.config, "_commit_hash", None)
        shown = folder.resolve().name if local else path_or_name
        self._model_id = f"transformers/{shown}" + (f"@{revision[:12]}" if revision else "")

    @property
    def model_id(self) -> str:
        return self._model_id

    def read(self, texts: Sequence[str], hints: Sequence[str] | None = None) -> list[Reading]:
        if hints is not None and len(hints) != len(texts):
            raise ValueError("as many hints as texts, please")
        tags = hints if hints is not None else [""] * len(texts)
        beliefs: list[tuple[float, float, float]] = [(1 / 3, 1 / 3, 1 / 3)] * len(texts)
        cleaned = [_SURROGATES.sub(" ", text[: self._max_length * _CHARS_PER_TOKEN]).strip() for text in texts]
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted((i for i, text in enumerate(cleaned) if text), key=lambda i: (len(cleaned[i]), i))
        for start in range(0, len(order), self._batch_size):
            picked = order[start : start + self._batch_size]
            for index, belief in zip(picked, self._classify([cleaned[i] for i in picked]), strict=True):
                beliefs[index] = belief
        return [
            self._reading(text, tag, cut, belief)
            for text, tag, cut, belief in zip(texts, tags, cleaned, beliefs, strict=True)
        ]

    def card(self) -> Mapping[str, object]:
        two = sorted(set(self._columns.values())) == [0, 2]
        note = "Two classes only: neutral is always 0." if two else ""
        return {
            "name": self._model_id,
            "version": "",
            "source": self._name if not Path(self._name).exists() else Path(self._name).resolve().name,
            "labels": {self._labels[index]: SENTIMENTS[column] for index, column in self._columns.items()},
            "max_length": self._max_length,
            "device": self._device,
            "note": " ".join(filter(None, (note, "Scores, data and licence: see the model's own card."))),
        }

    def _classify(self, texts: list[str]) -> list[tuple[float, float, float]]:
        torch = self._torch
        with self._lock, torch.inference_mode():  # fast tokenizers change their own truncation state
            fed = self._tokenizer(
                texts, padding=True, truncation=True, max_length=self._max_length, return_tensors="pt"
            )
            scores = self._model(**{name: values.to(self._device) for name, values in fed.items()}).logits
            shares = torch.softmax(scores.double(), dim=-1).cpu().tolist()
        merged = []
        for row in shares:
            sums = [0.0, 0.0, 0.0]
            for index, column in self._columns.items():
                sums[column] += row[index]
            total = sum(sums)
            merged.append(to_shares(sums[0] / total, sums[2] / total))
        return merged

    def _reading(self, text: str, tag: str, cleaned: str, belief: tuple[float, float, float]) -> Reading:
        guess = identify(text, tag)
        reason = "" if cleaned else "empty_text"
        return Reading(
            language=guess.language if cleaned else UNDECIDED,
            language_confidence=guess.confidence if cleaned else 0.0,
            negative=belief[0],
            neutral=belief[1],
            positive=belief[2],
            sentiment="" if reason else SENTIMENTS[belief.index(max(belief))],
            abstained=bool(reason),
            abstain_reason=reason,
            model_id=self._model_id,
        )


def map_labels(labels: Mapping[int, str]) -> dict[int, int]:
    """Which of our columns (0 negative, 1 neutral, 2 positive) each output of a model belongs to.

    Knows negative/neutral/positive and their short forms in any order, 1 to 5 stars (1-2, 3, 4-5), and bare
    LABEL_0… read as negative, (neutral,) positive for two or three outputs. Raises EngineUnavailable
    (`labels_unknown`) for anything else: a toxicity or topic model must not pass as sentiment.
    """
    names = {index: label.strip().lower() for index, label in labels.items()}
    wanted: dict[int, int] | None = None
    if all(name in _WORDS for name in names.values()):
        wanted = {index: _WORDS[name] for index, name in names.items()}
    elif all(_BARE.fullmatch(name) for name in names.values()) and len(names) in (2, 3):
        wanted = {index: index if len(names) == 3 else 2 * index for index in names}
    elif len(names) == 5 and all(_STARS.fullmatch(name) for name in names.values()):
        stars = {index: int(name[0]) for index, name in names.items()}
        if sorted(stars.values()) == [1, 2, 3, 4, 5]:
            wanted = {index: 0 if star < 3 else 1 if star == 3 else 2 for index, star in stars.items()}
    if wanted is None or not {0, 2} <= set(wanted.values()):
        raise EngineUnavailable(
            "labels_unknown",
            "This model's labels are not sentiments we know: negative, (neutral,) positive or 1 to 5 stars.",
        )
    return wanted


def _load(path_or_name: str, device: str, local: bool) -> tuple[Any, Any, Any]:
    """torch, tokenizer and model in evaluation mode on `device`."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path_or_name, trust_remote_code=False, local_files_only=local)
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            path_or_name, trust_remote_code=False, local_files_only=local, output_loading_info=True
        )
        model = model.to(device).eval()
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise EngineUnavailable(
            "model_unreadable",
            f"transformers cannot load this as a sequence-classification model ({type(error).__name__}).",
        ) from error
    if loading["missing_keys"]:  # transformers would fill these with random numbers and only log it
        raise EngineUnavailable(
            "model_unreadable", "This model has no trained classification head; fine-tune it for sentiment first."
        )
    return torch, tokenizer, model


def _limit(tokenizer: Any, config: Any) -> int:
    """The most tokens the model takes. RoBERTa-like models lose two positions to padding."""
    longest = int(min(getattr(tokenizer, "model_max_length", DEFAULT_MAX_LENGTH), 1_000_000))
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 8:
        spare = 2 if getattr(config, "model_type", "") in ("roberta", "xlm-roberta", "camembert") else 0
        longest = min(longest, positions - spare)
    return longest
