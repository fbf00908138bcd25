"""One event element of EPCIS XML, the quick way: matched as a whole by one pattern made from the layout tables.

Takes an lxml element; gives an event, or ``None`` where the careful way (:mod:`~epcis_kit.codec.xml_events`) is to be
taken. The element is spelt out as text again, which lxml does in one go, and the pattern of its type and version is
laid over it. Guarantees: the pattern knows every element, attribute and text that it lets pass, so an event that
matches has its fields in the places and the order of its version and holds nothing else (extensions of one level
excepted, which are kept); what it builds is what the careful way builds; matching is linear, because each step begins
with a literal and nothing is tried twice. Values that repeat (places, lists of parties and transactions) are built
once and shared; they cannot be changed.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit import vocab
from epcis_kit.codec.dialects import EKX, EPCIS_NAMESPACES, EVENT_WRAPPERS, FIELDS, LISTS, XSI, Node, layout, spellings
from epcis_kit.model import (
    EVENT_TYPES,
    BizLocation,
    BizTransaction,
    Destination,
    Extension,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    Source,
    Timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from epcis_kit.model import Event, Part

__all__ = ["QuickDecoder"]

_WHITE: Final = r"[ \t\n]*+"
_TEXT: Final = "[^<]*+"
_SOME: Final = "[^<]++"
_QUOTED: Final = r'[^"<\t\n]*+'  # a parser makes spaces of the others
_NAME: Final = "[A-Za-z_][A-Za-z0-9_.-]*+"
_HEAD: Final = rf'((?: xmlns(?::{_NAME})?+="{_QUOTED}")*+)'
_MEMBERS: Final = {
    "epcs": f"<epc>{_TEXT}</epc>{_WHITE}",
    "quantities": (
        f"<quantityElement>{_WHITE}<epcClass>{_TEXT}</epcClass>{_WHITE}(?:<quantity>{_TEXT}</quantity>{_WHITE})?+"
        f"(?:<uom>{_TEXT}</uom>{_WHITE})?+</quantityElement>{_WHITE}"
    ),
    **{
        kind: f'<{LISTS[kind]}(?: type="{_QUOTED}")?+>{_TEXT}</{LISTS[kind]}>{_WHITE}'
        for kind in ("transactions", "sources", "destinations")
    },
}
_INSIDE: Final = {
    **dict.fromkeys(("time", "word", "action", "biz_step", "disposition", "certificates"), f"({_SOME})"),
    **{kind: f"{_WHITE}((?:{member})*+)" for kind, member in _MEMBERS.items()},
    "place": f"{_WHITE}<id>({_SOME})</id>{_WHITE}",
    "persistent": f"{_WHITE}((?!</)(?:<unset>{_TEXT}</unset>{_WHITE})*+(?:<set>{_TEXT}</set>{_WHITE})*+)",
    "ilmd": f"{_WHITE}((?!</){{leaves}})",
}
"""Kind of a field to the pattern of its content, with one group; kinds that are missing are read the careful way."""

_NEEDED: Final = {
    "TransformationEvent": frozenset({"eventTime", "eventTimeZoneOffset"}),
    "AssociationEvent": frozenset({"eventTime", "eventTimeZoneOffset", "action", "parentID"}),
}
_NEEDED_ELSE: Final = frozenset({"eventTime", "eventTimeZoneOffset", "action"})

_KEPT: Final = 4096
_LONGEST_NUMBER: Final = 100
_LONGEST_NAME: Final = 32
_number: Final = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)").fullmatch
_epcs: Final = re.compile(r"<epc>([^<]*+)").findall
_quantities: Final = re.compile(
    rf"<epcClass>([^<]*+)</epcClass>{_WHITE}(?:<quantity>([^<]*+)</quantity>{_WHITE})?+(?:<uom>([^<]*+)</uom>)?+"
).findall
_members: Final = re.compile(r'<[A-Za-z]++(?: (type)="([^"]*+)")?+>([^<]*+)').findall
_states: Final = re.compile(r"<(set|unset)>([^<]*+)").findall
_leaves: Final = re.compile(rf"<({_NAME}):({_NAME})>([^<]*+)").findall
_declared: Final = re.compile(rf' xmlns(?::({_NAME}))?+="([^"]*+)"').findall
_FOREIGN_TO_US: Final = frozenset({EKX, XSI, *EPCIS_NAMESPACES})
"""Namespaces whose elements mean something to the careful way."""


class _Unusual(Exception):  # noqa: N818 - no error: the careful way is to be taken
    """A value that needs a closer look."""


class _Plan(NamedTuple):
    """How the events of one type are read.

    Attributes:
        match: Lays the pattern over a text at a place.
        groups: Numbers of the groups: the namespaces declared on the event, then each field.
        rows: For each field its attribute and the function that reads it.
        make: Makes the event.
        tag: The element in the event list.
    """

    match: Any
    groups: tuple[int, ...]
    rows: tuple[tuple[str, Any], ...]
    make: Any
    tag: str


class QuickDecoder:
    """Decodes the events of one document.

    Args:
        version: ``"2.0"`` or ``"1.2"``: the layout that the events are expected to have.
    """

    def __init__(self, version: str) -> None:
        from lxml import etree  # noqa: PLC0415 - heavy

        self._spelt: Callable[..., str] = functools.partial(etree.tostring, encoding="unicode")
        self._heads: dict[str, dict[str, str]] = {}
        self._own: dict[str, dict[str, str]] = {}
        self._plans: dict[str, _Plan] = {}
        self._listed: dict[str, _Plan] = {}
        self._lists: dict[str, tuple[Any, ...]] = {}
        self._places: dict[tuple[type[Part], str], Part] = {}
        self._prefixes: dict[str, str] = {}
        converters = self._converters()
        for name, cls in EVENT_TYPES.items():
            wrappers = EVENT_WRAPPERS[version].get(name, ())
            for around in {(), wrappers}:
                match, groups, fields = _compiled(version, name, around)
                rows = tuple(("extensions", self._leaves) if each is None else converters[each] for each in fields)
                tag = around[-1] if around else name
                plan = _Plan(match, groups, rows, cls.from_checked, tag)
                if not around:
                    self._plans.update(dict.fromkeys(spellings(name), plan))
                if around == wrappers and len(wrappers) < 2:
                    self._listed[tag] = plan

    def decode(self, element: _Element) -> Event | None:
        """The event, ``None`` where it is not as usual; what follows ``element`` is white space then."""
        plan = self._plans.get(element.tag)  # type: ignore[arg-type]
        if plan is None:
            return None
        text = self._spelt(element)
        found = plan.match(text)
        if found is None or found.end() != len(text) or "&" in text:
            return None
        head = found[1]
        prefixes = self._heads.get(head)
        if prefixes is None:
            prefixes = self._declared(head)
            if prefixes is None:
                return None
        self._prefixes = prefixes
        return self._built(plan, found)

    def take(self, text: str, at: int, prefixes: dict[str, str]) -> tuple[Event, int, str] | None:
        """The event that begins at a place of the text of an event list, where it ends, and the element it is.

        Args:
            text: Characters that XML may hold; entities are not looked at.
            at: Where a start tag begins.
            prefixes: Those in force in the event list.

        Returns:
            ``None`` where it is not as usual, or not wholly there.
        """
        near = at + _LONGEST_NAME
        plan = self._listed.get(text[at + 1 : text.find(">", at, near)])
        if plan is None:
            plan = self._listed.get(text[at + 1 : text.find(" ", at, near)])
            if plan is None:
                return None
        found = plan.match(text, at)
        if found is None:
            return None
        end: int = found.end()
        if text.find("&", at, end) >= 0 or text.find("]]>", at, end) >= 0:
            return None
        head = found[1]
        if head:
            own = self._own.get(head) or self._declared_here(head)
            if own is None:
                return None
            prefixes = {**prefixes, **own}
        self._prefixes = prefixes
        event = self._built(plan, found)
        return None if event is None else (event, end, plan.tag)

    def _declared_here(self, head: str) -> dict[str, str] | None:
        """The prefixes that one event declares; ``None`` where a parser may have something against them."""
        pairs = _declared(head)
        own = dict(pairs)
        wrong = any(prefix.lower().startswith("xml") or not uri for prefix, uri in pairs)
        if wrong or len(own) != len(pairs) or len(pairs) != head.count("xmlns") or "" in own:
            return None
        if len(self._own) >= _KEPT:
            self._own.clear()
        self._own[head] = own
        return own

    def _built(self, plan: _Plan, found: re.Match[str]) -> Event | None:
        texts = found.group(*plan.groups)  # where there is none, there is nothing: patterns see to that
        try:
            values = {name: convert(text) for (name, convert), text in zip(plan.rows, texts, strict=True) if text}
        except (ValueError, KeyError, _Unusual):
            return None
        return plan.make(values)  # type: ignore[no-any-return]

    def _declared(self, head: str) -> dict[str, str] | None:
        """The prefixes in force; ``None`` where names without one are none of EPCIS."""
        made: dict[str, str] = dict(_declared(head))
        plain = made.pop("", "")
        if plain and plain not in EPCIS_NAMESPACES:
            return None
        if len(self._heads) >= _KEPT:
            self._heads.clear()
        self._heads[head] = made
        return made

    # -- values -------------------------------------------------------------------------------------------------

    def _converters(self) -> dict[str, tuple[str, Any]]:
        kinds: dict[str, Any] = {
            "time": Timestamp.parse,
            "word": str.strip,
            "action": _action,
            "biz_step": _term(vocab.spellings("biz_step")),
            "disposition": _term(vocab.spellings("disposition")),
            "epcs": _texts,
            "quantities": _amounts,
            "persistent": _persistent(vocab.spellings("disposition")),
            "certificates": lambda text: (text.strip(),),
            "ilmd": self._leaves,
            "transactions": self._typed(BizTransaction, "biz_transaction", vocab.spellings("biz_transaction_type")),
            "sources": self._typed(Source, "source", vocab.spellings("source_dest_type")),
            "destinations": self._typed(Destination, "destination", vocab.spellings("source_dest_type")),
        }
        places = {"readPoint": self._place(ReadPoint), "bizLocation": self._place(BizLocation)}
        return {
            name: (field.attribute, places[name] if field.kind == "place" else kinds[field.kind])
            for name, field in FIELDS.items()
            if field.kind in _INSIDE
        }

    def _place(self, cls: type[Part]) -> Any:
        known = self._places

        def place(text: str) -> Part:
            found = known.get((cls, text))
            if found is None:
                if len(known) >= _KEPT:
                    known.clear()
                found = known[cls, text] = cls.from_checked({"id": text.strip()})
            return found

        return place

    def _typed(self, cls: type[Part], attribute: str, words: Any) -> Any:
        """A list of texts with a type each."""
        known = self._lists
        get = words.get

        def listed(block: str) -> tuple[Any, ...]:
            found = known.get(block)
            if found is None:
                made = []
                for typed, kind, text in _members(block):
                    values = {attribute: text.strip()}
                    if typed:
                        word = kind.strip()
                        values["type"] = get(word, word)
                    made.append(cls.from_checked(values))
                if len(known) >= _KEPT:
                    known.clear()
                found = known[block] = tuple(made)
            return found

        return listed

    def _leaves(self, block: str) -> tuple[Extension, ...]:
        """Extensions that hold a text each."""
        if not block:
            return ()
        prefixes = self._prefixes
        made = []
        for prefix, name, text in _leaves(block):
            namespace = prefixes[prefix]
            if namespace in _FOREIGN_TO_US:
                raise _Unusual
            made.append(Extension(namespace, name, text, prefix=prefix))
        return tuple(made)


def _texts(block: str) -> tuple[str, ...]:
    if not block:
        return ()
    if "\n" not in block and " " not in block and "\t" not in block:
        return tuple(block[5:-6].split("</epc><epc>"))
    return tuple(map(str.strip, _epcs(block)))


def _action(text: str) -> str:
    if text not in {"ADD", "OBSERVE", "DELETE"}:
        raise _Unusual
    return text


def _term(words: Any) -> Any:
    get = words.get

    def term(text: str) -> str:
        found: str | None = get(text)
        if found is None:
            text = text.strip()
            found = get(text, text)
        return found

    return term


def _amounts(block: str) -> tuple[QuantityElement, ...]:
    made = []
    for epc_class, number, uom in _quantities(block):
        values: dict[str, Any] = {"epc_class": epc_class.strip()}
        if number:
            amount = number.strip()
            if len(amount) > _LONGEST_NUMBER or _number(amount) is None:
                raise _Unusual
            values["quantity"] = Decimal(amount)
        if uom:
            values["uom"] = uom.strip()
        made.append(QuantityElement.from_checked(values))
    return tuple(made)


def _persistent(words: Any) -> Any:
    get = words.get

    def persistent(block: str) -> PersistentDisposition:
        values: dict[str, list[str]] = {"set": [], "unset": []}
        for name, text in _states(block):
            word = text.strip()
            values[name].append(get(word, word))
        return PersistentDisposition.from_checked({name: tuple(words) for name, words in values.items()})

    return persistent


# -- patterns ---------------------------------------------------------------------------------------------------


@functools.cache
def _compiled(version: str, kind: str, around: tuple[str, ...]) -> tuple[Any, tuple[int, ...], tuple[str | None, ...]]:
    """The pattern of a type in its wrappers; numbers of the groups of its fields; the fields, ``None`` for extensions.

    The first group has the namespaces that are declared on the event.
    """
    fields: list[str | None] = []
    inside = _nodes(layout(version, kind), _NEEDED.get(kind, _NEEDED_ELSE), fields)
    pattern = f"<{kind}{_HEAD}>{_WHITE}{inside}</{kind}>{_WHITE}"
    for wrapper in around:
        pattern = f"<{wrapper}>{_WHITE}{pattern}</{wrapper}>{_WHITE}"
    compiled = re.compile(pattern)
    named = set(compiled.groupindex.values())  # names of extensions, for their end tags
    groups = tuple(number for number in range(2, compiled.groups + 1) if number not in named)
    return compiled.match, groups, tuple(fields)


def _nodes(nodes: tuple[Node, ...], needed: frozenset[str], fields: list[str | None]) -> str:
    parts = []
    for node in nodes:
        name = node.name
        if node.inside:
            below = _nodes(node.inside, needed, fields)
            if below:
                parts.append(f"(?:<{name}>{_WHITE}{below}</{name}>{_WHITE})?+")
        elif name == "+":
            fields.append(None)
            parts.append(f"({_leaves_pattern(len(fields))})")
        elif name != "*" and FIELDS[name].kind in _INSIDE:
            fields.append(name)
            kind = FIELDS[name].kind
            inside = _INSIDE[kind]
            if kind == "ilmd":
                inside = inside.format(leaves=_leaves_pattern(len(fields)))
            pattern = f"<{name}>{inside}</{name}>{_WHITE}"
            if kind in LISTS:
                pattern = f"(?:{pattern}|<{name}/>{_WHITE})"
            parts.append(pattern if name in needed else f"(?:{pattern})?+")
    return "".join(parts)


def _leaves_pattern(number: int) -> str:
    """Extensions that hold a text each; an end tag has the name of its start tag."""
    return rf"(?:<(?P<n{number}>{_NAME}:{_NAME})>{_TEXT}</(?P=n{number})>{_WHITE})*+"
