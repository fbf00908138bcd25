"""Fields: named, typed functions of one row, and the scope in which templates find them.

Takes the ``fields`` of a mapping; gives a :class:`Scope` that knows every field, column and constant by name and hands
out a place (*slot*) for each value of a row. Guarantees: pure; each field is read once for a row; a field that needs
itself is refused; the text of a cell is used as it stands, apart from white space around it and what the field asks
for.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.cells import CellError
from epcis_kit.tabular.dates import DateRules, zone_of
from epcis_kit.tabular.faults import as_list, known, near
from epcis_kit.tabular.field_readers import FIELD_TYPES, Defaults, field_reader
from epcis_kit.tabular.steps import compile_regex
from epcis_kit.tabular.templates import Ref, compile_template, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.tabular.cells import Notes, Read
    from epcis_kit.tabular.lookups import Lookup
    from epcis_kit.tabular.templates import Get, Template

__all__ = ["FIELD_KEYS", "FIELD_TYPES", "ColumnStep", "Defaults", "Scope", "Slot"]

FIELD_KEYS: Final = (
    "col", "const", "template", "lookup", "by", "get", "first_of", "type", "formats", "map", "map_else", "regex",
    "take", "no_match", "do", "null", "else", "default", "required", "optional", "tz", "date_only", "dst_gap",
    "dst_fold", "day00", "check_digit", "lost_zeros", "dot_zero", "decimal", "on_miss",
)  # fmt: skip
_SOURCES: Final = ("col", "const", "template", "lookup", "first_of")
_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*").fullmatch
_BY_NAME: Final = {"gtin": "gtin", "sscc": "sscc", "gln": "gln", "lot": "lot", "serial": "serial"}


@dataclasses.dataclass(slots=True, eq=False)
class Slot:
    """The place of one value.

    Attributes:
        index: Its number.
        name: What the mapping calls it.
        kind: Type of the value.
        parts: Names of its parts; ``None`` where it has none.
        column: The column it is read from, for messages.
        zone: Zone of its times, as text of a row; ``None`` for the default one.
        dates: What its dates mean.
        lookup: Look-up it comes from, and the function of the key.
        beside: Other slots that its zone or its look-up read.
    """

    index: int
    name: str
    kind: str = "text"
    parts: tuple[str, ...] | None = None
    column: str | None = None
    zone: Get | None = None
    dates: DateRules | None = None
    lookup: tuple[Lookup, Get, str | None] | None = None
    beside: frozenset[int] = frozenset()


@dataclasses.dataclass(slots=True, eq=False)
class ColumnStep:
    """Reads one column into one slot.

    Attributes:
        slot: Where the value goes.
        names: Names of the column; the first is the one that messages use. A number is a position.
        pattern: Matches the name of the column instead.
        read: Reader for tables of text.
        read_native: Reader for tables with dates of their own.
        optional: The column may be missing.
        place: Where the mapping names it.
        implicit: A template names it as if it were a field.
    """

    slot: Slot
    names: tuple[str, ...]
    pattern: re.Pattern[str] | None
    read: Read
    read_native: Read
    optional: bool
    place: str
    implicit: bool = False


class Scope:
    """The fields, columns and constants that templates of one mapping can name.

    Attributes:
        slots: Every value of a row.
        columns: What is read from cells.
        derived: What is made of other values, in an order that has them all: slot and function.
        base: The values of constants.
    """

    def __init__(  # noqa: PLR0917 - one call
        self, fields: dict[str, Any], constants: dict[str, Any], lookups: dict[str, Lookup], defaults: Defaults,
        mapping_id: str, where: str,
    ) -> None:  # fmt: skip
        self.slots: list[Slot] = []
        self.columns: list[ColumnStep] = []
        self.derived: list[tuple[Slot, Callable[[list[Any], Notes], Any]]] = []
        self._target = self.derived  # what is made only where it is needed goes elsewhere
        self.base: dict[int, Any] = {}
        self.lookups = lookups
        self.defaults = defaults
        self.mapping_id = mapping_id
        self._specs = fields
        self._constants = constants
        self._where = where
        self._known: dict[str, Slot] = {}
        self._typed: dict[tuple[str, str], Slot] = {}
        self._open: list[str] = []
        self._watched: list[set[int]] = []

    # -- names

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the declared fields."""
        return tuple(self._specs)

    def watch(self) -> set[int]:
        """A set that gets every slot which is named from now on, until :meth:`unwatch`."""
        watched: set[int] = set()
        self._watched.append(watched)
        return watched

    def unwatch(self, watched: set[int]) -> None:
        """Stop watching; what surrounds it has seen the same."""
        last = self._watched.pop()
        assert last is watched
        for other in self._watched:
            other.update(watched)

    def named_slot(self, slot: Slot) -> Slot:
        """Tell who watches that a slot is read."""
        for watched in self._watched[-1:]:
            watched.add(slot.index)
            watched.update(slot.beside)
        return slot

    @property
    def default_zone(self) -> str | None:
        """The text of the default zone."""
        return self.defaults.zone_text

    def field(self, name: str) -> Slot:
        """The declared field of that name.

        Raises:
            MappingError: Its entry is wrong, or needs itself.
        """
        slot = self._known.get(name)
        if slot is not None:
            return slot
        place = f"{self._where}, fields, {name}"
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            raise MappingError(f"{place}: this field needs itself: {circle}.")
        if not _NAME(name):
            raise MappingError(f"{place}: expected a name of letters, digits and '_', got {shorten(name)}.")
        spec = self._specs[name]
        if not isinstance(spec, dict):
            raise MappingError(f"{place}: expected {{col: …, type: …}}, got {shorten(spec)}.")
        self._open.append(name)
        target, self._target = self._target, self.derived
        try:
            slot = self.define(name, spec, place)
        finally:
            self._open.pop()
            self._target = target
        self._known[name] = slot
        return slot

    def find(self, name: str, place: str, *, soft: bool = False) -> Ref:
        """What a template means by ``name``: a field, a part of one, a constant, or else a column.

        Args:
            name: Without filters.
            place: Where it stands, for messages.
            soft: A column that the table of a look-up does not have is empty.

        Raises:
            MappingError: A field has no such part, or the name is empty.
        """
        if not name:
            raise MappingError(f"{place}: expected a name between the braces.")
        if name in self._specs:
            slot = self.named_slot(self.field(name))
            return Ref(slot.index, slot.kind, itemgetter(slot.index), None, None, name)
        head, dot, part = name.partition(".")
        if dot and head == "const":
            if part not in self._constants:
                raise MappingError(f"{place}: there is no constant {part!r}{near(part, self._constants)}.")
            slot = self.named_slot(self._constant(part))
            return Ref(slot.index, slot.kind, itemgetter(slot.index), None, None, name)
        if dot and head in self._specs:
            return self._part(self.named_slot(self.field(head)), part, name, place, soft=soft)
        slot = self.named_slot(self._typed_slot(name, "text", place))
        return Ref(slot.index, "text", itemgetter(slot.index), None, name, name)

    def typed_column(self, column: str, kind: str, place: str) -> Ref:
        """A column that a template names as a key or a part of one."""
        slot = self.named_slot(self._typed_slot(column, kind, place))
        return Ref(slot.index, kind, itemgetter(slot.index), None, None, column)

    def typed_ref(self, ref: Ref, place: str) -> Ref:
        """A reference to a column that is called like a key type (``gtin``, ``lot``) means that type."""
        kind = None if ref.implicit is None else _BY_NAME.get(ref.implicit.casefold())
        return ref if kind is None or ref.implicit is None else self.typed_column(ref.implicit, kind, place)

    def _typed_slot(self, column: str, kind: str, place: str) -> Slot:
        slot = self._typed.get((column, kind))
        if slot is None:
            slot = self._slot(column)
            slot.kind, slot.column = kind, column
            read, native, _ = field_reader({"type": kind}, column, self.defaults, place)
            self.columns.append(ColumnStep(slot, (column,), None, read, native, False, place, implicit=True))
            self._typed[column, kind] = slot
        return slot

    def _constant(self, name: str) -> Slot:
        key = (f"const.{name}", "")
        if key not in self._typed:
            slot = self._slot(f"const.{name}")
            value = self._constants[name]
            if isinstance(value, (dict, list)):
                raise MappingError(f"{self._where}, const, {name}: expected a text, got {shorten(value)}.")
            self.base[slot.index] = None if value is None else str(value)
            self._typed[key] = slot
        return self._typed[key]

    def _part(self, slot: Slot, part: str, name: str, place: str, *, soft: bool) -> Ref:
        index = slot.index
        if slot.lookup is not None and part not in (slot.parts or ()):
            lookup, key, told = slot.lookup
            column = part if soft else lookup.check_column(part, place)

            def looked_up(values: list[Any]) -> Any:
                value = key(values)
                return None if value is None else lookup.get(text_of(value), column, told, miss="null")

            return Ref(index, "text", looked_up, None, None, name)
        if slot.kind == "scan" and part.isdecimal():
            pass
        elif slot.parts is None or part not in slot.parts:
            has = f"has the parts {', '.join(slot.parts)}" if slot.parts else "has no parts"
            raise MappingError(f"{place}: there is no {name!r}{near(part, slot.parts or ())}; {slot.name!r} {has}.")

        def get(values: list[Any]) -> Any:
            value = values[index]
            return None if value is None else value.parts.get(part)

        kind = "text"
        if slot.kind == "scan":
            kind = part if part in {"gtin", "sscc", "lot", "serial", "gln"} else "text"
        return Ref(index, kind, get, None, None, name)

    # -- fields

    def _slot(self, name: str) -> Slot:
        slot = Slot(len(self.slots), name)
        self.slots.append(slot)
        return slot

    def define(self, name: str, spec: dict[str, Any], place: str) -> Slot:
        """A field of its entry in the mapping.

        Raises:
            MappingError: The entry is wrong.
        """
        known(spec, FIELD_KEYS, place)
        sources = [key for key in _SOURCES if key in spec]
        if len(sources) != 1:
            if not sources or set(sources) == {"col", "const"}:
                raise MappingError(f"{place}: expected either 'col' or 'const'.")
            raise MappingError(f"{place}: expected one of {', '.join(_SOURCES)}, got {' and '.join(sources)}.")
        told = _told(spec)
        read, native, parts = field_reader(spec, told, self.defaults, place)
        slot = self._slot(name or str(told or place))
        slot.kind, slot.parts, slot.column = _kind(spec, parts), parts, told
        slot.dates = DateRules.of(spec, self.defaults.dates, place)
        if "tz" in spec:
            seen = self.watch()
            slot.zone = self.zone(spec["tz"], f"{place}, tz")
            self.unwatch(seen)
            slot.beside |= seen
        first = slot if "else" not in spec else self._slot(slot.name)
        {
            "col": self._from_column, "const": self._from_const, "template": self._from_template,
            "lookup": self._from_lookup, "first_of": self._from_first,
        }[sources[0]](first, spec, read, native, place)  # fmt: skip
        if first is not slot:
            slot.lookup, slot.beside = first.lookup, first.beside | slot.beside
            self._otherwise(slot, first, spec, place)
        return slot

    def _from_column(self, slot: Slot, spec: dict[str, Any], read: Read, native: Read, place: str) -> None:
        names, pattern = _column_names(spec["col"], place)
        optional = spec.get("optional", False)
        if not isinstance(optional, bool):
            raise MappingError(f"{place}: expected optional true or false, got {shorten(optional)}.")
        self.columns.append(ColumnStep(slot, names, pattern, read, native, optional, place))
        if optional and "default" in spec:
            self.base[slot.index] = read("", [])

    def _from_const(self, slot: Slot, spec: dict[str, Any], read: Read, native: Read, place: str) -> None:  # noqa: ARG002
        try:
            self.base[slot.index] = read(text_of(spec["const"]), [])
        except CellError as error:
            raise MappingError(f"{place}: {error}") from None

    def _from_template(self, slot: Slot, spec: dict[str, Any], read: Read, native: Read, place: str) -> None:  # noqa: ARG002
        template = compile_template(spec["template"], self, f"{place}, template")
        self._derive(slot, template.text, read)

    def _from_lookup(self, slot: Slot, spec: dict[str, Any], read: Read, native: Read, place: str) -> None:  # noqa: ARG002
        name = str(spec["lookup"])
        if name not in self.lookups:
            raise MappingError(f"{place}: there is no look-up {name!r}{near(name, self.lookups)}.")
        if "by" not in spec:
            raise MappingError(f"{place}: expected 'by', the field or column that is looked up.")
        lookup = self.lookups[name]
        by = self.named(spec["by"], f"{place}, by")
        told = by.parts[0].name if len(by.parts) == 1 and isinstance(by.parts[0], Ref) else None
        told = self._column_of(by) or told
        column = lookup.check_column(None if "get" not in spec else str(spec["get"]), place)
        miss = None if "on_miss" not in spec else str(spec["on_miss"])
        if miss not in {None, "error", "null"}:
            raise MappingError(f"{place}: expected on_miss 'error' or 'null', got {shorten(miss)}.")

        def text(values: list[Any]) -> str | None:
            key = by.text(values)
            return None if key is None else lookup.get(key, column, told, miss=miss)

        slot.lookup = (lookup, by.text, told)
        slot.beside |= by.slots
        slot.column = told
        self._derive(slot, text, read)

    def _from_first(self, slot: Slot, spec: dict[str, Any], read: Read, native: Read, place: str) -> None:  # noqa: ARG002
        items = as_list(spec["first_of"], f"{place}, first_of")
        if not items:
            raise MappingError(f"{place}, first_of: expected at least one field or column.")
        gets = [self._lazy(item, f"{place}, first_of")[1] for item in items]
        plain = slot.kind == "text" and not _changes(spec)

        def derive(values: list[Any], notes: Notes) -> Any:
            found = next((value for get in gets if (value := get(values, notes)) is not None), None)
            if plain:
                return found
            return read("" if found is None else text_of(found), notes)

        self._target.append((slot, derive))

    def _lazy(self, content: Any, place: str) -> tuple[Template, Callable[[list[Any], Notes], Any]]:
        """A template and its value, for whose sake nothing is made in rows that do not ask for it."""
        target, self._target = self._target, []
        try:
            template = self.named(content, place)
            steps = tuple((slot.index, derive) for slot, derive in self._target)
        finally:
            self._target = target
        value = template.value

        def get(values: list[Any], notes: Notes) -> Any:
            for index, derive in steps:
                values[index] = derive(values, notes)
            return value(values)

        return template, get

    def _derive(self, slot: Slot, text: Callable[[list[Any]], str | None], read: Read) -> None:
        def derive(values: list[Any], notes: Notes) -> Any:
            made = text(values)
            return read("" if made is None else made, notes)

        self._target.append((slot, derive))

    def _otherwise(self, slot: Slot, first: Slot, spec: dict[str, Any], place: str) -> None:
        content = spec["else"]
        if isinstance(content, str) and content not in self._specs and "{" not in content:
            content = {"const": content}
        other, get = self._lazy(content, f"{place}, else")
        index = first.index
        if len(other.parts) == 1 and isinstance(other.parts[0], Ref) and slot.lookup is None:
            behind = self.slots[other.parts[0].slot]
            slot.lookup, slot.beside = behind.lookup, behind.beside | slot.beside

        def choose(values: list[Any], notes: Notes) -> Any:
            value = values[index]
            return get(values, notes) if value is None else value

        self._target.append((slot, choose))

    def named(self, content: Any, place: str) -> Template:
        """A template of a bare name of a field or column, of a text with braces, or of a field written in place."""
        if isinstance(content, str) and "{" not in content:
            content = f"{{{content}}}"
        return compile_template(content, self, place)

    def _column_of(self, template: Template) -> str | None:
        slots = [self.slots[index] for index in template.slots]
        return slots[0].column if len(slots) == 1 else None

    def zone(self, content: Any, place: str) -> Get:
        """The text of a zone of a row, from a constant or a template.

        Raises:
            MappingError: A constant is no zone.
        """
        template = compile_template(content, self, place)
        if template.constant and zone_of(template.source) is None:
            raise MappingError(
                f"{place}: expected an offset such as '+02:00' or a zone such as 'Europe/Berlin', "
                f"got {shorten(template.source)}."
            )
        return template.text

    def lookup_filter(self, argument: str, get: Get, name: str, place: str) -> tuple[Get, str]:
        """The function of ``{name|lookup:table.column}``."""
        table, _, column = argument.partition(".")
        if table not in self.lookups:
            raise MappingError(f"{place}: there is no look-up {table!r}{near(table, self.lookups)}.")
        lookup = self.lookups[table]
        wanted = lookup.check_column(column or None, place)

        def looked_up(values: list[Any]) -> Any:
            key = get(values)
            return None if key is None else lookup.get(text_of(key), wanted, name)

        return looked_up, "text"

    def reader(self, kind: str, place: str) -> Read:
        """The reader of a type under the rules of the mapping."""
        return field_reader({"type": kind}, None, self.defaults, place)[0]

    def pseudonym(self, value: Any) -> str:
        """A stable stand-in for a person's name or number, which only the holder of the key can make again."""
        key = self.defaults.pseudonym_key
        if not key:
            raise ValueError("Cannot pseudonymise: expected pseudonym_key under defaults, got none.")
        return hmac.new(key.encode(), text_of(value).encode(), hashlib.sha256).hexdigest()[:16]


def _kind(spec: dict[str, Any], parts: tuple[str, ...] | None) -> str:
    return "record" if parts is not None and "type" not in spec else str(spec.get("type", "text"))


def _changes(spec: dict[str, Any]) -> bool:
    return any(name in spec for name in ("regex", "map", "do", "default", "required", "null", "type"))


def _told(spec: dict[str, Any]) -> str | None:
    """The column that messages name."""
    column = spec.get("col")
    if isinstance(column, list) and column:
        column = column[0]
    if isinstance(column, dict):
        column = column.get("match")
    return None if column is None else str(column)


def _column_names(content: Any, place: str) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    if isinstance(content, dict):
        known(content, ("match",), f"{place}, col")
        return (str(content.get("match")),), compile_regex(content.get("match"), f"{place}, col, match")
    names = content if isinstance(content, list) else [content]
    if not names or any(isinstance(name, (dict, list, bool)) or name is None or name == "" for name in names):
        raise MappingError(f"{place}, col: expected the name of a column or several, got {shorten(content)}.")
    return tuple(
        name if isinstance(name, str) else f"#{name}" if isinstance(name, int) else str(name) for name in names
    ), None
