"""Keys at the edge of ``trace``: what users name, as the identity by which events compare.

Takes a text in any spelling or a :class:`~epcis_kit.gs1.keys.Key`; gives a trace key. Guarantees: a text that is
neither a URI nor a GS1 key is refused, because no event can name it and an empty answer would look like good news.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from epcis_kit.gs1.canonical import TraceKey, trace_key

if TYPE_CHECKING:
    from epcis_kit.gs1.keys import Key

__all__ = ["AnyKey", "key_asked"]

AnyKey: TypeAlias = "str | Key"
"""An identifier as users give it: a Digital Link, an EPC URN, an element string, another URI, or a parsed key."""


def key_asked(key: AnyKey) -> TraceKey:
    """The identity of what a caller asks about.

    Raises:
        IdentifierError: It is a text that is neither a URI nor a GS1 key in any spelling.
    """
    if not isinstance(key, str):
        return key.as_trace_key()
    found = trace_key(key)
    if found.level == "opaque" and (key.lstrip().startswith("(") or ":" not in key):
        from epcis_kit.gs1.keys import parse_key  # noqa: PLC0415 - the tables of element strings, for labels only

        return parse_key(key).as_trace_key()
    return found
