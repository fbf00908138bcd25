"""Master data: what tables and documents say, by any spelling of a key; and what is refused."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import pytest

import epcis_kit as ek
from epcis_kit.errors import QueryError
from epcis_kit.model import Header, Vocabulary, VocabularyAttribute, VocabularyElement
from epcis_kit.model.extensions import Extension
from epcis_kit.validate.master_data import Conflict, MasterData, Place, Product, of_header
from epcis_kit.validate.master_files import read_master_data
from rule_examples import document

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTS = b"""gtin,name,pack quantity,child gtin,active from,active to,markets,brand
09521234000013,Tea,,,2024-01-01,,DE;FR,Demo
1952 1234 000010,Tea case,12,09521234000013,,2024-12-31,,Demo
"""
PLACES = b"""GLN,Name,Role,Street,City,State,Zip,Country,Time zone,Active,Authorized,License expiry
9521234000013,Demo Foods,legal entity,1 Way,Town,IL,12345,us,America/Chicago,yes,yes,2025-01-31
urn:epc:id:sgln:9521234.00002.DOCK3,Dock 3,physical location,,,,,,,no,,
"""
ONE = "line {}: Cannot read GTIN '1': expected 8, 12, 13 or 14 digits, got 1"
TEA = "https://id.gs1.org/01/09521234000013"


def known(*sources: Any) -> MasterData:
    data = read_master_data(sources)
    assert data is not None
    return data


def test_a_table_of_products() -> None:
    data = known(PRODUCTS)
    assert data.products[TEA] == Product(
        key=TEA,
        name="Tea",
        active_from=dt.date(2024, 1, 1),
        markets=("DE", "FR"),
        attributes={"name": "Tea", "brand": "Demo"},
        origin="the table, line 2",
    )
    case = data.product("19521234000010")
    assert case is not None
    assert (case.pack_quantity, case.child) == (Decimal(12), TEA)
    assert case.active_on(dt.date(2024, 12, 31))
    assert not case.active_on(dt.date(2025, 1, 1))


def test_a_table_of_places() -> None:
    data = known(PLACES)
    assert data.places["https://id.gs1.org/414/9521234000013"] == Place(
        key="https://id.gs1.org/414/9521234000013",
        name="Demo Foods",
        roles=frozenset({"party"}),
        country="US",
        timezone="America/Chicago",
        authorised=True,
        authorised_until=dt.date(2025, 1, 31),
        attributes={
            "name": "Demo Foods",
            "role": "legal entity",
            "streetAddressOne": "1 Way",
            "city": "Town",
            "state": "IL",
            "postalCode": "12345",
            "countryCode": "US",
        },
        origin="the table, line 2",
    )
    dock = data.place("https://id.gs1.org/414/9521234000020/254/DOCK3")
    assert dock is not None
    assert not dock.active_on(dt.date(2024, 1, 1))


@pytest.mark.parametrize(
    "text",
    [
        "09521234000013",
        "9521234000013",
        "urn:epc:idpat:sgtin:9521234.000001.*",
        "urn:epc:id:sgtin:9521234.000001.7",
        "urn:epc:class:lgtin:9521234.000001.L1",
        "https://example.com/01/09521234000013/10/L1",
        " https://id.gs1.org/01/09521234000013 ",
    ],
)
def test_every_spelling_of_a_product_finds_it(text: str) -> None:
    found = known(PRODUCTS).product(text)
    assert found is not None
    assert found.name == "Tea"


@pytest.mark.parametrize(
    "text",
    [
        "9521234000013",
        "urn:epc:id:sgln:9521234.00001.0",
        "urn:epc:id:pgln:9521234.00001",
        "urn:epc:id:sgln:9521234.00001.ROOM4",
        "https://id.gs1.org/414/9521234000013",
        "https://id.gs1.org/417/9521234000013",
    ],
)
def test_every_spelling_of_a_place_finds_it(text: str) -> None:
    data = known(PLACES)
    found = data.place(text)
    assert found is not None
    assert found.name == "Demo Foods"
    assert data.party(text) == data.location(text) == found


def test_a_prefix_of_twelve_digits_leaves_no_room_for_a_location() -> None:
    data = known(b"gln,name\nurn:epc:id:sgln:120014419287..0,Demo\n")
    assert data.place("1200144192879") is not None


def test_identifiers_of_others_are_kept_as_they_are() -> None:
    data = known(
        b"gtin,name\nurn:gdst:example.org:product:class:boat.tuna,Tuna\n",
        b"gln,name\nhttps://example.com/places/1,Field\n",
    )
    lot = data.product("urn:gdst:example.org:product:lot:class:boat.tuna.v1")
    assert lot is not None
    assert lot.name == "Tuna"
    assert data.place("https://example.com/places/1") is not None
    assert data.place("https://example.com/places/2") is None


@pytest.mark.parametrize(
    "table",
    [
        "gtin;name\n09521234000013;Tea\n".encode("utf-8-sig"),
        "gtin\tname\n09521234000013\tTea\n".encode("utf-16"),
        b"List of our products\n\nItem GTIN|Product name\n09521234000013|Tea\n",
        b"name,EAN\r\nTea,9521234000013\r\n",
        gzip.compress(b"gtin,name\n09521234000013,Tea\n"),
        b"gtin,name,child gtin,pack size\n09521234000013,Tea,-,N/A\n",
    ],
    ids=["semicolon and BOM", "tabs and UTF-16", "text above", "columns in any order", "gzip", "empty words"],
)
def test_tables_come_in_many_forms(table: bytes) -> None:
    assert known(table).products[TEA].name == "Tea"


def test_a_table_may_tell_the_container_of_each_item() -> None:
    data = known(b"gtin,case gtin,units per case\n09521234000013,19521234000010,24\n")
    case = data.products["https://id.gs1.org/01/19521234000010"]
    assert (case.child, case.pack_quantity) == (TEA, Decimal(24))
    assert data.products[TEA].pack_quantity is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            b"item,name\n1,Tea\n",
            "expected a column 'gtin' (products) or 'gln' (places and parties), got the columns 'item, name'.",
        ),
        (
            b"",
            "expected a column 'gtin' (products) or 'gln' (places and parties), got the columns 'none'.",
        ),
        (b"gtin,name\n", "expected rows below the headings, got none."),
        (
            b"gtin,name\n09521234000014,Tea\n,Coffee\n",
            (
                "line 2: Cannot read GTIN '09521234000014': expected check digit 3, got "
                "4; line 3: expected the GTIN of a product, got none."
            ),
        ),
        (
            b"gtin\n1.23E+13\n",
            (
                "line 2: expected all digits of a number, got '1.23E+13': a spreadsheet "
                "has cut it; format the column as text."
            ),
        ),
        (
            b"gtin,active from\n09521234000013,03 25 2023\n",
            "line 2: expected a date YYYY-MM-DD as active from, got '03 25 2023'.",
        ),
        (
            b"gtin,active from\n09521234000013,2023-02-30\n",
            "line 2: expected a date YYYY-MM-DD as active from, got '2023-02-30'.",
        ),
        (
            b"gtin,pack quantity\n09521234000013,dozen\n",
            "line 2: expected a number above 0 as pack quantity, got 'dozen'.",
        ),
        (
            b"gln,active\n9521234000013,maybe\n",
            "line 2: expected yes or no as active, got 'maybe'.",
        ),
        (
            b"gln\n952123400001\n",
            "line 2: Cannot read GLN '952123400001': expected 13 digits, got 12.",
        ),
        (
            b"gln\nwarehouse 7\n",
            "line 2: Cannot read GLN 'warehouse 7': expected 13 digits or a URI, got another text.",
        ),
        (b"gtin\n" + b"1\n" * 7, "; ".join(ONE.format(line) for line in range(2, 7)) + " (and 2 more lines)."),
        (
            "gtin,name\n09521234000013,Thé\n".encode("latin-1"),
            "expected a table in UTF-8, got other bytes at 27; save it as 'CSV UTF-8'.",
        ),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_its_line(table: bytes, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        known(table)
    assert str(caught.value) == f"Cannot use master data 'the table': {message}"


def test_the_file_is_named_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(b"gtin\n12\n")
    with pytest.raises(QueryError) as caught:
        read_master_data(path)
    assert str(caught.value).startswith(f"Cannot use master data {str(path)!r}: line 2: ")
    with pytest.raises(FileNotFoundError):
        read_master_data(str(tmp_path / "no.csv"))


def vocabulary(kind: str, key: str, **attributes: str) -> Vocabulary:
    made = tuple(
        VocabularyAttribute(id=f"urn:epcglobal:cbv:mda#{name}", value=Extension("", "", value))
        for name, value in attributes.items()
    )
    return Vocabulary(type=f"urn:epcglobal:epcis:vtype:{kind}", elements=(VocabularyElement(id=key, attributes=made),))


def test_vocabularies_of_documents_are_master_data(tmp_path: Path) -> None:
    header = Header(
        master_data=(
            vocabulary("EPCClass", "urn:epc:idpat:sgtin:9521234.000001.*", regulatedProductName="Tea"),
            vocabulary("BusinessLocation", "urn:epc:id:sgln:9521234.00002.0", name="Plant", countryCode="de"),
            vocabulary("Party", "urn:epc:id:pgln:9521234.00001", name="Demo Foods"),
        )
    )
    of_document = of_header(header)
    assert of_document.products[TEA].name == "Tea"
    assert of_document.products[TEA].origin == "epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0"
    plant, company = of_document.place("9521234000020"), of_document.place("9521234000013")
    assert plant is not None
    assert (plant.roles, plant.country) == (frozenset({"place"}), "DE")
    assert company is not None
    assert company.roles == frozenset({"party"})
    events = (ek.ObjectEvent(event_time="2024-01-01T00:00:00Z", event_time_zone_offset="+00:00", action="ADD"),)
    forms: tuple[tuple[Literal["json", "xml"], str], ...] = (("json", "2.0"), ("xml", "2.0"), ("xml", "1.2"))
    for form, version in forms:
        path = tmp_path / f"own.{form}"
        path.write_bytes(
            ek.write(ek.Document(header=header, events=events), format=form, version=version, allow_loss=True)
        )
        again = known(path)
        assert again.products[TEA].attributes == {"regulatedProductName": "Tea"}
        assert set(again.places) == set(of_document.places)


def test_master_data_documents_are_read() -> None:
    data = b"""<m:EPCISMasterDataDocument xmlns:m="urn:epcglobal:epcis-masterdata:xsd:1" schemaVersion="1.2"
      creationDate="2024-01-01T00:00:00Z"><EPCISBody><VocabularyList>
      <Vocabulary type="urn:epcglobal:epcis:vtype:Location"><VocabularyElementList>
      <VocabularyElement id="urn:epc:id:sgln:9521234.00001.0">
      <attribute id="urn:epcglobal:cbv:mda#name">Demo</attribute></VocabularyElement>
      </VocabularyElementList></Vocabulary>
      </VocabularyList></EPCISBody></m:EPCISMasterDataDocument>"""
    place = known(data).place("9521234000013")
    assert place is not None
    assert place.name == "Demo"


def test_a_document_without_vocabularies_is_no_master_data() -> None:
    with pytest.raises(QueryError) as caught:
        known(document({"type": "ObjectEvent", "action": "ADD", "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}))
    assert str(caught.value) == (
        "Cannot use master data 'the table': expected vocabularies of products, places or parties in the document, "
        "got none."
    )
    with pytest.raises(QueryError, match=r"^Cannot use master data: "):
        known(b"<broken")


def test_several_sources_are_joined_and_contradictions_kept() -> None:
    data = known(
        b"gtin,name,pack quantity\n19521234000010,Tea case,12\n19521234000010,Tea case,\n",
        b"gtin,name,pack quantity,child gtin\n19521234000010,Tea box,10,09521234000013\n",
    )
    case = data.products["https://id.gs1.org/01/19521234000010"]
    assert (case.name, case.pack_quantity, case.child) == ("Tea case", Decimal(12), TEA)
    about = ("https://id.gs1.org/01/19521234000010",)
    places = ("the table, line 2", "the table, line 2")
    assert sorted(data.conflicts, key=lambda conflict: conflict.name) == [
        Conflict(*about, "name", "Tea case", "Tea box", *places),
        Conflict(*about, "pack_quantity", "12", "10", *places),
    ]


def test_nothing_given_is_nothing_known() -> None:
    assert read_master_data(None) is None
    assert read_master_data(()) is None
    assert not MasterData()
    given = known(PRODUCTS)
    assert read_master_data(given) is given


def errors(report: Any) -> list[tuple[str, str | None, str]]:
    return [(each.rule, each.location.inner or None, each.message) for each in report if each.rule.startswith("MD-")]


def test_master_data_are_asked_under_every_profile() -> None:
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sgtin:9521234.000009.1", "urn:epc:id:sscc:9521234.0000000001"],
        "readPoint": {"id": "urn:epc:id:sgln:9521234.00002.DOCK3"},
        "bizLocation": {"id": "geo:1,2"},
    }
    report = ek.check(document(event, event), master_data=[PRODUCTS, PLACES])
    assert errors(report) == [
        ("MD-001", "epcList/0", "GTIN 09521234000099 is not in the master data."),
        ("MD-002", "readPoint/id", "GLN 'urn:epc:id:sgln:9521234.00002.DOCK3' is not active on the day 2024-03-01."),
    ]
    assert errors(ek.check(document(event))) == []


def test_products_are_active_and_for_a_market(tmp_path: Path) -> None:
    profile = tmp_path / "shop.toml"
    profile.write_text('inherits = ["core"]\nparameters = { MD-001 = { market = "US" } }\n', encoding="utf-8")
    event = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}
    assert errors(ek.check(document(event), profile, master_data=PRODUCTS)) == [
        ("MD-001", "epcList/0", "GTIN 09521234000013 is not meant for the market US: expected one of DE, FR.")
    ]
    early = {**event, "eventTime": "2023-12-31T12:00:00Z"}
    assert errors(ek.check(document(early), master_data=PRODUCTS)) == [
        ("MD-001", "epcList/0", "GTIN 09521234000013 is not active on 2023-12-31.")
    ]


@pytest.mark.parametrize(("count", "found"), [(12, 0), (11, 1), (13, 1)])
def test_packs_are_counted_over_several_events(count: int, found: int) -> None:
    units = [f"urn:epc:id:sgtin:9521234.000001.{number}" for number in range(count)]
    event = {"type": "AggregationEvent", "action": "ADD", "parentID": "urn:epc:id:sgtin:9521234.100001.1"}
    data = document({**event, "childEPCs": units[:5]}, {**event, "childEPCs": units[5:]})
    report = ek.check(data, master_data=PRODUCTS)
    assert len([each for each in report if each.rule == "MD-003"]) == found
    if count == 11:
        (finding,) = [each for each in report if each.rule == "MD-003"]
        assert finding.message == (
            "'urn:epc:id:sgtin:9521234.100001.1' holds 11 items: expected 12 by the master data."
        )
        assert finding.location.event_index == 0


def test_a_pallet_of_mixed_cases_has_no_pack_quantity() -> None:
    event = {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": "urn:epc:id:sscc:9521234.0000000001",
        "childEPCs": ["urn:epc:id:sgtin:9521234.100001.1"],
    }
    assert errors(ek.check(document(event), master_data=PRODUCTS)) == []


@pytest.mark.parametrize(
    ("gtin", "ndc", "agrees"),
    [
        ("00300000123458", "0000-0123-45", True),
        ("10300000123455", "0000-0123-45", True),  # the case holds the code of its content
        ("00300000123458", "0000012345", True),
        ("00300000123458", "00000-0123-45", True),  # 5-4-2 of 4-4-2
        ("00300000123458", "00000-1234-05", True),  # 5-4-2 of 5-4-1
        ("00300000123458", "00000-0123-54", False),
        ("00300000123458", "0000-0123-46", False),
        ("09521234000013", "0000-0123-45", None),
        ("00300000123458", "unknown", None),
    ],
)
def test_drug_codes_inside_gtins(gtin: str, ndc: str, agrees: bool | None) -> None:
    from epcis_kit.validate.rules_masterdata import ndc_agrees  # noqa: PLC0415 - a rule module

    assert ndc_agrees(gtin, ndc) is agrees
