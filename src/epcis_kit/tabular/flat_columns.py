"""Columns: paths of JSON names into an event, such as ``bizTransactionList[type=po].bizTransaction``.

Takes the text of a column; gives a :class:`Column` that finds its cell in an event of plain JSON values. Guarantees:
nothing is evaluated; a first name that no event has is refused, with the nearest one that exists; several values in one
cell are joined by ``"; "``, and no value is left out. The grammar:

* ``name.name`` goes down, and through every entry of a list; ``[2]`` takes one entry (from 0), ``[type=po]`` those with
  that member;
* ``PATH@name`` is the attribute ``name`` of the master data of what the path names, for example ``readPoint@name``;
* ``A|B`` is the first of them that is there;
* ``Title=PATH`` gives the column another header than its path.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.json_fields import EVENTS, SHAPES
from epcis_kit.errors import MappingError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["OBJECT_NAMES", "Column", "plain_text"]

OBJECT_NAMES: Final = (
    "id", "role", "level", "gtin", "lot", "serial", "sscc", "gln", "quantity", "uom",
)  # fmt: skip
"""What a row about one object knows of it: ``object.gtin`` and so on."""

_STEP: Final = re.compile(r"(?P<name>[^.\[\]@|]+)(?P<picks>(?:\[[^\[\]]{1,200}\])*)(?P<end>\.|$)")
_PICK: Final = re.compile(r"\[([^\[\]]+)\]")
_KNOWN: Final = (
    "object",
    "extensions",
    *dict.fromkeys(name for kind in EVENTS.values() for name in SHAPES[kind]),
)
_LISTS: Final = frozenset({list, tuple})
_JOINT: Final = "; "
_PAIRS: Final = ("bizTransaction", "source", "destination")


@dataclasses.dataclass(frozen=True, slots=True)
class _Path:
    """One way into an event: names with their picks, and the master data attribute, ``""`` for none."""

    steps: tuple[tuple[str, tuple[int | tuple[str, str], ...]], ...]
    attribute: str

    def values(self, event: dict[str, Any]) -> list[Any]:
        found: list[Any] = [event]
        for name, picks in self.steps:
            found = [value[name] for value in found if value.__class__ is dict and name in value]
            for pick in picks:
                found = list(_picked(found, pick))
            if any(value.__class__ in _LISTS for value in found):
                found = list(_spread(found))
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Attributes:
        title: Its header.
        source: Its path as written.
        paths: The ways that are tried, in order.
    """

    title: str
    source: str
    paths: tuple[_Path, ...]

    @classmethod
    def parse(cls, text: str) -> Column:
        """A column from its text, ``"PATH"`` or ``"Title=PATH"``.

        Raises:
            MappingError: It is no path, or begins with a name that no event has.
        """
        title, path = _title(text)
        return cls(title or path, path, tuple(_path(part, text) for part in path.split("|")))

    def cell(self, event: dict[str, Any], master_data: Callable[[str, str], str | None]) -> Any:
        """The value of this column: a text, a number, or ``""`` where the event has none.

        Args:
            event: The event in JSON names, and ``object`` where the row is about one.
            master_data: Gives the attribute of a thing by its identifier and the attribute's name.
        """
        for path in self.paths:
            values = path.values(event)
            if path.attribute:
                texts = (master_data(plain_text(value), path.attribute) for value in values)
                values = [text for text in texts if text]
            if len(values) == 1:
                value = values[0]
                if value.__class__ is Decimal or value.__class__ is int:
                    return value
                return plain_text(value)
            if values:
                return _JOINT.join(map(plain_text, values))
        return ""


def plain_text(value: Any) -> str:
    """A JSON value as the text of a cell: places by their id, typed pairs as ``type: value``, other objects as JSON."""
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        if value.keys() == {"id"}:
            return str(value["id"])
        for name in _PAIRS:
            if name in value and value.keys() <= {"type", name}:
                return f"{value['type']}: {value[name]}" if "type" in value else str(value[name])
        if "epcClass" in value and value.keys() <= {"epcClass", "quantity", "uom"}:
            return " ".join(str(part) for part in value.values())
        return _json(value)
    return _json(value) if isinstance(value, (list, tuple)) else str(value)


def _json(value: Any) -> str:
    import msgspec  # noqa: PLC0415 - only where a cell holds a whole object

    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()


def _title(text: str) -> tuple[str, str]:
    """What stands before the first ``=`` outside brackets, and the rest."""
    depth = 0
    for position, letter in enumerate(text):
        if letter == "[":
            depth += 1
        elif letter == "]":
            depth -= 1
        elif letter == "=" and depth == 0:
            return text[:position].strip(), text[position + 1 :].strip()
    return "", text.strip()


def _path(text: str, column: str) -> _Path:
    body, at, attribute = text.strip().partition("@")
    steps: list[tuple[str, tuple[int | tuple[str, str], ...]]] = []
    position, complete = 0, False
    while not complete:
        match = _STEP.match(body, position)
        if match is None or match.end() == position:
            raise MappingError(
                f"Cannot read column {shorten(column)}: expected names with dots between them, such as "
                "'bizTransactionList[type=po].bizTransaction'."
            )
        steps.append((match["name"], tuple(map(_pick, _PICK.findall(match["picks"])))))
        position, complete = match.end(), not match["end"]
    if at and not attribute:
        raise MappingError(f"Cannot read column {shorten(column)}: expected the name of an attribute behind '@'.")
    first = steps[0][0]
    if ":" not in first and first not in _KNOWN:
        near = difflib.get_close_matches(first[:60], _KNOWN, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise MappingError(f"Cannot use column {shorten(column)}: no event has {first!r}{hint}.")
    if first == "object" and (len(steps) != 2 or steps[1][0] not in OBJECT_NAMES):
        raise MappingError(f"Cannot use column {shorten(column)}: expected object.{', object.'.join(OBJECT_NAMES)}.")
    return _Path(tuple(steps), attribute.strip())


def _pick(text: str) -> int | tuple[str, str]:
    if text.isascii() and text.isdecimal():
        return int(text)
    name, _, wanted = text.partition("=")
    return name.strip(), wanted.strip()


def _picked(values: list[Any], pick: int | tuple[str, str]) -> Iterator[Any]:
    for value in values:
        entries = value if isinstance(value, (list, tuple)) else [value]
        if isinstance(pick, int):
            yield from entries[pick : pick + 1]
        else:
            name, wanted = pick
            named = (entry for entry in entries if isinstance(entry, dict))
            yield from (entry for entry in named if plain_text(entry.get(name)) == wanted)


def _spread(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if value.__class__ in _LISTS:
            yield from _spread(value)
        else:
            yield value
