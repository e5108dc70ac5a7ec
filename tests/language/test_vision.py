"""Decoding hostile images, and the engine on tiny models built here."""

from __future__ import annotations

import random
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from analytics.language.contracts import EngineUnavailable
from analytics.language.vision.contracts import IMAGE_PROBLEMS, ImageEngine, ImageProblem
from analytics.language.vision.images import LOOKED_AT_SIDE, MAX_BYTES, decoded
from analytics.language.vision.transformer import TransformersImageEngine
from tests.language.tiny_images import HOSTILE, LABELS, bomb, picture, save_classifier, save_reader

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is an optional extra")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_usual_types_are_decoded(kind: str) -> None:
    image = decoded(picture(kind, size=(3000, 1500)))
    assert (image.mode, max(image.size)) == ("RGB", LOOKED_AT_SIDE)
    assert image.info == {}


def test_what_turns_and_what_shines_through_is_shown_as_people_see_it() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    turned[0x010E] = "someone's name"
    image = decoded(picture("JPEG", size=(40, 20), exif=turned))
    assert (image.size, dict(image.getexif())) == ((20, 40), {})
    import io

    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(out, "PNG")
    assert decoded(out.getvalue()).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_images_are_refused_with_a_code(name: str) -> None:
    with pytest.raises(ImageProblem) as refusal:
        decoded(HOSTILE[name])
    assert refusal.value.code in IMAGE_PROBLEMS


def test_size_is_judged_before_anything_is_decoded() -> None:
    with pytest.raises(ImageProblem) as refusal:
        decoded(bomb())
    assert refusal.value.code == "too_many_pixels"
    with pytest.raises(ImageProblem) as refusal:
        decoded(picture() + b"\0" * MAX_BYTES)
    assert refusal.value.code == "too_large"


def test_a_picture_with_another_file_behind_it_is_that_picture() -> None:
    polyglot = picture(colour="#ff0000") + b"PK\x03\x04<script>alert(1)</script>"
    assert decoded(polyglot).getpixel((1, 1)) == (255, 0, 0)


def test_flipped_bytes_never_do_more_than_be_refused() -> None:
    chance = random.Random(7)
    refused = []
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        whole = picture(kind, size=(60, 50))
        for _ in range(60):
            spoiled = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
            try:
                assert decoded(bytes(spoiled)).mode == "RGB"
            except ImageProblem as problem:
                refused.append(problem.code)
    assert refused
    assert set(refused) <= set(IMAGE_PROBLEMS)


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    for folders, code in (({}, "no_image_model"), ({"labels": str(tmp_path)}, "model_not_found")):
        with pytest.raises(EngineUnavailable) as refusal:
            TransformersImageEngine(**folders)
        assert refusal.value.code == code
        assert str(tmp_path) not in str(refusal.value)


@needs_torch
def test_a_classifier_labels_what_can_be_seen(tmp_path: Path) -> None:
    engine = TransformersImageEngine(labels=str(save_classifier(tmp_path / "shop")))
    assert isinstance(engine, ImageEngine)
    images = [picture(colour=colour) for colour in ("red", "white", "#123456")]
    mixed = [images[0], *HOSTILE.values(), images[1], images[2]]
    sights = engine.look(mixed)
    assert len(sights) == len(mixed)
    assert [bool(sight.problem) for sight in sights] == [False, *[True] * len(HOSTILE), False, False]
    for place, image in ((0, images[0]), (-2, images[1]), (-1, images[2])):
        sight = sights[place]
        assert {label for label, _ in sight.labels} <= set(LABELS)
        scores = [score for _, score in sight.labels]
        assert scores == sorted(scores, reverse=True)
        assert 0.99 <= sum(_all_scores(tmp_path / "shop", image)) <= 1.01
        assert scores == pytest.approx(
            [score for score in sorted(_all_scores(tmp_path / "shop", image), reverse=True) if score >= 0.1], abs=1e-3
        )
        assert (sight.text, sight.caption) == (None, None)
    assert engine.look([]) == []
    assert engine.look(images) == engine.look(images)
    assert engine.model_id.startswith("transformers/shop@")


@needs_torch
def test_a_reader_writes_down_what_it_reads(tmp_path: Path) -> None:
    engine = TransformersImageEngine(
        text=str(save_reader(tmp_path / "ocr", always="RYE")), caption=str(save_reader(tmp_path / "say", always="OPEN"))
    )
    (sight,) = engine.look([picture()])
    assert sight.labels == ()
    assert set((sight.text or "").split()) == {"RYE"}
    assert set((sight.caption or "").split()) == {"OPEN"}
    assert "text:ocr@" in engine.model_id


@needs_torch
def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    save_classifier(tmp_path / "shop")
    with pytest.raises(EngineUnavailable) as refusal:
        TransformersImageEngine(text=str(tmp_path / "shop"))
    assert refusal.value.code == "model_unreadable"
    (tmp_path / "shop" / "model.safetensors").write_bytes(b"no tensor")
    with pytest.raises(EngineUnavailable) as refusal:
        TransformersImageEngine(labels=str(tmp_path / "shop"))
    assert refusal.value.code == "model_unreadable"


def _all_scores(folder: Path, image: bytes) -> list[float]:
    """The model's own numbers, without the engine."""
    import io

    import torch
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    prepare = AutoImageProcessor.from_pretrained(folder)  # type: ignore[no-untyped-call]
    model = AutoModelForImageClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        fed = prepare(images=[Image.open(io.BytesIO(image)).convert("RGB")], return_tensors="pt")
        found: list[float] = model(**fed).logits.softmax(dim=-1)[0].tolist()
    return found
