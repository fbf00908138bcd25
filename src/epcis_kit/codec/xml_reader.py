"""Reads EPCIS XML, versions 1.0 to 2.0, event by event, in memory for one event and one chunk of bytes.

Takes a :class:`~epcis_kit.codec.sources.Source`; is a :class:`~epcis_kit.codec.protocols.DocumentReader`. lxml parses
the stream in chunks; after each chunk the children of the event list that are complete are decoded and removed from the
growing tree. Guarantees:

* untrusted input is safe: no entity is expanded, no DTD loaded, no network touched; a DOCTYPE is refused unless it is
  the bare ``<!DOCTYPE name>``; depth, text length, bytes of one event and of the document are limited;
* the version is told by the namespace of the root element, and prefixes decide nothing;
* comments and processing instructions are left out before anything is read, so text around them is one text;
* every error and finding has its line, and an XPath where there is an element.

Wrong encodings, truncation and bytes that are no XML end the reading with one sentence (DOC-001).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.detection import detect
from epcis_kit.codec.dialects import CARRIED, EKX, EPCIS_NAMESPACES, XML, XSD, XSI, spellings
from epcis_kit.codec.limits import DEFAULT_OPTIONS, ReadOptions, exceeded
from epcis_kit.codec.protocols import Problems, problem
from epcis_kit.codec.sources import CHUNK, Source
from epcis_kit.codec.xml_events import EventDecoder
from epcis_kit.codec.xml_headers import HeaderDecoder, text_of
from epcis_kit.codec.xml_prolog import DoctypeFault, find_doctype
from epcis_kit.codec.xml_quick import QuickDecoder
from epcis_kit.codec.xml_roots import has_declarations, known_root, new_parser
from epcis_kit.codec.xml_skim import LIST, EventText
from epcis_kit.codec.xml_strays import header_strays, line_strays, stray, vocabulary_strays, words
from epcis_kit.codec.xml_trees import (
    Refused,
    TooDeep,
    attributes_of,
    carried_attributes,
    extension,
    local_name,
    path_below,
    split,
)
from epcis_kit.errors import DocumentError, UnsupportedVersionError, shorten
from epcis_kit.findings import Location
from epcis_kit.model import Document, Event, Extension, Header, Timestamp, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


__all__ = ["XmlReader"]

_WRAPPER: Final = frozenset(spellings("extension"))
_PROBE: Final = 4096
_VERSIONS: Final = {"1": re.compile(r"1(?:\.[0-2])?(?:\.0)*").fullmatch, "2": re.compile(r"2(?:\.0)*").fullmatch}
_ANY_VERSION: Final = re.compile(r"1(?:\.[0-2])?(?:\.0)*|2(?:\.0)*(?:\.1)?").fullmatch
_PLACE: Final = re.compile(r", line [0-9]+, column [0-9]+")
_NOT_DECLARED: Final = frozenset({XSI, XSD, XML, EKX, CARRIED})
_QUICK_DEPTH: Final = 16
_FAULTS: Final = frozenset({"ERROR", "FATAL"})
_MORE: Final = object()
"""Given by the walk where it needs more bytes."""


class XmlReader:
    """Reads one XML document; see :class:`~epcis_kit.codec.protocols.DocumentReader`.

    Args:
        source: Where the bytes come from; closed by :meth:`close`.
        options: Limits and choices.
        problems: Takes findings; ``None`` raises at the first.

    Raises:
        DocumentError: The beginning is no EPCIS document that holds events or master data.
        UnsupportedVersionError: It is one of a version or namespace that is not known.
    """

    def __init__(
        self, source: Source, options: ReadOptions = DEFAULT_OPTIONS, problems: Problems | None = None
    ) -> None:
        self.problems = problems
        self._source = source
        self._options = options
        self._file = options.file or source.name
        self._decoder = EventDecoder(options)
        self._headers = HeaderDecoder(options.limits.max_depth)
        self._header: Header | None = None
        self._vocabularies: list[Vocabulary] = []
        self._extensions: list[Extension] = []
        self._query: dict[str, str] = {}
        self._final = False
        self._waiting = 0
        self._index = 0
        self._started = False
        self._root: Any = None
        root = self._probe()
        self._dialect = known_root(root, self._at(root, f"/{local_name(root)}"))
        self._tag = str(root.tag)
        self._quick = QuickDecoder("1.2" if self._dialect.major == "1" else "2.0")
        self._list: Any = None  # the event list that is open
        self._seen: Counter[str] = Counter()
        self._all = False  # every child of the list is complete
        try:
            self._attributes(root)
        except Refused as refused:
            raise DocumentError(refused.message, self._at(root, f"/{local_name(root)}")) from None
        self._prefix = f"{root.prefix}:" if root.prefix else ""

    # -- the beginning ------------------------------------------------------------------------------------------

    def _probe(self) -> Any:
        """The root element without its content; nothing is taken from the source."""
        try:
            find_doctype(self._source)
        except DoctypeFault as fault:
            raise DocumentError(str(fault), self._location(line=fault.line, column=fault.column)) from None
        self._encoding = detect(self._source).encoding
        if self._encoding.startswith("utf-32"):
            raise DocumentError(
                "Cannot read the XML: expected UTF-8 or UTF-16, got UTF-32; convert it.", self._location()
            )
        parser = new_parser(self._options.limits)
        most = self._options.limits.max_event_bytes
        done = 0
        size = _PROBE
        while True:
            data = self._source.peek(size)
            try:
                if len(data) > done:
                    parser.feed(data[done:])
                if len(data) < size:
                    parser.close()
            except SyntaxError as error:
                root = next((each for _, each in parser.read_events()), None)
                if root is None or ":" in str(root.tag).rpartition("}")[2]:  # a start tag that breaks off
                    raise self._not_well_formed(error, parser) from None
                return root
            root = next((each for _, each in parser.read_events()), None)
            if root is not None:
                if has_declarations(root):  # once more, by the parser's own eyes: encodings that the first look lacks
                    raise DocumentError(str(DoctypeFault(1, 1)), self._location())
                return root
            if done >= most:
                raise exceeded("max_event_bytes", most, self._location(), "no root element")
            done = len(data)
            size *= 4

    def _attributes(self, root: Any) -> None:
        """The root's attributes and declarations: those of the standard, ours, and those of others."""
        own: dict[str, str] = {}
        others: dict[str, str] = {}
        for key, text in attributes_of(root):
            namespace, name = split(str(key))
            if namespace == EKX:
                own[name] = str(text)
            elif key not in {"schemaVersion", "creationDate"}:
                others[str(key)] = str(text)
        self._own = own
        self._extensions.extend(carried_attributes(others.items()))
        version = root.get("schemaVersion")
        if version is not None:
            version = version.strip()
            if not _ANY_VERSION(version) and not self._options.any_version:
                wanted = "1.0, 1.1 or 1.2" if self._dialect.major == "1" else "2.0"
                raise UnsupportedVersionError(
                    f"Cannot read {self._dialect.kind}: expected schemaVersion {wanted}, got {shorten(version)}.",
                    self._at(root, f"/{root.prefix}:{local_name(root)}" if root.prefix else f"/{local_name(root)}"),
                )
        absent = own.get("absent", "").split()
        written = None if "schemaVersion" in absent else own.get("schemaVersion", version)
        self._version = written
        self._created: Timestamp | None = None
        text = root.get("creationDate")
        if text is not None and "creationDate" not in absent:
            self._creation(text.strip(), root)
        self._namespaces = tuple(
            (prefix, uri)
            for prefix, uri in root.nsmap.items()
            if prefix
            and uri not in _NOT_DECLARED
            and not uri.startswith(("urn:epcglobal:epcis", "http://www.unece.org/"))
        )

    def _creation(self, text: str, root: Any) -> None:
        """A creationDate may lack a zone by the schemas: where nothing says which is meant, it stays as it is."""
        naive = self._options.naive_times if self._options.naive_times != "event-offset" else None
        try:
            self._created = Timestamp.parse(text, naive=naive)
        except ValueError as error:
            try:
                Timestamp.parse(text, naive="Z")
            except ValueError:
                reason = str(error).removeprefix("Cannot read time ")
                self._problem("DOC-003", f"Cannot read creationDate {reason}", root, pointer="/*/@creationDate")
            else:
                self._extensions.append(Extension(CARRIED, "creationDate", text, prefix="ekc"))

    # -- errors and places --------------------------------------------------------------------------------------

    def _location(self, **parts: Any) -> Location:
        return Location(file=self._file, **parts)

    def _at(self, element: Any, pointer: str, **parts: Any) -> Location:
        return self._location(line=element.sourceline, pointer=pointer, **parts)

    def _not_well_formed(self, error: SyntaxError, parser: Any) -> DocumentError:
        """What the parser says, in one sentence; its log knows more than its exception."""
        said = next((each for each in parser.feed_error_log if each.level_name in _FAULTS), None)
        message = (_PLACE.sub("", error.msg or "") if said is None else said.message).strip()
        line, column = (error.lineno, error.offset) if said is None else (said.line, said.column)
        place = self._location(line=line or None, column=column if line and column and column > 0 else None)
        limits = self._options.limits
        if "xcessive depth" in message or "maximum depth" in message.lower():
            return exceeded("max_depth", limits.max_depth, place)
        if "huge text" in message.lower() or "too long" in message or "xmlSAX2Characters" in message:
            return exceeded("max_text", limits.max_text, place)
        if not message or message in {"no element found", "None"}:
            message = "it ends before its root element"
        return DocumentError(f"Cannot read the XML: expected well-formed XML, got a fault: {message}.", place)

    def _problem(self, rule: Any, message: str, element: Any, pointer: str, hint: str = "", **parts: Any) -> None:
        place = self._at(element, pointer, **parts)
        if self.problems is None:
            raise DocumentError(f"{message} {hint}".rstrip(), place)
        self.problems(problem(rule, message, place, hint=hint))

    # -- the walk -----------------------------------------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        """The events in document order.

        Raises:
            DocumentError: The document is not well-formed, passes a limit, or (without ``problems``) holds an event
                that cannot be built.
            RuntimeError: Called a second time.
        """
        if self._started:
            raise RuntimeError("events() gives the events once; read the source again for another pass")
        self._started = True
        parser = new_parser(self._options.limits, self._tag)
        walk = None
        try:
            while not self._final:
                data = self._source.read(CHUNK)
                ended = not data
                while data and self._list is None and (cut := data.find(LIST)) >= 0:
                    cut += len(LIST)
                    walk = yield from self._step(parser, walk, data[:cut])
                    data = data[cut:]
                    if self._list is not None and (text := self._event_text()) is not None:
                        data = yield from self._skim(parser, walk, text, data)
                        ended = not data
                if data or ended:
                    walk = yield from self._step(parser, walk, data)
        except (TooDeep, RecursionError):
            place = self._location(event_index=self._index - 1 if self._index else None)
            raise exceeded("max_depth", self._options.limits.max_depth, place) from None
        except SyntaxError as error:
            fault = self._not_well_formed(error, parser)
            # what was complete before the fault still counts
            if walk is not None and self.problems is not None:
                self._final = False
                for item in walk:
                    if item is _MORE:
                        break
                    yield item
            if self.problems is None:
                raise fault from None
            self.problems(problem("DOC-001", fault.reason, fault.location or Location()))

    def _step(
        self, parser: Any, walk: Iterator[Any] | None, data: bytes, *, whole: bool = False
    ) -> Generator[Any, None, Iterator[Any] | None]:
        """Feed the parser, and walk as far as it has come; ``whole`` says that nothing in the list is cut off then."""
        if data:
            parser.feed(data)
            self._waiting += len(data)
            if whole and any(each.level_name in _FAULTS for each in parser.feed_error_log):
                parser.close()  # it tells some faults only then, and reads nothing more
        else:
            self._final = True
            parser.close()
        if walk is None:
            root = next((each for _, each in parser.read_events()), None)
            if root is None:
                return None
            self._root = root
            walk = self._document(root)
        waiting, self._all = self._waiting, whole
        for item in walk:
            if item is _MORE:
                break
            yield item
        self._all = False
        if waiting == self._waiting and waiting > self._options.limits.max_event_bytes + CHUNK:
            raise exceeded("max_event_bytes", self._options.limits.max_event_bytes, self._location())
        return walk

    def _event_text(self) -> EventText | None:
        """A cursor in the text of the event list that has just begun; ``None`` where its text cannot be used."""
        prefixes = {prefix or "": uri for prefix, uri in self._list.nsmap.items()}
        limits = self._options.limits
        encoding = (self._root.getroottree().docinfo.encoding or "utf-8").lower()
        if (
            len(self._list)
            or encoding not in {"utf-8", "utf8", "us-ascii", "ascii"}
            or self._encoding != "utf-8"
            or limits.max_depth < _QUICK_DEPTH
            or prefixes.pop("", "") not in {"", *EPCIS_NAMESPACES}
        ):
            return None
        return EventText(self._quick, prefixes, min(limits.max_text, limits.max_event_bytes))

    def _skim(
        self, parser: Any, walk: Iterator[Any] | None, text: EventText, data: bytes
    ) -> Generator[Any, None, bytes]:
        """Usual events from the text itself, the others by the parser; gives back what the parser has to go on with."""
        data = data or self._source.read(CHUNK)
        while True:
            refused = text.add(data)
            if refused is not None:
                return refused
            while True:
                text.skip_white()
                found = text.take()
                if found is not None:
                    event, name = found
                    self._index += 1
                    self._seen[name] += 1
                    yield event
                    continue
                piece = text.piece()
                if piece is None:
                    break
                if len(piece) > self._options.limits.max_event_bytes:
                    raise exceeded("max_event_bytes", self._options.limits.max_event_bytes, self._location())
                yield from self._step(parser, walk, piece, whole=True)
                self._waiting = 0
            if not data or not text.wants_more():
                return text.rest()
            data = self._source.read(CHUNK)

    def _closed(self, element: Any) -> bool:
        """Whether nothing will be added below ``element`` any more."""
        while not self._final:
            if element is None or element is self._root:
                return False
            parent = element.getparent()
            if element.getnext() is not None or (self._all and parent is self._list):
                return True
            element = parent
        return True

    def _children(self, parent: Any, path: str) -> Iterator[Any]:
        """Each child as soon as it has begun, then it is removed; ``_MORE`` where bytes are needed.

        What stands between the children is kept as strays of the document.
        """
        while True:
            done = self._closed(parent)
            child = next(iter(parent), None)
            if child is None:
                if done:
                    self._extensions.extend(line_strays(parent, path[1:], attributes=parent is not self._root))
                    return
                yield _MORE
                continue
            yield child
            if child.getparent() is parent:
                while not self._closed(child):
                    yield _MORE
                self._tail(child, path)
                child.clear()  # frees what is below, see _event_list
                parent.remove(child)
            self._waiting = 0

    def _document(self, root: Any) -> Iterator[Any]:
        path = f"/{self._prefix}{local_name(root)}"
        paths = self._dialect.paths
        for child in self._children(root, path):
            if child is _MORE:
                yield _MORE
                continue
            namespace, name = split(str(child.tag))
            if not namespace and name == "EPCISBody":
                yield from self._spine(child, [each[1:] for each in paths if each[0] == name], f"{path}/{name}")
                continue
            while not self._closed(child):
                yield _MORE
            self._beside(child, namespace, name, f"{path}/{name}")

    def _spine(self, parent: Any, paths: list[tuple[str, ...]], path: str) -> Iterator[Any]:
        """Walk down to the list that holds events or vocabularies."""
        wanted = {each[0] for each in paths}
        for child in self._children(parent, path):
            if child is _MORE:
                yield _MORE
                continue
            namespace, name = split(str(child.tag))
            here = f"{path}/{name}"
            if not namespace and name in wanted:
                below = [each[1:] for each in paths if each[0] == name and len(each) > 1]
                if below:
                    yield from self._spine(child, below, here)
                elif name == "EventList":
                    self._list, self._seen = child, Counter()
                    yield from self._event_list(child, here, self._seen)
                    self._list = None
                else:
                    yield from self._vocabulary_list(child, here)
                continue
            while not self._closed(child):
                yield _MORE
            self._other(child, namespace, name, here, "QueryResults" in wanted)

    def _other(self, child: Any, namespace: str, name: str, path: str, query: bool) -> None:
        """Something beside the way to the events."""
        if query and str(child.tag).startswith("{urn:epcglobal:epcis-query:"):
            place = self._at(child, path)
            raise DocumentError(
                f"Cannot read EPCISQueryDocument: expected QueryResults, got {name}, which holds no events.", place
            )
        try:
            if not namespace and name in {"queryName", "subscriptionID"}:
                self._query["query_name" if name == "queryName" else "subscription_id"] = text_of(child)
                self._extensions.extend(line_strays(child, path[1:], text=True))
            elif not namespace and name == "EventList":
                self._problem("DOC-003", f"Cannot read {self._dialect.kind}: expected no EventList here.", child, path)
            elif child.tag in _WRAPPER:
                self._unwrap(child, path)
            else:
                self._extensions.append(extension(child, self._options.limits.max_depth))
        except Refused as refused:
            self._refused(refused, child, path)

    def _beside(self, child: Any, namespace: str, name: str, path: str) -> None:
        """A child of the root that is not the body."""
        try:
            if not namespace and name == "EPCISHeader":
                header = self._headers.header(child)
                self._extensions.extend(header_strays(child))
                if self._header is not None:
                    self._problem(
                        "DOC-003", "Cannot read the document: expected one EPCISHeader, got two.", child, path
                    )
                self._header = header
            elif namespace == EKX and name == "header":
                carried = tuple(extension(each, self._options.limits.max_depth) for each in child)
                header = self._header or Header.from_checked({})
                self._header = header.model_copy(update={"extensions": (*header.extensions, *carried)})
            elif child.tag in _WRAPPER:
                self._unwrap(child, path)
            elif not namespace and name in {"EventList", "VocabularyList"}:
                self._problem(
                    "DOC-003",
                    f"Cannot read {self._dialect.kind}: expected {name} inside EPCISBody, got it beside it.",
                    child,
                    path,
                )
            else:
                self._extensions.append(extension(child, self._options.limits.max_depth))
        except Refused as refused:
            self._refused(refused, child, path)

    def _unwrap(self, element: Any, path: str) -> None:
        """What an ``extension`` of the document holds."""
        self._extensions.extend(line_strays(element, path[1:]))
        for each in element:
            self._extensions.append(extension(each, self._options.limits.max_depth))
            self._tail(each, path)

    def _vocabulary_list(self, parent: Any, path: str) -> Iterator[Any]:
        for child in self._children(parent, path):
            if child is _MORE:
                yield _MORE
                continue
            while not self._closed(child):
                yield _MORE
            try:
                self._vocabularies.append(self._headers.vocabulary(child))
                self._extensions.extend(vocabulary_strays(child))
            except Refused as refused:
                self._refused(refused, child, f"{path}/{local_name(child)}")

    def _event_list(self, parent: Any, path: str, seen: Counter[str]) -> Iterator[Any]:
        """Events and the ``extension`` elements around some of them; a batch of complete ones at a time."""
        quick, decode = self._quick.decode, self._decoder.decode
        longest = self._options.limits.max_text
        while True:
            done = self._closed(parent)
            batch = parent[:] if done or self._all else parent[:-1]
            for child in batch:
                tag = child.tag
                seen[tag] += 1
                if tag in _WRAPPER:
                    if len(child):
                        yield from self._event_list(child, f"{path}/extension[{seen[tag]}]", Counter())
                    else:
                        self._extensions.extend(line_strays(child, f"{path[1:]}/extension"))
                    self._tail(child, path)
                    continue
                self._index += 1
                try:
                    if self._waiting > longest:
                        self._check_texts(child, longest)
                    event = quick(child)
                    if event is None:
                        self._tail(child, path)
                        event = decode(child)
                except Refused as refused:
                    self._refused(refused, child, f"{path}/{local_name(child)}[{seen[tag]}]", self._index - 1)
                else:
                    yield event
            if batch:
                # nothing may hold an element then: lxml frees at once, and else moves namespaces in quadratic time
                count, batch, child = len(batch), [], None
                self._decoder.forget()
                del parent[:count]
                self._waiting = 0
            if done:
                self._extensions.extend(line_strays(parent, path[1:]))
                return
            last = next(iter(parent), None)
            if last is not None and last.tag in _WRAPPER:
                yield from self._event_list(last, f"{path}/extension[{seen[last.tag] + 1}]", Counter())
                if len(last) == 0 and self._closed(last):
                    continue
            last = None
            yield _MORE

    def _tail(self, element: Any, path: str) -> None:
        """Keep text between events as strays of the document."""
        if said := words(element.tail):
            self._extensions.append(stray(path[1:], (), said))

    def _check_texts(self, element: Any, longest: int) -> None:
        for each in element.iter():
            if len(each.text or "") > longest or len(each.tail or "") > longest:
                raise exceeded("max_text", longest, self._at(each, f"//{local_name(each)}"))

    def _refused(self, refused: Refused, root: Any, path: str, index: int | None = None) -> None:
        """One part that could not be built, with its place."""
        event_id = None
        if index is not None:
            event_id = next(
                (each.text.strip() for each in root.iter(*spellings("eventID")) if each.text and each.text.strip()),
                None,
            )
        self._problem(
            "DOC-003" if index is None else "EVT-000",
            refused.message,
            refused.element,
            path + path_below(root, refused.element),
            refused.hint,
            event_index=index,
            event_id=event_id,
        )

    # -- the rest -----------------------------------------------------------------------------------------------

    def head(self) -> Document:
        """The document without its events; complete when :meth:`events` has ended."""
        own = self._own
        header = self._header
        if self._vocabularies:
            base = header or Header.from_checked({})
            header = base.model_copy(update={"master_data": (*base.master_data, *self._vocabularies)})
        if own.get("sbdh") == "derived" and header is not None:
            header = header.model_copy(update={"sbdh": None})
            if header == Header.from_checked({}):
                header = None
        return Document.from_checked(
            {
                "type": "event" if own.get("document") == "event" else self._dialect.kind,
                "schema_version": self._version,
                "creation_date": self._created,
                "id": own.get("id"),
                "header": header,
                "events": (),
                "sender": own.get("sender"),
                "receiver": own.get("receiver"),
                "instance_identifier": own.get("instanceIdentifier"),
                **self._query,
                "namespaces": self._namespaces,
                "contexts": tuple(own.get("contexts", "").split()),
                "source_format": f"xml {self._source_version()}",
                "extensions": tuple(self._extensions),
            }
        )

    def _source_version(self) -> str:
        """The version as written, or what the namespace says where the two differ."""
        version = self._version or ""
        return version if version.startswith(self._dialect.major) else f"{self._dialect.major}.0"

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()
