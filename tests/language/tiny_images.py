"""Tiny image models, built and saved as Hugging Face saves models, and images to show them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

LABELS = ["Cup", "cake", "tram"]


def picture(kind: str = "PNG", *, colour: str = "#0b5d3b", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes whose header claims billions of pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


HOSTILE = {
    "empty": b"",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "truncated png": picture()[:60],
    "truncated jpeg": picture("JPEG")[:200],
    "bomb": bomb(),
    "long and thin": bomb(13_000, 1),
    "tiff behind a png's name": b"\x89PNG\r\n\x1a\n" + b"II*\0" + b"\0" * 50,
    "riff that is no webp": b"RIFF\x10\0\0\0WAVEfmt ",
    "noise": bytes(range(256)) * 20,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
    "broken gif": b"GIF89a" + b"\xff" * 30,
}


def save_classifier(folder: Path) -> Path:
    """A ViT of one layer with seeded random weights."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(7)
    config = ViTConfig(
        image_size=32, patch_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        initializer_range=0.5, id2label=dict(enumerate(LABELS)), label2id={name: i for i, name in enumerate(LABELS)},
    )  # fmt: skip
    model: Any = ViTForImageClassification(config)
    model.save_pretrained(folder)
    _save_preparation(folder)
    return folder


def save_reader(folder: Path, *, always: str = "") -> Path:
    """A ViT encoder with a GPT-2 decoder and a word tokenizer, as TrOCR is built. With `always`, its output bias has it
    write that one word (of `WRITTEN`) again and again."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        PreTrainedTokenizerFast,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTModel,
    )

    torch.manual_seed(7)
    vocabulary = {word: place for place, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", *WRITTEN])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    wrap: Any = PreTrainedTokenizerFast
    wrap(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)  # fmt: skip
    encoder: Any = ViTModel(
        ViTConfig(image_size=32, patch_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                  intermediate_size=32)
    )  # fmt: skip
    decoder: Any = GPT2LMHeadModel(
        GPT2Config(vocab_size=len(vocabulary), n_positions=32, n_embd=16, n_layer=1, n_head=2,
                   add_cross_attention=True, is_decoder=True, bos_token_id=0, pad_token_id=1, eos_token_id=2)
    )  # fmt: skip
    model: Any = VisionEncoderDecoderModel(encoder=encoder, decoder=decoder)
    model.config.decoder_start_token_id = model.generation_config.decoder_start_token_id = 0
    model.config.pad_token_id = model.generation_config.pad_token_id = 1
    model.config.eos_token_id = model.generation_config.eos_token_id = 2
    model.generation_config.max_length = 8
    if always:
        # Each step's state leans towards one direction, and the output weights of one word point that way.
        with torch.no_grad():
            decoder.transformer.ln_f.weight.zero_()
            decoder.transformer.ln_f.bias.fill_(1.0)
            decoder.transformer.wte.weight.zero_()
            decoder.transformer.wte.weight[vocabulary[always]].fill_(1.0)
    model.save_pretrained(folder)
    _save_preparation(folder)
    return folder


WRITTEN = ["OPEN", "RYE", "4.20", "ana@lime.example"]


def _save_preparation(folder: Path) -> None:
    from transformers import ViTImageProcessor

    processor: Any = ViTImageProcessor(size={"height": 32, "width": 32})
    processor.save_pretrained(folder)
