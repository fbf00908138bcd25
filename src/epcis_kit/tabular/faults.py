"""What is wrong with a mapping, said in one way: the place, the value, what was expected, and the nearest right word.

Takes pieces of a mapping and the names that may stand there; raises :class:`~epcis_kit.errors.MappingError`, or gathers
several of them for a linter. Guarantees: a misspelt name is answered with the nearest known one; what is repeated from
the mapping is shortened.
"""

from __future__ import annotations

import contextlib
import difflib
from typing import TYPE_CHECKING, Any

from epcis_kit.errors import MappingError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Faults", "any_of", "as_list", "as_table", "known", "near", "one_of"]


class Faults:
    """Gathers the faults of a mapping.

    Attributes:
        errors: What was found so far.
    """

    def __init__(self) -> None:
        self.errors: list[MappingError] = []

    @contextlib.contextmanager
    def gather(self) -> Iterator[None]:
        """Go on behind the block after a fault in it."""
        try:
            yield
        except MappingError as error:
            self.errors.append(error)


def near(name: object, names: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` where one of ``names`` is close to ``name``, else nothing."""
    found = difflib.get_close_matches(str(name)[:60], [str(other) for other in names], n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def any_of(names: Iterable[str]) -> str:
    """The names, for a sentence."""
    return ", ".join(names)


def known(content: dict[str, Any], names: Iterable[str], where: str) -> None:
    """Refuse names that mean nothing there."""
    names = tuple(names)
    for name in content:
        if name not in names:
            raise MappingError(f"{where}: unknown name {shorten(name)}{near(name, names)}. Known: {', '.join(names)}.")


def as_table(content: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    """The names and values below ``name``; none where it is absent."""
    value = content.get(name, {})
    if not isinstance(value, dict):
        raise MappingError(f"{where}, {name}: expected names and values, got {shorten(value)}.")
    return value


def as_list(value: Any, place: str) -> list[Any]:
    """``value``, which has to be a list."""
    if not isinstance(value, list):
        raise MappingError(f"{place}: expected a list, got {shorten(value)}.")
    return value


def one_of(content: dict[str, Any], name: str, words: tuple[str, ...], where: str, default: str | None) -> str | None:
    """The word below ``name``, which has to be one of ``words``."""
    value = content.get(name, default)
    if value is not None and value not in words:
        got = f"{shorten(value)}{near(value, words)}"
        raise MappingError(f"{where}: expected {name} {' or '.join(map(repr, words))}, got {got}.")
    return value
