"""Rules about the document around the events: its version, its dates, its sizes, its header.

Takes the head, each event and the end of a document; yields problems. Guarantees: what is remembered from event to
event is small, and is dropped with the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.mentions import INSTANCE_FIELDS
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Extension
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_PUBLISHED: Final = {"1": ("1.0", "1.0.1", "1.1", "1.2"), "2": ("2", "2.0", "2.0.0", "2.0.1")}
_EXPECTED: Final = {"1": "1.0, 1.1 or 1.2", "2": "2.0"}


@rule("DOC-004", moments=("head",))
def version_and_namespace(look: Look) -> Iterator[Problem]:
    facts = look.document
    if not facts.format or facts.schema_version is None:
        return
    written, major = facts.schema_version.strip(), facts.version[:1]
    if written not in _PUBLISHED[major] and any(written in each for each in _PUBLISHED.values()):
        yield problem("default", "schemaVersion", value=written, expected=_EXPECTED[major])


@rule("DOC-005", moments=("head",))
def version_published(look: Look) -> Iterator[Problem]:
    facts = look.document
    if facts.format and look.versions and facts.version not in look.versions:
        yield problem("profile", "schemaVersion", value=facts.version, expected=" or ".join(look.versions))
    if facts.schema_version is None:
        return
    written = facts.schema_version.strip()
    if not any(written in each for each in _PUBLISHED.values()):
        yield problem("default", "schemaVersion", value=written)


@rule("DOC-006", moments=("event",), needs="fields")
def prefixes_declared(look: Look) -> Iterator[Problem]:
    if look.document.format != "json":
        return
    event = look.event
    if not event.extensions and not event.__dict__.get("ilmd"):
        return
    for where, extensions in (("", event.extensions), ("ilmd", event.__dict__.get("ilmd") or ())):
        for extension in extensions:
            name = _undeclared(extension)
            if name is not None and name.partition(":")[0] not in look.memory:
                look.memory[name.partition(":")[0]] = True
                path = f"{where}/{extension.name}" if where else extension.name
                yield problem("prefix", path, value=name, prefix=name.partition(":")[0])


def _undeclared(extension: Extension) -> str | None:
    name = extension.name
    if not extension.namespace and ":" in name and "://" not in name and not name.startswith("urn:"):
        return name
    for child in extension.children:
        found = _undeclared(child)
        if found is not None:
            return found
    return None


@rule("DOC-008", moments=("event", "end"))
def created_last(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        event = look.event
        latest, name = event.event_time, "eventTime"
        if event.record_time is not None and event.record_time > latest:
            latest, name = event.record_time, "recordTime"
        if "latest" not in memory or latest.epoch_us > memory["latest"].epoch_us:
            memory["latest"], memory["at"], memory["name"] = latest, look.index, name
        return
    created = look.document.creation_date
    if created is not None and "latest" in memory and memory["latest"] > created:
        name, text = memory["name"], memory["latest"].text
        yield problem("default", name, event_index=memory["at"], value=created.text, name=name, latest=text)


@rule("DOC-009", moments=("event",))
def event_ids(look: Look) -> Iterator[Problem]:
    event_id = look.event.event_id
    if event_id is None or look.event.error_declaration is not None:
        return
    seen: dict[int, int] = look.memory.setdefault("seen", {})
    first = seen.setdefault(hash(event_id), look.index)
    if first != look.index:
        yield problem("default", "eventID", related=((first, "eventID"),), value=event_id, first=first)


@rule("DOC-010", moments=("event", "end"))
def in_order_of_time(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        time = look.event.event_time.epoch_us
        if time < memory.get("latest", time):
            if "first" not in memory:
                memory["first"] = (look.index, look.event.event_time.text)
            memory["count"] = memory.get("count", 0) + 1
        else:
            memory["latest"] = time
    elif "first" in memory:
        at, text = memory["first"]
        yield problem("default", "eventTime", event_index=at, value=text, count=memory["count"])


@rule("DOC-011", moments=("event", "end"))
def within_limits(look: Look) -> Iterator[Problem]:
    limits: Any = look.parameters
    if look.moment == "event":
        event = look.event
        for name, field in INSTANCE_FIELDS.get(event.type, ()):
            count = len(getattr(event, field))
            if count > limits["max_epcs"]:
                yield problem("epcs", name, value=count, expected=limits["max_epcs"])
    else:
        if limits["max_events"] and look.index > limits["max_events"]:
            yield problem("events", value=look.index, expected=limits["max_events"])
        if limits["max_bytes"] and (look.document.size or 0) > limits["max_bytes"]:
            yield problem("bytes", value=look.document.size, expected=limits["max_bytes"])


@rule("SBD-003", moments=("end",))
def sender_is_not_receiver(look: Look) -> Iterator[Problem]:
    facts = look.document
    sbdh = None if facts.header is None else facts.header.sbdh
    if sbdh is not None and sbdh.senders and sbdh.receivers:
        sender, receiver = sbdh.senders[0].identifier.strip(), sbdh.receivers[0].identifier.strip()
        path = "epcisHeader/StandardBusinessDocumentHeader/Receiver/Identifier"
    elif facts.sender is not None and facts.receiver is not None:
        sender, receiver, path = facts.sender.strip(), facts.receiver.strip(), "receiver"
    else:
        return
    if sender and sender == receiver:
        yield problem("default", path, value=receiver)
