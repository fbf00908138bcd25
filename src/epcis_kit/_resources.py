"""Finds the data files that ship with the library (``schemas/`` and ``examples/``).

Takes a path below one of the two folders and gives its bytes or its place on disk. In a wheel the folders lie inside
the package (``epcis_kit/_data/``); in a checkout or an editable install they lie beside ``src/``. The packaged folder
is looked for first. Nothing is read at import, and what is read as bytes is kept.
"""

from __future__ import annotations

import functools
from pathlib import Path

__all__ = ["data_path", "read_bytes", "read_text"]

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "_data", _PACKAGE.parent.parent)


@functools.cache
def data_path(name: str) -> Path:
    """The place on disk of ``name``, for example ``"schemas/cbv.toml"``; ``FileNotFoundError`` where it is missing."""
    for root in _ROOTS:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"epcis_kit was installed without its data file {name!r}; reinstall the package.")


@functools.cache
def read_bytes(name: str) -> bytes:
    """The content of the data file ``name``, read once."""
    return data_path(name).read_bytes()


def read_text(name: str) -> str:
    """The content of the data file ``name`` as UTF-8 text."""
    return read_bytes(name).decode("utf-8")
