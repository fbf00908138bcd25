"""Every exception this library raises on purpose.

::

    EpcisKitError
    ├ IdentifierError(ValueError)     not a well-formed GS1 key, or a form of it that does not exist
    ├ DocumentError(ValueError)       the document cannot be read at all; .location says where
    │  └ UnsupportedVersionError      a schemaVersion or namespace this library does not know
    ├ InvalidDocumentError            from Report.raise_for_errors(); .report
    ├ EncodeError(ValueError)         the target dialect cannot carry the value; .losses
    ├ MappingError(ValueError)        a mapping file itself is wrong
    ├ QueryError(ValueError)          a query parameter is unknown or has a wrong value
    ├ SignatureError                  a signature cannot be made, or is not there to be verified
    ├ StoreError                      the store cannot do what was asked
    │  ├ StoreBusy                    another process holds the lock
    │  ├ StoreVersionError            written by a newer version of this library
    │  └ NotAStore                    the file is something else
    ├ RemoteError                     a remote address was named and something went wrong there
    │  ├ RemoteRejected               it answered with a problem; .status, .problem
    │  └ RemoteUnreachable            it did not answer
    └ MissingExtraError(ImportError)  names the pip extra to install

Takes nothing from other modules. Messages follow one grammar: what, the value, expected, got, for example
``Cannot read GTIN '123': expected 8, 12, 13 or 14 digits, got 3.`` Long values are shortened in the middle,
so that a hostile input of ten megabytes does not come back in its own error message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from epcis_kit.findings import Location, Report

__all__ = [
    "DocumentError",
    "EncodeError",
    "EpcisKitError",
    "IdentifierError",
    "InvalidDocumentError",
    "MappingError",
    "MissingExtraError",
    "NotAStore",
    "QueryError",
    "RemoteError",
    "RemoteRejected",
    "RemoteUnreachable",
    "SignatureError",
    "StoreBusy",
    "StoreError",
    "StoreVersionError",
    "UnsupportedVersionError",
    "shorten",
]

_SHOWN = 120


def shorten(value: object, limit: int = _SHOWN) -> str:
    """``repr(value)``, cut in the middle to at most ``limit`` characters of content.

    Strings are cut before they are quoted, so the cost does not grow with the input.
    """
    if isinstance(value, (str, bytes)) and len(value) > limit:
        half = limit // 2
        kind = "characters" if isinstance(value, str) else "bytes"
        return f"{value[:half]!r}…{value[-half:]!r} ({len(value)} {kind})"
    text = repr(value)
    return text if len(text) <= 2 * limit else f"{text[:limit]}…{text[-limit // 2 :]}"


class EpcisKitError(Exception):
    """The root of the tree: catch it to catch everything this library raises on purpose.

    Every error can be copied and sent to another process, whatever its ``__init__`` asks for.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (type(self), self.args, self.__dict__))


def _rebuilt(kind: type[EpcisKitError], args: tuple[object, ...], state: dict[str, object]) -> EpcisKitError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class IdentifierError(EpcisKitError, ValueError):
    """A text is not the GS1 key it should be, or a key has no form of the kind asked for.

    Attributes:
        what: What was to be read or made, for example ``"GTIN"`` or ``"EPC URN"``.
        value: The text as given, not shortened.
        expected: What would have been right, as a phrase.
        got: What was there instead, as a phrase; ``None`` where the value itself says it.
        kind: A short stable word for programs, for example ``"check_digit"``.
        ai: The GS1 application identifier at fault, where there is one.
        position: Zero-based offset of the first wrong character in ``value``, where it is known.
        reason: The part of the message after the colon.
    """

    def __init__(
        self,
        what: str,
        value: object,
        *,
        expected: str,
        got: str | None = None,
        kind: str = "malformed",
        ai: str | None = None,
        position: int | None = None,
        verb: str = "read",
    ) -> None:
        self.what = what
        self.value = value
        self.expected = expected
        self.got = got
        self.kind = kind
        self.ai = ai
        self.position = position
        self.verb = verb
        self.reason = f"expected {expected}" + (f", got {got}" if got is not None else "")
        super().__init__(f"Cannot {verb} {what} {shorten(value)}: {self.reason}.")


class DocumentError(EpcisKitError, ValueError):
    """A document cannot be read at all; ``location`` says where reading ended (``None`` where there is no place)."""

    def __init__(self, message: str, location: Location | None = None) -> None:
        self.location = location
        self.reason = message
        where = "" if location is None else str(location)
        super().__init__(f"{where}: {message}" if where else message)


class UnsupportedVersionError(DocumentError):
    """The document names an EPCIS version or namespace this library does not know."""


class InvalidDocumentError(EpcisKitError):
    """A report holds findings of severity ``error``; ``report`` has all of them."""

    def __init__(self, message: str, report: Report) -> None:
        self.report = report
        super().__init__(message)


class EncodeError(EpcisKitError, ValueError):
    """The target dialect cannot carry the value.

    Attributes:
        losses: One finding or sentence for each thing that would be lost; empty for a plain misuse.
    """

    def __init__(self, message: str, losses: Sequence[object] = ()) -> None:
        self.losses = tuple(losses)
        super().__init__(message)


class MappingError(EpcisKitError, ValueError):
    """A mapping file is wrong in itself, before any row was read."""


class QueryError(EpcisKitError, ValueError):
    """A query parameter is unknown, has a wrong value, or excludes another one."""


class SignatureError(EpcisKitError):
    """A signature cannot be made, or there is none to verify."""


class StoreError(EpcisKitError):
    """The store cannot do what was asked; the message says why and what is still safe."""


class StoreBusy(StoreError):  # noqa: N818 - the name is promised
    """Another process holds the store's lock; trying again later is safe."""


class StoreVersionError(StoreError):
    """The store was written by a newer version of this library."""


class NotAStore(StoreError):  # noqa: N818 - the name is promised
    """The file is there, and is not a store of this library."""


class RemoteError(EpcisKitError):
    """A remote address that the user named gave no usable answer."""


class RemoteRejected(RemoteError):  # noqa: N818 - the name is promised
    """The remote side answered with a problem."""

    def __init__(self, message: str, status: int, problem: object = None) -> None:
        self.status = status
        self.problem = problem
        super().__init__(message)


class RemoteUnreachable(RemoteError):  # noqa: N818 - the name is promised
    """The remote side did not answer."""


class MissingExtraError(EpcisKitError, ImportError):
    """A part that is not installed by default was asked for."""

    def __init__(self, feature: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{feature} needs an extra that is not installed: pip install 'epcis-kit[{extra}]'.")
