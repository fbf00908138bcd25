"""Writes EPCIS XML 2.0 or 1.2, event by event.

Takes the head of a document and then its events; is a :class:`~epcis_kit.codec.protocols.DocumentWriter`. Guarantees:
the same document gives the same bytes; what comes out is well-formed and, where the events have what their schema
demands, valid under the schemas of its version; nothing is dropped silently: what the version cannot hold is a named
loss (``LOSS-…``), and characters that XML cannot hold are one too.

What JSON documents have and XML has no element for (``id``, ``sender``, ``receiver``, ``instanceIdentifier``, a bare
event, an absent ``creationDate``) travels in attributes of the root in our own namespace and is read back; sender and
receiver also become a business document header, so that every reader finds them.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Final

from epcis_kit.codec.dialects import CARRIED, EKX, NAMESPACES, VERSIONS
from epcis_kit.codec.epc_spelling import as_urn, speller
from epcis_kit.codec.signatures import unsigned_event, unsigned_head
from epcis_kit.codec.xml_encoder import Encoder
from epcis_kit.codec.xml_header_encoder import HeaderEncoder
from epcis_kit.codec.xml_headers import split_carried
from epcis_kit.codec.xml_layout import indented
from epcis_kit.codec.xml_text import Names, attribute_text, cleaned, content_text, declarations, holds, is_name
from epcis_kit.errors import EncodeError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.model import Document, Event, Extension, Header, Partner, Sbdh, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["XmlWriter"]

_BUFFER: Final = 1 << 16
_EPOCH: Final = "1970-01-01T00:00:00Z"
_DECIMAL: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?").fullmatch
_MAJOR: Final = {"2.0": "2", "1.2": "1"}
_ROOT_PREFIX: Final = {
    "EPCISDocument": "epcis",
    "EPCISQueryDocument": "epcisq",
    "EPCISMasterDataDocument": "epcismd",
}


class XmlWriter:
    """Writes one XML document; see :class:`~epcis_kit.codec.protocols.DocumentWriter`.

    Args:
        target: A binary file; stays open.
        head: The document without its events.
        version: ``"2.0"`` or ``"1.2"``.
        allow_loss: Go on after a loss and gather it in :attr:`losses`.
        epcs: ``"as-is"``, ``"urn"``, ``"digital-link"``, or a function that spells one identifier. 1.2 gets EPC URNs
            in any case.
        gcp_length: Digits of the GS1 company prefix in Digital Links; ``None`` looks it up.
        cbv: ``"urn"`` or ``"web"``, how CBV words are spelt in 2.0.
        indent: Spaces a level; ``None`` writes an event a line.
        whole: Hold everything back until the end, so that the root declares the prefixes in use and no others.

    Raises:
        EncodeError: There is no such version, or something cannot be carried and ``allow_loss`` is false.
    """

    def __init__(
        self,
        target: IO[bytes],
        head: Document,
        *,
        version: str = "2.0",
        allow_loss: bool = False,
        epcs: str | Callable[[str], str] = "as-is",
        gcp_length: int | None = None,
        cbv: str = "urn",
        indent: int | None = None,
        whole: bool = False,
    ) -> None:
        if version not in VERSIONS:
            raise EncodeError(f"Cannot write EPCIS XML {shorten(version)}: expected {' or '.join(VERSIONS)}.")
        if cbv not in {"urn", "web"}:
            raise EncodeError(f"Cannot spell CBV words as {shorten(cbv)}: expected 'urn' or 'web'.")
        self.losses: list[Finding] = []
        self._target = target
        self._version = version
        self._allow_loss = allow_loss
        self._told: set[Extension] = set()
        self._event: Event | None = None
        self._head = head = unsigned_head(head, self._lose_signature)
        self._is_read = head.source_format is not None
        self._epcs = speller(epcs, gcp_length) if isinstance(epcs, str) else epcs
        self._gcp_length = gcp_length
        self._kind = "EPCISDocument" if head.type == "event" else head.type
        self._indent = indent
        self._whole = whole
        self._level = 1
        self._open: list[tuple[int, str]] = []
        self._said = ""
        self._names = Names(head.namespaces, _ROOT_PREFIX.values(), whole=whole)
        self._encoder = Encoder(version, self._names, self._lose, web_uris=cbv == "web", respell=self._speller())
        self._buffer: list[bytes] = []
        self._size = 0
        self._index: int | None = None
        self._begun = False
        self._closed = False
        self._header: Header | None = None
        self._is_derived = False

    # -- losses and spelling ------------------------------------------------------------------------------------

    def _lose(self, rule: str, message: str) -> None:
        event = self._event
        place = Location() if event is None else Location(event_index=self._index, event_id=event.event_id)
        finding = Finding(
            rule=rule,
            severity="warning",
            layer="document" if event is None else "event",
            message=f"{message}.",
            location=place,
        )
        if not self._allow_loss:
            raise EncodeError(f"Cannot write XML {self._version} without loss: {finding}", (finding,))
        self.losses.append(finding)

    def _lose_signature(self, signature: Extension) -> None:
        if self._event is not None or signature not in self._told:
            self._told.add(signature)
            self._lose("LOSS-SIGNATURE", f"The signature {signature.clark_name!r} would not fit the new document")

    def _speller(self) -> Callable[[str], str] | None:
        if self._version == "2.0":
            return self._epcs
        known: dict[str, str | None] = {}
        given = self._epcs

        def old(text: str) -> str:
            if given is not None:
                text = given(text)
            if not text.startswith(("http:", "https:")):
                return text
            if text not in known:
                if len(known) > 10_000:
                    known.clear()
                known[text] = as_urn(text, self._gcp_length)
            found = known[text]
            if found is None:
                self._lose("LOSS-LINK", f"EPCIS 1.2 knows no Digital Link, and {text!r} has no EPC URN that is sure")
                return text
            return found

        return old

    # -- writing ------------------------------------------------------------------------------------------------

    def _put(self, text: str, level: int | None = None) -> None:
        """Write a line; ``level`` says how deep its elements stand, ``None`` that it is laid out already."""
        if not text:
            return
        if self._indent is not None and level is not None:
            text = indented(text, level, self._indent)
        else:
            text += "\n"
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = b"\0"
        if not holds(data):
            self._lose("LOSS-CHARACTER", "XML cannot hold some characters of the document's head, U+FFFD is written")
            data = cleaned(text).encode()
        self._append(data)

    def _tag(self, tag: str, level: int) -> None:
        """Write a start or end tag on a line of its own."""
        self._put(" " * ((self._indent or 0) * level) + tag)

    def _append(self, data: bytes) -> None:
        self._buffer.append(data)
        self._size += len(data)
        if self._size > _BUFFER and not self._whole:
            self._flush()

    def _flush(self) -> None:
        self._target.write(b"".join(self._buffer))
        self._buffer.clear()
        self._size = 0

    def write(self, event: Event) -> None:
        """Write one event.

        Raises:
            EncodeError: Something cannot be carried, and losses are not allowed.
        """
        if not self._begun:
            self._begin(event)
        if self._kind == "EPCISMasterDataDocument":
            raise EncodeError("Cannot write an event into an EPCISMasterDataDocument: expected master data only.")
        self._index = 0 if self._index is None else self._index + 1
        self._event = event
        if event.extensions and self._is_read:
            event = unsigned_event(event, self._lose_signature)
        before = len(self.losses)
        text = self._encoder.event(event)
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = b"\0"
        if not holds(data):
            del self.losses[before:]
            data = self._encoder.careful(event, self._clean).encode()
            if not holds(data):  # in a name or a place that no text passes through
                self._lose("LOSS-CHARACTER", "XML cannot hold some characters of the event, U+FFFD is written")
                data = cleaned(data.decode()).encode()
        self._event = None
        if data and self._indent is not None:
            self._append(indented(data.decode(), self._level, self._indent).encode())
        elif data:
            self._append(data + b"\n")

    def _clean(self, text: str) -> str:
        better = cleaned(text)
        if better != text:
            self._lose("LOSS-CHARACTER", f"XML cannot hold all characters of {shorten(text)}, U+FFFD is written")
        return better

    def flush(self) -> None:
        """Hand on what is held back: all events written so far are in the target then."""
        if not self._whole:
            self._flush()

    def close(self, head: Document | None = None) -> None:
        """Write what stands after the events.

        Raises:
            EncodeError: Something cannot be carried, and losses are not allowed.
        """
        if self._closed:
            return
        if head is not None:
            self._head = unsigned_head(head, self._lose_signature)
        if not self._begun:
            self._begin(None)
        self._closed = True
        for level, tag in reversed(self._open):
            self._tag(tag, level)
        self._after()
        root = _ROOT_PREFIX[self._kind]
        self._tag(f"</{root}:{self._kind}>", 0)
        if self._whole:
            self._buffer.insert(0, self._root().encode())
        self._flush()

    # -- the document -------------------------------------------------------------------------------------------

    def _begin(self, first: Event | None) -> None:
        """Everything before the first event. ``first`` is ``None`` where there is none at all."""
        self._begun = True
        head = self._head
        header = head.header
        in_body: tuple[Vocabulary, ...] = ()
        if header is not None and header.master_data and self._vocabularies_in_body(first):
            in_body = header.master_data
            rest = header.model_copy(update={"master_data": ()})
            header = rest if rest.sbdh is not None or rest.extensions else None
        header = self._derived(head, header, first)
        encoder = HeaderEncoder(self._version, self._encoder, self._names, self._lose, self._created(head, first)[0])
        body = encoder.vocabulary_list(in_body) if in_body else ""
        self._header = header
        written = encoder.header(header) if header is not None else ""
        attributes = self._root_attributes(head, first)
        self._said = "".join(f' {name}="{attribute_text(text)}"' for name, text in attributes.items())
        self._names.on_root.update(self._names.take_late())
        if not self._whole:
            self._append(self._root().encode())
        self._put(written, 1)
        self._down("EPCISBody")
        if self._kind == "EPCISQueryDocument":
            self._down(f"{_ROOT_PREFIX[self._kind]}:QueryResults")
            self._put(f"<queryName>{content_text(head.query_name or '')}</queryName>", self._level)
            if head.subscription_id is not None:
                self._put(f"<subscriptionID>{content_text(head.subscription_id)}</subscriptionID>", self._level)
            self._down("resultsBody")
        if body or self._kind == "EPCISMasterDataDocument":
            self._put(body, self._level)
        else:
            self._down("EventList")

    def _down(self, name: str) -> None:
        """Open an element that is closed in the end."""
        self._tag(f"<{name}>", self._level)
        self._open.append((self._level, f"</{name}>"))
        self._level += 1

    def _root(self) -> str:
        """The declaration of XML and the start tag of the root."""
        prefix = _ROOT_PREFIX[self._kind]
        spaces = [(NAMESPACES[self._version][self._kind], prefix), *sorted(self._names.on_root.items(), key=_by_prefix)]
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}:{self._kind}{declarations(spaces)}{self._said}>\n'

    def _created(self, head: Document, first: Event | None) -> tuple[str, bool]:
        """creationDate, and whether it stood in the document."""
        if head.creation_date is not None:
            return str(head.creation_date), True
        carried = next((each.text for each in head.extensions if _is_carried(each, "creationDate")), None)
        if carried is not None:
            return carried, True
        if first is None:
            return _EPOCH, False
        return str(first.record_time or first.event_time), False

    def _root_attributes(self, head: Document, first: Event | None) -> dict[str, str]:
        created, stood = self._created(head, first)
        absent = [] if stood else ["creationDate"]
        result = {"schemaVersion": self._version, "creationDate": created}
        own: dict[str, str | None] = {
            "id": head.id,
            "sender": head.sender,
            "receiver": head.receiver,
            "instanceIdentifier": head.instance_identifier,
        }
        written = head.schema_version
        if written is None:
            absent.append("schemaVersion")
        elif written != self._version and written.partition(".")[0] == _MAJOR[self._version]:
            if _DECIMAL(written):
                result["schemaVersion"] = written
            else:
                own["schemaVersion"] = written
        if self._kind == "EPCISQueryDocument" and head.query_name is None:
            absent.append("queryName")
        if head.type == "event":
            own["document"] = "event"
        if absent:
            own["absent"] = " ".join(absent)
        if self._is_derived:
            own["sbdh"] = "derived"
        if head.contexts:
            own["contexts"] = " ".join(head.contexts)
        for name, said in own.items():
            if said is not None:
                result[self._names.qualified(EKX, name)] = said
        attributes, _ = split_carried(head.extensions)
        for clark, text in attributes:
            namespace, _, name = clark[1:].partition("}") if clark.startswith("{") else ("", "", clark)
            if is_name(name) and (not namespace or not namespace.startswith("urn:epcglobal")):
                result.setdefault(self._names.qualified(namespace, name), text)
            else:
                self._lose("LOSS-NAME", f"XML has no attribute name {clark!r}")
        return result

    def _vocabularies_in_body(self, first: Event | None) -> bool:
        return self._kind == "EPCISMasterDataDocument" or (self._kind == "EPCISQueryDocument" and first is None)

    def _derived(self, head: Document, header: Header | None, first: Event | None) -> Header | None:
        """The header, with a business document header made from what JSON says, or that 1.2 demands."""
        if header is not None and header.sbdh is not None:
            return header
        told = head.sender is not None and head.receiver is not None
        demanded = self._version == "1.2" and header is not None
        if not told and not demanded:
            return header
        self._is_derived = True
        sbdh = Sbdh.from_checked(
            {
                "senders": (Partner.from_checked({"identifier": head.sender or ""}),),
                "receivers": (Partner.from_checked({"identifier": head.receiver or ""}),),
                "type_version": self._version,
                "instance_identifier": head.instance_identifier or head.id or "",
                "type": "MasterData" if self._kind == "EPCISMasterDataDocument" else "Events",
                "creation_date_and_time": self._created(head, first)[0],
            }
        )
        base = header or Header.from_checked({})
        return base.model_copy(update={"sbdh": sbdh})

    def _after(self) -> None:
        """Document extensions, and header elements that the header has no place for."""
        head = self._head
        _, extensions = split_carried(head.extensions)
        extensions = tuple(each for each in extensions if not _is_carried(each, "creationDate"))
        local = [each for each in extensions if not each.namespace and is_name(each.name)]
        others = [each for each in extensions if each.namespace or not is_name(each.name)]
        encoder = self._encoder
        text = self._declared("extension", "".join(encoder.tree(each) for each in local)) if local else ""
        for each in others:
            written = encoder.tree(each, local=False)
            text += _with_declarations(written, self._names.take_late())
        foreign = self._foreign(head)
        if foreign:
            tag = self._names.qualified(EKX, "header")
            inside = "".join(encoder.tree(each) for each in foreign)
            text += self._declared(tag, inside)
        self._put(text, 1)

    def _foreign(self, head: Document) -> tuple[Extension, ...]:
        """Header elements that were not written in the header."""
        if head.header is None:
            return ()
        _, extensions = split_carried(head.header.extensions)
        if self._version == "2.0":
            return tuple(each for each in extensions if each.namespace or not is_name(each.name))
        before = () if self._header is None else self._header.extensions
        return tuple(each for each in extensions if each not in before)

    def _declared(self, tag: str, inside: str) -> str:
        return f"<{tag}{declarations(self._names.take_late().items())}>{inside}</{tag}>"


def _by_prefix(pair: tuple[str, str]) -> str:
    return pair[1]


def _with_declarations(written: str, late: dict[str, str]) -> str:
    """An element with its prefixes declared in its start tag."""
    if not late:
        return written
    end = next(at for at, each in enumerate(written) if each in " />")
    return written[:end] + declarations(late.items()) + written[end:]


def _is_carried(extension: Extension, name: str) -> bool:
    return extension.namespace == CARRIED and extension.name == name
