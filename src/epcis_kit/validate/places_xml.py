"""Where findings are in an XML document: one pass by expat, which knows line and column of every tag.

Takes a source and what is wanted; gives the spots. Guarantees: untrusted input is safe (no DTD beyond the bare one, no
entity, no network); any encoding that Python knows is read; memory is that of one event, and only of events that
something was found in; what does not exist (a member that is missing) is placed where it should be: at the nearest
element around it.

A path in JSON names is followed through the tables of the dialects: ``extension`` and ``baseExtension`` are seen
through, lists have their items one element deeper, and ``type`` of a business transaction is an attribute.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NoReturn
from xml.parsers import expat

from epcis_kit.codec.detection import detect
from epcis_kit.codec.sources import CHUNK
from epcis_kit.validate.places_paths import CONTAINERS, RENAMED, Step, local_part, matches
from epcis_kit.validate.places_text import Spot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.sources import Source

__all__ = ["XmlScan", "xml_text"]

_MOST_NAMES: Final = 1000
_WRAPPERS: Final = ("baseExtension", "extension")
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']").match


class _Stop(Exception):  # noqa: N818 - never leaves this module
    """Nothing more is wanted, or nothing more can be read."""


class _Again(Exception):  # noqa: N818 - never leaves this module
    """An event has an element of its own name in it."""


class _Ends(dict[str, None]):
    """What the end tags inside an event that nobody asks about are told to: looked up without a Python call.

    Only the end of an element whose name is that of the event, or is new, leads to a call of ``ended``.
    """

    def __init__(self, event: str, ended: Callable[[], None]) -> None:
        super().__init__()
        self._event = event
        self._ended = ended

    def __missing__(self, name: str) -> None:
        if name == self._event:
            self._ended()
        elif len(self) < _MOST_NAMES:
            self[name] = None


class Node:
    """An element of an event that is looked into."""

    __slots__ = ("_alike", "_chains", "attributes", "below", "column", "line", "name", "step")

    def __init__(self, name: str, attributes: tuple[str, ...], line: int, column: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.column = column
        self.below: list[Node] = []
        self.step = name  # as it stands in an XPath
        self._alike: dict[str, list[Node]] = {}
        self._chains: dict[str, list[list[Node]]] = {}

    def alike(self, name: str) -> list[Node]:
        """The children of that name, or of one that means the same; looked for once."""
        found = self._alike.get(name)
        if found is None:
            found = [each for each in self.below if name in {"*", each.name}]
            found = found or [each for each in self.below if matches(name, each.name)]
            self._alike[name] = found
        return found

    def chains(self, name: str) -> list[list[Node]]:
        """The children of that name, here and in the wrappers, each after the wrappers around it."""
        found = self._chains.get(name)
        if found is None:
            found = self._chains[name] = [[each] for each in self.alike(name)]
            for wrapper in _WRAPPERS:
                if not matches(name, wrapper):
                    found += [[each, *below] for each in self.alike(wrapper) for below in each.chains(name)]
            exact = [each for each in found if each[-1].name == name]
            if exact and len(exact) < len(found):  # 'myField' in a wrapper is not 'example:myField' outside it
                found = self._chains[name] = exact
        return found


def xml_text(source: Source) -> Iterator[str]:
    """The text of an XML document in pieces, whatever its encoding; line ends are line feeds.

    Raises:
        UnicodeDecodeError: Some bytes are none of its encoding.
    """
    detected = detect(source)
    encoding = _encoding(source, detected)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("strict"), translate=True)
    mark = detected.mark
    while data := source.read(CHUNK):
        cut, mark = data[mark:], max(mark - len(data), 0)
        text = decoder.decode(cut)
        if text:
            yield text
    text = decoder.decode(b"", final=True)
    if text:
        yield text


def _encoding(source: Source, detected: Detected) -> str:
    if detected.mark or detected.encoding != "utf-8":
        return detected.encoding
    declared = _DECLARED(source.peek(200))
    if declared is None:
        return "utf-8"
    try:
        name = codecs.lookup(declared[1].decode()).name
        b"".decode(name)  # a codec of text
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if name.startswith("utf-16") else name


class XmlScan:
    """One pass over a document.

    Args:
        inside: Number of an event to what is wanted in it: pairs of a key and steps (of an XPath, or of JSON names).
        around: What is wanted around the events: pairs of a key and steps of an XPath below the root.

    Attributes:
        spots: What was found, by key.
    """

    def __init__(
        self,
        inside: dict[int, list[tuple[int, tuple[Any, ...]]]],
        around: list[tuple[int, tuple[Step, ...]]],
    ) -> None:
        self._asked = inside
        self._around = around
        self._parser: Any = None
        self._begin(careful=False)

    def _begin(self, *, careful: bool) -> None:
        self.spots: dict[int, Spot] = {}
        self._inside = dict(self._asked)
        self._index = 0
        self._frame: list[tuple[str, Counter[str], list[tuple[int, tuple[Step, ...]]]]] = []
        self._node: list[Node] = []
        self._careful = careful  # whether the levels of an event that nobody asks about are counted
        self._skipped = 0  # levels of such an event
        self._ends: dict[str, _Ends] = {}  # by its name
        self._skipping = ""
        self._names: dict[str, Any] = {}  # of the elements in it

    def run(self, source: Source) -> None:
        """Read the document; a fault of it ends the reading, and what was found stays.

        An event that nobody asks about is left at the first end tag of its name. Where an element in it has that name
        too, the document is read again, and every level counted.
        """
        try:
            self._read(source)
        except _Again:
            source.rewind()
            source.mark()
            self._begin(careful=True)
            self._read(source)

    def _read(self, source: Source) -> None:
        self._parser = parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = False
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = lambda *_: 0
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            for text in xml_text(source):
                parser.Parse(text.encode("utf-8", "surrogatepass"), False)
        except (_Stop, expat.ExpatError, UnicodeDecodeError):
            pass
        finally:
            parser.StartElementHandler = parser.EndElementHandler = None
            self._parser = None

    # -- what expat tells

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
            return
        if self._node:
            self._descend(name, attributes)
            return
        frame = self._frame
        if not frame:
            self._enter(name, [(key, steps) for key, steps in self._around])
            for key, _ in self._around:
                self._record(key, (), frame[0][0])
            self._attributes(frame[-1][2], frame[0][0])
            return
        _, counts, wanted = frame[-1]
        counts[name] += 1
        counts["*"] += 1
        counts["~" + local_part(name)] += 1
        if self._in_list() and local_part(name) != "extension":
            self._event(name, attributes, counts[name])
            return
        going = [(key, steps[1:]) for key, steps in wanted if steps and self._is(steps[0], name, counts)]
        step = name if counts[name] == 1 else f"{name}[{counts[name]}]"
        if self._in_list():
            step = f"{name}[{counts[name]}]"
        self._enter(step, going)
        if going:
            path = self._path()
            for key, _ in going:
                self._record(key, (), path)
            self._attributes(going, path)

    def _end(self, name: str) -> None:  # noqa: ARG002 - its form is given
        if self._skipped:
            self._skipped -= 1
            if not self._skipped:
                self._event_ended()
        elif self._node:
            node = self._node.pop()
            _number(node)
            if not self._node:
                self._answer(node)
                self._event_ended()
        else:
            self._frame.pop()

    # -- around the events

    def _enter(self, step: str, going: list[tuple[int, tuple[Step, ...]]]) -> None:
        self._frame.append((step, Counter(), going))

    @staticmethod
    def _is(step: Step, name: str, counts: Counter[str]) -> bool:
        if step.attribute:
            return False
        if step.name == "*":
            return counts["*"] == step.number
        if step.name == name:
            return counts[name] == step.number
        return matches(step.name, name) and counts["~" + local_part(name)] == step.number

    def _attributes(self, going: list[tuple[int, tuple[Step, ...]]], path: str) -> None:
        for key, steps in going:
            if len(steps) == 1 and steps[0].attribute:
                self._record(key, (steps[0].name,), path)

    def _path(self) -> str:
        return "/".join(step for step, _, _ in self._frame)

    def _in_list(self) -> bool:
        """Whether the present element is a list of events, or an extension in one."""
        frame = self._frame
        at = len(frame) - 1
        while at > 0 and local_part(frame[at][0].partition("[")[0]) == "extension":
            at -= 1
        return local_part(frame[at][0].partition("[")[0]) == "eventlist"

    def _record(self, key: int, attribute: tuple[str, ...], path: str) -> None:
        pointer = "/" + path + "".join(f"/@{each}" for each in attribute)
        parser = self._parser
        self.spots[key] = Spot(
            parser.CurrentLineNumber,
            parser.CurrentColumnNumber + 1,
            pointer,
            attribute=attribute[0] if attribute else "",
        )

    # -- events

    def _event(self, name: str, attributes: dict[str, str], number: int) -> None:
        wanted = self._inside.get(self._index)
        if wanted is None:
            if self._careful:
                self._skipped = 1
                return
            self._skipping, parser = name, self._parser
            self._names.clear()
            parser.StartElementHandler = self._names.setdefault  # takes a name and attributes, without a Python call
            parser.EndElementHandler = self._ends_of(name).__getitem__
            return
        self._node = [self._made(name, attributes)]
        self._node[0].step = f"{name}[{number}]"

    def _ends_of(self, event: str) -> _Ends:
        ends = self._ends.get(event)
        if ends is None:
            ends = _Ends(event, self._leave)
            if len(self._ends) < _MOST_NAMES:
                self._ends[event] = ends
        return ends

    def _leave(self) -> None:
        """The end of an event that nobody asks about, or of an element of its name in it."""
        if self._skipping in self._names:
            raise _Again
        parser = self._parser
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        self._event_ended()

    def _event_ended(self) -> None:
        self._index += 1
        if not self._inside and not self._around:
            raise _Stop

    def _made(self, name: str, attributes: dict[str, str]) -> Node:
        parser = self._parser
        return Node(name, tuple(attributes), parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def _descend(self, name: str, attributes: dict[str, str]) -> None:
        node = self._made(name, attributes)
        self._node[-1].below.append(node)
        self._node.append(node)

    def _answer(self, event: Node) -> None:
        base = "/" + self._path()
        for key, steps in self._inside.pop(self._index, ()):
            chain, attribute = (_by_xpath if steps and isinstance(steps[0], Step) else _by_names)(event, steps)
            pointer = "/".join([base, *(each.step for each in chain)])
            node = chain[-1]
            self.spots[key] = Spot(
                node.line, node.column, pointer + (f"/@{attribute}" if attribute else ""), attribute=attribute
            )


def _refuse(*_: Any) -> NoReturn:
    raise _Stop


def _number(node: Node) -> None:
    """Give the children of a complete element their steps."""
    names = Counter(each.name for each in node.below)
    seen: Counter[str] = Counter()
    for each in node.below:
        seen[each.name] += 1
        if names[each.name] > 1:
            each.step = f"{each.name}[{seen[each.name]}]"


def _by_xpath(event: Node, steps: tuple[Step, ...]) -> tuple[list[Node], str]:
    """The elements from the event down to where the steps lead, as far as they lead, and an attribute."""
    chain = [event]
    for step in steps:
        if step.attribute:
            return chain, step.name if step.name in chain[-1].attributes else ""
        alike = chain[-1].alike(step.name)
        if len(alike) < step.number:
            break
        chain.append(alike[step.number - 1])
    return chain, ""


def _by_names(event: Node, steps: tuple[str | int, ...]) -> tuple[list[Node], str]:
    chain = [event]
    if local_part(event.name) == "quantityevent" and steps[:2] == ("quantityList", 0):
        steps = steps[2:]
    at = 0
    while at < len(steps):
        step = steps[at]
        number = steps[at + 1] if at + 1 < len(steps) else None
        at += 1
        if isinstance(step, int):  # an item of a list that is there
            if step >= len(chain[-1].below):
                break
            chain.append(chain[-1].below[step])
            continue
        name = RENAMED.get(step, step)
        alike = chain[-1].chains(name)
        if not alike:
            attribute = next((each for each in chain[-1].attributes if matches(name, each)), "")
            if attribute:
                return chain, attribute
            if matches(name, chain[-1].name):  # bizTransaction/bizTransaction, source/source: the text of the element
                continue
            break
        if isinstance(number, int) and step not in CONTAINERS:  # a list whose items repeat
            at += 1
            if number >= len(alike):
                break
            chain += alike[number]
        else:
            chain += alike[0]
    return chain, ""
