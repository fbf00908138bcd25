"""EPCIS JSON-LD 2.0, written event by event.

Takes a binary file, the head of a document and its events; gives a document that the published schema accepts
where the events are right by it. Guarantees: the same values give the same bytes; ``@context`` has the standard's
address and the prefixes that are used, and nothing else; in a stream, where names are met that were not announced,
the event brings its own ``@context``; numbers keep their digits; what JSON cannot hold is a named loss:

* ``LOSS-NUMBER``: ``NaN`` and infinities of XML;
* ``LOSS-NAME``: a name without a namespace that begins like a prefix in use;
* ``LOSS-LATE``: a member of the head that a stream brings after its events, with a prefix of its own;
* ``LOSS-SIGNATURE``: a signature, which fits only the document that it was made over;
* ``LOSS-TEXT``: half a surrogate pair, which no encoding holds.

``creationDate`` is mandatory. Where a document has none, the latest time of its events is written.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any, Final

from epcis_kit.codec.json_context import STANDARD_CONTEXT
from epcis_kit.codec.json_values import Place, Values, pointer_of
from epcis_kit.codec.namespaces import OWN_NAMESPACE, Prefixes
from epcis_kit.codec.signatures import unsigned_event, unsigned_head
from epcis_kit.errors import EncodeError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.model import Timestamp

if TYPE_CHECKING:
    from epcis_kit.model import Document, Event, Extension

__all__ = ["JsonWriter"]

_VERSIONS: Final = ("2.0", "2.0.0", "2.0.1")
_UNBOUND: Final = re.compile(
    r"http://www\.w3\.org/(?:2001/XMLSchema(?:-instance)?|2000/xmlns/|XML/1998/namespace)"
    r"|urn:epcglobal:(?:xsd:1|epcis(?:-query|-masterdata)?:xsd:[12])|"
    r"http://www\.unece\.org/cefact/namespaces/StandardBusinessDocumentHeader"
).fullmatch
"""Namespaces that XML documents declare for their own elements; JSON needs them only where a name uses them."""

_EPOCH: Final = Timestamp("1970-01-01T00:00:00Z", 0)
_GONE: Final = {
    "LOSS-NUMBER": ("JSON has no spelling for it", "a finite number"),
    "LOSS-NAME": ("its beginning is a prefix there", "a name with a namespace"),
    "LOSS-LATE": ("the prefixes stood at the beginning already", "members with prefixes before the events"),
    "LOSS-SIGNATURE": ("it would not fit the new document", "a new signature over what was written"),
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
            indent: Spaces a level; ``None`` and 0 write an event a line.
            whole: Hold the events back until the end, so that all prefixes stand at the head.
        """
        if version not in _VERSIONS:
            raise EncodeError(f"Cannot write JSON version {shorten(version)}: expected 2.0, the only version there is.")
        import msgspec  # noqa: PLC0415 - the encoder is loaded when something is written

        self.losses: list[Finding] = []
        self._encode = msgspec.json.Encoder(decimal_format="number").encode
        self._pretty = msgspec.json.format
        self._target = target
        self._allow_loss = allow_loss
        self._indent = indent or None
        self._prefixes = Prefixes(head.namespaces)
        self._values = Values(self._prefixes, self._lose)
        self._told: set[Extension] = set()
        self._count = 0
        self._latest: Timestamp | None = None
        self._held: list[bytes] | None = [] if whole else None
        self._event_id: str | None = None
        self._pointer = ""
        self._head = head = unsigned_head(head, self._lose_signature)
        self._is_read = head.source_format is not None
        self._bare = head.type == "event"  # each event has a context of its own then
        self._pointer = (
            "/epcisBody/queryResults/resultsBody/eventList"
            if head.type == "EPCISQueryDocument"
            else "/epcisBody/eventList"
        )
        self._is_query = head.type == "EPCISQueryDocument"
        self._level = 5 if self._is_query else 3  # of an event
        self._vocabularies: list[dict[str, Any]] = []
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
        self._vocabularies = self._master_data(self._head)
        self._announced = dict(self._prefixes.bound)
        members = {"@context": self._context(self._announced), "type": self._type(), **self._written}
        self._put(b"{" + self._inner(members, 1) + b"," + self._name("epcisBody", 1) + b"{")
        if self._is_query:
            results: dict[str, Any] = {"queryName": self._head.query_name or ""}
            if self._head.subscription_id is not None:
                results["subscriptionID"] = self._head.subscription_id
            self._put(self._name("queryResults", 2) + b"{" + self._inner(results, 3))
            self._put(b"," + self._name("resultsBody", 3) + b"{")
        self._put(self._name("eventList", self._level - 1) + b"[")

    def _master_data(self, head: Document) -> list[dict[str, Any]]:
        """Master data that stands beside the events of query results."""
        if not self._is_query or head.header is None:
            return []
        return self._values.vocabularies(head.header.master_data)

    def _type(self) -> str:
        return "EPCISQueryDocument" if self._is_query else "EPCISDocument"

    def _context(self, bound: dict[str, str]) -> list[Any]:
        """The ``@context`` of prefixes: namespace to prefix."""
        prefixes = _by_prefix(bound)
        return [STANDARD_CONTEXT, *self._head.contexts, *([prefixes] if prefixes else [])]

    def write(self, event: Event) -> None:
        """Write one event.

        Raises:
            EncodeError: Something in it cannot be written and losses are not allowed.
        """
        self._event_id = event.event_id
        if event.extensions and self._is_read:
            event = unsigned_event(event, self._lose_event_signature)
        if self._bare:
            self._prefixes = self._values.prefixes = Prefixes(self._head.namespaces)
        members = self._values.event(event, "" if self._bare else (self._pointer, self._count))
        if self._head.creation_date is None:
            for moment in (event.event_time, event.record_time):
                if moment is not None and (self._latest is None or moment > self._latest):
                    self._latest = moment
        if self._bare:
            members = {"@context": self._context(self._prefixes.bound), **members}
        elif self._held is None and len(self._prefixes.bound) > len(self._announced):
            late = {space: prefix for space, prefix in self._prefixes.bound.items() if space not in self._announced}
            members = {"@context": _by_prefix(late), **members}
        data = self._bytes(members, self._pointer)
        self._count += 1
        if self._bare:
            self._put(data + b"\n")
        elif self._held is not None:
            self._held.append(data)
        else:
            self._put_event(data, first=self._count == 1)

    def _put_event(self, data: bytes, *, first: bool) -> None:
        self._put(b"" if first else b",")
        self._put(b"\n" + data if self._indent is None else self._line(self._level) + self._nested(data, self._level))

    def flush(self) -> None:
        """Nothing is held back in a stream: all events written so far are in the target."""

    def close(self, head: Document | None = None) -> None:
        """Write what stands after the events; the target stays open.

        ``head`` is the document as it is known now: members that were not known at the beginning are written here.
        """
        self._event_id = None
        if self._bare:
            return
        if head is not None:
            self._head = unsigned_head(head.model_copy(update={"events": ()}), self._lose_signature)
        if self._held is not None:
            if self._head.creation_date is None and not self._is_query:
                self._head = self._head.model_copy(update={"creation_date": self._latest or _EPOCH})
            self._begin()
            for number, data in enumerate(self._held):
                self._put_event(data, first=number == 0)
            self._held = None
        end = (b"\n]" if self._indent is None else self._line(self._level - 1) + b"]") if self._count else b"]"
        late = self._late_members() if head is not None else {}
        if self._vocabularies:
            members = {"vocabularyList": self._vocabularies}
            end += b"," + self._line(self._level - 1) + self._inner(members, self._level - 1).lstrip()
        for level in range(self._level - 2, 0, -1):
            end += self._line(level) + b"}"
        if "creationDate" not in {**self._written, **late} and not self._is_query:
            late["creationDate"] = (self._latest or _EPOCH).text
        self._put(end + (b"," + self._inner(late, 1) if late else b"") + self._line(0) + b"}\n")

    def _late_members(self) -> dict[str, Any]:
        """The members of the head that were not written at the beginning; their prefixes have to be announced."""
        known = [(prefix, namespace) for namespace, prefix in (self._announced | self._prefixes.fixed).items()]
        self._values.prefixes = Prefixes((), fixed=known)
        late = {key: value for key, value in self._values.head(self._head).items() if key not in self._written}
        if not self._vocabularies:
            self._vocabularies = self._master_data(self._head)
        unknown = set(self._values.prefixes.bound.values())
        for key in [key for key, value in late.items() if unknown and unknown & _prefixes_in({key: value})]:
            self._lose("LOSS-LATE", key, late.pop(key), f"/{key}")
        return late

    # -- bytes

    def _put(self, data: bytes) -> None:
        self._target.write(data)

    def _line(self, level: int) -> bytes:
        """A new line of that level where the document is indented."""
        return b"" if self._indent is None else b"\n" + b" " * (self._indent * level)

    def _name(self, name: str, level: int) -> bytes:
        return self._line(level) + (f'"{name}":' if self._indent is None else f'"{name}": ').encode()

    def _inner(self, members: dict[str, Any], level: int) -> bytes:
        """The members of an object without its braces."""
        data = self._bytes(members, "")
        return (
            data[1:-1] if self._indent is None else self._nested(data, level - 1)[1 : -1 - len(self._line(level - 1))]
        )

    def _nested(self, data: bytes, level: int) -> bytes:
        """A value with its lines indented as they stand at that level."""
        return self._pretty(data, indent=self._indent or 0).replace(b"\n", self._line(level))

    def _bytes(self, value: Any, pointer: str) -> bytes:
        try:
            return self._encode(value)
        except UnicodeEncodeError:
            self._lose("LOSS-TEXT", "text", "half a surrogate pair", pointer)
            return self._encode(_whole(value))

    def _lose_signature(self, signature: Extension) -> None:
        if signature not in self._told:
            self._told.add(signature)
            self._lose("LOSS-SIGNATURE", "signature", signature.clark_name, f"/{signature.name}")

    def _lose_event_signature(self, signature: Extension) -> None:
        self._lose("LOSS-SIGNATURE", "signature", signature.clark_name, f"{self._pointer}/{self._count}")

    def _lose(self, rule: str, what: str, value: object, place: Place) -> None:
        pointer = pointer_of(place)
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


def _by_prefix(bound: dict[str, str]) -> dict[str, str]:
    """Prefix to namespace, in the order of the prefixes: that of first use would change with the order of members."""
    return dict(sorted((prefix, namespace) for namespace, prefix in bound.items()))


def _prefixes_in(value: Any) -> set[str]:
    """What stands before a colon in the names below ``value``."""
    if isinstance(value, dict):
        return {name.partition(":")[0] for name in value}.union(*map(_prefixes_in, value.values()))
    return set().union(*map(_prefixes_in, value)) if isinstance(value, list) else set()


_HALF: Final = re.compile("[\ud800-\udfff]")


def _whole(value: Any) -> Any:
    """A value with U+FFFD for each half of a surrogate pair."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(below) for key, below in value.items()}
    return [_whole(item) for item in value] if isinstance(value, (list, tuple)) else value
