"""The mapping of a file's columns to a post's fields: guesses, what the user says, and whether it can work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.sources.files.columns import FIELDS
from analytics.sources.files.guessing import ColumnGuess
from analytics.sources.problems import FileProblem

MAX_CONSTANT = 200
# Posts differ in these. And a person's name does not belong into a mapping, which is stored and shown as it is.
NEVER_CONSTANT = frozenset({"text", "external_id", "author", "author_name", "author_url"})


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """`columns`: field -> column name. `constants`: field -> the same value for every row. `guesses`: what was
    guessed, with confidence and reason, for the fields that the user did not decide."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    guesses: tuple[ColumnGuess, ...]


def decide_mapping(
    columns: Sequence[str], guesses: Mapping[str, ColumnGuess], override: Mapping[str, object] | None
) -> ColumnMapping:
    """Put what the user says above the guesses.

    `override` gives per field a column's name, None (no column, whatever was guessed) or {"value": text}, a
    constant. A column that the user gives to a field is taken from guessed fields.
    Raises `FileProblem` naming the field: `unknown_field`, `unknown_column`, `invalid_mapping`, and
    `missing_column` where neither text nor title, or no time, is left.
    """
    chosen: dict[str, str] = {}
    constants: dict[str, str] = {}
    said = dict(override or {})
    for field, choice in said.items():
        if field not in FIELDS:
            shown = str(field)[:40]
            raise FileProblem(
                "unknown_field", f"A post has no field {shown!r}; it has {', '.join(FIELDS)}.", field=shown
            )
        if choice is None:
            continue
        if isinstance(choice, str):
            if choice not in columns:
                raise FileProblem("unknown_column", f"The file has no such column for {field}.", field=field)
            chosen[field] = choice
        elif isinstance(choice, Mapping) and set(choice) == {"value"} and isinstance(choice["value"], str):
            if not choice["value"].strip() or len(choice["value"]) > MAX_CONSTANT or "\0" in choice["value"]:
                raise FileProblem("invalid_mapping", f"The constant for {field} is empty or too long.", field=field)
            constants[field] = choice["value"].strip()
        else:
            raise FileProblem("invalid_mapping", f'{field} takes a column name, null or {{"value": "…"}}.', field=field)
    for field in sorted(NEVER_CONSTANT.intersection(constants)):
        raise FileProblem("invalid_mapping", f"{field} cannot be the same for every row.", field=field)
    taken = set(chosen.values())
    kept = [guess for guess in guesses.values() if guess.field not in said and guess.column not in taken]
    chosen.update({guess.field: guess.column for guess in kept})
    if "text" not in chosen and "title" not in chosen:
        raise FileProblem("missing_column", "No column holds the text of a post; name it in the mapping.", field="text")
    if "created_at" not in chosen and "created_at" not in constants:
        raise FileProblem(
            "missing_column",
            "No column holds the time of a post; name it in the mapping, or give a constant.",
            field="created_at",
        )
    ordered = {field: chosen[field] for field in FIELDS if field in chosen}
    return ColumnMapping(ordered, constants, tuple(kept))
