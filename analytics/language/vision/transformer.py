"""Hugging Face image models as an engine: one that labels, one that reads what is written, one that describes."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from PIL import Image

from analytics.language.contracts import EngineUnavailable
from analytics.language.transformer.classifier import fingerprint
from analytics.language.vision.contracts import ImageProblem, Sight
from analytics.language.vision.images import decoded

MOST_LABELS: Final = 5
LEAST_SCORE: Final = 0.1
LONGEST_TEXT: Final = 2_000
_AT_ONCE: Final = 8
_MOST_TOKENS: Final = 128
_UNFIT = re.compile(r"[^\w.-]+")
_ODD = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]")
_LOADING_ERRORS = (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError, AttributeError)


class TransformersImageEngine:
    """Looks with transformers models from folders: `labels` an image classifier, `text` and `caption` models that
    write text from an image (a vision encoder with a language decoder, as TrOCR is built). At least one is given.

    Needs torch. Never runs code that comes with a model, and never asks the hub. Raises EngineUnavailable:
    `no_image_model`, `model_not_found`, `torch_missing`, `model_unreadable`.
    """

    def __init__(
        self, *, labels: str = "", text: str = "", caption: str = "", device: str = "cpu", threads: int = 0
    ) -> None:
        check_folders(labels=labels, text=text, caption=caption)
        import torch

        if threads:
            torch.set_num_threads(threads)
        self._torch, self._device, self._lock = torch, device, threading.Lock()
        self._labels = _load(labels, "AutoModelForImageClassification", device) if labels else None
        self._text = _load(text, "VisionEncoderDecoderModel", device) if text else None
        self._caption = _load(caption, "VisionEncoderDecoderModel", device) if caption else None
        named = {"": labels, "text:": text, "caption:": caption}
        self._model_id = "transformers/" + "+".join(mark + _id(name) for mark, name in named.items() if name)

    @property
    def model_id(self) -> str:
        return self._model_id[:120]

    def look(self, images: Sequence[bytes]) -> list[Sight]:
        sights: list[Sight | None] = [None] * len(images)
        for start in range(0, len(images), _AT_ONCE):
            opened: dict[int, Image.Image] = {}
            for place in range(start, min(start + _AT_ONCE, len(images))):
                try:
                    opened[place] = decoded(images[place])
                except ImageProblem as problem:
                    sights[place] = Sight(problem=problem.code)
            if opened:
                for place, sight in zip(opened, self._seen(list(opened.values())), strict=True):
                    sights[place] = sight
        return [sight if sight is not None else Sight(problem="not_readable") for sight in sights]

    def _seen(self, images: list[Image.Image]) -> list[Sight]:
        try:
            return self._seen_together(images)
        except (RuntimeError, ValueError, TypeError, IndexError):
            if len(images) == 1:  # a shape that the model's own preparation cannot take
                return [Sight(problem="not_readable")]
            return [self._seen([image])[0] for image in images]

    def _seen_together(self, images: list[Image.Image]) -> list[Sight]:
        nothing: list[str | None] = [None] * len(images)
        labels: list[tuple[tuple[str, float], ...]] = [()] * len(images)
        with self._lock, self._torch.inference_mode():
            if self._labels is not None:
                labels = self._classified(images)
            texts = self._written(self._text, images) if self._text is not None else nothing
            captions = self._written(self._caption, images) if self._caption is not None else nothing
        return [
            Sight(labels=found, text=text, caption=caption)
            for found, text, caption in zip(labels, texts, captions, strict=True)
        ]

    def _classified(self, images: list[Image.Image]) -> list[tuple[tuple[str, float], ...]]:
        assert self._labels is not None
        prepare, model, _ = self._labels
        logits = model(**self._prepared(prepare, images)).logits.float()
        many = getattr(model.config, "problem_type", None) == "multi_label_classification"
        shares = (logits.sigmoid() if many else logits.softmax(dim=-1)).cpu().tolist()
        names = {int(index): _plain(str(name))[:80] for index, name in model.config.id2label.items()}
        found = []
        for row in shares:
            best = sorted(
                ((score, names[index]) for index, score in enumerate(row)), key=lambda pair: (-pair[0], pair[1])
            )
            found.append(tuple((name, round(score, 4)) for score, name in best[:MOST_LABELS] if score >= LEAST_SCORE))
        return found

    def _written(self, loaded: tuple[Any, Any, Any], images: list[Image.Image]) -> list[str | None]:
        prepare, model, tokenizer = loaded
        written = model.generate(
            **self._prepared(prepare, images),
            max_new_tokens=_room(model),
            max_length=None,
            do_sample=False,
            num_beams=1,
        )
        texts = tokenizer.batch_decode(written, skip_special_tokens=True)
        return [_plain(text)[:LONGEST_TEXT] for text in texts]

    def _prepared(self, prepare: Any, images: list[Image.Image]) -> dict[str, Any]:
        return {"pixel_values": prepare(images=images, return_tensors="pt")["pixel_values"].to(self._device)}


def _room(model: Any) -> int:
    """How many tokens the model may write: those it has places for."""
    positions = getattr(model.config.decoder, "max_position_embeddings", None)
    return min(_MOST_TOKENS, positions - 2) if isinstance(positions, int) and positions > 2 else _MOST_TOKENS


def check_folders(*, labels: str = "", text: str = "", caption: str = "") -> None:
    """What can be told without loading. Raises EngineUnavailable."""
    folders = [name for name in (labels, text, caption) if name]
    if not folders:
        raise EngineUnavailable("no_image_model", "Name a folder with an image model.")
    for name in folders:
        if not (Path(name) / "config.json").is_file():
            raise EngineUnavailable(
                "model_not_found", "There is no Hugging Face model in an image model's folder: it has no config.json."
            )
    if find_spec("torch") is None:
        raise EngineUnavailable(
            "torch_missing", 'Image models need torch. Install the optional extra: pip install "earshot[torch]".'
        )


def _load(folder: str, kind: str, device: str) -> tuple[Any, Any, Any]:
    """Preparation, model and (for one that writes) tokenizer."""
    transformers: Any = import_module("transformers")
    from safetensors import SafetensorError

    local = {"trust_remote_code": False, "local_files_only": True}
    try:
        prepare = transformers.AutoImageProcessor.from_pretrained(folder, **local)
        model, loading = getattr(transformers, kind).from_pretrained(folder, output_loading_info=True, **local)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local) if "Decoder" in kind else None
        if loading["missing_keys"]:  # transformers would fill these with random numbers and only log it
            raise EngineUnavailable("model_unreadable", "This image model lacks a part that is trained.")
        model = model.to(device).eval()
    except (*_LOADING_ERRORS, SafetensorError) as error:
        raise EngineUnavailable(
            "model_unreadable", f"transformers cannot load this as an image model of its kind ({type(error).__name__})."
        ) from error
    return prepare, model.float() if device == "cpu" else model, tokenizer


def _id(folder: str) -> str:
    return f"{_UNFIT.sub('-', Path(folder).resolve().name)[:24]}@{fingerprint(Path(folder))}"


def _plain(text: str) -> str:
    return " ".join(_ODD.sub(" ", text).split())
