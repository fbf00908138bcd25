"""The examples of the catalogue as documents."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import epcis_kit as ek
from epcis_kit.validate import PROFILES, Rule, load_profile

if TYPE_CHECKING:
    from epcis_kit.findings import Report
    from epcis_kit.model import Document, Event

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
WHEN = {"eventTime": "2024-03-01T09:00:00Z", "eventTimeZoneOffset": "+00:00"}
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def document(*events: dict[str, Any], **members: Any) -> bytes:
    """Events as a JSON document; times are filled in where an event has none."""
    body = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2024-03-05T00:00:00Z",
        **members,
        "epcisBody": {"eventList": [{**WHEN, **event} for event in events]},
    }
    return json.dumps(body).encode()


def as_document(example: str) -> bytes:
    """An example of the catalogue: one event, a list of events, or a whole document in JSON or XML."""
    if not example.lstrip().startswith(("{", "[")):
        return example.strip().encode()
    try:
        value = json.loads(example)
    except ValueError:
        return example.strip().encode()  # faulty on purpose
    if isinstance(value, list):
        return document(*value)
    if {"epcisBody", "@context", "schemaVersion"} & value.keys():
        return example.encode()
    return document(value)


def check_example(rule: Rule, example: str, **choices: Any) -> Report:
    """What the profile of the rule says about one of its examples."""
    profile = rule.catalogue if rule.catalogue in PROFILES else "core"
    table = rule.bad_master_data if choices.pop("bad", False) and rule.bad_master_data else rule.master_data
    if table:
        choices.setdefault("master_data", table.strip().encode())
    if rule.earlier and example == rule.bad:
        choices.setdefault("history", Earlier(ek.read(rule.earlier.encode())))
    chosen = load_profile(profile)
    if "parameters" in rule.example_choices:
        chosen = dataclasses.replace(chosen, parameters={rule.id: rule.example_choices["parameters"]})
    choices.setdefault("complete", rule.example_choices.get("complete", False))
    return ek.check(as_document(example), chosen, now=NOW, **choices)


class Earlier:
    """One document that was taken before, as the history of another one."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def about(self, key: str) -> list[Event]:  # noqa: ARG002 - the form of a history
        """No event is looked for in it."""
        return []

    def event(self, event_id: str) -> Event | None:
        """The event with this eventID."""
        return next((event for event in self._document.events if event.event_id == event_id), None)

    def document(self, sender: str, instance_identifier: str) -> bool:
        """Whether it is the one."""
        header = self._document.header
        sbdh = None if header is None else header.sbdh
        if sbdh is None:
            return (self._document.sender, self._document.instance_identifier) == (sender, instance_identifier)
        return (sbdh.senders[0].identifier, sbdh.instance_identifier) == (sender, instance_identifier)
