"""The shape of an XML document of any size: the schema is asked about a chunk of events at a time.

Takes the growing tree of a parser and a schema; gives a finding for each fault and the number of events. Guarantees:
memory is that of a chunk of bytes, or of one event where that is longer, and of what stands around the events; the
verdict is that of the schema over the whole document, because the list of events is a free choice without order and no
schema of EPCIS looks from one event to another.

How: the tree is validated with the events that are complete in it; what is said about the last, unfinished one and
about the ends that are still to come is left out; then the complete ones are taken out of the tree. What follows an
element that belongs nowhere is looked at in a turn of its own, because libxml2 does not look at it in the same one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.dialects import ROOTS, spellings
from epcis_kit.validate.schema_xml_faults import faults_of, finding, local

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lxml import etree

    from epcis_kit.findings import Finding
    from epcis_kit.validate.schema_xml_faults import XmlFault

__all__ = ["Walk", "count_events"]


_TURNS: Final = 200
"""How many elements that belong nowhere get a turn; after so many, hostile input shall cost little."""


class Walk:
    """One pass over a document whose root is known.

    Attributes:
        events: How many events were looked at.
    """

    def __init__(self, root: Any, schema: etree.XMLSchema) -> None:
        self.events = 0
        self._root = root
        self._schema = schema
        self._old = root.tag.partition("}")[0].endswith(":1")
        known = ROOTS.get(root.tag)
        self._ways = [] if known is None else [path for path in known.paths if path[-1] == "EventList"]
        self._list: Any = None
        self._path = ""  # of the list
        self._open: frozenset[str] = frozenset()  # paths of elements that are not complete
        self._told: set[tuple[str, str, str]] = set()  # about what stands around the events
        self._turns = _TURNS
        self._gone: Counter[str] = Counter()  # children of the list that were let go, by their step; "*" counts all

    def chunk(self) -> Iterator[Finding]:
        """Look at the events that are complete, and let them go."""
        self._find_list()
        while self._list is not None and len(self._list) > 1:
            looked = yield from self._look(len(self._list) - 1)
            self._forget(looked)

    def end(self) -> Iterator[Finding]:
        """Look at what is left, when the document is complete."""
        self._find_list()
        self._open = frozenset()
        if self._list is None:
            yield from self._look(0)
            return
        while True:
            left = len(self._list)
            looked = yield from self._look(left)
            self._forget(looked)
            if looked == left:
                return

    @property
    def progress(self) -> int:
        """Grows when children of the list are let go."""
        return self._gone["*"]

    # -- where the events are

    def _find_list(self) -> None:
        if self._list is not None:
            return
        for way in self._ways:
            chain = [self._root]
            for name in way:
                found = next((each for each in reversed(chain[-1]) if each.tag in spellings(name)), None)
                if found is None:
                    break
                chain.append(found)
            else:
                tree = self._root.getroottree()
                self._list = chain[-1]
                self._path = tree.getpath(self._list)
                self._open = frozenset(tree.getpath(each) for each in chain)

    def _forget(self, count: int) -> None:
        """Take the first children of the list out of the tree; nothing may hold one of them then."""
        for child in self._list[:count]:
            self._gone[_step(child)] += 1
            self._gone["*"] += 1
            self.events += _is_event(child)
            child = None  # noqa: PLW2901 - lets go of it
        del self._list[:count]
        body = next((each for each in self._list.iterancestors() if each.getparent() is self._root), None)
        for each in [] if body is None else list(body.itersiblings(preceding=True)):
            if each.tag in spellings("EPCISHeader"):  # it was looked at, may be long, and once is enough
                self._root.remove(each)

    # -- what is wrong

    def _look(self, complete: int) -> Generator[Finding, None, int]:
        """The findings around the events and in the first ``complete`` of them; returns how many were looked at."""
        if self._schema.validate(self._root):
            return complete
        frame: list[XmlFault] = []
        inside: list[tuple[int, str, XmlFault]] = []
        places: dict[str, int] = {}
        for told in faults_of(self._schema.error_log, old=self._old):
            if self._list is None or not told.path.startswith(self._path + "/"):
                if not (told.unfinished and told.path in self._open):
                    frame.append(told)
                continue
            places = places or _places(self._list)
            step, slash, rest = told.path[len(self._path) + 1 :].partition("/")
            position = places[step]
            if position < complete:
                inside.append((position, slash + rest, told))
                if told.misplaced and not rest and self._turns:
                    self._turns -= 1
                    complete = position + 1
        for told in frame:
            key = (told.path, told.step, told.rule + told.key)
            if key not in self._told:
                self._told.add(key)
                yield finding(told)
        places_of: dict[int, tuple[str, int | None, str | None]] = {}
        for position, rest, told in inside:
            if position not in places_of:
                places_of[position] = self._place(position)
            path, index, event_id = places_of[position]
            yield finding(told, path + rest, index, event_id)
        return complete

    def _place(self, position: int) -> tuple[str, int | None, str | None]:
        """XPath, number and eventID of a child of the list."""
        child = self._list[position]
        step = _step(child)
        before = self._list[: position + 1]
        alike = before if step == "*" else [each for each in before if _step(each) == step]
        index = self.events + sum(map(_is_event, self._list[:position]))
        path = f"{self._path}/{step}[{self._gone[step] + len(alike)}]"
        return path, index if _is_event(child) else None, _event_id(child)


def _step(element: Any) -> str:
    """The name as libxml2 writes it in a path; elements of a default namespace have none there."""
    if element.prefix:
        return f"{element.prefix}:{local(element.tag)}"
    return "*" if element.tag.startswith("{") else str(element.tag)


def _places(parent: Any) -> dict[str, int]:
    """Number of each child by its step in libxml2's paths."""
    steps = [_step(child) for child in parent]
    totals = Counter(steps)
    totals["*"] = len(steps)
    seen: Counter[str] = Counter()
    found: dict[str, int] = {}
    for position, step in enumerate(steps):
        seen[step] += 1
        number = position + 1 if step == "*" else seen[step]
        found[f"{step}[{number}]" if totals[step] > 1 else step] = position
    return found


def _event_id(element: Any) -> str | None:
    return next(
        (each.text.strip() for each in element.iter(*spellings("eventID")) if each.text and each.text.strip()), None
    )


def _is_event(element: Any) -> bool:
    return local(element.tag) != "extension" or len(element) > 0


def count_events(root: Any) -> int:
    """How many events a whole tree has."""
    return sum(_is_event(each) for parent in root.iter(*spellings("EventList")) for each in parent)
