"""Master data from files: tables and EPCIS documents, in the order they are named.

Takes what the user names with ``--masterdata``; gives one :class:`~epcis_kit.validate.master_data.MasterData`.
Guarantees: what a file is, is told by its first bytes, not by its name; gzip is undone; a document without any
vocabulary, a table without a column of keys and a row with a bad value are errors that name the file.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, cast

from epcis_kit.codec import ReadOptions, open_reader, open_source
from epcis_kit.errors import DocumentError, QueryError, shorten
from epcis_kit.model import Document
from epcis_kit.validate.master_data import MasterData, of_header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.codec import SourceLike

__all__ = ["read_master_data"]


def read_master_data(sources: Any, *, options: ReadOptions | None = None) -> MasterData | None:
    """The master data of one or more files, joined in their order; ``None`` where there is no source.

    Args:
        sources: One source or several; each is a path, bytes or open binary file of a CSV table or an EPCIS document, a
            document in hand, or master data in hand.
        options: How to read documents.

    Raises:
        QueryError: A table lacks a column, a row has a bad key or value, or a document has no master data.
        OSError: A file cannot be opened.
    """
    if sources is None:
        return None
    if isinstance(sources, MasterData):
        return sources
    single = isinstance(sources, (Document, str, bytes, bytearray, os.PathLike)) or hasattr(sources, "read")
    data = MasterData()
    given = False
    for source in cast("Iterable[Any]", (sources,) if single else sources):
        given = True
        if isinstance(source, MasterData):
            data.update(source)
        elif isinstance(source, Document):
            data.update(of_header(source.header))
        else:
            data.update(_read(source, options or ReadOptions()))
    return data if given else None


def _read(source: SourceLike, options: ReadOptions) -> MasterData:
    from epcis_kit.validate.master_tables import read_table  # noqa: PLC0415 - only where there is a table

    try:
        with open_source(source, limits=options.limits) as opened:
            name = opened.name or "the table"
            start = opened.peek(512).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")[:1]
            if start not in {b"<", b"{", b"["}:
                return read_table(opened.read(-1), name)
            with contextlib.closing(open_reader(opened, options, lambda _finding: None, whole_head=True)) as reader:
                for _event in reader.events():
                    pass
                header = reader.head().header
    except DocumentError as error:
        raise QueryError(f"Cannot use master data: {error}") from None
    data = of_header(header, name)
    if not data:
        raise QueryError(
            f"Cannot use master data {shorten(name)}: expected vocabularies of products, places or parties in the "
            "document, got none."
        )
    return data
