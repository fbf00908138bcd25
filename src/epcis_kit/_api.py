"""What the root package exports, composed from the rooms below.

Takes what users name (paths, bytes, files, documents); gives documents, events, reports and stores. Guarantees: each
function is a thin composition; nothing below imports this module; rooms that cost time to load (lxml, sqlite3) are
loaded when they are first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, Literal

    from epcis_kit.codec import ConvertReport, ReadOptions, SourceLike
    from epcis_kit.findings import Finding, Report
    from epcis_kit.model import Document, Event
    from epcis_kit.signing import Signed, VerificationResult
    from epcis_kit.store import Store
    from epcis_kit.tabular.flat import TableReport
    from epcis_kit.validate import Profile
    from epcis_kit.validate.rules import History

__all__ = [
    "check",
    "convert",
    "convert_table",
    "iter_events",
    "open_store",
    "read",
    "sign",
    "to_table",
    "verify",
    "write",
]


def read(source: SourceLike, *, options: ReadOptions | None = None) -> Document:
    """Read a whole EPCIS document.

    Args:
        source: A path, bytes or an open binary file: EPCIS XML 1.0 to 2.0, EPCIS JSON 2.0, as EPCISDocument,
            EPCISQueryDocument, EPCISMasterDataDocument or bare event; gzip is undone. The format is told by content.
        options: Limits for untrusted input and the meaning of zone-less times; see
            :class:`~epcis_kit.codec.ReadOptions`.

    Returns:
        The document; its ``events`` are in document order.

    Raises:
        DocumentError: It cannot be read, or an event in it is wrong; ``location`` says where.
        UnsupportedVersionError: It names a version or namespace this library does not know.
        OSError: The file cannot be opened.
    """
    from epcis_kit import codec  # noqa: PLC0415 - loaded on first use

    return codec.read_document(source, **_options(options))


def iter_events(
    source: SourceLike, *, options: ReadOptions | None = None, problems: Callable[[Finding], None] | None = None
) -> Iterator[Event]:
    """Read the events of a document of any size one by one, in memory for one event.

    Args:
        source: As for :func:`read`; JSON lines with one bare event a line are taken too.
        options: As for :func:`read`.
        problems: Called with a finding for each event that is wrong, and reading goes on; ``None`` raises at the first.

    Raises:
        DocumentError: As for :func:`read`.
        OSError: The file cannot be opened.
    """
    from epcis_kit import codec  # noqa: PLC0415 - loaded on first use

    return codec.iter_events(source, problems=problems, **_options(options))


def write(
    document: Document | Event | Iterable[Event],
    *,
    format: Literal["json", "xml"] = "json",  # noqa: A002 - the promised name
    version: str = "2.0",
    allow_loss: bool = False,
    on_loss: Callable[[Finding], None] | None = None,
    **spelling: Any,
) -> bytes:
    """Write a document as bytes.

    Args:
        document: A document; or one event or several, which are put into a document that is dated by their latest time.
        format: ``"json"`` or ``"xml"``.
        version: ``"2.0"``; for XML also ``"1.2"``.
        allow_loss: Leave out what the target cannot hold and name it to ``on_loss``.
        on_loss: Called with one finding for each thing left out.
        **spelling: Choices of the writer, for example ``indent=2`` for JSON.

    Raises:
        EncodeError: The target cannot hold something and ``allow_loss`` is false; ``losses`` names all of it.
    """
    from epcis_kit import codec  # noqa: PLC0415 - loaded on first use

    return codec.write_document(
        _as_document(document), format=format, version=version, allow_loss=allow_loss, on_loss=on_loss, **spelling
    )


def convert(
    source: SourceLike,
    target: str | os.PathLike[str] | IO[bytes],
    *,
    format: Literal["json", "xml"] = "json",  # noqa: A002 - the promised name
    version: str = "2.0",
    allow_loss: bool = False,
    options: ReadOptions | None = None,
    problems: Callable[[Finding], None] | None = None,
    **spelling: Any,
) -> ConvertReport:
    """Read one document and write it in another format, event by event, in constant memory.

    Args:
        source: As for :func:`read`.
        target: A path (replaced only when all went well) or an open binary file.
        format: As for :func:`write`.
        version: As for :func:`write`.
        allow_loss: As for :func:`write`; the losses are in the report.
        options: As for :func:`read`.
        problems: As for :func:`iter_events`.
        **spelling: As for :func:`write`.

    Raises:
        DocumentError: The source cannot be read.
        EncodeError: The target cannot hold something and ``allow_loss`` is false.
        OSError: A file cannot be opened or written.
    """
    from epcis_kit import codec  # noqa: PLC0415 - loaded on first use

    return codec.convert(
        source,
        target,
        format=format,
        version=version,
        allow_loss=allow_loss,
        problems=problems,
        **_options(options),
        **spelling,
    )


def check(
    source: SourceLike | Document,
    profile: str | os.PathLike[str] | Profile = "core",
    *,
    schema_only: bool = False,
    schemas: str | os.PathLike[str] | None = None,
    options: ReadOptions | None = None,
    master_data: Any = None,
    history: History | None = None,
    complete: bool = False,
    now: dt.datetime | None = None,
    overview: bool = False,
    groups: bool = False,
) -> Report:
    """Say what is wrong with a document, where, and what to do about it.

    Args:
        source: As for :func:`read`, or a document in hand.
        profile: Name of the rule set, the path of a profile file, or a profile in hand.
        schema_only: Only whether the document has the shape of an EPCIS document, as the published schemas see it,
            none of the rules beyond it.
        schemas: A folder with schema files of your own (``.xsd``, ``.json``) to use instead of those that ship with
            the library, for example the published ones; only the shape is checked then.
        options: As for :func:`read`.
        master_data: What is known of products, places and parties beside the document.
        history: What was known before this document, for example that of a store.
        complete: The document (with the history) is the whole story of its objects; what is information otherwise is an
            error then.
        now: The present time, for rules about the future; ``None`` takes the clock of the machine.
        overview: Also gather what the document is about (events, products, lots, containers, companies), for
            ``Report.to_html``.
        groups: Identical findings as one, with their number and some of their places.

    Returns:
        A report with the findings in document order. A document that cannot be read gives a report too.

    Raises:
        QueryError: There is no such profile, it is wrong, or the schemas cannot be used.
        OSError: The file cannot be opened.
    """
    from epcis_kit import validate  # noqa: PLC0415 - loaded on first use

    return validate.check(
        source,
        profile,
        schema_only=schema_only,
        schemas=schemas,
        master_data=master_data,
        history=history,
        complete=complete,
        now=now,
        overview=overview,
        groups=groups,
        **_options(options),
    )


def convert_table(rows: Any, mapping: Any, **options: Any) -> Any:
    """Turn a table into events and findings, row by row; see :func:`epcis_kit.tabular.convert_table`."""
    from epcis_kit import tabular  # noqa: PLC0415 - loaded on first use

    return tabular.convert_table(rows, mapping, **options)


def to_table(source: Any, target: Any, **choices: Any) -> TableReport:
    """Write events as a flat table, CSV or XLSX; see :func:`epcis_kit.tabular.flat.to_table` for every choice."""
    from epcis_kit.tabular import flat  # noqa: PLC0415 - loaded on first use

    return flat.to_table(source, target, **choices)


def open_store(address: str | os.PathLike[str]) -> Store:
    """Open a store of events, made where it does not exist.

    Args:
        address: A path, ``"sqlite:///path"``, or ``":memory:"`` for one that goes with the process.

    Raises:
        NotAStore: The file is something else.
        StoreVersionError: It was written by a newer version of this library.
        StoreBusy: Another process holds it for longer than the waiting time.
    """
    from epcis_kit import store  # noqa: PLC0415 - loads sqlite3

    return store.open_store(address)


def sign(source: Any, *, key: Any, profile: str | None = None, **choices: Any) -> Signed:
    """Sign a document or any file; see :func:`epcis_kit.signing.profiles.sign` for every choice.

    Args:
        source: A path, bytes or an open binary file.
        key: The path of a private key (PEM or PKCS#12), ``"env:NAME"``, its bytes, or a
            :class:`~epcis_kit.signing.keys.Signer`.
        profile: ``"xmldsig"`` for XML, ``"vc-jwt"`` for JSON, ``"jws-detached"`` for any file, ``"attest"`` for each
            event by itself, ``"di-jcs"`` for a proof inside JSON; told by the content where it is not given.
        **choices: ``passphrase``, ``kid``, ``at`` and those of the profile.

    Raises:
        SignatureError: The key cannot be used, or the profile does not take such a document.
        OSError: A file cannot be opened.
    """
    from epcis_kit import signing  # noqa: PLC0415 - loads cryptography

    return signing.sign(source, key=key, profile=profile, **choices)


def verify(source: Any, *, trust: Any = None, **choices: Any) -> VerificationResult:
    """Say who signed a document or file, and whether it is unchanged; see :func:`epcis_kit.signing.profiles.verify`.

    Args:
        source: A path, bytes or an open binary file.
        trust: Whom to believe: a trust file, a public key or certificate (PEM), or several. Without it no signature
            is ``VALID``.
        **choices: ``signature``, ``profile``, ``at``, ``audience``, ``seen``, ``partial``, ``did_documents``,
            ``fetcher``, ``contexts``.

    Returns:
        A result; ask ``.status``. Its ``payload`` is what was signed and nothing else.

    Raises:
        SignatureError: The trust cannot be read.
        OSError: A file cannot be opened.
    """
    from epcis_kit import signing  # noqa: PLC0415 - loads cryptography

    return signing.verify(source, trust=trust, **choices)


def _options(options: ReadOptions | None) -> dict[str, Any]:
    return {} if options is None else {"options": options}


def _as_document(value: Document | Event | Iterable[Event]) -> Document:
    from epcis_kit.model import Document, Event  # noqa: PLC0415 - loads pydantic

    if isinstance(value, Document):
        return value
    events = (value,) if isinstance(value, Event) else tuple(value)
    latest = max((event.record_time or event.event_time for event in events), default=None)
    return Document(events=events, creation_date=latest)
