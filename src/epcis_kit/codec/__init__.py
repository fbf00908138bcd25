"""Bytes to the model and back: EPCIS JSON-LD 2.0 and XML 1.0 to 2.0, told by content, streaming, safe and without loss.

Takes paths, bytes and binary files (gzip is undone); gives events one by one, whole documents, or bytes::

    from epcis_kit import codec

    for event in codec.iter_events("shipments.json.gz"):
        ...
    document = codec.read_document(b"<epcis:EPCISDocument ...")
    data = codec.write_document(document, format="json")
    report = codec.convert("old.xml", "new.json", format="json")

Guarantees: formats and versions exist in here only; every limit on untrusted input can be raised by name
(:class:`Limits`); no network, no DTD, no entity; duplicate JSON keys are refused; digits, offsets and identifiers stay
as written. Names load what they need at first use, lxml only for XML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit._lazy import lazy_names

if TYPE_CHECKING:
    from epcis_kit.codec.documents import (
        ConvertReport,
        convert,
        iter_events,
        open_reader,
        open_writer,
        read_document,
        write_document,
    )
    from epcis_kit.codec.limits import Limits, ReadOptions
    from epcis_kit.codec.protocols import DocumentReader, DocumentWriter
    from epcis_kit.codec.sources import Source, SourceLike, open_source

__all__ = [
    "ConvertReport",
    "DocumentReader",
    "DocumentWriter",
    "Limits",
    "ReadOptions",
    "Source",
    "SourceLike",
    "convert",
    "iter_events",
    "open_reader",
    "open_source",
    "open_writer",
    "read_document",
    "write_document",
]

_HOMES = {
    "documents": (
        "ConvertReport",
        "convert",
        "iter_events",
        "open_reader",
        "open_writer",
        "read_document",
        "write_document",
    ),
    "limits": ("Limits", "ReadOptions"),
    "protocols": ("DocumentReader", "DocumentWriter"),
    "sources": ("Source", "SourceLike", "open_source"),
}
__getattr__, __dir__ = lazy_names(globals(), _HOMES)
