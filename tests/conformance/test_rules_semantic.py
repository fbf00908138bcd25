"""The semantic rules of the standard, each with a document that breaks it and the rule that finds it.

The list of the rules lies beside the project; every row of it must have a row here.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.errors import QueryError
from epcis_kit.query import Query
from epcis_kit.vocab.units import convert_amount
from rule_examples import CONTEXT, NOW, WHEN, document

if TYPE_CHECKING:
    from pathlib import Path

S = "urn:epc:id:sgtin:9521234.000001.1"
C = "urn:epc:id:sscc:9521234.0000000001"
L = "urn:epc:class:lgtin:9521234.000001.A1"
PLACE = "urn:epc:id:sgln:9521234.00001.0"
DECLARED = {"declarationTime": "2024-03-02T09:00:00Z", "reason": "did_not_occur"}


def event(**values: Any) -> dict[str, Any]:
    return {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [S], **values}


def packed(**values: Any) -> dict[str, Any]:
    return {"type": "AggregationEvent", "action": "ADD", "parentID": C, "childEPCs": [S], **values}


def amount(**values: Any) -> dict[str, Any]:
    return {"type": "ObjectEvent", "action": "OBSERVE", "quantityList": [values]}


def sensor(metadata: dict[str, Any] | None = None, **report: Any) -> dict[str, Any]:
    element = {"sensorReport": [report]} if metadata is None else {"sensorMetadata": metadata, "sensorReport": [report]}
    return event(sensorElementList=[element])


def without(name: str) -> bytes:
    values = {**WHEN, **event()}
    values.pop(name, None)
    body = {"@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0"}
    whole = {**body, "creationDate": "2024-03-05T00:00:00Z", "epcisBody": {"eventList": [values]}}
    return json.dumps({key: value for key, value in whole.items() if key != name}).encode()


def xml(fields: str = "", *, namespace: int = 2, version: str = "2.0", header: str = "") -> bytes:
    return (
        f'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{namespace}" schemaVersion="{version}" '
        f'creationDate="2024-03-05T00:00:00Z">{header}<EPCISBody><EventList><ObjectEvent><eventTime>2024-03-01T09:00:00Z'
        f"</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList><epc>{S}</epc></epcList>"
        f"<action>OBSERVE</action>{fields}</ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


MASTER_DATA = "<EPCISHeader><extension><EPCISMasterData><VocabularyList/></EPCISMasterData></extension></EPCISHeader>"
TEMPERATURE = {"type": "Temperature", "value": 5, "uom": "CEL"}
BROKEN: dict[str, list[tuple[str, Any]]] = {
    "R01": [("TIM-001", without("eventTime")), ("TIM-002", without("eventTimeZoneOffset"))],
    "R02": [("TIM-002", event(eventTimeZoneOffset="+0000"))],
    "R03": [
        ("TIM-001", event(eventTime="2024-03-01T09:00:00")),
        ("TIM-008", event(eventTime="2024-03-01T24:00:00Z")),
        ("TIM-008", event(eventTime="2024-03-01T09:00:60Z")),
    ],
    "R04": [
        ("EVT-001", without("action")),
        (
            "EVT-001",
            {"type": "TransformationEvent", "action": "ADD", "inputEPCList": [S], "outputEPCList": [S + "2"]},
        ),
    ],
    "R05": [("EVT-002", event(epcList=[]))],
    "R06": [("EVT-006", event(ilmd={"cbvmda:lotNumber": "A1"}))],
    "R07": [("EVT-006", packed(ilmd={"cbvmda:lotNumber": "A1"}))],
    "R08": [("EVT-003", {"type": "AggregationEvent", "action": "ADD", "childEPCs": [S]})],
    "R09": [("EVT-003", {"type": "AssociationEvent", "action": "OBSERVE", "childEPCs": [S]})],
    "R10": [("EVT-003", {"type": "AggregationEvent", "action": "OBSERVE", "parentID": C})],
    "R11": [("EVT-005", {"type": "TransactionEvent", "action": "ADD", "epcList": [S]})],
    "R12": [
        (
            "EVT-005",
            {"type": "TransactionEvent", "action": "ADD", "epcList": [], "bizTransactionList": [{"bizTransaction": C}]},
        )
    ],
    "R13": [("EVT-004", {"type": "TransformationEvent", "inputEPCList": [S]})],
    "R14": [("SCH-002", amount(quantity=5)), ("EVT-007", amount(epcClass=L, uom="KGM"))],
    "R15": [("EVT-007", amount(epcClass=L, quantity=-1)), ("EVT-008", amount(epcClass=L, quantity=1, uom="kg"))],
    "R16": [("EVT-024", event(persistentDisposition={}))],
    "R17": [("EVT-016", event(sourceList=[{"source": PLACE}]))],
    "R18": [("EVT-019", event(eventID="urn:uuid:1", errorDeclaration={"reason": "did_not_occur"}))],
    "R20": [("DOC-009", [event(eventID="urn:uuid:1"), event(eventID="urn:uuid:1")])],
    "R21": [
        ("EVT-019", event(eventID="urn:uuid:1", errorDeclaration={**DECLARED, "correctiveEventIDs": ["urn:uuid:2"]}))
    ],
    "R23": [("EVT-020", event(sensorElementList=[{"sensorReport": []}]))],
    "R24": [("EVT-020", sensor(value=5, uom="CEL"))],
    "R25": [
        ("EVT-025", sensor({"time": "2024-03-02T00:00:00Z"}, **TEMPERATURE)),
        ("EVT-025", sensor({"startTime": "2024-02-02T00:00:00Z", "endTime": "2024-02-01T00:00:00Z"}, **TEMPERATURE)),
    ],
    "R26": [("EVT-025", sensor({"deviceID": "urn:a:b"}, **TEMPERATURE, deviceID="urn:a:b"))],
    "R27": [
        (
            "EVT-025",
            sensor(
                type="Count",
                value=1,
                microorganism="https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                chemicalSubstance="https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
            ),
        )
    ],
    "R28": [("EVT-025", sensor(type="Temperature", value=5, uom="CEL", sDev=1))],
    "R29": [("EVT-025", sensor(type="Temperature", value=5, uom="CEL", percRank=50))],
    "R30": [("EVT-025", sensor(type="Temperature", stringValue="cold", uom="CEL"))],
    "R31": [("EVT-025", sensor(type="Acceleration", component="x", stringValue="fast"))],
    "R32": [
        (
            "EVT-020",
            xml(
                "<sensorElementList><sensorElement>"
                '<sensorReport type="gs1:Temperature" value="NaN" uom="CEL"/></sensorElement></sensorElementList>'
            ),
        )
    ],
    "R33": [("EVT-020", sensor(type="Temperature", hexBinaryValue="F0F"))],
    "R34": [
        ("ID-001", event(epcList=["(01)09521234000013(21)1"])),
        ("ID-002", event(epcList=["urn:epc:id:sscc:9521234.1"])),
        ("ID-005", event(epcList=["https://id.gs1.org/01/09521234000014/21/1"])),
    ],
    "R35": [
        ("EVT-011", event(bizStep="shiping")),
        ("EVT-011", event(bizStep="https://ref.gs1.org/cbv/BizStep-nonsense")),
    ],
    "R36": [("EVT-011", event(bizStep="urn:epcglobal:cbv:bizstep:shipping"))],
    "R37": [("DOC-006", event(**{"ex:line": "L3"}))],
    "R38": [("EVT-009", packed(childEPCs=[S, S]))],
    "R39": [("EVT-018", event(eventID="evt-001"))],
    "R40": [("DOC-004", xml(namespace=1, version="2.0"))],
    "R41": [("DOC-006", without("@context"))],
    "R42": [("SCH-004", xml(namespace=1, version="1.2", header=MASTER_DATA))],
}
"""Rule of the standard, our rule, and events or a document that break it."""

ELSEWHERE = {
    "R19": "the same event with another content: test_history, with a store that knows the event",
    "R22": "recordTime is the repository's own: capture writes it anew",
    "R43": "query parameters: test_a_limit_needs_an_order",
    "R44": "query parameters: test_amounts_are_compared_in_one_unit",
}
"""Rules that no document breaks by itself."""


@pytest.mark.parametrize(
    ("rule", "found_by", "broken"),
    [(rule, *case) for rule, cases in BROKEN.items() for case in cases],
    ids=[f"{rule}-{number}" for rule, cases in BROKEN.items() for number, _ in enumerate(cases)],
)
def test_a_broken_rule_is_found(rule: str, found_by: str, broken: Any) -> None:
    data = broken if isinstance(broken, bytes) else document(*(broken if isinstance(broken, list) else [broken]))
    report = ek.check(data, now=NOW)
    assert found_by in {finding.rule for finding in report}, (rule, [str(finding) for finding in report])


def test_a_limit_needs_an_order() -> None:
    with pytest.raises(QueryError, match="orderBy"):
        Query.of(eventCountLimit=5)


def test_amounts_are_compared_in_one_unit() -> None:
    assert convert_amount(Decimal("273.15"), "KEL", "CEL") == 0


@pytest.mark.conformance
def test_every_rule_of_the_standard_has_a_row(shared: Path) -> None:
    with (shared / "conformance/standards/semantic_rules.tsv").open(encoding="utf-8", newline="") as stream:
        rules = [row["rule"] for row in csv.DictReader(stream, delimiter="\t")]
    assert len(rules) == 44
    assert sorted(rules) == sorted([*BROKEN, *ELSEWHERE])
