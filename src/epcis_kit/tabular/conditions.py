"""Conditions: what stands behind ``when`` and ``filter``, such as ``"{dir} == I and {qty} > 0"``.

Takes a text; gives a function of the values of one row. The grammar is small: comparisons (``== != < <= > >= in``),
``is empty``, ``is not empty``, ``and``, ``or``, ``not`` and brackets; what is compared are references in braces, words,
numbers and texts in quotes. A reference alone asks whether it is there. Guarantees: nothing is evaluated as code; both
sides are compared as numbers only where one of them is a number, as dates only where one is a date; an empty value is
unequal to everything.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.dates import native_date
from epcis_kit.tabular.templates import compile_template, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.tabular.fields import Scope
    from epcis_kit.tabular.templates import Get

__all__ = ["Condition", "compile_condition"]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<ref>\{[^{}]*\})|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)"
    r"|(?P<word>[^\s(){}\[\],<>=!'\"]+))"
)
_COMPARISONS: Final = ("==", "!=", "<=", ">=", "<", ">")
_DEPTH: Final = 20


class Condition:
    """A compiled condition.

    Attributes:
        source: As written.
        holds: Whether it holds for the values of a row.
        slots: The values it reads.
    """

    __slots__ = ("holds", "slots", "source")

    def __init__(self, source: str, holds: Callable[[list[Any]], bool], slots: frozenset[int]) -> None:
        self.source = source
        self.holds = holds
        self.slots = slots


def compile_condition(content: Any, scope: Scope, place: str) -> Condition:
    """A condition of a text.

    Raises:
        MappingError: It is no condition, or names something that does not exist.
    """
    if not isinstance(content, str):
        raise MappingError(f"{place}: expected a condition such as '{{status}} == OK', got {shorten(content)}.")
    parser = _Parser(content, scope, place)
    holds = parser.either(0)
    if parser.at < len(parser.tokens):
        parser.refuse(f"the end after it, got {parser.tokens[parser.at][1]!r}")
    return Condition(content, holds, frozenset(parser.slots))


class _Parser:
    def __init__(self, text: str, scope: Scope, place: str) -> None:
        self.text, self.scope, self.place = text, scope, place
        self.tokens: list[tuple[str, str]] = []
        self.slots: set[int] = set()
        self.at = 0
        end = 0
        stripped = text.rstrip()
        while end < len(stripped):
            match = _TOKEN.match(stripped, end)
            if match is None or match.lastgroup is None:
                self.refuse(f"a reference, a word or a comparison, got {stripped[end : end + 20]!r}")
                return
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            end = match.end()

    def refuse(self, expected: str) -> None:
        raise MappingError(f"{self.place}: cannot read condition {shorten(self.text)}: expected {expected}.")

    def take(self, *words: str) -> str | None:
        """The next token where it is one of ``words``."""
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if text in words and kind in {"sign", "word"}:
                self.at += 1
                return text
        return None

    def either(self, depth: int) -> Callable[[list[Any]], bool]:
        if depth > _DEPTH:
            self.refuse(f"at most {_DEPTH} brackets within each other")
        sides = [self.both(depth)]
        while self.take("or"):
            sides.append(self.both(depth))
        if len(sides) == 1:
            return sides[0]
        return lambda values: any(side(values) for side in sides)

    def both(self, depth: int) -> Callable[[list[Any]], bool]:
        sides = [self.single(depth)]
        while self.take("and"):
            sides.append(self.single(depth))
        if len(sides) == 1:
            return sides[0]
        return lambda values: all(side(values) for side in sides)

    def single(self, depth: int) -> Callable[[list[Any]], bool]:
        if self.take("not"):
            inner = self.single(depth + 1)
            return lambda values: not inner(values)
        if self.take("("):
            inner = self.either(depth + 1)
            if not self.take(")"):
                self.refuse("a closing bracket")
            return inner
        left = self.operand()
        if self.take("is"):
            wanted = not self.take("not")
            if not self.take("empty"):
                self.refuse("'is empty' or 'is not empty'")
            return lambda values: _is_empty(left(values)) is wanted
        if self.take("in"):
            return self.contained(left)
        sign = self.take(*_COMPARISONS)
        if sign is None:
            return lambda values: not _is_empty(left(values)) and left(values) is not False
        return _comparison(left, sign, self.operand())

    def contained(self, left: Get) -> Callable[[list[Any]], bool]:
        if not self.take("["):
            self.refuse("a list in square brackets after 'in'")
        members = [self.operand()]
        while self.take(","):
            members.append(self.operand())
        if not self.take("]"):
            self.refuse("a closing square bracket")
        tests = [_comparison(left, "==", member) for member in members]
        return lambda values: any(test(values) for test in tests)

    def operand(self) -> Get:
        if self.at >= len(self.tokens):
            self.refuse("something to compare at its end")
        kind, text = self.tokens[self.at]
        if kind == "sign":
            self.refuse(f"a reference or a word, got {text!r}")
        self.at += 1
        if kind == "ref":
            template = compile_template(text, self.scope, self.place)
            self.slots |= template.slots
            return template.value
        if kind == "text":
            text = text[1:-1]
        else:
            while self.at < len(self.tokens) and self.tokens[self.at][0] == "word":
                if self.tokens[self.at][1] in {"and", "or", "is", "in", "not"}:
                    break
                text += f" {self.tokens[self.at][1]}"
                self.at += 1
        return lambda _: text


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _comparison(left: Get, sign: str, right: Get) -> Callable[[list[Any]], bool]:
    def holds(values: list[Any]) -> bool:
        one, two = left(values), right(values)
        if one is None or two is None:
            return sign == "!=" and one is not two
        one, two = _alike(one, two, ordered=sign not in {"==", "!="})
        if sign == "==":
            return bool(one == two)
        if sign == "!=":
            return bool(one != two)
        if sign == "<":
            return bool(one < two)
        if sign == "<=":
            return bool(one <= two)
        return bool(one > two) if sign == ">" else bool(one >= two)

    return holds


def _alike(one: Any, two: Any, *, ordered: bool) -> tuple[Any, Any]:
    """Both sides as the same type."""
    for kind, convert in ((Decimal, _as_number), (date, _as_moment)):
        if isinstance(one, kind) or isinstance(two, kind):
            first, second = convert(one), convert(two)
            if first is not None and second is not None:
                return first, second
    texts = text_of(one), text_of(two)
    if ordered:
        numbers = _as_number(texts[0]), _as_number(texts[1])
        if None not in numbers:
            return numbers
    return texts


def _as_number(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    text = text_of(value)
    if len(text) > 80 or not re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the form above leaves nothing to refuse
        return None


def _as_moment(value: Any) -> datetime | None:
    found = value if isinstance(value, date) else native_date(text_of(value))
    if found is None:
        return None
    moment = found if isinstance(found, datetime) else datetime.combine(found, time())
    return moment.replace(tzinfo=None)
