r"""GS1 element strings: what a scanner or a person writes for a row of application identifiers and their values.

Takes three spellings and tells them apart by their first character: bracketed ``(01)09506000134352(10)ABC`` (an opening
bracket inside a value is written ``\(``), raw ``010950600013435210ABC`` with FNC1 between elements (as GS, ``^`` or
whatever a scanner was told to send), and scanner output with its symbology identifier (``]C1…``, ``]d2…``, ``]Q3…``,
``]e0…``, ``]J1…``; retail symbols ``]E0``, ``]E4``, and plain ones that hold a Digital Link, ``]Q1https://…``, too).

Gives an :class:`ElementString`. Strict reading raises at the first fault and agrees with GS1's own syntax engine;
lenient reading (``lenient=True``) never raises for a fault: it keeps the good elements and has an error for every
other piece, so that each character is represented or reported. Values are checked with every content check of the
table, combinations with every rule on required and excluded AIs. A text is read in linear time and refused beyond
8,191 characters.

:func:`build_element_string` is the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.application_identifiers import AiTable, default_table
from epcis_kit.gs1.association_rules import broken_rule, broken_rules
from epcis_kit.gs1.check_digits import is_mod10, mod10_digit
from epcis_kit.gs1.element_faults import MAX_ELEMENTS, MAX_TEXT, accepted, rule_error, text_too_long
from epcis_kit.gs1.element_reading import GROUP_SEPARATOR, Reading, lost_hint, read_bracketed, read_raw
from epcis_kit.gs1.lost_separators import likely_split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["ElementList", "ElementString", "build_element_string", "likely_split", "parse_element_string"]

ElementList = tuple[tuple[str, str], ...]
"""Elements as (AI, value), in the order in which they stand."""

_WHAT = "element string"
_FNC1 = "\x1d^"
_FNC1_CHARACTERS = frozenset(_FNC1)
_AI_SYMBOLOGIES = frozenset(("]C1", "]e0", "]d2", "]Q3", "]J1"))
_PLAIN_SYMBOLOGIES = frozenset(("]d1", "]Q1", "]J0"))
_RETAIL_SYMBOLOGIES = {"]E0": 13, "]E4": 8}
_COMPOSITE = "|]e0"
_LINKS = ("https://", "HTTPS://", "http://", "HTTP://")


@dataclass(frozen=True)
class ElementString:
    """A message of elements as it was read.

    Attributes:
        elements: The elements in the order of the text; in lenient reading the good ones.
        text: The text as given.
        form: ``"bracketed"``, ``"raw"``, ``"scan"``, ``"digital_link"`` or ``"plain"`` (a symbol without AIs).
        symbology: The symbology identifier, for example ``"]C1"``, or ``None``.
        primary: Digits of the retail symbol before the elements, or ``None``.
        composite_at: Number of elements before the composite component, or ``None`` where there is none.
        errors: What was wrong, one error for each refused piece and for each broken rule; empty in strict reading.
        refused: (AI or empty text, characters as given) of each piece that is no good element; empty in strict reading.
        likely: All elements as they were probably meant, where an FNC1 seems to be lost; else ``None``.
    """

    elements: ElementList
    text: str = ""
    form: str = "raw"
    symbology: str | None = None
    primary: str | None = None
    composite_at: int | None = None
    errors: tuple[IdentifierError, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    likely: ElementList | None = None

    def get(self, ai: str) -> str | None:
        """The value of ``ai``, or ``None`` where it is not there."""
        return next((value for name, value in self.elements if name == ai), None)

    @property
    def marked_elements(self) -> ElementList:
        """The elements, with ``("|", "")`` where the composite component begins."""
        cut = self.composite_at
        return self.elements if cut is None else (*self.elements[:cut], ("|", ""), *self.elements[cut:])

    def as_raw(self, *, fnc1: str = GROUP_SEPARATOR) -> str:
        """The elements without brackets, one behind the other, with FNC1 where one is needed.

        Args:
            fnc1: How FNC1 is written between elements.
        """
        return _join(self.elements, default_table(), fnc1)

    def as_message(self) -> str:
        """The whole message in the notation of the GS1 syntax engine: ``^`` for each FNC1, one in front too.

        A retail symbol stands before the elements and a composite component behind them, each behind a vertical bar
        (``^0109…|^99…``). A symbol without AIs, or with a Digital Link, is written as it is.
        """
        if self.form in {"plain", "digital_link"}:
            return self.text[len(self.symbology or "") :]
        cut = len(self.elements) if self.composite_at is None else self.composite_at
        parts = [part for part in (self.elements[:cut], self.elements[cut:]) if part]
        message = "|".join(f"^{_join(part, default_table(), '^')}" for part in parts)
        end = "^" if self.form != "bracketed" and self.text.endswith(("^", GROUP_SEPARATOR)) else ""
        return f"{'' if self.primary is None else f'{self.primary}|'}{message}{end}"

    def as_bracketed(self) -> str:
        r"""The elements with their AIs in brackets; an opening bracket inside a value is written ``\(``."""
        cut = self.composite_at
        texts = [f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in self.elements]
        return "".join(texts) if cut is None else f"{''.join(texts[:cut])}|{''.join(texts[cut:])}"

    def as_hri(self, *, titles: bool = False) -> tuple[str, ...]:
        """Human readable interpretation, a line for each element.

        Args:
            titles: Whether the data title stands in front, as in ``"BATCH/LOT (10) ABC"``.
        """
        table = default_table()
        lines = []
        for ai, value in self.elements:
            entry = table.get(ai) if titles else None
            lines.append(f"{entry.title} ({ai}) {value}" if entry is not None and entry.title else f"({ai}) {value}")
        return tuple(lines)

    def __str__(self) -> str:
        return self.as_bracketed()


def _join(elements: Iterable[tuple[str, str]], table: AiTable, fnc1: str) -> str:
    text, open_ended = "", False
    for ai, value in elements:
        entry = table.get(ai, unknown=True)
        text += f"{fnc1 if open_ended else ''}{ai}{value}"
        open_ended = entry is None or not entry.predefined_length
    return text


def _quick_raw(message: str, table: AiTable) -> list[tuple[str, str]] | None:
    """The elements of a well-formed raw message, or ``None`` where a closer look is needed."""
    elements: list[tuple[str, str]] = []
    lengths, compiled = table.lengths, table.compiled
    try:
        for segment in message.split(GROUP_SEPARATOR):
            at, end = 0, len(segment)
            if not end:
                return None
            while at < end:
                ai = segment[at : at + lengths[segment[at : at + 2]]]
                entry = compiled[ai]
                begin = at + len(ai)
                at = begin + entry.predefined_length if entry.predefined_length else end
                value = segment[begin:at]
                if not entry.accepts(value):
                    return None
                elements.append((ai, value))
    except KeyError:
        return None
    return elements


def _quick_bracketed(text: str, table: AiTable) -> list[tuple[str, str]] | None:
    """The elements of a well-formed bracketed text, or ``None`` where a closer look is needed."""
    pieces = text.split("(")
    elements: list[tuple[str, str]] = []
    compiled = table.compiled
    try:
        for piece in pieces[1:]:
            ai, _, value = piece.partition(")")
            if not compiled[ai].accepts(value):
                return None
            elements.append((ai, value))
    except KeyError:
        return None
    return elements


def parse_element_string(
    text: str,
    *,
    lenient: bool = False,
    fnc1: str | Sequence[str] = _FNC1,
    check_requisites: bool = True,
    unknown_ais: bool = False,
    table: AiTable | None = None,
) -> ElementString:
    """Reads an element string in any of its spellings.

    Args:
        text: Bracketed, raw, or with a symbology identifier; see the head of this module.
        lenient: Keep what is good and list what is not, rather than raise.
        fnc1: What stands for FNC1: the characters of a text, or a list of texts such as ``["{GS}"]``. Behind a
            symbology identifier ``^`` counts only where it is named here.
        check_requisites: Whether an AI that needs another must have it; switch it off for a part of a label.
        unknown_ais: Let AIs through that are not in the table.
        table: Another edition of the table.

    Raises:
        IdentifierError: The text is no well-formed element string; ``kind``, ``ai`` and ``position`` say where and why.
    """
    if table is None:
        table = default_table()
    if not unknown_ais and fnc1 == _FNC1 and len(text) <= MAX_TEXT:
        found = None
        first = text[:1]
        if first == "(":
            form = "bracketed"
            found = _quick_bracketed(text, table)
        elif first in _FNC1_CHARACTERS or first.isdecimal():
            form = "raw"
            message = text.replace("^", GROUP_SEPARATOR) if "^" in text else text
            found = _quick_raw(message if first.isdecimal() else message[1:], table)
        else:
            form = ""
        if found and len(found) <= MAX_ELEMENTS:
            verdict = table.verdicts.get(tuple([ai for ai, _ in found]))
            if (verdict is not None and verdict == _FINE) or broken_rule(
                found, table, check_requisites=check_requisites
            ) is None:
                made = object.__new__(ElementString)
                fields = made.__dict__
                fields["elements"] = tuple(found)
                fields["text"] = text
                fields["form"] = form
                return made
    return _parse_closely(
        text, table, lenient=lenient, fnc1=fnc1, check_requisites=check_requisites, unknown_ais=unknown_ais
    )


_FINE = (None, None, False)


def _normalise(text: str, fnc1: str | Sequence[str]) -> tuple[str, Callable[[int], int]]:
    """The text with the group separator for each FNC1, and its offsets back into the text as given."""
    words = sorted({word for word in fnc1 if word}, key=len, reverse=True)
    if all(len(word) == 1 for word in words):
        return text.translate({ord(word): GROUP_SEPARATOR for word in words}), int
    places: list[int] = []
    out: list[str] = []
    at = 0
    while at < len(text):
        word = next((word for word in words if text.startswith(word, at)), "")
        places.append(at)
        out.append(GROUP_SEPARATOR if word else text[at])
        at += len(word) or 1
    places.append(at)
    return "".join(out), lambda position: places[min(position, len(places) - 1)]


def _parse_closely(
    text: str,
    table: AiTable,
    *,
    lenient: bool,
    fnc1: str | Sequence[str],
    check_requisites: bool,
    unknown_ais: bool,
) -> ElementString:
    reading = Reading(text, table, unknown=unknown_ais)
    form, symbology, primary = "raw", None, None
    if len(text) > MAX_TEXT:
        reading.refuse("", text, text_too_long(_WHAT, text), 0)
    elif not text:
        reading.refuse("", "", reading.problem("ai_data_empty", 0, "application identifiers and values", "nothing"), 0)
    elif text[0] == "(":
        form = "bracketed"
        read_bracketed(reading, text)
    elif text[0] == "]":
        form, symbology, primary = _read_scan(reading, text, fnc1)
    else:
        message, where = _normalise(text, fnc1)
        begin = 1 if message[0] == GROUP_SEPARATOR else 0
        read_raw(reading, message[begin:], begin, where, composite="|" not in fnc1)
    if not lenient:
        error = reading.first_error()
        if error is not None:
            raise error
    meant = _check_rules(reading, lenient=lenient, check_requisites=check_requisites, form=form)
    return ElementString(
        elements=tuple(reading.elements),
        text=text,
        form=form,
        symbology=symbology,
        primary=primary,
        composite_at=reading.composite_at,
        errors=tuple(reading.errors),
        refused=tuple(reading.refused),
        likely=reading.likely or meant,
    )


def _check_rules(reading: Reading, *, lenient: bool, check_requisites: bool, form: str) -> ElementList | None:
    """Adds or raises what is wrong with the combination of AIs; a refused AI counts as being there.

    Answers how the message was probably meant, where a needed AI hides inside another value.
    """
    elements = reading.elements
    kept = {ai for ai, _ in elements}
    present = [*elements, *((ai, "") for ai, _ in reading.refused if ai and ai not in kept)]
    ais = [ai for ai, _ in present]
    meant: ElementList | None = None
    for rule in broken_rules(present, reading.table, check_requisites=check_requisites):
        hint = ""
        if rule.kind == "required_ais_not_satisfied" and form != "bracketed" and not reading.refused:
            meant = _meant(reading)
            hint = "" if meant is None else lost_hint(meant)
        error = rule_error(_WHAT, reading.text, rule, ais, hint=hint)
        if not lenient:
            raise error
        reading.errors.append(error)
    return meant


def _meant(reading: Reading) -> ElementList | None:
    """The elements with values cut where an FNC1 was probably lost, where that meets every rule; else ``None``."""
    meant: list[tuple[str, str]] = []
    for ai, value in reading.elements:
        entry = reading.table.get(ai)
        guess = likely_split(ai + value, reading.table) if entry is not None and not entry.predefined_length else None
        meant.extend(guess or [(ai, value)])
    if len(meant) == len(reading.elements) or broken_rule(meant, reading.table) is not None:
        return None
    return tuple(meant)


def _read_scan(reading: Reading, text: str, fnc1: str | Sequence[str]) -> tuple[str, str | None, str | None]:
    """Reads what stands behind a symbology identifier; answers form, identifier and retail digits."""
    symbology, rest = text[:3], text[3:]
    if symbology in _AI_SYMBOLOGIES:
        _read_message(reading, text, 3, fnc1)
        return "scan", symbology, None
    if symbology in _PLAIN_SYMBOLOGIES:
        if rest.startswith(_LINKS):
            from epcis_kit.gs1.digital_links import parse_digital_link  # noqa: PLC0415 - few symbols hold one

            try:
                link = parse_digital_link(rest, check_requisites=False, table=reading.table)
            except IdentifierError as fault:
                position = None if fault.position is None else fault.position + 3
                problem = IdentifierError(
                    _WHAT, text, expected=fault.expected, got=fault.got, kind=fault.kind, ai=fault.ai, position=position
                )
                reading.refuse(fault.ai or "", rest, problem, 0)
            else:
                for ai, value in link.elements:
                    reading.keep(ai, value)
            return "digital_link", symbology, None
        return "plain", symbology, None
    length = _RETAIL_SYMBOLOGIES.get(symbology)
    if length is None:
        error = reading.problem(
            "unsupported_symbology_identifier", 0, "a symbology identifier that carries GS1 data", shorten(symbology)
        )
        reading.refuse("", text, error, 0)
        return "scan", symbology, None
    primary = _read_retail(reading, text, length)
    if primary is not None and len(rest) > length:
        reading.composite_at = None
        _read_message(reading, text, 3 + length + len(_COMPOSITE), fnc1)
        return "scan", symbology, primary
    return "plain", symbology, primary


def _read_message(reading: Reading, text: str, begin: int, fnc1: str | Sequence[str]) -> None:
    caret = text.find("^", begin) if fnc1 == _FNC1 else -1
    if caret >= 0:
        error = reading.problem(
            "scan_data_contains_illegal_carat_character", caret, "no ^ in what a scanner sends", "'^'"
        )
        reading.refuse("", text[begin:], error, 0)
        return
    message, where = _normalise(text[begin:], fnc1)
    read_raw(reading, message, 0, lambda position: begin + where(position), composite=False)


def _read_retail(reading: Reading, text: str, length: int) -> str | None:
    """The digits of a retail symbol, or ``None`` after refusing them."""
    rest = text[3:]
    digits = rest[:length]
    if len(rest) < length:
        kind, expected, got = "primary_scan_data_is_too_short", f"{length} digits", str(len(rest))
    elif len(rest) > length and (not rest.startswith(_COMPOSITE, length) or len(rest) == length + len(_COMPOSITE)):
        kind, expected, got = "primary_message_is_too_long", f"{length} digits", str(len(rest))
    elif not (digits.isascii() and digits.isdecimal()):
        kind, expected, got = "primary_message_may_only_contain_digits", f"{length} digits", shorten(digits)
    elif not is_mod10(digits):
        kind = "primary_message_check_digit_is_incorrect"
        expected, got = f"check digit {mod10_digit(digits[:-1])}", digits[-1]
    else:
        return digits
    reading.refuse("", rest, reading.problem(kind, 3, expected, got), 0)
    return None


def build_element_string(
    elements: Iterable[tuple[str, str]],
    *,
    predefined_first: bool = False,
    fnc1: str = GROUP_SEPARATOR,
    leading: bool = False,
    check_requisites: bool = False,
    table: AiTable | None = None,
) -> str:
    """The raw element string of a list of (AI, value), with FNC1 behind each value that needs one.

    Args:
        elements: What to write, in this order.
        predefined_first: Write AIs of pre-defined length first, which saves separators.
        fnc1: How FNC1 is written.
        leading: Whether one stands in front too.
        check_requisites: Whether an AI that needs another must have it.
        table: Another edition of the table.

    Raises:
        IdentifierError: A value is not well-formed, or two AIs exclude each other.
    """
    if table is None:
        table = default_table()
    listed = [(ai, value) for ai, value in elements]
    shown = "".join(f"({ai}){value}" for ai, value in listed)
    if not listed:
        raise IdentifierError(
            _WHAT, shown, expected="at least one element", got="none", kind="ai_data_empty", verb="build"
        )
    fixed: list[tuple[str, str]] = []
    variable: list[tuple[str, str]] = []
    for ai, value in listed:
        entry = accepted(_WHAT, shown, ai, table.get(ai), value)
        (fixed if entry.predefined_length else variable).append((ai, value))
    rule = broken_rule(listed, table, check_requisites=check_requisites)
    if rule is not None:
        raise rule_error(_WHAT, shown, rule, [ai for ai, _ in listed], verb="build")
    text = _join([*fixed, *variable] if predefined_first else listed, table, fnc1)
    return fnc1 + text if leading else text
