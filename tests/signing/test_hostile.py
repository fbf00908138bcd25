"""Whatever bytes come, verification answers with a result, and never with VALID for what was not signed."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epcis_kit as ek
from epcis_kit.signing import PrivateKeySigner, generate_key, load_signer, sign, verify
from epcis_kit.signing.keys import private_pem

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EVENT = ek.ObjectEvent(
    event_time="2026-01-01T10:00:00Z",
    event_time_zone_offset="+01:00",
    action="OBSERVE",
    epc_list=["urn:epc:id:sgtin:9521321.012345.1"],
)
SIGNER: PrivateKeySigner = load_signer(private_pem(generate_key("es256")))
JSON, XML = ek.write([EVENT]), ek.write([EVENT], format="xml")
INSIDE = {
    "vc-jwt": sign(JSON, key=SIGNER, at=NOW).data,
    "di-jcs": sign(JSON, key=SIGNER, profile="di-jcs", at=NOW).data,
    "xmldsig": sign(XML, key=SIGNER, at=NOW).data,
}
BESIDE = {
    "jws-detached": sign(JSON, key=SIGNER, profile="jws-detached", at=NOW).data,
    "attest": sign(JSON, key=SIGNER, profile="attest", at=NOW).data,
}


@pytest.mark.parametrize("profile", sorted(INSIDE))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte(profile: str, data: st.DataObject) -> None:
    whole = bytearray(INSIDE[profile])
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    result = verify(bytes(whole), trust=SIGNER.public_key, at=NOW)
    original = verify(INSIDE[profile], trust=SIGNER.public_key, at=NOW)
    assert result.status != "VALID" or result.payload == original.payload


@pytest.mark.parametrize("profile", sorted(BESIDE))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_beside_the_document(profile: str, data: st.DataObject) -> None:
    whole = bytearray(BESIDE[profile])
    whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    result = verify(JSON, trust=SIGNER.public_key, signature=bytes(whole), at=NOW)
    original = verify(JSON, trust=SIGNER.public_key, signature=BESIDE[profile], at=NOW)
    assert result.status != "VALID" or result.payload == original.payload


_values: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({}) | st.just(["x"])
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["alg", "kid", "typ", "cty", "x5c", "crit", "iat"]), _values)
def test_a_header_member_of_another_kind(member: str, value: Any) -> None:
    head, body, end = INSIDE["vc-jwt"].strip().split(b".")
    header = json.loads(base64.urlsafe_b64decode(head + b"=="))
    if header.get(member) == value:
        return
    header[member] = value
    changed = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    assert verify(b".".join((changed, body, end)), trust=SIGNER.public_key, at=NOW).status != "VALID"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["issuer", "validFrom", "validUntil", "exp", "nbf", "aud", "id", "credentialStatus"]), _values)
def test_a_signed_claim_of_another_kind(claim: str, value: Any) -> None:
    """What a trusted signer writes may be odd, too."""
    from epcis_kit.signing.jws import make_token  # noqa: PLC0415 - used here only

    claims = {"issuer": SIGNER.issuer, "credentialSubject": {}, claim: value}
    verify(make_token(json.dumps(claims).encode(), SIGNER, {}).encode(), trust=SIGNER.public_key, at=NOW)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "@context"]),
    _values,
)
def test_a_proof_member_of_another_kind(member: str, value: Any) -> None:
    document = json.loads(INSIDE["di-jcs"])
    document["proof"][member] = value
    assert verify(json.dumps(document).encode(), trust=SIGNER.public_key, at=NOW).status != "VALID"
