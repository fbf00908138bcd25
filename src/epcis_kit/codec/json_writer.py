"""EPCIS JSON-LD 2.0, written event by event.

Takes a binary file, the head of a document and its events; gives a document that the published schema accepts
where the events are right by it. Guarantees: the same values give the same bytes; ``@context`` has the standard's
address and the prefixes that are used, and nothing else; in a stream, where names are met that were not announced,
the event brings its own ``@context``; numbers keep their digits; what JSON cannot hold is a named loss:

* ``LOSS-NUMBER``: ``NaN`` and infinities of XML;
* ``LOSS-NAME``: a name without a namespace that begins like a prefix in use;
* ``LOSS-TEXT``: half a surrogate pair, which no encoding holds.

``creationDate`` is mandatory. Where a document has none, the latest time of its events is written.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any, Final

from epcis_kit.codec.json_context import STANDARD_CONTEXT
from epcis_kit.codec.json_values import Values
from epcis_kit.codec.namespaces import OWN_NAMESPACE, Prefixes
from epcis_kit.errors import EncodeError, shorten
from epcis_kit.findings import Finding, Location

if TYPE_CHECKING:
    from epcis_kit.model import Document, Event, Timestamp

__all__ = ["JsonWriter"]

_VERSIONS: Final = ("2.0", "2.0.0", "2.0.1")
_UNBOUND: Final = re.compile(
    r"http://www\.w3\.org/(?:2001/XMLSchema(?:-instance)?|2000/xmlns/|XML/1998/namespace)"
    r"|urn:epcglobal:(?:xsd:1|epcis(?:-query|-masterdata)?:xsd:[12])|"
    r"http://www\.unece\.org/cefact/namespaces/StandardBusinessDocumentHeader"
).fullmatch
"""Namespaces that XML documents declare for their own elements; JSON needs them only where a name uses them."""

_EPOCH: Final = "1970-01-01T00:00:00Z"
_GONE: Final = {
    "LOSS-NUMBER": ("JSON has no spelling for it", "a finite number"),
    "LOSS-NAME": ("its beginning is a prefix there", "a name with a namespace"),
    "LOSS-TEXT": ("no encoding holds half a surrogate pair", "whole characters"),
}


class JsonWriter:
    """Writes one JSON document; see :class:`~epcis_kit.codec.protocols.DocumentWriter`.

    Attributes:
        losses: What could not be written.
    """

    def __init__(
        self,
        target: IO[bytes],
        head: Document,
        *,
        version: str = "2.0",
        allow_loss: bool = False,
        indent: int | None = None,
        whole: bool = False,
    ) -> None:
        """Begin a document.

        Args:
            target: Where the bytes go; it stays open.
            head: The document without its events. Type ``"event"`` writes the bare event, an event a line if there are
                several.
            version: ``"2.0"``; JSON has no other.
            allow_loss: Go on after a loss.
            indent: Spaces a level; ``None`` writes an event a line.
            whole: Hold the events back until the end, so that all prefixes stand at the head.
        """
        if version not in _VERSIONS:
            raise EncodeError(f"Cannot write JSON version {shorten(version)}: expected 2.0, the only version there is.")
        import msgspec  # noqa: PLC0415 - the encoder is loaded when something is written

        self.losses: list[Finding] = []
        self._encode = msgspec.json.Encoder(decimal_format="number").encode
        self._pretty = msgspec.json.format
        self._target = target
        self._head = head
        self._allow_loss = allow_loss
        self._indent = indent
        self._prefixes = Prefixes(head.namespaces)
        self._values = Values(self._prefixes, self._lose)
        self._count = 0
        self._latest: Timestamp | None = None
        self._held: list[bytes] | None = [] if whole else None
        self._event_id: str | None = None
        self._bare = head.type == "event"  # each event has a context of its own then
        self._pointer = (
            "/epcisBody/queryResults/resultsBody/eventList"
            if head.type == "EPCISQueryDocument"
            else "/epcisBody/eventList"
        )
        self._announced: dict[str, str] = {}
        self._written: dict[str, Any] = {}
        if not whole:
            for prefix, namespace in () if self._bare else head.namespaces:
                if namespace != OWN_NAMESPACE and not _UNBOUND(namespace):
                    self._prefixes.prefix(namespace, prefix)
            self._begin()

    # -- the document

    def _begin(self) -> None:
        if self._bare:
            return
        self._written = self._values.head(self._head)
        self._announced = dict(self._prefixes.bound)
        members = {"@context": self._context(self._announced), "type": self._type(), **self._written}
        if self._head.type == "EPCISQueryDocument":
            results: dict[str, Any] = {"queryName": self._head.query_name or ""}
            if self._head.subscription_id is not None:
                results["subscriptionID"] = self._head.subscription_id
            before = self._bytes(results, "")[:-1] + b',"resultsBody":{"eventList":['
            body = b'"epcisBody":{"queryResults":' + before
        else:
            body = b'"epcisBody":{"eventList":['
        self._put(self._bytes(members, "")[:-1] + b"," + body)

    def _type(self) -> str:
        return "EPCISQueryDocument" if self._head.type == "EPCISQueryDocument" else "EPCISDocument"

    def _context(self, bound: dict[str, str]) -> list[Any]:
        """The ``@context`` of prefixes: namespace to prefix."""
        prefixes = {prefix: namespace for namespace, prefix in bound.items()}
        return [STANDARD_CONTEXT, *self._head.contexts, *([prefixes] if prefixes else [])]

    def write(self, event: Event) -> None:
        """Write one event.

        Raises:
            EncodeError: Something in it cannot be written and losses are not allowed.
        """
        self._event_id = event.event_id
        if self._bare:
            self._prefixes = self._values.prefixes = Prefixes(self._head.namespaces)
        members = self._values.event(event, "" if self._bare else f"{self._pointer}/{self._count}")
        for moment in (event.event_time, event.record_time):
            if moment is not None and (self._latest is None or moment > self._latest):
                self._latest = moment
        if self._bare:
            members = {"@context": self._context(self._prefixes.bound), **members}
        elif self._held is None and len(self._prefixes.bound) > len(self._announced):
            late = {space: prefix for space, prefix in self._prefixes.bound.items() if space not in self._announced}
            members = {"@context": {prefix: space for space, prefix in late.items()}, **members}
        data = self._bytes(members, self._pointer)
        if self._indent is not None and not (self._bare and self._count):
            data = self._pretty(data, indent=self._indent)
        self._count += 1
        if self._held is not None and not self._bare:
            self._held.append(data)
        elif self._bare:
            self._put(data + b"\n")
        else:
            self._put((b"\n" if self._count == 1 else b",\n") + data)

    def close(self, head: Document | None = None) -> None:
        """Write what stands after the events; the target stays open.

        ``head`` is the document as it is known now: members that were not known at the beginning are written here.
        """
        self._event_id = None
        if self._bare:
            return
        if head is not None:
            self._head = head.model_copy(update={"events": ()})
        if self._held is not None:
            self._values.head(self._head)  # binds its prefixes
            self._begin()
            for number, data in enumerate(self._held):
                self._put((b",\n" if number else b"\n") + data)
            self._held = None
        end = b"\n]" if self._count else b"]"
        if self._head.type == "EPCISQueryDocument":
            master_data = self._head.header.master_data if self._head.header is not None else ()
            if master_data:
                end += b',"vocabularyList":' + self._bytes(self._values.vocabularies(master_data), "")
            end += b"}}"
        late = {key: value for key, value in self._values.head(self._head).items() if key not in self._written}
        if "creationDate" not in self._written and "creationDate" not in late and self._type() == "EPCISDocument":
            late["creationDate"] = self._latest.text if self._latest is not None else _EPOCH
        members = b"".join(b"," + self._bytes({key: value}, "")[1:-1] for key, value in late.items())
        self._put(end + b"}" + members + b"}\n")

    # -- bytes

    def _put(self, data: bytes) -> None:
        self._target.write(data)

    def _bytes(self, value: Any, pointer: str) -> bytes:
        try:
            return self._encode(value)
        except UnicodeEncodeError:
            self._lose("LOSS-TEXT", "text", "half a surrogate pair", pointer)
            return self._encode(_whole(value))

    def _lose(self, rule: str, what: str, value: object, pointer: str) -> None:
        why, expected = _GONE[rule]
        finding = Finding(
            rule=rule,
            severity="warning",
            layer="document",
            message=f"Cannot write {what} {shorten(str(value))} in JSON, {why}: expected {expected}.",
            location=Location(
                pointer=pointer,
                event_index=self._count if self._event_id is not None or pointer.startswith(self._pointer) else None,
                event_id=self._event_id,
            ),
            parameters=(("what", what), ("value", shorten(str(value)))),
        )
        self.losses.append(finding)
        if not self._allow_loss:
            raise EncodeError(f"Cannot write JSON 2.0 without loss: {finding}", self.losses)


_HALF: Final = re.compile("[\ud800-\udfff]")


def _whole(value: Any) -> Any:
    """A value with U+FFFD for each half of a surrogate pair."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(below) for key, below in value.items()}
    return [_whole(item) for item in value] if isinstance(value, (list, tuple)) else value
