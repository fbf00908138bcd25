"""What speaks HTTP: the only room that opens a connection.

Takes addresses that the user named or asked to be looked up; gives bytes. So far it holds ``fetch``, which gets the
small documents that verification may need. Guarantees: importing this loads no HTTP library and opens no connection;
nothing below this room imports it, and what needs the network takes a protocol that this room implements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit._lazy import lazy_names

if TYPE_CHECKING:
    from epcis_kit.rest.fetch import HttpFetcher

__all__ = ["HttpFetcher"]

__getattr__, __dir__ = lazy_names(globals(), {"fetch": ("HttpFetcher",)})
