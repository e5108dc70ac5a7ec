"""What a post wants: complaint, question, praise, purchase interest, churn risk, spam. Rules by language, with their
evidence; of languages without rules nothing is said."""

from __future__ import annotations

from analytics.language.intents.finding import THRESHOLD, Evidence, Intents, find_intents, find_many, with_intents
from analytics.language.intents.rules import LANGUAGES

__all__ = ["LANGUAGES", "THRESHOLD", "Evidence", "Intents", "find_intents", "find_many", "with_intents"]
