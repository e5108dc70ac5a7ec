"""How a transformers engine is to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Runtime = Literal["auto", "torch", "onnx"]
RUNTIMES: Final[tuple[Runtime, ...]] = ("auto", "torch", "onnx")


@dataclass(frozen=True, slots=True)
class Options:
    """`device` is a torch device ("cpu", "cuda:0", "mps"); `threads` the threads that one batch may use (0: the
    library's own choice; torch has one number for the whole process). `runtime` "auto" takes onnxruntime where the
    folder holds an exported model, else torch. Texts are cut at `max_length` tokens, or at what the model takes. A
    batch holds at most `rows` texts, and `tokens` with the padding.

    A reading whose most probable sentiment is below `abstain_below` (0..1, 0: never) abstains. `emotion` and `irony`
    name further models, folders or hub names; `fill` has the compact engine say what no model given here says.

    Raises ValueError for numbers outside their ranges.
    """

    device: str = "cpu"
    threads: int = 0
    runtime: Runtime = "auto"
    max_length: int = 256
    tokens: int = 1_024
    rows: int = 64
    abstain_below: float = 0.0
    emotion: str = ""
    irony: str = ""
    fill: bool = False

    def __post_init__(self) -> None:
        if self.rows < 1 or self.tokens < 1 or self.max_length < 4 or self.threads < 0:
            raise ValueError("rows and tokens must be at least 1, max_length at least 4, threads at least 0")
        if not 0.0 <= self.abstain_below <= 1.0 or self.runtime not in RUNTIMES:
            raise ValueError("abstain_below must lie in 0..1 and runtime be one of " + ", ".join(RUNTIMES))
