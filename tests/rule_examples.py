"""The examples of the catalogue as documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import epcis_kit as ek
from epcis_kit.validate import PROFILES, Rule

if TYPE_CHECKING:
    from epcis_kit.findings import Report

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
    return ek.check(as_document(example), profile, now=NOW, **choices)
