"""What the rules of regulations and partners find in whole documents, and what must stay quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.validate.profiles import profile_names
from rule_examples import NOW, Earlier, document

if TYPE_CHECKING:
    from epcis_kit.findings import Report

PROFILES = Path(__file__).resolve().parents[2] / "examples" / "profiles"
SHIPMENT = (PROFILES / "dscsa" / "shipment.xml").read_text(encoding="utf-8")
SUPPLIER = (PROFILES / "dscsa" / "supplier.xml").read_text(encoding="utf-8")
DELIVERY = (PROFILES / "partner" / "delivery.xml").read_text(encoding="utf-8")
NOTICE = "The seller affirms what section 581(27)(A) to (G) of the FD&amp;C Act lists."
ELEMENT = '<VocabularyElement id="urn:epc:{}">'


def changed(text: str, *changes: tuple[str, str]) -> bytes:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def said(report: Report, *rules: str) -> list[tuple[str, str, str]]:
    """Rule, severity and sentence of the findings of these rules."""
    return [(each.rule, each.severity, each.message) for each in report if each.rule.startswith(rules)]


def errors(report: Report) -> list[str]:
    return [each.rule for each in report if each.severity == "error"]


# -- every profile


@pytest.mark.parametrize("path", sorted(PROFILES.rglob("*.[xj]*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_shipped_documents_are_clean_under_their_profile(path: Path) -> None:
    report = ek.check(path, path.parent.name, now=NOW)
    expected = ["SBD-002", "MD-006", "DSC-001", "DSC-006", "DSC-004"] if path.name == "supplier.xml" else []
    assert errors(report) == expected
    assert [str(each) for each in report if each.severity == "warning"] == []


def test_the_profiles_have_titles_in_both_languages() -> None:
    from epcis_kit.validate import load_profile  # noqa: PLC0415 - reads the profiles

    names = ("core", "dpp", "dscsa", "eudr", "fmd", "fsma204", "gdst", "partner", "tobacco")
    assert set(names) <= set(profile_names())
    for name in names:
        profile = load_profile(name)
        assert set(profile.title) == {"en", "zh"}
        assert profile.name == name
        assert set(load_profile("core").rules) <= set(profile.rules)


def test_a_partners_profile_inherits_and_differs() -> None:
    profile = PROFILES / "partner" / "demo-wholesale.toml"
    report = ek.check(changed(SHIPMENT, ("<gs1ushc:dropShipment>false</gs1ushc:dropShipment>", "")), profile, now=NOW)
    assert said(report, "DSC") == [
        ("DSC-009", "error", "The shipping event does not say whether it is a drop shipment.")
    ]
    assert {each.profile for each in report if each.rule == "DSC-009"} == {"demo-wholesale"}


# -- DSCSA


def test_the_same_shipment_in_json_has_the_same_faults(tmp_path: Path) -> None:
    for text in (SHIPMENT, SUPPLIER):
        target = tmp_path / "shipment.json"
        data = ek.read(text.encode())
        target.write_bytes(ek.write(data, format="json"))
        before, after = ek.check(text.encode(), "dscsa", now=NOW), ek.check(target, "dscsa", now=NOW)
        about = said(after, "DSC", "SBD", "MD")
        about.remove(("DSC-002", "error", "The document is EPCIS 2.0: expected 1.2."))
        assert sorted(about) == sorted(said(before, "DSC", "SBD", "MD"))


def test_known_false_positives_of_other_tools_stay_quiet() -> None:
    """No lot for SSCCs, one drug code on two GTINs, no history, an SGLN without room for a location."""
    report = ek.check(
        changed(SHIPMENT, ("urn:epc:id:sgln:9521678.00002.0", "urn:epc:id:sgln:120014419287..0")), "dscsa", now=NOW
    )
    assert said(report, "DSC", "SBD", "MD") == []


def test_a_document_without_a_shipment_needs_no_statement() -> None:
    start, end = SHIPMENT.index("    <gs1ushc:guidelineVersion>"), SHIPMENT.index("  </EPCISHeader>")
    text = SHIPMENT[:start] + SHIPMENT[end:]
    assert said(ek.check(text.encode(), "dscsa", now=NOW), "DSC") == [
        ("DSC-001", "error", "The document tells a shipment, but its header has no dscsaTransactionStatement."),
        (
            "DSC-002",
            "error",
            (
                "The header does not name the release of the guideline: expected guidelineVersion 'GS1 US DSCSA R1.3' "
                "or the release you follow."
            ),
        ),
    ]
    shipping = text.rindex("      <ObjectEvent>")
    alone = text[:shipping] + text[text.index("    </EventList>") :]
    assert said(ek.check(alone.encode(), "dscsa", now=NOW), "DSC") == []


SHIPMENT_FAULTS: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "release": (
        [(">GS1 US DSCSA R1.3<", ">DSCSA 2.7<")],
        [("DSC-002", "Cannot read guidelineVersion 'DSCSA 2.7': expected one of the releases R1.0, R1.1, R1.2, R1.3.")],
    ),
    "notice": ([(NOTICE, "")], [("DSC-001", "The transaction statement has no legalNotice.")]),
    "disposition": (
        [("urn:epcglobal:cbv:disp:in_transit", "urn:epcglobal:cbv:disp:active")],
        [("DSC-003", "The shipping event has disposition 'active': expected in_transit.")],
    ),
    "GLN of an order": (
        [("bt:9521678000013:PO-1001", "bt:9521678000014:PO-1001")],
        [
            (
                "DSC-005",
                (
                    "Cannot use 'urn:epcglobal:cbv:bt:9521678000014:PO-1001' as a business document: its GLN is wrong: "
                    "expected check digit 3, got 4."
                ),
            )
        ],
    ),
    "no order": (
        [("urn:epcglobal:cbv:btt:po", "urn:epcglobal:cbv:btt:inv")],
        [("DSC-005", "The shipping event names no purchase order (business transaction of type po).")],
    ),
    "no despatch": (
        [("urn:epcglobal:cbv:btt:desadv", "urn:epcglobal:cbv:btt:po")],
        [
            (
                "DSC-005",
                "The shipping event names no despatch document (business transaction of type desadv or inv or bol).",
            )
        ],
    ),
    "party GLN": (
        [('sdt:owning_party">urn:epc:id:sgln:9521678.00001.0', 'sdt:owning_party">urn:epc:id:pgln:9521678.00001')],
        [
            (
                "DSC-004",
                (
                    "Cannot use 'urn:epc:id:pgln:9521678.00001' as owning_party in destinationList: expected an SGLN "
                    "such as 'urn:epc:id:sgln:9521234.00001.0'."
                ),
            )
        ],
    ),
    "product": (
        [(ELEMENT.format("idpat:sgtin:030000.1012345.*"), ELEMENT.format("idpat:sgtin:030000.2012345.*"))],
        [("DSC-007", "The header does not describe the product GTIN 10300000123455.")],
    ),
    "place": (
        [(ELEMENT.format("id:sgln:9521678.00002.0"), ELEMENT.format("id:sgln:9521678.00004.0"))],
        [("DSC-008", "The header does not describe 'urn:epc:id:sgln:9521678.00002.0'.")],
    ),
    "drop shipment": (
        [("<gs1ushc:dropShipment>false", "<gs1ushc:dropShipment>no")],
        [("DSC-009", "Cannot read dropShipment 'no': expected 'true' or 'false'.")],
    ),
    "old": (
        [("2024-0", "2018-0")],
        [("DSC-010", "The shipment of 2018-05-06T14:00:00Z is more than 6 years ago.")],
    ),
    "authority": (
        [('Authority="GS1">urn:epc:id:sgln:9521678', 'Authority="GLN">urn:epc:id:sgln:9521678')],
        [
            ("SBD-002", "The Receiver is 'urn:epc:id:sgln:9521678.00001.0', but its Authority says 'GLN'."),
            ("SBD-002", "Sender and receiver name different authorities: 'GLN', 'GS1'."),
        ],
    ),
}


@pytest.mark.parametrize(("changes", "found"), SHIPMENT_FAULTS.values(), ids=SHIPMENT_FAULTS)
def test_faults_of_a_shipment(changes: list[tuple[str, str]], found: list[tuple[str, str]]) -> None:
    report = ek.check(changed(SHIPMENT, *changes), "dscsa", now=NOW)
    assert [(rule, message) for rule, _, message in said(report, "DSC", "SBD", "MD")] == found


def test_a_shipment_alone_is_information_until_the_story_is_whole() -> None:
    body = SHIPMENT.index("      <ObjectEvent>")
    alone = (SHIPMENT[:body] + SHIPMENT[SHIPMENT.rindex("      <ObjectEvent>") :]).encode()
    sentence = "The document does not tell what is inside 'urn:epc:id:sscc:9521234.0000000001', which is shipped."
    assert said(ek.check(alone, "dscsa", now=NOW), "DSC") == [("DSC-013", "info", sentence)]
    assert said(ek.check(alone, "dscsa", now=NOW, complete=True), "DSC") == [("DSC-013", "error", sentence)]


def test_authorised_trading_partners() -> None:
    table = (
        "gln,name,atp,license expiry\n9521234000013,Demo Pharma,no,\n9521678000013,Demo Wholesale,yes,2024-01-31\n"
        "9521234000020,DC,,\n9521678000020,Warehouse,,\n"
    )
    report = ek.check(SHIPMENT.encode(), "dscsa", now=NOW, master_data=table.encode())
    assert said(report, "DSC") == [
        (
            "DSC-011",
            "warning",
            "'urn:epc:id:sgln:9521234.00001.0' (Demo Pharma) is not an authorised trading partner by the master data.",
        ),
        (
            "DSC-011",
            "warning",
            "The authorisation of 'urn:epc:id:sgln:9521678.00001.0' (Demo Wholesale) ended on 2024-01-31.",
        ),
    ]


def test_an_agent_may_send() -> None:
    sent = changed(
        SHIPMENT,
        (
            '<sbdh:Sender>\n        <sbdh:Identifier Authority="GS1">urn:epc:id:sgln:9521234.00001.0',
            '<sbdh:Sender>\n        <sbdh:Identifier Authority="GS1">urn:epc:id:sgln:9521999.00001.0',
        ),
    )
    assert [rule for rule, *_ in said(ek.check(sent, "dscsa", now=NOW), "SBD")] == ["SBD-005"]
    wholesale = PROFILES / "partner" / "demo-wholesale.toml"
    assert said(ek.check(sent, wholesale, now=NOW), "SBD") == []
    agents = b"gln,name,agent for\n9521999000013,Demo Logistics,9521234000013\n"
    assert said(ek.check(sent, "dscsa", now=NOW, master_data=agents), "SBD") == []


# -- partners


def test_what_json_says_of_its_sender_is_asked_too() -> None:
    event = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}
    assert [message for _, _, message in said(ek.check(document(event), "partner"), "SBD")] == [
        "The document has no business document header: nobody can tell who sends it to whom."
    ]
    half = document(event, sender="urn:epc:id:sgln:9521234.00001.0", instanceIdentifier="7")
    assert [message for _, _, message in said(ek.check(half, "partner"), "SBD")] == [
        "The business document header does not say receiver."
    ]
    whole = document(
        event,
        sender="urn:epc:id:sgln:9521234.00001.0",
        receiver="urn:epc:id:sgln:9521678.00001.0",
        instanceIdentifier="7",
    )
    assert said(ek.check(whole, "partner"), "SBD") == []
    history = Earlier(ek.read(whole))
    assert [rule for rule, *_ in said(ek.check(whole, "partner", history=history), "SBD")] == ["SBD-004"]
    bare = json.dumps({**json.loads(whole)["epcisBody"]["eventList"][0], "@context": json.loads(whole)["@context"]})
    assert said(ek.check(bare.encode(), "partner"), "SBD") == []


def test_roles_and_partial_packs(tmp_path: Path) -> None:
    places = (
        b"gln,name,role\n9521234000013,Foods,site\n9521234000020,Plant,physical location\n"
        b"9521678000013,Demo Market,legal entity\n9521678000020,Warehouse,legal entity\n"
    )
    assert [message for _, _, message in said(ek.check(DELIVERY.encode(), "partner", master_data=places), "MD")] == [
        "'urn:epc:id:sgln:9521234.00001.0' (Foods) stands for a party, but is a physical location in the master data.",
        "'urn:epc:id:sgln:9521678.00002.0' (Warehouse) stands for a place, but is a legal entity in the master data.",
    ]
    items = b"gtin,pack quantity,child gtin\n19521234000010,3,09521234000013\n09521234000013,,\n"
    profile = tmp_path / "half.toml"
    profile.write_text('inherits = ["partner"]\nparameters = { MD-003 = { partial_packs = true } }\n', encoding="utf-8")
    assert [rule for rule, *_ in said(ek.check(DELIVERY.encode(), "partner", master_data=items), "MD")] == ["MD-003"]
    assert said(ek.check(DELIVERY.encode(), profile, master_data=items), "MD") == []


# -- seafood, food, forests


def gdst(name: str, replace: dict[str, str] | None = None) -> bytes:
    text = (PROFILES / "gdst" / name).read_text(encoding="utf-8")
    for old, new in (replace or {}).items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


METHOD = "productionMethodForFishAndSeafoodCode"
SEAFOOD_FAULTS = [
    ("wild-catch", {'"3P Audit"': '"our own"'}, "GDS-006", "Cannot use humanWelfarePolicy 'our own': expected one of"),
    ("wild-catch", {"IMO9999993": "none"}, "GDS-003", "Cannot read imoNumber 'none': expected 'IMO' and seven digits."),
    (
        "wild-catch",
        {'vesselFlagState": "NO"': 'vesselFlagState": "NOR"'},
        "GDS-003",
        "Cannot read vesselFlagState 'NOR': expected a country code of two letters (ISO 3166).",
    ),
    (
        "wild-catch",
        {"MARINE_FISHERY": "AQUACULTURE"},
        "GDS-002",
        f"The fishing event has {METHOD} 'AQUACULTURE': expected MARINE_FISHERY or INLAND_FISHERY.",
    ),
    (
        "wild-catch",
        {"vesselCatchInformation": "vesselOtherInformation"},
        "GDS-002",
        "The fishing event has no vesselCatchInformation.",
    ),
    (
        "farmed",
        {'"domestic"': '"unknown"'},
        "GDS-004",
        "Cannot use broodstockSource 'unknown': expected one of domestic, domesticated, wild",
    ),
    (
        "farmed",
        {'"gdst:aquacultureMethod": "cage and pen",': ""},
        "GDS-004",
        "The farm harvest event does not tell aquacultureMethod.",
    ),
    (
        "farmed",
        {'"AQUACULTURE"': '"MARINE_FISHERY"'},
        "GDS-004",
        f"The farm harvest event has {METHOD} 'MARINE_FISHERY': expected AQUACULTURE.",
    ),
    (
        "farmed",
        {'"quantity": 400,\n            "uom": "KGM"': '"quantity": 400'},
        "GDS-005",
        "The amount of 'urn:epc:class:lgtin:9521003.000001.FRY-3' lacks quantity or uom.",
    ),
]


@pytest.mark.parametrize(("name", "replace", "rule", "message"), SEAFOOD_FAULTS)
def test_faults_of_seafood(name: str, replace: dict[str, str], rule: str, message: str) -> None:
    report = ek.check(gdst(f"{name}.jsonld", replace=replace), "gdst", now=NOW)
    found = said(report, "GDS")
    assert found
    assert {each[0] for each in found} == {rule}
    assert found[0][2].startswith(message)


def test_details_of_a_vessel_may_stand_in_the_header() -> None:
    data = gdst("wild-catch.jsonld", replace={'"cbvmda:vesselName": "Demo Star",': ""})
    assert errors(ek.check(data, "gdst", now=NOW)) == []


def test_the_same_catch_in_xml_has_no_fault() -> None:
    data = ek.read(gdst("wild-catch.jsonld"))
    for version in ("2.0", "1.2"):
        report = ek.check(ek.write(data, format="xml", version=version, allow_loss=True), "gdst", now=NOW)
        assert said(report, "GDS") == []


def test_pallets_need_no_lot() -> None:
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": ["urn:epc:id:sscc:9521234.0000000001", "urn:epc:id:grai:9521234.12345.1"],
        "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:9521234.00001.0"}],
        "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:9521678.00001.0"}],
        "bizTransactionList": [{"type": "bol", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:B1"}],
    }
    assert errors(ek.check(document(event), "fsma204", now=NOW)) == []


def test_places_without_a_gln_are_described() -> None:
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 4, "uom": "CS"}],
        "bizLocation": {"id": "urn:example:shed"},
        "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:9521234.00001.0"}],
        "bizTransactionList": [{"type": "bol", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:B1"}],
        "https://example.com/tlcSource": "urn:epc:id:sgln:9521234.00001.0",
    }
    sentence = (
        "Nothing describes the place 'urn:example:shed' of this receiving event: expected a GLN, or master data with "
        "name and address."
    )
    assert said(ek.check(document(event), "fsma204", now=NOW), "FSM-004") == [("FSM-004", "error", sentence)]
    table = b"gln,name,street,city\nurn:example:shed,Shed,1 Lane,Yuma\n"
    assert said(ek.check(document(event), "fsma204", now=NOW, master_data=table), "FSM-004") == []


def origin(**plot: Any) -> bytes:
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "https://example.com/steps/declaring_origin",
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 4, "uom": "KGM"}],
        "eu:harvestDate": "2024-02-01",
        "eu:ddsReference": "D-1",
        "persistentDisposition": {"set": ["subject_to_regulation"]},
        "eu:originList": {"eu:originDetails": [plot]},
    }
    whole = json.loads(document(event))
    whole["@context"].append({"eu": "https://example.com/eudr/"})
    return json.dumps(whole).encode()


OPEN = "The polygon has 3 corners or is not closed: expected at least four, the last one equal to the first."
RING = [[-1.651001, 6.201001], [-1.648001, 6.201001], [-1.648001, 6.198001], [-1.651001, 6.201001]]


@pytest.mark.parametrize(
    ("plot", "found"),
    [
        ({"eu:geolocation": "geo:6.200101,-1.650202"}, []),
        ({"eu:geolocation": "geo:6.200101,-1.650202;u=10"}, []),
        ({"eu:latitude": "6.200101", "eu:longitude": "-1.650202"}, []),
        ({"eu:geofence": RING}, []),
        ({"eu:geofence": {"eu:type": "Polygon", "eu:coordinates": [RING]}}, []),
        ({"eu:geofence": str(RING), "eu:areaSize": {"eu:value": "100", "eu:unitCode": "HAR"}}, []),
        ({"eu:geolocation": "geo:6.2001,-1.650202"}, ["Coordinate '6.2001' is too coarse: expected 6 decimals."]),
        ({"eu:geofence": str(RING[:3])}, [OPEN]),
        ({}, ["The origin event does not tell where the plot is: expected coordinates or a polygon."]),
        (
            {"eu:geolocation": "geo:6.200101,-1.650202", "eu:areaSize": {"eu:value": "50000", "eu:unitCode": "MTK"}},
            ["A plot of 5.0000 hectares is told by a point: expected a polygon above 4 hectares."],
        ),
    ],
)  # fmt: skip
def test_plots_of_land(plot: dict[str, Any], found: list[str]) -> None:
    assert [message for _, _, message in said(ek.check(origin(**plot), "eudr", now=NOW), "EUD")] == found


def test_granularity_of_a_passport(tmp_path: Path) -> None:
    profile = tmp_path / "battery.toml"
    profile.write_text('inherits = ["dpp"]\nparameters = { DPP-001 = { granularity = "item" } }\n', encoding="utf-8")
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "epcList": ["https://example.com/01/09521801000019/21/B-1"],
        "quantityList": [{"epcClass": "https://example.com/01/09521801000019/10/CELLS"}],
    }
    assert [message for _, _, message in said(ek.check(document(event), profile, now=NOW), "DPP")] == [
        "'https://example.com/01/09521801000019/10/CELLS' names a batch: expected item."
    ]


def test_a_drop_shipment_is_sent_by_another_party() -> None:
    sent = changed(
        SHIPMENT,
        ("<gs1ushc:dropShipment>false", "<gs1ushc:dropShipment>true"),
        (
            '<sbdh:Sender>\n        <sbdh:Identifier Authority="GS1">urn:epc:id:sgln:9521234.00001.0',
            '<sbdh:Sender>\n        <sbdh:Identifier Authority="GS1">urn:epc:id:sgln:9521999.00001.0',
        ),
    )
    assert said(ek.check(sent, "dscsa", now=NOW), "SBD") == []


def test_cartons_with_serial_numbers_hold_packets() -> None:
    text = (PROFILES / "tobacco" / "packets.jsonld").read_text(encoding="utf-8")
    carton = text.replace("urn:epc:id:sscc:9521601.0000000011", "urn:epc:id:sgtin:9521601.100001.C1")
    assert errors(ek.check(carton.encode(), "tobacco", now=NOW)) == []
    coded = text.replace('"DEMO-F-0007"', '"x x"')
    assert said(ek.check(coded.encode(), "tobacco", now=NOW), "TOB")[0] == (
        "TOB-001",
        "error",
        "Cannot read FID 'x x': expected 2 to 50 letters, digits and signs.",
    )
