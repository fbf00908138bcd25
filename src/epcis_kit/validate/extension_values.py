"""What user extensions and ILMD say, for rules that ask for a named value.

Takes extensions of the model; gives texts and places. Guarantees: a name is found by its local part in any namespace
and any case, because regulations name their data and every partner has a namespace of his own; a value that is an
object with ``@value``, ``value``, ``@id`` or ``id`` has the text of that member; nothing deeper than a dozen levels is
looked at, so the cost is linear in what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.model import Event, Extension

__all__ = ["anywhere", "first", "ilmd_of", "local", "named", "said", "text_of"]

_MEMBERS: Final = frozenset({"@value", "value", "@id", "id"})
_DEPTH: Final = 12


def ilmd_of(event: Event) -> tuple[Extension, ...]:
    """The ILMD of an event; empty where it has none or can have none."""
    return getattr(event, "ilmd", None) or ()


def local(extension: Extension) -> str:
    """The local name in small letters; a prefix that is not declared is left aside."""
    return extension.name.rpartition(":")[2].casefold()


def named(extensions: Iterable[Extension], *names: str) -> Iterator[Extension]:
    """Those called one of ``names`` (small letters), in their order."""
    for extension in extensions:
        if local(extension) in names:
            yield extension


def first(extensions: Iterable[Extension], *names: str) -> Extension | None:
    """The first one called one of ``names`` that says anything; else the first of them."""
    found = None
    for extension in named(extensions, *names):
        if text_of(extension) or extension.children:
            return extension
        found = found or extension
    return found


def said(extensions: Iterable[Extension], *names: str) -> str:
    """The text of the first one called one of ``names`` that says anything, stripped; ``""`` where there is none."""
    found = first(extensions, *names)
    return "" if found is None else text_of(found)


def text_of(extension: Extension) -> str:
    """The text of a value, stripped: its own, or that of the member that holds it."""
    if isinstance(extension.value, tuple):
        for child in extension.children:
            if child.name in _MEMBERS or child.name == "":
                return text_of(child)
    return extension.text.strip()


def anywhere(
    extensions: Iterable[Extension], *names: str, path: str = "", depth: int = _DEPTH
) -> Iterator[tuple[str, Extension]]:
    """Those called one of ``names`` at any depth, each with its place."""
    seen: dict[str, int] = {}
    for extension in extensions:
        written = f"{extension.prefix}:{extension.name}" if extension.prefix else extension.name
        place = f"{path}/{written}" if path and written else path or written
        if extension.array == "member":
            number = seen.get(written, 0)
            seen[written] = number + 1
            place = f"{place}/{number}"
        if local(extension) in names:
            yield place, extension
        if depth and extension.children:
            yield from anywhere(extension.children, *names, path=place, depth=depth - 1)
