"""What posts of an industry speak of: aspects and their parts, with the words for them in each language.

Plain data in `ontologies/`, written by us. An aspect of an aspect has its key in front ("food.taste").
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "ontologies"
LANGUAGES: Final = ("ar", "de", "en", "es", "fr", "hi", "it", "nl", "pt")
ONTOLOGY_ID: Final = "ontology/1"
INDUSTRIES: Final = ("gyms", "health", "hotels", "restaurants", "retail", "saas")
_SHARED: Final = "shared"


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that people speak of. `terms` are, per language, words and phrases of the query language (one that
    begins with "=" is a whole query); the first is its name there."""

    key: str
    name: str
    about: str
    terms: Mapping[str, tuple[str, ...]]

    @property
    def parent(self) -> str:
        """The key of the aspect that this is a part of, "" for none."""
        return self.key.rpartition(".")[0]

    def name_in(self, language: str) -> str:
        """Its name in a language, in English where there is none."""
        terms = self.terms.get(language)
        if not terms or language == "en":
            return self.name
        name = terms[0].rstrip("*")
        return name[:1].upper() + name[1:]


@dataclass(frozen=True, slots=True)
class Industry:
    """The aspects of one industry, each after the one it is a part of."""

    key: str
    name: str
    aspects: tuple[Aspect, ...]


@cache
def industry(key: str) -> Industry:
    """The ontology of one of INDUSTRIES. Raises KeyError for another."""
    if key not in INDUSTRIES:
        raise KeyError(key)
    shared, own = _read(_SHARED), _read(key)
    rows = {name: row for name, row in own.items() if isinstance(row, dict)}
    rows.update({name: shared[name] for name in own["shared"] if name not in rows})
    aspects = [
        Aspect(
            name,
            row["name"],
            row["about"],
            {language: tuple(row[language]) for language in LANGUAGES if row.get(language)},
        )
        for name, row in rows.items()
    ]
    order = list(rows)
    aspects.sort(key=lambda aspect: (order.index(aspect.key.split(".")[0]), aspect.key))
    return Industry(key, own["name"], tuple(aspects))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
