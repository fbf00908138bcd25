"""Opening the store a command was given.

Takes an address; gives an open store. Guarantees: a command that only asks questions never makes a store: a misspelt
path is an error and not an empty answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from epcis_kit.errors import NotAStore

if TYPE_CHECKING:
    from epcis_kit.store import Store

__all__ = ["existing_store"]


def existing_store(address: str) -> Store:
    """The store at ``address``.

    Raises:
        NotAStore: There is no file, or it is something else.
    """
    from epcis_kit.store import open_store  # noqa: PLC0415 - loads sqlite3

    path = address.removeprefix("sqlite:///")
    if path != ":memory:" and not Path(path).is_file():
        raise NotAStore(f"There is no store at {path!r}; epcis-kit capture makes one.")
    return open_store(address)
