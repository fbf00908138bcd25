"""What a rule is: a row of the catalogue, and a small generator that finds where it is broken.

Takes nothing; gives :class:`Rule`, :class:`Problem`, the decorator :func:`rule` and :class:`Look`, which is all that a
rule is given. Guarantees: a rule is one generator with one argument; it yields problems and changes nothing but its own
``memory``; its sentences stand in the catalogue (``schemas/rules``) in every language; ids are stable, because partners
write them into their agreements.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, get_args

from epcis_kit.validate.catalogue import Entry
from epcis_kit.validate.mentions import Mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from epcis_kit.model import Event, Header, Timestamp

__all__ = [
    "CHECKS",
    "Check",
    "DocumentFacts",
    "History",
    "Look",
    "Moment",
    "Problem",
    "Registered",
    "Rule",
    "Scope",
    "problem",
    "rule",
]

Scope = Literal["event", "document", "repository"]
Moment = Literal["head", "event", "end"]

_LONGEST: Final = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One place where a rule is broken.

    Attributes:
        key: Which message of the rule's catalogue entry says it.
        path: The place inside the event in JSON names, for example ``"epcList/0"``; ``""`` for the event itself. At the
            moments ``head`` and ``end`` without an ``event_index``: the place inside the document
            (``"epcisHeader/…"``).
        parameters: The words of the message, as name and text; ``value`` and ``expected`` have columns of their own in
            reports.
        event_index: The event it is about, where that is not the one looked at.
        related: Other places that show the contradiction, as event number and path.
    """

    key: str = "default"
    path: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    event_index: int | None = None
    related: tuple[tuple[int, str], ...] = ()


def problem(
    key: str = "default",
    path: str = "",
    /,
    *,
    event_index: int | None = None,
    related: tuple[tuple[int, str], ...] = (),
    **parameters: object,
) -> Problem:
    """A :class:`Problem` with its words as texts: cut where they are long, and without control characters."""
    words = tuple([(name, _plain(value)) for name, value in parameters.items()])
    return Problem(key, path, words, event_index, related)


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return text if text.isprintable() else repr(text)[1:-1]


class History(Protocol):
    """What rules ask about events before this document; a store gives it."""

    def about(self, key: str) -> Iterable[Event]:
        """The events that name the object with this canonical key (:func:`epcis_kit.gs1.trace_key`), in any order."""

    def event(self, event_id: str) -> Event | None:
        """The event with this eventID."""

    def document(self, sender: str, instance_identifier: str) -> bool:
        """Whether a document of this sender with this number was taken before."""


@dataclasses.dataclass(slots=True)
class DocumentFacts:
    """What is known of the document around the events; complete at the moment ``end``.

    Attributes:
        header: SBDH, master data and foreign header elements; ``None`` where there is none (or not yet).
        format: ``"json"``, ``"xml"`` or ``""`` for a document in hand.
        version: Version of its dialect, ``"1.0"`` to ``"2.0"``; XML 1.x documents say which one by themselves.
        schema_version: The version as the document writes it; ``None`` where it does not.
        creation_date: When the document was made.
        kind: ``"EPCISDocument"``, ``"EPCISQueryDocument"``, ``"EPCISMasterDataDocument"`` or ``"event"``.
        sender: JSON only: who sent it.
        receiver: JSON only: whom it is for.
        instance_identifier: JSON only: the sender's number for it.
        contexts: Context addresses beyond the standard's own (JSON).
        namespaces: Declared prefixes and their namespaces.
        size: Bytes read, where they were counted.
        extensions: Foreign members beside the body.
    """

    header: Header | None = None
    format: str = ""
    version: str = "2.0"
    schema_version: str | None = None
    creation_date: Timestamp | None = None
    kind: str = "EPCISDocument"
    sender: str | None = None
    receiver: str | None = None
    instance_identifier: str | None = None
    contexts: tuple[str, ...] = ()
    namespaces: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    extensions: tuple[Any, ...] = ()


class Look:
    """What a rule looks at; one object that the engine fills again for each event and each rule.

    Attributes:
        moment: ``"head"`` before the first event, ``"event"``, ``"end"`` after the last one.
        event: The event, at the moment ``event``; at the others there is none, and rules do not ask.
        index: Its number in the document, from 0; at ``end`` the number of events.
        mentions: The identifiers of the event with their canonical keys, made on first use and shared by all rules.
        document: What is known of the document.
        memory: The rule's own, empty at the start of each document.
        shared: One for all rules of a document, for indexes that several of them ask.
        parameters: Of this rule, under the profile.
        master_data: What the user gave beside the document, and the document's own; ``None`` where there is none.
        history: What was known before this document; ``None`` where only this document is known.
        complete: The document (with the history) is the whole story of its objects.
        now: The present time.
        edition: The edition of the CBV that the profile names.
        versions: The versions of EPCIS that the profile takes; empty for all.
        vocabulary: Words beyond the CBV that the profile allows, by kind of list.
        watchers: Called with this look at each event before its rules; a rule adds one at ``head`` to fill an index
            that it asks at ``end``.
    """

    __slots__ = (
        "complete",
        "document",
        "edition",
        "event",
        "history",
        "index",
        "master_data",
        "memory",
        "mentions",
        "moment",
        "now",
        "parameters",
        "shared",
        "versions",
        "vocabulary",
        "watchers",
    )

    event: Event
    memory: dict[str, Any]
    parameters: Mapping[str, Any]

    def __init__(self, document: DocumentFacts, now: datetime) -> None:
        self.moment: Moment = "head"
        self.index = 0
        self.mentions = Mentions()
        self.document = document
        self.shared: dict[str, Any] = {}
        self.master_data: Any = None
        self.history: History | None = None
        self.complete = False
        self.now = now
        self.edition = "2.0"
        self.versions: tuple[str, ...] = ()
        self.vocabulary: Mapping[str, frozenset[str]] = {}
        self.watchers: list[Callable[[Look], None]] = []


Need = Literal[
    "unknown", "fresh", "classes", "repeated", "sensors", "fields", "transactions", "parties", "dispositions", "known"
]
"""What a rule may ask of an event to be called at it."""

NEEDS: Final[tuple[Need, ...]] = get_args(Need)
"""All of them, in the order of :func:`present`."""


def present(look: Look) -> tuple[bool, ...]:
    """Which of :data:`NEEDS` the present event has.

    In their order: identifiers that are no GS1 keys; identifiers whose stem is new; amounts; an object named twice;
    sensor elements; foreign fields or ilmd; business transactions; sources or destinations; persistent dispositions;
    master data beside the document.
    """
    event, mentions = look.event, look.mentions
    return (
        bool(mentions.unknown),
        bool(mentions.fresh),
        bool(mentions.classes),
        mentions.repeated,
        bool(event.sensor_element_list),
        bool(event.extensions or event.__dict__.get("ilmd")),
        bool(event.biz_transaction_list),
        bool(event.source_list or event.destination_list),
        event.persistent_disposition is not None,
        look.master_data is not None,
    )


if TYPE_CHECKING:
    Check = Callable[[Look], Iterator[Problem]]
else:
    Check = object


@dataclasses.dataclass(frozen=True, slots=True)
class Registered:
    """A generator with what it wants to be called for.

    Attributes:
        check: The generator.
        types: Names of the event types it looks at; empty for all of them.
        moments: When it is called; empty for what its scope says.
        needs: What an event must have for it to be called at that event; ``None`` where it looks at each.
    """

    check: Check
    types: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()
    needs: Need | None = None


CHECKS: Final[dict[str, Registered]] = {}
"""The generators by rule id, filled as their modules are loaded."""


def rule(
    rule_id: str, *, types: tuple[str, ...] = (), moments: tuple[Moment, ...] = (), needs: Need | None = None
) -> Callable[[Check], Check]:
    """Makes the generator below it the check of the rule ``rule_id``.

    Args:
        rule_id: Its id in the catalogue.
        types: Names of the event types that it is called for; all of them where none is named.
        moments: When it is called; where none is named, a rule of scope ``"event"`` is called at each event, the others
            also at ``"head"`` and ``"end"``.
        needs: What it looks at in an event (see :data:`NEEDS`), where that is one thing that many events do not have;
            it is not called at those then.
    """

    def register(check: Check) -> Check:
        if rule_id in CHECKS and CHECKS[rule_id].check is not check:
            raise ValueError(f"Cannot register rule {rule_id!r} twice.")
        CHECKS[rule_id] = Registered(check, types, moments, needs)
        return check

    return register


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Entry):
    """A row of the rule table: the catalogue's entry with its generator.

    Attributes:
        check: Yields the problems; ``None`` where the reader or the schema layer finds them.
    """

    check: Registered | None = None

    def example(self, name: Literal["good", "bad"]) -> str:
        """An example as it is shown to people: of a whole document only its name, and what is different in it."""
        table = (self.bad_master_data or self.master_data) if name == "bad" else self.master_data
        lines = [self.document or (self.good if name == "good" else self.bad)]
        if name == "bad" and self.change:
            lines[0] += ", with this change:"
            for old, new in self.change:
                lines += [f"- {line}" for line in old.splitlines()] + [f"+ {line}" for line in new.splitlines()]
        if table:
            lines += ["with these master data:", *table.strip().splitlines()]
        return "\n".join(lines)
