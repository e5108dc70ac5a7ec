"""Reads a query of another dialect into ours: one explicit stack, linear time, no recursion, raises nothing.

It goes on after a mistake, so that everything that cannot be translated is named, and not only the first such thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analytics.listening.dialects.dialect import Dialect, Rule
from analytics.listening.dialects.pieces import BAD, Piece, is_nearable, joined, near, negated
from analytics.listening.dialects.symbols import Symbol, symbols
from analytics.listening.dialects.terms import Terms
from analytics.listening.parser import MAX_DEPTH

MAX_BETWEEN = 99  # words between the two sides of a nearness: our NEAR/100
_LEAVES = ("word", "phrase", "cased", "range")
_BASE = re.compile(r"([A-Za-z]+)(?:/?[0-9]*)\Z")


@dataclass(slots=True)
class _Group:
    """What one pair of parentheses has gathered. `rule` is that of the field before it; `named` is that field."""

    start: int
    symbol: Symbol | None = None
    named: Symbol | None = None
    rule: Rule | None = None
    title: bool = False
    alternatives: list[Piece] = field(default_factory=list)
    conjuncts: list[tuple[Piece, bool]] = field(default_factory=list)
    nots: list[Symbol] = field(default_factory=list)
    operator: Symbol | None = None
    mixed: set[str] = field(default_factory=set)


class Reader(Terms):
    """Reads one query."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        super().__init__(text, dialect)
        self._stack = [_Group(0)]
        self._field: Symbol | None = None
        self._plus: Symbol | None = None
        self._last: Symbol | None = None

    # --- the query as a whole ---

    def read(self) -> Piece:
        """The whole query as one piece."""
        for symbol in symbols(self.text, any_case=self.dialect.any_case):
            self._take(symbol)
            if symbol.kind != "comment":
                self._last = symbol
        end = Symbol("end", len(self.text), len(self.text))
        self._drop_waiting()
        while len(self._stack) > 1:
            group = self._stack[-1]
            if group.symbol is not None:
                self.note(group.symbol, "unclosed", "This parenthesis is never closed.", "Close it, or remove it.")
            self._close(end)
        whole = self._finish(self._stack[0], end)
        if self.comments and whole.good:
            whole = Piece(f"{whole.text} {''.join(self.comments)}", whole.kind, whole.parts)
        return whole

    def _take(self, symbol: Symbol) -> None:
        kind = symbol.kind
        if kind == "comment":
            self.kept(symbol)
            self.comments.append(f"<<<{symbol.text}>>> ")
        elif kind == "stray":
            self._stray(symbol)
        elif kind == "field":
            self._drop_waiting()
            self._field = symbol
        elif kind == "plus":
            self._drop_waiting()
            self._plus = symbol
        elif kind == "(":
            self._open(symbol)
        elif kind == ")":
            self._drop_waiting()
            if len(self._stack) == 1:
                self.note(symbol, "unopened", "This closing parenthesis was never opened.", "Remove it.")
            else:
                self.kept(symbol)
                self._close(symbol)
        elif kind == "tilde":
            self._tilde(symbol)
        elif kind in _LEAVES:
            self._leaf(symbol)
        else:
            self._drop_waiting()
            self._operate(symbol)

    def _drop_waiting(self) -> None:
        """Name a field or a plus after which nothing came that it could be about."""
        for waiting in (self._field, self._plus):
            if waiting is not None:
                self.note(waiting, "incomplete", "Nothing follows that this could be about.", "Complete or remove it.")
        if self._field is not None or self._plus is not None:
            self._add(BAD)
        self._field = self._plus = None

    def _stray(self, symbol: Symbol) -> None:
        self._drop_waiting()
        reasons = {
            "quote": "The phrase that begins here has no closing quotation mark.",
            "comment": "The comment that begins here has no closing >>>.",
            "bracket": "This bracket has no counterpart.",
        }
        self.note(symbol, "unclosed", reasons[symbol.text], "Close it, or remove it.")
        self._add(BAD)

    # --- groups ---

    def _open(self, symbol: Symbol) -> None:
        outer = self._stack[-1]
        group = _Group(symbol.start, symbol, rule=outer.rule, title=outer.title)
        if self._plus is not None:
            self._drop_waiting()
        if self._field is not None:
            name = self._field.text.lower()
            group.named, self._field = self._field, None
            self.kept(group.named)
            if name in self.dialect.titles:
                group.title = True
            elif name not in self.dialect.bodies:
                group.rule = self.rule(group.named)
        self.kept(symbol)
        if len(self._stack) == MAX_DEPTH + 1:
            self.note(symbol, "too_deep", f"The query is nested more than {MAX_DEPTH} levels deep.", "Split it.")
        self._stack.append(group)

    def _close(self, symbol: Symbol) -> None:
        group = self._stack.pop()
        piece = self._finish(group, symbol) if len(self._stack) <= MAX_DEPTH else BAD
        if group.named is not None and group.title and not self._stack[-1].title:
            piece = self.checked(group.named, Piece(f"title:({piece.text})", "fact", good=piece.good))
        self._add(piece, group.symbol)

    def _finish(self, group: _Group, symbol: Symbol) -> Piece:
        waiting = group.nots[-1] if group.nots else group.operator
        if waiting is not None:
            self.note(waiting, "incomplete", "Nothing follows this operator.", "Complete or remove it.")
        if not group.conjuncts and not group.alternatives:
            if group.symbol is None:
                if not self.notes:
                    self.note(Symbol("end", 0, len(self.text)), "empty", "The query is empty.", "Write what to find.")
            else:
                whole = Symbol("group", group.start, max(symbol.end, group.start + 1))
                self.note(whole, "empty", "There is nothing between these parentheses.", "Remove them.")
            return BAD
        if waiting is not None and not group.conjuncts:
            return BAD
        whole_group = joined([*group.alternatives, self._conjunction(group)], "or")
        return BAD if waiting is not None else whole_group

    def _conjunction(self, group: _Group) -> Piece:
        parts = [negated(piece) if negative else piece for piece, negative in group.conjuncts]
        group.conjuncts = []
        # What must be there comes first: "NOT a AND b" reads as "b NOT a", and means the same.
        return joined([*(p for p in parts if p.kind != "not"), *(p for p in parts if p.kind == "not")], "and")

    # --- operators ---

    def _operate(self, symbol: Symbol) -> None:
        group = self._stack[-1]
        if symbol.signs:
            self.note(symbol, "operator", f"{self.dialect.name} writes operators in words.", f"Write {symbol.kind}.")
        if symbol.kind in ("NOT", "minus"):
            if symbol.kind == "minus" and not self.dialect.minus:
                self.note(symbol, "differs", "The minus is read as NOT.", "Write NOT to be sure.", "warning")
            self.kept(symbol)
            group.nots.append(symbol)
            return
        if group.nots or group.operator is not None or not group.conjuncts:
            self.note(symbol, "incomplete", "This operator needs something before it.", "Complete or remove it.")
            return
        self.kept(symbol)
        group.operator = symbol
        if symbol.kind in ("AND", "OR"):
            self._mix(group, symbol)
        if symbol.kind == "OR":
            group.alternatives.append(self._conjunction(group))

    def _mix(self, group: _Group, symbol: Symbol) -> None:
        group.mixed.add(symbol.kind)
        if len(group.mixed) == 2 and not self.dialect.precedence:
            group.mixed.add("noted")
            self.note(
                symbol,
                "differs",
                f"{self.dialect.name} wants parentheses where AND and OR meet; AND is read before OR here.",
                "Look at the parentheses of the translation.",
                "warning",
            )

    def _add(self, piece: Piece, at: Symbol | None = None) -> None:
        """Put a finished piece behind the operators that wait for it."""
        group = self._stack[-1]
        operator, negative = group.operator, bool(len(group.nots) % 2)
        if operator is not None and operator.kind == "NEAR":
            if group.nots:
                self.note(group.nots[0], "operator", "NOT cannot stand in nearness.", "Exclude it beside the nearness.")
                group.conjuncts.append((BAD, False))
            else:
                left, left_negative = group.conjuncts.pop()
                group.conjuncts.append((self._nearness(left, piece, operator), left_negative))
        else:
            if operator is None and group.conjuncts and not group.nots and not self.dialect.implicit_and:
                self._imply(piece, at)
            group.conjuncts.append((piece, negative))
        group.nots.clear()
        group.operator = None

    def _imply(self, piece: Piece, at: Symbol | None) -> None:
        if at is None or not piece.good:
            return
        self.note(
            at,
            "differs",
            f"{self.dialect.name} does not say what terms side by side mean; both are asked for here.",
            "Write AND, OR or quotation marks.",
            "warning",
        )

    def _nearness(self, left: Piece, right: Piece, operator: Symbol) -> Piece:
        distance = self.dialect.near_default if operator.distance is None else operator.distance
        if distance is None or distance < 0:
            self.note(operator, "distance", "This nearness has no number of words.", "Write NEAR/5, for instance.")
            return BAD
        if not is_nearable(left) or not is_nearable(right):
            self.note(
                operator,
                "operator",
                "NEAR stands between words, phrases and ORs of them; AND, NOT and fields cannot stand in it.",
                "Write each nearness on its own and join them by AND.",
            )
            return BAD
        between = self._between(operator, distance)
        if operator.distance is None:
            reason = f"{self.dialect.name} takes at most {distance} words between where no number is given."
        else:
            reason = f"{self.dialect.name} counts the words between: {distance}. Ours counts steps, one more."
        self.note(operator, "counted", reason, "", "info")
        return near(left, right, between=between, ordered=operator.ordered)

    def _between(self, symbol: Symbol, distance: int) -> int:
        if distance <= MAX_BETWEEN:
            return distance
        self.note(
            symbol,
            "distance",
            f"At most {MAX_BETWEEN} words between are possible; texts with more between are not found.",
            "Use AND where the distance does not matter.",
            "warning",
        )
        return MAX_BETWEEN

    def _tilde(self, symbol: Symbol) -> None:
        self._drop_waiting()
        group, last = self._stack[-1], self._last
        touching = last is not None and last.end == symbol.start and last.kind in ("phrase", ")")
        if not touching or last is None or not group.conjuncts:
            self.note(symbol, "operator", "There is no search for similar spellings.", "List the spellings with OR.")
            self._add(BAD)
            return
        piece, negative = group.conjuncts.pop()
        if symbol.distance is None:
            self.note(symbol, "distance", "This nearness has no number of words.", 'Write "a b"~5, for instance.')
            piece = BAD
        elif last.kind == "phrase":
            self.kept(symbol)
            if piece.good and symbol.distance:
                piece = self._phrase_nearness(piece, symbol, symbol.distance)
        elif piece.good:
            piece = self._group_nearness(piece, symbol)
        group.conjuncts.append((piece, negative))

    def _phrase_nearness(self, piece: Piece, symbol: Symbol, distance: int) -> Piece:
        """`"a b"~5`: all words with at most five others between them, in any order."""
        if distance > MAX_BETWEEN + 1:
            self._between(symbol, distance)
        within = f"~{min(distance, MAX_BETWEEN + 1)}"
        if piece.kind == "word" and piece.text.endswith('"'):
            return self.checked(symbol, Piece(piece.text + within, "near"))
        head, title, phrase = piece.text.partition("title:")
        if piece.kind == "fact" and title and phrase.startswith('"'):
            return self.checked(symbol, Piece(f"{head}title:({phrase}{within})", "fact"))
        self.note(symbol, "operator", "Nearness is possible for phrases and in titles only.", "Remove it.")
        return BAD

    def _group_nearness(self, piece: Piece, symbol: Symbol) -> Piece:
        """`(a AND b)~5`: both within five words."""
        if piece.kind == "and" and len(piece.parts) == 2 and all(is_nearable(part) for part in piece.parts):
            self.kept(symbol)
            between = self._between(symbol, symbol.distance or 0)
            return near(piece.parts[0], piece.parts[1], between=between, ordered=False)
        self.note(
            symbol,
            "operator",
            "Nearness of a group is possible for two terms, or two ORs of terms, joined by AND.",
            "Write it with NEAR/n, two at a time.",
        )
        return BAD

    # --- terms ---

    def _leaf(self, symbol: Symbol) -> None:
        group = self._stack[-1]
        operator = _BASE.match(symbol.text) if symbol.kind == "word" and self._field is None else None
        base = (operator[1].upper() if self.dialect.any_case else operator[1]) if operator else ""
        if base in self.dialect.unsaid:
            reason, suggestion = self.dialect.unsaid[base]
            self.note(symbol, "operator", reason, suggestion)
            if group.conjuncts and not group.nots and group.operator is None:
                group.operator = Symbol("AND", symbol.start, symbol.end)
            return
        named, plus = self._field, self._plus
        self._field = self._plus = None
        whole = Symbol(symbol.kind, (named or plus or symbol).start, symbol.end)
        name = named.text.lower() if named else ""
        if named is not None and name not in self.dialect.titles and name not in self.dialect.bodies:
            self._add(self.fact(whole, self.rule(named), symbol), whole)
        elif named is None and group.rule is not None:
            self._add(self.fact(whole, group.rule, symbol), whole)
        else:
            piece = self.term(symbol, plus, whole)
            if name in self.dialect.titles and piece.good:
                piece = Piece(f"title:{piece.text}", "fact")
            self._add(self.commented(self.checked(whole, piece)), whole)
