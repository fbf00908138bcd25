"""EPCIS JSON-LD 2.0, read event by event: documents, query documents, bare events, bare events line by line.

Takes a source that begins like JSON; gives the events as they come and, beside them, everything the document says
around them. The outer members are stepped through by hand, so a document of any size is read in memory for one
event; an event is parsed in one go and built by :mod:`~epcis_kit.codec.json_events`. Guarantees:

* prefixes are known before the first event: where ``@context`` stands after the events (as official samples have
  it) the rest of the document is looked through once, and then read;
* an event that is wrong does not stop the others where the caller takes findings;
* nothing is dropped: members outside the standard become extensions of the document or its header.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final, Literal

from epcis_kit.codec.json_context import Context
from epcis_kit.codec.json_events import EventBuilder, Unusual
from epcis_kit.codec.json_explain import Explainer, one_id
from epcis_kit.codec.json_headers import HeadReader
from epcis_kit.codec.json_scan import BadValue, as_dicts, step
from epcis_kit.codec.json_text import JsonText
from epcis_kit.codec.protocols import problem
from epcis_kit.errors import DocumentError, UnsupportedVersionError, shorten
from epcis_kit.model import EVENT_TYPES, Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.limits import ReadOptions
    from epcis_kit.codec.protocols import Problems
    from epcis_kit.codec.sources import Source
    from epcis_kit.findings import Layer, Location
    from epcis_kit.model import Event

__all__ = ["JsonReader"]

_DOCUMENTS: Final = ("EPCISDocument", "EPCISQueryDocument")
_VERSION: Final = re.compile(r"2(\.0){0,2}|2\.0\.[0-9]{1,4}").fullmatch
_BODY: Final = "epcisBody"
_TWICE: Final = "Cannot read member {}: expected each name once, got it twice."


class JsonReader:
    """Reads one JSON document; see :class:`~epcis_kit.codec.protocols.DocumentReader`."""

    def __init__(
        self,
        source: Source,
        options: ReadOptions,
        problems: Problems | None = None,
        *,
        detected: Detected,
        whole_head: bool = False,
        remarks: Problems | None = None,
    ) -> None:
        self.problems = problems
        self._remarks = remarks
        self._source = source
        self._options = options
        self._text = JsonText(source, options, detected.encoding, detected.mark)
        self._builder = EventBuilder()
        self._makers = self._builder.events
        self._whole_head = whole_head
        self.late = False  # whether the document says something after its events
        self._listed = False
        self._looking = False  # while what comes after the events is looked through
        self._context = self._builder.context = self._plain_context()
        self._contexts: dict[str, Context] = {}
        self._far: dict[str, None] = {}  # context addresses of events
        self._members: dict[str, Any] = {}  # of the document, without its body
        self._body: dict[str, Any] = {}  # of the body and what lies in it, without the events
        self._kind = ""
        self._count = 0

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def head(self) -> Document:
        """The document without its events, as far as it is known."""
        reader = HeadReader(self._context, self._kind or self._guess())
        return reader.document(self._members, self._body)

    def _guess(self) -> str:
        kind = self._members.get("type")
        return kind if isinstance(kind, str) else _DOCUMENTS[0]

    # -- events

    def events(self) -> Iterator[Event]:
        """The events in document order."""
        try:
            yield from self._root()
            self._remark_contexts()
        except RecursionError:
            raise self._text.too_deep() from None
        except DocumentError as error:
            if self.problems is None or isinstance(error, UnsupportedVersionError):
                raise
            self._note("DOC-001", error.reason, error.location or self._text.location())

    def _remark_contexts(self) -> None:
        """Say which contexts were not looked at, and what that leaves unknown."""
        addresses = list(dict.fromkeys([*self._context.addresses, *self._far]))
        unknown = list(self._context.unknown)
        if self._remarks is None or not addresses:
            return
        several = len(addresses) > 1
        left = "nothing in the document needs it"
        if unknown:
            left = f"the prefix{'es' if len(unknown) > 1 else ''} {', '.join(map(shorten, unknown[:20]))} "
            left += "stay unknown" if len(unknown) > 1 else "stays unknown"
        message = (
            f"The context{'s' if several else ''} {', '.join(map(shorten, addresses[:20]))} "
            f"{'are' if several else 'is'} not fetched: {left}."
        )
        hint = "Declare the prefixes in the document itself." if unknown else ""
        place = self._text.location(pointer="/@context")
        found = problem("DOC-003", message, dataclasses.replace(place, line=None, column=None), hint=hint)
        self._remarks(dataclasses.replace(found, rule="READ-CONTEXT", severity="warning"))

    def _note(
        self,
        rule: Literal["DOC-001", "DOC-003", "EVT-000"],
        message: str,
        location: Location,
        layer: Layer | None = None,
    ) -> None:
        """A finding where somebody takes it, else an error; nothing while looking ahead, it is met again."""
        if self._looking:
            return
        if self.problems is None:
            raise DocumentError(message, location)
        self.problems(problem(rule, message, location, layer=layer))

    def _root(self) -> Iterator[Event]:
        text = self._text
        if text.peek() == "[":
            raise text.error(
                "Cannot read the document: expected an object, got an array; EPCIS has no document that is an array. "
                "Write the events one a line (JSON lines), or into epcisBody.eventList of an EPCISDocument."
            )
        if not text.holds_document():
            yield from self._lines()
            return
        start = text.location()
        text.expect("{", "at the beginning of the document")
        yield from self._document()
        if text.peek():
            raise text.error(
                f"Cannot read the document: expected its end, got {shorten(text.text[text.at : text.at + 20])}."
            )
        if not self._kind:  # the name stood somewhere else than in a document
            self._only(self._members, start)
            event = self._event(self._members, "")
            if event is not None:
                self._kind = "event"
                yield event

    def _document(self) -> Iterator[Event]:
        text, members = self._text, self._members
        if text.peek() == "}":
            text.at += 1
            raise text.error("Cannot read the document: expected EPCIS, got an empty object.")
        seen: set[str] = set()
        while True:
            place = text.location(pointer="")
            key = text.key()
            if key in seen:
                self._note("DOC-001", _TWICE.format(shorten(key)), place)
            seen.add(key)
            self.late = self.late or self._listed
            if key == _BODY and text.peek() == "{":
                text.at += 1
                yield from self._object(f"/{_BODY}", _IN_BODY)
            else:
                value = self._value(step("", key))
                members[key] = value
                if key == _BODY:
                    message = f"Cannot read epcisBody {shorten(value)}: expected an object."
                    self._note("DOC-003", message, _moved(text.before(), f"/{_BODY}"))
                if key == "@context":
                    self._set_context(value)
                elif key == "schemaVersion":
                    self._check_version(value)
            if text.expect(",}", "after a member of the document") == "}":
                break
        if _BODY in seen:
            self._kind = self._checked_kind()

    def _object(self, pointer: str, inside: dict[str, Any]) -> Iterator[Event]:
        """The members of the body, or of an object in it."""
        text = self._text
        if text.peek() == "}":
            text.at += 1
            return
        seen: set[str] = set()
        while True:
            place = text.location(pointer=pointer)
            key = text.key()
            here = step(pointer, key)
            if key in seen:
                self._note("DOC-001", _TWICE.format(shorten(key)), place)
            seen.add(key)
            self.late = self.late or self._listed
            below = inside.get(key)
            opened = text.peek()
            if below == "events" and opened == "[":
                text.at += 1
                yield from self._list(here)
            elif below == "event" and opened == "{":
                yield from self._single(here)
            elif isinstance(below, dict) and opened == "{":
                text.at += 1
                yield from self._object(here, below)
            else:
                if below is not None:
                    wanted = "an array of events" if below == "events" else "an object"
                    got = shorten(text.text[text.at : text.at + 20])
                    self._note(
                        "DOC-003",
                        f"Cannot read {key}: expected {wanted}, got {got}.",
                        text.location(pointer=here),
                    )
                self._body[key] = self._value(here)
            if text.expect(",}", f"after a member of {pointer.rpartition('/')[2]}") == "}":
                return

    def _value(self, pointer: str) -> Any:
        """A whole member beside the events; its faults are told."""
        value, faults = self._text.whole(pointer)
        for where, message in faults:
            self._note("DOC-003", message, _moved(self._text.before(), where))
        return value

    # -- the list of events

    def _list(self, pointer: str) -> Iterator[Event]:
        text = self._text
        if self._looking:
            self._skip_list()
            return
        if "@context" not in self._members or self._whole_head:
            self._look_ahead(pointer)
        self._listed = True
        if text.peek() == "]":
            text.at += 1
            return
        makers, pairs_of = self._makers, text.pairs
        index = -1
        while True:
            index += 1
            event: Event | None
            try:
                pairs = pairs_of()
                name, value = pairs[0]
                event = makers[value](pairs) if name == "type" else self._made(pairs)
                self._count += 1
            except DocumentError:
                raise
            except _SURPRISES:
                event = self._careful(f"{pointer}/{index}")
            if event is not None:
                yield event
            at, piece = text.at, text.text
            if piece.startswith(",\n{", at):
                text.at = at + 2
            elif piece.startswith(",", at):
                text.at = at + 1
            elif text.expect(",]", "after an event") == "]":
                return

    def _single(self, pointer: str) -> Iterator[Event]:
        if self._looking:
            self._text.skip()
            return
        if "@context" not in self._members or self._whole_head:
            self._look_ahead(pointer)
        self._listed = True
        event = self._item(pointer)
        if event is not None:
            yield event

    def _skip_list(self) -> None:
        text = self._text
        if text.peek() == "]":
            text.at += 1
            return
        while True:
            text.skip()
            if text.expect(",]", "after an event") == "]":
                return

    def _look_ahead(self, pointer: str) -> None:
        """Read what stands after the events, and come back."""
        before, late, body = dict(self._members), self._members, self._body
        self._looking = True
        self._text.mark()
        try:
            self._finish(pointer)
        except DocumentError:
            pass  # it is met again, and told then
        finally:
            self._text.rewind()
            self._looking = False
        self._whole_head = False
        if "@context" not in before and "@context" in late:
            self._set_context(late["@context"])
        self._members, self._body = {**late, **before}, body

    def _finish(self, pointer: str) -> None:
        """From inside the list of events to the end of the document, without the events."""
        text = self._text
        if pointer.endswith("/event"):
            text.skip()
        else:
            self._skip_list()
        inside = pointer.split("/")[1:-1]
        for level in range(len(inside), 0, -1):
            shapes: Any = _IN_BODY
            for name in inside[1:level]:
                shapes = shapes[name]
            if text.expect(",}", "after a member") == ",":
                for _ in self._object("/" + "/".join(inside[:level]), shapes):
                    pass
        if text.expect(",}", "after a member of the document") == ",":
            for _ in self._document():
                pass

    def _item(self, pointer: str) -> Event | None:
        """One event, the quick way if it can be."""
        try:
            event = self._made(self._text.pairs())
        except DocumentError:
            raise
        except _SURPRISES:
            return self._careful(pointer)
        self._count += 1
        return event

    def _made(self, pairs: Any) -> Event:
        """An event from its members, the quick way."""
        name, value = pairs[0]
        if name == "type":
            return self._makers[value](pairs)  # type: ignore[no-any-return]
        if name != "@context":
            return self._makers[_type(pairs)](pairs)  # type: ignore[no-any-return]
        self._builder.context = self._inner(value)
        event: Event = self._makers[_type(pairs)](pairs[1:])
        self._builder.context = self._context
        return event

    def _careful(self, pointer: str) -> Event | None:
        """The last value as an event, the careful way."""
        self._builder.context = self._context
        members, faults = self._text.again(pointer, self._settled)
        if faults:
            self._tell(faults, members, "syntax")
            return None
        return self._event(members, pointer)

    def _settled(self, value: Any) -> None:
        """Let an event keep one of two identifiers, and say so."""
        if one_id(value) and self.problems is not None:
            place = self._text.before()
            message = "An event has 'eventID' twice, once with its own hash: the other identifier is taken."
            found = problem("DOC-001", message, dataclasses.replace(place, event_index=self._count))
            self.problems(dataclasses.replace(found, severity="warning"))

    def _event(self, members: Any, pointer: str) -> Event | None:
        """Members as an event, the careful way."""
        context = self._context
        if isinstance(members, dict) and "@context" in members:
            context = self._inner(members["@context"])
        explainer = Explainer(context, self._options.naive_times)
        event = explainer.event(members, pointer)
        if event is None:
            self._tell(explainer.faults, members)
        else:
            self._count += 1
        return event

    def _tell(self, faults: list[tuple[str, str]], members: Any, layer: Layer | None = None) -> None:
        start = self._text.before()
        found = members.get("eventID") if isinstance(members, dict) else None
        event_id = found if isinstance(found, str) else None
        index = self._count
        self._count += 1
        for where, message in faults:
            self._note("EVT-000", message, _moved(start, where, event_index=index, event_id=event_id), layer)

    # -- bare events

    def _lines(self) -> Iterator[Event]:
        """A bare event, or several one after another."""
        text = self._text
        event = self._line()
        self._kind = "lines" if text.peek() else "event"
        if event is not None:
            yield event
        while text.peek():
            event = self._line()
            if event is not None:
                yield event

    def _line(self) -> Event | None:
        """One bare event; the first one says whether this is EPCIS at all."""
        if self._count > 0:
            return self._item("")
        members, faults = self._text.whole("", self._settled)
        self._only(members, self._text.before())
        if faults:
            self._tell(faults, members, "syntax")
            return None
        if "@context" in members:
            self._context = self._builder.context = self._inner(members["@context"])
        return self._event(members, "")

    def _only(self, members: Any, start: Location) -> None:
        """Refuse an object that is neither a document nor an event."""
        kind = members.get("type") if isinstance(members, dict) else None
        kind = kind if isinstance(kind, str) else None
        if isinstance(members, dict) and (kind in EVENT_TYPES or "eventTime" in members):
            return
        if kind in _DOCUMENTS:
            raise DocumentError(f"Cannot read the {kind}: expected a member 'epcisBody', got none.", _moved(start, ""))
        got = _other_kind(members) or ("none" if kind is None else shorten(kind))
        raise DocumentError(
            "Cannot read the document: expected a member 'type' that says EPCISDocument, EPCISQueryDocument or an "
            f"event type, got {got}.",
            _moved(start, ""),
        )

    # -- what is known of the document

    def _check_version(self, version: Any) -> None:
        if isinstance(version, str) and not _VERSION(version.strip()) and not self._options.any_version:
            raise UnsupportedVersionError(
                f"Cannot read schemaVersion {shorten(version)}: expected 2.0, the only version that EPCIS has in JSON.",
                _moved(self._text.before(), "/schemaVersion"),
            )

    def _checked_kind(self) -> str:
        text, kind = self._text, self._members.get("type")
        if kind not in _DOCUMENTS:
            got = "none" if kind is None else shorten(kind)
            self._note(
                "DOC-003",
                f"Cannot read the document: expected a member 'type' that says {' or '.join(_DOCUMENTS)}, got {got}.",
                _moved(text.location(), "/type"),
            )
            kind = "EPCISQueryDocument" if "queryName" in self._body else "EPCISDocument"
        for pointer, message in HeadReader(self._context, str(kind)).faults(self._members, self._body):
            self._note("DOC-003", message, _moved(text.location(), pointer))
        return str(kind)

    def _set_context(self, value: Any) -> None:
        self._context = self._builder.context = Context.parse(value, self._plain_context())
        self._contexts.clear()
        for pointer, message in self._context.faults:
            self._note("DOC-003", message, self._text.location(pointer=f"/@context{pointer}"))

    def _plain_context(self) -> Context:
        context = Context()
        context.most = self._options.limits.max_depth
        return context

    def _inner(self, value: Any) -> Context:
        """The context of an event, made once for each text."""
        key = repr(value)
        found = self._contexts.get(key)
        if found is None:
            if len(self._contexts) >= 256:
                self._contexts.clear()
            found = self._contexts[key] = Context.parse(as_dicts(value), self._context)
            self._far.update(dict.fromkeys(found.addresses))
            for pointer, message in found.faults:
                self._note("DOC-003", message, _moved(self._text.before(), f"/@context{pointer}"))
        return found


def _other_kind(members: Any) -> str:
    """What else an object is that holds EPCIS inside a signature; ``""`` for anything else."""
    if not isinstance(members, dict):
        return ""
    if "payload" in members and ("signatures" in members or "signature" in members):
        return "a signed message (JWS); verify it and read what it holds"
    kind = members.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if any(isinstance(each, str) and each.endswith(("Credential", "Presentation")) for each in kinds):
        return "a verifiable credential; verify it and read what it holds"
    return shorten(kind) if isinstance(kind, list) else ""


def _type(pairs: Any) -> Any:
    return next(value for name, value in pairs if name == "type")


_SURPRISES: Final = (
    BadValue,
    Unusual,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    StopIteration,
    RecursionError,
)

_IN_BODY: Final[dict[str, Any]] = {
    "eventList": "events",
    "event": "event",
    "queryResults": {"resultsBody": {"eventList": "events"}},
}
"""What lies where in the body: an array of events, one event, or an object with more."""


def _moved(start: Location, pointer: str, **more: Any) -> Location:
    return dataclasses.replace(start, pointer=pointer, **more)
