"""Identifiers: the GS1 key that a template stands for, as Digital Link or EPC URN.

Takes compiled templates and how the mapping wants identifiers written; gives functions from the values of a row to a
text. Guarantees: a key that is made of key fields is a key, anything else has to be a URI; a URN is written only where
the length of the company prefix is known (from the row, a list, the mapping or the published table), else a Digital
Link or an error, as the mapping says; nothing is guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import IdentifierError, MappingError, shorten
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.gs1.epc_urns import elements_to_urn
from epcis_kit.gs1.identity_links import CANONICAL_STEM, checked_key, identity_of, percent_encode
from epcis_kit.gs1.prefixes import find_company_prefix_length, key_digits
from epcis_kit.gs1.schemes import CHECKED_DIGITS, LINK_KEYS, QUALIFIER_PATTERNS
from epcis_kit.tabular.cells import KEY_AIS, Record
from epcis_kit.tabular.templates import KEY_CALLS, Ref, Template, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.tabular.fields import Scope
    from epcis_kit.tabular.templates import Get

__all__ = ["Spelling", "key_maker", "list_maker"]

_QUALIFIERS: Final = {"lot": "10", "serial": "21"}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s]{1,2000}").fullmatch
_KEPT: Final = 8192


class Spelling:
    """How identifiers are written.

    Attributes:
        ids: ``"digital_link"`` or ``"urn"``.
        stem: What stands before the path of Digital Links.
        gcp_length: Digits of the company prefix of every key; ``None`` where it is not known for all.
        prefixes: Company prefixes that are known.
        column: Function from a row to the prefix, or the number of its digits, in a column.
        slots: What that function reads.
        unknown: ``"digital_link"`` or ``"error"`` where no length is known.
    """

    def __init__(
        self, *, ids: str = "digital_link", stem: str = CANONICAL_STEM, gcp_length: int | None = None,
        prefixes: frozenset[str] = frozenset(), column: Get | None = None, unknown: str = "digital_link",
        slots: frozenset[int] = frozenset(),
    ) -> None:  # fmt: skip
        self.ids = ids
        self.stem = stem
        self.gcp_length = gcp_length
        self.prefixes = prefixes
        self.column = column
        self.slots = slots
        self.unknown = unknown
        self._urns: dict[Any, str] = {}

    def length(self, ai: str, value: str, values: list[Any]) -> int | None:
        """Digits of the company prefix of a key in a row; ``None`` where nothing says it."""
        digits = key_digits(ai, value)
        if self.column is not None:
            given = self.column(values)
            text = "" if given is None else text_of(given)
            if 1 <= len(text) <= 2 and text.isdecimal() and ai in {"00", "01"}:
                return int(text)
            if 6 <= len(text) <= 12 and digits.startswith(text):
                return len(text)
        for length in range(12, 5, -1) if self.prefixes else ():
            if digits[:length] in self.prefixes:
                return length
        return self.gcp_length if self.gcp_length is not None else find_company_prefix_length(ai, value)

    def spell(self, elements: tuple[tuple[str, str], ...], values: list[Any]) -> str:
        """A key and its qualifiers as the mapping wants them.

        Raises:
            ValueError: It cannot be written as a URN, and a link is not wanted.
        """
        if self.ids != "urn":
            return self.stem + "".join([f"/{ai}/{percent_encode(value)}" for ai, value in elements])
        ai, value = elements[0]
        length = self.length(ai, value, values)
        if (length is None or not 6 <= length <= 12) and self.unknown == "digital_link":
            return self.stem + "".join([f"/{ai}/{percent_encode(value)}" for ai, value in elements])
        found = self._urns.get((elements, length))
        if found is None:
            try:
                found = elements_to_urn(_with_check_digit(elements), length)
            except IdentifierError as error:
                raise ValueError(str(error)) from None
            if len(self._urns) >= _KEPT:
                self._urns.clear()
            self._urns[elements, length] = found
        return found


def _with_check_digit(elements: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The elements with a right check digit, which a URN does not carry: a trusted one may be wrong."""
    (ai, value), *rest = elements
    where = CHECKED_DIGITS.get(ai)
    if where is None:
        return elements
    start, end = where[0] or 0, where[1] or len(value)
    body = value[start:end]
    right = mod10_digit(body[:-1])
    return ((ai, value[: end - 1] + right + value[end:]), *rest)


def key_maker(template: Template, scope: Scope, spelling: Spelling, place: str, *, as_place: bool = False) -> Get:
    """The function from the values of a row to an identifier; ``None`` where a part of it is empty.

    Args:
        template: What the mapping says.
        scope: Where it was compiled.
        spelling: How identifiers are written.
        place: Where it stands, for messages.
        as_place: 13 digits are the GLN of a place.

    Raises:
        MappingError: A call has an argument that cannot be what it needs.
    """
    if template.call is not None:
        return _call(template.call, scope, spelling, place)
    refs = [part for part in template.parts if isinstance(part, Ref)]
    if len(refs) == 1 and len(template.parts) == 1 and refs[0].kind == "scan":
        return _scanned(refs[0], spelling)
    if refs and all(isinstance(part, Ref) or part == "." for part in template.parts):
        refs = [scope.typed_ref(ref, place) for ref in refs]
        elements = [(ref.place or KEY_AIS.get(ref.kind) or _QUALIFIERS.get(ref.kind), ref.get) for ref in refs]
        if elements[0][0] in {*KEY_AIS.values(), "417"} and all(ai in _QUALIFIERS.values() for ai, _ in elements[1:]):
            return _from_elements([(str(ai), get) for ai, get in elements], spelling)
    if template.constant:
        text = template.source
        made = text if _URI(text) else _read_text(text, spelling, [], as_place=as_place)
        return lambda _: made
    text_get = template.text
    kept: dict[str, str] = {}

    def make(values: list[Any]) -> str | None:
        text = text_get(values)
        if text is None or _URI(text):
            return text
        found = kept.get(text)
        if found is None or spelling.column is not None:
            found = _read_text(text, spelling, values, as_place=as_place)
            if len(kept) >= _KEPT:
                kept.clear()
            kept[text] = found
        return found

    return make


def _read_text(text: str, spelling: Spelling, values: list[Any], *, as_place: bool) -> str:
    """A text that is no URI: a GS1 key in some other spelling."""
    from epcis_kit.gs1.keys import parse_key  # noqa: PLC0415 - loaded where a text is no URI

    try:
        if as_place and len(text) == 13 and text.isdecimal() and text.isascii():
            return spelling.spell((("414", checked_key("414", text)),), values)
        key = parse_key(text)
    except IdentifierError as error:
        raise ValueError(f"Cannot use {shorten(text)} as an identifier: expected a URI or a GS1 key. {error}") from None
    return spelling.spell(_identity(key.elements, text), values)


def _identity(elements: tuple[tuple[str, str], ...], text: str) -> tuple[tuple[str, str], ...]:
    """The key among scanned elements, with its lot or serial number."""
    key = next((element for element in elements if element[0] in LINK_KEYS), None)
    if key is None:
        raise ValueError(f"Cannot use {shorten(text)} as an identifier: expected the AI of a GS1 key in it.")
    qualifiers = [element for element in elements if element[0] in QUALIFIER_PATTERNS]
    return identity_of((key, *[each for each in qualifiers if each[0] in LINK_KEYS[key[0]].qualifiers]))


def _scanned(ref: Ref, spelling: Spelling) -> Get:
    get = ref.get

    def make(values: list[Any]) -> str | None:
        value = get(values)
        if value is None:
            return None
        assert isinstance(value, Record)
        return spelling.spell(_identity(value.key, value.text), values)

    return make


def _from_elements(elements: list[tuple[str, Get]], spelling: Spelling) -> Get:
    if spelling.ids != "urn":
        stem = spelling.stem
        (ai, get), *rest = elements
        start = f"{stem}/{ai}/"
        if not rest:
            return lambda values: None if (value := get(values)) is None else start + value
        if len(rest) == 1:
            middle, second = f"/{rest[0][0]}/", rest[0][1]

            def make_two(values: list[Any]) -> str | None:
                value = get(values)
                if value is None:
                    return None
                qualifier = second(values)
                if qualifier is None:
                    return None
                return f"{start}{value}{middle}{qualifier if qualifier.isalnum() else percent_encode(qualifier)}"

            return make_two

    def make(values: list[Any]) -> str | None:
        made = [(ai, get(values)) for ai, get in elements]
        if any(value is None for _, value in made):
            return None
        return spelling.spell(tuple(made), values)

    return make


def _call(call: tuple[str, tuple[Template, ...]], scope: Scope, spelling: Spelling, place: str) -> Get:
    name, arguments = call
    elements = []
    for (ai, kind), argument in zip(KEY_CALLS[name], arguments, strict=False):
        elements.append((ai, _typed(argument, kind, scope, place)))
    optional = name == "sgln" and len(elements) == 2
    if not optional:
        return _from_elements(elements, spelling)
    alone, both = _from_elements(elements[:1], spelling), _from_elements(elements, spelling)
    extension = elements[1][1]
    return lambda values: alone(values) if extension(values) is None else both(values)


def _typed(argument: Template, kind: str, scope: Scope, place: str) -> Get:
    """The argument of a call, read as what the call needs."""
    if argument.kind == kind:
        return argument.value
    if len(argument.parts) == 1 and isinstance(argument.parts[0], Ref) and argument.parts[0].implicit is not None:
        return scope.typed_column(argument.parts[0].implicit, kind, place).get
    read = scope.reader(kind, place)
    if argument.constant:
        try:
            value = read(argument.source, [])
        except ValueError as error:
            raise MappingError(f"{place}: {error}") from None
        return lambda _: value
    text = argument.text

    def get(values: list[Any]) -> Any:
        made = text(values)
        return None if made is None else read(made, [])

    return get


def list_maker(makers: list[Get]) -> Callable[[list[Any]], tuple[str, ...]]:
    """One function of several identifiers; those that are empty are left out."""
    if len(makers) == 1:
        only = makers[0]
        return lambda values: () if (made := only(values)) is None else (made,)
    return lambda values: tuple(made for make in makers if (made := make(values)) is not None)
