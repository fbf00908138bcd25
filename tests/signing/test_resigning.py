"""A signed document is converted and signed again, and what its old signature said is on record."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.errors import EncodeError, SignatureError
from epcis_kit.signing import PrivateKeySigner, TrustEntry, sign, verify
from epcis_kit.signing.key_names import from_base64url
from epcis_kit.signing.resigning import resign

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Signers = dict[str, PrivateKeySigner]
EVENT = ek.ObjectEvent(
    event_time="2026-01-01T10:00:00Z",
    event_time_zone_offset="+01:00",
    action="OBSERVE",
    epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
)
XML = ek.write([EVENT], format="xml", version="1.2")


def subject_of(statement: bytes) -> dict[str, Any]:
    return json.loads(from_base64url(statement.decode().split(".")[1]))["credentialSubject"]  # type: ignore[no-any-return]


def test_xml_becomes_json_with_a_new_signature(signers: Signers, now: datetime) -> None:
    old = sign(XML, key=signers["rsa"], at=now).data
    plant = TrustEntry(name="Demo Plant", keys=((None, signers["rsa"].public_key),))
    made = resign(old, key=signers["es256"], trust=plant, at=now)
    assert (made.was.status, made.was.profile, made.signed.profile) == ("VALID", "xmldsig", "vc-jwt")
    assert ek.read(made.document).events == (EVENT,)
    result = verify(made.document, signature=made.signed.data, trust=signers["es256"].public_key, at=now)
    assert (result.status, result.match) == ("VALID", "exact")
    said = verify(made.statement, trust=signers["es256"].public_key, at=now)
    assert said.status == "VALID"
    assert subject_of(made.statement) == {
        "type": "EPCISConversion",
        "convertedFrom": {
            "sha256": hashlib.sha256(old).hexdigest(),
            "format": "xml 1.2",
            "signature": {
                "status": "VALID",
                "profile": "xmldsig",
                "alg": "RS256",
                "codes": [],
                "signers": [{"id": made.was.signers[0].id, "name": "Demo Plant", "trust_source": "trust"}],
                "verifiedAt": "2026-06-01T12:00:00+00:00",
                "policy": made.was.policy_id,
            },
        },
        "convertedTo": {
            "sha256": hashlib.sha256(made.document).hexdigest(),
            "format": "json 2.0",
            "profile": "vc-jwt",
            "events": 1,
        },
    }


@pytest.mark.parametrize(("form", "version"), [("xml", "1.2"), ("xml", "2.0")])
def test_json_becomes_xml_with_a_signature_inside(form: str, version: str, signers: Signers, now: datetime) -> None:
    old = sign(ek.write([EVENT]), key=signers["es256"], at=now).data
    trust = signers["es256"].public_key
    made = resign(old, key=signers["rsa"], trust=trust, format=form, version=version, at=now)
    assert made.was.status == "VALID"
    result = verify(made.document, trust=signers["rsa"].public_key, at=now)
    assert result.status == "VALID"
    assert ek.read(result.epcis or b"").events == (EVENT,)


def test_an_old_signature_that_is_wrong(signers: Signers, now: datetime) -> None:
    old = sign(XML, key=signers["rsa"], at=now).data.replace(b"OBSERVE", b"DELETE")
    with pytest.raises(SignatureError) as raised:
        resign(old, key=signers["es256"], trust=signers["rsa"].public_key, at=now)
    assert str(raised.value) == (
        "Cannot sign again: the old signature is INVALID. The signature does not fit the content."
    )


def test_an_old_signature_that_nobody_can_judge_is_recorded_as_such(signers: Signers, now: datetime) -> None:
    old = sign(XML, key=signers["rsa"], at=now).data
    made = resign(old, key=signers["es256"], at=now)
    assert subject_of(made.statement)["convertedFrom"]["signature"]["status"] == "INDETERMINATE"
    assert subject_of(made.statement)["convertedFrom"]["signature"]["codes"] == ["key_unknown"]
    assert [loss.rule for loss in made.report.losses] == ["LOSS-SIGNATURE"]
    assert b"Signature" not in made.document


def test_a_document_without_a_signature(signers: Signers, now: datetime) -> None:
    made = resign(XML, key=signers["es256"], profile="attest", at=now)
    assert subject_of(made.statement)["convertedFrom"]["signature"]["status"] == "UNSIGNED"
    result = verify(made.document, signature=made.signed.data, trust=signers["es256"].public_key, at=now)
    assert (result.status, result.match) == ("VALID", "exact")


def test_other_losses_are_refused(signers: Signers, now: datetime) -> None:
    event = EVENT.model_copy(update={"read_point": ek.model.ReadPoint(id="a\x01b")})
    with pytest.raises(EncodeError, match=r"Cannot write XML 1\.2 without loss"):
        resign(ek.write([event]), key=signers["rsa"], format="xml", version="1.2", at=now)


def test_the_files_to_write(signers: Signers, now: datetime, tmp_path: Path) -> None:
    goal = tmp_path / "out.json"
    made = resign(XML, key=signers["es256"], at=now)
    assert {path.name: data for path, data in made.files(goal).items()} == {
        "out.json": made.document,
        "out.json.jwt": made.signed.data,
        "out.json.conversion.jwt": made.statement,
    }
    inside = resign(XML, key=signers["rsa"], format="xml", at=now)
    assert [path.name for path in inside.files(tmp_path / "out.xml")] == ["out.xml", "out.xml.conversion.jwt"]
