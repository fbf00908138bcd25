"""Reports for tests: one with everything in it, and what an attacker would put into a document."""

from __future__ import annotations

from typing import Any

from epcis_kit.findings import Finding, Location, Report, source_snippet

HOSTILE = "<script>alert('x')</script>&\"]]>\x00\x1b[31m\u202e批次"

OVERVIEW: dict[str, Any] = {
    "first": "2025-05-01T08:00:00Z",
    "last": "2025-05-02T08:00:00Z",
    "numbers": {"product": 1, "lot": 2, "serial": 20, "sscc": 1, "location": 2, "party": 1},
    "events": [{"type": "ObjectEvent", "step": "commissioning", "action": "ADD", "count": 2}],
    "products": [
        {
            "gtin": "09521000000011",
            "name": "Green tea",
            "lots": ["L1", "L2"],
            "more_lots": 3,
            "expiry": ["2026-01-31"],
            "serials": 20,
        }
    ],
    "levels": [
        {
            "container": "SSCC",
            "content": "GTIN 09521000000011",
            "containers": 1,
            "contents": 20,
            "least": 20,
            "most": 20,
        }
    ],
    "tree": [
        {
            "key": "https://id.gs1.org/00/095210000000000017",
            "label": "SSCC",
            "contents": [{"key": "https://id.gs1.org/01/09521000000011/21/1", "label": "GTIN 09521000000011"}],
            "more": 19,
        }
    ],
    "companies": [{"id": "9521000000004", "name": HOSTILE, "roles": ["owning_party"], "events": 2}],
    "cut": ["serials"],
    "limits": {"serials": 1000},
}

NO_ACTION = Finding(
    rule="EVT-001",
    severity="error",
    layer="event",
    message="This event has no action: expected 'ADD', 'OBSERVE' or 'DELETE'.",
    hint="Say what happened to the objects.",
    location=Location(
        line=41,
        column=13,
        end_column=19,
        pointer="/epcisBody/eventList/0/action",
        event_index=0,
        event_id="urn:uuid:1",
        snippet=source_snippet('  "action": "ADDD",', 41, 13, 19),
    ),
    parameters=(("expected", "ADD"), ("value", "ADDD")),
    affected=(("GTIN", "09521000000011"), ("serial", "1")),
    related=(Location(line=7, column=1, event_index=1),),
)
NO_PLACE = tuple(
    Finding(
        rule="EVT-013",
        severity="warning",
        layer="event",
        message="This event has no bizLocation.",
        location=Location(event_index=index),
        profile="dscsa",
    )
    for index in range(45)
)
FORMULA = Finding(
    rule="ID-001",
    severity="info",
    layer="identifier",
    message='=HYPERLINK("http://example.org")',
    location=Location(pointer="/epcisBody/eventList/3/epcList/0", event_index=3),
    parameters=(("value", "@SUM(1)"),),
)
STRANGE = Finding(
    rule="EVT-017", severity="warning", layer="event", message=HOSTILE, location=Location(event_id=HOSTILE, line=3)
)
ACCEPTED = Finding(
    rule="DOC-010", severity="info", layer="document", message="Not in order.", reason="Agreed with the plant."
)
BROKEN = Finding(
    rule="DOC-001",
    severity="error",
    layer="syntax",
    message="not well-formed",
    location=Location(line=2, column=1, byte_offset=17),
)

FULL = Report(
    (*NO_PLACE, NO_ACTION, FORMULA, STRANGE),
    events=45,
    profile="dscsa",
    accepted=(ACCEPTED,),
    omitted=(("info", 2),),
    overview=OVERVIEW,
    rules=("EVT-001", "EVT-002"),
).named("may orders/plant 1.json")
UNREADABLE = Report((BROKEN,)).named("-")
CLEAN = Report((), events=3).named("/data/clean.xml")
ALL = (FULL, UNREADABLE, CLEAN)
