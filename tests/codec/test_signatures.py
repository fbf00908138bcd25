"""A signature in a document that is written anew would be broken: it is left out and named, in every direction."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from epcis_kit import codec
from epcis_kit.errors import DocumentError, EncodeError
from epcis_kit.model import Extension

SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>AA==</ds:SignatureValue>'
    "</ds:Signature>"
)
PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z1"}
FORMATS = [("json", "2.0"), ("xml", "2.0"), ("xml", "1.2")]
QUERY = "urn:epcglobal:epcis-query:xsd:2"


def xml(place: str) -> bytes:
    event = (
        "<ObjectEvent><eventTime>2024-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>"
        f"<epcList/><action>OBSERVE</action>{SIGNATURE if place == 'event' else ''}</ObjectEvent>"
    )
    header = f"<EPCISHeader>{SIGNATURE}</EPCISHeader>" if place == "header" else ""
    body = f"{SIGNATURE if place == 'body' else ''}<EventList>{event}</EventList>"
    root, uri = "EPCISDocument", "urn:epcglobal:epcis:xsd:2"
    if place == "query":
        body = f"<e:QueryResults><queryName>q</queryName><resultsBody>{body}</resultsBody></e:QueryResults>"
        root, uri = "EPCISQueryDocument", QUERY
    before, after = (SIGNATURE if place == where else "" for where in ("before", "after"))
    return (
        f'<e:{root} xmlns:e="{uri}" schemaVersion="2.0" creationDate="2024-01-01T00:00:00Z">{before}{header}'
        f"<EPCISBody>{body}</EPCISBody>{after or (SIGNATURE if place == 'query' else '')}</e:{root}>"
    ).encode()


def document(place: str, proof: Any) -> bytes:
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": "2024-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+01:00",
        "epcList": [],
        "action": "OBSERVE",
    }
    whole: dict[str, Any] = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2024-01-01T00:00:00Z",
        "epcisBody": {"eventList": [event]},
    }
    {"document": whole, "body": whole["epcisBody"], "event": event}[place]["proof"] = proof
    return json.dumps(whole).encode()


@pytest.mark.parametrize(("form", "version"), FORMATS)
@pytest.mark.parametrize("place", ["before", "header", "body", "event", "after", "query"])
def test_an_xml_signature_is_a_named_loss(place: str, form: Any, version: str) -> None:
    target = io.BytesIO()
    report = codec.convert(xml(place), target, format=form, version=version, allow_loss=True)
    assert [loss.rule for loss in report.losses] == ["LOSS-SIGNATURE"]
    assert b"Signature" not in target.getvalue()
    assert len(codec.read_document(target.getvalue()).events) == 1
    with pytest.raises(EncodeError, match="xmldsig#}Signature"):
        codec.write_document(codec.read_document(xml(place)), format=form, version=version)


@pytest.mark.parametrize(("form", "version"), FORMATS)
@pytest.mark.parametrize("place", ["document", "body", "event"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_proof_is_a_named_loss(place: str, number: int, form: Any, version: str) -> None:
    proof = PROOF if number == 1 else [PROOF, PROOF | {"proofValue": "z2"}]
    target = io.BytesIO()
    report = codec.convert(document(place, proof), target, format=form, version=version, allow_loss=True)
    assert [loss.rule for loss in report.losses] == ["LOSS-SIGNATURE"] * number
    assert b"proof" not in target.getvalue()


def test_the_losses_say_what_and_where() -> None:
    losses: list[Any] = []
    read = codec.read_document(document("event", PROOF))
    for form in ("json", "xml"):
        codec.write_document(read, format=form, allow_loss=True, on_loss=losses.append)
    assert [(loss.location.event_index, loss.location.pointer) for loss in losses] == [
        (0, "/epcisBody/eventList/0"),
        (0, None),
    ]
    json_said, xml_said = (loss.message for loss in losses)
    assert json_said == (
        "Cannot write signature 'proof' in JSON, it would not fit the new document: "
        "expected a new signature over what was written."
    )
    assert xml_said == "The signature 'proof' would not fit the new document."


@pytest.mark.parametrize("proof", ["of delivery", {"deliveredTo": "gate 4"}, []])
def test_what_is_merely_called_proof_stays(proof: Any) -> None:
    read = codec.read_document(document("event", proof))
    for form in ("json", "xml"):
        assert codec.read_document(codec.write_document(read, format=form)).events == read.events


def test_what_a_caller_put_into_a_new_event_stays() -> None:
    read = codec.read_document(document("event", PROOF))
    made = read.model_copy(update={"source_format": None})
    assert codec.read_document(codec.write_document(made)).events[0].extensions == read.events[0].extensions
    assert isinstance(read.events[0].extensions[0], Extension)


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"eyJhbGciOiJFUzI1NiJ9.e30.AA", "a signed message (JWS)"),
        (b'{"payload": "e30", "signatures": []}', "a signed message (JWS)"),
        (b'{"type": ["VerifiableCredential"], "proof": {}}', "a verifiable credential"),
    ],
)
def test_what_holds_a_document_inside_a_signature_is_called_so(data: bytes, got: str) -> None:
    with pytest.raises(DocumentError) as caught:
        codec.read_document(data)
    assert caught.value.reason.endswith(f"got {got}; verify it and read what it holds.")
