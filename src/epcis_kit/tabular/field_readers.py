"""Readers of fields: everything that a mapping says about a text before it is a typed value.

Takes the entry of a field; gives a function from the text of a cell to a value: nulls, steps, regular expression, word
table, type, in this order. Guarantees: an empty cell is ``None``, or the default, or an error where a value is
required; what is wrong is said with the column and the text as it stands in the table.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.cells import SCAN_PARTS, CellError, CellRules, Record, cell_reader
from epcis_kit.tabular.dates import DateRules, date_reader
from epcis_kit.tabular.faults import as_list, as_table, near
from epcis_kit.tabular.steps import compile_regex, compile_steps
from epcis_kit.tabular.templates import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from epcis_kit.tabular.cells import Notes, Read

__all__ = ["FIELD_TYPES", "Defaults", "field_reader"]

_LONGEST: Final = 10_000
_CELLS: Final = CellRules()
_DATES: Final = DateRules()
FIELD_TYPES: Final = (
    "text", "lot", "serial", "gtin", "sscc", "gln", "decimal", "integer", "date", "datetime", "uri", "uom", "measure",
    "boolean", "scan",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every field and event that does not say otherwise.

    Attributes:
        cells: What may be mended in cells.
        dates: What dates and clock changes mean.
        zone: Zone of times that are written without one; ``None`` refuses them.
        zone_text: The same, as written.
        null: Texts that mean "nothing here".
        pseudonym_key: Key of the filter ``pseudonymise``.
    """

    cells: CellRules = _CELLS
    dates: DateRules = _DATES
    zone: tzinfo | None = None
    zone_text: str | None = None
    null: frozenset[str] = frozenset({""})
    pseudonym_key: str | None = None


def field_reader(
    spec: dict[str, Any], told: str | None, defaults: Defaults, place: str
) -> tuple[Read, Read, tuple[str, ...] | None]:
    """Readers of a text by everything that a field says about it, and the names of the value's parts.

    The first is for tables of text, the second for those with dates of their own.

    Raises:
        MappingError: Something that the field says is wrong.
    """
    kind = spec.get("type", "text")
    if kind not in FIELD_TYPES:
        raise MappingError(
            f"{place}: expected type {', '.join(FIELD_TYPES)}, got {shorten(kind)}{near(kind, FIELD_TYPES)}."
        )
    parts: tuple[str, ...] | None = {"measure": ("value", "uom"), "scan": tuple(SCAN_PARTS)}.get(kind)
    if kind in {"date", "datetime"}:
        dates = DateRules.of(spec, defaults.dates, place)
        read_type, native_type = date_reader(kind, spec.get("formats"), dates, place)
    else:
        if "formats" in spec:
            raise MappingError(f"{place}: 'formats' belongs to type date or datetime, not to {kind}.")
        read_type = native_type = cell_reader(kind, CellRules.of(spec, defaults.cells, place), place)
    null = defaults.null
    if "null" in spec:
        null = frozenset(map(str, as_list(spec["null"], f"{place}, null"))) | {""}
    steps = compile_steps(spec["do"], f"{place}, do") if "do" in spec else None
    match = None
    if "regex" in spec:
        match, named = _matcher(spec, place)
        parts = named or parts
        if named and kind != "text":
            raise MappingError(f"{place}: expected 'take', the group that is of type {kind}.")
    words = {text_of(key): value for key, value in as_table(spec, "map", place).items()} if "map" in spec else None
    miss = spec.get("map_else", "keep")
    if miss not in {"keep", "error", "null"}:
        raise MappingError(f"{place}: expected map_else 'keep', 'error' or 'null', got {shorten(miss)}.")
    required = spec.get("required", False)
    otherwise = spec.get("default")

    def chained(read_typed: Any) -> Read:
        def read(cell: str, notes: Notes) -> Any:
            try:
                text = cell.strip()
                if text in null:
                    return missing(notes)
                if steps is not None:
                    text = steps(text)
                if match is not None:
                    found = match(text)
                    if found is None or isinstance(found, Record):
                        return missing(notes) if found is None else found
                    text = found
                if words is not None:
                    if text in words:
                        word = words[text]
                        if word is None:
                            return missing(notes)
                        text = text_of(word)
                    elif miss == "error":
                        raise _unknown(text, words)
                    elif miss == "null":
                        return missing(notes)
                if text == "":
                    return missing(notes)
                return read_typed(text, notes)
            except CellError:
                raise
            except ValueError as error:
                raise CellError(str(error), told, cell) from None

        def missing(notes: Notes) -> Any:
            if otherwise is not None:
                return read_typed(text_of(otherwise), notes)
            if required:
                raise ValueError("Cannot use an empty cell: expected a value here.")
            return None

        return read

    read = chained(read_type)
    return read, read if native_type is read_type else chained(native_type), parts


def _matcher(spec: dict[str, Any], place: str) -> tuple[Callable[[str], str | Record | None], tuple[str, ...]]:
    """The function of a regular expression: one group, or all named ones."""
    pattern = compile_regex(spec["regex"], f"{place}, regex")
    groups = tuple(pattern.groupindex)
    take = spec.get("take")
    if take is not None and take not in groups and not (isinstance(take, int) and 0 <= take <= pattern.groups):
        raise MappingError(
            f"{place}: expected take to be a group of the regex ({', '.join(groups)}), got {shorten(take)}."
        )
    if take is None and not groups:
        take = 1 if pattern.groups == 1 else 0
    silent = spec.get("no_match", "null" if "else" in spec or "default" in spec else "error")
    if silent not in {"error", "null"}:
        raise MappingError(f"{place}: expected no_match 'error' or 'null', got {shorten(silent)}.")
    search = pattern.search

    def match(text: str) -> str | Record | None:
        if len(text) > _LONGEST:
            raise ValueError(f"Cannot search {shorten(text)}: expected at most {_LONGEST} characters.")
        found = search(text)
        if found is None:
            if silent == "error":
                raise ValueError(f"Cannot read {shorten(text)}: expected a text that matches {pattern.pattern!r}.")
            return None
        return Record(found[0], found.groupdict()) if take is None else (found[take] or None)

    return match, groups if take is None else ()


def _unknown(text: str, words: dict[str, Any]) -> ValueError:
    return ValueError(f"Cannot read {shorten(text)}: expected one of {', '.join(words)}{near(text, words)}.")
