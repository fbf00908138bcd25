"""What speaks HTTP: the only room that opens a connection.

Takes addresses that the user named or asked to be looked up; gives bytes. So far it holds ``fetch``, which gets the
small documents that verification may need. Guarantees: importing this loads no HTTP library and opens no connection;
nothing below this room imports it, and what needs the network takes a protocol that this room implements.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epcis_kit.rest.fetch import HttpFetcher

__all__ = ["HttpFetcher"]

_HOME = {"HttpFetcher": "fetch"}


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
