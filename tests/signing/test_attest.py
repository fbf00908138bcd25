"""Statements about events survive what happens to files, and nothing that matters escapes them."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

import epcis_kit as ek
from epcis_kit.model import Document, ErrorDeclaration, Event, Extension
from epcis_kit.signing import PrivateKeySigner, VerificationResult, sign, verify
from epcis_kit.signing.attest import Statement
from epcis_kit.signing.merkle import consistent, inclusion_proofs, leaf_hash, root_from_proof, tree_root
from epcis_kit.signing.records import as_record, record_digest

if TYPE_CHECKING:
    from pathlib import Path

Signers = dict[str, PrivateKeySigner]


def event(serial: int, **more: Any) -> Event:
    return ek.ObjectEvent(
        event_time=f"2026-01-01T10:00:{serial:02d}.500+01:00",
        event_time_zone_offset="+01:00",
        action="OBSERVE",
        biz_step="shipping",
        disposition="in_transit",
        epc_list=[f"urn:epc:id:sgtin:9521321.012345.{serial}"],
        read_point={"id": "urn:epc:id:sgln:9521321.00001.0"},
        biz_transaction_list=[{"type": "po", "bizTransaction": "urn:epc:id:gdti:9521321.00001.7"}],
        extensions={"{https://demo.example/ns}weight": Decimal("1.10")},
        **more,
    )


EVENTS = tuple(event(serial) for serial in range(1, 8))
XML = ek.write(EVENTS, format="xml", version="1.2")


def check(
    document: Any, attestations: Any, signer: PrivateKeySigner, now: datetime, **choices: Any
) -> VerificationResult:
    data = document if isinstance(document, bytes) else ek.write(document)
    return verify(data, trust=signer.public_key, signature=attestations, at=now, **choices)


@pytest.fixture(scope="module")
def attestation(signers: Signers) -> bytes:
    return sign(XML, key=signers["es256"], profile="attest", at=datetime.fromisoformat("2026-05-01T00:00:00Z")).data


@pytest.mark.parametrize(("form", "version"), [("xml", "1.2"), ("xml", "2.0"), ("json", "2.0")])
def test_events_stay_exact_through_conversion(
    form: Any, version: str, attestation: bytes, signers: Signers, now: datetime
) -> None:
    data = ek.write(ek.read(XML), format=form, version=version)
    result = check(data, attestation, signers["es256"], now)
    assert (result.status, result.match, result.covered) == ("VALID", "exact", "events")
    assert [row.match for row in result.events] == ["exact"] * 7
    signed = json.loads(result.payload or b"")
    assert [row["recordDigest"] for row in signed] == [record_digest(one) for one in ek.read(data).events]


def test_other_spellings_of_identifiers_are_semantic(attestation: bytes, signers: Signers, now: datetime) -> None:
    links = {"epc_list": (ek.parse_key("urn:epc:id:sgtin:9521321.012345.1").as_digital_link(),)}
    data = ek.write((EVENTS[0].model_copy(update=links), *EVENTS[1:]))
    result = check(data, attestation, signers["es256"], now)
    assert (result.status, result.match) == ("VALID", "semantic")
    (warning,) = result.warnings
    assert warning == (
        "Some events match by their event hash only: spelling of identifiers, order of lists, comments and "
        "certificationInfo are not proved for them."
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"epc_list": ("urn:epc:id:sgtin:9521321.012345.99",)}, "event_not_attested"),
        ({"action": "DELETE"}, "event_not_attested"),
        (
            {"error_declaration": ErrorDeclaration(declaration_time="2026-02-01T00:00:00Z", reason="did_not_occur")},
            "error_declaration_unsigned",
        ),
        ({"biz_step": "https://x.example/stepdisposition=https://x.example/d"}, "event_not_attested"),
    ],
)
def test_a_changed_event_is_caught(
    change: dict[str, Any], code: str, attestation: bytes, signers: Signers, now: datetime
) -> None:
    changed = (EVENTS[0], EVENTS[1].model_copy(update=change), *EVENTS[2:])
    result = check(changed, attestation, signers["es256"], now)
    assert (result.status, result.match, result.payload) == ("INVALID", "mismatch", None)
    assert code in result.codes
    assert (result.events[1].match, result.events[1].code) == ("mismatch", code)
    assert [row.match for row in result.events[:1] + result.events[2:7]] == ["exact"] * 6


def test_a_removed_event_is_caught_and_a_part_is_asked_for(attestation: bytes, signers: Signers, now: datetime) -> None:
    part = EVENTS[:3] + EVENTS[4:]
    result = check(part, attestation, signers["es256"], now)
    assert (result.status, result.codes) == ("INVALID", ("event_missing",))
    pruned = json.loads(attestation)
    del pruned["events"][3]
    assert check(part, json.dumps(pruned).encode(), signers["es256"], now).codes == ("event_missing",)
    split = check(part, json.dumps(pruned).encode(), signers["es256"], now, partial=True)
    assert (split.status, split.match) == ("VALID", "exact")
    assert split.warnings == ("The document is a part: 1 attested events are not in it.",)


def test_an_added_event_is_caught(attestation: bytes, signers: Signers, now: datetime) -> None:
    assert check((*EVENTS, event(9)), attestation, signers["es256"], now).codes == ("event_not_attested",)
    assert check((*EVENTS, EVENTS[0]), attestation, signers["es256"], now).codes == ("event_not_attested",)


def test_documents_of_two_parties_merge(attestation: bytes, signers: Signers, now: datetime) -> None:
    theirs = (event(20), event(21))
    other = sign(ek.write(theirs), key=signers["ed25519"], profile="attest", at=now).data
    merged = ek.write((*theirs, *EVENTS))
    both = [signers["es256"].public_key, signers["ed25519"].public_key]
    result = verify(merged, trust=both, signature=[attestation, other], at=now)
    assert (result.status, result.match, len(result.signers)) == ("VALID", "exact", 2)
    assert verify(merged, trust=both[:1], signature=[attestation, other], at=now).status == "INDETERMINATE"


def test_another_event_id_and_ambiguous_values_are_no_semantic_match(signers: Signers, now: datetime) -> None:
    signer = signers["es256"]
    named = event(1, event_id="urn:uuid:00000000-0000-4000-8000-000000000001")
    made = sign(ek.write([named]), key=signer, profile="attest", at=now).data
    other = named.model_copy(update={"event_id": "urn:uuid:00000000-0000-4000-8000-000000000002"})
    assert check([other], made, signer, now).codes == ("digest_mismatch",)
    assert check([named.model_copy(update={"event_id": None})], made, signer, now).match == "semantic"
    one = event(1).model_copy(update={"biz_step": "https://x.example/s", "disposition": "https://x.example/d"})
    two = one.model_copy(update={"biz_step": "https://x.example/sdisposition=https://x.example/d", "disposition": None})
    assert ek.event_hash(one) == ek.event_hash(two)
    made = sign(ek.write([one]), key=signer, profile="attest", at=now).data
    assert check([two], made, signer, now).codes == ("hash_ambiguous",)


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("recordDigest", "sha-256:00", "not_in_tree"),
        ("eventHash", "ni:///sha-256;00?ver=CBV2.0", "not_in_tree"),
        ("eventID", "urn:uuid:1", "not_in_tree"),
        ("errorDeclaration", True, "not_in_tree"),
        ("index", 5, "not_in_tree"),
        ("index", 7, "not_in_tree"),
        ("index", -1, "not_in_tree"),
        ("index", True, "malformed"),
        ("path", [], "not_in_tree"),
        ("path", ["AA"] * 65, "malformed"),
        ("path", 7, "malformed"),
        ("eventHash", None, "malformed"),
    ],
)
def test_a_statement_that_was_changed(  # noqa: PLR0917 - cases and fixtures
    member: str, value: Any, code: str, attestation: bytes, signers: Signers, now: datetime
) -> None:
    changed = json.loads(attestation)
    changed["events"][2][member] = value
    assert check(EVENTS, json.dumps(changed).encode(), signers["es256"], now).codes == (code,)


def test_the_record_form_by_example() -> None:
    """The vector of the documentation."""
    assert as_record(EVENTS[0]) == {
        "type": "ObjectEvent",
        "eventTime": "2026-01-01T09:00:01.5Z",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "epcList": ["urn:epc:id:sgtin:9521321.012345.1"],
        "readPoint": {"id": "urn:epc:id:sgln:9521321.00001.0"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:9521321.00001.7"}],
        "extensions": {"{https://demo.example/ns}weight": ["1.10"]},
    }
    assert record_digest(EVENTS[0]) == ("sha-256:a04243d9cfb38f33121de27f3109f7ca89dcb08853055a68e52f1c5ea792101e")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.10", "1.1"),
        ("0.0", "0"),
        ("-0", "0"),
        ("100", "100"),
        ("-0.0012", "-0.0012"),
        ("12.5", "12.5"),
        ("1E+70", "1E+70"),
        ("1E-70", "1E-70"),
        ("NaN", "NaN"),
    ],
)
def test_numbers_in_the_record_form(number: str, text: str) -> None:
    one = event(1, quantity_list=[{"epcClass": "urn:epc:idpat:sgtin:9521321.012345.*", "quantity": Decimal(number)}])
    assert as_record(one)["quantityList"][0]["quantity"] == text


def test_nested_values_in_the_record_form() -> None:
    nested = Extension("ns", "a", (Extension("ns", "b", 1), Extension("ns", "b", True)), attributes=(("x", "y"),))
    one = EVENTS[0].model_copy(update={"extensions": (nested,)})
    assert as_record(one)["extensions"] == {
        "{ns}a": [{"content": {"{ns}b": ["1", "true"]}, "attributes": {"x": "y"}}],
    }


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_every_leaf_leads_to_the_root_and_nowhere_else(values: list[bytes]) -> None:
    leaves = [leaf_hash(value) for value in values]
    root = tree_root(leaves)
    for index, proof in enumerate(inclusion_proofs(leaves)):
        assert root_from_proof(leaves[index], index, len(leaves), proof) == root
        assert root_from_proof(leaves[index], index, len(leaves), [*proof, root]) != root
        assert root_from_proof(leaf_hash(b"another leaf"), index, len(leaves), proof) != root


def test_a_tree_without_leaves_proves_nothing() -> None:
    assert root_from_proof(leaf_hash(b""), 0, 0, []) is None
    assert not consistent(0, tree_root([]), 0, tree_root([]), [])
    assert not consistent(0, tree_root([]), 3, b"", [])


def _b64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.conformance
@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_published_proofs(kind: str, shared: Path) -> None:
    folder = shared / "vectors" / "signing" / "rfc9162-merkle" / "testdata" / kind
    seen = 0
    for path in sorted(folder.rglob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        proof = [_b64(node) for node in case["proof"] or []]
        if kind == "inclusion":
            root = root_from_proof(_b64(case["leafHash"]), case["leafIdx"], case["treeSize"], proof)
            good = root is not None and root == _b64(case["root"])
        else:
            good = consistent(case["size1"], _b64(case["root1"]), case["size2"], _b64(case["root2"]), proof)
        assert good is not case["wantErr"], path.relative_to(folder)
        seen += 1
    assert seen > 50


def test_a_document_without_events_cannot_be_attested(signers: Signers) -> None:
    with pytest.raises(ek.errors.SignatureError) as raised:
        sign(ek.write(Document()), key=signers["es256"], profile="attest")
    assert str(raised.value) == "Cannot attest a document without events: expected at least one."


@pytest.mark.parametrize("name", [None, "", "urn:demo:1", 'a"b', "a\\b", "tab\there", "é", "\x7f", "a" * 3000])
@pytest.mark.parametrize("hash_", ["ni:///sha-256;00?ver=CBV2.0", 'quote " in it', "\n"])
def test_the_leaf_of_a_statement_is_canonical_json(name: str | None, hash_: str) -> None:
    statement = Statement(hash_, "sha-256:00", name, error_declaration=False)
    assert statement.leaf == rfc8785.dumps({"v": 1, **statement.members})


@pytest.mark.parametrize("name", ['a"b', "a\\b", "tab\there", "é"])
def test_the_file_of_an_attestation_is_json_whatever_an_event_is_called(
    name: str, signers: Signers, now: datetime
) -> None:
    document = ek.write([event(1, event_id=name), event(2)])
    file = json.loads(sign(document, key=signers["es256"], profile="attest", at=now).data)
    assert [row["eventID"] for row in file["events"]] == [name, None]
    assert [row["index"] for row in file["events"]] == [0, 1]
    assert [len(row["path"]) for row in file["events"]] == [1, 1]
    assert sorted(file["events"][0]) == [
        "errorDeclaration", "eventHash", "eventID", "index", "path", "recordDigest",
    ]  # fmt: skip
