"""How one row becomes an event, step by step, as text that people read.

Takes an :class:`~epcis_kit.tabular.Explanation`; gives lines: the cells, what each field made of them, the events, and
what was wrong. Guarantees: pure; values are shown as they are, cut where they are long.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from epcis_kit.codec import write_document
from epcis_kit.errors import shorten
from epcis_kit.model import Document
from epcis_kit.tabular.templates import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event

__all__ = ["event_json", "explanation_lines"]


def explanation_lines(explanation: Any, row: int, namespaces: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """The lines of an explanation.

    Args:
        explanation: Cells, fields, events and findings of the row.
        row: Its number.
        namespaces: Prefixes of the mapping.
    """
    yield f"Row {row} as it was read:"
    width = min(max((len(column) for column, _ in explanation.cells), default=0), 40)
    for column, text in explanation.cells:
        yield f"  {column.ljust(width)}  {shorten(text)}"
    yield ""
    yield "What the fields make of it:"
    width = min(max((len(name) for name, *_ in explanation.fields), default=0), 30)
    for name, column, text, value in explanation.fields:
        origin = f"  (column {column!r}: {shorten(text)})" if column else ""
        yield f"  {name.ljust(width)}  {_shown(value)}{origin}"
    for finding in explanation.findings:
        yield ""
        yield f"  {finding.severity}: {finding.message}"
    yield ""
    if not explanation.events:
        yield "This row makes no event."
        return
    count = len(explanation.events)
    yield f"It makes {count} event{'s' if count > 1 else ''}, by itself:"
    for event in explanation.events:
        yield ""
        yield from (f"  {line}" for line in event_json(event, namespaces, indent=2).splitlines())


def event_json(event: Event, namespaces: tuple[tuple[str, str], ...], *, indent: int = 0) -> str:
    """One event as JSON writes it, without its context; on one line where ``indent`` is 0."""
    import msgspec  # noqa: PLC0415 - the encoder is loaded when something is shown

    document = Document(type="event", namespaces=namespaces, events=(event,))
    line = write_document(document, allow_loss=True)
    members = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    members.pop("@context", None)
    data = msgspec.json.encode(members)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode()


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    parts = getattr(value, "parts", None)
    if isinstance(parts, dict):
        return json.dumps({name: text_of(part) for name, part in parts.items() if part is not None}, ensure_ascii=False)
    return shorten(value) if isinstance(value, str) else text_of(value)
