"""What the transformers engine costs per post, against the call that everybody writes first.

    python -m tests.benchmarks.transformers_speed [--posts 300] [--rounds 3]

Prints one JSON object last; `measure` gives the same to `tests.benchmarks.language`. Needs both extras, torch and onnx:
without them it says `"skipped"`.

One model for all: the shape of XLM-R base (12 layers, 768 wide, 12 heads, 3,072 between), random weights, single
precision. Its vocabulary has 4,000 pieces instead of 250,002: a look-up table, which costs memory and no time. The
pieces are trained on the demo's posts; the posts that are read are those too, all different, taken evenly from the
shortest to the longest, so their lengths are those of such posts: `tokens` tells the mean and the deciles.

- `naive`: posts per CPU second of `transformers.pipeline("text-classification")`, called with one post after the other.
- `torch`, `onnx` and `int8`: of our engine's `read`, all posts at once, with language identification: on torch, on
  onnxruntime in the same precision, and on onnxruntime in eight bits. `times_…` is how many times naive's that is, the
  median of the rounds; in each round they take turns.

All run on one thread, so that a CPU second is what a second of one core would be; counted are those of the whole
process. `gate_int8` is the gate's report on that model; with random weights it says nothing about trained ones.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PIECES = 4_000


def measure(*, posts: int = 300, rounds: int = 3) -> dict[str, Any]:
    """The figures told above; {"skipped": why} where an extra is missing. Takes minutes, and 2 GB."""
    missing = [package for package in ("torch", "onnx", "onnxruntime") if find_spec(package) is None]
    if missing:
        return {"skipped": f"needs {', '.join(missing)}"}
    import torch
    from transformers import pipeline
    from transformers.utils import logging

    from analytics.language.transformer import Options, TransformersEngine
    from analytics.language.transformer.export import export

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    plain = Options(threads=1)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        texts = demo_posts()
        model = save_base_model(Path(folder) / "model", texts)
        sample = evenly(texts, posts)
        cards = {
            name: export(
                str(model), Path(folder) / name, texts=sample, texts_from="the benchmark's posts",
                precision=precision, threshold=0.0, options=plain,
            )
            for name, precision in (("onnx", "float32"), ("int8", "int8"))
        }  # fmt: skip
        naive = pipeline("text-classification", model=str(model), device=-1)
        folders = {"torch": str(model), "onnx": f"{folder}/onnx", "int8": f"{folder}/int8"}
        engines = {name: TransformersEngine(path, plain) for name, path in folders.items()}
        few = evenly(sample, max(1, posts // 3))

        def one_by_one() -> None:
            for text in few:
                naive(text)

        speeds: dict[str, list[float]] = {name: [] for name in ("naive", *engines)}
        naive(sample[:2])
        for engine in engines.values():
            engine.read(sample[:2])
        for _ in range(rounds):
            speeds["naive"].append(len(few) / cpu_s(one_by_one))
            for name, engine in engines.items():
                speeds[name].append(len(sample) / cpu_s(lambda engine=engine: engine.read(sample)))  # type: ignore[misc]
        tokens = sorted(len(row) for row in engines["torch"]._sentiment.tokenise(sample))
    return {
        "model": "XLM-R base's shape, random weights, 4,000 pieces",
        "posts": len(sample),
        "tokens": {"mean": round(statistics.mean(tokens), 1), "deciles": statistics.quantiles(tokens, n=10)},
        **{f"{name}_posts_per_cpu_s": round(statistics.median(found), 1) for name, found in speeds.items()},
        **{
            f"times_{name}": round(
                statistics.median(ours / theirs for ours, theirs in zip(speeds[name], speeds["naive"], strict=True)), 2
            )
            for name in engines
        },
        "gate_int8": cards["int8"]["gate"],
    }


def cpu_s(work: Callable[[], object]) -> float:
    """Processor seconds of this process, all threads."""
    before = time.process_time()
    work()
    return time.process_time() - before


def demo_posts() -> list[str]:
    """The demo's different texts."""
    from analytics.sources.corpus import corpus

    return list(dict.fromkeys(post.text for post in corpus().posts))


def evenly(texts: Sequence[str], wanted: int) -> list[str]:
    """`wanted` texts, evenly from the shortest to the longest, then mixed up again by a fixed stride."""
    ordered = sorted(texts, key=lambda text: (len(text), text))
    picked = [ordered[int((place + 0.5) * len(ordered) / wanted)] for place in range(min(wanted, len(ordered)))]
    return [picked[place] for start in range(7) for place in range(start, len(picked), 7)]


def save_base_model(folder: Path, texts: Sequence[str]) -> Path:
    """A sequence classifier of XLM-R base's shape with seeded random weights, and a tokenizer trained on `texts`."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(
        texts,
        trainers.UnigramTrainer(vocab_size=PIECES, special_tokens=special, unk_token="<unk>", show_progress=False),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    wrap: Any = PreTrainedTokenizerFast
    wrap(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        cls_token="<s>", sep_token="</s>", model_max_length=512,
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(7)
    names = ["negative", "neutral", "positive"]
    config = XLMRobertaConfig(
        vocab_size=PIECES, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072,
        max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        id2label=dict(enumerate(names)), label2id={name: place for place, name in enumerate(names)},
    )  # fmt: skip
    model: Any = XLMRobertaForSequenceClassification(config)
    model.save_pretrained(folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.posts < 10 or options.rounds < 1:
        parser.error("at least 10 posts and 1 round")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.path.append(str(ROOT / "platform"))
    print(json.dumps(measure(posts=options.posts, rounds=options.rounds)))


if __name__ == "__main__":
    main()
