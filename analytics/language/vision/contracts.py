"""What every image engine answers: frozen, plain, free of Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

IMAGE_PROBLEMS: Final = (
    "unsupported_type",
    "too_large",
    "too_many_pixels",
    "broken_image",
    "not_readable",
)


class ImageProblem(ValueError):
    """An image that is not looked at. `code` is one of `IMAGE_PROBLEMS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sight:
    """What an engine made of one image. `labels` with scores in 0..1, the highest first; `text` is what is written in
    it and `caption` what it shows in a sentence, None where the engine does not say. `problem` is the code of an
    `ImageProblem`, and then there is nothing else."""

    labels: tuple[tuple[str, float], ...] = ()
    text: str | None = None
    caption: str | None = None
    problem: str = ""


@runtime_checkable
class ImageEngine(Protocol):
    """Looks at images. Implementations are deterministic and safe to call from several threads."""

    @property
    def model_id(self) -> str:
        """Name and version, stored with what was seen."""
        ...

    def look(self, images: Sequence[bytes]) -> list[Sight]:
        """One sight per image, in order. Never raises for what an image holds."""
        ...
