"""Data Integrity proofs, canonical JSON and webhooks: published vectors, and what is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import SignatureError
from epcis_kit.signing import (
    PrivateKeySigner,
    TrustEntry,
    VerificationResult,
    sign,
    sign_webhook,
    verify,
    verify_webhook,
)
from epcis_kit.signing.integrity import proof_input
from epcis_kit.signing.key_names import base58_decode, base58_encode, did_of, key_from_multibase
from epcis_kit.signing.strict_json import canonical, canonical_texts, member_texts, parse
from epcis_kit.signing.verdicts import Stop

if TYPE_CHECKING:
    from pathlib import Path

Signers = dict[str, PrivateKeySigner]


def refused(result: VerificationResult, code: str, status: str = "INVALID") -> None:
    assert (result.status, result.codes) == (status, (code,))
    assert (result.payload, result.epcis) == (None, None)


@pytest.mark.parametrize("kind", ["ed25519", "es256"])
def test_a_proof_inside_the_json(kind: str, signers: Signers, document: bytes, now: datetime) -> None:
    signed = sign(document, key=signers[kind], profile="di-jcs", at=now)
    result = verify(signed.data, trust=signers[kind].public_key, at=now)
    assert (result.status, result.covered, result.signed_at) == ("VALID", "document", now)
    assert json.loads(result.epcis or b"") == json.loads(document)
    assert "proof" not in json.loads(result.payload or b"")
    value = json.loads(signed.data)
    again = json.dumps(dict(reversed(value.items()))).encode()
    assert verify(again, trust=signers[kind].public_key, at=now).status == "VALID"
    refused(verify(signed.data.replace(b"OBSERVE", b"DELETE"), trust=signers[kind].public_key, at=now), "bad_signature")
    refused(verify(signed.data, at=now), "signer_untrusted", "INDETERMINATE")


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        (lambda v: v["proof"].update(created="2026-05-31T00:00:00Z"), "bad_signature", "INVALID"),
        (lambda v: v["@context"].append("https://demo.example/other"), "context_not_allowed", "INVALID"),
        (lambda v: v.update(issuer="did:web:victim.example"), "bad_signature", "INVALID"),
        (lambda v: v["proof"].update(proofPurpose="authentication"), "malformed", "INVALID"),
        (lambda v: v["proof"].update(proofValue="0"), "malformed", "INVALID"),
        (lambda v: v["proof"].update(proofValue="zz0"), "malformed", "INVALID"),
        (lambda v: v["proof"].update(verificationMethod="did:key:z6Mk"), "malformed", "INVALID"),
        (lambda v: v["proof"].update(cryptosuite="eddsa-rdfc-2022"), "context_not_allowed", "INDETERMINATE"),
        (lambda v: v["proof"].update(cryptosuite="bbs-2023"), "unsupported", "INDETERMINATE"),
        (lambda v: v["proof"].update(cryptosuite="ecdsa-jcs-2019"), "alg_forbidden", "INVALID"),
        (lambda v: v["proof"].update(previousProof="x"), "unsupported", "INDETERMINATE"),
        (lambda v: v.update(proof=[v["proof"], v["proof"]]), "multiple_signatures", "INDETERMINATE"),
        (lambda v: v.update(proof="x"), "malformed", "INVALID"),
        (lambda v: v.update(more=2**53), "number_out_of_range", "INVALID"),
    ],
)
def test_a_changed_proof(  # noqa: PLR0917 - cases and fixtures
    change: Any, code: str, status: str, signers: Signers, document: bytes, now: datetime
) -> None:
    value = json.loads(sign(document, key=signers["ed25519"], profile="di-jcs", at=now).data)
    change(value)
    result = verify(json.dumps(value).encode(), trust=signers["ed25519"].public_key, at=now)
    refused(result, code, status)


def test_members_that_stand_twice(signers: Signers, document: bytes, now: datetime) -> None:
    signed = sign(document, key=signers["ed25519"], profile="di-jcs", at=now).data
    twice = signed.replace(b'"action": "OBSERVE"', b'"action": "DELETE", "action": "OBSERVE"')
    assert twice != signed
    refused(verify(twice, trust=signers["ed25519"].public_key, at=now), "duplicate_json_key")


def test_an_issuer_that_is_somebody_else(
    signers: Signers, stranger: PrivateKeySigner, document: bytes, now: datetime
) -> None:
    value = json.loads(sign(document, key=signers["es256"], profile="di-jcs", at=now).data)
    del value["proof"]
    forged = sign(json.dumps(value).encode(), key=stranger, profile="di-jcs", at=now)
    trust = [signers["es256"].public_key, stranger.public_key]
    refused(verify(forged.data, trust=trust, at=now), "issuer_kid_mismatch")


def test_what_is_not_signed(signers: Signers, document: bytes) -> None:
    inline = document.replace(b'"@context":[', b'"@context":[{"demo":"https://demo.example/"},')
    told = {
        document.replace(
            b'"schemaVersion":"2.0"', b'"schemaVersion":9007199254740993'
        ): "Cannot read JSON to sign: expected a number that a double holds exactly, got '9007199254740993'.",
        inline: "Cannot sign: the document has a context object inside, which some verifiers cannot compare; say "
        "allow_inline_context to sign it nevertheless.",
    }
    for data, message in told.items():
        with pytest.raises(SignatureError) as raised:
            sign(data, key=signers["ed25519"], profile="di-jcs")
        assert str(raised.value) == message
    assert sign(inline, key=signers["ed25519"], profile="di-jcs", allow_inline_context=True).data
    with pytest.raises(SignatureError) as raised:
        sign(document, key=signers["rsa"], profile="di-jcs")
    assert str(raised.value) == ("Cannot sign with a Data Integrity proof by RS256: expected EdDSA, ES256 or ES384.")
    with pytest.raises(SignatureError) as raised:
        sign(document, key=signers["es256"], colour="red")
    assert str(raised.value) == "Cannot sign with profile vc-jwt: it has no choice 'colour'."


@pytest.mark.conformance
@pytest.mark.parametrize(
    "name",
    [
        "vc-di-eddsa/TestVectors/eddsa-jcs-2022/signedJCS.json",
        "vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json",
    ],
)
def test_published_proofs(name: str, shared: Path, now: datetime) -> None:
    """Their issuer is an https address, which the trust binds to their key."""
    data = (shared / "vectors" / "signing" / name).read_bytes()
    value = json.loads(data)
    method = value["proof"]["verificationMethod"]
    key = key_from_multibase(did_of(method).removeprefix("did:key:"))
    entry = TrustEntry(name="Vector", did=value["issuer"], keys=((method, key),))
    assert verify(data, trust=entry, at=now).status == "VALID"
    refused(verify(data, trust=key, at=now), "issuer_kid_mismatch")
    value["credentialSubject"]["alumniOf"] += "!"
    refused(verify(json.dumps(value).encode(), trust=entry, at=now), "bad_signature")


@pytest.mark.conformance
def test_a_published_proof_is_made_again(shared: Path) -> None:
    folder = shared / "vectors" / "signing" / "vc-di-eddsa" / "TestVectors"
    pair = json.loads((folder / "keyPair.json").read_text("utf-8"))
    secret = base58_decode(pair["privateKeyMultibase"][1:])[2:]
    value = json.loads((folder / "eddsa-jcs-2022" / "signedJCS.json").read_text("utf-8"))
    proof = value.pop("proof")
    wanted = proof.pop("proofValue")
    signer = PrivateKeySigner(Ed25519PrivateKey.from_private_bytes(secret), proof["verificationMethod"])
    assert "z" + base58_encode(signer.sign(proof_input(value, proof))) == wanted


@pytest.mark.conformance
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_published_canonical_json(name: str, shared: Path) -> None:
    folder = shared / "vectors" / "signing" / "rfc8785"
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    wanted = bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text("ascii"))
    assert canonical(value) == wanted


@pytest.mark.parametrize(
    "text", ["9007199254740992", "-9007199254740992", "0.1000000000000000000001", "1e400", "1" * 101]
)
def test_numbers_that_two_readers_take_differently(text: str) -> None:
    with pytest.raises(Stop) as raised:
        parse(f'{{"a": {text}}}', exact=True)
    assert raised.value.check.code == "number_out_of_range"


def test_parts_are_taken_out_as_they_are_written() -> None:
    text = ' { "a" : 1.10 ,\n"b":{"c":[1,2 ]}, "d" : "\\u0041" } '
    assert member_texts(text) == {"a": "1.10", "b": '{"c":[1,2 ]}', "d": '"\\u0041"'}
    assert member_texts("{}") == {}


_texts = st.recursive(
    st.text() | st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_texts)
def test_the_fast_way_writes_the_same_canonical_bytes(value: Any) -> None:
    assert canonical_texts(value) == canonical(value)


# Webhooks.

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_webhook_signature_by_example() -> None:
    """The key and data of RFC 4231, 4.3, in base64."""
    published = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert base64.b64decode(sign_webhook(b"what do ya want for nothing?", "Jefe")) == published


def test_a_webhook_is_verified_and_not_twice() -> None:
    seen: set[str] = set()

    def replayed(id_: str) -> bool:
        known = id_ in seen
        seen.add(id_)
        return known

    header = sign_webhook(b"{}", "demo")
    first = verify_webhook(b"{}", header, "demo", at=NOW, seen=replayed)
    assert (first.status, first.payload) == ("VALID", b"{}")
    refused(verify_webhook(b"{}", header, "demo", at=NOW, seen=replayed), "replay")
    refused(verify_webhook(b"{ }", header, "demo", at=NOW), "bad_signature")
    refused(verify_webhook(b"{}", header, "other", at=NOW), "bad_signature")
    refused(verify_webhook(b"{}", "é", "demo", at=NOW), "bad_signature")
    assert verify_webhook(b"{}", None, "demo", at=NOW).status == "UNSIGNED"
    with pytest.raises(SignatureError) as raised:
        verify_webhook(b"{}", header, "")
    assert str(raised.value) == "Cannot sign webhook: expected a secret, got an empty text."
