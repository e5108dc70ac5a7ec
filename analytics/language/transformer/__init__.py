"""Any Hugging Face sequence-classification model as an engine: a folder, or a name on the hub."""

from __future__ import annotations

from analytics.language.transformer.classifier import check, labels_of
from analytics.language.transformer.engine import TransformersEngine
from analytics.language.transformer.labels import map_emotions, map_irony, map_labels
from analytics.language.transformer.options import Options

__all__ = ["Options", "TransformersEngine", "check", "labels_of", "map_emotions", "map_irony", "map_labels"]
