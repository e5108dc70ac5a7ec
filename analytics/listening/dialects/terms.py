"""Translates single terms and fields, and keeps the remarks on them."""

from __future__ import annotations

from analytics.listening.dialects.dialect import Dialect, Rule, Value
from analytics.listening.dialects.pieces import BAD, Piece, spelled
from analytics.listening.dialects.rules import unsaid
from analytics.listening.dialects.symbols import Symbol
from analytics.listening.dialects.translation import Note, Severity
from analytics.listening.parser import parse
from analytics.listening.tree import QueryError

_TERM = "anchor AND "  # before a term on its own, so that the guard against queries without one stays quiet


class Terms:
    """What is known of a query of `dialect` that is being read: `notes` and `translated` fill meanwhile."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text = text
        self.dialect = dialect
        self.notes: list[Note] = []
        self.translated: list[tuple[int, int]] = []
        self.comments: list[str] = []

    def note(self, symbol: Symbol, code: str, reason: str, suggestion: str = "", severity: Severity = "error") -> None:
        token = self.text[symbol.start : symbol.end]
        self.notes.append(Note(symbol.start, symbol.end - symbol.start, token, code, severity, reason, suggestion))

    def kept(self, symbol: Symbol) -> None:
        self.translated.append((symbol.start, symbol.end))

    def commented(self, piece: Piece) -> Piece:
        if not self.comments or not piece.good:
            return piece
        text = "".join(self.comments) + piece.text
        self.comments.clear()
        return Piece(text, piece.kind, piece.parts)

    def term(self, symbol: Symbol, plus: Symbol | None, whole: Symbol) -> Piece:
        """A word, phrase or {Case}; `whole` is where it stands with the field or sign before it."""
        text = " ".join(symbol.text.split())
        if symbol.kind == "range" or (symbol.kind == "cased" and not self.dialect.braces):
            self.note(whole, "operator", f"{self.dialect.name} gives these brackets no meaning here.", "Remove them.")
            return BAD
        if symbol.kind == "cased" or (plus is not None and plus.text == "++"):
            self.signs(symbol)
            return Piece("{" + text.strip('"') + "}", "word")
        if symbol.kind == "phrase" and "? " in text + " ":
            reason = "In quotation marks a ? at the end of a word is punctuation, not any letter."
            self.note(symbol, "differs", reason, "Write the word outside quotation marks, with ONEAR/1.", "warning")
        if plus is not None or (self.dialect.plus and symbol.kind == "word"):
            self.signs(symbol)
        return Piece(f'"{text}"' if symbol.kind == "phrase" else spelled(text), "word")

    def signs(self, symbol: Symbol) -> None:
        signs = "".join(dict.fromkeys(c for c in symbol.text if c in "+&-/.!%='"))
        if signs:
            self.note(
                symbol, "differs", f"Signs inside words ({signs}) are not compared; the words are.", "", "warning"
            )

    def rule(self, named: Symbol) -> Rule:
        """What becomes of a field; of one that is not known: nothing."""
        return self.dialect.fields.get(named.text.lower()) or unsaid(
            f"{self.dialect.name} has no field {named.text} that is known here.",
            "If it is text to look for, put it in quotation marks.",
        )

    def fact(self, whole: Symbol, rule: Rule, symbol: Symbol) -> Piece:
        """A field's value by its rule; `whole` is where both stand."""
        said = rule(Value(" ".join(symbol.text.split()), symbol.kind))
        if said.text is None:
            self.note(whole, said.code or "value", said.reason, said.suggestion)
            return BAD
        if said.reason:
            self.note(whole, said.code or "differs", said.reason, said.suggestion, said.severity)
        return self.commented(self.checked(whole, Piece(said.text, "word" if said.text[:1] in "#@{" else "fact")))

    def checked(self, symbol: Symbol, piece: Piece) -> Piece:
        """The piece, if our parser takes it; otherwise its complaint becomes a note."""
        if not piece.good:
            return piece
        try:
            parse(_TERM + piece.text)
        except QueryError as error:
            self.note(symbol, "query_syntax", error.message, error.suggestion)
            return BAD
        self.kept(symbol)
        return piece
