"""Model cards: `shape` says what one holds, `read_card` makes one from JSON or says what is wrong with it."""

from analytics.language.cards.reading import CardInvalid, card_as_json, read_card
from analytics.language.cards.shape import HEADS, ModelCard

__all__ = ["HEADS", "CardInvalid", "ModelCard", "card_as_json", "read_card"]
